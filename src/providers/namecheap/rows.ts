import type { Name } from '../../dns/name.ts';
import { parseNameAt, relativeTo, rootName } from '../../dns/name.ts';
import { mxOf, parseRdata } from '../../dns/rdata.ts';
import type { Rdata, RRset } from '../../dns/rrset.ts';
import { makeRRset } from '../../dns/rrset.ts';
import { isZonecutError } from '../../error.ts';
import { inCanonicalOrder, keyOf } from '../change-set.ts';
import { canonicalJson } from '../digest.ts';
import { plainText, quotedStrings } from '../strings.ts';

/** One row of a zone as Namecheap keeps it: the fields that `setHosts` can send, and those that it cannot. */
export interface Row {
  readonly host: string;
  readonly type: string;
  readonly address: string;
  readonly mxPref: string;
  readonly ttl: string;
  readonly active: boolean;
  readonly dynamic: boolean;
}

/** What rows are to zonecut. */
export interface Reading {
  readonly rrsets: readonly RRset[];
  /** Owner and type of rows that are no records of the DNS, or hold data that cannot be read. */
  readonly others: readonly { readonly owner: Name; readonly type: string; readonly text: string }[];
}

/** Types of rows that are records of the DNS. */
const recordTypes: ReadonlySet<string> = new Set(['A', 'AAAA', 'CAA', 'CNAME', 'MX', 'NS', 'TXT']);

/** Types whose address is a name, to which Namecheap adds a final dot. */
const nameTypes: ReadonlySet<string> = new Set(['ALIAS', 'CNAME', 'MX', 'NS']);

/** Reads rows as RRsets; rows of one owner and type are one set with the lowest TTL (RFC 2181 section 5.2). */
export function readRows(apex: Name, rows: readonly Row[]): Reading {
  const sets = new Map<string, { owner: Name; type: string; ttl: number; data: Rdata[] }>();
  const others: { owner: Name; type: string; text: string }[] = [];
  for (const row of rows) {
    const owner = ownerOf(apex, row);
    const data = row.active && recordTypes.has(row.type) ? dataOf(row) : null;
    if (data === null) {
      others.push({ owner, type: row.type, text: canonicalJson(row) });
      continue;
    }
    const key = keyOf(owner, row.type);
    const set = sets.get(key);
    if (set === undefined) sets.set(key, { owner, type: row.type, ttl: Number(row.ttl), data: [data] });
    else {
      set.ttl = Math.min(set.ttl, Number(row.ttl));
      set.data.push(data);
    }
  }
  const rrsets = [...sets.values()].map(set => makeRRset(set.owner, set.type, set.ttl, set.data));
  return { rrsets: inCanonicalOrder(rrsets), others };
}

/** The owner that a row belongs to; rows whose host is no name are shown at the apex. */
export function ownerOf(apex: Name, row: Row): Name {
  try {
    return parseNameAt(row.host, apex);
  } catch (error) {
    if (isZonecutError(error, 'ZC_NAME')) return apex;
    throw error;
  }
}

function dataOf(row: Row): Rdata | null {
  if (!/^\d{1,10}$/.test(row.ttl)) return null;
  try {
    return parseRdata(row.type, textOf(row), rootName);
  } catch (error) {
    if (isZonecutError(error, 'ZC_RDATA', 'ZC_NAME', 'ZC_ZONEFILE')) return null;
    throw error;
  }
}

function textOf(row: Row): string {
  if (row.type === 'MX') return `${row.mxPref} ${row.address}`;
  return row.type === 'TXT' ? quotedStrings(row.address) : row.address;
}

/** The rows that say what an RRset says; null where Namecheap has no way to say it. */
export function rowsOf(apex: Name, rrset: RRset): readonly Row[] | null {
  const host = relativeTo(rrset.owner, apex);
  if (!recordTypes.has(rrset.type) || host.includes('\\')) return null;
  const rows = rrset.data.map(data => rowOf(host, rrset, data));
  return rows.every(row => row !== null) ? rows : null;
}

function rowOf(host: string, rrset: RRset, data: Rdata): Row | null {
  const row = {
    host,
    type: rrset.type,
    address: data,
    mxPref: '10',
    ttl: String(rrset.ttl),
    active: true,
    dynamic: false,
  };
  if (rrset.type === 'MX') {
    const { preference, exchange } = mxOf(data);
    return { ...row, address: exchange, mxPref: String(preference) };
  }
  if (rrset.type !== 'TXT') return row;
  // Octets that are no UTF-8, and strings that are split elsewhere than Namecheap splits them, would come back as others.
  const text = plainText(data);
  return text === null ? null : { ...row, address: text };
}

/**
 * What two rows have in common exactly when Namecheap means the same by them: hosts and names without regard to case and
 * final dot, the automatic TTL (sent as 1800, read back as 1799) as one, the preference only of MX.
 */
export function meaningOf(row: Row): string {
  const address = nameTypes.has(row.type) ? row.address.toLowerCase().replace(/\.$/, '') : row.address;
  return canonicalJson({
    host: row.host.toLowerCase(),
    type: row.type,
    address: row.type === 'AAAA' ? address.toLowerCase() : address,
    mxPref: row.type === 'MX' || row.type === 'MXE' ? row.mxPref : '',
    ttl: row.ttl === '1799' ? '1800' : row.ttl,
    active: row.active,
    dynamic: row.dynamic,
  });
}

/** The rows of `rows` that have no counterpart in `others`; each counterpart counts once. */
export function rowsWithout(rows: readonly Row[], others: readonly Row[]): readonly Row[] {
  const left = new Map<string, number>();
  for (const row of others) left.set(meaningOf(row), (left.get(meaningOf(row)) ?? 0) + 1);
  return rows.filter(row => {
    const count = left.get(meaningOf(row)) ?? 0;
    left.set(meaningOf(row), count - 1);
    return count <= 0;
  });
}

/** A row in one line for people. */
export function describeRow(row: Row): string {
  return `${row.host} ${row.ttl} ${row.type} ${row.type.startsWith('MX') ? `${row.mxPref} ` : ''}${row.address}`;
}
