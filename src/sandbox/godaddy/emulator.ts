import type { Name } from '../../dns/name.ts';
import type { RRset } from '../../dns/rrset.ts';
import type { HttpServed } from '../../world/listen-http.ts';
import type { HttpRequest, HttpResponse } from '../../world/world.ts';
import { type EmulatorDeps, headerOf } from '../emulation.ts';
import {
  emptyResponse,
  type Fields,
  jsonOf,
  jsonResponse,
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
import { newSet, ownerAt, printRecords, refused } from './records.ts';

/** What the account and its host are. */
export interface GodaddyOptions {
  readonly key: string;
  readonly secret: string;
  readonly servers: readonly Name[];
  /** Seconds; 600 unless given. */
  readonly minTtl?: number;
}

/** A domain to put into the account. */
export interface SeedGodaddyDomain {
  readonly name: Name;
  /** Besides SOA and the apex NS. */
  readonly rrsets?: readonly RRset[];
  /** What the API shows of it besides, such as `status` or other `nameServers`. */
  readonly shown?: Fields;
}

/** An account at GoDaddy behind its API, strict as that is. */
export interface GodaddyEmulator {
  handle(request: HttpRequest): Promise<HttpServed>;
  seedZone(seed: SeedGodaddyDomain): void;
  /** What is in a domain, SOA aside; empty for one that is not there. */
  rrsets(name: Name): readonly RRset[];
  /** Sets an RRset as somebody else would. */
  put(name: Name, rrset: RRset): void;
}

interface Account {
  readonly options: GodaddyOptions;
  readonly store: ZoneStore;
}

/** Records of one page at most, and of one that names no limit. */
const maxRecords = 500;

/** Domains of one page at most. */
const maxDomains = 1000;

/** An account without domains. */
export function createGodaddyEmulator(deps: EmulatorDeps, options: GodaddyOptions): GodaddyEmulator {
  const times = { soaTtl: 3600, soaMinimum: 600, nsTtl: 3600 };
  const store = createZoneStore(deps, { api: 'godaddy', rname: 'dns.jomax.net', ...times });
  const account: Account = { options, store };
  const api = {
    api: 'godaddy' as const,
    root: '/v1',
    operationOf,
    perform: (seen: RestRequest) => perform(account, seen),
    throttled: () =>
      jsonResponse(429, {
        code: 'TOO_MANY_REQUESTS',
        message: 'Too many requests received within interval',
        retryAfterSec: 30,
      }),
    broken: () => refused(500, 'INTERNAL_SERVER_ERROR', 'Internal server error').response,
    notFound: () => refused(404, 'NOT_FOUND', 'The requested resource was not found').response,
  };
  return {
    handle: request => serveRest(deps, api, request),
    seedZone: ({ name, rrsets, shown }) => {
      store.add(
        { id: name, apex: name, servers: options.servers, keys: [], extra: shown ?? {} },
        rrsets ?? [],
      );
    },
    rrsets: name => [...(store.all.get(name)?.sets.values() ?? [])].map(rrsetOfKept),
    put: (name, rrset) => {
      const zone = store.all.get(name);
      if (zone !== undefined) store.put(zone, indexOf([...zone.sets.values(), rrset]));
    },
  };
}

/** Such as `PUT record`, `GET records`, `GET domain`. */
function operationOf({ method, path }: RestRequest): string {
  const [first = '', name, part, type] = path;
  if (name === undefined) return `${method} ${first}`;
  if (part === undefined) return `${method} domain`;
  return `${method} ${type === undefined ? 'records' : 'record'}`;
}

function perform(account: Account, seen: RestRequest): HttpResponse {
  const { key, secret } = account.options;
  if (headerOf(seen.request, 'authorization') !== `sso-key ${key}:${secret}`) {
    throw refused(401, 'UNABLE_TO_AUTHENTICATE', 'Unauthorized : Could not authenticate API key/secret');
  }
  const [first, name, part, type, label] = seen.path;
  if (first !== 'domains') throw refused(404, 'NOT_FOUND', 'The requested resource was not found');
  if (name === undefined) return listDomains(account, seen);
  const apex = `${name.toLowerCase()}.`;
  const zone = [...account.store.all.values()].find(one => one.apex === apex);
  if (zone === undefined) throw refused(404, 'NOT_FOUND', `Domain ${name} not found for shopper`);
  if (part === undefined) return jsonResponse(200, printDomain(zone));
  if (part !== 'records') throw refused(404, 'NOT_FOUND', 'The requested resource was not found');
  if (seen.method === 'GET' && type === undefined) return listRecords(zone, seen);
  // All records of a type or of the zone at once, which this account never asks for.
  if (type === undefined || label === undefined) throw refused(405, 'METHOD_NOT_ALLOWED', 'Not emulated');
  return performRecord(account, zone, seen.request, type, label);
}

function performRecord(
  { options, store }: Account,
  zone: KeptZone,
  request: HttpRequest,
  type: string,
  label: string,
): HttpResponse {
  const owner = ownerAt(zone, label);
  const old = zone.sets.get(keyOf(owner, type));
  if (owner === zone.apex && (type === 'NS' || type === 'SOA')) {
    throw refused(422, 'MISSING_NAME_SERVER', 'At least two name servers must be specified');
  }
  switch (request.method) {
    case 'PUT': {
      const set = newSet(zone, owner, type, jsonOf(request), options.minTtl ?? 600);
      store.put(zone, indexOf([...zone.sets.values(), set]));
      return { ...emptyResponse(), status: 200 };
    }
    case 'DELETE':
      if (old === undefined) throw refused(404, 'NOT_FOUND', 'No matching records were found');
      store.put(zone, indexOf([...zone.sets.values()].filter(set => set !== old)));
      return emptyResponse();
    case 'GET':
      return jsonResponse(200, old === undefined ? [] : printRecords(zone, old));
    default:
      throw refused(405, 'METHOD_NOT_ALLOWED', 'Method not allowed');
  }
}

function listDomains({ store }: Account, { query }: RestRequest): HttpResponse {
  const marker = query.get('marker');
  const statuses = query.get('statuses')?.split(',') ?? null;
  const all = [...store.all.values()].map(printDomain).sort((a, b) => (a.domain < b.domain ? -1 : 1));
  const found = all.filter(
    domain =>
      (marker === null || domain.domain > marker) && (statuses?.includes(String(domain.status)) ?? true),
  );
  const limit = Math.min(maxDomains, Number(query.get('limit') ?? 100));
  if (!(limit >= 1)) throw refused(422, 'INVALID_VALUE_TYPE', 'limit is not valid');
  const hasServers = query.get('includes') === 'nameServers';
  return jsonResponse(
    200,
    found.slice(0, limit).map(domain => (hasServers ? domain : { ...domain, nameServers: null })),
  );
}

function listRecords(zone: KeptZone, { query }: RestRequest): HttpResponse {
  const limit = Math.min(maxRecords, Number(query.get('limit') ?? maxRecords));
  const offset = Number(query.get('offset') ?? 0);
  if (!(limit >= 1) || !(offset >= 0))
    throw refused(422, 'INVALID_VALUE_TYPE', 'limit or offset is not valid');
  const records = [...zone.sets.values()].flatMap(set => printRecords(zone, set));
  return jsonResponse(200, records.slice(offset, offset + limit));
}

function printDomain({
  apex,
  servers,
  extra,
}: KeptZone): Fields & { readonly domain: string; readonly status: unknown } {
  return {
    domainId: 261_238_997,
    locked: true,
    nameServers: servers.map(server => server.slice(0, -1)),
    createdAt: '2018-02-02T14:26:44.000Z',
    ...extra,
    domain: apex.slice(0, -1),
    status: extra['status'] ?? 'ACTIVE',
  };
}
