import { type Name, parseName, relativeTo } from '../../dns/name.ts';
import type { RRset } from '../../dns/rrset.ts';
import { tokensOf } from '../../dns/text.ts';
import { Secret } from '../../secret.ts';
import type { World } from '../../world/world.ts';
import { type Settings, variable } from '../driver.ts';
import { defaultRequestTimeoutMs } from '../http-client.ts';
import { type JsonObject, listAt, numberAt, textAt } from '../json.ts';
import type { HostedZone, Provider, Rights } from '../provider.ts';
import { type Answer, createRestClient, type RestClient } from '../rest/client.ts';
import { contentOf, dataOfContent } from '../rest/contents.ts';
import type { RestHost } from '../rest/host.ts';
import { listItems, type Page } from '../rest/lists.ts';
import { ifThere, openRest } from '../rest/provider.ts';
import { isBetweenRows, type NewRow, type RowApi, rowWrites } from '../rest/row-writes.ts';
import { type HostRow, isApexOwn } from '../rest/rows.ts';
import { mayDelete } from '../rest/token.ts';
import { wordsOf } from '../strings.ts';
import { namecomCapabilities } from './capabilities.ts';

/** Items of one page. */
const perPage = 1000;

/** Characters of a text, with the quotes of its strings. */
const maxTextLength = 512;

/** Opens an account. Throws ZC_CREDENTIALS when the user or the token is missing. */
export async function openNamecom(world: World, settings: Settings): Promise<Provider> {
  const client = openClient(world, settings);
  return openRest({
    id: 'namecom',
    label: 'name.com',
    capabilities: namecomCapabilities,
    client,
    whoAmI: async signal => {
      const { json } = await client.get('/hello', signal);
      return {
        account: textAt(json, 'username') ?? 'unknown',
        source: 'environment (NAMECOM_API_TOKEN)',
      };
    },
    rights: (zone, signal) => rights(client, zone, signal),
    zones: signal => zones(client, signal),
    find: (apex, signal) => find(client, apex, signal),
    read: (zone, signal) => read(client, zone, signal),
    writesOf: (zone, changes, now) => rowWrites(rowsApi(zone), changes, now),
    isBetween: isBetweenRows,
    cannotHold: (_zone, rrset) => cannotHold(rrset),
    hides: isApexOwn,
    create: null,
    remove: () => Promise.resolve(),
  } satisfies RestHost);
}

function openClient(world: World, settings: Settings): RestClient {
  const user = variable(settings, 'NAMECOM_USERNAME');
  const token = new Secret(variable(settings, 'NAMECOM_API_TOKEN') ?? '');
  const proof = new Secret(Buffer.from(`${user ?? ''}:${token.reveal()}`).toString('base64'));
  const client = createRestClient(world, {
    host: 'name.com',
    endpoint: variable(settings, 'ZONECUT_NAMECOM_ENDPOINT') ?? 'https://api.name.com/v4',
    // 20 requests a second, and 3,000 an hour.
    pace: { kind: 'bucket', burst: 20, perSecond: 0.8 },
    timeoutMs: Number(variable(settings, 'ZONECUT_HTTP_TIMEOUT_MS') ?? defaultRequestTimeoutMs),
    headers: { authorization: `Basic ${proof.reveal()}` },
    secrets: [token, proof],
    credentialsHint:
      'Set NAMECOM_USERNAME and NAMECOM_API_TOKEN to a token of https://www.name.com/account/settings/api.',
    sentenceOf: body => {
      const said = ['message', 'details'].flatMap(key => textAt(body, key) ?? []).filter(text => text !== '');
      return said.length === 0 ? null : said.join(': ');
    },
  });
  if (user !== null && token.reveal() !== '') return client;
  throw client.http.fault(
    'ZC_CREDENTIALS',
    'NAMECOM_USERNAME and NAMECOM_API_TOKEN are not both set',
    'Make a token at https://www.name.com/account/settings/api.',
  );
}

async function rights(
  client: RestClient,
  zone: HostedZone | null,
  signal: AbortSignal | undefined,
): Promise<Rights> {
  await client.get('/hello', signal);
  // No row has the number 0.
  const writeRecords =
    zone === null ? 'unknown' : await mayDelete(client, `${pathOf(zone)}/records/0`, signal);
  return { readZones: 'yes', createZones: 'no', writeRecords };
}

async function* zones(client: RestClient, signal: AbortSignal | undefined): AsyncIterable<HostedZone> {
  for await (const item of items(client, '/domains', 'domains', signal)) {
    yield zoneOf(client, item);
  }
}

function zoneOf(client: RestClient, item: unknown): HostedZone {
  const name = textAt(item, 'domainName');
  if (name === null) throw client.unreadable('a domain', item);
  const servers = (listAt(item, 'nameservers') ?? []).filter(server => typeof server === 'string');
  const apex = parseName(name);
  return {
    provider: 'namecom',
    id: apex.slice(0, -1),
    apex,
    nameServers: servers.map(parseName).sort(),
    reference: null,
  };
}

function pathOf(zone: HostedZone): string {
  return `/domains/${encodeURIComponent(zone.id)}`;
}

async function find(
  client: RestClient,
  apex: Name,
  signal: AbortSignal | undefined,
): Promise<HostedZone | null> {
  const path = `/domains/${encodeURIComponent(apex.slice(0, -1))}`;
  const found = await ifThere(() => client.get(path, signal));
  return found === null ? null : zoneOf(client, found.json);
}

async function read(
  client: RestClient,
  zone: HostedZone,
  signal: AbortSignal | undefined,
): Promise<readonly HostRow[]> {
  const rows: HostRow[] = [];
  for await (const item of items(client, `${pathOf(zone)}/records`, 'records', signal)) {
    const row = rowOf(item);
    if (row === null) throw client.unreadable('a record', item);
    rows.push(row);
  }
  return rows;
}

/** The items of a list, page after page; an empty one may lack the list. */
function items(
  client: RestClient,
  path: string,
  member: string,
  signal: AbortSignal | undefined,
): AsyncIterable<unknown> {
  const pathOfPage = (page: number): string => `${path}?perPage=${perPage}&page=${page}`;
  const readPage = ({ json }: Answer): Page | null => {
    const list = listAt(json, member);
    if (list === null && textAt(json, 'message') !== null) return null;
    const next = numberAt(json, 'nextPage') ?? 0;
    return { items: list ?? [], next: next > 0 ? pathOfPage(next) : null, total: null };
  };
  return listItems(client, pathOfPage(1), readPage, signal);
}

/** A row of the API; null where it cannot be read. */
function rowOf(item: unknown): HostRow | null {
  const [id, name, type] = [textAt(item, 'id'), textAt(item, 'fqdn'), textAt(item, 'type')];
  const [ttl, content] = [numberAt(item, 'ttl'), textAt(item, 'answer')];
  if (id === null || name === null || type === null || ttl === null || content === null) return null;
  const priority = numberAt(item, 'priority');
  return {
    owner: parseName(name),
    type,
    ttl,
    data: dataOfContent(type, { content, priority }),
    text: `${ttl} ${type} ${priority === null ? '' : `${priority} `}${content}`,
    id,
    beside: null,
  };
}

/** Why the host has no way to hold an RRset; null where it has. */
function cannotHold({ type, data }: RRset): string | null {
  if (type !== 'TXT') return null;
  for (const one of data) {
    if (one.length > maxTextLength)
      return `${one.length} characters of text; at most ${maxTextLength} are taken`;
    const text = wordsOf(one).join('');
    if (text === '' || (tokensOf(one).length === 1 && text.startsWith('"'))) {
      return 'text that is empty or begins with a quote is not taken there';
    }
  }
  return null;
}

function rowsApi(zone: HostedZone): RowApi {
  const path = `${pathOf(zone)}/records`;
  const at = (row: HostRow): string => `${path}/${encodeURIComponent(row.id ?? '')}`;
  return {
    add: row => ({ method: 'POST', path, body: recordOf(zone.apex, row) }),
    update: (row, to) => ({ method: 'PUT', path: at(row), body: recordOf(zone.apex, to) }),
    remove: row => ({ method: 'DELETE', path: at(row), body: null }),
  };
}

/** A record as the API takes it. */
function recordOf(apex: Name, { owner, type, ttl, data }: NewRow): JsonObject {
  const { content, priority } = contentOf(type, data);
  const isOneText = type === 'TXT' && tokensOf(data).length === 1;
  return {
    host: owner === apex ? '' : relativeTo(owner, apex),
    type,
    answer: isOneText ? wordsOf(data).join('') : content,
    ttl,
    ...(priority === null ? {} : { priority }),
  };
}
