import { type Name, parseName } from '../../dns/name.ts';
import { Secret } from '../../secret.ts';
import type { World } from '../../world/world.ts';
import { canonicalJson } from '../digest.ts';
import { foundIn, type Settings, variable } from '../driver.ts';
import { defaultRequestTimeoutMs } from '../http-client.ts';
import { isObject, listAt, textAt } from '../json.ts';
import type { HostedZone, Provider, Rights, RRsetChange } from '../provider.ts';
import { createRestClient, type RestClient } from '../rest/client.ts';
import type { RestHost, RestWrite } from '../rest/host.ts';
import { listItems, type Page } from '../rest/lists.ts';
import { ifThere, openRest } from '../rest/provider.ts';
import { type HostRow, isApexOwn } from '../rest/rows.ts';
import { mayDelete } from '../rest/token.ts';
import { godaddyCapabilities } from './capabilities.ts';
import { cannotHold, labelOf, recordsOf, rowOf } from './records.ts';

/** Items of one page at most. */
const perPage = 500;

const [keyVariable, secretVariable] = ['GODADDY_API_KEY', 'GODADDY_API_SECRET'];

/** Opens an account. Throws ZC_CREDENTIALS when key or secret is missing. */
export async function openGodaddy(world: World, settings: Settings): Promise<Provider> {
  const client = openClient(world, settings);
  const source = foundIn(settings, secretVariable) ?? 'environment';
  return openRest({
    id: 'godaddy',
    label: 'GoDaddy',
    capabilities: godaddyCapabilities,
    client,
    whoAmI: async signal => {
      await client.get('/domains?limit=1', signal);
      return { account: 'unknown', source };
    },
    rights: (zone, signal) => rights(client, zone, signal),
    zones: signal => zones(client, signal),
    find: (apex, signal) => find(client, apex, signal),
    read: (zone, signal) => read(client, zone, signal),
    writesOf: (zone, changes) => changes.map(change => writeOf(client, zone, change)),
    hides: isApexOwn,
    create: null,
    remove: () => Promise.resolve(),
  } satisfies RestHost);
}

function openClient(world: World, settings: Settings): RestClient {
  const [key, secret] = [keyVariable, secretVariable].map(name => new Secret(variable(settings, name) ?? ''));
  const client = createRestClient(world, {
    host: 'GoDaddy',
    endpoint: variable(settings, 'ZONECUT_GODADDY_ENDPOINT') ?? 'https://api.godaddy.com/v1',
    pace: { kind: 'window', requests: 60, windowMs: 60_000 },
    timeoutMs: Number(variable(settings, 'ZONECUT_HTTP_TIMEOUT_MS') ?? defaultRequestTimeoutMs),
    headers: { authorization: `sso-key ${key?.reveal()}:${secret?.reveal()}` },
    secrets: [key, secret].filter(one => one !== undefined),
    credentialsHint: `Set ${keyVariable} and ${secretVariable} to a key of production of https://developer.godaddy.com/keys; keys of the test environment open that only.`,
    sentenceOf,
  });
  for (const name of [keyVariable, secretVariable]) {
    if (variable(settings, name) !== null) continue;
    throw client.http.fault(
      'ZC_CREDENTIALS',
      `${name} is not set`,
      'Make a key at https://developer.godaddy.com/keys.',
    );
  }
  return client;
}

/** The sentence of an error, with the fields that it names. */
function sentenceOf(body: unknown): string | null {
  const [code, message] = [textAt(body, 'code'), textAt(body, 'message')];
  if (code === null) return message;
  const fields = (listAt(body, 'fields') ?? []).filter(isObject).slice(0, 5);
  const named = fields.map(field =>
    `${textAt(field, 'path') ?? ''} ${textAt(field, 'message') ?? ''}`.trim(),
  );
  const closed =
    code === 'ACCESS_DENIED'
      ? '; the API is open to accounts with 10 domains or a Discount Domain Club plan'
      : '';
  return `${code}: ${[message ?? '', ...named].join('; ')}${closed}`;
}

/** Whether records may be written is asked for by deleting a TXT record that is not there. */
async function rights(
  client: RestClient,
  zone: HostedZone | null,
  signal: AbortSignal | undefined,
): Promise<Rights> {
  await client.get('/domains?limit=1', signal);
  const writeRecords =
    zone === null
      ? 'unknown'
      : await mayDelete(client, `${pathOf(zone)}/records/TXT/_zonecut-rights`, signal);
  return { readZones: 'yes', createZones: 'no', writeRecords };
}

async function* zones(client: RestClient, signal: AbortSignal | undefined): AsyncIterable<HostedZone> {
  const path = `/domains?limit=${perPage}&statuses=ACTIVE&includes=nameServers`;
  const readPage = ({ json }: { readonly json: unknown }): Page | null => {
    if (!Array.isArray(json)) return null;
    const last = json.length < perPage ? null : textAt(json.at(-1), 'domain');
    const next = last === null ? null : `${path}&marker=${encodeURIComponent(last)}`;
    return { items: json, next, total: null };
  };
  for await (const item of listItems(client, path, readPage, signal)) {
    const zone = zoneOf(item);
    if (zone !== null) yield zone;
  }
}

async function find(
  client: RestClient,
  apex: Name,
  signal: AbortSignal | undefined,
): Promise<HostedZone | null> {
  const answer = await ifThere(() => client.get(`/domains/${encodeURIComponent(apex.slice(0, -1))}`, signal));
  return answer === null ? null : zoneOf(answer.json);
}

/** The zone of a domain; null where the domain is not active, or served elsewhere. */
function zoneOf(json: unknown): HostedZone | null {
  const name = textAt(json, 'domain');
  const servers = (listAt(json, 'nameServers') ?? []).map(server => parseName(String(server))).sort();
  const isHere = servers.some(server => server.endsWith('.domaincontrol.com.'));
  if (name === null || textAt(json, 'status') !== 'ACTIVE' || !isHere) return null;
  const apex = parseName(name);
  return { provider: 'godaddy', id: apex.slice(0, -1), apex, nameServers: servers, reference: null };
}

function pathOf(zone: HostedZone): string {
  return `/domains/${encodeURIComponent(zone.id)}`;
}

/** Every row; a page begins with the last row of the one before it, which shows that the list goes on where it ended. */
async function read(
  client: RestClient,
  zone: HostedZone,
  signal: AbortSignal | undefined,
): Promise<readonly HostRow[]> {
  const path = `${pathOf(zone)}/records`;
  let at = 0;
  let last: string | null = null;
  const readPage = ({ json }: { readonly json: unknown }): Page | null => {
    if (!Array.isArray(json)) return null;
    if (last !== null && canonicalJson(json[0]) !== last) {
      throw client.http.fault(
        'ZC_PROVIDER_RESPONSE',
        `the records of ${zone.apex} do not go on where a page of them ended`,
        'Somebody may be changing the zone just now; repeat the command.',
      );
    }
    const items: readonly unknown[] = last === null ? json : json.slice(1);
    last = canonicalJson(json.at(-1));
    at += perPage - 1;
    const next = json.length < perPage ? null : `${path}?limit=${perPage}&offset=${at}`;
    return { items, next, total: null };
  };
  const rows: HostRow[] = [];
  for await (const item of listItems(client, `${path}?limit=${perPage}`, readPage, signal)) {
    const row = rowOf(zone.apex, item);
    if (row === null) throw client.unreadable('a record', item);
    rows.push(row);
  }
  return rows;
}

/** One request for the records of one name and type. */
function writeOf(client: RestClient, zone: HostedZone, { owner, type, to }: RRsetChange): RestWrite {
  const path = `${pathOf(zone)}/records/${type}/${encodeURIComponent(labelOf(zone.apex, owner))}`;
  if (to === null) return { method: 'DELETE', path, body: null };
  const problem = cannotHold(to);
  if (problem !== null) throw client.http.fault('ZC_PROVIDER_REFUSED', `${owner} ${type}: ${problem}`);
  return { method: 'PUT', path, body: recordsOf(to) };
}
