import { type Name, parseName, parseNameAt, relativeTo } from '../../dns/name.ts';
import type { World } from '../../world/world.ts';
import { foundIn, type Settings } from '../driver.ts';
import { isObject, listAt, numberAt, textAt } from '../json.ts';
import type { HostedZone, Provider, RRsetChange } from '../provider.ts';
import type { Answer, RestClient } from '../rest/client.ts';
import type { RestHost, RestWrite } from '../rest/host.ts';
import { listItems, type Page } from '../rest/lists.ts';
import { ifThere, openRest } from '../rest/provider.ts';
import { dataOf, type HostRow, isApexOwn } from '../rest/rows.ts';
import { openTokenClient, tokenAccount } from '../rest/token.ts';
import { gandiCapabilities } from './capabilities.ts';

/** Items of one page. */
const perPage = 100;

const tokens: readonly string[] = [
  'GANDI_PERSONAL_ACCESS_TOKEN',
  'GANDIV5_PERSONAL_ACCESS_TOKEN',
  'GANDI_API_KEY',
];

/** Opens an account. Throws ZC_CREDENTIALS when there is no token. */
export async function openGandi(world: World, settings: Settings): Promise<Provider> {
  const client = openTokenClient(world, settings, {
    host: 'Gandi',
    tokens,
    endpointVariable: 'ZONECUT_GANDI_ENDPOINT',
    endpoint: 'https://api.gandi.net/v5',
    settingsUrl: 'https://admin.gandi.net/organizations/account/pat',
    pace: { kind: 'bucket', burst: 50, perSecond: 10 },
    authorization: (token, name) => (name === 'GANDI_API_KEY' ? `Apikey ${token}` : `Bearer ${token}`),
    sentenceOf,
  });
  return openRest({
    id: 'gandi',
    label: 'Gandi LiveDNS',
    capabilities: gandiCapabilities,
    client,
    ...tokenAccount(client, {
      source: foundIn(settings, ...tokens) ?? 'environment',
      list: '/livedns/domains?page=1&per_page=1',
      profile: '/organization/user-info',
      nameIn: json => textAt(json, 'username') ?? textAt(json, 'email'),
      nothingIn: zone => `${pathOf(zone)}/records/_zonecut-rights/TXT`,
      createZones: 'no',
    }),
    zones: signal => zones(client, signal),
    find: (apex, signal) => find(client, apex, signal),
    read: (zone, signal) => read(client, zone, signal),
    writesOf,
    hides: isApexOwn,
    create: null,
    remove: () => Promise.resolve(),
  } satisfies RestHost);
}

/** The sentence of an error: `message`, or the descriptions of `errors`. */
function sentenceOf(body: unknown): string | null {
  const errors = (listAt(body, 'errors') ?? []).filter(isObject).map(error => {
    const [name, description] = [textAt(error, 'name'), textAt(error, 'description')];
    return name === null ? (description ?? '') : `${name}: ${description ?? ''}`;
  });
  if (errors.length > 0) return errors.slice(0, 5).join('; ');
  return textAt(body, 'message') ?? textAt(body, 'cause');
}

async function* zones(client: RestClient, signal: AbortSignal | undefined): AsyncIterable<HostedZone> {
  for await (const item of items(client, '/livedns/domains', signal)) {
    const name = textAt(item, 'fqdn');
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
  const found = await ifThere(() => client.get(pathOf(zone), signal));
  if (found === null || textAt(found.json, 'fqdn') === null) return null;
  const servers = await ifThere(() =>
    client.get(`/livedns/nameservers/${encodeURIComponent(zone.id)}`, signal),
  );
  const names = Array.isArray(servers?.json) ? servers.json.filter(name => typeof name === 'string') : [];
  return zoneOf(apex, names.map(parseName).sort());
}

function zoneOf(apex: Name, nameServers: readonly Name[]): HostedZone {
  return { provider: 'gandi', id: apex.slice(0, -1), apex, nameServers, reference: null };
}

function pathOf(zone: HostedZone): string {
  return `/livedns/domains/${encodeURIComponent(zone.id)}`;
}

async function read(
  client: RestClient,
  zone: HostedZone,
  signal: AbortSignal | undefined,
): Promise<readonly HostRow[]> {
  const rows: HostRow[] = [];
  for await (const item of items(client, `${pathOf(zone)}/records`, signal)) {
    rows.push(...rowsOf(client, zone, item));
  }
  return rows;
}

function rowsOf(client: RestClient, zone: HostedZone, item: unknown): readonly HostRow[] {
  const [name, type] = [textAt(item, 'rrset_name'), textAt(item, 'rrset_type')];
  const [ttl, values] = [numberAt(item, 'rrset_ttl'), listAt(item, 'rrset_values')];
  if (name === null || type === null || ttl === null || values === null) {
    throw client.unreadable('an RRset', item);
  }
  const owner = parseNameAt(name, zone.apex);
  return values.map(value => {
    const text = String(value);
    // Names without a final dot are relative to the zone, as in a zone file.
    const data = dataOf(type, text, zone.apex);
    return { owner, type, ttl, data, text: `${ttl} ${type} ${text}`, id: null, beside: null };
  });
}

/** The items of a list, page after page: until all that are counted are there, or a page is not full. */
function items(client: RestClient, path: string, signal: AbortSignal | undefined): AsyncIterable<unknown> {
  let page = 0;
  let count = 0;
  const pathOfPage = (): string => `${path}?page=${page + 1}&per_page=${perPage}`;
  const read = ({ json, headers }: Answer): Page | null => {
    if (!Array.isArray(json)) return null;
    page += 1;
    count += json.length;
    const total = numberAt(headers, 'total-count');
    const isLast = json.length === 0 || (total === null ? json.length < perPage : count >= total);
    return { items: json, next: isLast ? null : pathOfPage(), total };
  };
  return listItems(client, pathOfPage(), read, signal);
}

/** One request for each RRset, in the order in which they are to be made. */
function writesOf(zone: HostedZone, changes: readonly RRsetChange[]): readonly RestWrite[] {
  return changes.map(({ owner, type, to }) => {
    const name = owner === zone.apex ? '@' : relativeTo(owner, zone.apex);
    const path = `${pathOf(zone)}/records/${encodeURIComponent(name)}/${type}`;
    return to === null
      ? { method: 'DELETE', path, body: null }
      : { method: 'PUT', path, body: { rrset_ttl: to.ttl, rrset_values: to.data } };
  });
}
