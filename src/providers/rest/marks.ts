import { createHash } from 'node:crypto';
import { childOf, type Name } from '../../dns/name.ts';
import { type RRset, rrsetOf } from '../../dns/rrset.ts';
import type { HostedZone } from '../provider.ts';
import type { HostRow } from './rows.ts';

/** What stands for a reference at hosts that keep none: 64 bits of its hash, enough to tell the plans of one zone apart. */
export function markOf(reference: string): string {
  return `zonecut-${createHash('sha256').update(reference).digest('hex').slice(0, 16)}`;
}

const markerLabel = '_zonecut';

/** The TXT record that holds the mark of a zone, at hosts that have no other place for it. */
export function markerOf(apex: Name, mark: string, ttl: number): RRset {
  return rrsetOf(childOf(markerLabel, apex), 'TXT', ttl, `"${mark}"`);
}

/** Whether a row is such a record. */
export function isMarker(apex: Name, row: HostRow): boolean {
  return (
    row.type === 'TXT' &&
    row.owner === childOf(markerLabel, apex) &&
    /^"zonecut-[0-9a-f]{16}"$/.test(row.data ?? '')
  );
}

/** The mark in such a record; null where there is none, and the marks of all where several calls set one at the same time. */
export function markedIn(apex: Name, rows: readonly HostRow[]): string | null {
  const marks = rows.filter(row => isMarker(apex, row)).map(row => row.data?.slice(1, -1) ?? '');
  return marks.length === 0 ? null : [...new Set(marks)].join(' ');
}

/** Marks of zones that were looked up, for hosts that show the mark beside a zone. */
export interface MarkNotes {
  note(zone: HostedZone, mark: string | null): void;
  markIn(zone: HostedZone): string | null;
}

/** No zone was looked up yet. */
export function createMarkNotes(): MarkNotes {
  const marks = new Map<string, string | null>();
  return {
    note: (zone, mark) => void marks.set(zone.id, mark),
    markIn: zone => marks.get(zone.id) ?? null,
  };
}
