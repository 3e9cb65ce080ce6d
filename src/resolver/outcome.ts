import type { RRset } from '../dns/rrset.ts';
import { type Frame, linkOf } from './frame.ts';
import type { Link, Outcome, ResolutionFailure } from './resolution.ts';
import type { Evidence, Wanted } from './scrub.ts';

/** The outcome of a frame whose target has the RRsets `found`. */
export function answerOf(frame: Frame, found: readonly RRset[], evidence: Evidence): Outcome {
  const links = [...frame.chain, linkOf(frame, 'answer', found, evidence)];
  const rrsets = rrsetsOf(links);
  return { kind: 'answer', rrsets, ttlSeconds: lowestTtlOf(rrsets), links };
}

/**
 * The outcome of a frame whose target has nothing of the type, or does not exist; `ttl` is the negative TTL. `question` is
 * what was asked when that was for a name above the target.
 */
export function negativeOf(
  frame: Frame,
  kind: 'nodata' | 'nxdomain',
  soa: RRset | null,
  ttl: number,
  evidence: Evidence,
  question: Wanted = frame.target,
): Outcome {
  const rrsets = rrsetsOf(frame.chain);
  const proof = soa === null ? null : { ...soa, ttl };
  const last = { kind, question, rrsets: proof === null ? [] : [proof], evidence };
  return {
    kind,
    rrsets,
    soa: proof,
    ttlSeconds: Math.min(ttl, lowestTtlOf(rrsets)),
    links: [...frame.chain, last],
  };
}

/** The failure of a frame whose alias chain ends in `last`, which cannot be followed. */
export function aliasFailure(
  frame: Frame,
  cause: 'alias-loop' | 'overlong-alias',
  reason: string,
  last: readonly RRset[],
): ResolutionFailure {
  const zone = frame.pool?.zone.apex ?? null;
  return { kind: 'failure', cause, reason, zone, rrsets: [...rrsetsOf(frame.chain), ...last] };
}

/**
 * Whether a failure is remembered: one that depends on what else was being resolved says nothing about the question alone,
 * and where something remembered was only asked for again, that is still good.
 */
export function isWorthKeeping(outcome: Outcome, isCallers: boolean, isRefresh: boolean): boolean {
  return (
    outcome.kind === 'failure' &&
    outcome.cause !== 'failed-before' &&
    !(isCallers && isRefresh) &&
    (isCallers || (outcome.cause !== 'cycle' && outcome.cause !== 'limit'))
  );
}

function rrsetsOf(links: readonly Link[]): readonly RRset[] {
  const [only] = links;
  return only !== undefined && links.length === 1 ? only.rrsets : links.flatMap(link => link.rrsets);
}

/** The seconds for which all of `rrsets` count; the longest TTL there is when there are none. */
function lowestTtlOf(rrsets: readonly RRset[]): number {
  return rrsets.reduce((lowest, rrset) => Math.min(lowest, rrset.ttl), 0x7fffffff);
}
