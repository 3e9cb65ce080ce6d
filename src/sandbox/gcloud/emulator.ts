import { dsOfKey } from '../../dns/dnssec.ts';
import { type Name, parseName } from '../../dns/name.ts';
import type { RRset } from '../../dns/rrset.ts';
import { isZonecutError } from '../../error.ts';
import type { HttpServed } from '../../world/listen-http.ts';
import type { HttpRequest, HttpResponse } from '../../world/world.ts';
import { type EmulatorDeps, randomText } from '../emulation.ts';
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
  rrsetOfKept,
  type ZoneStore,
} from '../rest/zones.ts';
import { newSigningKey } from '../signing.ts';
import { changed, printSet, refused } from './changes.ts';
import { createTokens, type GcloudAccount, type GcloudTokens } from './tokens.ts';

/** What the project and its host are. */
export interface GcloudOptions {
  readonly project: string;
  readonly accounts: readonly GcloudAccount[];
  readonly servers: readonly Name[];
  /** Zones that the project may have; 10,000 unless given. */
  readonly maxZones?: number;
}

/** A zone to put into the project. */
export interface SeedGcloudZone {
  readonly name: Name;
  /** Besides SOA and the apex NS. */
  readonly rrsets?: readonly RRset[];
  /** What the API shows of it besides, such as `visibility` or `dnssecConfig`. */
  readonly shown?: Fields;
  /** As `dnsKeys` shows them. */
  readonly keys?: readonly Fields[];
}

/** A project at Google Cloud DNS behind its API, strict as that is. */
export interface GcloudEmulator {
  handle(request: HttpRequest): Promise<HttpServed>;
  seedZone(seed: SeedGcloudZone): void;
  zones(): readonly Name[];
  /** What is in a zone, SOA aside; empty for one that is not there. */
  rrsets(name: Name): readonly RRset[];
  /** Sets an RRset as somebody else would. */
  put(name: Name, rrset: RRset): void;
  /** Somebody else has shown to own the domain. */
  takeElsewhere(name: Name): void;
}

interface Project {
  readonly deps: EmulatorDeps;
  readonly options: GcloudOptions;
  readonly store: ZoneStore;
  readonly tokens: GcloudTokens;
  readonly elsewhere: Set<Name>;
  changes: number;
}

const maxResults = 1000;

/** A project without zones. */
export function createGcloudEmulator(deps: EmulatorDeps, options: GcloudOptions): GcloudEmulator {
  const times = { soaTtl: 21_600, soaMinimum: 300, nsTtl: 21_600 };
  const store = createZoneStore(deps, { api: 'gcloud', rname: 'cloud-dns-hostmaster.google.com', ...times });
  const tokens = createTokens(deps, options.accounts);
  const project: Project = { deps, options, store, tokens, elsewhere: new Set(), changes: 0 };
  const api = {
    api: 'gcloud' as const,
    root: '',
    operationOf,
    perform: (seen: RestRequest) => perform(project, seen),
    throttled: () =>
      refused(403, 'rateLimitExceeded', 'Quota exceeded for quota metric "Write requests"').response,
    broken: () => refused(503, 'backendError', 'The service is currently unavailable.').response,
    notFound: () => refused(404, 'notFound', 'Not Found').response,
  };
  return {
    handle: request => serveRest(deps, api, request),
    seedZone: seed =>
      void addZone(project, seed.name, { ...seed.shown, keys: seed.keys ?? [] }, seed.rrsets ?? []),
    zones: () => [...store.all.keys()],
    rrsets: name => [...(store.all.get(name)?.sets.values() ?? [])].map(rrsetOfKept),
    put: (name, rrset) => {
      const zone = store.all.get(name);
      if (zone !== undefined) store.put(zone, indexOf([...zone.sets.values(), rrset]));
    },
    takeElsewhere: name => void project.elsewhere.add(name),
  };
}

/** Such as `POST changes`, `GET rrsets`, `POST managedZones`, `POST token`. */
function operationOf({ method, path }: RestRequest): string {
  if (path[0] === 'token') return `${method} token`;
  const [, , , , zones = '', zone, part] = path;
  if (zone === undefined) return `${method} ${zones}`;
  return `${method} ${part ?? 'managedZone'}`;
}

function perform(project: Project, seen: RestRequest): HttpResponse {
  const { method, path, request } = seen;
  if (path[0] === 'token' && path.length === 1) return project.tokens.give(request);
  const holder = project.tokens.holderOf(request);
  if (holder === null) {
    throw refused(
      401,
      'authError',
      'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.',
    );
  }
  const [dns, version, projects, name, zones, id, part] = path;
  if (dns !== 'dns' || version !== 'v1' || projects !== 'projects' || zones !== 'managedZones') {
    throw refused(404, 'notFound', 'Not Found');
  }
  if (name !== project.options.project || (method !== 'GET' && !holder.mayWrite)) {
    throw refused(403, 'forbidden', 'Forbidden');
  }
  if (id === undefined) return method === 'GET' ? listZones(project, seen) : createZone(project, seen);
  const zone = [...project.store.all.values()].find(one => one.id === id);
  if (zone === undefined) {
    throw refused(404, 'notFound', `The 'parameters.managedZone' resource named '${id}' does not exist.`);
  }
  return performZone(project, zone, seen, part);
}

function performZone(
  project: Project,
  zone: KeptZone,
  seen: RestRequest,
  part: string | undefined,
): HttpResponse {
  const { store } = project;
  switch (`${seen.method} ${part ?? ''}`) {
    case 'GET ':
      return jsonResponse(200, printZone(zone));
    case 'DELETE ':
      if (zone.sets.size > 1) {
        throw refused(
          400,
          'containerNotEmpty',
          `The resource named '${zone.id}' cannot be deleted because it contains one or more 'resource records'.`,
        );
      }
      store.remove(zone);
      return emptyResponse();
    case 'GET rrsets':
      return page(seen, 'rrsets', [store.soaOf(zone), ...zone.sets.values()].map(printSet));
    case 'PATCH ':
      return patchZone(project, zone, jsonOf(seen.request));
    case 'GET dnsKeys':
      return jsonResponse(200, { kind: 'dns#dnsKeysListResponse', dnsKeys: keysOf(zone) });
    case 'POST changes': {
      const body = jsonOf(seen.request);
      store.put(zone, changed(zone, store.soaOf(zone), body));
      project.changes += 1;
      const change = { kind: 'dns#change', id: String(project.changes), status: 'pending' };
      return jsonResponse(200, { ...(isFields(body) ? body : {}), ...change });
    }
    default:
      throw refused(404, 'notFound', 'Not Found');
  }
}

/** DNSSEC is what can be changed here: on, with a key of each kind, or off. */
function patchZone({ store, deps }: Project, zone: KeptZone, body: unknown): HttpResponse {
  const config = isFields(body) ? body['dnssecConfig'] : null;
  const state = isFields(config) ? config['state'] : null;
  if (!isFields(body) || Object.keys(body).length !== 1 || (state !== 'on' && state !== 'off')) {
    throw refused(
      400,
      'invalid',
      `Invalid value for 'entity.managedZone.dnssecConfig.state': '${String(state)}'`,
    );
  }
  const isSigned = zone.keys.length > 0;
  if ((state === 'on') !== isSigned) {
    zone.keys = state === 'on' ? [newSigningKey(deps.random, true), newSigningKey(deps.random, false)] : [];
    store.put(zone, zone.sets);
  }
  return jsonResponse(200, {
    kind: 'dns#operation',
    status: 'done',
    type: 'update',
    zoneContext: printZone(zone),
  });
}

/** The keys of a zone, or those that it was seeded with. */
function keysOf(zone: KeptZone): unknown {
  if (zone.keys.length === 0) return zone.extra['keys'] ?? [];
  return zone.keys.map(({ dnskey }, at) => {
    const [flags, , , publicKey] = String(dnskey).split(' ');
    const [keyTag, , , digest] = String(dsOfKey(zone.apex, dnskey)).split(' ');
    const isEntry = flags === '257';
    return {
      kind: 'dns#dnsKey',
      id: String(at),
      type: isEntry ? 'keySigning' : 'zoneSigning',
      algorithm: 'ecdsap256sha256',
      keyLength: 256,
      keyTag: Number(keyTag),
      isActive: true,
      publicKey,
      digests: isEntry ? [{ type: 'sha256', digest: digest?.toUpperCase() }] : [],
    };
  });
}

function listZones({ store }: Project, seen: RestRequest): HttpResponse {
  const wanted = seen.query.get('dnsName');
  const all = [...store.all.values()].filter(zone => wanted === null || zone.apex === wanted);
  return page(seen, 'managedZones', all.map(printZone));
}

function createZone(project: Project, { method, request }: RestRequest): HttpResponse {
  const body = jsonOf(request);
  if (method !== 'POST' || !isFields(body)) throw refused(404, 'notFound', 'Not Found');
  const { name, dnsName, description } = body;
  if (typeof name !== 'string' || !/^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name)) {
    throw refused(400, 'invalid', `Invalid value for 'entity.managedZone.name': '${String(name)}'`);
  }
  if (typeof dnsName !== 'string' || !dnsName.endsWith('.')) {
    throw refused(400, 'invalid', `Invalid value for 'entity.managedZone.dnsName': '${String(dnsName)}'`);
  }
  if (typeof description !== 'string') {
    throw refused(
      400,
      'required',
      "The 'entity.managedZone.description' parameter is required but was missing.",
    );
  }
  const apex = parsed(dnsName);
  if ([...project.store.all.values()].some(zone => zone.id === name)) {
    throw refused(409, 'alreadyExists', `The resource 'entity.managedZone' named '${name}' already exists`);
  }
  if (project.elsewhere.has(apex)) {
    throw refused(
      400,
      'verifyManagedZoneDnsNameOwnership',
      `Please verify ownership of the '${dnsName}' domain (or a parent) at http://www.google.com/webmasters/verification/ and try again`,
    );
  }
  if (project.store.all.size >= (project.options.maxZones ?? 10_000)) {
    throw refused(403, 'quotaExceeded', "The limit for 'managedZones' in this project has been reached.");
  }
  return jsonResponse(200, printZone(addZone(project, apex, { ...body }, [])));
}

function addZone(project: Project, apex: Name, shown: Fields, sets: readonly KeptSet[]): KeptZone {
  const { random } = project.deps;
  const number = randomText(random, '123456789', 18);
  const id = typeof shown['name'] === 'string' ? shown['name'] : `zone-${number}`;
  const { servers } = project.options;
  return project.store.add({ id, apex, servers, keys: [], extra: { number, ...shown } }, sets);
}

function parsed(text: string): Name {
  try {
    return parseName(text);
  } catch (error) {
    if (isZonecutError(error)) throw refused(400, 'invalid', `Invalid value for dnsName: '${text}'`);
    throw error;
  }
}

function printZone({ id, apex, servers, extra, keys }: KeptZone): Fields {
  const { number, keys: _keys, ...shown } = extra;
  const signed = keys.length === 0 ? {} : { dnssecConfig: { state: 'on', nonExistence: 'nsec3' } };
  return {
    kind: 'dns#managedZone',
    description: '',
    visibility: 'public',
    dnssecConfig: { kind: 'dns#managedZoneDnsSecConfig', state: 'off', nonExistence: 'nsec3' },
    ...shown,
    ...signed,
    name: id,
    dnsName: apex,
    id: number,
    nameServers: servers,
    creationTime: '2026-07-06T18:42:27.476Z',
  };
}

/** A page of a list. */
function page({ query }: RestRequest, member: string, all: readonly unknown[]): HttpResponse {
  const size = Math.min(maxResults, Number(query.get('maxResults') ?? 100));
  const from = Number(Buffer.from(query.get('pageToken') ?? '', 'base64').toString() || 0);
  if (!(size >= 1) || !Number.isInteger(from)) throw refused(400, 'invalid', 'Invalid value for: pageToken');
  const next = from + size;
  const more = next < all.length ? { nextPageToken: Buffer.from(String(next)).toString('base64') } : {};
  return jsonResponse(200, { [member]: all.slice(from, next), ...more });
}
