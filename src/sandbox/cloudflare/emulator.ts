import { type Name, parseName } from '../../dns/name.ts';
import type { RRset } from '../../dns/rrset.ts';
import { isZonecutError } from '../../error.ts';
import type { HttpServed } from '../../world/listen-http.ts';
import type { HttpRequest, HttpResponse } from '../../world/world.ts';
import { type EmulatorDeps, headerOf, randomText } from '../emulation.ts';
import { type Fields, isFields, jsonOf, jsonResponse, type RestRequest, serveRest } from '../rest/json.ts';
import { createRowStore, type KeptRow, type RowStore } from '../rest/rows.ts';
import type { KeptZone } from '../rest/zones.ts';
import { checkBeside, complaint, printRow, type Quotas, rowFrom } from './records.ts';

/** What the account and its host are. */
export interface CloudflareOptions {
  /** 35 letters, digits, `-` and `_` at least. */
  readonly token: string;
  /** A token that may read only. */
  readonly readToken?: string;
  readonly account: string;
  readonly servers: readonly Name[];
  /** Of each zone; 3500 and 3500 unless given, as on paid plans. */
  readonly quotas?: Quotas;
  /** Whether the account may have zones of subdomains, as Enterprise ones may; it may unless given. */
  readonly subdomains?: boolean;
  /** Seconds, of the apex NS and the SOA. */
  readonly apexTtl?: number;
}

/** A zone to put into the account. */
export interface SeedCloudflareZone {
  readonly name: Name;
  /** Besides SOA and the apex NS. */
  readonly rrsets?: readonly RRset[];
  /** The account that holds it, where that is another one which the token opens. */
  readonly account?: string;
}

/** What the token opens at Cloudflare, behind its API, strict as that is. */
export interface CloudflareEmulator extends Pick<RowStore, 'rrsets'> {
  handle(request: HttpRequest): Promise<HttpServed>;
  seedZone(seed: SeedCloudflareZone): void;
  removeZone(name: Name): void;
  /** Sets an RRset as somebody else would. */
  put(name: Name, rrset: RRset): void;
  /** Adds a row as the API takes it, as somebody else would. */
  addRow(name: Name, body: object): void;
}

interface Account {
  readonly deps: EmulatorDeps;
  readonly options: CloudflareOptions;
  readonly store: RowStore;
  /** Zones of the same name in other accounts. */
  readonly elsewhere: Fields[];
}

const defaultQuotas: Quotas = { records: 3500, batch: 3500 };

/** An account without zones. */
export function createCloudflareEmulator(deps: EmulatorDeps, options: CloudflareOptions): CloudflareEmulator {
  const apexTtl = options.apexTtl ?? 1800;
  const store = createRowStore(deps, {
    api: 'cloudflare',
    rname: 'dns.cloudflare.com',
    soaTtl: apexTtl,
    soaMinimum: apexTtl,
    nsTtl: options.apexTtl ?? 86_400,
    apexNsRows: false,
    newId: () => hex(deps),
  });
  const account: Account = { deps, options, store, elsewhere: [] };
  return {
    handle: request =>
      serveRest(
        deps,
        {
          api: 'cloudflare',
          root: '/client/v4',
          operationOf,
          perform: seen => perform(account, seen),
          throttled: () =>
            complaint(429, 971, 'Please wait and consider throttling your request speed').response,
          broken: () => complaint(500, 10_000, 'Internal Server Error').response,
          notFound: () => noRoute().response,
        },
        request,
      ),
    seedZone: ({ name, rrsets, account: other }) => {
      if (other !== undefined) account.elsewhere.push(zoneAt(other, hex(deps), name, options, true));
      else addZone(account, name, rrsets ?? []);
    },
    removeZone: name => store.remove(name),
    rrsets: name => store.rrsets(name),
    put: (name, rrset) => store.putSet(name, rrset),
    addRow: (name, body) => {
      const zone = store.zones.all.get(name);
      if (zone === undefined) throw new Error(`no zone ${name}`);
      store.put(zone, [...store.rows(zone), store.numbered(rowFrom(zone, body))]);
    },
  };
}

function hex({ random }: EmulatorDeps): string {
  return randomText(random, '0123456789abcdef', 32);
}

function noRoute() {
  return complaint(404, 7003, 'Could not route to the address, perhaps your object identifier is invalid?', {
    code: 7000,
    message: 'No route for that URI',
  });
}

/** Such as `POST batch`, `GET dns_records`, `POST zones`. */
function operationOf({ method, path }: RestRequest): string {
  const [, zone, part, id] = path;
  if (zone === undefined || zone === '') return `${method} zones`;
  if (part === undefined) return `${method} zone`;
  if (id === 'batch') return `${method} batch`;
  return `${method} ${id === undefined ? part : 'dns_record'}`;
}

function perform(account: Account, seen: RestRequest): HttpResponse {
  const mayWrite = checkToken(account, seen.request);
  const { method, path } = seen;
  const [first, id, part, record] = path;
  if (first !== 'zones') throw noRoute();
  if (method !== 'GET' && !mayWrite) throw complaint(403, 10_000, 'Authentication error');
  if (id === undefined) {
    if (method === 'GET') return page(seen, zonesFor(account, seen, mayWrite), 20, 100);
    if (method === 'POST') return createZone(account, seen.request);
    throw complaint(405, 10_405, 'Method not allowed for this authentication scheme');
  }
  const zone = [...account.store.zones.all.values()].find(one => one.id === id);
  if (zone === undefined) throw complaint(404, 1001, 'Invalid zone identifier');
  if (part === undefined) {
    if (method === 'GET') return done(printZone(account, zone, mayWrite));
    if (method !== 'DELETE') throw noRoute();
    account.store.remove(zone.apex);
    return done({ id });
  }
  if (part !== 'dns_records') throw noRoute();
  if (record === undefined && method === 'GET') {
    return page(
      seen,
      account.store.rows(zone).map(row => printRow(zone, row)),
      100,
      5000,
    );
  }
  if (record === 'batch' && method === 'POST') return batch(account, zone, seen.request);
  throw noRoute();
}

/** Whether the token may write. Throws RestRefusal where it opens nothing. */
function checkToken({ options }: Account, request: HttpRequest): boolean {
  const header = headerOf(request, 'authorization') ?? '';
  if (!/^Bearer [\w-]{35,}$/.test(header)) {
    throw complaint(400, 6003, 'Invalid request headers', {
      code: 6111,
      message: 'Invalid format for Authorization header',
    });
  }
  const token = header.slice('Bearer '.length);
  if (token !== options.token && token !== options.readToken) {
    throw complaint(403, 9109, 'Invalid access token');
  }
  return token === options.token;
}

function done(result: unknown, more: Fields = {}): HttpResponse {
  return jsonResponse(200, { result, success: true, errors: [], messages: [], ...more });
}

function page({ query }: RestRequest, items: readonly unknown[], usual: number, most: number): HttpResponse {
  const size = Number(query.get('per_page') ?? usual);
  const number = Number(query.get('page') ?? 1);
  if (!(size >= 5 && size <= most) || !(number >= 1)) {
    throw complaint(400, 1004, 'DNS Validation Error', { code: 9103, message: 'per_page is out of range.' });
  }
  const shown = items.slice((number - 1) * size, number * size);
  const total_pages = Math.max(1, Math.ceil(items.length / size));
  const result_info = {
    page: number,
    per_page: size,
    count: shown.length,
    total_count: items.length,
    total_pages,
  };
  return done(shown, { result_info });
}

function zonesFor(account: Account, { query }: RestRequest, mayWrite: boolean): readonly Fields[] {
  const [name, id] = [query.get('name'), query.get('account.id')];
  const all = [...account.store.zones.all.values()].map(zone => printZone(account, zone, mayWrite));
  return [...all, ...account.elsewhere].filter(
    zone =>
      (name === null || zone['name'] === name) &&
      (id === null || (isFields(zone['account']) && zone['account']['id'] === id)),
  );
}

function printZone({ options }: Account, { id, apex }: KeptZone, mayWrite: boolean): Fields {
  return zoneAt(options.account, id, apex, options, mayWrite);
}

function zoneAt(
  account: string,
  id: string,
  apex: Name,
  options: CloudflareOptions,
  mayWrite: boolean,
): Fields {
  return {
    id,
    name: apex.slice(0, -1),
    status: 'active',
    paused: false,
    type: 'full',
    name_servers: options.servers.map(server => server.slice(0, -1)),
    account: { id: account, name: `account ${account.slice(0, 4)}` },
    permissions: [...(mayWrite ? ['#dns_records:edit'] : []), '#dns_records:read', '#zone:read'],
  };
}

function createZone(account: Account, request: HttpRequest): HttpResponse {
  const { options, store } = account;
  const body = jsonOf(request);
  const name = isFields(body) ? body['name'] : undefined;
  const owner = isFields(body) && isFields(body['account']) ? body['account']['id'] : undefined;
  if (typeof name !== 'string' || !/^([a-z0-9-]{1,63}\.)+[a-z0-9-]{2,63}$/.test(name)) {
    throw complaint(400, 1001, 'Invalid zone name');
  }
  if (owner !== options.account) throw complaint(403, 1068, 'Permission denied');
  const apex = parsed(name);
  if (store.zones.all.has(apex)) throw complaint(400, 1061, `${name} already exists`);
  if (options.subdomains === false && name.split('.').length > 2) {
    const sentence =
      'Please ensure you are providing the root domain and not any subdomains (e.g., example.com, not subdomain.example.com)';
    throw complaint(400, 1116, sentence);
  }
  return done(printZone(account, addZone(account, apex, []), true));
}

function parsed(name: string): Name {
  try {
    return parseName(name);
  } catch (error) {
    if (isZonecutError(error)) throw complaint(400, 1001, 'Invalid zone name');
    throw error;
  }
}

function addZone({ store, options, deps }: Account, apex: Name, rrsets: readonly RRset[]): KeptZone {
  return store.add({ id: hex(deps), apex, servers: options.servers, keys: [], extra: {} }, rrsets);
}

/** All of the request, in the order of the host, or nothing of it. */
function batch({ store, options }: Account, zone: KeptZone, request: HttpRequest): HttpResponse {
  const body = jsonOf(request);
  if (!isFields(body)) throw complaint(400, 9207, 'Request body is invalid.');
  const quotas = options.quotas ?? defaultQuotas;
  const listed = (name: string): readonly unknown[] => {
    const list = body[name] ?? [];
    if (!Array.isArray(list)) throw complaint(400, 9207, 'Request body is invalid.');
    return list;
  };
  const [deletes, patches, puts, posts] = ['deletes', 'patches', 'puts', 'posts'].map(listed);
  const count = [deletes, patches, puts, posts].reduce((sum, list) => sum + (list?.length ?? 0), 0);
  if (count === 0) throw complaint(400, 9207, 'Request body is invalid.');
  if (count > quotas.batch) {
    throw complaint(400, 1004, `A batch has at most ${quotas.batch} operations on this plan.`);
  }
  let rows = store.rows(zone);
  const at = (item: unknown): KeptRow => {
    const row = rows.find(one => isFields(item) && one.id === item['id']);
    if (row === undefined) throw complaint(404, 81_044, 'Record does not exist.');
    return row;
  };
  for (const item of deletes ?? []) {
    const gone = at(item);
    rows = rows.filter(row => row !== gone);
  }
  for (const [list, keeps] of [
    [patches, true],
    [puts, false],
  ] as const) {
    for (const item of list ?? []) {
      const old = at(item);
      const others = rows.filter(row => row !== old);
      const made = rowFrom(zone, item, keeps ? old : undefined);
      checkBeside(zone, others, made);
      rows = [...others, { ...made, id: old.id }];
    }
  }
  for (const item of posts ?? []) {
    const made = rowFrom(zone, item);
    checkBeside(zone, rows, made);
    rows = [...rows, store.numbered(made)];
  }
  if (rows.length > quotas.records) throw complaint(400, 81_045, 'Record quota exceeded.');
  store.put(zone, rows);
  return done({ deletes, patches, puts, posts });
}
