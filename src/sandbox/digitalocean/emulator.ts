import { type Name, parseName } from '../../dns/name.ts';
import type { RRset } from '../../dns/rrset.ts';
import { isZonecutError } from '../../error.ts';
import type { HttpServed } from '../../world/listen-http.ts';
import type { HttpRequest, HttpResponse } from '../../world/world.ts';
import { type EmulatorDeps, headerOf } from '../emulation.ts';
import { emptyResponse, isFields, jsonOf, jsonResponse, type RestRequest, serveRest } from '../rest/json.ts';
import { createRowStore, type KeptRow, type RowStore } from '../rest/rows.ts';
import type { KeptZone } from '../rest/zones.ts';
import { checkBeside, extraOf, printRow, problem, rowFrom } from './records.ts';

/** What the account and its host are. */
export interface DigitalOceanOptions {
  readonly token: string;
  /** A token that may read only. */
  readonly readToken?: string;
  readonly servers: readonly Name[];
  /** Domains that other accounts have. */
  readonly taken?: readonly Name[];
  /** Seconds, of the apex NS and the SOA; 1800 unless given. */
  readonly apexTtl?: number;
}

/** An account at DigitalOcean behind its API, strict as that is. */
export interface DigitalOceanEmulator extends Pick<RowStore, 'rrsets'> {
  handle(request: HttpRequest): Promise<HttpServed>;
  seedZone(seed: { readonly name: Name; readonly rrsets?: readonly RRset[] }): void;
  removeZone(name: Name): void;
  /** Sets an RRset as somebody else would. */
  put(name: Name, rrset: RRset): void;
}

interface Account {
  readonly options: DigitalOceanOptions;
  readonly store: RowStore;
}

/** An account without domains. */
export function createDigitalOceanEmulator(
  deps: EmulatorDeps,
  options: DigitalOceanOptions,
): DigitalOceanEmulator {
  const apexTtl = options.apexTtl ?? 1800;
  let last = 78_210_035;
  const store = createRowStore(deps, {
    api: 'digitalocean',
    rname: 'hostmaster.digitalocean.com',
    soaTtl: apexTtl,
    soaMinimum: apexTtl,
    nsTtl: apexTtl,
    apexNsRows: true,
    newId: () => {
      last += 1;
      return String(last);
    },
    extraOf,
  });
  const account: Account = { options, store };
  return {
    handle: request =>
      serveRest(
        deps,
        {
          api: 'digitalocean',
          root: '/v2',
          operationOf,
          perform: seen => perform(account, seen),
          throttled: () => problem(429, 'too_many_requests', 'API Rate limit exceeded.').response,
          broken: () => problem(500, 'server_error', 'Unexpected server-side error').response,
          notFound: () => notFound().response,
        },
        request,
      ),
    seedZone: ({ name, rrsets }) => void addDomain(account, name, rrsets ?? []),
    removeZone: name => store.remove(name),
    rrsets: name => store.rrsets(name),
    put: (name, rrset) => store.putSet(name, rrset),
  };
}

function notFound() {
  return problem(404, 'not_found', 'The resource you were accessing could not be found.');
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
    throw problem(401, 'Unauthorized', 'Unable to authenticate you');
  }
  if (method !== 'GET' && token !== options.token) {
    throw problem(403, 'Forbidden', 'You are not authorized to perform this operation');
  }
  const [first, name, part, id] = path;
  if (first === 'account' && method === 'GET') {
    return jsonResponse(200, { account: { email: 'user@example.com', status: 'active' } });
  }
  if (first !== 'domains') throw notFound();
  if (name === undefined) {
    if (method === 'GET') return page(seen, 'domains', [...store.zones.all.values()].map(printDomain));
    return createDomain(account, request);
  }
  const zone = store.zones.all.get(named(name));
  if (zone === undefined) throw notFound();
  if (part === undefined) {
    if (method === 'GET') return jsonResponse(200, { domain: printDomain(zone) });
    if (method !== 'DELETE') throw notFound();
    store.remove(zone.apex);
    return emptyResponse();
  }
  if (part !== 'records') throw notFound();
  return id === undefined ? performRows(account, zone, seen) : performRow(account, zone, seen, id);
}

function performRows({ store }: Account, zone: KeptZone, seen: RestRequest): HttpResponse {
  const rows = store.rows(zone);
  if (seen.method === 'GET') {
    const type = seen.query.get('type');
    const soa = { id: 1, type: 'SOA', name: '@', data: '1800', ttl: 1800 };
    const shown = [soa, ...rows.map(row => printRow(zone, row))];
    return page(
      seen,
      'domain_records',
      shown.filter(row => type === null || row['type'] === type),
    );
  }
  if (seen.method !== 'POST') throw notFound();
  const made = rowFrom(zone, jsonOf(seen.request));
  checkBeside(zone, rows, made);
  const row = store.numbered(made);
  store.put(zone, [...rows, row]);
  return jsonResponse(201, { domain_record: printRow(zone, row) });
}

function performRow({ store }: Account, zone: KeptZone, seen: RestRequest, id: string): HttpResponse {
  const rows = store.rows(zone);
  const old: KeptRow | undefined = rows.find(row => row.id === id);
  if (old === undefined) throw notFound();
  const others = rows.filter(row => row !== old);
  switch (seen.method) {
    case 'GET':
      return jsonResponse(200, { domain_record: printRow(zone, old) });
    case 'DELETE':
      store.put(zone, others);
      return emptyResponse();
    case 'PUT': {
      const row = { ...rowFrom(zone, jsonOf(seen.request), old), id };
      checkBeside(zone, others, row);
      store.put(zone, [...others, row]);
      return jsonResponse(200, { domain_record: printRow(zone, row) });
    }
    default:
      throw notFound();
  }
}

/** A page of a list, with the addresses of the others; 20 items unless more are asked for. */
function page({ query, request }: RestRequest, member: string, items: readonly unknown[]): HttpResponse {
  const size = Math.min(200, Number(query.get('per_page') ?? 20));
  const number = Number(query.get('page') ?? 1);
  if (!(size >= 1) || !(number >= 1)) throw problem(400, 'bad_request', 'page is invalid');
  const pages = Math.max(1, Math.ceil(items.length / size));
  const address = (at: number): string => {
    const url = new URL(request.url);
    url.searchParams.set('page', String(at));
    return url.href;
  };
  const links = number < pages ? { pages: { next: address(number + 1), last: address(pages) } } : {};
  return jsonResponse(200, {
    [member]: items.slice((number - 1) * size, number * size),
    links,
    meta: { total: items.length },
  });
}

function printDomain({ apex }: KeptZone): object {
  return { name: apex.slice(0, -1), ttl: 1800, zone_file: '' };
}

function createDomain(account: Account, request: HttpRequest): HttpResponse {
  const body = jsonOf(request);
  const name = isFields(body) ? body['name'] : undefined;
  if (typeof name !== 'string' || !/^([a-z0-9_-]{1,63}\.)+[a-z0-9-]{2,63}$/.test(name)) {
    throw problem(422, 'unprocessable_entity', 'Name is invalid');
  }
  const apex = named(name);
  if (account.store.zones.all.has(apex)) {
    throw problem(422, 'unprocessable_entity', `domain '${name}': name already exists`);
  }
  if (account.options.taken?.includes(apex) === true) {
    throw problem(422, 'unprocessable_entity', `domain '${name}': name is in use by another account`);
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
    if (isZonecutError(error)) throw notFound();
    throw error;
  }
}
