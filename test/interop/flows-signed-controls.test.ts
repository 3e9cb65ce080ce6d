import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { attemptOf } from '../attempt.ts';
import { must } from './dns-named.ts';
import { delegating, run, type Watched, watched, watchedWhile } from './flow-run.ts';
import { addresses } from './flow-servers.ts';
import type { SoFar } from './flow-watch.ts';
import { type FlowWorld, flowOf, flowOfAttempt, openSignedWorld, parents } from './flow-world.ts';
import { sleep, waitUntil } from './journal.ts';
import { updateKey } from './primaries.ts';

const unsigned = flowOf('rfc2136', 'powerdns', 'unsigned');
const early = flowOf('rfc2136', 'powerdns', 'early');
const late = flowOf('rfc2136', 'powerdns', 'late');
/** Milliseconds in which every validator has asked for DS and keys again, which have a TTL of at most 6 s. */
const refusalPatienceMs = 30_000;
/** Milliseconds without anything wrong, in which every question is asked at every resolver several times. */
const quietMs = 2000;
/** Seconds; of the parents. */
const negativeTtl = 2;
const demand = { dnssecOk: true };

let world: FlowWorld;

beforeAll(async () => {
  world = await openSignedWorld([unsigned, early, late], negativeTtl);
});

afterAll(async () => {
  await world?.close();
});

function kindsOf({ wrong }: Pick<Watched, 'wrong'>): readonly string[] {
  return [...new Set(wrong.map(({ got }) => got))].sort();
}

/** Does something wrong when nothing has been wrong for a while, and waits until a validator refuses what came of it; gives what was. */
async function refused(soFar: SoFar, act: () => Promise<void>): Promise<readonly string[]> {
  for (let seen = -1; seen !== soFar.wrong.length; await sleep(quietMs)) seen = soFar.wrong.length;
  const before = soFar.wrong.length;
  await act();
  const kinds = (): readonly string[] => kindsOf({ wrong: soFar.wrong.slice(before) });
  await waitUntil(() => kinds().includes('SERVFAIL'), refusalPatienceMs);
  return kinds();
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
  test('an unsigned child of a secure zone can be refused by who has the proof of no cut, as the plan says', async context => {
    const flow = flowOfAttempt(unsigned, attemptOf(context));
    const args = delegating(flow);
    const planned = ['plan', ...args.slice(1).filter(arg => arg !== '--yes')];
    const { stdout } = await world.zonecut(planned);
    expect(stdout).toMatch(/refuses what a child without DS says, for 3 s /);
    // Whether one of the four has the proof is chance.
    const command = [...args, '--for', 'authoritative'];
    const seen = await watched(world, flow, 'delegate below a secure zone', command, demand);
    expect(['', 'SERVFAIL']).toContain(kindsOf(seen).join());
    expect(seen.answered).toBe(seen.asked);
  });

  test('DS too early, of a child that has no keys', async context => {
    const flow = flowOfAttempt(early, attemptOf(context));
    await run(world, delegating(flow));
    const publish = (): Promise<void> =>
      nsupdate(`update add ${flow.cut} 3 DS 12345 13 2 ${'ab'.repeat(32)}`);
    const act = async (soFar: SoFar): Promise<void> => {
      expect(await refused(soFar, publish)).toContain('SERVFAIL');
    };
    await watchedWhile(world, flow, 'DS too early', act, demand);
  });

  test('DS too late, of a child that has no keys any more', async context => {
    const flow = flowOfAttempt(late, attemptOf(context));
    await run(world, delegating(flow, '--sign'));
    const unsign = async (): Promise<void> => {
      await must('curl', [
        ...['-sf', '-X', 'PUT', '-H', `X-API-Key: ${world.powerdns.apiKey}`, '-d', '{"dnssec":false}'],
        `${world.powerdns.apiUrl}/api/v1/servers/localhost/zones/${flow.cut}`,
      ]);
    };
    const act = async (soFar: SoFar): Promise<void> => {
      expect(await refused(soFar, unsign)).toContain('SERVFAIL');
      await nsupdate(`update delete ${flow.cut} DS`);
    };
    await watchedWhile(world, flow, 'DS too late', act, demand);
  });
});
