import { knownTypes } from '../../dns/iana.ts';
import { type Name, parseName } from '../../dns/name.ts';
import { parseRdata } from '../../dns/rdata.ts';
import { groupRecords, type Rdata, type ResourceRecord, type RRset, type RRType } from '../../dns/rrset.ts';
import { isZonecutError } from '../../error.ts';
import { inCanonicalOrder, keyOf } from '../change-set.ts';
import { digestOf } from '../digest.ts';
import type { JsonObject } from '../json.ts';
import type { HostedZone, ZoneSnapshot } from '../provider.ts';

/** One record as a host's API shows it. */
export interface HostRow {
  readonly owner: Name;
  readonly type: RRType;
  /** Seconds. */
  readonly ttl: number;
  /** Null for what is no record of the DNS, and for data that zonecut cannot read. */
  readonly data: Rdata | null;
  /** All that the API shows of it, in one line; without the host's number of the row, which a write can renew. */
  readonly text: string;
  /** The host's number of the row; null where only whole RRsets are named. */
  readonly id: string | null;
  /** What the host keeps beside the data and a write must send along, such as a comment; null for nothing. */
  readonly beside: JsonObject | null;
}

/** A zone as the API shows it. */
export interface RestZone {
  readonly snapshot: ZoneSnapshot;
  readonly rows: readonly HostRow[];
  /** Owner and type of what is there with data that zonecut cannot read. */
  readonly unread: ReadonlySet<string>;
}

const dnsTypes: ReadonlySet<RRType> = new Set(knownTypes);

/** The data of a record whose text is that of a zone file, names relative to `origin`; null where zonecut cannot read it. */
export function dataOf(type: RRType, text: string, origin: Name): Rdata | null {
  if (!dnsTypes.has(type)) return null;
  try {
    return parseRdata(type, text, origin);
  } catch (error) {
    if (isZonecutError(error)) return null;
    throw error;
  }
}

/** Whether a row is of the SOA or the NS RRset of the apex, which most hosts keep to themselves. */
export function isApexOwn(zone: HostedZone, { owner, type }: HostRow): boolean {
  return owner === zone.apex && (type === 'NS' || type === 'SOA');
}

/** The name servers in the NS RRset of the apex, in canonical order. */
export function apexServers(apex: Name, rows: readonly HostRow[]): readonly Name[] {
  const own = rows.filter(row => row.owner === apex && row.type === 'NS');
  return own.flatMap(({ data }) => (data === null ? [] : [parseName(data)])).sort();
}

/** What rows are to zonecut; `hides` are those that belong to the host, and that no snapshot shows. */
export function zoneOfRows(
  zone: HostedZone,
  rows: readonly HostRow[],
  hides: (row: HostRow) => boolean,
): RestZone {
  const shown = rows.filter(row => !hides(row));
  const records = shown.flatMap(({ owner, type, ttl, data }): ResourceRecord[] =>
    data === null ? [] : [{ owner, type, class: 'IN', ttl, data }],
  );
  const others = shown.filter(row => row.data === null);
  return {
    snapshot: {
      zone,
      rrsets: inCanonicalOrder(groupRecords(records)),
      otherRows: others.map(({ owner, text }) => ({ owner, text })),
      digest: digestOf(rows.map(({ owner, text }) => `${owner} ${text}`)),
    },
    rows,
    unread: new Set(others.map(({ owner, type }) => keyOf(owner, type))),
  };
}

/** The RRset of that owner and type; null when there is none. */
export function setAt({ snapshot }: RestZone, owner: Name, type: RRType): RRset | null {
  return snapshot.rrsets.find(set => set.owner === owner && set.type === type) ?? null;
}
