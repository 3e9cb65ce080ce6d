import { isAtOrBelow, type Name, parentOf } from '../dns/name.ts';
import { isType, type RRset } from '../dns/rrset.ts';
import { glueFor, type KnownZone } from './delegations.ts';
import type { Limits } from './limits.ts';
import type { Hop, Resolution, ResolutionFailure, ZoneCut, ZoneFailure, ZoneServer } from './resolution.ts';
import type { Wanted } from './scrub.ts';

/** A zone, or why none was found; whoever holds the budget knows whether a limit cut it short. */
export type FoundZone = Omit<ZoneCut, 'limits'> | Omit<ZoneFailure, 'limits'>;

/** What `findZone` asks with. */
export interface ZoneFinder {
  /** Resolves without following aliases, and tells the zone whose servers were asked last. */
  run(wanted: Wanted): Promise<{ readonly resolution: Resolution; readonly zone: KnownZone | null }>;
  addressesOf(name: Name): Promise<readonly string[]>;
  readonly limits: Limits;
}

/**
 * The deepest zone that holds `name`: the one whose SOA its servers show when they are asked for `name SOA`.
 *
 * The referrals on the way give its NS RRset. Where a server has a zone and its parent both, no referral is ever seen;
 * then the zone's own NS RRset is asked for.
 */
export async function findZone(name: Name, finder: ZoneFinder): Promise<FoundZone> {
  const hops: Hop[] = [];
  for (let asked: Name | null = name; asked !== null; asked = parentOf(asked)) {
    const { resolution, zone } = await finder.run({ name: asked, type: 'SOA' });
    hops.push(...resolution.hops);
    if (resolution.kind === 'failure') {
      return { ...failureOf(resolution), hops };
    }
    const soa = soaShown(resolution);
    if (zone !== null && soa !== null && isAtOrBelow(asked, soa.owner) && isAtOrBelow(soa.owner, zone.apex)) {
      return await cutOf(soa.owner, zone, finder, hops);
    }
    if (zone !== null && resolution.kind !== 'answer') {
      // A server that denies without SOA (RFC 2308 section 2.2, type 3): the referral is all there is to go by.
      return await cutOf(zone.apex, zone, finder, hops);
    }
    // An alias is never an apex (RFC 1034 section 3.6.2): its zone is that of the name above it.
  }
  const reason = `no server shows a SOA record for ${name} or a name above it`;
  return { kind: 'failure', cause: 'lame', reason, zone: null, hops };
}

function failureOf(failure: ResolutionFailure): ResolutionFailure {
  const { kind, cause, reason, zone, limit } = failure;
  return limit === undefined ? { kind, cause, reason, zone } : { kind, cause, reason, zone, limit };
}

function soaShown(resolution: Resolution): RRset | null {
  switch (resolution.kind) {
    case 'answer':
      return resolution.rrsets.find(rrset => rrset.type === 'SOA') ?? null;
    case 'nodata':
    case 'nxdomain':
      return resolution.soa;
    case 'failure':
      return null;
  }
}

async function cutOf(apex: Name, zone: KnownZone, finder: ZoneFinder, hops: Hop[]): Promise<FoundZone> {
  if (apex === zone.apex) {
    const { ns, delegation, parent } = zone;
    const servers = await Promise.all(
      ns.data.slice(0, finder.limits.maxServersPerCut).map(name => serverOf(name, zone, finder)),
    );
    return { kind: 'zone', apex, ns, servers, parent, delegation, hops };
  }
  const { resolution } = await finder.run({ name: apex, type: 'NS' });
  hops.push(...resolution.hops);
  const ns = resolution.kind === 'answer' ? nsAt(apex, resolution.rrsets) : null;
  if (ns === null) {
    const reason = `the servers of ${zone.apex} serve ${apex} too, and show no NS records for it`;
    return { kind: 'failure', cause: 'lame', reason, zone: zone.apex, hops };
  }
  const servers = await Promise.all(
    ns.data.slice(0, finder.limits.maxServersPerCut).map(async (name): Promise<ZoneServer> => {
      const glue = glueFor(zone, name);
      return glue.length > 0
        ? { name, addresses: glue, from: 'glue' }
        : { name, addresses: await finder.addressesOf(name), from: 'resolved' };
    }),
  );
  return { kind: 'zone', apex, ns, servers, parent: zone.apex, delegation: null, hops };
}

function nsAt(apex: Name, rrsets: readonly RRset[]): RRset<'NS'> | null {
  for (const rrset of rrsets) {
    if (isType(rrset, 'NS') && rrset.owner === apex) {
      return rrset;
    }
  }
  return null;
}

/** A server of `zone`, at the addresses of the referral if it gives any, else at those of its name. */
async function serverOf(name: Name, zone: KnownZone, finder: ZoneFinder): Promise<ZoneServer> {
  const { maxAddressesPerServer } = finder.limits;
  const glue = glueFor(zone, name).slice(0, maxAddressesPerServer);
  if (glue.length > 0) {
    return { name, addresses: glue, from: zone.parent === null ? 'hints' : 'glue' };
  }
  const found = isAtOrBelow(name, zone.apex) && zone.parent !== null ? [] : await finder.addressesOf(name);
  return { name, addresses: found.slice(0, maxAddressesPerServer), from: 'resolved' };
}
