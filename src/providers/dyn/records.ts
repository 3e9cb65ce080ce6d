import type { Name } from '../../dns/name.ts';
import { compareNames } from '../../dns/name.ts';
import type { Rdata, RRset, RRType } from '../../dns/rrset.ts';
import { makeRRset } from '../../dns/rrset.ts';
import { inCanonicalOrder, keyOf } from '../change-set.ts';
import { canonicalJson, digestOf } from '../digest.ts';
import type { JsonObject } from '../json.ts';
import { isObject, memberAt, numberAt, textAt } from '../json.ts';
import type { HostedZone, ZoneSnapshot } from '../provider.ts';
import type { DynSession } from './session.ts';
import { dataOf, nameFromDyn, pathOf } from './text.ts';

/** One record as Dyn shows it. */
interface DynRecord {
  readonly owner: Name;
  readonly type: RRType;
  readonly ttl: number;
  readonly rdata: JsonObject;
}

/** A zone's records, and which RRsets of it cannot be read. */
export interface Records {
  readonly snapshot: ZoneSnapshot;
  /** Owner and type of records that zonecut cannot read. */
  readonly unread: ReadonlySet<string>;
}

/** Reads every record of a zone. */
export async function readRecords(
  session: DynSession,
  zone: HostedZone,
  signal: AbortSignal | undefined,
): Promise<Records> {
  const records = await fetchRecords(session, `/AllRecord/${pathOf(zone.apex)}/`, signal);
  const sets = new Map<string, { owner: Name; type: RRType; ttl: number; data: Rdata[] }>();
  const otherRows: { owner: Name; text: string }[] = [];
  const unread = new Set<string>();
  for (const record of records) {
    const { owner, type, ttl, rdata } = record;
    const key = keyOf(owner, type);
    const data = dataOf(type, rdata);
    const set = sets.get(key);
    if (data === null) {
      unread.add(key);
      otherRows.push({ owner, text: canonicalJson(record) });
    } else if (set === undefined) sets.set(key, { owner, type, ttl, data: [data] });
    else {
      set.ttl = Math.min(set.ttl, ttl);
      set.data.push(data);
    }
  }
  const rrsets = [...sets.values()].map(set => makeRRset(set.owner, set.type, set.ttl, set.data));
  const digest = digestOf(records.map(canonicalJson));
  return { snapshot: { zone, rrsets: inCanonicalOrder(rrsets), otherRows, digest }, unread };
}

/** The NS RRset at the apex as Dyn shows it, without the rest of the zone. */
export async function readServers(
  session: DynSession,
  apex: Name,
  signal: AbortSignal | undefined,
): Promise<readonly Name[]> {
  const records = await fetchRecords(session, `/NSRecord/${pathOf(apex)}/${pathOf(apex)}/`, signal);
  return serversOf(
    apex,
    records.flatMap(record => {
      const data = dataOf(record.type, record.rdata);
      return data === null ? [] : [makeRRset(record.owner, record.type, record.ttl, [data])];
    }),
  );
}

/** The targets of the NS at `apex` in some RRsets, sorted. */
function serversOf(apex: Name, rrsets: readonly RRset[]): readonly Name[] {
  const names = rrsets
    .filter(set => set.type === 'NS' && set.owner === apex)
    .flatMap(set => set.data.map(data => nameFromDyn(data)));
  return names.filter(name => name !== null).sort(compareNames);
}

/**
 * Asks for records in full. Dyn answers `detail` with the records themselves, by type; where it does not know it, with
 * the address of each, which is then read one by one.
 */
async function fetchRecords(
  session: DynSession,
  path: string,
  signal: AbortSignal | undefined,
): Promise<readonly DynRecord[]> {
  const data = await session.read(`${path}?detail=Y`, signal);
  const found: DynRecord[] = [];
  const groups: readonly (readonly [string | null, unknown])[] = Array.isArray(data)
    ? [[null, data]]
    : Object.entries(isObject(data) ? data : { answer: null }).map(
        ([key, value]) => [key.replace(/_records$/, ''), value] as const,
      );
  for (const [group, items] of groups) {
    if (!Array.isArray(items)) throw unreadable(session, path, `${group ?? 'data'} is no list`);
    for (const item of items) {
      const record: unknown =
        typeof item === 'string'
          ? await session.read(`${item.replace(/^\/REST/, '').replace(/\/?$/, '/')}`, signal)
          : item;
      found.push(recordOf(session, path, record, group));
    }
  }
  return found;
}

function recordOf(session: DynSession, path: string, item: unknown, group: string | null): DynRecord {
  const owner = nameFromDyn(textAt(item, 'fqdn') ?? '..');
  const type = (group ?? textAt(item, 'record_type') ?? '').toUpperCase();
  const ttl = numberAt(item, 'ttl');
  const rdata = memberAt(item, 'rdata');
  if (owner === null || type === '' || ttl === null || !isObject(rdata)) {
    throw unreadable(session, path, 'a record lacks fqdn, record_type, ttl or rdata');
  }
  return { owner, type, ttl, rdata };
}

function unreadable(session: DynSession, path: string, problem: string): Error {
  return session.http.fault('ZC_PROVIDER_RESPONSE', `GET ${path}: ${problem}`);
}
