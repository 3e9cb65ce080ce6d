import { expect } from 'vitest';
import { expectationsUnder } from './flow-names.ts';
import { type Demand, type Seen, watchFlow } from './flow-watch.ts';
import { type Flow, type FlowWorld, parents } from './flow-world.ts';
import { sleep } from './journal.ts';

/** Milliseconds for which caches are filled before the command. */
const beforehandMs = 1500;
/** Milliseconds for which questions go on after it, so that caches filled in its last second are seen too. */
const afterwardsMs = 4000;

/** Runs `zonecut` with `args`, which must succeed, while everything under the cut is asked for, and prints what came of it. */
export async function watched(
  world: FlowWorld,
  flow: Flow,
  title: string,
  args: readonly string[],
  demand: Demand = {},
): Promise<Seen> {
  const apex = parents[flow.parent].apex;
  const watch = await watchFlow(world.resolvers, count => expectationsUnder(flow.cut, apex, count), demand);
  try {
    await sleep(beforehandMs);
    await run(world, args);
    await sleep(afterwardsMs);
  } finally {
    await watch.stop();
  }
  const seen = await watch.stop();
  process.stdout.write(
    `${title}: ${seen.asked} questions, ${seen.wrong.length} wrong answers, ${seen.seconds.toFixed(1)} s\n`,
  );
  return seen;
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
