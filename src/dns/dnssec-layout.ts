import { labelOctets, labelsOf, type Name, parentOf } from './name.ts';
import type { RRset, RRType } from './rrset.ts';
import type { Zone } from './zone.ts';

/** For this room: what a zone owns at one name. */
export interface ZoneNode {
  readonly owner: Name;
  /** Without what DNSSEC puts there: RRSIG, NSEC, NSEC3. None for an empty non-terminal. */
  readonly rrsets: readonly RRset[];
  /** Whether another zone begins here: only DS is this zone's own then (RFC 4035 section 2.2). */
  readonly isCut: boolean;
}

/** Types that signing makes and that are neither signed (RRSIG) nor listed from the data of a zone. */
const made: readonly RRType[] = ['RRSIG', 'NSEC', 'NSEC3'];

/**
 * For this room: text of a name that sorts, by UTF-16 units, as the names do in canonical order (RFC 4034 section 6.1).
 *
 * Labels from the root down, each ended by U+0000; the octets 0 and 1 are written so that they sort after that end.
 */
export function canonicalSortKey(name: Name): string {
  const labels = labelsOf(name).map(label =>
    label.includes('\\')
      ? [...labelOctets(label)]
          .map(octet => (octet < 2 ? `\u0001${octet}` : String.fromCharCode(octet)))
          .join('')
      : label,
  );
  return labels.reverse().join('\u0000');
}

/** For this room: `names` in canonical order (RFC 4034 section 6.1). */
export function inCanonicalOrder<T extends { readonly owner: Name }>(nodes: readonly T[]): readonly T[] {
  return nodes
    .map(node => ({ node, key: canonicalSortKey(node.owner) }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ node }) => node);
}

/**
 * For this room: the names that a zone has authoritative data or a cut at, and the empty non-terminals above them, in
 * canonical order.
 *
 * Left out is what lies below a cut (glue) and below a DNAME (RFC 6672 section 2.4), and the chain and signatures that are
 * there already.
 */
export function layoutOf(zone: Zone): readonly ZoneNode[] {
  const owned = new Map<Name, RRset[]>();
  for (const rrset of zone.rrsets) {
    if (made.includes(rrset.type)) continue;
    const rrsets = owned.get(rrset.owner);
    if (rrsets === undefined) owned.set(rrset.owner, [rrset]);
    else rrsets.push(rrset);
  }
  const closed = new Set<Name>();
  for (const [owner, rrsets] of owned) {
    if (rrsets.some(({ type }) => type === 'DNAME' || (type === 'NS' && owner !== zone.apex)))
      closed.add(owner);
  }
  const nodes = new Map<Name, ZoneNode>();
  for (const [owner, rrsets] of owned) {
    if (isBelowOneOf(owner, closed, zone.apex)) continue;
    const isCut = owner !== zone.apex && rrsets.some(({ type }) => type === 'NS');
    nodes.set(owner, { owner, rrsets, isCut });
    for (
      let up = parentOf(owner);
      up !== null && owner !== zone.apex && up !== zone.apex;
      up = parentOf(up)
    ) {
      if (nodes.has(up) || owned.has(up)) break;
      nodes.set(up, { owner: up, rrsets: [], isCut: false });
    }
  }
  return inCanonicalOrder([...nodes.values()]);
}

function isBelowOneOf(name: Name, closed: ReadonlySet<Name>, apex: Name): boolean {
  if (name === apex) return false;
  for (let up = parentOf(name); up !== null; up = parentOf(up)) {
    if (closed.has(up)) return true;
    if (up === apex) return false;
  }
  return false;
}

/** For this room: the RRsets at a node that its zone signs; at a cut only DS (RFC 4035 section 2.2). */
export function signedRRsets({ rrsets, isCut }: ZoneNode): readonly RRset[] {
  return isCut ? rrsets.filter(({ type }) => type === 'DS') : rrsets;
}

/** For this room: the types that NSEC and NSEC3 list at a node, without RRSIG and NSEC (RFC 4035 section 2.3). */
export function listedTypes({ rrsets, isCut }: ZoneNode): readonly RRType[] {
  const types = rrsets.map(({ type }) => type);
  return isCut ? types.filter(type => type === 'NS' || type === 'DS') : types;
}
