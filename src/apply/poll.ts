import { ZonecutError } from '../error.ts';
import type { Step } from '../plan/plan.ts';
import type { ApplyEvent, Run } from './context.ts';

/** Milliseconds between the first questions; doubled after each until `longestPauseMs`. */
const firstPauseMs = 100;
const longestPauseMs = 5000;

/** What one round of questions found. */
export interface Round<T> {
  readonly done: boolean;
  /** One line for people. */
  readonly text: string;
  readonly value: T;
}

/**
 * Asks `round` again and again, with growing pauses, until it is done.
 *
 * Throws ZC_STEP_FAILED when it is not after `limitMs`: the run can be resumed, and asks on.
 */
export async function* pollUntil<T>(
  run: Run,
  step: Step,
  limitMs: number,
  round: () => Promise<Round<T>>,
): AsyncGenerator<ApplyEvent, T> {
  const { clock } = run.world;
  const begun = clock.elapsed();
  let said = '';
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(longestPauseMs, pauseMs * 2)) {
    const found = await round();
    if (found.text !== said) {
      said = found.text;
      yield { kind: 'progress', step, text: found.text };
    }
    if (found.done) {
      return found.value;
    }
    if (clock.elapsed() - begun + pauseMs > limitMs) {
      throw new ZonecutError('ZC_STEP_FAILED', `after ${Math.round(limitMs / 1000)} s still: ${found.text}`, {
        hint: `Nothing is lost. Look at the servers named, then go on with \`zonecut resume ${run.state.plan.run}\`.`,
      });
    }
    await clock.sleep(pauseMs, run.options.signal);
  }
}
