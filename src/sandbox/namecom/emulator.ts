import { type Name, parseName } from '../../dns/name.ts';
import type { RRset } from '../../dns/rrset.ts';
import { tokensOf } from '../../dns/text.ts';
import { isZonecutError } from '../../error.ts';
import type { HttpServed } from '../../world/listen-http.ts';
import type { HttpRequest, HttpResponse } from '../../world/world.ts';
import { type EmulatorDeps, headerOf } from '../emulation.ts';
import { clashOf, labelsOfOwner, ownerOfLabels, rdataOfContent, shownContent } from '../rest/contents.ts';
import {
  type Fields,
  isFields,
  jsonOf,
  jsonResponse,
  RestRefusal,
  type RestRequest,
  serveRest,
} from '../rest/json.ts';
import { createRowStore, type KeptRow, type NewKeptRow, type RowStore } from '../rest/rows.ts';
import type { KeptZone } from '../rest/zones.ts';

/** What the account and its host are. */
export interface NamecomOptions {
  readonly user: string;
  readonly token: string;
  readonly servers: readonly Name[];
  /** Domains whose records the user may not write. */
  readonly readOnly?: readonly Name[];
  /** Items of one page at most; 1000 unless given. */
  readonly pageSize?: number;
  /** Seconds, of the apex NS and the SOA; 300 unless given. */
  readonly apexTtl?: number;
}

/** An account at name.com behind its API, strict as that is. */
export interface NamecomEmulator extends Pick<RowStore, 'rrsets'> {
  handle(request: HttpRequest): Promise<HttpServed>;
  /** What registering a domain does. */
  seedZone(seed: { readonly name: Name; readonly rrsets?: readonly RRset[] }): void;
  removeZone(name: Name): void;
  /** Sets an RRset as somebody else would. */
  put(name: Name, rrset: RRset): void;
}

interface Account {
  readonly options: NamecomOptions;
  readonly store: RowStore;
}

const types: ReadonlySet<string> = new Set(['A', 'AAAA', 'ANAME', 'CNAME', 'MX', 'NS', 'SRV', 'TXT']);

/** An account without domains. */
export function createNamecomEmulator(deps: EmulatorDeps, options: NamecomOptions): NamecomEmulator {
  const apexTtl = options.apexTtl ?? 300;
  let last = 178_073_500;
  const store = createRowStore(deps, {
    api: 'namecom',
    rname: 'support.name.com',
    soaTtl: apexTtl,
    soaMinimum: apexTtl,
    nsTtl: apexTtl,
    apexNsRows: false,
    newId: () => {
      last += 1;
      return String(last);
    },
  });
  const account: Account = { options, store };
  return {
    handle: request =>
      serveRest(
        deps,
        {
          api: 'namecom',
          root: '/v4',
          operationOf,
          perform: seen => perform(account, seen),
          throttled: () => problem(429, 'Too Many Requests').response,
          broken: () => problem(500, 'Internal Server Error').response,
          notFound: () => problem(404, 'Not Found').response,
        },
        request,
      ),
    seedZone: ({ name, rrsets }) => {
      store.add({ id: name, apex: name, servers: options.servers, keys: [], extra: {} }, rrsets ?? []);
    },
    removeZone: name => store.remove(name),
    rrsets: name => store.rrsets(name),
    put: (name, rrset) => store.putSet(name, rrset),
  };
}

function problem(status: number, message: string, details = ''): RestRefusal {
  return new RestRefusal(jsonResponse(status, { message, ...(details === '' ? {} : { details }) }));
}

const wrong = (details: string): RestRefusal =>
  problem(400, 'Invalid Argument', `Parameter Value Error - ${details}`);

/** Such as `POST record`, `GET records`, `GET domain`. */
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
  const proof = Buffer.from(`${options.user}:${options.token}`).toString('base64');
  if (headerOf(request, 'authorization') !== `Basic ${proof}`) throw problem(401, 'Unauthenticated');
  const [first, name, part, id] = path;
  if (first === 'hello') return jsonResponse(200, { username: options.user, serverName: 'sandbox' });
  if (first !== 'domains') throw problem(404, 'Not Found');
  if (name === undefined)
    return page(account, seen, 'domains', [...store.zones.all.values()].map(printDomain));
  const zone = zoneAt(account, name);
  if (part === undefined) {
    const servers = zone.servers.map(server => server.slice(0, -1));
    return jsonResponse(200, { ...printDomain(zone), nameservers: servers });
  }
  if (part !== 'records') throw problem(404, 'Not Found');
  if (method !== 'GET' && options.readOnly?.includes(zone.apex) === true) {
    throw problem(403, 'Permission Denied');
  }
  return id === undefined ? performRows(account, zone, seen) : performRow(account, zone, seen, id);
}

function performRows(account: Account, zone: KeptZone, seen: RestRequest): HttpResponse {
  const { store } = account;
  const rows = store.rows(zone);
  if (seen.method === 'GET') {
    return page(
      account,
      seen,
      'records',
      rows.map(row => printRow(zone, row)),
    );
  }
  if (seen.method !== 'POST') throw problem(404, 'Not Found');
  const made = rowFrom(zone, jsonOf(seen.request));
  check(rows, made);
  const row = store.numbered(made);
  store.put(zone, [...rows, row]);
  return jsonResponse(200, printRow(zone, row));
}

function performRow({ store }: Account, zone: KeptZone, seen: RestRequest, id: string): HttpResponse {
  const rows = store.rows(zone);
  const old = rows.find(row => row.id === id);
  if (old === undefined) throw problem(404, 'Not Found');
  const others = rows.filter(row => row !== old);
  switch (seen.method) {
    case 'GET':
      return jsonResponse(200, printRow(zone, old));
    case 'DELETE':
      store.put(zone, others);
      return jsonResponse(200, {});
    case 'PUT': {
      const row = { ...rowFrom(zone, jsonOf(seen.request)), id };
      check(others, row);
      store.put(zone, [...others, row]);
      return jsonResponse(200, printRow(zone, row));
    }
    default:
      throw problem(404, 'Not Found');
  }
}

function check(others: readonly KeptRow[], row: NewKeptRow): void {
  const clash = clashOf(others, row);
  if (clash === 'same') throw wrong('Duplicate Record');
  if (clash === 'cname') throw wrong('CNAME records cannot share a host');
}

function rowFrom(zone: KeptZone, body: unknown): NewKeptRow {
  if (!isFields(body)) throw problem(400, 'Invalid Argument', 'no JSON object');
  const { host = '', type, answer, ttl = 300, priority = null } = body;
  if (typeof type !== 'string' || !types.has(type)) throw wrong('Invalid Type');
  const owner = typeof host === 'string' ? ownerOfLabels(zone, host) : null;
  if (owner === null) throw wrong('Invalid Host');
  if (typeof ttl !== 'number' || !Number.isInteger(ttl) || ttl < 300) throw wrong('TTL is below 300');
  if (typeof answer !== 'string' || answer === '' || answer.length > 512) throw wrong('Invalid Answer');
  const hasPriority = type === 'MX' || type === 'SRV';
  if (hasPriority && typeof priority !== 'number') throw wrong('Priority is required');
  if (!hasPriority && priority !== null) throw wrong('Priority is not allowed');
  const data = rdataOfContent(type, answer, typeof priority === 'number' ? priority : null);
  if (data === null) throw wrong('Invalid Answer');
  return { owner, type, ttl, data, extra: {} };
}

function printRow(zone: KeptZone, { id, owner, type, ttl, data }: KeptRow): Fields {
  const isOneText = type === 'TXT' && tokensOf(data).length === 1;
  const { content, priority } = shownContent(type, data, isOneText ? 'plain' : 'quoted');
  const host = labelsOfOwner(zone, owner);
  return {
    id: Number(id),
    domainName: zone.apex.slice(0, -1),
    ...(host === '' ? {} : { host }),
    fqdn: owner,
    type,
    answer: content,
    ttl,
    ...(priority === null ? {} : { priority }),
  };
}

function printDomain({ apex }: KeptZone): Fields {
  return { domainName: apex.slice(0, -1), locked: true, autorenewEnabled: true };
}

function page(
  { options }: Account,
  { query }: RestRequest,
  member: string,
  all: readonly Fields[],
): HttpResponse {
  const size = Math.min(options.pageSize ?? 1000, Number(query.get('perPage') ?? 500));
  const number = Number(query.get('page') ?? 1);
  if (!(size >= 1) || !(number >= 1)) throw problem(400, 'Invalid Argument', 'page');
  const last = Math.max(1, Math.ceil(all.length / size));
  const shown = all.slice((number - 1) * size, number * size);
  return jsonResponse(200, {
    ...(shown.length === 0 ? {} : { [member]: shown }),
    ...(number < last ? { nextPage: number + 1 } : {}),
    ...(last > 1 ? { lastPage: last } : {}),
  });
}

function zoneAt({ store }: Account, text: string): KeptZone {
  try {
    const zone = store.zones.all.get(parseName(text));
    if (zone !== undefined) return zone;
  } catch (error) {
    if (!isZonecutError(error)) throw error;
  }
  throw problem(404, 'Not Found');
}
