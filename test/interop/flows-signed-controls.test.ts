import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { must } from './dns-named.ts';
import { delegating, run, type Watched, watched, watchedWhile } from './flow-run.ts';
import { addresses } from './flow-servers.ts';
import { type FlowWorld, flowOf, openSignedWorld, parents } from './flow-world.ts';
import { sleep } from './journal.ts';
import { updateKey } from './primaries.ts';

const early = flowOf('rfc2136', 'powerdns', 'early');
const late = flowOf('rfc2136', 'powerdns', 'late');
/** Seconds; of the parents. */
const negativeTtl = 2;
const demand = { dnssecOk: true };

let world: FlowWorld;

beforeAll(async () => {
  world = await openSignedWorld([early, late], negativeTtl);
}, 90_000);

afterAll(async () => {
  await world?.close();
});

function kindsOf(seen: Watched): readonly string[] {
  return [...new Set(seen.wrong.map(({ got }) => got))].sort();
}

/** What a person does who knows BIND and not DNSSEC. */
async function nsupdate(...lines: readonly string[]): Promise<void> {
  const file = path.join(world.stateFolder, 'update');
  const head = [`server ${addresses.hidden}`, `zone ${parents.rfc2136.apex}`];
  await writeFile(file, [...head, ...lines, 'send', ''].join('\n'));
  const { algorithm, name, secret } = updateKey;
  await must('nsupdate', ['-y', `${algorithm}:${name}:${secret}`, file]);
}

describe.sequential('the watch sees it when an order is wrong', () => {
  test('an unsigned child of a secure zone can be refused by who has the proof of no cut, as the plan says', async () => {
    const args = delegating(early);
    const planned = ['plan', ...args.slice(1).filter(arg => arg !== '--yes')];
    const { stdout } = await world.zonecut(planned);
    expect(stdout).toMatch(/refuses what a child without DS says, for 3 s /);
    // Whether one of the four has the proof is chance.
    const command = [...args, '--for', 'authoritative'];
    const seen = await watched(world, early, 'delegate below a secure zone', command, demand);
    expect(['', 'SERVFAIL']).toContain(kindsOf(seen).join());
    expect(seen.answered).toBe(seen.asked);
  }, 60_000);

  test('DS too early, of a child that has no keys', async () => {
    const publish = async (): Promise<void> => {
      await nsupdate(`update add ${early.cut} 3 DS 12345 13 2 ${'ab'.repeat(32)}`);
      await sleep(4000);
    };
    const seen = await watchedWhile(world, early, 'DS too early', publish, demand);
    expect(kindsOf(seen)).toContain('SERVFAIL');
  }, 60_000);

  test('DS too late, of a child that has no keys any more', async () => {
    await run(world, delegating(late, '--sign'));
    const unsign = async (): Promise<void> => {
      await must('curl', [
        ...['-sf', '-X', 'PUT', '-H', `X-API-Key: ${world.powerdns.apiKey}`, '-d', '{"dnssec":false}'],
        `${world.powerdns.apiUrl}/api/v1/servers/localhost/zones/${late.cut}`,
      ]);
      await sleep(4000);
      await nsupdate(`update delete ${late.cut} DS`);
    };
    const seen = await watchedWhile(world, late, 'DS too late', unsign, demand);
    expect(kindsOf(seen)).toContain('SERVFAIL');
  }, 120_000);
});
