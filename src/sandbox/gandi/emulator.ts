import { type Name, parseName, parseNameAt, relativeTo } from '../../dns/name.ts';
import type { RRset } from '../../dns/rrset.ts';
import { isZonecutError } from '../../error.ts';
import type { HttpServed } from '../../world/listen-http.ts';
import type { HttpRequest, HttpResponse } from '../../world/world.ts';
import { type EmulatorDeps, headerOf } from '../emulation.ts';
import {
  emptyResponse,
  jsonOf,
  jsonResponse,
  RestRefusal,
  type RestRequest,
  serveRest,
} from '../rest/json.ts';
import {
  createZoneStore,
  indexOf,
  type KeptZone,
  keyOf,
  rrsetOfKept,
  type ZoneStore,
} from '../rest/zones.ts';
import { newSet, refused } from './rrsets.ts';

/** What the account and its host are. */
export interface GandiOptions {
  readonly token: string;
  readonly servers: readonly Name[];
  /** Seconds, of the apex NS and the SOA; 10800 unless given. */
  readonly apexTtl?: number;
}

/** A domain to put into the account. */
export interface SeedGandiDomain {
  readonly name: Name;
  /** Besides SOA and the apex NS. */
  readonly rrsets?: readonly RRset[];
}

/** An account at Gandi LiveDNS behind its API, strict as that is. */
export interface GandiEmulator {
  handle(request: HttpRequest): Promise<HttpServed>;
  /** What registering a domain does. */
  seedZone(seed: SeedGandiDomain): void;
  removeZone(name: Name): void;
  /** What is in a domain, SOA aside; empty for one that is not there. */
  rrsets(name: Name): readonly RRset[];
  /** Sets an RRset as somebody else would. */
  put(name: Name, rrset: RRset): void;
}

interface Account {
  readonly options: GandiOptions;
  readonly store: ZoneStore;
}

/** Items of one page that the API gives at most. */
const maxPerPage = 1000;

/** An account without domains. */
export function createGandiEmulator(deps: EmulatorDeps, options: GandiOptions): GandiEmulator {
  const apexTtl = options.apexTtl ?? 10_800;
  const store = createZoneStore(deps, {
    api: 'gandi',
    rname: 'hostmaster.gandi.net',
    soaTtl: apexTtl,
    soaMinimum: apexTtl,
    nsTtl: apexTtl,
  });
  const account: Account = { options, store };
  return {
    handle: request =>
      serveRest(
        deps,
        {
          api: 'gandi',
          root: '/v5',
          operationOf,
          perform: seen => perform(account, seen),
          throttled: () => problem(429, 'Too Many Requests', 'Rate limit exceeded').response,
          broken: () => problem(500, 'Internal Server Error', 'An error occurred').response,
          notFound: () => problem(404, 'Not Found', 'The resource could not be found').response,
        },
        request,
      ),
    seedZone: ({ name, rrsets }) => {
      store.add({ id: name, apex: name, servers: options.servers, keys: [], extra: {} }, rrsets ?? []);
    },
    removeZone: name => {
      const zone = store.all.get(name);
      if (zone !== undefined) store.remove(zone);
    },
    rrsets: name => [...(store.all.get(name)?.sets.values() ?? [])].map(rrsetOfKept),
    put: (name, rrset) => {
      const zone = store.all.get(name);
      if (zone !== undefined) store.put(zone, indexOf([...zone.sets.values(), rrset]));
    },
  };
}

function problem(status: number, cause: string, message: string, object = 'HTTPError'): RestRefusal {
  return new RestRefusal(jsonResponse(status, { code: status, message, object, cause }));
}

/** Such as `PUT record`, `GET records`, `GET domain`. */
function operationOf({ method, path }: RestRequest): string {
  const [, first = '', name, part, owner] = path;
  if (path[0] !== 'livedns' || first !== 'domains') return `${method} ${first}`;
  if (name === undefined) return `${method} domains`;
  if (part === undefined) return `${method} domain`;
  return `${method} ${owner === undefined ? 'records' : 'record'}`;
}

function perform(account: Account, seen: RestRequest): HttpResponse {
  if (headerOf(seen.request, 'authorization') !== `Bearer ${account.options.token}`) {
    throw problem(
      401,
      'Unauthorized',
      'The server could not verify that you authorized to access the document you requested.',
      'HTTPUnauthorized',
    );
  }
  const { method, path } = seen;
  const [room, first, name, part, owner, type] = path;
  if (room === 'organization' && first === 'user-info' && method === 'GET') {
    return jsonResponse(200, { username: 'sandbox', name: 'Sandbox', lang: 'en' });
  }
  if (room !== 'livedns' || method === 'POST' || method === 'PATCH')
    throw problem(404, 'Not Found', 'The resource could not be found');
  if (first === 'nameservers' && name !== undefined && method === 'GET') {
    return jsonResponse(
      200,
      zoneAt(account, name).servers.map(server => server.slice(0, -1)),
    );
  }
  if (first !== 'domains') throw problem(404, 'Not Found', 'The resource could not be found');
  if (name === undefined) return page(seen, [...account.store.all.values()].map(printDomain));
  const zone = zoneAt(account, name);
  if (part === undefined && method === 'GET') return jsonResponse(200, printDomain(zone));
  if (part !== 'records') throw problem(404, 'Not Found', 'The resource could not be found');
  if (owner === undefined) {
    if (method === 'GET') return page(seen, recordsOf(zone));
    // The whole zone at once, which this account never asks for.
    throw problem(405, 'Method Not Allowed', 'Method not allowed');
  }
  return performRecord(account, zone, seen.request, owner, type ?? '');
}

function performRecord(
  { store }: Account,
  zone: KeptZone,
  request: HttpRequest,
  label: string,
  type: string,
): HttpResponse {
  const owner = ownerAt(zone, label);
  const set = zone.sets.get(keyOf(owner, type));
  const isHosts = owner === zone.apex && (type === 'NS' || type === 'SOA');
  switch (request.method) {
    case 'GET':
      if (set === undefined || isHosts) throw absent(label, type);
      return jsonResponse(200, printSet(zone, set));
    case 'DELETE':
      if (set === undefined || isHosts) throw absent(label, type);
      store.put(zone, indexOf([...zone.sets.values()].filter(one => one !== set)));
      return emptyResponse();
    case 'PUT': {
      if (isHosts) throw refused('rrset_type', 'NS and SOA of the apex belong to Gandi');
      const made = newSet(zone, owner, type, jsonOf(request));
      store.put(zone, indexOf([...zone.sets.values(), made]));
      return jsonResponse(201, { message: 'DNS Record Created' });
    }
    default:
      throw problem(405, 'Method Not Allowed', 'Method not allowed');
  }
}

function absent(label: string, type: string): RestRefusal {
  return problem(404, 'Not Found', `Can't find the DNS record ${label}/${type} in the zone`, 'dns-record');
}

function zoneAt({ store }: Account, name: string): KeptZone {
  const zone = store.all.get(named(name));
  if (zone === undefined) throw problem(404, 'Not Found', 'The resource could not be found', 'dns-domain');
  return zone;
}

function ownerAt(zone: KeptZone, label: string): Name {
  if (!/^(@|[*]|([*][.])?[A-Za-z0-9_-]{1,63}([.][A-Za-z0-9_-]{1,63})*)$/.test(label)) {
    throw refused('rrset_name', 'invalid record name');
  }
  return parseNameAt(label, zone.apex);
}

function named(text: string): Name {
  try {
    return parseName(text);
  } catch (error) {
    if (isZonecutError(error))
      throw problem(404, 'Not Found', 'The resource could not be found', 'dns-domain');
    throw error;
  }
}

/** A page of a list; 100 items unless more are asked for. */
function page({ query }: RestRequest, items: readonly unknown[]): HttpResponse {
  const size = Math.min(maxPerPage, Number(query.get('per_page') ?? 100));
  const number = Number(query.get('page') ?? 1);
  if (!(size >= 1) || !(number >= 1)) throw refused('page', 'must be at least 1');
  const shown = items.slice((number - 1) * size, number * size);
  return jsonResponse(200, shown, { 'total-count': String(items.length) });
}

function printDomain({ apex }: KeptZone): object {
  const fqdn = apex.slice(0, -1);
  const href = `https://api.gandi.net/v5/livedns/domains/${fqdn}`;
  return {
    fqdn,
    domain_href: href,
    domain_records_href: `${href}/records`,
    domain_keys_href: `${href}/keys`,
    automatic_snapshots: true,
  };
}

/** All RRsets but those of the host at the apex, which the list does not have. */
function recordsOf(zone: KeptZone): readonly object[] {
  const own = [...zone.sets.values()].filter(({ owner, type }) => !(owner === zone.apex && type === 'NS'));
  return own.map(set => printSet(zone, set));
}

function printSet(zone: KeptZone, { owner, type, ttl, data }: RRset | ReturnType<typeof newSet>): object {
  const label = owner === zone.apex ? '@' : relativeTo(owner, zone.apex);
  const href = `https://api.gandi.net/v5/livedns/domains/${zone.apex.slice(0, -1)}/records/${encodeURIComponent(label)}/${type}`;
  return { rrset_name: label, rrset_type: type, rrset_ttl: ttl, rrset_values: data, rrset_href: href };
}
