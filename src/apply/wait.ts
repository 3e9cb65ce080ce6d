import { stateOf } from '../checks/grid.ts';
import { waitSecondsOf } from '../plan/bound.ts';
import { changesAfter, type Step } from '../plan/plan.ts';
import { sampleResolvers } from '../survey/grid.ts';
import type { ApplyEvent, Performance, Run } from './context.ts';

/** Milliseconds between two looks at the resolvers during a wait, at least; a long wait looks a hundred times in all. */
const leastLookMs = 1000;
const looksPerWait = 100;
/** Milliseconds between two `waiting` events unless the options say otherwise: people watch a countdown. */
const defaultTickMs = 1000;

type Waiting = Extract<ApplyEvent, { readonly kind: 'waiting' }>;

/** The moment at which the wait of `step` is over, when it begins now; undefined for steps that do not wait. */
export function deadlineOf(run: Run, step: Step): number | undefined {
  return step.action.do === 'wait-out'
    ? run.world.clock.now() + waitSecondsOf(step.action.bounds) * 1000
    : undefined;
}

/** Waits until no cache can hold the old answer any more, or until the resolvers that are asked have the new one. */
export async function* performWaitOut(run: Run, step: Step): Performance {
  const { world, options, state } = run;
  const { clock } = world;
  const { cut } = state.plan.intent;
  const deadlineMs = state.deadlines.get(step.id) ?? deadlineOf(run, step) ?? clock.now();
  const delegating = state.plan.intent.kind === 'delegate';
  const lookMs = Math.max(leastLookMs, (deadlineMs - clock.now()) / looksPerWait);
  const wanted = [...run.results.values()].findLast(result => result.ns !== undefined)?.ns ?? [];
  let resolvers: Waiting['resolvers'] = [];
  let looked = Number.NEGATIVE_INFINITY;
  while (clock.now() < deadlineMs) {
    if (delegating && clock.elapsed() - looked >= lookMs) {
      const cells = await sampleResolvers(world, options.net, cut, options.signal);
      resolvers = cells.map(cell => ({ resolver: cell.resolver, state: stateOf(cell, cut, wanted) }));
      looked = clock.elapsed();
    }
    yield { kind: 'waiting', step, deadlineMs, nowMs: clock.now(), resolvers };
    if (
      options.until === 'resolvers' &&
      delegating &&
      !changesAfter(state.plan, step) &&
      resolvers.length > 0 &&
      resolvers.every(({ state: { kind } }) => kind === 'new')
    ) {
      return {
        note: `${resolvers.length} resolvers have the new answer; others may hold the old one until ${timeText(deadlineMs)}`,
      };
    }
    const tickMs = Math.min(options.tickMs ?? defaultTickMs, delegating ? lookMs : Number.POSITIVE_INFINITY);
    await clock.sleep(Math.min(tickMs, Math.max(0, deadlineMs - clock.now())), options.signal);
  }
  return { note: `no cache holds the old answer since ${timeText(deadlineMs)}` };
}

/** `12:03:11Z` of a moment. */
export function timeText(ms: number): string {
  return `${new Date(ms).toISOString().slice(11, 19)}Z`;
}
