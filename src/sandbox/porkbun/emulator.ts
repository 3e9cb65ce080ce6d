import { type Name, parseName } from '../../dns/name.ts';
import type { RRset } from '../../dns/rrset.ts';
import { isZonecutError } from '../../error.ts';
import type { HttpServed } from '../../world/listen-http.ts';
import type { HttpRequest, HttpResponse } from '../../world/world.ts';
import type { EmulatorDeps } from '../emulation.ts';
import { clashOf, ownerOfLabels, rdataOfContent, shownContent } from '../rest/contents.ts';
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
export interface PorkbunOptions {
  readonly key: string;
  readonly secret: string;
  readonly servers: readonly Name[];
  /** Seconds; 600 unless given. */
  readonly minimumTtl?: number;
  /** Rows of one domain; 1000000 unless given. */
  readonly maxRows?: number;
  /** Seconds, of the apex NS and the SOA; 86400 unless given. */
  readonly apexTtl?: number;
}

/** An account at Porkbun behind its API, strict as that is. */
export interface PorkbunEmulator extends Pick<RowStore, 'rrsets'> {
  handle(request: HttpRequest): Promise<HttpServed>;
  /** What registering a domain does; API access is on unless said otherwise. */
  seedZone(seed: {
    readonly name: Name;
    readonly rrsets?: readonly RRset[];
    readonly optedIn?: boolean;
  }): void;
  removeZone(name: Name): void;
  /** Sets an RRset as somebody else would. */
  put(name: Name, rrset: RRset): void;
  /** Adds a row as the API takes it, as somebody else would. */
  addRow(name: Name, body: object): void;
  /** The notes of the rows of a name. */
  notesAt(zone: Name, owner: Name): readonly string[];
}

interface Account {
  readonly options: PorkbunOptions;
  readonly store: RowStore;
}

const types: ReadonlySet<string> = new Set(
  'A AAAA ALIAS CAA CNAME HTTPS MX NS SRV SSHFP SVCB TLSA TXT'.split(' '),
);

/** An account without domains. */
export function createPorkbunEmulator(deps: EmulatorDeps, options: PorkbunOptions): PorkbunEmulator {
  const apexTtl = options.apexTtl ?? 86_400;
  let last = 432_480_000;
  const store = createRowStore(deps, {
    api: 'porkbun',
    rname: 'dns.cloudflare.com',
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
          api: 'porkbun',
          root: '/api/json/v3',
          operationOf,
          perform: seen => perform(account, seen),
          throttled: () => jsonResponse(429, { status: 'ERROR', message: 'Too many requests' }),
          broken: () => jsonResponse(500, { status: 'ERROR', message: 'Something went wrong' }),
          notFound: () => problem('Invalid endpoint.', 404).response,
        },
        request,
      ),
    seedZone: ({ name, rrsets, optedIn }) => {
      const extra = { optedIn: optedIn !== false };
      store.add({ id: name, apex: name, servers: options.servers, keys: [], extra }, rrsets ?? []);
    },
    removeZone: name => store.remove(name),
    rrsets: name => store.rrsets(name),
    put: (name, rrset) => store.putSet(name, rrset),
    addRow: (name, body) => {
      const zone = zoneAt(account, name.slice(0, -1));
      store.put(zone, [...store.rows(zone), store.numbered(rowFrom(account, zone, body))]);
    },
    notesAt: (name, owner) =>
      store
        .rows(zoneAt(account, name.slice(0, -1)))
        .filter(row => row.owner === owner)
        .map(row => String(row.extra['notes'] ?? '')),
  };
}

function problem(message: string, status = 400): RestRefusal {
  return new RestRefusal(jsonResponse(status, { status: 'ERROR', message }));
}

function done(fields: Fields = {}): HttpResponse {
  return jsonResponse(200, { status: 'SUCCESS', ...fields });
}

/** Such as `create`, `retrieve`, `listAll`. */
function operationOf({ path }: RestRequest): string {
  return path[1] ?? path[0] ?? '';
}

function perform(account: Account, seen: RestRequest): HttpResponse {
  const { options, store } = account;
  const { method, path, request } = seen;
  if (method !== 'POST') throw problem('All HTTP request must use POST.', 405);
  const body = jsonOf(request);
  if (!isFields(body)) throw problem('Invalid JSON.');
  if (body['apikey'] !== options.key || body['secretapikey'] !== options.secret) {
    throw problem('Invalid API key. (002)', 403);
  }
  const [room, what, name, id] = path;
  if (room === 'ping') return done({ yourIp: '127.0.0.1' });
  if (room === 'domain' && what === 'listAll') {
    const start = Number(body['start'] ?? 0);
    const all = [...store.zones.all.values()].map(({ apex }) => ({ domain: apex.slice(0, -1) }));
    return done({ domains: all.slice(start, start + 1000) });
  }
  const zone = zoneAt(account, name ?? '');
  if (room === 'domain' && what === 'getNs') {
    return done({ ns: zone.servers.map(server => server.slice(0, -1)) });
  }
  if (room !== 'dns') throw problem('Invalid endpoint.', 404);
  if (zone.extra['optedIn'] !== true) throw problem('Domain is not opted in to API access.');
  const rows = store.rows(zone);
  if (what === 'retrieve') return done({ cloudflare: 'enabled', records: rows.map(printRow) });
  if (what === 'create') return create(account, zone, body);
  const old = rows.find(row => row.id === id);
  if (old === undefined) throw problem('Invalid record ID.');
  const others = rows.filter(row => row !== old);
  if (what === 'delete') {
    store.put(zone, others);
    return done();
  }
  if (what !== 'edit') throw problem('Invalid endpoint.', 404);
  const row = { ...rowFrom(account, zone, body), id: old.id };
  if (clashOf(others, row) !== null) throw problem('Edit error: We were unable to edit the DNS record.');
  store.put(zone, [...others, row]);
  return done();
}

function create(account: Account, zone: KeptZone, body: Fields): HttpResponse {
  const { store, options } = account;
  const rows = store.rows(zone);
  const made = rowFrom(account, zone, body);
  if (clashOf(rows, made) !== null || rows.length >= (options.maxRows ?? 1_000_000)) {
    throw problem('Create error: We were unable to create the DNS record.');
  }
  const row = store.numbered(made);
  store.put(zone, [...rows, row]);
  return done({ id: Number(row.id) });
}

function zoneAt({ store }: Account, text: string): KeptZone {
  try {
    const zone = store.zones.all.get(parseName(text));
    if (zone !== undefined) return zone;
  } catch (error) {
    if (!isZonecutError(error)) throw error;
  }
  throw problem('Invalid domain.');
}

function rowFrom({ options }: Account, zone: KeptZone, body: unknown): NewKeptRow {
  if (!isFields(body)) throw problem('Invalid JSON.');
  const { name = '', type, content, ttl = '600', prio = null, notes = '' } = body;
  if (typeof type !== 'string' || !types.has(type)) throw problem('Invalid type passed.');
  const owner = typeof name === 'string' ? ownerOfLabels(zone, name) : null;
  if (owner === null) throw problem('Invalid name passed.');
  const seconds = Number(ttl);
  if (!Number.isInteger(seconds) || seconds < (options.minimumTtl ?? 600)) throw problem('Invalid TTL.');
  if (typeof content !== 'string' || content.trim() === '') throw problem('Invalid content passed.');
  // Text is kept as it comes, without its blanks at the end.
  const text = type === 'TXT' ? content.trimEnd() : content;
  const data = rdataOfContent(type, text, prio === null ? null : Number(prio));
  if (data === null) throw problem('Invalid content passed.');
  return { owner, type, ttl: seconds, data, extra: { notes } };
}

function printRow({ id, owner, type, ttl, data, extra }: KeptRow): Fields {
  const { content, priority } = shownContent(type, data, 'plain');
  return {
    id,
    name: owner.slice(0, -1),
    type,
    content,
    ttl: String(ttl),
    prio: String(priority ?? 0),
    notes: extra['notes'] === '' ? null : (extra['notes'] ?? null),
  };
}
