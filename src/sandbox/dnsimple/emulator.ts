import { type Name, parseName } from '../../dns/name.ts';
import type { RRset } from '../../dns/rrset.ts';
import { isZonecutError } from '../../error.ts';
import type { HttpServed } from '../../world/listen-http.ts';
import type { HttpRequest, HttpResponse } from '../../world/world.ts';
import { type EmulatorDeps, headerOf } from '../emulation.ts';
import { clashOf, labelsOfOwner, ownerOfLabels, rdataOfContent, shownContent } from '../rest/contents.ts';
import {
  emptyResponse,
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
export interface DnsimpleOptions {
  readonly token: string;
  /** A token that may read only. */
  readonly readToken?: string;
  /** The numbers of the accounts that the tokens open; the first one has the zones. */
  readonly accounts: readonly number[];
  readonly servers: readonly Name[];
  /** Seconds, of the apex NS and the SOA; 3600 unless given. */
  readonly apexTtl?: number;
}

/** An account at DNSimple behind its API, strict as that is. */
export interface DnsimpleEmulator extends Pick<RowStore, 'rrsets'> {
  handle(request: HttpRequest): Promise<HttpServed>;
  seedZone(seed: {
    readonly name: Name;
    readonly rrsets?: readonly RRset[];
    readonly secondary?: boolean;
  }): void;
  removeZone(name: Name): void;
  /** Sets an RRset as somebody else would. */
  put(name: Name, rrset: RRset): void;
  /** Adds a row as the API takes it, as somebody else would. */
  addRow(name: Name, body: object): void;
}

interface Account {
  readonly options: DnsimpleOptions;
  readonly store: RowStore;
}

const types: ReadonlySet<string> = new Set(
  'A AAAA ALIAS CAA CNAME HINFO MX NAPTR NS PTR SRV SSHFP TXT URL'.split(' '),
);

/** An account without zones. */
export function createDnsimpleEmulator(deps: EmulatorDeps, options: DnsimpleOptions): DnsimpleEmulator {
  const apexTtl = options.apexTtl ?? 3600;
  let last = 502_800;
  const store = createRowStore(deps, {
    api: 'dnsimple',
    rname: 'admin.dnsimple.com',
    soaTtl: apexTtl,
    soaMinimum: apexTtl,
    nsTtl: apexTtl,
    apexNsRows: true,
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
          api: 'dnsimple',
          root: '/v2',
          operationOf,
          perform: seen => perform(account, seen),
          throttled: () => problem(429, 'Quota exceeded').response,
          broken: () => problem(500, 'Internal Server Error').response,
          notFound: () => problem(404, 'Not Found').response,
        },
        request,
      ),
    seedZone: ({ name, rrsets, secondary }) => {
      const extra = { secondary: secondary === true };
      store.add({ id: name, apex: name, servers: options.servers, keys: [], extra }, rrsets ?? []);
    },
    removeZone: name => store.remove(name),
    rrsets: name => store.rrsets(name),
    put: (name, rrset) => store.putSet(name, rrset),
    addRow: (name, body) => {
      const zone = store.zones.all.get(name);
      if (zone === undefined) throw new Error(`no zone ${name}`);
      store.put(zone, [...store.rows(zone), store.numbered(rowFrom(zone, body, null))]);
    },
  };
}

function problem(status: number, message: string, errors?: Fields): RestRefusal {
  return new RestRefusal(jsonResponse(status, { message, ...(errors === undefined ? {} : { errors }) }));
}

const wrong = (member: string, sentence: string): RestRefusal =>
  problem(400, 'Validation failed', { [member]: [sentence] });

/** Such as `POST record`, `GET records`, `GET zone`. */
function operationOf({ method, path }: RestRequest): string {
  const [first = '', second, name, part, id] = path;
  if (second !== 'zones') return `${method} ${first}`;
  if (name === undefined) return `${method} zones`;
  if (part === undefined) return `${method} zone`;
  return `${method} ${id === undefined && method === 'GET' ? 'records' : 'record'}`;
}

function perform(account: Account, seen: RestRequest): HttpResponse {
  const { options, store } = account;
  const { method, path, request } = seen;
  const token = /^Bearer (.+)$/.exec(headerOf(request, 'authorization') ?? '')?.[1];
  if (token === undefined || (token !== options.token && token !== options.readToken)) {
    throw problem(401, 'Authentication failed');
  }
  const [first, second, name, part, id] = path;
  const accounts = options.accounts.map(number => ({ id: number, email: 'user@example.com' }));
  if (first === 'whoami' && method === 'GET') {
    return jsonResponse(200, { data: { user: null, account: accounts[0] } });
  }
  if (first === 'accounts' && method === 'GET') return jsonResponse(200, { data: accounts });
  if (!options.accounts.some(number => String(number) === first)) throw problem(404, 'Account not found');
  if (method !== 'GET' && token !== options.token) {
    throw problem(403, 'Permission Denied. Required Scope: zones:*:write');
  }
  if (second !== 'zones') throw problem(404, 'Not Found');
  const own = String(options.accounts[0]) === first ? [...store.zones.all.values()] : [];
  if (name === undefined) return page(seen, own.map(printZone));
  const zone = own.find(one => one.apex === named(name));
  if (zone === undefined) throw problem(404, `Zone \`${name}\` not found`);
  if (part === undefined) return jsonResponse(200, { data: printZone(zone) });
  if (part !== 'records') throw problem(404, 'Not Found');
  return id === undefined ? performRows(account, zone, seen) : performRow(account, zone, seen, id);
}

function performRows({ store }: Account, zone: KeptZone, seen: RestRequest): HttpResponse {
  const rows = store.rows(zone);
  if (seen.method === 'GET') {
    const type = seen.query.get('type');
    const shown = rows.filter(row => type === null || row.type === type);
    return page(
      seen,
      shown.map(row => printRow(zone, row)),
    );
  }
  if (seen.method !== 'POST') throw problem(405, 'Method not allowed');
  const made = rowFrom(zone, jsonOf(seen.request), null);
  check(zone, rows, made);
  const row = store.numbered(made);
  store.put(zone, [...rows, row]);
  return jsonResponse(201, { data: printRow(zone, row) });
}

function performRow({ store }: Account, zone: KeptZone, seen: RestRequest, id: string): HttpResponse {
  const rows = store.rows(zone);
  const old = rows.find(row => row.id === id);
  if (old === undefined) throw problem(404, `Record \`${id}\` not found`);
  const others = rows.filter(row => row !== old);
  if (seen.method === 'GET') return jsonResponse(200, { data: printRow(zone, old) });
  if (isSystem(zone, old)) throw problem(400, 'System records cannot be changed');
  if (seen.method === 'DELETE') {
    store.put(zone, others);
    return emptyResponse();
  }
  if (seen.method !== 'PATCH') throw problem(405, 'Method not allowed');
  const row = { ...rowFrom(zone, jsonOf(seen.request), old), id };
  check(zone, others, row);
  store.put(zone, [...others, row]);
  return jsonResponse(200, { data: printRow(zone, row) });
}

function isSystem(zone: KeptZone, { owner, type }: NewKeptRow): boolean {
  return owner === zone.apex && (type === 'NS' || type === 'SOA');
}

function check(zone: KeptZone, others: readonly KeptRow[], row: NewKeptRow): void {
  if (isSystem(zone, row)) throw wrong('base', 'NS records of the zone are managed by DNSimple');
  const clash = clashOf(others, row);
  if (clash === 'same') throw wrong('content', 'already exists');
  if (clash === 'cname') throw wrong('name', 'a CNAME record stands alone');
}

function rowFrom(zone: KeptZone, body: unknown, old: KeptRow | null): NewKeptRow {
  if (!isFields(body)) throw problem(400, 'Problems parsing JSON');
  const shown = old === null ? null : shownContent(old.type, old.data, 'quoted');
  const { type = old?.type, name = old === null ? undefined : labelsOfOwner(zone, old.owner) } = body;
  const { content = shown?.content, ttl = old?.ttl ?? 3600, priority = shown?.priority ?? null } = body;
  const { regions = old?.extra['regions'] ?? ['global'] } = body;
  if (typeof type !== 'string' || !types.has(type)) throw wrong('record_type', 'is not included in the list');
  if (typeof name !== 'string') throw wrong('name', "can't be blank");
  const owner = ownerOfLabels(zone, name);
  if (owner === null) throw wrong('name', 'is invalid');
  if (typeof content !== 'string' || content === '') throw wrong('content', "can't be blank");
  if (typeof ttl !== 'number' || !Number.isInteger(ttl) || ttl < 60) throw wrong('ttl', 'is too small');
  if (priority !== null && typeof priority !== 'number') throw wrong('priority', 'is not a number');
  const data = rdataOfContent(type, content, priority);
  if (data === null) throw wrong('content', 'is invalid');
  return { owner, type, ttl, data, extra: { regions } };
}

function printRow(zone: KeptZone, row: KeptRow): Fields {
  const { id, owner, type, ttl, data, extra } = row;
  return {
    id: Number(id),
    zone_id: zone.apex.slice(0, -1),
    parent_id: null,
    name: labelsOfOwner(zone, owner),
    ...shownContent(type, data, 'quoted'),
    ttl,
    type,
    regions: extra['regions'] ?? ['global'],
    system_record: isSystem(zone, row),
    created_at: '2025-07-09T05:34:36Z',
    updated_at: '2025-07-09T05:34:36Z',
  };
}

function printZone({ apex, extra }: KeptZone): Fields {
  return { id: 1, name: apex.slice(0, -1), reverse: false, secondary: extra['secondary'], active: true };
}

/** A page of a list; 30 items unless up to 100 are asked for. */
function page({ query }: RestRequest, items: readonly unknown[]): HttpResponse {
  const per_page = Number(query.get('per_page') ?? 30);
  const current_page = Number(query.get('page') ?? 1);
  if (!(per_page >= 1 && per_page <= 100) || !(current_page >= 1)) throw problem(400, 'Bad Request');
  const total_pages = Math.max(1, Math.ceil(items.length / per_page));
  return jsonResponse(200, {
    data: items.slice((current_page - 1) * per_page, current_page * per_page),
    pagination: { current_page, per_page, total_entries: items.length, total_pages },
  });
}

function named(text: string): Name {
  try {
    return parseName(text);
  } catch (error) {
    if (isZonecutError(error)) throw problem(404, `Zone \`${text}\` not found`);
    throw error;
  }
}
