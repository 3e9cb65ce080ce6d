import { type Name, parseName } from '../../dns/name.ts';
import type { RRset } from '../../dns/rrset.ts';
import { isZonecutError } from '../../error.ts';
import type { HttpServed } from '../../world/listen-http.ts';
import type { HttpRequest, HttpResponse } from '../../world/world.ts';
import { type EmulatorDeps, headerOf, randomText } from '../emulation.ts';
import { type Fields, isFields, jsonOf, jsonResponse, type RestRequest, serveRest } from '../rest/json.ts';
import {
  createZoneStore,
  indexOf,
  type KeptZone,
  keyOf,
  rrsetOfKept,
  type ZoneStore,
} from '../rest/zones.ts';
import { listed, ownerOf, problem, setFrom } from './records.ts';

/** What the account and its host are. */
export interface Ns1Options {
  readonly key: string;
  /** A key that may only view. */
  readonly readKey?: string;
  readonly servers: readonly Name[];
  /** Zones that the account may have; 100 unless given. */
  readonly maxZones?: number;
  /** Zones that other accounts have. */
  readonly takenElsewhere?: readonly Name[];
  /** Records of one page; all unless given. */
  readonly pageSize?: number;
  /** Seconds, of the apex NS and the SOA; 3600 unless given. */
  readonly apexTtl?: number;
}

/** A zone to put into the account. */
export interface SeedNs1Zone {
  readonly name: Name;
  /** Besides SOA and the apex NS. */
  readonly rrsets?: readonly RRset[];
}

/** An account at NS1 behind its API, strict as that is. */
export interface Ns1Emulator {
  handle(request: HttpRequest): Promise<HttpServed>;
  seedZone(seed: SeedNs1Zone): void;
  removeZone(name: Name): void;
  /** What is in a zone, SOA aside; empty for one that is not there. */
  rrsets(name: Name): readonly RRset[];
  /** Sets an RRset as somebody else would. */
  put(name: Name, rrset: RRset): void;
  /** Shows a record as it stands in the list of a zone, such as one that is linked or filtered; it is not served. */
  show(name: Name, record: Fields): void;
}

interface Account {
  readonly deps: EmulatorDeps;
  readonly options: Ns1Options;
  readonly store: ZoneStore;
  readonly shown: Map<Name, Fields[]>;
}

/** An account without zones. */
export function createNs1Emulator(deps: EmulatorDeps, options: Ns1Options): Ns1Emulator {
  const apexTtl = options.apexTtl ?? 3600;
  const times = { soaTtl: apexTtl, soaMinimum: apexTtl, nsTtl: apexTtl };
  const store = createZoneStore(deps, { api: 'ns1', rname: 'hostmaster.nsone.net', ...times });
  const account: Account = { deps, options, store, shown: new Map() };
  return {
    handle: request =>
      serveRest(
        deps,
        {
          api: 'ns1',
          root: '/v1',
          operationOf,
          perform: seen => perform(account, seen),
          throttled: () => problem(429, 'rate limit exceeded').response,
          broken: () => problem(500, 'internal server error').response,
          notFound: () => problem(404, 'not found').response,
        },
        request,
      ),
    seedZone: ({ name, rrsets }) => void addZone(account, name, rrsets ?? []),
    removeZone: name => {
      const zone = store.all.get(name);
      if (zone !== undefined) store.remove(zone);
    },
    rrsets: name => [...(store.all.get(name)?.sets.values() ?? [])].map(rrsetOfKept),
    put: (name, rrset) => {
      const zone = store.all.get(name);
      if (zone !== undefined) store.put(zone, indexOf([...zone.sets.values(), rrset]));
    },
    show: (name, record) => {
      account.shown.set(name, [...(account.shown.get(name) ?? []), record]);
    },
  };
}

function addZone({ store, options, deps }: Account, apex: Name, rrsets: readonly RRset[]): KeptZone {
  return store.add({ id: newId(deps), apex, servers: options.servers, keys: [], extra: {} }, rrsets);
}

function newId({ random }: EmulatorDeps): string {
  return randomText(random, '0123456789abcdef', 24);
}

/** Such as `PUT record`, `GET zone`, `PUT zone`. */
function operationOf({ method, path }: RestRequest): string {
  const [first = '', zone, domain] = path;
  if (first !== 'zones') return `${method} ${first}`;
  if (zone === undefined) return `${method} zones`;
  return `${method} ${domain === undefined ? 'zone' : 'record'}`;
}

function perform(account: Account, seen: RestRequest): HttpResponse {
  const { method, path, request } = seen;
  const key = headerOf(request, 'x-nsone-key');
  const { options, store } = account;
  if (key !== options.key && key !== options.readKey) throw problem(401, 'Unauthorized');
  if (method !== 'GET' && key !== options.key) throw problem(403, 'permission denied');
  const [first, name, domain, type] = path;
  if (first === 'account' && name === 'settings' && method === 'GET') {
    return jsonResponse(200, { customer_id: 1234, company: 'Sandbox' });
  }
  if (first !== 'zones') throw problem(404, 'not found');
  if (name === undefined) {
    if (method !== 'GET') throw problem(405, 'method not allowed');
    return jsonResponse(
      200,
      [...store.all.values()].map(zone => printZone(zone)),
    );
  }
  if (domain === undefined && method === 'PUT') return createZone(account, name, request);
  const zone = store.all.get(named(name));
  if (zone === undefined) throw problem(404, 'zone not found');
  if (domain === undefined) {
    if (method === 'GET') return getZone(account, zone, seen);
    if (method !== 'DELETE') throw problem(405, 'method not allowed');
    store.remove(zone);
    return jsonResponse(200, {});
  }
  if (type === undefined) throw problem(404, 'not found');
  return performRecord(account, zone, request, domain, type);
}

function performRecord(
  { store, deps }: Account,
  zone: KeptZone,
  request: HttpRequest,
  domain: string,
  type: string,
): HttpResponse {
  const key = keyOf(ownerOf(zone, domain), type);
  const set = zone.sets.get(key);
  const { method } = request;
  if (method === 'PUT' && set !== undefined) throw problem(400, 'record already exists');
  if (method !== 'PUT' && set === undefined) throw problem(404, 'record not found');
  if (method === 'DELETE') {
    store.put(zone, indexOf([...zone.sets.values()].filter(one => one !== set)));
    return jsonResponse(200, {});
  }
  if (method !== 'PUT' && method !== 'POST') {
    if (method !== 'GET' || set === undefined) throw problem(405, 'method not allowed');
    return jsonResponse(200, listed(set, newId(deps)));
  }
  const made = setFrom(zone, domain, type, jsonOf(request));
  store.put(zone, indexOf([...zone.sets.values(), made]));
  return jsonResponse(200, { ...listed(made, newId(deps)), zone: zone.apex.slice(0, -1), filters: [] });
}

function createZone(account: Account, text: string, request: HttpRequest): HttpResponse {
  const { options, store } = account;
  const body = jsonOf(request);
  if (!isFields(body) || body['zone'] !== text) throw problem(400, 'Input validation failed (zone)');
  const apex = named(text);
  if (store.all.has(apex) || options.takenElsewhere?.includes(apex) === true) {
    throw problem(400, 'zone already exists');
  }
  if (store.all.size >= (options.maxZones ?? 100)) throw problem(400, 'zone limit exceeded');
  return jsonResponse(200, printZone(addZone(account, apex, [])));
}

function printZone(zone: KeptZone): Fields {
  return {
    id: zone.id,
    zone: zone.apex.slice(0, -1),
    dns_servers: zone.servers.map(server => server.slice(0, -1)),
    dnssec: false,
    serial: zone.serial,
    ttl: 3600,
    nx_ttl: 3600,
    primary: { enabled: false, secondaries: [] },
    link: null,
  };
}

function getZone(account: Account, zone: KeptZone, { query, request }: RestRequest): HttpResponse {
  const head = printZone(zone);
  if (query.get('records') === 'false') return jsonResponse(200, head);
  const records = [
    ...[...zone.sets.values()].map(set => listed(set, newId(account.deps))),
    ...(account.shown.get(zone.apex) ?? []),
  ];
  const size = account.options.pageSize ?? Math.max(1, records.length);
  const from = Number(query.get('after') ?? 0);
  const shown = { ...head, records: records.slice(from, from + size) };
  if (from + size >= records.length) return jsonResponse(200, shown);
  const address = request.url.split('?')[0] ?? '';
  return jsonResponse(200, shown, { link: `<${address}?after=${from + size}>; rel="next"` });
}

function named(text: string): Name {
  try {
    return parseName(text);
  } catch (error) {
    if (isZonecutError(error)) throw problem(400, 'invalid zone name');
    throw error;
  }
}
