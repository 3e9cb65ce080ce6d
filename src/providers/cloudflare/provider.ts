import { type Name, parseName } from '../../dns/name.ts';
import type { ErrorCode } from '../../error.ts';
import type { World } from '../../world/world.ts';
import { foundIn, type Settings, variable } from '../driver.ts';
import { listAt, memberAt, numberAt, textAt } from '../json.ts';
import type { HostedZone, Identity, Provider, Rights, RRsetChange } from '../provider.ts';
import type { Answer, RestClient } from '../rest/client.ts';
import type { NewZone, RestHost, RestWrite } from '../rest/host.ts';
import { listItems, type Page } from '../rest/lists.ts';
import { openRest } from '../rest/provider.ts';
import { isBetweenRows, rowStepsOf } from '../rest/row-writes.ts';
import { type HostRow, isApexOwn, type RestZone } from '../rest/rows.ts';
import { openTokenClient } from '../rest/token.ts';
import { cloudflareCapabilities } from './capabilities.ts';
import { recordOf, rowOf } from './records.ts';
import { cloudflareTokens } from './tokens.ts';

/** Rows that one request writes on every plan of the host. */
export const maxBatchRows = 200;

const zonesPerPage = 50;
const rowsPerPage = 1000;

/** An account, or all that the token opens where none is named. */
interface Account {
  readonly client: RestClient;
  readonly id: string | null;
}

/** Opens an account. Throws ZC_CREDENTIALS when there is no token. */
export async function openCloudflare(world: World, settings: Settings): Promise<Provider> {
  const client = openTokenClient(world, settings, {
    host: 'Cloudflare',
    tokens: cloudflareTokens,
    endpointVariable: 'ZONECUT_CLOUDFLARE_ENDPOINT',
    endpoint: 'https://api.cloudflare.com/client/v4',
    settingsUrl: 'https://dash.cloudflare.com/profile/api-tokens',
    // 1,200 requests in five minutes; who asks for more is shut out for as long.
    pace: { kind: 'bucket', burst: 100, perSecond: 3.5 },
    authorization: token => `Bearer ${token}`,
    sentenceOf,
    codeOf,
  });
  const account: Account = { client, id: variable(settings, 'CLOUDFLARE_ACCOUNT_ID') };
  return openRest({
    id: 'cloudflare',
    label: 'Cloudflare',
    capabilities: cloudflareCapabilities,
    client,
    whoAmI: signal => whoAmI(account, foundIn(settings, ...cloudflareTokens) ?? 'environment', signal),
    rights: (zone, signal) => rights(account, zone, signal),
    zones: signal => zones(account, signal),
    find: (apex, signal) => find(account, apex, signal),
    read: (zone, signal) => read(account, zone, signal),
    writesOf,
    batchRows: maxBatchRows,
    isBetween: isBetweenRows,
    hides: isApexOwn,
    create: (zone, signal) => create(account, zone, signal),
    markTtl: 3600,
    remove: async (zone, signal) => {
      await client.repeat('DELETE', pathOf(zone), null, signal);
    },
  } satisfies RestHost);
}

/** The sentences of an error, the inner ones with the outer. */
function sentenceOf(body: unknown): string | null {
  const said = errorsIn(body).map(({ code, message }) => `${message} (code ${code})`);
  return said.length === 0 ? null : said.slice(0, 5).join('; ');
}

interface Complaint {
  readonly code: string;
  readonly message: string;
}

function errorsIn(body: unknown): readonly Complaint[] {
  return (listAt(body, 'errors') ?? []).flatMap(error => [
    { code: textAt(error, 'code') ?? '', message: textAt(error, 'message') ?? '' },
    ...(listAt(error, 'error_chain') ?? []).map(inner => ({
      code: textAt(inner, 'code') ?? '',
      message: textAt(inner, 'message') ?? '',
    })),
  ]);
}

/** Codes of the host: those of credentials it gives with several statuses, and zones that are not there with 400 too. */
function codeOf(_status: number, body: unknown): ErrorCode | null {
  for (const { code, message } of errorsIn(body)) {
    if (code === '6003' || code === '6111' || (code === '9109' && /token/i.test(message)))
      return 'ZC_CREDENTIALS';
    if (code === '7003' || code === '1001') return 'ZC_ZONE_NOT_FOUND';
    if (code === '1116' || code === '1061') return 'ZC_PROVIDER_REFUSED';
  }
  return null;
}

async function whoAmI(account: Account, source: string, signal: AbortSignal | undefined): Promise<Identity> {
  const { json } = await account.client.get(zonesPath(account, 'per_page=5'), signal);
  const names = (listAt(json, 'result') ?? []).map(zone => textAt(memberAt(zone, 'account'), 'name'));
  return { account: names.find(name => name !== null) ?? 'unknown', source };
}

/** What the host says of a zone: what may be done with it is told there. */
async function rights(
  account: Account,
  zone: HostedZone | null,
  signal: AbortSignal | undefined,
): Promise<Rights> {
  if (zone === null) {
    await account.client.get(zonesPath(account, 'per_page=5'), signal);
    return { readZones: 'yes', createZones: 'unknown', writeRecords: 'unknown' };
  }
  const { json } = await account.client.get(pathOf(zone), signal);
  const told = listAt(memberAt(json, 'result'), 'permissions');
  const writeRecords = told === null ? 'unknown' : told.includes('#dns_records:edit') ? 'yes' : 'no';
  return { readZones: 'yes', createZones: 'unknown', writeRecords };
}

function zonesPath({ id }: Account, query: string): string {
  return `/zones?${id === null ? '' : `account.id=${encodeURIComponent(id)}&`}${query}`;
}

function pathOf(zone: HostedZone): string {
  return `/zones/${encodeURIComponent(zone.id)}`;
}

async function* zones(account: Account, signal: AbortSignal | undefined): AsyncIterable<HostedZone> {
  for await (const item of items(account, zonesPath(account, `per_page=${zonesPerPage}`), signal)) {
    if (isFull(item)) yield zoneOf(account, item);
  }
}

/** Zones of other setups are served by others, or to some people only. */
function isFull(item: unknown): boolean {
  return (textAt(item, 'type') ?? 'full') === 'full';
}

function zoneOf({ client }: Account, item: unknown): HostedZone {
  const [id, name] = [textAt(item, 'id'), textAt(item, 'name')];
  if (id === null || name === null) throw client.unreadable('a zone', item);
  const servers = (listAt(item, 'name_servers') ?? []).filter(server => typeof server === 'string');
  return {
    provider: 'cloudflare',
    id,
    apex: parseName(name),
    nameServers: servers.map(parseName).sort(),
    reference: null,
  };
}

async function find(
  account: Account,
  apex: Name,
  signal: AbortSignal | undefined,
): Promise<HostedZone | null> {
  const query = `name=${encodeURIComponent(apex.slice(0, -1))}&per_page=${zonesPerPage}`;
  const found: unknown[] = [];
  for await (const item of items(account, zonesPath(account, query), signal)) {
    if (isFull(item) && zoneOf(account, item).apex === apex) found.push(item);
  }
  const [first, second] = found;
  if (second !== undefined) {
    const ids = found.map(item => textAt(memberAt(item, 'account'), 'id') ?? 'unknown');
    throw account.client.http.fault(
      'ZC_PROVIDER_CONFLICT',
      `the token opens ${found.length} accounts that hold ${apex}: ${ids.join(', ')}`,
      'Set CLOUDFLARE_ACCOUNT_ID to the one that is meant.',
    );
  }
  return first === undefined ? null : zoneOf(account, first);
}

async function read(
  account: Account,
  zone: HostedZone,
  signal: AbortSignal | undefined,
): Promise<readonly HostRow[]> {
  const rows: HostRow[] = [];
  for await (const item of items(account, `${pathOf(zone)}/dns_records?per_page=${rowsPerPage}`, signal)) {
    const row = rowOf(item);
    if (row === null) throw account.client.unreadable('a record', item);
    rows.push(row);
  }
  return rows;
}

/** The items of a list, page after page. `path` has a query. */
function items({ client }: Account, path: string, signal: AbortSignal | undefined): AsyncIterable<unknown> {
  const pathOfPage = (page: number): string => `${path}&page=${page}`;
  const readPage = ({ json }: Answer): Page | null => {
    const result = listAt(json, 'result');
    const info = memberAt(json, 'result_info');
    const [page, pages] = [numberAt(info, 'page'), numberAt(info, 'total_pages')];
    if (result === null || page === null || pages === null) return null;
    const next = page < pages ? pathOfPage(page + 1) : null;
    return { items: result, next, total: numberAt(info, 'total_count') };
  };
  return listItems(client, pathOfPage(1), readPage, signal);
}

/** One request that removes, changes and adds rows, in this order whatever the order in it; several where that is too much. */
function writesOf(zone: HostedZone, changes: readonly RRsetChange[], now: RestZone): readonly RestWrite[] {
  const steps = changes.map(change => rowStepsOf(change, now));
  const operations: readonly (readonly [list: string, item: object])[] = [
    ...steps.flatMap(({ add }) => add.map(row => ['posts', recordOf(row)] as const)),
    ...steps.flatMap(({ update }) =>
      update.map(({ row, to }) => ['patches', { id: row.id, ...recordOf(to) }] as const),
    ),
    ...steps.flatMap(({ remove }) => remove.map(row => ['deletes', { id: row.id }] as const)),
  ];
  const writes: RestWrite[] = [];
  for (let at = 0; at < operations.length; at += maxBatchRows) {
    const some = operations.slice(at, at + maxBatchRows);
    const of = (name: string): readonly object[] =>
      some.flatMap(([list, item]) => (list === name ? [item] : []));
    const lists = ['deletes', 'patches', 'posts'].map(list => [list, of(list)] as const);
    const body = Object.fromEntries(lists.filter(([, list]) => list.length > 0));
    writes.push({ method: 'POST', path: `${pathOf(zone)}/dns_records/batch`, body });
  }
  return writes;
}

async function create(account: Account, { apex }: NewZone, signal: AbortSignal | undefined) {
  const { client } = account;
  const id = account.id ?? (await onlyAccount(account, signal));
  const body = { name: apex.slice(0, -1), account: { id }, type: 'full' };
  return await client.write('POST', '/zones', body, signal);
}

/** The account of all zones that the token opens. Throws ZC_PROVIDER_REFUSED where that is not one. */
async function onlyAccount(account: Account, signal: AbortSignal | undefined): Promise<string> {
  const ids = new Set<string>();
  for await (const item of items(account, zonesPath(account, `per_page=${zonesPerPage}`), signal)) {
    const id = textAt(memberAt(item, 'account'), 'id');
    if (id !== null) ids.add(id);
  }
  const [only, ...more] = ids;
  if (only !== undefined && more.length === 0) return only;
  throw account.client.http.fault(
    'ZC_PROVIDER_REFUSED',
    `which account gets a new zone is not clear: the token opens ${ids.size === 0 ? 'none with zones' : `zones of ${ids.size}`}`,
    'Set CLOUDFLARE_ACCOUNT_ID.',
  );
}
