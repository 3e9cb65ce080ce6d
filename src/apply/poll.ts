import { ZonecutError } from '../error.ts';
import type { Step } from '../plan/plan.ts';
import type { ApplyEvent, Run } from './context.ts';

/**
 * Milliseconds between two rounds. The moment that is announced counts from the round that found everything done, so it is
 * late by one pause at most: pauses stay short while people watch, and grow when a host takes minutes.
 */
const firstPauseMs = 100;
const longestPauseMs = 500;
const longestLatePauseMs = 1500;
/** Milliseconds after which pauses may be of the longer kind. */
const lateAfterMs = 60_000;

/** A host is given this many times the time that it commonly needs, and never less than the floor, before a step fails. */
const patience = 2;
const leastPatienceMs = 30_000;

/** Milliseconds that a step waits for a host whose changes are commonly visible within `visibleWithinMs`. */
export function patienceMs(visibleWithinMs: number | undefined): number {
  return Math.max(leastPatienceMs, patience * (visibleWithinMs ?? 0));
}

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
  for (let pauseMs = firstPauseMs; ; pauseMs = pauseAfter(pauseMs, clock.elapsed() - begun)) {
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

function pauseAfter(pauseMs: number, elapsedMs: number): number {
  return Math.min(elapsedMs < lateAfterMs ? longestPauseMs : longestLatePauseMs, pauseMs * 2);
}
