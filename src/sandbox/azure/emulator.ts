import { type Name, parseName, parseNameAt, relativeTo } from '../../dns/name.ts';
import type { RRset } from '../../dns/rrset.ts';
import { isZonecutError } from '../../error.ts';
import type { HttpServed } from '../../world/listen-http.ts';
import type { HttpRequest, HttpResponse } from '../../world/world.ts';
import { type EmulatorDeps, headerOf, randomText } from '../emulation.ts';
import {
  emptyResponse,
  type Fields,
  isFields,
  jsonOf,
  jsonResponse,
  type RestRequest,
  serveRest,
} from '../rest/json.ts';
import {
  createZoneStore,
  indexOf,
  type KeptSet,
  type KeptZone,
  keyOf,
  rrsetOfKept,
  type ZoneStore,
} from '../rest/zones.ts';
import { isKnownType, newRecords, printProperties, printSoa, refused } from './record-sets.ts';
import { type AzureApplication, type AzureTokens, createTokens } from './tokens.ts';

/** What the subscription and its host are. */
export interface AzureOptions {
  readonly tenant: string;
  readonly subscription: string;
  readonly group: string;
  readonly applications: readonly AzureApplication[];
  readonly servers: readonly Name[];
  /** Record sets that one zone may hold; 10,000 unless given. */
  readonly maxRecordSets?: number;
}

/** A zone to put into the subscription. */
export interface SeedAzureZone {
  readonly name: Name;
  /** Besides SOA and the apex NS. */
  readonly rrsets?: readonly RRset[];
  readonly group?: string;
  readonly zoneType?: 'Public' | 'Private';
}

/** A subscription at Azure DNS behind its API, strict as that is. */
export interface AzureEmulator {
  handle(request: HttpRequest): Promise<HttpServed>;
  seedZone(seed: SeedAzureZone): void;
  zones(): readonly Name[];
  /** What is in a zone, SOA aside; empty for one that is not there. */
  rrsets(name: Name): readonly RRset[];
  /** Sets an RRset as somebody else would. */
  put(name: Name, rrset: RRset, metadata?: Fields): void;
  /** The metadata of a record set. */
  metadataOf(name: Name, owner: Name, type: string): unknown;
  /** Puts a lock (ReadOnly) on a zone. */
  lock(name: Name): void;
}

interface Subscription {
  readonly deps: EmulatorDeps;
  readonly options: AzureOptions;
  readonly store: ZoneStore;
  readonly tokens: AzureTokens;
  readonly etags: WeakMap<KeptSet, string>;
  readonly metadata: WeakMap<KeptSet, Fields>;
  readonly locked: Set<Name>;
}

/** Items of one page. */
const perPage = 100;

/** A subscription without zones. */
export function createAzureEmulator(deps: EmulatorDeps, options: AzureOptions): AzureEmulator {
  const times = { soaTtl: 3600, soaMinimum: 300, nsTtl: 172_800 };
  const store = createZoneStore(deps, { api: 'azure', rname: 'azuredns-hostmaster.microsoft.com', ...times });
  const all: Subscription = {
    deps,
    options,
    store,
    tokens: createTokens(deps, options.applications),
    etags: new WeakMap(),
    metadata: new WeakMap(),
    locked: new Set(),
  };
  const api = {
    api: 'azure' as const,
    root: '',
    operationOf,
    perform: (seen: RestRequest) => perform(all, seen),
    throttled: () => refused(429, 'TooManyRequests', 'The request was throttled.').response,
    broken: () => refused(500, 'InternalServerError', 'The server encountered an internal error.').response,
    notFound: () => refused(404, 'NotFound', 'Not found').response,
  };
  return {
    handle: request => serveRest(deps, api, request),
    seedZone: seed =>
      void addZone(
        all,
        seed.name,
        {
          group: seed.group ?? options.group,
          zoneType: seed.zoneType ?? 'Public',
        },
        seed.rrsets ?? [],
      ),
    zones: () => [...store.all.keys()],
    rrsets: name => [...(store.all.get(name)?.sets.values() ?? [])].map(rrsetOfKept),
    put: (name, rrset, metadata) => {
      const zone = store.all.get(name);
      if (zone === undefined) return;
      const set = { ...rrset };
      if (metadata !== undefined) all.metadata.set(set, metadata);
      store.put(zone, indexOf([...zone.sets.values(), set]));
    },
    metadataOf: (name, owner, type) => {
      const set = store.all.get(name)?.sets.get(keyOf(owner, type));
      return set === undefined ? undefined : all.metadata.get(set);
    },
    lock: name => void all.locked.add(name),
  };
}

/** Such as `PUT recordset`, `GET recordsets`, `PUT zone`, `POST token`. */
function operationOf({ method, path }: RestRequest): string {
  if (path.at(-1) === 'token') return `${method} token`;
  const rest = path.slice(path.findIndex(part => part.toLowerCase() === 'dnszones') + 1);
  if (rest.length === 0) return `${method} zones`;
  if (rest.length === 1) return `${method} zone`;
  return `${method} ${rest.length === 2 ? 'recordsets' : 'recordset'}`;
}

function perform(all: Subscription, seen: RestRequest): HttpResponse {
  const { path, request, method, query } = seen;
  const { tenant, subscription } = all.options;
  if (path.join('/') === `${tenant}/oauth2/v2.0/token`) return all.tokens.give(request);
  const application = all.tokens.holderOf(request);
  if (application === null) {
    throw refused(401, 'InvalidAuthenticationToken', 'The access token is invalid.');
  }
  if (query.get('api-version') !== '2023-07-01-preview') {
    throw refused(400, 'InvalidApiVersionParameter', 'The api-version is invalid.');
  }
  const [subscriptions, id, ...rest] = path;
  if (subscriptions !== 'subscriptions' || id !== subscription) {
    throw refused(404, 'SubscriptionNotFound', `The subscription '${id ?? ''}' could not be found.`);
  }
  if (method !== 'GET' && !application.mayWrite) {
    const what = `${method === 'DELETE' ? 'delete' : 'write'}`;
    throw refused(
      403,
      'AuthorizationFailed',
      `The client '${application.id}' does not have authorization to perform action 'Microsoft.Network/dnsZones/${what}' over scope '/${path.join('/')}' or the scope is invalid.`,
    );
  }
  return performResource(all, seen, rest);
}

function performResource(all: Subscription, seen: RestRequest, path: readonly string[]): HttpResponse {
  const isGrouped = path[0]?.toLowerCase() === 'resourcegroups';
  const group = isGrouped ? (path[1] ?? '') : null;
  const [providers, network, zones, name, part, label] = isGrouped ? path.slice(2) : path;
  if (providers !== 'providers' || network !== 'Microsoft.Network' || zones?.toLowerCase() !== 'dnszones') {
    throw refused(404, 'InvalidResourceType', 'The resource type could not be found.');
  }
  if (name === undefined) return listZones(all, seen, group);
  if (group === null) throw refused(404, 'InvalidResourceType', 'The resource type could not be found.');
  if (part === undefined && seen.method === 'PUT') return createZone(all, seen.request, group, name);
  const zone = zoneAt(all, name, group);
  if (part === undefined) return performZone(all, zone, seen.method, name);
  if (seen.method === 'GET') return listSets(all, zone, seen, part);
  return performSet(all, zone, seen.request, part, label ?? '');
}

function listZones(all: Subscription, seen: RestRequest, group: string | null): HttpResponse {
  const found = [...all.store.all.values()].filter(zone => group === null || zone.extra['group'] === group);
  return page(
    seen,
    found.map(zone => printZone(all, zone)),
  );
}

function createZone(all: Subscription, request: HttpRequest, group: string, name: string): HttpResponse {
  const body = jsonOf(request);
  if (!isFields(body) || body['location'] !== 'global') {
    throw refused(400, 'LocationNotAvailableForResourceType', "The location of a zone must be 'global'.");
  }
  if (group !== all.options.group) {
    throw refused(404, 'ResourceGroupNotFound', `Resource group '${group}' could not be found.`);
  }
  const apex = parsed(name);
  if (all.store.all.has(apex)) {
    if (headerOf(request, 'if-none-match') === '*') throw unmet();
    throw refused(400, 'BadRequest', 'An update of a zone is not emulated.');
  }
  const zone = addZone(all, apex, { group, zoneType: 'Public', tags: body['tags'] ?? {} }, []);
  return jsonResponse(201, printZone(all, zone));
}

function unmet(): ReturnType<typeof refused> {
  return refused(412, 'PreconditionFailed', 'The condition of the request was not satisfied.');
}

function addZone(all: Subscription, apex: Name, extra: Fields, sets: readonly KeptSet[]): KeptZone {
  return all.store.add({ id: apex, apex, servers: all.options.servers, keys: [], extra }, sets);
}

function performZone(all: Subscription, zone: KeptZone, method: string, name: string): HttpResponse {
  if (method === 'GET') return jsonResponse(200, printZone(all, zone));
  if (method !== 'DELETE') throw refused(405, 'MethodNotAllowed', 'Method not allowed');
  refuseLocked(all, zone, 'delete', name);
  all.store.remove(zone);
  return { ...emptyResponse(), status: 202, headers: { location: 'https://management.azure.com/operation' } };
}

function performSet(
  all: Subscription,
  zone: KeptZone,
  request: HttpRequest,
  type: string,
  label: string,
): HttpResponse {
  if (!isKnownType(type) || label === '')
    throw refused(400, 'BadRequest', `The type '${type}' is not valid.`);
  const owner = label === '@' ? zone.apex : at(zone, label);
  const old = zone.sets.get(keyOf(owner, type));
  refuseLocked(all, zone, request.method === 'DELETE' ? 'delete' : 'write', label);
  if (owner === zone.apex && type === 'NS') {
    throw refused(400, 'BadRequest', 'The NS record set at the apex cannot be replaced.');
  }
  const [wanted, none] = [headerOf(request, 'if-match'), headerOf(request, 'if-none-match')];
  if (wanted !== null && (old === undefined || (wanted !== '*' && wanted !== etagOf(all, old))))
    throw unmet();
  if (none === '*' && old !== undefined) throw unmet();
  if (request.method === 'DELETE') {
    if (old === undefined) return emptyResponse();
    all.store.put(zone, indexOf([...zone.sets.values()].filter(set => set !== old)));
    return { ...emptyResponse(), status: 200 };
  }
  if (request.method !== 'PUT') throw refused(405, 'MethodNotAllowed', 'Method not allowed');
  const body = jsonOf(request);
  const properties = isFields(body) ? body['properties'] : null;
  const set: KeptSet = { owner, type, ...newRecords(type, properties) };
  refuseClash(zone, set);
  if (old === undefined && zone.sets.size + 1 >= (all.options.maxRecordSets ?? 10_000)) {
    // The code of this one is not documented.
    throw refused(400, 'BadRequest', 'The maximum number of record sets of the zone has been reached.');
  }
  const metadata = isFields(properties) ? properties['metadata'] : null;
  if (isFields(metadata)) all.metadata.set(set, metadata);
  all.store.put(zone, indexOf([...zone.sets.values(), set]));
  return jsonResponse(old === undefined ? 201 : 200, printSet(all, zone, set), { etag: etagOf(all, set) });
}

function refuseClash(zone: KeptZone, { owner, type }: KeptSet): void {
  const others = [...zone.sets.values()].filter(set => set.owner === owner && set.type !== type);
  const clash = type === 'CNAME' ? others.length > 0 : others.some(set => set.type === 'CNAME');
  if (!clash && !(type === 'CNAME' && owner === zone.apex)) return;
  throw refused(
    400,
    'BadRequest',
    `The CNAME record set conflicts with other record sets of the name '${owner}'.`,
  );
}

function refuseLocked({ locked, options }: Subscription, zone: KeptZone, what: string, name: string): void {
  if (!locked.has(zone.apex)) return;
  const scope = `/subscriptions/${options.subscription}/resourceGroups/${options.group}/providers/Microsoft.Network/dnsZones/${zone.apex.slice(0, -1)}`;
  throw refused(
    409,
    'ScopeLocked',
    `The scope '${name}' cannot perform ${what} operation because following scope(s) are locked: '${scope}'. Please remove the lock and try again.`,
  );
}

function listSets(all: Subscription, zone: KeptZone, seen: RestRequest, part: string): HttpResponse {
  const sets = [...zone.sets.values()].filter(set => part === 'recordsets' || set.type === part);
  const soa = all.store.soaOf(zone);
  const shownSoa = { ...resourceOf(all, zone, soa), etag: String(zone.serial), properties: printSoa(soa) };
  return page(seen, [
    ...(part === 'recordsets' ? [shownSoa] : []),
    ...sets.map(set => printSet(all, zone, set)),
  ]);
}

/** A page of a list. */
function page({ query, request }: RestRequest, items: readonly unknown[]): HttpResponse {
  const size = Math.min(perPage, Number(query.get('$top') ?? perPage));
  const from = Number(query.get('$skipToken') ?? 0);
  if (!(size >= 1) || !Number.isInteger(from)) throw refused(400, 'BadRequest', 'The query is not valid.');
  const next = new URL(request.url);
  next.searchParams.set('$skipToken', String(from + size));
  const more = from + size < items.length ? { nextLink: next.href } : {};
  return jsonResponse(200, { value: items.slice(from, from + size), ...more });
}

function zoneAt({ store }: Subscription, name: string, group: string): KeptZone {
  const zone = store.all.get(parsed(name));
  if (zone !== undefined && zone.extra['group'] === group) return zone;
  const resource = `Microsoft.Network/dnszones/${name}`;
  throw refused(
    404,
    'ResourceNotFound',
    `The Resource '${resource}' under resource group '${group}' was not found.`,
  );
}

function parsed(text: string): Name {
  return reading(() => parseName(text), `The name '${text}' is not valid.`);
}

function at(zone: KeptZone, label: string): Name {
  return reading(() => parseNameAt(label, zone.apex), `The record set name '${label}' is not valid.`);
}

function reading<T>(read: () => T, message: string): T {
  try {
    return read();
  } catch (error) {
    if (isZonecutError(error)) throw refused(400, 'BadRequest', message);
    throw error;
  }
}

function etagOf({ etags, deps }: Subscription, set: KeptSet): string {
  const etag = etags.get(set) ?? randomText(deps.random, '0123456789abcdef', 32);
  etags.set(set, etag);
  return etag;
}

function printSet(all: Subscription, zone: KeptZone, set: KeptSet): Fields {
  const metadata = all.metadata.get(set);
  const properties = printProperties(set, metadata === undefined ? {} : { metadata });
  return { ...resourceOf(all, zone, set), etag: etagOf(all, set), properties };
}

function resourceOf(all: Subscription, zone: KeptZone, { owner, type }: KeptSet): Fields {
  const name = owner === zone.apex ? '@' : relativeTo(owner, zone.apex);
  return { id: `${idOf(all, zone)}/${type}/${name}`, name, type: `Microsoft.Network/dnszones/${type}` };
}

function idOf({ options }: Subscription, zone: KeptZone): string {
  return `/subscriptions/${options.subscription}/resourceGroups/${String(zone.extra['group'])}/providers/Microsoft.Network/dnszones/${zone.apex.slice(0, -1)}`;
}

function printZone(all: Subscription, zone: KeptZone): Fields {
  return {
    id: idOf(all, zone),
    name: zone.apex.slice(0, -1),
    type: 'Microsoft.Network/dnszones',
    etag: `zone-${zone.serial}`,
    location: 'global',
    tags: zone.extra['tags'] ?? {},
    properties: {
      maxNumberOfRecordSets: all.options.maxRecordSets ?? 10_000,
      maxNumberOfRecordsPerRecordSet: null,
      nameServers: zone.servers,
      numberOfRecordSets: zone.sets.size + 1,
      zoneType: zone.extra['zoneType'],
    },
  };
}
