import { waitSecondsOf } from '../plan/bound.ts';
import { changesAfter, type Step } from '../plan/plan.ts';
import { type Proof, viewRecursive } from '../survey/proof.ts';
import { nsShown } from '../survey/view.ts';
import type { Performance, Run } from './context.ts';

/** Milliseconds between two looks at the resolvers during a wait, at least; a long wait looks a hundred times in all. */
const leastLookMs = 1000;
const looksPerWait = 100;
/** Milliseconds between two `waiting` events unless the options say otherwise: people watch a countdown. */
const defaultTickMs = 1000;

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
  const deadlineMs = state.deadlines.get(step.id) ?? deadlineOf(run, step) ?? clock.now();
  const delegating = state.plan.intent.kind === 'delegate';
  const lookMs = Math.max(leastLookMs, (deadlineMs - clock.now()) / looksPerWait);
  let recursive: Proof['recursive'] = [];
  let looked = Number.NEGATIVE_INFINITY;
  while (clock.now() < deadlineMs) {
    if (delegating && clock.elapsed() - looked >= lookMs) {
      recursive = await viewRecursive(world, options.net, state.plan.intent.cut, options.signal);
      looked = clock.elapsed();
    }
    yield { kind: 'waiting', step, deadlineMs, nowMs: clock.now(), recursive };
    if (
      options.until === 'resolvers' &&
      delegating &&
      !changesAfter(state.plan, step) &&
      recursive.length > 0 &&
      recursive.every(view => agrees(run, view))
    ) {
      return {
        note: `${recursive.length} resolvers have the new answer; others may hold the old one until ${timeText(deadlineMs)}`,
      };
    }
    const tickMs = Math.min(options.tickMs ?? defaultTickMs, delegating ? lookMs : Number.POSITIVE_INFINITY);
    await clock.sleep(Math.min(tickMs, Math.max(0, deadlineMs - clock.now())), options.signal);
  }
  return { note: `no cache holds the old answer since ${timeText(deadlineMs)}` };
}

function agrees(run: Run, view: Proof['recursive'][number]): boolean {
  const { cut } = run.state.plan.intent;
  const wanted = [...run.results.values()].find(result => result.ns !== undefined)?.ns ?? [];
  const shown = nsShown(view.ns.answer, cut);
  return (
    shown !== null &&
    [...shown.data].sort().join(' ') === [...wanted].sort().join(' ') &&
    view.soa.answer.kind === 'answer'
  );
}

/** `12:03:11Z` of a moment. */
export function timeText(ms: number): string {
  return `${new Date(ms).toISOString().slice(11, 19)}Z`;
}
