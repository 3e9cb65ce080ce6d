import { type Name, parseName } from '../../dns/name.ts';
import type { ErrorCode } from '../../error.ts';
import type { World } from '../../world/world.ts';
import type { Outcome } from '../caller.ts';
import { foundIn, type Settings } from '../driver.ts';
import { listAt, numberAt, textAt } from '../json.ts';
import type { HostedZone, Provider } from '../provider.ts';
import type { Answer, RestClient } from '../rest/client.ts';
import type { NewZone, RestHost } from '../rest/host.ts';
import { listItems, type Page } from '../rest/lists.ts';
import { createMarkNotes } from '../rest/marks.ts';
import { openRest } from '../rest/provider.ts';
import { isBetweenRows, type RowApi, rowWrites } from '../rest/row-writes.ts';
import { type HostRow, isApexOwn } from '../rest/rows.ts';
import { openTokenClient, tokenAccount } from '../rest/token.ts';
import { linodeCapabilities } from './capabilities.ts';
import { cannotHold, recordOf, rowOf } from './records.ts';
import { linodeTokens } from './tokens.ts';

/** Items of one page. */
const pageSize = 500;

/** The servers of all domains, which the API does not name. */
const nameServers: readonly Name[] = [1, 2, 3, 4, 5].map(n => parseName(`ns${n}.linode.com.`));

/** Opens an account. Throws ZC_CREDENTIALS when there is no token. */
export async function openLinode(world: World, settings: Settings): Promise<Provider> {
  const client = openTokenClient(world, settings, {
    host: 'Linode',
    tokens: linodeTokens,
    endpointVariable: 'ZONECUT_LINODE_ENDPOINT',
    endpoint: 'https://api.linode.com/v4',
    settingsUrl: 'https://cloud.linode.com/profile/tokens',
    pace: { kind: 'bucket', burst: 50, perSecond: 5 },
    authorization: token => `Bearer ${token}`,
    sentenceOf,
    codeOf,
  });
  const marks = createMarkNotes();
  return openRest({
    id: 'linode',
    label: 'Linode',
    capabilities: linodeCapabilities,
    client,
    ...tokenAccount(client, {
      source: foundIn(settings, ...linodeTokens) ?? 'environment',
      list: '/domains?page=1&page_size=25',
      profile: '/profile',
      nameIn: json => textAt(json, 'username'),
      // No row has the number 0.
      nothingIn: zone => `${pathOf(zone)}/records/0`,
    }),
    zones: async function* (signal) {
      for await (const item of items(client, '/domains', signal)) yield zoneOf(client, item);
    },
    find: async (apex, signal) => {
      for await (const item of items(client, '/domains', signal)) {
        const zone = zoneOf(client, item);
        if (zone.apex !== apex) continue;
        const tags = (listAt(item, 'tags') ?? []).filter(tag => typeof tag === 'string');
        marks.note(zone, tags.find(tag => tag.startsWith('zonecut-')) ?? null);
        return zone;
      }
      return null;
    },
    read: (zone, signal) => read(client, zone, signal),
    writesOf: (zone, changes, now) => rowWrites(rowsApi(zone), changes, now),
    cannotHold,
    isBetween: isBetweenRows,
    hides: isApexOwn,
    create: (zone, signal) => create(client, zone, signal),
    markIn: zone => marks.markIn(zone),
    remove: async (zone, signal) => {
      await client.repeat('DELETE', pathOf(zone), null, signal);
    },
  } satisfies RestHost);
}

/** The sentences of an error, with the fields that they are about. */
function sentenceOf(body: unknown): string | null {
  const errors = (listAt(body, 'errors') ?? []).map(error => {
    const [field, reason] = [textAt(error, 'field'), textAt(error, 'reason') ?? ''];
    return field === null ? reason : `${field}: ${reason}`;
  });
  return errors.length === 0 ? null : errors.slice(0, 5).join('; ');
}

/** A token whose scopes are too narrow is refused with the status of one that is not known. */
function codeOf(status: number, body: unknown): ErrorCode | null {
  return status === 401 && /not authorized/i.test(sentenceOf(body) ?? '') ? 'ZC_RIGHTS' : null;
}

function zoneOf(client: RestClient, item: unknown): HostedZone {
  const [id, name] = [textAt(item, 'id'), textAt(item, 'domain')];
  if (id === null || name === null) throw client.unreadable('a domain', item);
  return { provider: 'linode', id, apex: parseName(name), nameServers, reference: null };
}

function pathOf(zone: HostedZone): string {
  return `/domains/${encodeURIComponent(zone.id)}`;
}

async function read(
  client: RestClient,
  zone: HostedZone,
  signal: AbortSignal | undefined,
): Promise<readonly HostRow[]> {
  const found: unknown[] = [];
  for await (const item of items(client, `${pathOf(zone)}/records`, signal)) found.push(item);
  const usual = found.some(item => (numberAt(item, 'ttl_sec') ?? 0) === 0)
    ? (numberAt((await client.get(pathOf(zone), signal)).json, 'ttl_sec') ?? 0)
    : 0;
  return found.map(item => {
    const row = rowOf(zone.apex, item, usual);
    if (row === null) throw client.unreadable('a record', item);
    return row;
  });
}

/** The items of a list, page after page. */
function items(client: RestClient, path: string, signal: AbortSignal | undefined): AsyncIterable<unknown> {
  const pathOfPage = (page: number): string => `${path}?page=${page}&page_size=${pageSize}`;
  const readPage = ({ json }: Answer): Page | null => {
    const [data, page, pages] = [listAt(json, 'data'), numberAt(json, 'page'), numberAt(json, 'pages')];
    if (data === null || page === null || pages === null) return null;
    return {
      items: data,
      next: page < pages ? pathOfPage(page + 1) : null,
      total: numberAt(json, 'results'),
    };
  };
  return listItems(client, pathOfPage(1), readPage, signal);
}

function rowsApi(zone: HostedZone): RowApi {
  const path = `${pathOf(zone)}/records`;
  return {
    add: row => ({ method: 'POST', path, body: recordOf(zone.apex, row) }),
    update: (row, to) => ({ method: 'PUT', path: `${path}/${row.id}`, body: recordOf(zone.apex, to) }),
    remove: row => ({ method: 'DELETE', path: `${path}/${row.id}`, body: null }),
  };
}

/** A domain with the tag that says who made it. */
function create(
  client: RestClient,
  { apex, mark }: NewZone,
  signal: AbortSignal | undefined,
): Promise<Outcome<Answer>> {
  const domain = apex.slice(0, -1);
  const body = { domain, type: 'master', soa_email: `hostmaster@${domain}`, tags: [mark] };
  return client.write('POST', '/domains', body, signal);
}
