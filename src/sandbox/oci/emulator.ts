import { type Name, parseName } from '../../dns/name.ts';
import type { RRset } from '../../dns/rrset.ts';
import { isZonecutError } from '../../error.ts';
import type { HttpServed } from '../../world/listen-http.ts';
import type { HttpRequest, HttpResponse } from '../../world/world.ts';
import { type EmulatorDeps, headerOf, randomText } from '../emulation.ts';
import { emptyResponse, isFields, jsonOf, jsonResponse, type RestRequest, serveRest } from '../rest/json.ts';
import {
  createZoneStore,
  indexOf,
  type KeptSet,
  type KeptZone,
  keyOf,
  rrsetOfKept,
  type ZoneHabits,
  type ZoneStore,
} from '../rest/zones.ts';
import { ownerIn, patched, recordsOf, refused } from './records.ts';
import { type OciUser, signerOf } from './signature.ts';

/** What the tenancy and its host are. */
export interface OciOptions {
  readonly compartment: string;
  readonly users: readonly OciUser[];
  readonly servers: readonly Name[];
  /** Zones that the tenancy may have; 1000 unless given. */
  readonly maxZones?: number;
  /** Seconds, where they are not those of the host. */
  readonly times?: Partial<Pick<ZoneHabits, 'soaTtl' | 'soaMinimum' | 'nsTtl'>>;
}

/** A zone to put into the tenancy. */
export interface SeedOciZone {
  readonly name: Name;
  /** Besides SOA and the apex NS. */
  readonly rrsets?: readonly RRset[];
}

/** A tenancy at OCI DNS behind its API, strict as that is. */
export interface OciEmulator {
  handle(request: HttpRequest): Promise<HttpServed>;
  seedZone(seed: SeedOciZone): void;
  /** The apexes of all zones. */
  zones(): readonly Name[];
  /** What is in a zone, SOA aside; empty for one that is not there. */
  rrsets(name: Name): readonly RRset[];
  /** Sets an RRset as somebody else would. */
  put(name: Name, rrset: RRset): void;
  /** Puts a zone into a state in which it cannot be changed, such as `UPDATING`, or back into `ACTIVE`. */
  setState(name: Name, state: string): void;
  /** Lets another tenancy have the zone of that name. */
  takeElsewhere(name: Name): void;
}

interface Tenancy {
  readonly deps: EmulatorDeps;
  readonly options: OciOptions;
  readonly store: ZoneStore;
  /** In which version of its zone each RRset became what it is. */
  readonly versions: Map<KeptZone, Map<string, number>>;
  readonly states: Map<Name, string>;
  /** Zones of other tenancies. */
  readonly elsewhere: Set<Name>;
}

const notThere = 'Authorization failed or requested resource not found.';

/** Items of one page at most. */
const maxLimit = 100;

/** A tenancy without zones. */
export function createOciEmulator(deps: EmulatorDeps, options: OciOptions): OciEmulator {
  const habits = { api: 'oci' as const, rname: 'hostmaster.oraclecloud.net', soaTtl: 300, soaMinimum: 1800 };
  const store = createZoneStore(deps, { ...habits, nsTtl: 86_400, ...options.times });
  const tenancy: Tenancy = {
    deps,
    options,
    store,
    versions: new Map(),
    states: new Map(),
    elsewhere: new Set(),
  };
  const api = {
    api: 'oci' as const,
    root: '/20180115',
    operationOf,
    perform: (seen: RestRequest) => perform(tenancy, seen),
    throttled: () => refused(429, 'TooManyRequests', 'Too many requests for the user').response,
    broken: () => refused(500, 'InternalServerError', 'An internal server error occurred.').response,
    notFound: () => refused(404, 'NotFound', 'Unknown resource').response,
  };
  return {
    handle: request => serveRest(deps, api, request),
    seedZone: ({ name, rrsets }) => void addZone(tenancy, name, {}, rrsets ?? []),
    zones: () => [...store.all.keys()],
    rrsets: name => [...(store.all.get(name)?.sets.values() ?? [])].map(rrsetOfKept),
    put: (name, rrset) => {
      const zone = store.all.get(name);
      if (zone !== undefined) put(tenancy, zone, indexOf([...zone.sets.values(), rrset]));
    },
    setState: (name, state) => void tenancy.states.set(name, state),
    takeElsewhere: name => void tenancy.elsewhere.add(name),
  };
}

/** Such as `PATCH records`, `GET records`, `POST zones`. */
function operationOf({ method, path }: RestRequest): string {
  const [first = '', zone, part] = path;
  if (zone === undefined) return `${method} ${first}`;
  return part === undefined ? `${method} zone` : `${method} ${part}`;
}

function perform(tenancy: Tenancy, seen: RestRequest): HttpResponse {
  const { method, path, request } = seen;
  const signer = signerOf(request, tenancy.options.users, tenancy.deps.clock.now());
  if ('problem' in signer) throw refused(401, 'NotAuthenticated', signer.problem);
  if (method !== 'GET' && !signer.mayWrite) throw refused(404, 'NotAuthorizedOrNotFound', notThere);
  const [first, id, part, domain, type] = path;
  if (first !== 'zones') throw refused(404, 'NotFound', 'Unknown resource');
  if (id === undefined) {
    if (method === 'GET') return listZones(tenancy, seen);
    if (method === 'POST') return createZone(tenancy, seen);
    throw refused(405, 'MethodNotAllowed', 'The target resource does not support the HTTP method.');
  }
  const zone = zoneAt(tenancy, id);
  if (part === undefined) return performZone(tenancy, zone, method);
  if (part !== 'records') throw refused(404, 'NotFound', 'Unknown resource');
  if (method === 'GET') return listRecords(tenancy, zone, seen, domain, type);
  if (method === 'PATCH' && domain === undefined) return patch(tenancy, zone, request);
  throw refused(405, 'MethodNotAllowed', 'The target resource does not support the HTTP method.');
}

function performZone(tenancy: Tenancy, zone: KeptZone, method: string): HttpResponse {
  if (method === 'GET') {
    return jsonResponse(200, printZone(tenancy, zone, 'whole'), { etag: `"${zone.serial}${zone.id}-zone"` });
  }
  if (method !== 'DELETE') {
    throw refused(405, 'MethodNotAllowed', 'The target resource does not support the HTTP method.');
  }
  refuseBusy(tenancy, zone);
  tenancy.store.remove(zone);
  return emptyResponse();
}

function listZones(tenancy: Tenancy, seen: RestRequest): HttpResponse {
  if (seen.query.get('compartmentId') === null) {
    throw refused(400, 'MissingParameter', 'compartmentId is required');
  }
  const mine = seen.query.get('compartmentId') === tenancy.options.compartment;
  const zones = mine ? [...tenancy.store.all.values()] : [];
  const { shown, headers } = page(seen, zones);
  return jsonResponse(
    200,
    shown.map(zone => printZone(tenancy, zone, 'summary')),
    headers,
  );
}

function createZone(tenancy: Tenancy, { request }: RestRequest): HttpResponse {
  const body = jsonOf(request);
  if (!isFields(body)) throw refused(400, 'CannotParseRequest', 'The request is incorrectly formatted.');
  const { name, compartmentId, zoneType, freeformTags = {}, ...rest } = body;
  if (typeof name !== 'string' || typeof compartmentId !== 'string') {
    throw refused(400, 'MissingParameter', 'name and compartmentId are required');
  }
  if (compartmentId !== tenancy.options.compartment) throw refused(404, 'NotAuthorizedOrNotFound', notThere);
  if (zoneType !== 'PRIMARY' || Object.keys(rest).length > 0 || !isFields(freeformTags)) {
    throw refused(400, 'InvalidParameter', 'the zone is described by what is not known');
  }
  const apex = parsed(name);
  if (tenancy.store.all.has(apex) || tenancy.elsewhere.has(apex)) {
    throw refused(409, 'Conflict', `A zone with the name ${name} already exists`);
  }
  if (tenancy.store.all.size >= (tenancy.options.maxZones ?? 1000)) {
    throw refused(
      400,
      'LimitExceeded',
      'Fulfilling this request exceeds the Oracle-defined limit for this tenancy for this resource type.',
    );
  }
  return jsonResponse(201, printZone(tenancy, addZone(tenancy, apex, freeformTags, []), 'whole'));
}

function addZone(
  tenancy: Tenancy,
  apex: Name,
  tags: Readonly<Record<string, unknown>>,
  sets: readonly KeptSet[],
): KeptZone {
  const id = `ocid1.dns-zone.oc1..${randomText(tenancy.deps.random, '0123456789abcdef', 32)}`;
  const { servers } = tenancy.options;
  const zone = tenancy.store.add({ id, apex, servers, keys: [], extra: { freeformTags: tags } }, sets);
  tenancy.versions.set(zone, new Map([...zone.sets.keys()].map(key => [key, zone.serial])));
  return zone;
}

/** Sets what a zone holds; RRsets that change are of its new version. */
function put(tenancy: Tenancy, zone: KeptZone, sets: ReadonlyMap<string, KeptSet>): void {
  const old = zone.sets;
  const isSame = sets.size === old.size && [...sets].every(([key, set]) => sameSet(old.get(key), set));
  if (isSame) return;
  tenancy.store.put(zone, sets);
  const versions = tenancy.versions.get(zone);
  for (const [key, set] of sets) {
    if (!sameSet(old.get(key), set)) versions?.set(key, zone.serial);
  }
}

function sameSet(a: KeptSet | undefined, b: KeptSet): boolean {
  return (
    a !== undefined && a.ttl === b.ttl && [...a.data].sort().join('\n') === [...b.data].sort().join('\n')
  );
}

function patch(tenancy: Tenancy, zone: KeptZone, request: HttpRequest): HttpResponse {
  refuseBusy(tenancy, zone);
  const wanted = headerOf(request, 'if-match');
  if (wanted !== null && wanted !== '*' && wanted !== etagOf(zone)) {
    throw refused(
      412,
      'NoEtagMatch',
      'The ETag of the resource does not match the ETag specified in the request.',
    );
  }
  const versions = versionsIn(tenancy, zone);
  put(tenancy, zone, patched(zone, jsonOf(request), versions));
  const items = recordsOf(zone, [tenancy.store.soaOf(zone), ...zone.sets.values()], versions);
  return jsonResponse(200, { items }, { etag: etagOf(zone), 'opc-total-items': String(items.length) });
}

function listRecords(
  tenancy: Tenancy,
  zone: KeptZone,
  seen: RestRequest,
  domain: string | undefined,
  type: string | undefined,
): HttpResponse {
  const wanted = type ?? seen.query.get('rtype');
  const sets = [tenancy.store.soaOf(zone), ...zone.sets.values()].filter(
    set =>
      (domain === undefined || set.owner === ownerIn(zone, domain)) &&
      (wanted === null || wanted === set.type),
  );
  const all = [...recordsOf(zone, sets, versionsIn(tenancy, zone))];
  all.sort((a, b) => (a.domain === b.domain ? 0 : a.domain < b.domain ? -1 : 1));
  const { shown, headers } = page(seen, all);
  return jsonResponse(200, { items: shown }, { ...headers, etag: etagOf(zone) });
}

function versionsIn({ versions }: Tenancy, zone: KeptZone): (set: KeptSet) => number {
  return set =>
    set.type === 'SOA' ? zone.serial : (versions.get(zone)?.get(keyOf(set.owner, set.type)) ?? zone.serial);
}

function etagOf(zone: KeptZone): string {
  return `"${zone.serial}${zone.id}#application/json"`;
}

function refuseBusy({ states }: Tenancy, zone: KeptZone): void {
  const state = states.get(zone.apex) ?? 'ACTIVE';
  if (state === 'ACTIVE') return;
  throw refused(409, 'IncorrectState', `The zone is in the state ${state} and cannot be changed`);
}

/** A page of a list, and how to ask for the next. */
function page<T>(
  { query }: RestRequest,
  items: readonly T[],
): { readonly shown: readonly T[]; readonly headers: Readonly<Record<string, string>> } {
  const limit = Number(query.get('limit') ?? 50);
  if (!(limit >= 1 && limit <= maxLimit)) {
    throw refused(400, 'InvalidParameter', `limit must be between 1 and ${maxLimit}`);
  }
  const token = query.get('page');
  const from = token === null ? 0 : Number(Buffer.from(token, 'base64').toString().replace('from:', ''));
  if (!Number.isInteger(from)) throw refused(400, 'InvalidParameter', 'page is not one that was given');
  const next = from + limit;
  return {
    shown: items.slice(from, next),
    headers: {
      'opc-total-items': String(items.length),
      ...(next < items.length ? { 'opc-next-page': Buffer.from(`from:${next}`).toString('base64') } : {}),
    },
  };
}

function zoneAt({ store }: Tenancy, id: string): KeptZone {
  const isOcid = id.startsWith('ocid1.');
  const zone = isOcid ? [...store.all.values()].find(one => one.id === id) : store.all.get(parsed(id));
  if (zone === undefined) throw refused(404, 'NotAuthorizedOrNotFound', notThere);
  return zone;
}

function parsed(text: string): Name {
  try {
    return parseName(text);
  } catch (error) {
    if (isZonecutError(error)) throw refused(400, 'InvalidParameter', `${text} is not a valid domain name`);
    throw error;
  }
}

function printZone({ options, states }: Tenancy, zone: KeptZone, how: 'whole' | 'summary'): object {
  const name = zone.apex.slice(0, -1);
  return {
    name,
    zoneType: 'PRIMARY',
    compartmentId: options.compartment,
    viewId: null,
    scope: 'GLOBAL',
    freeformTags: zone.extra['freeformTags'] ?? {},
    definedTags: {},
    dnssecState: 'DISABLED',
    id: zone.id,
    self: `https://dns.us-ashburn-1.oraclecloud.com/20180115/zones/${name}`,
    timeCreated: '2026-05-13T19:21:39Z',
    version: String(zone.serial),
    serial: zone.serial,
    lifecycleState: states.get(zone.apex) ?? 'ACTIVE',
    isProtected: false,
    ...(how === 'summary'
      ? {}
      : {
          externalMasters: [],
          externalDownstreams: [],
          nameservers: zone.servers.map(server => ({ hostname: server.slice(0, -1) })),
          zoneTransferServers: [],
          dnssecConfig: null,
        }),
  };
}
