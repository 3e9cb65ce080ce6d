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
import { vultrCapabilities } from './capabilities.ts';
import { cannotHold, recordOf, rowOf } from './records.ts';
import { vultrTokens } from './tokens.ts';

/** Items of one page. */
const perPage = 500;

/** The number of a row that is not there. */
const noRow = '00000000-0000-0000-0000-000000000000';

/** Opens an account. Throws ZC_CREDENTIALS when there is no key. */
export async function openVultr(world: World, settings: Settings): Promise<Provider> {
  const client = openTokenClient(world, settings, {
    host: 'Vultr',
    tokens: vultrTokens,
    endpointVariable: 'ZONECUT_VULTR_ENDPOINT',
    endpoint: 'https://api.vultr.com/v2',
    settingsUrl: 'https://my.vultr.com/settings/#settingsapi',
    // 30 requests a second from one address.
    pace: { kind: 'bucket', burst: 20, perSecond: 20 },
    authorization: token => `Bearer ${token}`,
    sentenceOf: body => textAt(body, 'error'),
  });
  return openRest({
    id: 'vultr',
    label: 'Vultr',
    capabilities: vultrCapabilities,
    client,
    ...tokenAccount(client, {
      source: foundIn(settings, ...vultrTokens) ?? 'environment',
      list: '/domains?per_page=1',
      profile: '/account',
      nameIn: json => textAt(memberAt(json, 'account'), 'email'),
      nothingIn: zone => `${pathOf(zone)}/records/${noRow}`,
    }),
    zones: signal => zones(client, signal),
    find: (apex, signal) => find(client, apex, signal),
    read: (zone, signal) => read(client, zone, signal),
    writesOf: (zone, changes, now) => rowWrites(rowsApi(zone), changes, now),
    cannotHold: (_zone, rrset) => cannotHold(rrset),
    isBetween: isBetweenRows,
    hides: isApexOwn,
    create: ({ apex }, signal) => client.write('POST', '/domains', { domain: apex.slice(0, -1) }, signal),
    markTtl: 3600,
    remove: async (zone, signal) => {
      await client.repeat('DELETE', pathOf(zone), null, signal);
    },
  } satisfies RestHost);
}

async function* zones(client: RestClient, signal: AbortSignal | undefined): AsyncIterable<HostedZone> {
  for await (const item of items(client, '/domains', 'domains', signal)) {
    const name = textAt(item, 'domain');
    if (name === null) throw client.unreadable('a domain', item);
    yield zoneOf(parseName(name), []);
  }
}

function zoneOf(apex: Name, nameServers: readonly Name[]): HostedZone {
  return { provider: 'vultr', id: apex.slice(0, -1), apex, nameServers, reference: null };
}

function pathOf(zone: HostedZone): string {
  return `/domains/${encodeURIComponent(zone.id)}`;
}

/** The NS of the apex are among the rows. */
async function find(
  client: RestClient,
  apex: Name,
  signal: AbortSignal | undefined,
): Promise<HostedZone | null> {
  const rows = await ifThere(() => read(client, zoneOf(apex, []), signal));
  if (rows === null) return null;
  return zoneOf(apex, apexServers(apex, rows));
}

async function read(
  client: RestClient,
  zone: HostedZone,
  signal: AbortSignal | undefined,
): Promise<readonly HostRow[]> {
  const rows: HostRow[] = [];
  for await (const item of items(client, `${pathOf(zone)}/records`, 'records', signal)) {
    const row = rowOf(zone.apex, item);
    if (row === null) throw client.unreadable('a record', item);
    rows.push(row);
  }
  return rows;
}

/** The items of a list, page after page; each names where the next begins. */
function items(
  client: RestClient,
  path: string,
  member: string,
  signal: AbortSignal | undefined,
): AsyncIterable<unknown> {
  const first = `${path}?per_page=${perPage}`;
  const readPage = ({ json }: Answer): Page | null => {
    const list = listAt(json, member);
    const meta = memberAt(json, 'meta');
    const next = textAt(memberAt(meta, 'links'), 'next') ?? '';
    if (list === null) return null;
    return {
      items: list,
      next: next === '' ? null : `${first}&cursor=${encodeURIComponent(next)}`,
      total: numberAt(meta, 'total'),
    };
  };
  return listItems(client, first, readPage, signal);
}

function rowsApi(zone: HostedZone): RowApi {
  const path = `${pathOf(zone)}/records`;
  return {
    add: row => ({ method: 'POST', path, body: recordOf(zone.apex, row) }),
    update: (row, to) => ({ method: 'PATCH', path: `${path}/${row.id}`, body: recordOf(zone.apex, to) }),
    remove: row => ({ method: 'DELETE', path: `${path}/${row.id}`, body: null }),
  };
}
