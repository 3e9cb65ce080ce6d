import { type Name, parseName, parseNameAt, relativeTo } from '../../dns/name.ts';
import type { World } from '../../world/world.ts';
import { foundIn, type Settings, variable } from '../driver.ts';
import { type JsonObject, listAt, memberAt, numberAt, textAt } from '../json.ts';
import type { HostedZone, Identity, Provider, Rights } from '../provider.ts';
import type { Answer, RestClient } from '../rest/client.ts';
import { contentOf, dataOfContent } from '../rest/contents.ts';
import type { RestHost } from '../rest/host.ts';
import { listItems, type Page } from '../rest/lists.ts';
import { ifThere, openRest } from '../rest/provider.ts';
import { isBetweenRows, type NewRow, type RowApi, rowWrites } from '../rest/row-writes.ts';
import { type HostRow, isApexOwn } from '../rest/rows.ts';
import { mayDelete, openTokenClient } from '../rest/token.ts';
import { dnsimpleCapabilities } from './capabilities.ts';
import { dnsimpleTokens } from './tokens.ts';

/** Items of one page. */
const perPage = 100;

/** An account that a token opens. */
interface Account {
  readonly client: RestClient;
  /** The number of the account, asked for once. Throws ZC_PROVIDER_REFUSED where it is not clear. */
  number(signal: AbortSignal | undefined): Promise<string>;
}

/** Opens an account. Throws ZC_CREDENTIALS when there is no token. */
export async function openDnsimple(world: World, settings: Settings): Promise<Provider> {
  const client = openTokenClient(world, settings, {
    host: 'DNSimple',
    tokens: dnsimpleTokens,
    endpointVariable: 'ZONECUT_DNSIMPLE_ENDPOINT',
    endpoint: 'https://api.dnsimple.com/v2',
    settingsUrl: 'https://dnsimple.com/user',
    // 2,400 requests an hour.
    pace: { kind: 'bucket', burst: 300, perSecond: 0.58 },
    authorization: token => `Bearer ${token}`,
    sentenceOf,
  });
  const account = accountOf(client, variable(settings, 'DNSIMPLE_ACCOUNT'));
  return openRest({
    id: 'dnsimple',
    label: 'DNSimple',
    capabilities: dnsimpleCapabilities,
    client,
    whoAmI: signal => whoAmI(account, foundIn(settings, ...dnsimpleTokens) ?? 'environment', signal),
    rights: (zone, signal) => rights(account, zone, signal),
    zones: signal => zones(account, signal),
    find: (apex, signal) => find(account, apex, signal),
    read: (zone, signal) => read(client, zone, '', signal),
    writesOf: (zone, changes, now) => rowWrites(rowsApi(zone), changes, now),
    isBetween: isBetweenRows,
    hides: isApexOwn,
    create: null,
    remove: () => Promise.resolve(),
  } satisfies RestHost);
}

/** The sentence of an error, and what is wrong with which member. */
function sentenceOf(body: unknown): string | null {
  const message = textAt(body, 'message');
  const errors = memberAt(body, 'errors');
  const told = Object.entries(typeof errors === 'object' && errors !== null ? errors : {}).map(
    ([member, sentences]) => `${member} ${Array.isArray(sentences) ? sentences.join(', ') : ''}`,
  );
  return message === null ? null : [message, ...told].slice(0, 5).join('; ');
}

function accountOf(client: RestClient, named: string | null): Account {
  let known = named;
  return {
    client,
    number: async signal => {
      known ??= await onlyAccount(client, signal);
      return known;
    },
  };
}

/** The account of the token, or the only one that its user has. */
async function onlyAccount(client: RestClient, signal: AbortSignal | undefined): Promise<string> {
  const { json } = await client.get('/accounts', signal);
  const ids = (listAt(json, 'data') ?? []).flatMap(item => textAt(item, 'id') ?? []);
  const [only, ...more] = ids;
  if (only !== undefined && more.length === 0) return only;
  throw client.http.fault(
    'ZC_PROVIDER_REFUSED',
    `which account is meant is not clear: the token opens ${ids.length === 0 ? 'none' : ids.join(' and ')}`,
    'Set DNSIMPLE_ACCOUNT to the number of one.',
  );
}

async function whoAmI(account: Account, source: string, signal: AbortSignal | undefined): Promise<Identity> {
  const { json } = await account.client.get('/whoami', signal);
  const data = memberAt(json, 'data');
  const who = textAt(memberAt(data, 'account'), 'email') ?? textAt(memberAt(data, 'user'), 'email');
  return { account: who ?? 'unknown', source };
}

async function rights(
  account: Account,
  zone: HostedZone | null,
  signal: AbortSignal | undefined,
): Promise<Rights> {
  await account.client.get(`/${await account.number(signal)}/zones?per_page=1`, signal);
  // No row has the number 0.
  const writeRecords =
    zone === null ? 'unknown' : await mayDelete(account.client, `${pathOf(zone)}/records/0`, signal);
  return { readZones: 'yes', createZones: 'no', writeRecords };
}

async function* zones(account: Account, signal: AbortSignal | undefined): AsyncIterable<HostedZone> {
  const number = await account.number(signal);
  for await (const item of items(account.client, `/${number}/zones?per_page=${perPage}`, signal)) {
    if (isPrimary(item)) yield zoneOf(account.client, number, item, []);
  }
}

/** The records of a secondary zone come from elsewhere. */
function isPrimary(item: unknown): boolean {
  return memberAt(item, 'secondary') !== true;
}

function zoneOf(client: RestClient, number: string, item: unknown, nameServers: readonly Name[]): HostedZone {
  const name = textAt(item, 'name');
  if (name === null) throw client.unreadable('a zone', item);
  return {
    provider: 'dnsimple',
    id: `${number}/${name}`,
    apex: parseName(name),
    nameServers,
    reference: null,
  };
}

function pathOf(zone: HostedZone): string {
  const [number = '', name = ''] = zone.id.split('/');
  return `/${encodeURIComponent(number)}/zones/${encodeURIComponent(name)}`;
}

async function find(
  { client, number }: Account,
  apex: Name,
  signal: AbortSignal | undefined,
): Promise<HostedZone | null> {
  const account = await number(signal);
  const path = `/${account}/zones/${encodeURIComponent(apex.slice(0, -1))}`;
  const found = await ifThere(() => client.get(path, signal));
  const item = memberAt(found?.json, 'data');
  if (found === null || !isPrimary(item)) return null;
  const zone = zoneOf(client, account, item, []);
  const rows = await read(client, zone, 'type=NS&', signal);
  const own = rows.filter(row => row.owner === apex && row.type === 'NS');
  return {
    ...zone,
    nameServers: own.flatMap(row => (row.data === null ? [] : [parseName(row.data)])).sort(),
  };
}

async function read(
  client: RestClient,
  zone: HostedZone,
  query: string,
  signal: AbortSignal | undefined,
): Promise<readonly HostRow[]> {
  const rows: HostRow[] = [];
  const path = `${pathOf(zone)}/records?${query}per_page=${perPage}`;
  for await (const item of items(client, path, signal)) {
    const row = rowOf(zone.apex, item);
    if (row === null) throw client.unreadable('a record', item);
    rows.push(row);
  }
  return rows;
}

/** The items of a list, page after page. `path` has a query. */
function items(client: RestClient, path: string, signal: AbortSignal | undefined): AsyncIterable<unknown> {
  const readPage = ({ json }: Answer): Page | null => {
    const list = listAt(json, 'data');
    const pagination = memberAt(json, 'pagination');
    const [page, pages] = [numberAt(pagination, 'current_page'), numberAt(pagination, 'total_pages')];
    if (list === null || page === null || pages === null) return null;
    const next = page < pages ? `${path}&page=${page + 1}` : null;
    return { items: list, next, total: numberAt(pagination, 'total_entries') };
  };
  return listItems(client, path, readPage, signal);
}

/** A row of the API; null where it cannot be read. */
function rowOf(apex: Name, item: unknown): HostRow | null {
  const [id, name, type] = [textAt(item, 'id'), textAt(item, 'name'), textAt(item, 'type')];
  const [ttl, content] = [numberAt(item, 'ttl'), textAt(item, 'content')];
  if (id === null || name === null || type === null || ttl === null || content === null) return null;
  const regions = (listAt(item, 'regions') ?? ['global']).map(String);
  const isEverywhere = regions.includes('global');
  const priority = numberAt(item, 'priority');
  const where = isEverywhere ? '' : ` (in ${regions.join(', ')})`;
  return {
    owner: name === '' ? apex : parseNameAt(name, apex),
    type,
    ttl,
    data: isEverywhere ? dataOfContent(type, { content, priority }) : null,
    text: `${ttl} ${type} ${priority === null ? '' : `${priority} `}${content}${where}`,
    id,
    beside: null,
  };
}

function rowsApi(zone: HostedZone): RowApi {
  const path = `${pathOf(zone)}/records`;
  const at = (row: HostRow): string => `${path}/${encodeURIComponent(row.id ?? '')}`;
  return {
    add: row => ({ method: 'POST', path, body: { ...recordOf(zone.apex, row), type: row.type } }),
    update: (row, to) => ({ method: 'PATCH', path: at(row), body: recordOf(zone.apex, to) }),
    remove: row => ({ method: 'DELETE', path: at(row), body: null }),
  };
}

/** A record as the API takes it, its type aside, which is never changed. */
function recordOf(apex: Name, { owner, type, ttl, data }: NewRow): JsonObject {
  const { content, priority } = contentOf(type, data);
  const name = owner === apex ? '' : relativeTo(owner, apex);
  return { name, ttl, content, ...(priority === null ? {} : { priority }) };
}
