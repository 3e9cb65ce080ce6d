import { expect } from 'vitest';
import { listAt, textAt } from '../../src/providers/json.ts';
import { expectationsUnder, isHeldForLong } from './flow-names.ts';
import { type Demand, type Seen, type SoFar, summaryOf, watchFlow } from './flow-watch.ts';
import { type Flow, type FlowWorld, parents } from './flow-world.ts';
import { sleep, waitUntil } from './journal.ts';

/** Milliseconds for which caches are filled before the command. */
const beforehandMs = 1500;
/** Milliseconds for which questions go on after it, so that caches filled in its last second are seen too. */
const afterwardsMs = 5000;
/** Kinds of wrong answers that are printed. */
const mostTold = 6;
/** Rounds of questions all of whose answers have AD, by which it is known that no resolver has anything insecure left. */
const settledRounds = 2;
/**
 * Milliseconds after the end that they are waited for. Caches of whole seconds keep a TTL of 3 s for up to 4 s: the referral fetched
 * in the last instant before the NS records went is good for that long, and what was fetched by it in the last instant of that, from a
 * zone that was kept, for as long again. The rest is for a machine that is busy; what renews itself in a cache never settles.
 */
const settlingPatienceMs = 30_000;
/** What is demanded beside right answers. */
export interface Care extends Demand {
  /** Whether questions go on until nobody has anything insecure left. */
  readonly settling?: boolean;
}

/** What is demanded of a flow between signed zones. */
export const provenCare: Care = { dnssecOk: true, settling: true };

/** What a watch saw, and when that began and ended which it was there for, in milliseconds since the watch began. */
export interface Watched extends Seen {
  readonly beganMs: number;
  readonly endedMs: number;
  /** Whether every answer of the last rounds had AD. */
  readonly settled: boolean;
}

/** Runs `zonecut` with `args`, which must succeed, while everything under the cut is asked for, and prints what came of it. */
export function watched(
  world: FlowWorld,
  flow: Flow,
  title: string,
  args: readonly string[],
  care: Care = {},
): Promise<Watched> {
  return watchedWhile(world, flow, title, () => run(world, args), care);
}

/** The same of anything else that is done, by somebody who knows what was seen so far. */
export async function watchedWhile(
  world: FlowWorld,
  flow: Flow,
  title: string,
  act: (soFar: SoFar) => Promise<void>,
  care: Care = {},
): Promise<Watched> {
  const apex = parents[flow.parent].apex;
  const watch = await watchFlow(world.resolvers, count => expectationsUnder(flow.cut, apex, count), care);
  const { soFar } = watch;
  const begun = performance.now();
  const sinceMs = (): number => performance.now() - begun;
  let [beganMs, endedMs, settled] = [0, 0, false];
  try {
    await sleep(beforehandMs);
    beganMs = sinceMs();
    await act(soFar);
    endedMs = sinceMs();
    await sleep(afterwardsMs);
    settled = await isSettled(soFar, care);
  } finally {
    await watch.stop();
  }
  const seen = { ...(await watch.stop()), beganMs, endedMs, settled };
  const wrongs = summaryOf(seen.wrong).slice(0, mostTold);
  process.stdout.write(`${[`${title}: ${report(seen, care)}`, ...wrongs].join('\n  ')}\n`);
  return seen;
}

/** Whether nobody has anything insecure left; waits for that where it is demanded. */
async function isSettled(soFar: SoFar, { settling = false }: Care): Promise<boolean> {
  const isSo = (): boolean => soFar.provenRounds >= settledRounds;
  if (settling) await waitUntil(isSo, settlingPatienceMs);
  return isSo();
}

function report(seen: Watched, { dnssecOk = false }: Care): string {
  const last = seen.unproven.findLast(({ question }) => !isHeldForLong(question));
  const late =
    last === undefined
      ? ''
      : `, the last ${((last.askedAtMs - seen.endedMs) / 1000).toFixed(1)} s after the end`;
  const unproven = dnssecOk ? ` ${seen.unproven.length} without AD${late},` : '';
  return `${seen.asked} questions, ${seen.wrong.length} wrong answers,${unproven} ${seen.seconds.toFixed(1)} s`;
}

/**
 * Nothing was wrong, and every answer before and after had AD; what came between went without, where the cut was insecure. What a
 * resolver remembers from then for longer than the flow lasts goes without AD afterwards too.
 */
export function expectProven(seen: Watched): void {
  expectSound(seen);
  expect(summaryOf(seen.unproven.filter(({ askedAtMs }) => askedAtMs < seen.beganMs))).toEqual([]);
  const last = summaryOf(seen.unproven.filter(({ question }) => !isHeldForLong(question)).slice(-1));
  expect(seen.settled, `answers without AD go on: ${last.join()}`).toBe(true);
}

/** Every question had its answer, and that was the right one. */
export function expectSound(seen: Seen): void {
  expect(summaryOf(seen.wrong)).toEqual([]);
  expect(seen.answered).toBe(seen.asked);
}

/** Runs `zonecut` with `args`, which must succeed. */
export async function run(world: FlowWorld, args: readonly string[]): Promise<void> {
  const { status, stdout, stderr } = await world.zonecut(args);
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
