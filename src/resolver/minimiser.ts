import { isAtOrBelow, labelCount, lastLabelsOf, type Name } from '../dns/name.ts';
import type { RRset } from '../dns/rrset.ts';
import { invariant } from '../error.ts';
import type { Verdict } from './classify.ts';
import type { Limits } from './limits.ts';
import type { Evidence, Wanted } from './scrub.ts';

/** How far the name wanted has been shown to the servers of one zone (RFC 9156). */
export interface Minimiser {
  /** The deepest name at which the zone was asked already; at first its apex. */
  readonly shown: Name;
  /** Minimised queries made for the name, in this zone and those above. */
  readonly steps: number;
  /** Failed minimised queries in this zone. */
  readonly failures: number;
  /** False once the zone gets the whole name. */
  readonly on: boolean;
}

/** The minimiser for a zone that a referral led to. */
export function enterZone(apex: Name, before: Minimiser | null, on: boolean): Minimiser {
  return { shown: apex, steps: before?.steps ?? 0, failures: 0, on };
}

/**
 * What to ask next on the way to `wanted`: one more label with type A (NS where NS is wanted), for the first few steps; then several at once, so
 * that `maxMinimisedQueries` are enough (RFC 9156 section 2.3). The whole question when one step is left.
 */
export function nextQuestion(minimiser: Minimiser, wanted: Wanted, limits: Limits): Wanted {
  invariant(isAtOrBelow(wanted.name, minimiser.shown), 'a zone is asked for names at or below its apex');
  const shown = labelCount(minimiser.shown);
  const hidden = labelCount(wanted.name) - shown;
  const stepsLeft = limits.maxMinimisedQueries - minimiser.steps;
  if (!minimiser.on || hidden <= 1 || stepsLeft <= 0) {
    return wanted;
  }
  const more = minimiser.steps < limits.minimisedOneByOne ? 1 : Math.ceil(hidden / stepsLeft);
  if (more >= hidden) {
    return wanted;
  }
  const type = wanted.type === 'NS' ? 'NS' : 'A';
  return { name: lastLabelsOf(wanted.name, shown + more), type };
}

/** After an answer to a minimised question that leaves the zone the same: the name that was asked is shown. */
export function advance(minimiser: Minimiser, asked: Name): Minimiser {
  return { ...minimiser, shown: asked, steps: minimiser.steps + 1 };
}

/** What follows from an answer to a minimised question. */
export type AfterMinimised =
  | { readonly kind: 'go-on'; readonly minimiser: Minimiser }
  /** The name asked does not exist, and a validator may say that none below it does. */
  | {
      readonly kind: 'absent';
      readonly minimiser: Minimiser;
      readonly soa: RRset | null;
      readonly evidence: Evidence;
    }
  /** The server is of no use; the next one is asked. */
  | { readonly kind: 'set-back'; readonly minimiser: Minimiser };

/**
 * What follows from `verdict` on the minimised question for `asked`, which left the zone the same.
 *
 * With `stopAtAbsence` a signed denial is the end (RFC 8020). An unsigned one is not: servers exist that deny empty
 * non-terminals, and the whole name settles it (RFC 9156 section 2.3). Failures make the name whole from the third on.
 */
export function afterMinimised(
  minimiser: Minimiser,
  asked: Name,
  verdict: Verdict,
  { limits, stopAtAbsence }: { readonly limits: Limits; readonly stopAtAbsence: boolean },
): AfterMinimised {
  switch (verdict.kind) {
    case 'nodata':
    case 'answer':
    case 'alias':
    case 'overlong-alias':
      return { kind: 'go-on', minimiser: advance(minimiser, asked) };
    case 'nxdomain': {
      const { soa, evidence } = verdict;
      return stopAtAbsence && evidence.proofs.length > 0
        ? { kind: 'absent', minimiser, soa, evidence }
        : { kind: 'go-on', minimiser: giveUp(minimiser) };
    }
    case 'empty':
      return { kind: 'go-on', minimiser: giveUp(minimiser) };
    default: {
      const failures = minimiser.failures + 1;
      const on = minimiser.on && failures < limits.maxMinimisedFailures;
      return { kind: 'set-back', minimiser: { ...minimiser, failures, on } };
    }
  }
}

/** The zone gets the whole name from now on. */
export function giveUp(minimiser: Minimiser): Minimiser {
  return { ...minimiser, on: false };
}
