import type { RRset } from '../dns/rrset.ts';
import { negativeTtlOf } from '../dns/zone.ts';
import type { Bound } from './plan.ts';

/**
 * Caches count whole seconds, and some keep an answer through the second in which its TTL ends.
 * One second more makes the moment that zonecut names one that no cache outlives.
 */
const roundingSeconds = 1;

/**
 * How long caches can hold "no such name" for a cut that is new: the lower of the SOA's TTL and its MINIMUM, the highest
 * over the SOA RRsets that the parent's servers gave. RFC 2308 section 5.
 */
export function negativeBound(soas: readonly RRset[]): Bound {
  const longest = soas.reduce((best, soa) => (negativeTtlOf(soa) > negativeTtlOf(best) ? soa : best));
  const seconds = negativeTtlOf(longest);
  return {
    seconds,
    holds: 'the answer that there is no such name',
    reason: `the negative TTL of ${longest.owner}, the lower of its SOA's TTL and MINIMUM (RFC 2308 section 5)`,
  };
}

/** How long caches can hold an RRset that `where` serves now. RFC 2181 section 5.2. */
export function ttlBound(rrset: RRset, where: string): Bound {
  return {
    seconds: rrset.ttl,
    holds: `the ${rrset.type} records of ${rrset.owner} that ${where} gave`,
    reason: `their TTL at ${where} (RFC 1035 section 3.2.1)`,
  };
}

/** The longest of `bounds`; null for none. */
export function longestBound(bounds: readonly Bound[]): Bound | null {
  return bounds.reduce<Bound | null>(
    (best, bound) => (best === null || bound.seconds > best.seconds ? bound : best),
    null,
  );
}

/**
 * Seconds after the last authoritative server changed at which no cache holds the old answer any more.
 *
 * One more than the longest bound, since caches count whole seconds.
 */
export function waitSecondsOf(bounds: readonly Bound[]): number {
  const longest = longestBound(bounds);
  return longest === null ? 0 : longest.seconds + roundingSeconds;
}
