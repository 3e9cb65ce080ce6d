import type { Name } from '../dns/name.ts';
import { compareNames, isAtOrBelow } from '../dns/name.ts';
import type { RRset, RRType } from '../dns/rrset.ts';
import { sameRRset } from '../dns/rrset.ts';
import { invariant } from '../error.ts';
import type { HostedZone, RRsetChange } from './provider.ts';

/** What the host's data says about a list of changes. */
export type Standing =
  /** Every `to` is there already. */
  | { readonly kind: 'done' }
  /** Every `from` is what the host has. */
  | { readonly kind: 'open' }
  /** Something else stands there; `problem` is a sentence without the host's name. */
  | { readonly kind: 'conflict'; readonly problem: string };

/** Throws ZC_INTERNAL unless each change is of one RRset inside the zone, is a change at all, and no RRset is named twice. */
export function checkChanges(zone: HostedZone, changes: readonly RRsetChange[]): void {
  const seen = new Set<string>();
  for (const { owner, type, from, to } of changes) {
    invariant(from !== null || to !== null, `a change of ${owner} ${type} has neither from nor to`);
    invariant(isAtOrBelow(owner, zone.apex), `${owner} is outside the zone ${zone.apex}`);
    for (const side of [from, to]) {
      invariant(
        side === null || (side.owner === owner && side.type === type),
        `a change of ${owner} ${type} names another RRset`,
      );
    }
    const key = keyOf(owner, type);
    invariant(!seen.has(key), `${owner} ${type} is changed twice`);
    seen.add(key);
  }
}

/** How `changes` stand against the RRsets that the host has now. */
export function standingOf(changes: readonly RRsetChange[], rrsets: readonly RRset[]): Standing {
  const now = indexOf(rrsets);
  const at = (change: RRsetChange): RRset | null => now.get(keyOf(change.owner, change.type)) ?? null;
  if (changes.every(change => sameOrAbsent(at(change), change.to))) return { kind: 'done' };
  const stale = changes.find(change => !sameOrAbsent(at(change), change.from));
  if (stale === undefined) return { kind: 'open' };
  return {
    kind: 'conflict',
    problem: `${stale.owner} ${stale.type} is ${describe(at(stale))}, expected ${describe(stale.from)}`,
  };
}

/** The RRsets that must be there after `changes` were made to `rrsets`. */
export function rrsetsAfter(rrsets: readonly RRset[], changes: readonly RRsetChange[]): readonly RRset[] {
  const result = indexOf(rrsets);
  for (const { owner, type, to } of changes) {
    if (to === null) result.delete(keyOf(owner, type));
    else result.set(keyOf(owner, type), to);
  }
  return [...result.values()];
}

/** One line for each RRset in which `actual` differs from `expected`, the SOA at `apex` aside (hosts count its serial up). */
export function differences(
  apex: Name,
  expected: readonly RRset[],
  actual: readonly RRset[],
): readonly string[] {
  const wanted = indexOf(expected);
  const found = indexOf(actual);
  const lines: string[] = [];
  for (const key of new Set([...wanted.keys(), ...found.keys()])) {
    const [a, b] = [wanted.get(key) ?? null, found.get(key) ?? null];
    const rrset = a ?? b;
    if (rrset === null || sameOrAbsent(a, b) || (rrset.type === 'SOA' && rrset.owner === apex)) continue;
    lines.push(`${rrset.owner} ${rrset.type} is ${describe(b)}, expected ${describe(a)}`);
  }
  return lines;
}

/** RRsets in canonical order of owner (RFC 4034 section 6.1), then by the mnemonic of the type. */
export function inCanonicalOrder(rrsets: readonly RRset[]): readonly RRset[] {
  return [...rrsets].sort(
    (a, b) => compareNames(a.owner, b.owner) || (a.type < b.type ? -1 : a.type > b.type ? 1 : 0),
  );
}

/** Whether both are the same RRset, or both absent. */
export function sameOrAbsent(a: RRset | null, b: RRset | null): boolean {
  if (a === null || b === null) return a === b;
  return sameRRset(a, b);
}

/** A key that is equal exactly for equal owner and type. */
export function keyOf(owner: Name, type: RRType): string {
  return `${owner} ${type}`;
}

function indexOf(rrsets: readonly RRset[]): Map<string, RRset> {
  return new Map(rrsets.map(rrset => [keyOf(rrset.owner, rrset.type), rrset]));
}

function describe(rrset: RRset | null): string {
  if (rrset === null) return 'absent';
  const shown = rrset.data.slice(0, 6).join(', ');
  return `${shown}${rrset.data.length > 6 ? `, and ${rrset.data.length - 6} more` : ''} (TTL ${rrset.ttl})`;
}
