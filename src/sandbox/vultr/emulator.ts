import { type Name, parseName } from '../../dns/name.ts';
import type { RRset } from '../../dns/rrset.ts';
import { isZonecutError } from '../../error.ts';
import type { HttpServed } from '../../world/listen-http.ts';
import type { HttpRequest, HttpResponse } from '../../world/world.ts';
import { type EmulatorDeps, headerOf, randomText } from '../emulation.ts';
import { emptyResponse, isFields, jsonOf, jsonResponse, type RestRequest, serveRest } from '../rest/json.ts';
import { createRowStore, type RowStore } from '../rest/rows.ts';
import type { KeptZone } from '../rest/zones.ts';
import { checkBeside, extraOf, printRow, problem, rowFrom } from './records.ts';

/** What the account and its host are. */
export interface VultrOptions {
  readonly token: string;
  /** The key of a user who may not change DNS. */
  readonly readToken?: string;
  readonly servers: readonly Name[];
  /** Domains that other accounts have. */
  readonly taken?: readonly Name[];
  /** Seconds, of the apex NS and the SOA; 300 unless given. */
  readonly apexTtl?: number;
}

/** An account at Vultr behind its API, strict as that is. */
export interface VultrEmulator extends Pick<RowStore, 'rrsets'> {
  handle(request: HttpRequest): Promise<HttpServed>;
  seedZone(seed: { readonly name: Name; readonly rrsets?: readonly RRset[] }): void;
  removeZone(name: Name): void;
  /** Sets an RRset as somebody else would. */
  put(name: Name, rrset: RRset): void;
}

interface Account {
  readonly options: VultrOptions;
  readonly store: RowStore;
}

/** An account without domains. */
export function createVultrEmulator(deps: EmulatorDeps, options: VultrOptions): VultrEmulator {
  const apexTtl = options.apexTtl ?? 300;
  const part = (length: number): string => randomText(deps.random, '0123456789abcdef', length);
  const store = createRowStore(deps, {
    api: 'vultr',
    rname: 'dnsadm.choopa.com',
    soaTtl: apexTtl,
    soaMinimum: apexTtl,
    nsTtl: apexTtl,
    apexNsRows: true,
    newId: () => [8, 4, 4, 4, 12].map(part).join('-'),
    extraOf,
  });
  const account: Account = { options, store };
  return {
    handle: request =>
      serveRest(
        deps,
        {
          api: 'vultr',
          root: '/v2',
          operationOf,
          perform: seen => perform(account, seen),
          throttled: () => problem(429, 'Rate limit hit - please try your request again later.').response,
          broken: () => problem(500, 'Internal server error.').response,
          notFound: () => problem(404, 'Invalid resource.').response,
        },
        request,
      ),
    seedZone: ({ name, rrsets }) => void addDomain(account, name, rrsets ?? []),
    removeZone: name => store.remove(name),
    rrsets: name => store.rrsets(name),
    put: (name, rrset) => store.putSet(name, rrset),
  };
}

/** Such as `POST record`, `GET records`, `POST domains`. */
function operationOf({ method, path }: RestRequest): string {
  const [first = '', name, part, id] = path;
  if (first !== 'domains') return `${method} ${first}`;
  if (name === undefined) return `${method} domains`;
  if (part === undefined) return `${method} domain`;
  return `${method} ${id === undefined && method === 'GET' ? 'records' : 'record'}`;
}

function perform(account: Account, seen: RestRequest): HttpResponse {
  const { options, store } = account;
  const { method, path, request } = seen;
  const token = /^Bearer (.+)$/.exec(headerOf(request, 'authorization') ?? '')?.[1];
  if (token === undefined || (token !== options.token && token !== options.readToken)) {
    throw problem(401, 'Invalid API token.');
  }
  if (method !== 'GET' && token !== options.token)
    throw problem(403, 'Unauthorized. Check your user permissions.');
  const [first, name, part, id] = path;
  if (first === 'account' && method === 'GET') {
    return jsonResponse(200, { account: { name: 'User', email: 'user@example.com' } });
  }
  if (first !== 'domains') throw problem(404, 'Invalid resource.');
  if (name === undefined) {
    if (method === 'POST') return createDomain(account, request);
    return page(seen, 'domains', [...store.zones.all.values()].map(printDomain));
  }
  const zone = store.zones.all.get(named(name));
  if (zone === undefined) throw problem(404, 'Invalid domain.');
  if (part === undefined) {
    if (method === 'GET') return jsonResponse(200, { domain: printDomain(zone) });
    if (method !== 'DELETE') throw problem(405, 'Method not allowed.');
    store.remove(zone.apex);
    return emptyResponse();
  }
  if (part !== 'records') throw problem(404, 'Invalid resource.');
  return performRow(store, zone, seen, id ?? null);
}

function performRow(store: RowStore, zone: KeptZone, seen: RestRequest, id: string | null): HttpResponse {
  const { method, request } = seen;
  const rows = store.rows(zone);
  if (id === null) {
    if (method === 'GET')
      return page(
        seen,
        'records',
        rows.map(row => printRow(zone, row)),
      );
    if (method !== 'POST') throw problem(405, 'Method not allowed.');
    const made = rowFrom(zone, jsonOf(request));
    checkBeside(zone, rows, made);
    const row = store.numbered(made);
    store.put(zone, [...rows, row]);
    return jsonResponse(201, { record: printRow(zone, row) });
  }
  const old = rows.find(row => row.id === id);
  if (old === undefined) throw problem(404, 'Invalid record.');
  const others = rows.filter(row => row !== old);
  if (method === 'DELETE') store.put(zone, others);
  else if (method === 'PATCH') {
    const row = { ...rowFrom(zone, jsonOf(request), old), id };
    checkBeside(zone, others, row);
    store.put(zone, [...others, row]);
  } else throw problem(405, 'Method not allowed.');
  return emptyResponse();
}

/** A page of a list; the cursor is the number of the item that it begins with, in base64. */
function page({ query }: RestRequest, member: string, items: readonly unknown[]): HttpResponse {
  const size = Number(query.get('per_page') ?? 100);
  const cursor = query.get('cursor') ?? '';
  const from = cursor === '' ? 0 : Number(Buffer.from(cursor, 'base64').toString('latin1'));
  if (!(size >= 1 && size <= 500) || !(from >= 0)) throw problem(400, 'Invalid pagination.');
  const end = from + size;
  const next = end < items.length ? Buffer.from(String(end), 'latin1').toString('base64') : '';
  return jsonResponse(200, {
    [member]: items.slice(from, end),
    meta: { total: items.length, links: { next, prev: '' } },
  });
}

function printDomain({ apex }: KeptZone): object {
  return { domain: apex.slice(0, -1), date_created: '2021-03-27T09:40:29+00:00', dns_sec: 'disabled' };
}

function createDomain(account: Account, request: HttpRequest): HttpResponse {
  const body = jsonOf(request);
  const name = isFields(body) ? body['domain'] : undefined;
  if (typeof name !== 'string' || !/^([a-z0-9_-]{1,63}\.)+[a-z0-9-]{2,63}$/.test(name)) {
    throw problem(400, 'Invalid domain.');
  }
  const apex = parseName(name);
  if (account.store.zones.all.has(apex)) throw problem(400, 'Domain already exists.');
  if (account.options.taken?.includes(apex) === true) {
    throw problem(400, 'Unable to create domain: it is in use by another account.');
  }
  return jsonResponse(201, { domain: printDomain(addDomain(account, apex, [])) });
}

function addDomain({ store, options }: Account, apex: Name, rrsets: readonly RRset[]): KeptZone {
  return store.add({ id: apex, apex, servers: options.servers, keys: [], extra: {} }, rrsets);
}

function named(text: string): Name {
  try {
    return parseName(text);
  } catch (error) {
    if (isZonecutError(error)) throw problem(404, 'Invalid domain.');
    throw error;
  }
}
