import { type Name, parseName, parseNameAt, relativeTo } from '../../dns/name.ts';
import type { RRset } from '../../dns/rrset.ts';
import type { ErrorCode } from '../../error.ts';
import type { World } from '../../world/world.ts';
import type { Outcome } from '../caller.ts';
import { sameOrAbsent } from '../change-set.ts';
import { foundIn, type Settings } from '../driver.ts';
import { isObject, type JsonObject, listAt, memberAt, numberAt, textAt } from '../json.ts';
import type { HostedZone, Identity, Provider, Rights, RRsetChange } from '../provider.ts';
import type { Answer, RestClient, RestFault } from '../rest/client.ts';
import type { NewZone, RestHost, RestWrite } from '../rest/host.ts';
import { listItems, type Page } from '../rest/lists.ts';
import { createMarkNotes, type MarkNotes } from '../rest/marks.ts';
import { ifThere, openRest } from '../rest/provider.ts';
import { dataOf, type HostRow, isApexOwn, type RestZone, setAt } from '../rest/rows.ts';
import { mayDelete, openTokenClient } from '../rest/token.ts';
import { settle } from './actions.ts';
import { hetznerCapabilities } from './capabilities.ts';
import { hetznerTokens } from './tokens.ts';

/** Items of one page. */
const perPage = 50;

/** The label of a zone that holds its mark. */
const markLabel = 'zonecut';

/** Opens a project. Throws ZC_CREDENTIALS when there is no token. */
export async function openHetzner(world: World, settings: Settings): Promise<Provider> {
  const client = openTokenClient(world, settings, {
    host: 'Hetzner',
    tokens: hetznerTokens,
    endpointVariable: 'ZONECUT_HETZNER_ENDPOINT',
    endpoint: 'https://api.hetzner.cloud/v1',
    settingsUrl: 'https://console.hetzner.com',
    // 3600 requests an hour.
    pace: { kind: 'bucket', burst: 100, perSecond: 1 },
    authorization: token => `Bearer ${token}`,
    sentenceOf: body => {
      const error = memberAt(body, 'error');
      const message = textAt(error, 'message');
      return message === null ? null : `${message} (${textAt(error, 'code')})`;
    },
    codeOf: (_status, body) => codes.get(textAt(memberAt(body, 'error'), 'code') ?? '') ?? null,
  });
  const marks = createMarkNotes();
  return openRest({
    id: 'hetzner',
    label: 'Hetzner',
    capabilities: hetznerCapabilities,
    client,
    whoAmI: signal => whoAmI(client, foundIn(settings, ...hetznerTokens) ?? 'environment', signal),
    rights: (zone, signal) => rights(client, zone, signal),
    zones: signal => zones(client, signal),
    find: (apex, signal) => find(client, apex, marks, signal),
    read: (zone, signal) => read(client, zone, signal),
    writesOf,
    isBetween,
    isStale,
    settle: (answer, signal) => settle(client, answer, signal),
    hides: isApexOwn,
    create: (zone, signal) => create(client, zone, signal),
    markIn: zone => marks.markIn(zone),
    remove: async (zone, signal) => {
      const { json } = await client.repeat('DELETE', pathOf(zone), null, signal);
      await settle(client, json, signal);
    },
  } satisfies RestHost);
}

const codes: ReadonlyMap<string, ErrorCode> = new Map([
  ['unauthorized', 'ZC_CREDENTIALS'],
  ['forbidden', 'ZC_RIGHTS'],
  ['token_readonly', 'ZC_RIGHTS'],
  ['not_found', 'ZC_ZONE_NOT_FOUND'],
  ['uniqueness_error', 'ZC_PROVIDER_CONFLICT'],
  ['conflict', 'ZC_PROVIDER_CONFLICT'],
  ['protected', 'ZC_PROVIDER_REFUSED'],
]);

/** Something else is there than was read, or somebody else is at work on it. */
function isStale({ body }: RestFault): boolean {
  const code = textAt(memberAt(body, 'error'), 'code') ?? '';
  return ['uniqueness_error', 'conflict', 'locked', 'not_found'].includes(code);
}

async function whoAmI(
  client: RestClient,
  source: string,
  signal: AbortSignal | undefined,
): Promise<Identity> {
  await client.get('/zones?per_page=1', signal);
  // The API does not name the project that a token belongs to.
  return { account: 'the project of the token', source };
}

async function rights(
  client: RestClient,
  zone: HostedZone | null,
  signal: AbortSignal | undefined,
): Promise<Rights> {
  await client.get('/zones?per_page=1', signal);
  const writeRecords =
    zone === null ? 'unknown' : await mayDelete(client, `${pathOf(zone)}/rrsets/_zonecut-rights/TXT`, signal);
  return { readZones: 'yes', createZones: writeRecords, writeRecords };
}

async function* zones(client: RestClient, signal: AbortSignal | undefined): AsyncIterable<HostedZone> {
  for await (const item of items(client, `/zones?per_page=${perPage}`, 'zones', signal)) {
    yield zoneOf(client, item);
  }
}

function zoneOf(client: RestClient, item: unknown): HostedZone {
  const [id, name] = [textAt(item, 'id'), textAt(item, 'name')];
  if (id === null || name === null) throw client.unreadable('a zone', item);
  const servers = listAt(memberAt(item, 'authoritative_nameservers'), 'assigned') ?? [];
  return {
    provider: 'hetzner',
    id,
    apex: parseName(name),
    nameServers: servers
      .filter(server => typeof server === 'string')
      .map(parseName)
      .sort(),
    reference: null,
  };
}

function pathOf(zone: HostedZone): string {
  return `/zones/${encodeURIComponent(zone.id)}`;
}

async function find(
  client: RestClient,
  apex: Name,
  marks: MarkNotes,
  signal: AbortSignal | undefined,
): Promise<HostedZone | null> {
  const answer = await ifThere(() => client.get(`/zones/${encodeURIComponent(apex.slice(0, -1))}`, signal));
  if (answer === null) return null;
  const item = memberAt(answer.json, 'zone');
  const zone = zoneOf(client, item);
  marks.note(zone, textAt(memberAt(item, 'labels'), markLabel));
  return zone;
}

async function read(
  client: RestClient,
  zone: HostedZone,
  signal: AbortSignal | undefined,
): Promise<readonly HostRow[]> {
  const sets: unknown[] = [];
  for await (const item of items(client, `${pathOf(zone)}/rrsets?per_page=${perPage}`, 'rrsets', signal)) {
    sets.push(item);
  }
  // RRsets without a TTL have that of the zone.
  const usual = sets.some(set => numberAt(set, 'ttl') === null)
    ? numberAt(memberAt((await client.get(pathOf(zone), signal)).json, 'zone'), 'ttl')
    : null;
  return sets.flatMap(set => rowsOf(client, zone, set, usual));
}

function rowsOf(
  client: RestClient,
  zone: HostedZone,
  item: unknown,
  usual: number | null,
): readonly HostRow[] {
  const [name, type, records] = [textAt(item, 'name'), textAt(item, 'type'), listAt(item, 'records')];
  const ttl = numberAt(item, 'ttl') ?? usual;
  if (name === null || type === null || records === null || ttl === null) {
    throw client.unreadable('an RRset', item);
  }
  const owner = parseNameAt(name, zone.apex);
  return records.map(record => {
    const [value, comment] = [textAt(record, 'value') ?? '', textAt(record, 'comment') ?? ''];
    return {
      owner,
      type,
      ttl,
      // Names without a final dot are relative to the zone, as in a zone file.
      data: dataOf(type, value, zone.apex),
      text: `${ttl} ${type} ${value}${comment === '' ? '' : ` ; ${comment}`}`,
      id: null,
      beside: comment === '' ? null : { comment },
    };
  });
}

/** The items of a list, page after page. `path` has a query. */
function items(
  client: RestClient,
  path: string,
  member: string,
  signal: AbortSignal | undefined,
): AsyncIterable<unknown> {
  const pathOfPage = (page: number): string => `${path}&page=${page}`;
  const readPage = ({ json }: Answer): Page | null => {
    const list = listAt(json, member);
    const pagination = memberAt(memberAt(json, 'meta'), 'pagination');
    const [page, next] = [numberAt(pagination, 'page'), numberAt(pagination, 'next_page')];
    if (list === null || page === null) return null;
    const isLast = next === null || next <= page;
    return {
      items: list,
      next: isLast ? null : pathOfPage(next),
      total: numberAt(pagination, 'total_entries'),
    };
  };
  return listItems(client, pathOfPage(1), readPage, signal);
}

/** A request for each RRset, and a second one where the TTL of one that stays changes. */
function writesOf(zone: HostedZone, changes: readonly RRsetChange[], now: RestZone): readonly RestWrite[] {
  return changes.flatMap(({ owner, type, to }): readonly RestWrite[] => {
    const name = nameOf(zone, owner);
    const path = `${pathOf(zone)}/rrsets/${encodeURIComponent(name)}/${type}`;
    if (to === null) return [{ method: 'DELETE', path, body: null }];
    const is = setAt(now, owner, type);
    if (is === null) return [{ method: 'POST', path: `${pathOf(zone)}/rrsets`, body: bodyOf(zone, to, now) }];
    const body = { records: recordsOf(to, now) };
    const records: RestWrite = { method: 'POST', path: `${path}/actions/set_records`, body };
    const ttl: RestWrite = { method: 'POST', path: `${path}/actions/change_ttl`, body: { ttl: to.ttl } };
    return [
      ...(sameOrAbsent({ ...is, ttl: to.ttl }, to) ? [] : [records]),
      ...(is.ttl === to.ttl ? [] : [ttl]),
    ];
  });
}

/** The records are there, and the TTL is still the old one. */
function isBetween({ owner, type, from, to }: RRsetChange, now: RestZone): boolean {
  return from !== null && to !== null && sameOrAbsent(setAt(now, owner, type), { ...to, ttl: from.ttl });
}

function nameOf(zone: Pick<HostedZone, 'apex'>, owner: Name): string {
  return owner === zone.apex ? '@' : relativeTo(owner, zone.apex);
}

function bodyOf(zone: Pick<HostedZone, 'apex'>, set: RRset, now: RestZone | null): JsonObject {
  return { name: nameOf(zone, set.owner), type: set.type, ttl: set.ttl, records: recordsOf(set, now) };
}

/** Records as the API takes them, with what people wrote beside those that stay. */
function recordsOf({ owner, type, data }: RRset, now: RestZone | null): readonly JsonObject[] {
  const here = now?.rows.filter(row => row.owner === owner && row.type === type) ?? [];
  return data.map(value => ({ value, ...here.find(row => row.data === value)?.beside }));
}

/** A zone with its label and records; ends when the host has made it. */
async function create(
  client: RestClient,
  { apex, mark, seed }: NewZone,
  signal: AbortSignal | undefined,
): Promise<Outcome<Answer>> {
  const body = {
    name: apex.slice(0, -1),
    mode: 'primary',
    labels: { [markLabel]: mark },
    ...(seed.length === 0 ? {} : { rrsets: seed.map(set => bodyOf({ apex }, set, null)) }),
  };
  const outcome = await client.write('POST', '/zones', body, signal);
  if (outcome.kind === 'done' && isObject(outcome.value.json))
    await settle(client, outcome.value.json, signal);
  return outcome;
}
