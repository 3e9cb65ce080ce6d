import { expect } from 'vitest';
import { listAt, textAt } from '../../src/providers/json.ts';
import { expectationsUnder } from './flow-names.ts';
import { type Demand, type Seen, summaryOf, watchFlow } from './flow-watch.ts';
import { type Flow, type FlowWorld, parents } from './flow-world.ts';
import { sleep } from './journal.ts';

/** Milliseconds for which caches are filled before the command. */
const beforehandMs = 1500;
/** Milliseconds for which questions go on after it, so that caches filled in its last second are seen too, and what is settled. */
const afterwardsMs = 7000;

/** What a watch saw, and when that began and ended which it was there for, in milliseconds since the watch began. */
export interface Watched extends Seen {
  readonly beganMs: number;
  readonly endedMs: number;
}

/** Runs `zonecut` with `args`, which must succeed, while everything under the cut is asked for, and prints what came of it. */
export function watched(
  world: FlowWorld,
  flow: Flow,
  title: string,
  args: readonly string[],
  demand: Demand = {},
): Promise<Watched> {
  return watchedWhile(world, flow, title, () => run(world, args), demand);
}

/** The same of anything else that is done. */
export async function watchedWhile(
  world: FlowWorld,
  flow: Flow,
  title: string,
  act: () => Promise<void>,
  demand: Demand = {},
): Promise<Watched> {
  const apex = parents[flow.parent].apex;
  const watch = await watchFlow(world.resolvers, count => expectationsUnder(flow.cut, apex, count), demand);
  const begun = performance.now();
  const sinceMs = (): number => performance.now() - begun;
  let [beganMs, endedMs] = [0, 0];
  try {
    await sleep(beforehandMs);
    beganMs = sinceMs();
    await act();
    endedMs = sinceMs();
    await sleep(afterwardsMs);
  } finally {
    await watch.stop();
  }
  const seen = await watch.stop();
  const unproven = demand.dnssecOk === true ? `${seen.unproven.length} without AD, ` : '';
  process.stdout.write(
    `${title}: ${seen.asked} questions, ${seen.wrong.length} wrong answers, ${unproven}${seen.seconds.toFixed(1)} s\n`,
  );
  return { ...seen, beganMs, endedMs };
}

/**
 * Milliseconds after the end after which no resolver has anything from before. Unbound counts whole seconds, so that it keeps a TTL
 * of 3 s for up to 4 s. The referral that it fetched in the last instant before the NS records went is good for that long, and what
 * it fetched by it in the last instant of that, from a zone that was kept, for as long again: 8 s after the NS records went. The
 * command ends when it has waited out their TTL of 3 s, which leaves 5 s.
 */
const settledMs = 5000;

/**
 * Nothing was wrong, and every answer before and after had AD; what came between went without, where the cut was insecure. What a
 * resolver remembers from then for longer than the flow lasts goes without AD afterwards too.
 */
export function expectProven(seen: Watched): void {
  expect(summaryOf(seen.wrong)).toEqual([]);
  expect(seen.answered).toBe(seen.asked);
  const around = seen.unproven.filter(
    ({ askedAtMs, question }) =>
      askedAtMs < seen.beganMs || (askedAtMs > seen.endedMs + settledMs && !/^(long|away)\./.test(question)),
  );
  expect(summaryOf(around)).toEqual([]);
}

/** Runs `zonecut` with `args`, which must succeed. */
export async function run(world: FlowWorld, args: readonly string[]): Promise<void> {
  const { status, stdout, stderr } = await world.zonecut(args, { timeoutMs: 90_000 });
  expect(status, stdout + stderr).toBe(0);
}

/** The command that makes the delegation of a flow. */
export function delegating({ cut, parent, child }: Flow, ...more: readonly string[]): readonly string[] {
  return ['delegate', cut, '--parent', parent, '--child', child, '--ttl', '3', '--yes', ...more];
}

/** The command that takes it back. A zone that was made by hand, at a host without an API for zones, goes by hand as well. */
export function undelegating({ cut, parent, child }: Flow, ...more: readonly string[]): readonly string[] {
  const zone = child === 'rfc2136' ? ['--keep-zone', '--yes'] : ['--confirm', cut.slice(0, -1)];
  return ['undelegate', cut, '--parent', parent, '--child', child, ...zone, ...more];
}

/** The run that moved `name` last. */
export async function lastMoveOf(world: FlowWorld, name: string): Promise<string> {
  const { status, stdout, stderr } = await world.zonecut(['runs', '--json']);
  expect(status, stderr).toBe(0);
  const moves = (listAt(JSON.parse(stdout), 'runs') ?? []).filter(
    one => textAt(one, 'kind') === 'move' && textAt(one, 'cut') === `${name}.`,
  );
  return textAt(moves.at(-1), 'run') ?? '';
}
