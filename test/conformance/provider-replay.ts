import { isTypeText } from '../../src/dns/iana.ts';
import { parseName } from '../../src/dns/name.ts';
import { type RRset, rrsetOf } from '../../src/dns/rrset.ts';
import { messageOf } from '../../src/error.ts';
import { sameOrAbsent } from '../../src/providers/change-set.ts';
import type { HostedZone, Provider, RRsetChange } from '../../src/providers/provider.ts';
import { driverNamed } from '../../src/providers/registry.ts';
import { nodeRandom } from '../../src/world/node.ts';
import { noStreams } from '../../src/world/streams.ts';
import type { HttpRequest } from '../../src/world/world.ts';
import { type Recorded, type ReplayHttp, replaying } from '../providers/recordings.ts';
import { testClock } from '../providers/rig.ts';
import {
  type Asked,
  byRRset,
  type Listing,
  pathOf,
  type RecordedHost,
  type Row,
  type Written,
} from './provider-host.ts';

/** Reads the zone of one recorded answer with the driver; why it is not what the answer shows, or null. */
export async function replayListing(
  host: RecordedHost,
  all: readonly Recorded[],
  exchange: Recorded,
  listing: Listing,
): Promise<string | null> {
  const provider = await openOver(
    host,
    replaying(answering(host, [exchange, ...(listing.pages ?? []), ...all])),
  );
  const snapshot = await provider.readZone(zoneAt(host, listing));
  const wanted = linesOf(listing.rows);
  const got = snapshot.rrsets.flatMap(lineOfSet).sort();
  const strange = listing.rows.length - listing.rows.filter(isRecord).length;
  if (snapshot.otherRows.length !== strange) {
    return `${strange} rows are no records, the driver has ${snapshot.otherRows.length}`;
  }
  return difference(wanted, got);
}

/** Lists the zones of the account; why they are not those that the answer shows, or null. */
export async function replayZones(
  host: RecordedHost,
  all: readonly Recorded[],
  exchange: Recorded,
  apexes: readonly string[],
): Promise<string | null> {
  const provider = await openOver(host, replaying(answering(host, [exchange, ...all])));
  const found: string[] = [];
  for await (const zone of provider.listZones()) found.push(zone.apex);
  return difference(apexes.map(parseName), found);
}

/**
 * Lets the driver make the change that a recorded request made; why its request is not the same call with the same meaning,
 * or null. What comes of the change is not looked at: the host's next answer was recorded for another program. Where the
 * request changes nothing that was listed before it, the driver must send none.
 */
export async function replayWrite(
  host: RecordedHost,
  before: { readonly exchange: Recorded; readonly listing: Listing },
  exchange: Recorded,
  written: readonly Written[],
): Promise<string | null> {
  const answer = answering(host, [before.exchange, ...(before.listing.pages ?? []), exchange]);
  const http = replaying(request => answer(request));
  const provider = await openOver(host, http);
  const changes = changesOf(before.listing, written);
  let problem = 'the driver sent no request that writes';
  try {
    await provider.changeZone(zoneAt(host, before.listing), changes);
  } catch (error) {
    problem = messageOf(error);
  }
  const call = callOf(host, exchange);
  const sent = http.asked.map(askedOf).find(one => host.written?.(one, before.listing) != null);
  const idle = changes.every(({ from, to }) => sameOrAbsent(from, to));
  if (sent === undefined) return idle ? null : problem;
  if (idle) return 'the driver writes although nothing changes';
  if (callOf(host, sent) !== call) return `the call is ${callOf(host, sent)}, it was ${call}`;
  const ours = host.written?.(sent, before.listing) ?? [];
  return difference(meaningOf(before.listing, written), meaningOf(before.listing, ours));
}

/** The zone after a request, as lines. */
function meaningOf(before: Listing, written: readonly Written[]): readonly string[] {
  const touched = (row: Row): boolean => written.some(set => keyOf(set) === keyOf(row));
  return linesOf([...before.rows.filter(row => !touched(row)), ...written.flatMap(set => set.rows)]);
}

function changesOf(before: Listing, written: readonly Written[]): readonly RRsetChange[] {
  const old = byRRset(before.rows);
  return written.flatMap(({ owner, type, rows }) => {
    const from = setOf(old.find(set => keyOf(set) === keyOf({ owner, type }))?.rows ?? []);
    const to = setOf(rows);
    const set = to ?? from;
    return set === null ? [] : [{ owner: set.owner, type: set.type, from, to }];
  });
}

async function openOver(host: RecordedHost, http: ReplayHttp): Promise<Provider> {
  const dns = { exchange: () => Promise.reject(new Error('unused')) };
  const open = await driverNamed(host.driver).load();
  const world = { clock: testClock(), random: nodeRandom, dns, streams: noStreams, http };
  const readFile = async (path: string): Promise<string | null> => host.files?.[path] ?? null;
  return await open(world, { environment: host.environment, readFile });
}

function zoneAt(host: RecordedHost, { zone }: Listing): HostedZone {
  return { provider: host.driver, id: zone.id, apex: parseName(zone.apex), nameServers: [], reference: null };
}

/** Answers a request by the first exchange of the same call; among those, by one with the same query if there is any. */
function answering(
  host: RecordedHost,
  exchanges: readonly Recorded[],
): (request: HttpRequest) => { readonly status: number; readonly body: string } | null {
  return request => {
    const asked = askedOf(request);
    const same = [...exchanges, ...(host.always ?? [])].filter(
      one => callOf(host, one) === callOf(host, asked),
    );
    const page = same.find(one => pageOf(one) === pageOf(asked)) ?? same[0];
    return page === undefined ? null : { status: page.status, body: page.response };
  };
}

const pageOf = ({ url }: Asked): string => new URL(url).searchParams.get('page') ?? '1';

function callOf(host: RecordedHost, asked: Asked): string {
  return host.callOf?.(asked) ?? `${asked.method} ${pathOf(asked.url)}`;
}

function askedOf({ method, url, body }: HttpRequest): Asked {
  return { method, url, request: body instanceof Uint8Array ? new TextDecoder().decode(body) : (body ?? '') };
}

const keyOf = ({ owner, type }: { readonly owner: string; readonly type: string }): string =>
  `${parseName(owner)} ${type}`;

/** The RRset of some rows; null where there are none. Throws where they are no records. */
function setOf(rows: readonly Row[]): RRset | null {
  const [first] = rows;
  if (first === undefined || !isRecord(first)) return null;
  const ttl = Math.min(...rows.map(row => row.ttl));
  return rrsetOf(first.owner, first.type, ttl, ...rows.map(row => row.data));
}

/** Whether a row is a record of the DNS at all; hosts have other rows besides. */
function isRecord({ owner, type, ttl, data }: Row): boolean {
  try {
    return isTypeText(type) && rrsetOf(owner, type, ttl, data).data.length === 1;
  } catch {
    return false;
  }
}

function linesOf(rows: readonly Row[]): readonly string[] {
  const sets = byRRset(rows.filter(isRecord)).map(set => setOf(set.rows));
  return sets.flatMap(set => (set === null ? [] : lineOfSet(set))).sort();
}

function lineOfSet(set: RRset): readonly string[] {
  return set.data.map(data => `${set.owner} ${set.ttl} ${set.type} ${data}`);
}

function difference(wanted: readonly string[], got: readonly string[]): string | null {
  const missing = wanted.filter(line => !got.includes(line)).map(line => `missing: ${line}`);
  const more = got.filter(line => !wanted.includes(line)).map(line => `not recorded: ${line}`);
  if (missing.length + more.length === 0) return null;
  return [...missing, ...more].slice(0, 4).join('; ');
}
