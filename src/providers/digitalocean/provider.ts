import { type Name, parseName } from '../../dns/name.ts';
import type { World } from '../../world/world.ts';
import { foundIn, type Settings } from '../driver.ts';
import { listAt, memberAt, numberAt, textAt } from '../json.ts';
import type { HostedZone, Provider } from '../provider.ts';
import type { Answer, RestClient } from '../rest/client.ts';
import type { RestHost } from '../rest/host.ts';
import { listItems, type Page } from '../rest/lists.ts';
import { ifThere, openRest } from '../rest/provider.ts';
import { isBetweenRows, type RowApi, rowWrites } from '../rest/row-writes.ts';
import { apexServers, type HostRow, isApexOwn } from '../rest/rows.ts';
import { openTokenClient, tokenAccount } from '../rest/token.ts';
import { digitaloceanCapabilities } from './capabilities.ts';
import { cannotHold, recordOf, rowOf } from './records.ts';
import { digitaloceanTokens } from './tokens.ts';

/** Items of one page. */
const perPage = 200;

/** Opens an account. Throws ZC_CREDENTIALS when there is no token. */
export async function openDigitalOcean(world: World, settings: Settings): Promise<Provider> {
  const client = openTokenClient(world, settings, {
    host: 'DigitalOcean',
    tokens: digitaloceanTokens,
    endpointVariable: 'ZONECUT_DIGITALOCEAN_ENDPOINT',
    endpoint: 'https://api.digitalocean.com/v2',
    settingsUrl: 'https://cloud.digitalocean.com/account/api/tokens',
    // 250 requests a minute.
    pace: { kind: 'bucket', burst: 50, perSecond: 3.3 },
    authorization: token => `Bearer ${token}`,
    sentenceOf: body => textAt(body, 'message'),
  });
  return openRest({
    id: 'digitalocean',
    label: 'DigitalOcean',
    capabilities: digitaloceanCapabilities,
    client,
    ...tokenAccount(client, {
      source: foundIn(settings, ...digitaloceanTokens) ?? 'environment',
      list: '/domains?per_page=1',
      profile: '/account',
      nameIn: json => textAt(memberAt(json, 'account'), 'email'),
      // No row has the number 0.
      nothingIn: zone => `${pathOf(zone)}/records/0`,
    }),
    zones: signal => zones(client, signal),
    find: (apex, signal) => find(client, apex, signal),
    read: (zone, signal) => read(client, zone, '', signal),
    writesOf: (zone, changes, now) => rowWrites(rowsApi(zone), changes, now),
    cannotHold: (_zone, rrset) => cannotHold(rrset),
    isBetween: isBetweenRows,
    hides: isApexOwn,
    create: ({ apex }, signal) => client.write('POST', '/domains', { name: apex.slice(0, -1) }, signal),
    markTtl: 1800,
    remove: async (zone, signal) => {
      await client.repeat('DELETE', pathOf(zone), null, signal);
    },
  } satisfies RestHost);
}

async function* zones(client: RestClient, signal: AbortSignal | undefined): AsyncIterable<HostedZone> {
  for await (const item of items(client, `/domains?per_page=${perPage}`, 'domains', signal)) {
    const name = textAt(item, 'name');
    if (name === null) throw client.unreadable('a domain', item);
    yield zoneOf(parseName(name), []);
  }
}

function zoneOf(apex: Name, nameServers: readonly Name[]): HostedZone {
  return { provider: 'digitalocean', id: apex.slice(0, -1), apex, nameServers, reference: null };
}

function pathOf(zone: HostedZone): string {
  return `/domains/${encodeURIComponent(zone.id)}`;
}

async function find(
  client: RestClient,
  apex: Name,
  signal: AbortSignal | undefined,
): Promise<HostedZone | null> {
  const zone = zoneOf(apex, []);
  const rows = await ifThere(() => read(client, zone, 'type=NS&', signal));
  if (rows === null) return null;
  return zoneOf(apex, apexServers(apex, rows));
}

async function read(
  client: RestClient,
  zone: HostedZone,
  query: string,
  signal: AbortSignal | undefined,
): Promise<readonly HostRow[]> {
  const rows: HostRow[] = [];
  const path = `${pathOf(zone)}/records?${query}per_page=${perPage}`;
  for await (const item of items(client, path, 'domain_records', signal)) {
    const row = rowOf(zone.apex, item);
    if (row === null) throw client.unreadable('a record', item);
    rows.push(row);
  }
  return rows;
}

/** The items of a list, page after page. */
function items(
  client: RestClient,
  path: string,
  member: string,
  signal: AbortSignal | undefined,
): AsyncIterable<unknown> {
  const readPage = ({ json }: Answer): Page | null => {
    const list = listAt(json, member);
    const next = textAt(memberAt(memberAt(json, 'links'), 'pages'), 'next');
    return list === null
      ? null
      : {
          items: list,
          next: next === null ? null : client.pathOf(next),
          total: numberAt(memberAt(json, 'meta'), 'total'),
        };
  };
  return listItems(client, path, readPage, signal);
}

function rowsApi(zone: HostedZone): RowApi {
  const path = `${pathOf(zone)}/records`;
  return {
    add: row => ({ method: 'POST', path, body: recordOf(zone.apex, row) }),
    update: (row, to) => ({ method: 'PUT', path: `${path}/${row.id}`, body: recordOf(zone.apex, to) }),
    remove: row => ({ method: 'DELETE', path: `${path}/${row.id}`, body: null }),
  };
}
