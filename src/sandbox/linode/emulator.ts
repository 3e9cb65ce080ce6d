import { type Name, parseName } from '../../dns/name.ts';
import type { RRset } from '../../dns/rrset.ts';
import type { HttpServed } from '../../world/listen-http.ts';
import type { HttpRequest, HttpResponse } from '../../world/world.ts';
import { type EmulatorDeps, headerOf } from '../emulation.ts';
import { isFields, jsonOf, jsonResponse, type RestRequest, serveRest } from '../rest/json.ts';
import { createRowStore, type RowStore } from '../rest/rows.ts';
import type { KeptZone } from '../rest/zones.ts';
import { checkBeside, extraOf, printRow, problem, rowFrom } from './records.ts';

/** What the account and its host are. */
export interface LinodeOptions {
  readonly token: string;
  /** A token that may read only. */
  readonly readToken?: string;
  readonly servers: readonly Name[];
  /** Records that a domain may have; 12000 unless given. */
  readonly maxRecords?: number;
  /** Domains that other accounts have. */
  readonly taken?: readonly Name[];
  /** Seconds, of the apex NS and the SOA; 86400 unless given. */
  readonly apexTtl?: number;
}

/** A domain to put into the account. */
export interface SeedLinodeDomain {
  readonly name: Name;
  /** Besides SOA and the apex NS. */
  readonly rrsets?: readonly RRset[];
  /** Whether its records come from other servers. */
  readonly slave?: boolean;
}

/** An account at Linode behind its API, strict as that is. */
export interface LinodeEmulator extends Pick<RowStore, 'rrsets'> {
  handle(request: HttpRequest): Promise<HttpServed>;
  seedZone(seed: SeedLinodeDomain): void;
  removeZone(name: Name): void;
  /** Sets an RRset as somebody else would. */
  put(name: Name, rrset: RRset): void;
}

interface Account {
  readonly options: LinodeOptions;
  readonly store: RowStore;
  newId(): string;
}

/** An account without domains. */
export function createLinodeEmulator(deps: EmulatorDeps, options: LinodeOptions): LinodeEmulator {
  const apexTtl = options.apexTtl ?? 86_400;
  let last = 9_295_231;
  const newId = (): string => {
    last += 1;
    return String(last);
  };
  const store = createRowStore(deps, {
    api: 'linode',
    rname: 'hostmaster.linode.com',
    soaTtl: apexTtl,
    soaMinimum: Math.min(apexTtl, 86_400),
    nsTtl: apexTtl,
    apexNsRows: false,
    newId,
    extraOf,
  });
  const account: Account = { options, store, newId };
  return {
    handle: request =>
      serveRest(
        deps,
        {
          api: 'linode',
          root: '/v4',
          operationOf,
          perform: seen => perform(account, seen),
          throttled: () => problem(429, 'Too many requests').response,
          broken: () => problem(500, 'Internal server error').response,
          notFound: () => problem(404, 'Not found').response,
        },
        request,
      ),
    seedZone: ({ name, rrsets, slave }) => void addDomain(account, name, rrsets ?? [], [], slave === true),
    removeZone: name => store.remove(name),
    rrsets: name => store.rrsets(name),
    put: (name, rrset) => store.putSet(name, rrset),
  };
}

/** Such as `POST record`, `GET records`, `POST domains`. */
function operationOf({ method, path }: RestRequest): string {
  const [first = '', id, part, row] = path;
  if (first !== 'domains') return `${method} ${first}`;
  if (id === undefined) return `${method} domains`;
  if (part === undefined) return `${method} domain`;
  return `${method} ${row === undefined && method === 'GET' ? 'records' : 'record'}`;
}

function perform(account: Account, seen: RestRequest): HttpResponse {
  const { options, store } = account;
  const { method, path, request } = seen;
  const token = /^Bearer (.+)$/.exec(headerOf(request, 'authorization') ?? '')?.[1];
  if (token === undefined || (token !== options.token && token !== options.readToken)) {
    throw problem(401, 'Invalid Token');
  }
  if (method !== 'GET' && token !== options.token) {
    throw problem(401, 'Your OAuth token is not authorized to use this endpoint.');
  }
  const [first, id, part, row] = path;
  if (first === 'profile' && method === 'GET') {
    return jsonResponse(200, { username: 'user', email: 'user@example.com' });
  }
  if (first !== 'domains') throw problem(404, 'Not found');
  if (id === undefined) {
    if (method === 'POST') return createDomain(account, request);
    return page(seen, [...store.zones.all.values()].map(printDomain));
  }
  const zone = [...store.zones.all.values()].find(one => one.id === id);
  if (zone === undefined) throw problem(404, 'Not found');
  if (part === undefined) {
    if (method === 'GET') return jsonResponse(200, printDomain(zone));
    if (method !== 'DELETE') throw problem(405, 'Method Not Allowed');
    store.remove(zone.apex);
    return jsonResponse(200, {});
  }
  if (part !== 'records') throw problem(404, 'Not found');
  return performRow(account, zone, seen, row ?? null);
}

function performRow(
  { store, options }: Account,
  zone: KeptZone,
  seen: RestRequest,
  id: string | null,
): HttpResponse {
  const { method, request } = seen;
  const rows = store.rows(zone);
  if (id === null && method === 'GET')
    return page(
      seen,
      rows.map(row => printRow(zone, row)),
    );
  if (method !== 'GET' && zone.extra['type'] === 'slave') {
    throw problem(400, 'You cannot edit the records of a slave domain');
  }
  const old = rows.find(row => row.id === id);
  if (id !== null && old === undefined) throw problem(404, 'Not found');
  const others = rows.filter(row => row !== old);
  if (method === 'DELETE' && old !== undefined) {
    store.put(zone, others);
    return jsonResponse(200, {});
  }
  if (method !== (old === undefined ? 'POST' : 'PUT')) throw problem(405, 'Method Not Allowed');
  const made = rowFrom(zone, jsonOf(request), old);
  checkBeside(zone, others, made);
  const most = options.maxRecords ?? 12_000;
  if (others.length >= most) throw problem(400, `Domains are limited to ${most} records`);
  const row = old === undefined ? store.numbered(made) : { ...made, id: old.id };
  store.put(zone, [...others, row]);
  return jsonResponse(200, printRow(zone, row));
}

/** A page of a list; 100 items unless others are asked for. */
function page({ query }: RestRequest, items: readonly unknown[]): HttpResponse {
  const size = Number(query.get('page_size') ?? 100);
  const number = Number(query.get('page') ?? 1);
  if (!(size >= 25 && size <= 500)) throw problem(400, 'Must be 25-500', 'page_size');
  if (!(number >= 1)) throw problem(400, 'Must be at least 1', 'page');
  return jsonResponse(200, {
    data: items.slice((number - 1) * size, number * size),
    page: number,
    pages: Math.max(1, Math.ceil(items.length / size)),
    results: items.length,
  });
}

function printDomain({ id, apex, extra }: KeptZone): object {
  return {
    id: Number(id),
    domain: apex.slice(0, -1),
    type: extra['type'],
    status: 'active',
    soa_email: `hostmaster@${apex.slice(0, -1)}`,
    ttl_sec: 0,
    tags: extra['tags'],
  };
}

function createDomain(account: Account, request: HttpRequest): HttpResponse {
  const body = jsonOf(request);
  if (!isFields(body)) throw problem(400, 'Invalid JSON');
  const { domain, type, soa_email: email, tags = [] } = body;
  if (typeof domain !== 'string' || !/^([a-z0-9_-]{1,63}\.)+[a-z0-9-]{2,63}$/.test(domain)) {
    throw problem(400, 'domain is not valid', 'domain');
  }
  if (type !== 'master') throw problem(400, 'type is not valid', 'type');
  if (typeof email !== 'string' || !email.includes('@')) {
    throw problem(400, 'soa_email required when type=master', 'soa_email');
  }
  if (!Array.isArray(tags) || !tags.every(tag => typeof tag === 'string' && /^.{3,50}$/.test(tag))) {
    throw problem(400, 'Length must be 3-50 characters', 'tags');
  }
  const apex = parseName(domain);
  if (account.store.zones.all.has(apex) || account.options.taken?.includes(apex) === true) {
    throw problem(400, 'DNS zone already exists.', 'domain');
  }
  return jsonResponse(200, printDomain(addDomain(account, apex, [], tags, false)));
}

function addDomain(
  { store, options, newId }: Account,
  apex: Name,
  rrsets: readonly RRset[],
  tags: readonly unknown[],
  slave: boolean,
): KeptZone {
  const extra = { tags, type: slave ? 'slave' : 'master' };
  return store.add({ id: newId(), apex, servers: options.servers, keys: [], extra }, rrsets);
}
