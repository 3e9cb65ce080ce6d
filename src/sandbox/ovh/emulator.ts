import { createHash } from 'node:crypto';
import { type Name, parseName } from '../../dns/name.ts';
import { parseRdata } from '../../dns/rdata.ts';
import type { Rdata, RRset } from '../../dns/rrset.ts';
import { isZonecutError } from '../../error.ts';
import type { HttpServed } from '../../world/listen-http.ts';
import type { HttpRequest, HttpResponse } from '../../world/world.ts';
import { bodyText, type EmulatorDeps, headerOf } from '../emulation.ts';
import { clashOf, labelsOfOwner, ownerOfLabels } from '../rest/contents.ts';
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
export interface OvhOptions {
  readonly key: string;
  readonly secret: string;
  readonly consumer: string;
  /** A consumer key that may read only. */
  readonly readConsumer?: string;
  readonly servers: readonly Name[];
  /** Seconds, of the apex NS and the SOA; 3600 unless given. */
  readonly apexTtl?: number;
}

/** An account at OVHcloud behind its API, strict as that is: what is written is served once the zone is refreshed. */
export interface OvhEmulator {
  handle(request: HttpRequest): Promise<HttpServed>;
  /** What ordering a zone does. */
  seedZone(seed: { readonly name: Name; readonly rrsets?: readonly RRset[] }): void;
  removeZone(name: Name): void;
  /** What is served of a zone, SOA aside; empty for one that is not there. */
  rrsets(name: Name): readonly RRset[];
  /** Sets an RRset and refreshes, as somebody else would. */
  put(name: Name, rrset: RRset): void;
  /** Adds a row as the API shows it, as somebody else would. */
  addRow(name: Name, body: object): void;
}

interface Account {
  readonly deps: EmulatorDeps;
  readonly options: OvhOptions;
  readonly store: RowStore;
  /** Rows that are not served yet, by zone. */
  readonly written: Map<string, readonly KeptRow[]>;
}

/** Seconds that a signature may be old. */
const maxSkewSeconds = 300;

const types: ReadonlySet<string> = new Set(
  'A AAAA CAA CNAME DKIM DMARC DNAME HTTPS LOC MX NAPTR NS PTR RP SPF SRV SSHFP SVCB TLSA TXT'.split(' '),
);

/** An account without zones. */
export function createOvhEmulator(deps: EmulatorDeps, options: OvhOptions): OvhEmulator {
  const apexTtl = options.apexTtl ?? 3600;
  let last = 1_553_659_800;
  const store = createRowStore(deps, {
    api: 'ovh',
    rname: 'tech.ovh.net',
    soaTtl: apexTtl,
    soaMinimum: apexTtl,
    nsTtl: apexTtl,
    apexNsRows: true,
    newId: () => {
      last += 1;
      return String(last);
    },
  });
  const account: Account = { deps, options, store, written: new Map() };
  return {
    handle: request =>
      serveRest(
        deps,
        {
          api: 'ovh',
          root: '/1.0',
          operationOf,
          perform: seen => perform(account, seen),
          throttled: () => problem(429, 'Too many requests', 'TOO_MANY_REQUESTS').response,
          broken: () => problem(500, 'Internal server error').response,
          notFound: () => problem(404, 'Got an invalid (or empty) URL').response,
        },
        request,
      ),
    seedZone: ({ name, rrsets }) => {
      store.add({ id: name, apex: name, servers: options.servers, keys: [], extra: {} }, rrsets ?? []);
    },
    removeZone: name => store.remove(name),
    rrsets: name => store.rrsets(name),
    put: (name, rrset) => {
      const zone = store.zones.all.get(name);
      if (zone === undefined) return;
      const others = (row: KeptRow): boolean => row.owner !== rrset.owner || row.type !== rrset.type;
      const kept = (account.written.get(zone.id) ?? []).filter(others);
      store.putSet(name, rrset);
      const own = store.rows(zone).filter(row => !others(row));
      if (account.written.has(zone.id)) account.written.set(zone.id, [...kept, ...own]);
    },
    addRow: (name, body) => {
      const zone = zoneAt(account, name.slice(0, -1));
      store.put(zone, [...store.rows(zone), store.numbered(rowFrom(zone, body, null))]);
    },
  };
}

function problem(status: number, message: string, errorCode?: string): RestRefusal {
  return new RestRefusal(
    jsonResponse(status, {
      message,
      httpCode: String(status),
      ...(errorCode === undefined ? { class: 'Client::Error' } : { errorCode }),
    }),
  );
}

/** Such as `POST record`, `GET records`, `POST refresh`. */
function operationOf({ method, path }: RestRequest): string {
  const [first = '', second = '', zone, part, id] = path;
  if (first !== 'domain') return `${method} ${second}`;
  if (zone === undefined) return `${method} zones`;
  if (part !== 'record') return `${method} ${part ?? 'zone'}`;
  return `${method} ${id === undefined && method === 'GET' ? 'records' : 'record'}`;
}

function perform(account: Account, seen: RestRequest): HttpResponse {
  const { method, path, request } = seen;
  const [first, second, name, part, id] = path;
  if (first === 'auth' && second === 'time') return jsonResponse(200, nowSeconds(account));
  const mayWrite = checkSignature(account, request);
  if (first === 'auth' && second === 'currentCredential') {
    return jsonResponse(200, { credentialId: 1, applicationId: 4711, status: 'validated', rules: [] });
  }
  if (method !== 'GET' && !mayWrite) throw problem(403, 'This call has not been granted', 'NOT_GRANTED_CALL');
  if (first !== 'domain' || second !== 'zone') throw problem(404, 'Got an invalid (or empty) URL');
  if (name === undefined) {
    return jsonResponse(
      200,
      [...account.store.zones.all.values()].map(({ apex }) => apex.slice(0, -1)),
    );
  }
  const zone = zoneAt(account, name);
  switch (`${method} ${part ?? ''}`.trim()) {
    case 'GET':
      return jsonResponse(200, {
        name,
        nameServers: zone.servers.map(server => server.slice(0, -1)),
        dnssecSupported: true,
      });
    case 'GET status':
      return jsonResponse(200, {
        isDeployed: !account.written.has(zone.id),
        errors: null,
        warnings: null,
      });
    case 'POST refresh':
      account.store.put(zone, rowsOf(account, zone));
      account.written.delete(zone.id);
      return jsonResponse(200, null);
    default:
      if (part !== 'record') throw problem(404, 'Got an invalid (or empty) URL');
      return id === undefined ? performRows(account, zone, seen) : performRow(account, zone, seen, id);
  }
}

function nowSeconds({ deps }: Account): number {
  return Math.floor(deps.clock.now() / 1000);
}

/** Whether the consumer may write. Throws RestRefusal unless the request is signed with the time of the host. */
function checkSignature(account: Account, request: HttpRequest): boolean {
  const { options } = account;
  const header = (name: string): string => headerOf(request, `x-ovh-${name}`) ?? '';
  const [consumer, time] = [header('consumer'), header('timestamp')];
  if (header('application') !== options.key) {
    throw problem(403, 'This application key is invalid', 'INVALID_KEY');
  }
  if (consumer !== options.consumer && consumer !== options.readConsumer) {
    throw problem(403, 'This credential does not exist', 'INVALID_CREDENTIAL');
  }
  const parts = [options.secret, consumer, request.method, request.url, bodyText(request), time];
  const wanted = `$1$${createHash('sha1').update(parts.join('+')).digest('hex')}`;
  if (header('signature') !== wanted) throw problem(400, 'Invalid signature', 'INVALID_SIGNATURE');
  if (!(Math.abs(Number(time) - nowSeconds(account)) <= maxSkewSeconds)) {
    throw problem(400, 'Query out of time', 'QUERY_TIME_OUT');
  }
  return consumer === options.consumer;
}

function zoneAt({ store }: Account, text: string): KeptZone {
  try {
    const zone = store.zones.all.get(parseName(text));
    if (zone !== undefined) return zone;
  } catch (error) {
    if (!isZonecutError(error)) throw error;
  }
  throw problem(404, 'This service does not exist');
}

/** The rows as they are written, served or not. */
function rowsOf({ store, written }: Account, zone: KeptZone): readonly KeptRow[] {
  return written.get(zone.id) ?? store.rows(zone);
}

function performRows(
  account: Account,
  zone: KeptZone,
  { method, query, request }: RestRequest,
): HttpResponse {
  const rows = rowsOf(account, zone);
  if (method === 'GET') {
    const [type, labels] = [query.get('fieldType'), query.get('subDomain')];
    const shown = rows.filter(
      row =>
        (type === null || fieldTypeOf(row) === type) &&
        (labels === null || labelsOfOwner(zone, row.owner) === labels),
    );
    return jsonResponse(
      200,
      shown.map(row => Number(row.id)),
    );
  }
  if (method !== 'POST') throw problem(405, 'Method not allowed');
  const made = rowFrom(zone, jsonOf(request), null);
  check(rows, made);
  const row = account.store.numbered(made);
  account.written.set(zone.id, [...rows, row]);
  return jsonResponse(200, printRow(zone, row));
}

function performRow(
  account: Account,
  zone: KeptZone,
  { method, request }: RestRequest,
  id: string,
): HttpResponse {
  const rows = rowsOf(account, zone);
  const old = rows.find(row => row.id === id);
  if (old === undefined) throw problem(404, `The requested object (id = ${id}) does not exist`);
  const others = rows.filter(row => row !== old);
  switch (method) {
    case 'GET':
      return jsonResponse(200, printRow(zone, old));
    case 'DELETE':
      account.written.set(zone.id, others);
      return jsonResponse(200, null);
    case 'PUT': {
      const row = { ...rowFrom(zone, jsonOf(request), old), id };
      check(others, row);
      account.written.set(zone.id, [...others, row]);
      return jsonResponse(200, null);
    }
    default:
      throw problem(405, 'Method not allowed');
  }
}

function check(others: readonly KeptRow[], row: NewKeptRow): void {
  const clash = clashOf(others, row);
  if (clash === 'same') throw problem(409, 'This record already exists in this zone');
  if (clash === 'cname') throw problem(409, 'A CNAME record already exists, or others beside it do');
}

function fieldTypeOf({ type, extra }: KeptRow): string {
  return typeof extra['fieldType'] === 'string' ? extra['fieldType'] : type;
}

function rowFrom(zone: KeptZone, body: unknown, old: KeptRow | null): NewKeptRow {
  if (!isFields(body)) throw problem(400, 'Invalid JSON body');
  const { fieldType = old === null ? undefined : fieldTypeOf(old), subDomain = old === null ? '' : null } =
    body;
  const { target = old?.data, ttl = old?.ttl ?? 0 } = body;
  if (old !== null && body['fieldType'] !== undefined) throw problem(400, 'fieldType cannot be changed');
  if (typeof fieldType !== 'string' || !types.has(fieldType)) throw problem(400, '[fieldType] is not valid');
  const owner =
    old !== null && subDomain === null
      ? old.owner
      : typeof subDomain === 'string'
        ? ownerOfLabels(zone, subDomain)
        : null;
  if (owner === null) throw problem(400, 'Invalid subdomain');
  if (typeof ttl !== 'number' || !Number.isInteger(ttl) || (ttl !== 0 && ttl < 60)) {
    throw problem(400, 'Invalid TTL');
  }
  if (typeof target !== 'string' || target === '') throw problem(400, 'Invalid target');
  const type = /^(DKIM|DMARC|SPF)$/.test(fieldType) ? 'TXT' : fieldType;
  const extra = { ...(type === fieldType ? {} : { fieldType }), ...(ttl === 0 ? { zoneTtl: true } : {}) };
  return { owner, type, ttl: ttl === 0 ? 3600 : ttl, data: dataFrom(zone, type, target), extra };
}

/** Names without a final dot are relative to the zone; text may lack its quotes. */
function dataFrom(zone: KeptZone, type: string, target: string): Rdata {
  const isBare = type === 'TXT' && !target.startsWith('"');
  const text = isBare ? `"${target.replace(/["\\]/g, '\\$&')}"` : target;
  try {
    return parseRdata(type, text, zone.apex);
  } catch (error) {
    if (isZonecutError(error)) throw problem(400, `Invalid target for a field of type ${type}`);
    throw error;
  }
}

function printRow(zone: KeptZone, row: KeptRow): Fields {
  return {
    id: Number(row.id),
    zone: zone.apex.slice(0, -1),
    fieldType: fieldTypeOf(row),
    subDomain: labelsOfOwner(zone, row.owner),
    target: row.data,
    ttl: row.extra['zoneTtl'] === true ? 0 : row.ttl,
  };
}
