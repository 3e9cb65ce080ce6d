import { type Name, parseName, relativeTo, rootName } from '../../dns/name.ts';
import { printRRset } from '../../dns/zonefile.ts';
import type { World } from '../../world/world.ts';
import type { Settings } from '../driver.ts';
import { isObject, listAt, numberAt, textAt } from '../json.ts';
import type { HostedZone, Provider, RRsetChange } from '../provider.ts';
import type { Answer, RestClient } from '../rest/client.ts';
import type { NewZone, RestHost, RestWrite } from '../rest/host.ts';
import { listItems, type Page } from '../rest/lists.ts';
import { markerOf } from '../rest/marks.ts';
import { ifThere, openRest } from '../rest/provider.ts';
import { dataOf, type HostRow, isApexOwn } from '../rest/rows.ts';
import { openTokenClient, tokenAccount } from '../rest/token.ts';
import { desecCapabilities } from './capabilities.ts';
import { pathOf } from './paths.ts';
import { readSigning } from './signing.ts';

/** Opens an account. Throws ZC_CREDENTIALS when there is no token. */
export async function openDesec(world: World, settings: Settings): Promise<Provider> {
  const client = openClient(world, settings);
  return openRest({
    id: 'desec',
    label: 'deSEC',
    capabilities: desecCapabilities,
    client,
    ...tokenAccount(client, {
      source: 'environment (DESEC_TOKEN)',
      list: '/domains/?cursor=',
      profile: '/auth/account/',
      nameIn: json => textAt(json, 'email'),
      nothingIn: zone => `${pathOf(zone)}rrsets/_zonecut-rights/TXT/`,
    }),
    zones: signal => zones(client, signal),
    find: (apex, signal) => find(client, apex, signal),
    read: (zone, signal) => read(client, zone, signal),
    writesOf,
    hides: isApexOwn,
    create: (zone, signal) => client.write('POST', '/domains/', newDomain(zone), signal),
    remove: async (zone, signal) => {
      await client.repeat('DELETE', pathOf(zone), null, signal);
    },
    readSigning: (zone, signal) => readSigning(client, zone, signal),
  } satisfies RestHost);
}

function openClient(world: World, settings: Settings): RestClient {
  return openTokenClient(world, settings, {
    host: 'deSEC',
    tokens: ['DESEC_TOKEN'],
    endpointVariable: 'ZONECUT_DESEC_ENDPOINT',
    endpoint: 'https://desec.io/api/v1',
    settingsUrl: 'https://desec.io/tokens',
    // Writes of one domain are 2 in a second; what is above that waits for as long as the host asks for.
    pace: { kind: 'bucket', burst: 5, perSecond: 2 },
    authorization: token => `Token ${token}`,
    sentenceOf,
    // What a token may not, and what the account has no room for, have one status.
    codeOf: (status, body) =>
      status === 403 && /limit exceeded/i.test(sentenceOf(body) ?? '') ? 'ZC_PROVIDER_REFUSED' : null,
  });
}

/** The sentences of an error: `{"detail": "..."}`, `{"field": ["..."]}`, or a list of such for each part of the request. */
function sentenceOf(body: unknown): string | null {
  const sentences = (value: unknown, field: string): readonly string[] => {
    if (typeof value === 'string') return [field === '' ? value : `${field}: ${value}`];
    if (Array.isArray(value)) return value.flatMap(item => sentences(item, field));
    if (!isObject(value)) return [];
    return Object.entries(value).flatMap(([key, item]) =>
      sentences(item, key === 'detail' || key === 'non_field_errors' ? '' : key),
    );
  };
  const found = [...new Set(sentences(body, ''))];
  return found.length === 0 ? null : found.slice(0, 5).join('; ');
}

async function* zones(client: RestClient, signal: AbortSignal | undefined): AsyncIterable<HostedZone> {
  for await (const item of items(client, '/domains/?cursor=', signal)) {
    const name = textAt(item, 'name');
    if (name === null) throw client.unreadable('a domain', item);
    yield zoneOf(parseName(name), []);
  }
}

async function find(
  client: RestClient,
  apex: Name,
  signal: AbortSignal | undefined,
): Promise<HostedZone | null> {
  const zone = zoneOf(apex, []);
  const answer = await ifThere(() => client.get(`${pathOf(zone)}rrsets/@/NS/`, signal));
  if (answer !== null) {
    const names = (listAt(answer.json, 'records') ?? []).filter(name => typeof name === 'string');
    return zoneOf(apex, names.map(parseName));
  }
  // Either there is no such domain, or one without NS at its apex.
  return (await ifThere(() => client.get(pathOf(zone), signal))) === null ? null : zone;
}

function zoneOf(apex: Name, nameServers: readonly Name[]): HostedZone {
  return {
    provider: 'desec',
    id: apex.slice(0, -1),
    apex,
    nameServers: [...nameServers].sort(),
    reference: null,
  };
}

async function read(
  client: RestClient,
  zone: HostedZone,
  signal: AbortSignal | undefined,
): Promise<readonly HostRow[]> {
  const rows: HostRow[] = [];
  for await (const item of items(client, `${pathOf(zone)}rrsets/?cursor=`, signal)) {
    rows.push(...rowsOf(client, item));
  }
  return rows;
}

function rowsOf(client: RestClient, item: unknown): readonly HostRow[] {
  const [name, type, ttl] = [textAt(item, 'name'), textAt(item, 'type'), numberAt(item, 'ttl')];
  const records = listAt(item, 'records');
  if (name === null || type === null || ttl === null || records === null) {
    throw client.unreadable('an RRset', item);
  }
  return records.map(record => {
    const text = String(record);
    const data = dataOf(type, text, rootName);
    return {
      owner: parseName(name),
      type,
      ttl,
      data,
      text: `${ttl} ${type} ${text}`,
      id: null,
      beside: null,
    };
  });
}

/** The items of a list, page after page. */
function items(client: RestClient, path: string, signal: AbortSignal | undefined): AsyncIterable<unknown> {
  const read = ({ json, headers }: Answer): Page | null => {
    if (!Array.isArray(json)) return null;
    const link = /<([^>]*)>;\s*rel="?next"?/.exec(headers['link'] ?? '')?.[1];
    return { items: json, next: link === undefined ? null : client.pathOf(link), total: null };
  };
  return listItems(client, path, read, signal);
}

/** One request with all RRsets; those without records go. */
function writesOf(zone: HostedZone, changes: readonly RRsetChange[]): readonly RestWrite[] {
  const body = changes.map(({ owner, type, to }) => ({
    subname: owner === zone.apex ? '' : relativeTo(owner, zone.apex),
    type,
    ...(to === null ? {} : { ttl: to.ttl }),
    records: to?.data ?? [],
  }));
  return [{ method: 'PATCH', path: `${pathOf(zone)}rrsets/`, body }];
}

/** A domain with its records, as a zone file in the request. */
function newDomain({ apex, mark, seed }: NewZone): object {
  const sets = [...seed, markerOf(apex, mark, desecCapabilities.minTtl)];
  return { name: apex.slice(0, -1), zonefile: sets.map(printRRset).join('') };
}
