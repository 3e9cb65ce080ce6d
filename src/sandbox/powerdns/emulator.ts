import type { Name } from '../../dns/name.ts';
import type { RRset } from '../../dns/rrset.ts';
import type { HttpServed } from '../../world/listen-http.ts';
import type { HttpRequest, HttpResponse } from '../../world/world.ts';
import { type EmulatorDeps, headerOf } from '../emulation.ts';
import { serveWithFaults } from '../faults.ts';
import { notFound, PowerdnsFault } from './fault.ts';
import { jsonResponse, plainResponse } from './json.ts';
import { countSerial, keyOf, type PowerdnsSet, publish, type ServerState, withdraw, zoneOf } from './zone.ts';
import {
  createZone,
  deleteMetadata,
  deleteZone,
  getKeys,
  getMetadata,
  getZone,
  getZones,
  patchZone,
  putMetadata,
  putZone,
  zoneAt,
} from './zones.ts';

/** What the server is configured with. */
export interface PowerdnsOptions {
  readonly apiKey: string;
  /** The name servers that its zones are served from. */
  readonly servers: readonly Name[];
  /** Seconds; 3600 unless given. */
  readonly defaultTtl?: number;
  /** As PowerDNS has it unless given: a server that nobody has configured. */
  readonly defaultSoa?: string;
  readonly hasDirectDnskey?: boolean;
}

/** A zone to put into the database. */
export interface SeedPowerdnsZone {
  readonly name: Name;
  /** Beside SOA and the apex NS. */
  readonly rrsets?: readonly RRset[];
}

/** A PowerDNS Authoritative Server behind its HTTP API, strict as the server is. */
export interface PowerdnsEmulator {
  handle(request: HttpRequest): Promise<HttpServed>;
  /** What `pdnsutil create-zone` and its like do. */
  seedZone(seed: SeedPowerdnsZone): void;
  removeZone(name: Name): void;
  /** What is served of a zone, signatures aside; empty for one that is not there. */
  rrsets(name: Name): readonly RRset[];
  /** Sets an RRset as somebody else would by the API. */
  put(zone: Name, rrset: RRset): void;
  /** As `put`, of rows that are no plain RRset. */
  putSet(zone: Name, set: PowerdnsSet): void;
}

const unconfiguredSoa = 'a.misconfigured.dns.server.invalid hostmaster.@ 0 10800 3600 604800 3600';

/** A server without zones. */
export function createPowerdnsEmulator(deps: EmulatorDeps, options: PowerdnsOptions): PowerdnsEmulator {
  const state: ServerState = {
    deps,
    servers: options.servers,
    zones: new Map(),
    defaultTtl: options.defaultTtl ?? 3600,
    defaultSoa: options.defaultSoa ?? unconfiguredSoa,
    hasDirectDnskey: options.hasDirectDnskey ?? false,
    lastKeyId: 0,
  };
  const putSet = (name: Name, set: PowerdnsSet): void => {
    const zone = state.zones.get(name);
    if (zone === undefined) return;
    zone.sets = new Map([...zone.sets, [keyOf(set.name, set.type), set]]);
    countSerial(state, zone);
    publish(state, zone);
  };
  return {
    handle: request => handle(state, options.apiKey, request),
    seedZone: seed => seedZone(state, seed),
    removeZone(name) {
      const zone = state.zones.get(name);
      if (zone !== undefined) withdraw(state, zone);
    },
    rrsets(name) {
      const zone = state.zones.get(name);
      return zone === undefined ? [] : (zoneOf(state, zone)?.rrsets ?? []);
    },
    put: (name, rrset) => putSet(name, setOf(rrset)),
    putSet,
  };
}

function setOf({ owner, type, ttl, data }: RRset): PowerdnsSet {
  return { name: owner, type, ttl, records: data.map(content => ({ content, disabled: false })) };
}

function seedZone(state: ServerState, { name, rrsets }: SeedPowerdnsZone): void {
  const body = {
    name,
    kind: 'Native',
    nameservers: state.servers,
    rrsets: (rrsets ?? []).map(set => setOf(set)),
  };
  createZone(state, { method: 'POST', url: '', headers: {}, body: JSON.stringify(body) }, 'head');
}

function handle(state: ServerState, apiKey: string, request: HttpRequest): Promise<HttpServed> {
  const url = new URL(request.url);
  const path = url.pathname
    .split('/')
    .filter(part => part !== '')
    .map(part => decodeURIComponent(part));
  return serveWithFaults(state.deps.faults, {
    api: 'powerdns',
    operation: operationOf(request.method, path),
    method: request.method,
    path: url.pathname,
    vendor: {
      throttled: () => plainResponse(429, 'Too Many Requests'),
      broken: () => jsonResponse(500, { error: 'Internal Server Error' }),
      malformed: good => ({ ...good, status: 200, body: new TextEncoder().encode('{"name": ') }),
    },
    perform: async () => {
      try {
        if (headerOf(request, 'x-api-key') !== apiKey) return plainResponse(401, 'Unauthorized');
        return perform(state, request, url.searchParams, path);
      } catch (error) {
        if (!(error instanceof PowerdnsFault)) throw error;
        return error.form === 'text'
          ? plainResponse(error.status, error.message)
          : jsonResponse(error.status, { error: error.message });
      }
    },
  });
}

/** Such as `PATCH zone`, `POST zones`, `GET cryptokeys`. */
function operationOf(method: string, path: readonly string[]): string {
  const [, , , , zones, id, part] = path;
  return `${method} ${part ?? (id === undefined ? (zones ?? 'server') : 'zone')}`;
}

function perform(
  state: ServerState,
  request: HttpRequest,
  query: URLSearchParams,
  path: readonly string[],
): HttpResponse {
  const [api, version, servers, server, resource, id, part, kind] = path;
  if (api !== 'api' || version !== 'v1' || servers !== 'servers' || server !== 'localhost') throw notFound();
  const { method } = request;
  const shows = query.get('rrsets') === 'false' ? 'head' : 'rrsets';
  if (resource === undefined && method === 'GET') return jsonResponse(200, aboutServer);
  if (resource === 'config' && method === 'GET') return jsonResponse(200, configOf(state));
  if (resource !== 'zones') throw notFound();
  if (id === undefined) {
    if (method === 'GET') return getZones(state, query.get('zone'));
    if (method === 'POST') return createZone(state, request, shows);
    throw new PowerdnsFault(405, 'Method Not Allowed', 'text');
  }
  switch (`${method} ${part ?? ''}`.trim()) {
    case 'GET':
      return getZone(state, id, shows);
    case 'PATCH':
      return patchZone(state, id, request);
    case 'PUT':
      return putZone(state, id, request);
    case 'DELETE':
      return deleteZone(state, id);
    case 'GET cryptokeys':
      return getKeys(state, id);
    case 'GET metadata':
      return getMetadata(state, id);
    case 'PUT metadata':
      return putMetadata(state, id, kind ?? '', request);
    case 'DELETE metadata':
      return deleteMetadata(state, id, kind ?? '');
    case 'PUT rectify':
      zoneAt(state, id);
      return jsonResponse(200, { result: 'Rectified' });
    default:
      return plainResponse(405, 'Method Not Allowed');
  }
}

const aboutServer = {
  config_url: '/api/v1/servers/localhost/config{/config_setting}',
  daemon_type: 'authoritative',
  id: 'localhost',
  type: 'Server',
  url: '/api/v1/servers/localhost',
  version: '4.7.3',
  zones_url: '/api/v1/servers/localhost/zones{/zone}',
} as const;

function configOf(state: ServerState): readonly object[] {
  const settings = {
    'default-soa-content': state.defaultSoa,
    'default-ttl': String(state.defaultTtl),
    'direct-dnskey': state.hasDirectDnskey ? 'yes' : 'no',
    'api-key': '***',
  };
  return Object.entries(settings).map(([name, value]) => ({ name, type: 'ConfigSetting', value }));
}
