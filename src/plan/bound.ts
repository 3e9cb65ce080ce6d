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

/**
 * How long caches can go on asking the servers that are left: with the parent's NS RRset for its TTL, and with the child's own
 * for its TTL after that, since a cache can have taken it over in the last second (RFC 2181 section 5.4.1). Each is the
 * longest that was seen; `parents` are of the parent's servers and host, `children` of the child's.
 */
export function delegationBounds(
  parents: readonly RRset[],
  children: readonly RRset[],
  parentApex: string,
): readonly Bound[] {
  const [above, below] = [longestTtl(parents), longestTtl(children)];
  const bounds = above === null ? [] : [ttlBound(above, parentApex)];
  if (below === null) {
    return bounds;
  }
  const own = "the child's own servers";
  if (above === null) {
    return [ttlBound(below, own)];
  }
  return [
    ...bounds,
    {
      seconds: above.ttl + below.ttl,
      holds: `the ${below.type} records of ${below.owner} that ${own} gave to who came in the last second of those`,
      reason: `the TTL at ${parentApex} and then that at ${own} (RFC 2181 section 5.4.1)`,
    },
  ];
}

function longestTtl(rrsets: readonly RRset[]): RRset | null {
  return rrsets.reduce<RRset | null>(
    (best, rrset) => (best === null || rrset.ttl > best.ttl ? rrset : best),
    null,
  );
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
