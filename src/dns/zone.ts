import { ZonecutError } from '../error.ts';
import type { Delegation, Glue } from './delegation.ts';
import {
  ancestorsOf,
  isAtOrBelow,
  isBelow,
  labelCount,
  type Name,
  parentOf,
  parseName,
  rootName,
  wildcardAt,
  wireOctets,
} from './name.ts';
import { soaOf } from './rdata.ts';
import { isType, type RRset, type RRType } from './rrset.ts';

/** One zone as it is published: all RRsets of the apex and below, glue included. Made by `makeZone`. */
export interface Zone {
  readonly apex: Name;
  readonly rrsets: readonly RRset[];
}

/**
 * What a zone says to a question (RFC 1034 section 4.3.2).
 *
 * `rrset` of a wildcard has the name that was asked as its owner, and `wildcard` is the owner that it came from.
 */
export type Lookup =
  | { readonly kind: 'answer'; readonly rrset: RRset; readonly wildcard: Name | null }
  | { readonly kind: 'cname'; readonly rrset: RRset<'CNAME'>; readonly wildcard: Name | null }
  /** `target` is the name to go on with (RFC 6672 section 2.2); null when it would be over 255 octets (YXDOMAIN). */
  | { readonly kind: 'dname'; readonly rrset: RRset<'DNAME'>; readonly target: Name | null }
  | { readonly kind: 'referral'; readonly delegation: Delegation }
  | { readonly kind: 'nodata' }
  | { readonly kind: 'nxdomain' };

type Node = ReadonlyMap<RRType, RRset>;

/** What a zone is looked up by; empty non-terminals have a node without RRsets. */
interface Index {
  readonly nodes: ReadonlyMap<Name, Node>;
}

const indexes = new WeakMap<Zone, Index>();

function indexOf(zone: Zone): Index {
  const known = indexes.get(zone);
  if (known !== undefined) return known;
  const nodes = new Map<Name, Map<RRType, RRset>>();
  for (const rrset of zone.rrsets) {
    for (let name: Name | null = rrset.owner; name !== null && !nodes.has(name); name = parentOf(name)) {
      nodes.set(name, new Map());
      if (name === zone.apex) break;
    }
    nodes.get(rrset.owner)?.set(rrset.type, rrset);
  }
  const index = { nodes };
  indexes.set(zone, index);
  return index;
}

/** Types that may stand beside a CNAME (RFC 4034 section 2.5 and 4, RFC 2136 section 3.2.1). */
const besideCname: readonly RRType[] = ['CNAME', 'RRSIG', 'NSEC', 'NXT', 'SIG', 'KEY'];

/**
 * A zone of these RRsets, in their order.
 *
 * Throws ZC_ZONE unless there is one SOA and one NS RRset at the apex, nothing lies outside, no owner has a type twice, a
 * CNAME has no other data beside it (RFC 1034 section 3.6.2), and SOA, CNAME and DNAME are single (RFC 2181 section 10).
 */
export function makeZone(apex: Name, rrsets: readonly RRset[]): Zone {
  const fault = zoneFaults(apex, rrsets)[0];
  if (fault !== undefined) throw new ZonecutError('ZC_ZONE', `zone ${apex}: ${fault}`);
  return { apex, rrsets };
}

/** What keeps these RRsets from being the zone `apex`, as sentences; none when `makeZone` takes them. */
export function zoneFaults(apex: Name, rrsets: readonly RRset[]): readonly string[] {
  const faults: string[] = [];
  const types = new Map<Name, Set<RRType>>();
  for (const rrset of rrsets) {
    const { owner, type } = rrset;
    if (!isAtOrBelow(owner, apex)) faults.push(`${owner} ${type} lies outside`);
    const here = types.get(owner) ?? new Set<RRType>();
    if (here.has(type)) faults.push(`${owner} ${type} is given twice`);
    types.set(owner, here.add(type));
    if (type === 'SOA' && owner !== apex) faults.push(`a SOA at ${owner}, it belongs at the apex`);
    if (['SOA', 'CNAME', 'DNAME'].includes(type) && rrset.data.length > 1) {
      faults.push(`${owner} has ${rrset.data.length} ${type} records, one at most`);
    }
  }
  const atApex = types.get(apex);
  if (atApex?.has('SOA') !== true) faults.push('no SOA at the apex');
  if (atApex?.has('NS') !== true) faults.push('no NS at the apex');
  for (const [owner, here] of types) {
    const other = here.has('CNAME') ? [...here].find(type => !besideCname.includes(type)) : undefined;
    if (other !== undefined) faults.push(`${owner} has a CNAME and ${other} beside it`);
  }
  return faults;
}

/**
 * What `zone` says to a question for `name` and `type` (RFC 1034 section 4.3.2, RFC 4592, RFC 6672).
 *
 * DS at a cut is answered by the zone above it (RFC 4035 section 3.1.4.1). `ANY` is a type like any other here: ask
 * `rrsetsAt`. Throws ZC_ZONE when `name` is not at or below the apex.
 */
export function lookup(zone: Zone, name: Name, type: RRType): Lookup {
  if (!isAtOrBelow(name, zone.apex)) {
    throw new ZonecutError('ZC_ZONE', `${name} is not in the zone ${zone.apex}`);
  }
  const { nodes } = indexOf(zone);
  const path = ancestorsOf(name)
    .slice(0, labelCount(name) - labelCount(zone.apex) + 1)
    .reverse();
  let closest = zone.apex;
  for (const step of path) {
    const node = nodes.get(step);
    if (node === undefined) break;
    closest = step;
    const crossing = crossingAt(zone, step, node, name, type);
    if (crossing !== null) return crossing;
  }
  if (closest === name) return atNode(nodes.get(name), name, type, null);
  if (wireOctets(closest) + 2 > 255) return { kind: 'nxdomain' };
  const wildcard = wildcardAt(closest);
  const node = nodes.get(wildcard);
  return node === undefined ? { kind: 'nxdomain' } : atNode(node, name, type, wildcard);
}

/** A zone cut or DNAME at `step` that stands between the apex and the name. */
function crossingAt(zone: Zone, step: Name, node: Node, name: Name, type: RRType): Lookup | null {
  const ns = node.get('NS');
  if (ns !== undefined && isType(ns, 'NS') && step !== zone.apex && !(step === name && type === 'DS')) {
    return { kind: 'referral', delegation: delegationAt(zone, ns) };
  }
  const dname = node.get('DNAME');
  if (dname !== undefined && isType(dname, 'DNAME') && step !== name) {
    return { kind: 'dname', rrset: dname, target: targetOf(dname, name) };
  }
  return null;
}

function targetOf(dname: RRset<'DNAME'>, name: Name): Name | null {
  const [target] = dname.data;
  if (target === undefined) return null;
  const head = dname.owner === rootName ? name : name.slice(0, -dname.owner.length);
  const text = target === rootName ? head : head + target;
  return wireOctets(text) > 255 ? null : parseName(text);
}

function atNode(node: Node | undefined, name: Name, type: RRType, wildcard: Name | null): Lookup {
  const rrset = node?.get(type);
  if (rrset !== undefined) return { kind: 'answer', rrset: ownedBy(rrset, name), wildcard };
  const cname = node?.get('CNAME');
  if (cname === undefined) return { kind: 'nodata' };
  const owned = ownedBy(cname, name);
  return isType(owned, 'CNAME') ? { kind: 'cname', rrset: owned, wildcard } : { kind: 'nodata' };
}

function ownedBy(rrset: RRset, owner: Name): RRset {
  return rrset.owner === owner ? rrset : { ...rrset, owner };
}

/** The RRset of that owner and type as it stands in the zone, null when there is none. */
export function rrsetAt<T extends RRType>(zone: Zone, owner: Name, type: T): RRset<T> | null {
  const rrset = indexOf(zone).nodes.get(owner)?.get(type);
  return rrset !== undefined && isType(rrset, type) ? rrset : null;
}

/** All RRsets of that owner as they stand in the zone, in its order. */
export function rrsetsAt(zone: Zone, owner: Name): readonly RRset[] {
  return [...(indexOf(zone).nodes.get(owner)?.values() ?? [])];
}

/** Whether the zone has data at the name or below it (an empty non-terminal exists, RFC 8020). */
export function nameExists(zone: Zone, name: Name): boolean {
  return indexOf(zone).nodes.has(name);
}

/** The SOA RRset of the zone. Throws ZC_ZONE when it has none, which no zone of `makeZone` is. */
export function soaRRset(zone: Zone): RRset<'SOA'> {
  const soa = rrsetAt(zone, zone.apex, 'SOA');
  if (soa === null) throw new ZonecutError('ZC_ZONE', `zone ${zone.apex}: no SOA at the apex`);
  return soa;
}

/** Seconds for which "no such name" and "no such data" may be kept: the lower of the SOA's TTL and MINIMUM (RFC 2308 section 5). */
export function negativeTtlOf(soa: RRset): number {
  const [data] = soa.data;
  return data === undefined ? 0 : Math.min(soa.ttl, soaOf(data).minimum);
}

/**
 * Every delegation that stands in the zone, in its order; cuts below another cut are occluded and left out.
 *
 * Glue is what the zone holds at the name of a server that is at or below some cut of it (in-domain and sibling glue,
 * RFC 9471): addresses elsewhere in the zone are its own data.
 */
export function cutsOf(zone: Zone): readonly Delegation[] {
  const cuts: Delegation[] = [];
  for (const rrset of zone.rrsets) {
    if (!isType(rrset, 'NS') || rrset.owner === zone.apex) continue;
    if (cutAbove(zone, rrset.owner) === rrset.owner) cuts.push(delegationAt(zone, rrset));
  }
  return cuts;
}

/** The topmost cut of the zone at or above `name`; null when `name` is the zone's own. */
function cutAbove(zone: Zone, name: Name): Name | null {
  const { nodes } = indexOf(zone);
  let found: Name | null = null;
  for (let step: Name | null = name; step !== null && step !== zone.apex; step = parentOf(step)) {
    if (nodes.get(step)?.has('NS') === true) found = step;
  }
  return found;
}

function delegationAt(zone: Zone, ns: RRset<'NS'>): Delegation {
  const glue: Glue[] = [];
  for (const server of ns.data) {
    if (!isBelow(server, zone.apex) || cutAbove(zone, server) === null) continue;
    const a = rrsetAt(zone, server, 'A');
    const aaaa = rrsetAt(zone, server, 'AAAA');
    if (a !== null) glue.push(a);
    if (aaaa !== null) glue.push(aaaa);
  }
  return { cut: ns.owner, ns, ds: rrsetAt(zone, ns.owner, 'DS'), glue };
}

/**
 * The RRsets of the parent that `delegation` occludes: at or below its cut, and neither NS, DS nor glue of it, nor what
 * DNSSEC has there (RFC 4035 section 2.2 and 2.3).
 *
 * In the order of the zone; empty when nothing but the delegation stands there. RFC 9499 section 7 ("occluded name").
 */
export function occludedBy(source: Zone | readonly RRset[], delegation: Delegation): readonly RRset[] {
  const rrsets = 'apex' in source ? source.rrsets : source;
  const servers = new Set<string>(delegation.ns.data);
  return rrsets.filter(rrset => {
    if (!isAtOrBelow(rrset.owner, delegation.cut)) return false;
    if (rrset.owner === delegation.cut && ['NS', 'DS', 'NSEC', 'RRSIG'].includes(rrset.type)) return false;
    return !(['A', 'AAAA'].includes(rrset.type) && servers.has(rrset.owner));
  });
}

/**
 * The wildcard of the zone that answers for `name`, null when the name exists or no wildcard covers it (RFC 4592).
 *
 * Zone cuts and DNAMEs are not looked at. Throws nothing: a name outside the zone has none.
 */
export function wildcardCovering(zone: Zone, name: Name): Name | null {
  if (!isBelow(name, zone.apex)) return null;
  const { nodes } = indexOf(zone);
  if (nodes.has(name)) return null;
  const closest = ancestorsOf(name).find(up => nodes.has(up));
  if (closest === undefined || wireOctets(closest) + 2 > 255) return null;
  const wildcard = wildcardAt(closest);
  return nodes.has(wildcard) ? wildcard : null;
}
