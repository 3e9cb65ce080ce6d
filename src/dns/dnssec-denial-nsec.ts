import { type DenialVerdict, proven, unproven } from './dnssec-denial-verdict.ts';
import {
  commonAncestor,
  compareNames,
  isAtOrBelow,
  isBelow,
  labelCount,
  maxNameOctets,
  type Name,
  nameFromOctets,
  rootName,
  wildcardAt,
  wireOctets,
} from './name.ts';
import { octetsOfRdata } from './rdata.ts';
import type { Rdata, RRType } from './rrset.ts';

/** What a NSEC record says (RFC 4034 section 4.1), with its owner. */
export interface Nsec {
  readonly owner: Name;
  readonly next: Name;
  readonly types: ReadonlySet<RRType>;
}

/** The fields of the data of a NSEC record at `owner`. */
export function nsecOf(owner: Name, rdata: Rdata): Nsec {
  const octets = octetsOfRdata('NSEC', rdata);
  let end = 0;
  while ((octets[end] ?? 0) !== 0) end += (octets[end] ?? 0) + 1;
  return {
    owner,
    next: nameFromOctets(octets.subarray(0, end + 1)),
    types: new Set(rdata.split(' ').slice(1)),
  };
}

/**
 * For this room: whether the types are those of a parent at a cut: such a record says nothing of what is below, and of the
 * cut itself only that it has no DS (RFC 6840 section 4.1).
 */
export function isAncestorDelegation(types: ReadonlySet<RRType>): boolean {
  return types.has('NS') && !types.has('SOA');
}

/** For this room: whether a record with these types may say nothing about names below its own (RFC 6840 section 4.1). */
export function isClosedBelow(types: ReadonlySet<RRType>): boolean {
  return isAncestorDelegation(types) || types.has('DNAME');
}

/** For this room: why a record at a name itself does not deny `type` there; null when it does. */
export function faultOfMatch(types: ReadonlySet<RRType>, name: Name, type: RRType): string | null {
  if (types.has(type)) return `${name} has ${type}`;
  if (types.has('CNAME')) return `${name} is an alias`;
  if (type === 'DS') {
    // The child's own record at its apex cannot speak about what its parent holds (RFC 6840 section 4.2).
    return types.has('SOA') && name !== rootName
      ? `the record at ${name} is of the child, DS is the parent's`
      : null;
  }
  return isAncestorDelegation(types) ? `the record at ${name} is of the parent, and ${name} is a cut` : null;
}

/** The wildcard under `encloser`; null when there is no room for it. */
export function wildcardUnder(encloser: Name): Name | null {
  return wireOctets(encloser) + 2 > maxNameOctets ? null : wildcardAt(encloser);
}

/** Whether `name` lies between the owner and the next name of a record, and the record may say so. */
function covers({ owner, next, types }: Nsec, zone: Name, name: Name): boolean {
  if (compareNames(owner, name) >= 0) return false;
  // The last record of the zone points at the apex (RFC 4034 section 4.1.1).
  if (next !== zone && compareNames(name, next) >= 0) return false;
  return !(isBelow(name, owner) && isClosedBelow(types));
}

interface Covering {
  /** The name is an empty non-terminal: the next name is below it. */
  readonly isEmpty: boolean;
  readonly closestEncloser: Name;
}

function coveringOf(nsec: readonly Nsec[], zone: Name, name: Name): Covering | null {
  const record = nsec.find(one => covers(one, zone, name));
  if (record === undefined) return null;
  const [a, b] = [commonAncestor(name, record.owner), commonAncestor(name, record.next)];
  return {
    isEmpty: isBelow(record.next, name),
    closestEncloser: labelCount(a) > labelCount(b) ? a : b,
  };
}

/** For this room: see `provesNameError`. */
export function nsecNameError(nsec: readonly Nsec[], zone: Name, name: Name): DenialVerdict {
  const covering = coveringOf(nsec, zone, name);
  if (covering === null) return unproven(`no NSEC covers ${name}`);
  if (covering.isEmpty) return unproven(`${name} is an empty non-terminal: it exists`);
  const wildcard = wildcardUnder(covering.closestEncloser);
  const denied = wildcard === null ? null : coveringOf(nsec, zone, wildcard);
  return wildcard === null || (denied !== null && !denied.isEmpty)
    ? proven(covering.closestEncloser, false)
    : unproven(`no NSEC covers the wildcard ${wildcard}`);
}

/** For this room: see `provesNoData`. */
export function nsecNoData(nsec: readonly Nsec[], zone: Name, name: Name, type: RRType): DenialVerdict {
  const match = nsec.find(({ owner }) => owner === name);
  if (match !== undefined) {
    const fault = faultOfMatch(match.types, name, type);
    return fault === null ? proven(null, false) : unproven(fault);
  }
  const covering = coveringOf(nsec, zone, name);
  if (covering === null) return unproven(`no NSEC matches or covers ${name}`);
  if (covering.isEmpty) return proven(null, false);
  const wildcard = wildcardUnder(covering.closestEncloser);
  const at = nsec.find(({ owner }) => owner === wildcard);
  // The wildcard may be an empty non-terminal itself, and then it has no data for anyone (RFC 4592 section 2.2.2).
  if (wildcard !== null && at === undefined && coveringOf(nsec, zone, wildcard)?.isEmpty === true) {
    return proven(covering.closestEncloser, false);
  }
  if (wildcard === null || at === undefined) return unproven(`no NSEC matches the wildcard of ${name}`);
  const fault = faultOfMatch(at.types, wildcard, type);
  return fault === null ? proven(covering.closestEncloser, false) : unproven(fault);
}

/** For this room: see `provesWildcard`. */
export function nsecWildcard(nsec: readonly Nsec[], zone: Name, name: Name, wildcard: Name): DenialVerdict {
  const covering = coveringOf(nsec, zone, name);
  if (covering === null) return unproven(`no NSEC covers ${name}`);
  if (covering.isEmpty) return unproven(`${name} is an empty non-terminal: it exists`);
  return isAtOrBelow(name, covering.closestEncloser) && wildcardUnder(covering.closestEncloser) === wildcard
    ? proven(covering.closestEncloser, false)
    : unproven(`a name closer to ${name} exists than the one ${wildcard} is under`);
}
