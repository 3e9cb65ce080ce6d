import { ZonecutError } from '../error.ts';
import { type Name, parseName } from './name.ts';
import { octetsOfRdata, parseRdata } from './rdata.ts';
import type { Rdata, RdataOf, ResourceRecord, RRset, RRType } from './record.ts';

/** The shapes of records stand in record.ts, which knows no type; whoever works with RRsets finds both here. */
export type { Rdata, RdataOf, ResourceRecord, RRset, RRType } from './record.ts';

/** The largest TTL, in seconds (RFC 2181 section 8). */
export const maxTtl = 2147483647;

/**
 * An RRset of `data`: each value once, in the canonical order of their octets (RFC 4034 section 6.3).
 *
 * Throws ZC_ZONE when there is no data, or `ttl` is no whole number from 0 to 2147483647.
 */
export function makeRRset<T extends RRType>(
  owner: Name,
  type: T,
  ttl: number,
  data: readonly Rdata[],
): RRset<T> {
  if (!Number.isInteger(ttl) || ttl < 0 || ttl > maxTtl) {
    throw new ZonecutError('ZC_ZONE', `the TTL of ${owner} ${type} is ${ttl}, 0 to ${maxTtl} are allowed`);
  }
  if (data.length === 0) throw new ZonecutError('ZC_ZONE', `an RRset without data: ${owner} ${type}`);
  return { owner, type, ttl, data: inOrder<T>(type, data) };
}

function inOrder<T extends RRType>(type: T, data: readonly Rdata[]): readonly RdataOf<T>[] {
  // A copy has room for what it holds and no more, and sets are kept for long.
  const unique: readonly Rdata[] = hasTwice(data) ? [...new Set(data)] : data.slice();
  if (unique.length < 2) return unique as readonly RdataOf<T>[];
  if (oneNameTypes.has(type) && unique.every(isPlainName)) {
    const sorted = isSorted(unique) ? unique : [...unique].sort(comparePlainNames);
    return sorted as readonly RdataOf<T>[];
  }
  const keyed = unique.map(value => ({ value, octets: octetsOfRdata(type, value) }));
  keyed.sort((a, b) => Buffer.compare(a.octets, b.octets));
  return keyed.map(({ value }) => value as RdataOf<T>);
}

/** Whether a value may be there twice: exact for few values, which are nearly all sets. */
function hasTwice(data: readonly Rdata[]): boolean {
  return data.length > 8 || (data.length > 1 && data.some((value, at) => data.indexOf(value) !== at));
}

/** Types whose data is one name and nothing else, compared without making octets of it. */
const oneNameTypes: ReadonlySet<RRType> = new Set(['NS', 'CNAME', 'PTR', 'DNAME']);

function isPlainName(text: string): boolean {
  return !text.includes('\\');
}

function isSorted(names: readonly string[]): boolean {
  return names.every((name, at) => at === 0 || comparePlainNames(names[at - 1] ?? '', name) < 0);
}

/** Compares the octets on the wire of two different names that have no escapes: lengths of labels count before letters. */
function comparePlainNames(a: string, b: string): number {
  if (a === b) return 0;
  let start = 0;
  let at = 0;
  // Up to the first difference both have the same labels; it stands in one that begins at `start`.
  while (a.charCodeAt(at) === b.charCodeAt(at)) {
    if (a.charCodeAt(at) === 0x2e) start = at + 1;
    at += 1;
  }
  const lengths = labelLength(a, start) - labelLength(b, start);
  return lengths !== 0 ? lengths : a.charCodeAt(at) - b.charCodeAt(at);
}

/** Octets of the label at `start`: 0 for the root behind the last dot, and for the root alone. */
function labelLength(name: string, start: number): number {
  return start >= name.length ? 0 : name.indexOf('.', start) - start;
}

/** An RRset whose data is given as presentation text, names absolute. Throws ZC_RDATA, ZC_NAME or ZC_ZONE. */
export function rrsetOf<T extends RRType>(
  owner: Name | string,
  type: T,
  ttl: number,
  ...texts: string[]
): RRset<T> {
  return makeRRset(
    parseName(owner),
    type,
    ttl,
    texts.map(text => parseRdata(type, text)),
  );
}

/** Whether `a` and `b` have the same data of the same type, whatever their owner and TTL. */
export function sameData(a: RRset, b: RRset): boolean {
  if (a.type !== b.type || a.data.length !== b.data.length) return false;
  if (a.data.every((value, at) => value === b.data[at])) return true;
  const values = new Set<Rdata>(a.data);
  return b.data.every(value => values.has(value));
}

/** Whether `a` and `b` have the same owner, type, TTL and data. */
export function sameRRset(a: RRset, b: RRset): boolean {
  return a.owner === b.owner && a.ttl === b.ttl && sameData(a, b);
}

/**
 * The RRsets of the records of class IN, in the order in which each first appears.
 *
 * Where TTLs in a set differ it gets the lowest (RFC 2181 section 5.2). Throws ZC_ZONE when that is no whole number from 0 to
 * 2147483647.
 */
export function groupRecords(records: readonly ResourceRecord[]): RRset[] {
  const groups: Group[] = [];
  // A table is worth its cost for many sets only.
  let table: Map<string, Group> | null = null;
  for (let at = 0, end = 0; at < records.length; at = end) {
    const record = records[at];
    end = endOfRun(records, at);
    if (record === undefined || record.class !== 'IN') continue;
    if (table === null && groups.length === fewGroups) table = tableOf(groups);
    const known = table === null ? groupOf(record, groups) : table.get(keyOf(record));
    const data = end - at === 1 ? [record.data] : records.slice(at, end).map(dataOf);
    const ttl = lowestTtl(records, at, end);
    if (known === undefined) {
      const group = { owner: record.owner, type: record.type, ttl, data };
      groups.push(group);
      table?.set(keyOf(group), group);
    } else {
      known.ttl = Math.min(known.ttl, ttl);
      for (const value of data) known.data.push(value);
    }
  }
  return groups.map(setOf);
}

function groupOf(record: ResourceRecord, groups: readonly Group[]): Group | undefined {
  for (const group of groups) {
    if (belongsTo(record, group)) return group;
  }
  return undefined;
}

function setOf({ owner, type, ttl, data }: Group): RRset {
  return makeRRset(owner, type, ttl, data);
}

/** Where the records of one set that stand together from `start` on end; few sets are torn apart. */
function endOfRun(records: readonly ResourceRecord[], start: number): number {
  const first = records[start];
  let end = start + 1;
  for (let next = records[end]; next !== undefined && first !== undefined; next = records[end]) {
    if (next.class !== first.class || !belongsTo(next, first)) break;
    end += 1;
  }
  return end;
}

function dataOf({ data }: ResourceRecord): Rdata {
  return data;
}

function lowestTtl(records: readonly ResourceRecord[], start: number, end: number): number {
  let lowest = records[start]?.ttl ?? 0;
  for (let at = start + 1; at < end; at += 1) lowest = Math.min(lowest, records[at]?.ttl ?? 0);
  return lowest;
}

interface Group {
  readonly owner: Name;
  readonly type: RRType;
  ttl: number;
  readonly data: Rdata[];
}

const fewGroups = 8;

function belongsTo(record: ResourceRecord, group: Pick<ResourceRecord, 'owner' | 'type'>): boolean {
  return record.type === group.type && record.owner === group.owner;
}

function tableOf(groups: readonly Group[]): Map<string, Group> {
  return new Map(groups.map(group => [keyOf(group), group]));
}

function keyOf({ owner, type }: Pick<ResourceRecord, 'owner' | 'type'>): string {
  return `${owner} ${type}`;
}

/** The records of `rrset`, class IN, in its order. */
export function recordsOf(rrset: RRset): ResourceRecord[] {
  const { owner, type, ttl } = rrset;
  return rrset.data.map(data => ({ owner, type, class: 'IN', ttl, data }));
}

/** Whether `rrset` is of `type`. */
export function isType<T extends RRType>(rrset: RRset, type: T): rrset is RRset<T> {
  return rrset.type === type;
}
