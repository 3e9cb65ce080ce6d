import type { Rcode } from './message.ts';
import type { Name } from './name.ts';
import { rdataOfSoa, soaOf } from './rdata.ts';
import { makeRRset, type Rdata, type RRset, type RRType, sameData } from './rrset.ts';
import { serialAfter } from './serial.ts';
import type { Prerequisite, Update, UpdateChange } from './update.ts';
import { makeZone, rrsetAt, rrsetsAt, type Zone, zoneFaults } from './zone.ts';

/** What an update made of a zone: the zone after it, `changed` when it is another one, or the response code to give. */
export type AppliedUpdate =
  | { readonly kind: 'done'; readonly zone: Zone; readonly changed: boolean }
  | { readonly kind: 'refused'; readonly rcode: Rcode; readonly problem: string };

/**
 * Does `update` to `zone` as a primary server must: prerequisites first, then all changes or none (RFC 2136 section 3).
 *
 * Changes that the rules pass over in silence are: a CNAME beside other data, the last NS of the apex, the SOA of the apex
 * deleted or replaced by an older one (section 3.4.2). The serial goes up by one unless the update set it (section 3.6).
 * The zone's apex must be `update.zone`; NOTAUTH otherwise.
 */
export function applyUpdate(zone: Zone, update: Update): AppliedUpdate {
  if (zone.apex !== update.zone)
    return refused('NOTAUTH', `this is the zone ${zone.apex}, not ${update.zone}`);
  for (const prerequisite of update.prerequisites) {
    const fault = faultOf(zone, prerequisite);
    if (fault !== null) return fault;
  }
  const nodes = new Map<Name, Map<RRType, RRset>>();
  for (const rrset of zone.rrsets) {
    nodes.set(rrset.owner, (nodes.get(rrset.owner) ?? new Map<RRType, RRset>()).set(rrset.type, rrset));
  }
  for (const change of update.changes) applyChange(nodes, zone.apex, change);
  const rrsets = [...nodes.values()].flatMap(node => [...node.values()]);
  const before = new Set(zone.rrsets);
  if (rrsets.length === zone.rrsets.length && rrsets.every(rrset => before.has(rrset))) {
    return { kind: 'done', zone, changed: false };
  }
  const after = withNewSerial(zone, rrsets);
  const fault = zoneFaults(zone.apex, after)[0];
  return fault === undefined
    ? { kind: 'done', zone: makeZone(zone.apex, after), changed: true }
    : refused('REFUSED', fault);
}

function refused(rcode: Rcode, problem: string): Extract<AppliedUpdate, { readonly kind: 'refused' }> {
  return { kind: 'refused', rcode, problem };
}

/** Why a prerequisite does not hold, null when it does (section 3.2). */
function faultOf(
  zone: Zone,
  prerequisite: Prerequisite,
): Extract<AppliedUpdate, { readonly kind: 'refused' }> | null {
  switch (prerequisite.kind) {
    case 'name-in-use':
      return rrsetsAt(zone, prerequisite.owner).length > 0
        ? null
        : refused('NXDOMAIN', `${prerequisite.owner} is not in use`);
    case 'name-free':
      return rrsetsAt(zone, prerequisite.owner).length === 0
        ? null
        : refused('YXDOMAIN', `${prerequisite.owner} is in use`);
    case 'rrset-exists':
      return rrsetAt(zone, prerequisite.owner, prerequisite.type) !== null
        ? null
        : refused('NXRRSET', `${prerequisite.owner} has no ${prerequisite.type}`);
    case 'rrset-absent':
      return rrsetAt(zone, prerequisite.owner, prerequisite.type) === null
        ? null
        : refused('YXRRSET', `${prerequisite.owner} has ${prerequisite.type}`);
    case 'rrset-is': {
      const { owner, type } = prerequisite.rrset;
      const found = rrsetAt(zone, owner, type);
      return found !== null && sameData(found, prerequisite.rrset)
        ? null
        : refused('NXRRSET', `${owner} ${type} is not what was expected`);
    }
  }
}

function applyChange(nodes: Map<Name, Map<RRType, RRset>>, apex: Name, change: UpdateChange): void {
  switch (change.kind) {
    case 'add':
      add(nodes, apex, change.rrset);
      break;
    case 'delete-rrset':
      remove(nodes, apex, change.owner, type => type === change.type);
      break;
    case 'delete-name':
      remove(nodes, apex, change.owner, () => true);
      break;
    case 'delete-records':
      subtract(nodes, apex, change.rrset);
      break;
  }
}

/** Types that an alias may have beside it. */
const besideAlias: readonly RRType[] = ['CNAME', 'RRSIG', 'NSEC', 'KEY'];

function add(nodes: Map<Name, Map<RRType, RRset>>, apex: Name, rrset: RRset): void {
  const { owner, type, ttl } = rrset;
  const node = nodes.get(owner) ?? new Map<RRType, RRset>();
  const others = [...node.keys()].filter(other => !besideAlias.includes(other));
  if (type === 'CNAME' ? others.length > 0 : node.has('CNAME') && !besideAlias.includes(type)) return;
  const found = node.get(type);
  if (type === 'SOA' && (owner !== apex || (found !== undefined && !isNewerSoa(rrset, found)))) return;
  const single = type === 'CNAME' || type === 'SOA' || type === 'DNAME';
  const data = single ? rrset.data.slice(-1) : [...(found?.data ?? []), ...rrset.data];
  const after = makeRRset(owner, type, ttl, data);
  if (found !== undefined && found.ttl === ttl && sameData(found, after)) return;
  nodes.set(owner, node.set(type, after));
}

function isNewerSoa(after: RRset, before: RRset): boolean {
  const [next, last] = [after.data.at(-1), before.data[0]];
  return next !== undefined && last !== undefined && serialAfter(soaOf(next).serial, soaOf(last).serial);
}

/** Whether the rules keep an RRset of the apex from being deleted (section 3.4.2.3). */
function isKept(apex: Name, owner: Name, type: RRType): boolean {
  return owner === apex && (type === 'SOA' || type === 'NS');
}

function remove(
  nodes: Map<Name, Map<RRType, RRset>>,
  apex: Name,
  owner: Name,
  chosen: (type: RRType) => boolean,
): void {
  const node = nodes.get(owner);
  if (node === undefined) return;
  for (const type of [...node.keys()]) {
    if (chosen(type) && !isKept(apex, owner, type)) node.delete(type);
  }
}

function subtract(nodes: Map<Name, Map<RRType, RRset>>, apex: Name, { owner, type, data }: RRset): void {
  const node = nodes.get(owner);
  const found = node?.get(type);
  if (node === undefined || found === undefined || (type === 'SOA' && owner === apex)) return;
  const gone = new Set<Rdata>(data);
  const rest = found.data.filter(value => !gone.has(value));
  // One by one, the last NS of the apex would not go (section 3.4.2.4).
  const left = rest.length === 0 && isKept(apex, owner, type) ? found.data.slice(-1) : rest;
  if (left.length === found.data.length) return;
  if (left.length > 0) node.set(type, makeRRset(owner, type, found.ttl, left));
  else node.delete(type);
}

/** The serial is raised by one, past 0, unless the update raised it (section 3.6). */
function withNewSerial(zone: Zone, rrsets: readonly RRset[]): readonly RRset[] {
  const before = rrsetAt(zone, zone.apex, 'SOA')?.data[0];
  return rrsets.map(rrset => {
    const [data] = rrset.data;
    if (rrset.type !== 'SOA' || data === undefined || data !== before) return rrset;
    const soa = soaOf(data);
    const serial = soa.serial === 0xffffffff ? 1 : soa.serial + 1;
    return makeRRset(rrset.owner, 'SOA', rrset.ttl, [rdataOfSoa({ ...soa, serial })]);
  });
}
