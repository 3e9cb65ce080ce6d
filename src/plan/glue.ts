import { isAtOrBelow, isBelow, type Name } from '../dns/name.ts';
import { makeRRset, type RRset, sameData } from '../dns/rrset.ts';
import type { Capabilities, RRsetChange } from '../providers/provider.ts';
import { ttlAt } from './fit.ts';

/** Types of the addresses of name servers. */
const addressTypes: readonly string[] = ['A', 'AAAA'];

/** Those of `servers` that lie in what `cut` delegates: nobody finds them without glue. RFC 9471 section 2.1. */
export function inDomainOf(servers: readonly Name[], cut: Name): readonly Name[] {
  return servers.filter(server => isAtOrBelow(server, cut));
}

/** The addresses that `rrsets` hold of the name servers `servers`. */
export function addressesIn(rrsets: readonly RRset[], servers: readonly Name[]): readonly RRset[] {
  return rrsets.filter(
    rrset => addressTypes.includes(rrset.type) && servers.some(server => server === rrset.owner),
  );
}

/** Whether `rrset` of the parent is glue of a delegation to `servers`. */
export function isGlueOf(rrset: RRset, servers: readonly string[]): boolean {
  return addressTypes.includes(rrset.type) && servers.includes(rrset.owner);
}

/** The in-domain ones of `servers` that have no address in `childRRsets`. */
export function withoutAddress(
  cut: Name,
  servers: readonly Name[],
  childRRsets: readonly RRset[],
): readonly Name[] {
  const known = addressesIn(childRRsets, servers);
  return inDomainOf(servers, cut).filter(server => !known.some(rrset => rrset.owner === server));
}

/**
 * What the parent must be told of the addresses of `servers`, so that a delegation to them can be followed: glue for those
 * at or below `cut`, as the child zone has it. What the parent has already with the same addresses stays as it is.
 */
export function glueChanges(
  cut: Name,
  servers: readonly Name[],
  childRRsets: readonly RRset[],
  parentRRsets: readonly RRset[],
  limits: Capabilities,
): readonly RRsetChange[] {
  return addressesIn(childRRsets, inDomainOf(servers, cut)).flatMap(rrset => {
    const { owner, type } = rrset;
    const from = parentRRsets.find(other => other.owner === owner && other.type === type) ?? null;
    if (from !== null && sameData(from, rrset)) {
      return [];
    }
    const to = makeRRset(owner, type, ttlAt(limits, rrset.ttl), rrset.data);
    return [{ owner, type, from, to }];
  });
}

/** The glue in the parent that only the delegation of `cut` to `servers` needs: no other delegation there names those servers. */
export function glueOnlyFor(
  cut: Name,
  servers: readonly Name[],
  parentRRsets: readonly RRset[],
): readonly RRset[] {
  const elsewhere = new Set<string>(
    parentRRsets
      .filter(rrset => rrset.type === 'NS' && rrset.owner !== cut && !isBelow(rrset.owner, cut))
      .flatMap(rrset => rrset.data),
  );
  return addressesIn(parentRRsets, inDomainOf(servers, cut)).filter(rrset => !elsewhere.has(rrset.owner));
}
