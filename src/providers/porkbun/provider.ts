import { type Name, parseName, relativeTo } from '../../dns/name.ts';
import type { RRset } from '../../dns/rrset.ts';
import type { ErrorCode } from '../../error.ts';
import { Secret } from '../../secret.ts';
import type { World } from '../../world/world.ts';
import { type Settings, variable } from '../driver.ts';
import { defaultRequestTimeoutMs } from '../http-client.ts';
import { type JsonObject, listAt, numberAt, textAt } from '../json.ts';
import type { HostedZone, Provider, Right, Rights } from '../provider.ts';
import { createRestClient, type RestClient, RestFault } from '../rest/client.ts';
import { contentOf, dataOfContent } from '../rest/contents.ts';
import type { RestHost } from '../rest/host.ts';
import { ifThere, openRest } from '../rest/provider.ts';
import { isBetweenRows, type NewRow, type RowApi, rowWrites } from '../rest/row-writes.ts';
import { type HostRow, isApexOwn } from '../rest/rows.ts';
import { plainText, wordsOf } from '../strings.ts';
import { porkbunCapabilities } from './capabilities.ts';

/** Domains of one answer. */
const domainsPerAnswer = 1000;

/** Answers of one list of domains. */
export const maxPages = 1000;

/** An API whose every request is a POST that holds the keys. */
interface Api {
  readonly client: RestClient;
  readonly keys: JsonObject;
  /** Sends a call that may be sent again. Throws RestFault, also for a refusal in a good answer. */
  ask(path: string, body: JsonObject, signal: AbortSignal | undefined): Promise<unknown>;
}

/** Opens an account. Throws ZC_CREDENTIALS when a key is missing. */
export async function openPorkbun(world: World, settings: Settings): Promise<Provider> {
  const api = openApi(world, settings);
  return openRest({
    id: 'porkbun',
    label: 'Porkbun',
    capabilities: porkbunCapabilities,
    client: api.client,
    whoAmI: async signal => {
      const address = textAt(await api.ask('/ping', {}, signal), 'yourIp');
      return {
        account: address === null ? 'unknown' : `asked from ${address}`,
        source: 'environment (PORKBUN_API_KEY)',
      };
    },
    rights: (zone, signal) => rights(api, zone, signal),
    zones: signal => zones(api, signal),
    find: (apex, signal) => find(api, apex, signal),
    read: (zone, signal) => read(api, zone, signal),
    writesOf: (zone, changes, now) => rowWrites(rowsApi(api, zone), changes, now),
    isBetween: isBetweenRows,
    cannotHold: (_zone, rrset) => cannotHold(rrset),
    settle: async answer => void checkSuccess(api.client, answer),
    hides: isApexOwn,
    create: null,
    remove: () => Promise.resolve(),
  } satisfies RestHost);
}

function openApi(world: World, settings: Settings): Api {
  const key = new Secret(variable(settings, 'PORKBUN_API_KEY') ?? '');
  const secret = new Secret(variable(settings, 'PORKBUN_SECRET_API_KEY') ?? '');
  const client = createRestClient(world, {
    host: 'Porkbun',
    endpoint: variable(settings, 'ZONECUT_PORKBUN_ENDPOINT') ?? 'https://api.porkbun.com/api/json/v3',
    pace: { kind: 'bucket', burst: 4, perSecond: 2 },
    timeoutMs: Number(variable(settings, 'ZONECUT_HTTP_TIMEOUT_MS') ?? defaultRequestTimeoutMs),
    headers: {},
    secrets: [key, secret],
    credentialsHint:
      'Set PORKBUN_API_KEY and PORKBUN_SECRET_API_KEY to a key of https://porkbun.com/account/api.',
    sentenceOf: body => textAt(body, 'message'),
    codeOf: (_status, body) => codeOf(body),
  });
  if (key.reveal() === '' || secret.reveal() === '') {
    throw client.http.fault(
      'ZC_CREDENTIALS',
      'PORKBUN_API_KEY and PORKBUN_SECRET_API_KEY are not both set',
      'Make a key at https://porkbun.com/account/api.',
    );
  }
  const keys = { apikey: key.reveal(), secretapikey: secret.reveal() };
  return {
    client,
    keys,
    ask: async (path, body, signal) => {
      const { json } = await client.repeat('POST', path, { ...keys, ...body }, signal);
      return checkSuccess(client, json);
    },
  };
}

/** Refusals have one status, and differ in their sentences. */
function codeOf(body: unknown): ErrorCode | null {
  const said = textAt(body, 'message') ?? '';
  if (/invalid api key|api key/i.test(said)) return 'ZC_CREDENTIALS';
  if (/opted in/i.test(said)) return 'ZC_RIGHTS';
  return /invalid domain/i.test(said) ? 'ZC_ZONE_NOT_FOUND' : null;
}

/** An answer that says of itself that it is a good one. Throws RestFault for another. */
function checkSuccess(client: RestClient, json: unknown): unknown {
  if (textAt(json, 'status') === 'SUCCESS') return json;
  const said = textAt(json, 'message');
  if (said === null) throw client.unreadable('an answer', json);
  throw new RestFault(200, json, client.http.fault(codeOf(json) ?? 'ZC_PROVIDER_REFUSED', said));
}

async function rights(api: Api, zone: HostedZone | null, signal: AbortSignal | undefined): Promise<Rights> {
  await api.ask('/ping', {}, signal);
  const writeRecords = zone === null ? 'unknown' : await mayWrite(api, zone, signal);
  return { readZones: 'yes', createZones: 'no', writeRecords };
}

/** Found out by removing the row of the number 0, which no row has. */
async function mayWrite(api: Api, zone: HostedZone, signal: AbortSignal | undefined): Promise<Right> {
  try {
    await api.ask(`/dns/delete/${encodeURIComponent(zone.id)}/0`, {}, signal);
    return 'unknown';
  } catch (error) {
    if (!(error instanceof RestFault) || error.error.code === 'ZC_CREDENTIALS') throw error;
    if (error.error.code === 'ZC_RIGHTS') return 'no';
    return /record/i.test(error.message) ? 'yes' : 'unknown';
  }
}

async function* zones(api: Api, signal: AbortSignal | undefined): AsyncIterable<HostedZone> {
  for (let page = 0; page < maxPages; page += 1) {
    const json = await api.ask('/domain/listAll', { start: String(page * domainsPerAnswer) }, signal);
    const items = listAt(json, 'domains');
    if (items === null) throw api.client.unreadable('the list of domains', json);
    for (const item of items) {
      const name = textAt(item, 'domain');
      if (name === null) throw api.client.unreadable('a domain', item);
      yield zoneOf(parseName(name), []);
    }
    if (items.length < domainsPerAnswer) return;
  }
  throw api.client.http.fault('ZC_PROVIDER_RESPONSE', `/domain/listAll: more than ${maxPages} pages`);
}

async function find(api: Api, apex: Name, signal: AbortSignal | undefined): Promise<HostedZone | null> {
  const path = `/domain/getNs/${encodeURIComponent(apex.slice(0, -1))}`;
  const json = await ifThere(() => api.ask(path, {}, signal));
  if (json === null) return null;
  const names = (listAt(json, 'ns') ?? []).filter(name => typeof name === 'string');
  return zoneOf(apex, names.map(parseName).sort());
}

function zoneOf(apex: Name, nameServers: readonly Name[]): HostedZone {
  return { provider: 'porkbun', id: apex.slice(0, -1), apex, nameServers, reference: null };
}

async function read(
  api: Api,
  zone: HostedZone,
  signal: AbortSignal | undefined,
): Promise<readonly HostRow[]> {
  const json = await api.ask(`/dns/retrieve/${encodeURIComponent(zone.id)}`, {}, signal);
  const items = listAt(json, 'records');
  if (items === null) throw api.client.unreadable('the records', json);
  return items.map(item => {
    const row = rowOf(item);
    if (row === null) throw api.client.unreadable('a record', item);
    return row;
  });
}

/** A row of the API; null where it cannot be read. */
function rowOf(item: unknown): HostRow | null {
  const [id, name, type] = [textAt(item, 'id'), textAt(item, 'name'), textAt(item, 'type')];
  const [ttl, content] = [numberAt(item, 'ttl'), textAt(item, 'content')];
  if (id === null || name === null || type === null || ttl === null || content === null) return null;
  const priority = numberAt(item, 'prio');
  const notes = textAt(item, 'notes') ?? '';
  const shown = contentShown(type, content, priority);
  return {
    owner: parseName(name),
    type,
    ttl,
    data: dataOfContent(type, { content, priority }),
    text: `${ttl} ${type} ${shown}${notes === '' ? '' : ` (${notes})`}`,
    id,
    beside: notes === '' ? null : { notes },
  };
}

/** Rows of other types than those with a preference have one too, of no meaning. */
function contentShown(type: string, content: string, priority: number | null): string {
  return type === 'MX' || type === 'SRV' ? `${priority ?? 0} ${content}` : content;
}

/** Why the host has no way to hold an RRset; null where it has. */
function cannotHold({ type, data }: RRset): string | null {
  for (const one of data) {
    const text = type === 'TXT' ? plainText(one) : '';
    if (text === null) return 'strings are split elsewhere than after 255 octets';
    if (type === 'TXT' && (text === '' || text.endsWith(' ') || text.startsWith('"'))) {
      return 'text that is empty, ends with a blank or begins with a quote is not taken there';
    }
    if (type === 'CAA' && /\s/.test(wordsOf(one)[2] ?? '')) return 'a value with blanks is not taken there';
  }
  return null;
}

function rowsApi({ keys }: Api, zone: HostedZone): RowApi {
  const at = (what: string, row: HostRow | null): string =>
    `/dns/${what}/${[zone.id, ...(row === null ? [] : [row.id ?? ''])].map(encodeURIComponent).join('/')}`;
  const write = (path: string, body: JsonObject) =>
    ({ method: 'POST', path, body: { ...keys, ...body } }) as const;
  return {
    add: row => write(at('create', null), recordOf(zone.apex, row)),
    update: (row, to) => write(at('edit', row), { ...recordOf(zone.apex, to), ...row.beside }),
    remove: row => write(at('delete', row), {}),
  };
}

/** A record as the API takes it. */
function recordOf(apex: Name, { owner, type, ttl, data }: NewRow): JsonObject {
  const { content, priority } = contentOf(type, data);
  return {
    name: owner === apex ? '' : relativeTo(owner, apex),
    type,
    content: type === 'TXT' ? (plainText(data) ?? content) : content,
    ttl: String(ttl),
    ...(priority === null ? {} : { prio: String(priority) }),
  };
}
