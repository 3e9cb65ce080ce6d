import { ancestorsOf, compareNames, type Name, wildcardAt } from '../dns/name.ts';
import { makeRRset, type RRset } from '../dns/rrset.ts';
import { nameExists, rrsetAt, type Zone } from '../dns/zone.ts';

/** The NSEC RRsets of zones that were asked before, in canonical order of their owners. */
const chains = new WeakMap<Zone, readonly RRset[]>();

function chainOf(zone: Zone): readonly RRset[] {
  const known = chains.get(zone);
  if (known !== undefined) return known;
  const chain = zone.rrsets
    .filter(({ type }) => type === 'NSEC')
    .sort((a, b) => compareNames(a.owner, b.owner));
  chains.set(zone, chain);
  return chain;
}

/**
 * The signatures that `zone` has of `rrset`, with its owner and TTL; none where it has none (RFC 4035 section 3.1.1).
 *
 * `source` is the owner that they stand at: the wildcard where the RRset came from one (RFC 4035 section 3.1.3.3).
 */
export function signaturesIn(
  zone: Zone,
  rrset: RRset,
  source: Name = rrset.owner,
): readonly RRset<'RRSIG'>[] {
  const all = rrsetAt(zone, source, 'RRSIG');
  const data = all?.data.filter(text => text.startsWith(`${rrset.type} `)) ?? [];
  return data.length === 0 ? [] : [makeRRset(rrset.owner, 'RRSIG', rrset.ttl, data)];
}

/** `rrsets`, each once, with their signatures behind each. */
export function withSignatures(zone: Zone, rrsets: readonly RRset[]): readonly RRset[] {
  return [...new Set(rrsets)].flatMap(rrset => [rrset, ...signaturesIn(zone, rrset)]);
}

/**
 * The NSEC RRsets that prove that `zone` does not have `type` at `name`, which exists or answers from `wildcard`
 * (RFC 4035 sections 3.1.3.1 and 3.1.3.4). None in a zone without NSEC.
 */
export function noDataProof(zone: Zone, name: Name, wildcard: Name | null): readonly RRset[] {
  return wildcard === null
    ? matchingOrCovering(zone, name)
    : [...matchingOrCovering(zone, wildcard), ...matchingOrCovering(zone, name)];
}

/** The NSEC RRsets that prove that `name` and the wildcard above it do not exist (RFC 4035 section 3.1.3.2). */
export function nameErrorProof(zone: Zone, name: Name): readonly RRset[] {
  const encloser = ancestorsOf(name).find(above => nameExists(zone, above)) ?? zone.apex;
  return [...matchingOrCovering(zone, name), ...matchingOrCovering(zone, wildcardAt(encloser))];
}

/** The NSEC at `name`, or the last one before it in canonical order, whose gap it lies in. */
export function matchingOrCovering(zone: Zone, name: Name): readonly RRset[] {
  const chain = chainOf(zone);
  let low = 0;
  let high = chain.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const owner = chain[middle]?.owner;
    if (owner !== undefined && compareNames(owner, name) <= 0) low = middle + 1;
    else high = middle;
  }
  const found = chain[low - 1];
  return found === undefined ? [] : [found];
}
