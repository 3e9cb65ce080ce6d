import { knownTypes } from '../../dns/iana.ts';
import { type Name, parseName } from '../../dns/name.ts';
import { parseRdata } from '../../dns/rdata.ts';
import { makeRRset, type Rdata, type RRset, type RRType } from '../../dns/rrset.ts';
import { isZonecutError } from '../../error.ts';
import { inCanonicalOrder, keyOf } from '../change-set.ts';
import { digestOf } from '../digest.ts';
import { isObject, type JsonObject, listAt, memberAt, numberAt, textAt } from '../json.ts';
import type { HostedZone, ZoneSnapshot } from '../provider.ts';
import { type PowerdnsApi, PowerdnsFault, pathOfZone } from './api.ts';

/** A zone as the API shows it. */
export interface PowerdnsZone {
  readonly snapshot: ZoneSnapshot;
  /** `Native`, `Master`, `Slave`, ... */
  readonly kind: string;
  /** How the server counts the serial when the API changes the zone; empty: not at all. */
  readonly soaEditApi: string;
  /** The records of each RRset that are no records of the DNS, and must be sent along when it is replaced. */
  readonly kept: ReadonlyMap<string, readonly JsonObject[]>;
  /** Owner and type of RRsets with data that zonecut cannot read. */
  readonly unread: ReadonlySet<string>;
}

const dnsTypes: ReadonlySet<RRType> = new Set(knownTypes);

/** Reads a zone whole. Throws ZC_ZONE_NOT_FOUND (in a PowerdnsFault) when it is not there. */
export async function readPowerdnsZone(
  api: PowerdnsApi,
  zone: HostedZone,
  signal: AbortSignal | undefined,
): Promise<PowerdnsZone> {
  const answer = await api.get(pathOfZone(zone.id), signal);
  const sets = listAt(answer, 'rrsets');
  const kind = textAt(answer, 'kind');
  if (sets === null || kind === null) {
    throw api.http.fault('ZC_PROVIDER_RESPONSE', `the answer about the zone ${zone.apex} holds no RRsets`);
  }
  const rrsets: RRset[] = [];
  const otherRows: { owner: Name; text: string }[] = [];
  const kept = new Map<string, readonly JsonObject[]>();
  const unread = new Set<string>();
  const lines: string[] = [];
  for (const item of sets) {
    const set = readSet(api, item);
    const key = keyOf(set.owner, set.type);
    if (set.data === null) unread.add(key);
    else if (set.data.length > 0) rrsets.push(makeRRset(set.owner, set.type, set.ttl, set.data));
    if (set.off.length > 0) kept.set(key, set.off);
    const others = set.data === null ? set.records : set.off;
    otherRows.push(...others.map(record => ({ owner: set.owner, text: textOf(set, record) })));
    lines.push(...set.records.map(record => `${set.owner} ${textOf(set, record)}`));
  }
  return {
    snapshot: { zone, rrsets: inCanonicalOrder(rrsets), otherRows, digest: digestOf(lines) },
    kind,
    soaEditApi: textAt(answer, 'soa_edit_api') ?? '',
    kept,
    unread,
  };
}

interface ReadSet {
  readonly owner: Name;
  readonly type: RRType;
  readonly ttl: number;
  readonly records: readonly JsonObject[];
  /** Of the records that are served; null when zonecut cannot read one of them. */
  readonly data: readonly Rdata[] | null;
  /** The records that are switched off. */
  readonly off: readonly JsonObject[];
}

function readSet(api: PowerdnsApi, item: unknown): ReadSet {
  const name = textAt(item, 'name');
  const type = textAt(item, 'type');
  const ttl = numberAt(item, 'ttl');
  const records = listAt(item, 'records')?.filter(isObject);
  if (name === null || type === null || ttl === null || records === undefined) {
    throw api.http.fault('ZC_PROVIDER_RESPONSE', `an RRset that cannot be read: ${JSON.stringify(item)}`);
  }
  const off = records.filter(record => memberAt(record, 'disabled') === true);
  const on = records.filter(record => !off.includes(record));
  return { owner: parseName(name), type, ttl, records, off, data: dataOf(type, on) };
}

function dataOf(type: RRType, records: readonly JsonObject[]): readonly Rdata[] | null {
  if (!dnsTypes.has(type)) return null;
  try {
    return records.map(record => parseRdata(type, textAt(record, 'content') ?? ''));
  } catch (error) {
    if (isZonecutError(error)) return null;
    throw error;
  }
}

function textOf({ ttl, type }: ReadSet, record: JsonObject): string {
  const off = memberAt(record, 'disabled') === true ? ' (disabled)' : '';
  return `${ttl} ${type} ${textAt(record, 'content') ?? ''}${off}`;
}

/** The zone, or null when it is not there. */
export async function readIfThere(
  api: PowerdnsApi,
  zone: HostedZone,
  signal: AbortSignal | undefined,
): Promise<PowerdnsZone | null> {
  try {
    return await readPowerdnsZone(api, zone, signal);
  } catch (error) {
    if (error instanceof PowerdnsFault && error.status === 404) return null;
    throw error;
  }
}

/** The SOA and NS RRsets of the apex, apart from all else. */
export function isApexSet(zone: HostedZone, { owner, type }: RRset): boolean {
  return owner === zone.apex && (type === 'SOA' || type === 'NS');
}
