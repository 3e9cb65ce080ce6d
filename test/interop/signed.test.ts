import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { attemptOf, labelOfAttempt } from '../attempt.ts';
import { runProgram } from './programs.ts';
import { startUnbound, type Unbound } from './unbound.ts';
import { type Watch, watch } from './watch.ts';
import { type Box, startBox } from './world.ts';

const hosts = ['--parent', 'route53', '--child', 'route53'];

let box: Box;
let anchorsFile: string;
let delvAnchors: string;
let unbounds: readonly Unbound[] = [];

beforeAll(async () => {
  box = await startBox('--quick', '--signed');
  anchorsFile = path.join(box.stateFolder, 'sandbox', 'root.anchors');
  delvAnchors = path.join(box.stateFolder, 'delv.anchors');
  await writeFile(delvAnchors, delvForm(await readFile(anchorsFile, 'utf8')));
  // Real validators with caches of their own: one asks all the time, the others begin in the midst of things.
  const settings = ['module-config: "validator iterator"', `trust-anchor-file: "${anchorsFile}"`];
  unbounds = await Promise.all(
    [1, 2, 3].map(number => startUnbound(box.hintsFile, `127.201.0.${number}`, ...settings)),
  );
});

afterAll(async () => {
  await Promise.all(unbounds.map(unbound => unbound.stop()));
  await box?.close();
});

/** A DS line of a zone file as delv takes it. */
function delvForm(text: string): string {
  const [, tag, algorithm, type, digest] = /DS\s+(\d+)\s+(\d+)\s+(\d+)\s+([0-9a-fA-F]+)/.exec(text) ?? [];
  return `trust-anchors { . static-ds ${tag} ${algorithm} ${type} "${digest}"; };\n`;
}

/** What delv says of `name` through a resolver that it does not trust: the comment before the answer. */
async function delv(name: string, type: string): Promise<string> {
  const { stdout, stderr } = await runProgram('delv', [
    `@${unbounds[0]?.address}`,
    ...['-a', delvAnchors, '+root=.', '+multiline', name, type],
  ]);
  return `${stdout}${stderr}`;
}

/** Watches at each validator, one after the other, while `act` goes on; gives what was refused, and how often was looked. */
async function watched(
  cut: string,
  act: () => Promise<void>,
): Promise<{ refused: readonly string[]; looks: number }> {
  const watches: Watch[] = [];
  const begin = (unbound: Unbound): void => {
    watches.push(watch(unbound.address, cut, 'NS'), watch(unbound.address, cut, 'SOA'));
  };
  const [first, ...others] = unbounds;
  if (first !== undefined) begin(first);
  const acting = act();
  for (const unbound of others) {
    await new Promise(resolve => setTimeout(resolve, 2500));
    begin(unbound);
  }
  try {
    await acting;
  } finally {
    await Promise.all(watches.map(seen => seen.stop()));
  }
  const sightings = watches.flatMap(seen =>
    seen.sightings.map(({ said }) => ({ ...said, at: seen.address })),
  );
  return {
    refused: sightings.flatMap(said => (said.kind === 'other' ? `${said.at} ${said.code}` : [])),
    looks: sightings.length,
  };
}

async function delegateSigned(cut: string): Promise<void> {
  const { status, stderr } = await box.zonecut(['delegate', cut, ...hosts, '--sign', '--ttl', '5', '--yes']);
  expect(status, stderr).toBe(0);
}

describe('real validators', () => {
  test('find a cut secure that is signed, insecure when it is not any more, and never bogus in between', async context => {
    const cut = labelOfAttempt('signed.example.org', attemptOf(context));
    const made = await watched(cut, () => delegateSigned(cut));
    expect(made.refused).toEqual([]);
    expect(made.looks).toBeGreaterThan(4);
    expect(await delv(cut, 'SOA')).toContain('; fully validated');
    expect(await delv(`absent.${cut}`, 'A')).toMatch(/; negative response, fully validated/);

    const unsigned = await watched(cut, async () => {
      const { status, stderr } = await box.zonecut(['unsign', cut, ...hosts, '--yes']);
      expect(status, stderr).toBe(0);
    });
    expect(unsigned.refused).toEqual([]);
    expect(await delv(cut, 'SOA')).toContain('; unsigned answer');

    const again = await watched(cut, () => delegateSigned(cut));
    expect(again.refused).toEqual([]);
    expect(await delv(cut, 'SOA')).toContain('; fully validated');

    const gone = await watched(cut, async () => {
      const { status, stderr } = await box.zonecut(['undelegate', cut, ...hosts, '--confirm', cut]);
      expect(status, stderr).toBe(0);
    });
    expect(gone.refused).toEqual([]);
    // The resolver before delv may hold the child's SOA, which it was asked for all the time, for what is left of its TTL.
    await expect
      .poll(() => delv(cut, 'SOA'), { timeout: 60_000, interval: 500 })
      .toMatch(/; negative response, fully validated/);
  }, 600_000);
});
