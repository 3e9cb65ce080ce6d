import { type Name, parseName, relativeTo } from '../../dns/name.ts';
import type { RRset, RRType } from '../../dns/rrset.ts';
import { isZonecutError } from '../../error.ts';
import type { HttpServed } from '../../world/listen-http.ts';
import type { HttpRequest, HttpResponse } from '../../world/world.ts';
import { type EmulatorDeps, headerOf } from '../emulation.ts';
import { type Fields, isFields, jsonOf, jsonResponse, type RestRequest, serveRest } from '../rest/json.ts';
import {
  createZoneStore,
  indexOf,
  type KeptSet,
  type KeptZone,
  keyOf,
  rrsetOfKept,
  type ZoneStore,
} from '../rest/zones.ts';
import {
  checkBeside,
  type GivenRecord,
  invalid,
  ownerOf,
  problem,
  recordsIn,
  ttlIn,
  typeIn,
} from './rrsets.ts';

/** What the project and its host are. */
export interface HetznerOptions {
  readonly token: string;
  /** A token that may read only. */
  readonly readToken?: string;
  readonly servers: readonly Name[];
  /** Zones that the project may have; 25 unless given. */
  readonly maxZones?: number;
  /** Zones of other projects. */
  readonly taken?: readonly Name[];
  /** Whether every action ends with an error. */
  readonly actionsFail?: boolean;
  /** Seconds, of the apex NS and the SOA; 3600 unless given. */
  readonly apexTtl?: number;
}

/** A project at Hetzner behind its API, strict as that is. */
export interface HetznerEmulator {
  handle(request: HttpRequest): Promise<HttpServed>;
  seedZone(seed: { readonly name: Name; readonly rrsets?: readonly RRset[] }): void;
  removeZone(name: Name): void;
  /** What is in a zone, SOA aside; empty for one that is not there. */
  rrsets(name: Name): readonly RRset[];
  /** Sets an RRset as somebody else would. */
  put(name: Name, rrset: RRset): void;
  /** What somebody wrote beside a record. */
  comment(name: Name, rrset: RRset, text: string): void;
  /** Protects an RRset from changes, as in the console. */
  protect(name: Name, owner: Name, type: RRType): void;
}

interface Action {
  readonly id: number;
  readonly command: string;
  readonly zone: string;
  /** Requests until it is done. */
  left: number;
}

interface Project {
  readonly options: HetznerOptions;
  readonly store: ZoneStore;
  readonly actions: Map<string, Action>;
  /** By RRset and data. */
  readonly comments: Map<string, string>;
  readonly protectedSets: Set<string>;
  nextId: number;
}

/** Seconds, the TTL of RRsets that have none of their own. */
const zoneTtl = 3600;

/** A project without zones. */
export function createHetznerEmulator(deps: EmulatorDeps, options: HetznerOptions): HetznerEmulator {
  const apexTtl = options.apexTtl ?? 3600;
  const store = createZoneStore(deps, {
    api: 'hetzner',
    rname: 'dns.hetzner.com',
    soaTtl: apexTtl,
    soaMinimum: apexTtl,
    nsTtl: apexTtl,
  });
  const project: Project = {
    options,
    store,
    actions: new Map(),
    comments: new Map(),
    protectedSets: new Set(),
    nextId: 53_091,
  };
  const at = (name: Name): KeptZone | undefined => store.all.get(name);
  return {
    handle: request =>
      serveRest(
        deps,
        {
          api: 'hetzner',
          root: '/v1',
          operationOf,
          perform: seen => perform(project, seen),
          throttled: () =>
            problem(429, 'rate_limit_exceeded', 'limit of 3600 requests per hour reached').response,
          broken: () => problem(500, 'server_error', 'internal server error').response,
          notFound: () => notFound('Resource').response,
        },
        request,
      ),
    seedZone: ({ name, rrsets }) => void addZone(project, name, {}, rrsets ?? []),
    removeZone: name => {
      const zone = at(name);
      if (zone !== undefined) store.remove(zone);
    },
    rrsets: name => [...(at(name)?.sets.values() ?? [])].map(rrsetOfKept),
    put: (name, rrset) => {
      const zone = at(name);
      if (zone !== undefined) store.put(zone, indexOf([...zone.sets.values(), rrset]));
    },
    comment: (name, { owner, type, data }, text) => {
      for (const one of data) project.comments.set(`${name} ${keyOf(owner, type)} ${one}`, text);
    },
    protect: (name, owner, type) => void project.protectedSets.add(`${name} ${keyOf(owner, type)}`),
  };
}

function notFound(what: string) {
  return problem(404, 'not_found', `${what} not found`);
}

/** Such as `POST rrset`, `GET rrsets`, `POST zones`, `GET action`. */
function operationOf({ method, path }: RestRequest): string {
  const [, zone, part, name] = path;
  if (zone === undefined) return `${method} zones`;
  if (zone === 'actions') return `${method} action`;
  if (part === undefined) return `${method} zone`;
  return `${method} ${name === undefined && method === 'GET' ? 'rrsets' : 'rrset'}`;
}

function perform(project: Project, seen: RestRequest): HttpResponse {
  checkToken(project, seen);
  for (const action of project.actions.values()) action.left -= 1;
  const { method, path, query } = seen;
  const [first, id, part] = path;
  if (first !== 'zones') throw notFound('Resource');
  if (id === undefined) {
    if (method === 'POST') return createZone(project, seen.request);
    return page(query, 'zones', [...project.store.all.values()].map(printZone));
  }
  if (id === 'actions') {
    const action = project.actions.get(part ?? '');
    if (action === undefined) throw notFound('Action');
    return jsonResponse(200, { action: printAction(project, action) });
  }
  const zone = [...project.store.all.values()].find(one => one.id === id || one.apex === `${id}.`);
  if (zone === undefined) throw notFound('Zone');
  if (part === undefined) {
    if (method === 'GET') return jsonResponse(200, { zone: printZone(zone) });
    if (method !== 'DELETE') throw notFound('Resource');
    checkUnlocked(project, zone);
    project.store.remove(zone);
    return started(project, zone, 'delete_zone');
  }
  if (part !== 'rrsets') throw notFound('Resource');
  return performSets(project, zone, seen);
}

function checkToken({ options }: Project, { method, request }: RestRequest): void {
  const token = /^Bearer (.+)$/.exec(headerOf(request, 'authorization') ?? '')?.[1];
  if (token === undefined || (token !== options.token && token !== options.readToken)) {
    throw problem(401, 'unauthorized', 'unable to authenticate');
  }
  if (method !== 'GET' && token !== options.token) {
    throw problem(403, 'token_readonly', 'token is only allowed to perform GET requests');
  }
}

function performSets(project: Project, zone: KeptZone, seen: RestRequest): HttpResponse {
  const { method, path, query, request } = seen;
  const [, , , name, type, actions, verb] = path;
  if (name === undefined) {
    if (method === 'POST') return createSet(project, zone, request);
    const sets = [project.store.soaOf(zone), ...zone.sets.values()];
    return page(
      query,
      'rrsets',
      sets.map(set => printSet(project, zone, set)),
    );
  }
  const owner = ownerOf(zone, name);
  const set = zone.sets.get(keyOf(owner, typeIn(type)));
  if (set === undefined) throw notFound('RRSet');
  if (actions === undefined && method === 'GET') {
    return jsonResponse(200, { rrset: printSet(project, zone, set) });
  }
  checkWritable(project, zone, set);
  if (actions === undefined && method === 'DELETE') {
    const rest = [...zone.sets.values()].filter(one => one !== set);
    return carriedOut(project, zone, 'delete_rrset', rest);
  }
  if (actions !== 'actions' || method !== 'POST') throw notFound('Resource');
  const body = fieldsIn(request);
  const others = [...zone.sets.values()].filter(one => one !== set);
  if (verb === 'change_ttl') {
    return carriedOut(project, zone, 'change_rrset_ttl', [
      ...others,
      { ...set, ttl: ttlIn(body) ?? zoneTtl },
    ]);
  }
  if (verb !== 'set_records') throw notFound('Resource');
  const records = recordsIn(zone, set.type, body);
  remember(project, zone, set, records);
  const made = { ...set, data: records.map(record => record.data) };
  return carriedOut(project, zone, 'set_rrset_records', [...others, made]);
}

function fieldsIn(request: HttpRequest): Fields {
  const body = jsonOf(request);
  if (!isFields(body)) throw problem(400, 'json_error', 'invalid JSON in request');
  return body;
}

function createSet(project: Project, zone: KeptZone, request: HttpRequest): HttpResponse {
  const set = setFrom(project, zone, fieldsIn(request));
  if (zone.sets.has(keyOf(set.owner, set.type)))
    throw problem(409, 'uniqueness_error', 'RRSet already exists');
  checkWritable(project, zone, set);
  checkBeside(zone, set);
  return carriedOut(project, zone, 'create_rrset', [...zone.sets.values(), set]);
}

function setFrom(project: Project, zone: Pick<KeptZone, 'apex'>, body: Fields): KeptSet {
  const type = typeIn(body['type']);
  if (type === 'SOA') throw invalid('type', 'SOA is made by the host');
  const owner = ownerOf(zone, body['name']);
  const records = recordsIn(zone, type, body);
  const set = { owner, type, ttl: ttlIn(body) ?? zoneTtl, data: records.map(record => record.data) };
  remember(project, zone, set, records);
  return set;
}

function remember(
  { comments }: Project,
  { apex }: Pick<KeptZone, 'apex'>,
  { owner, type }: KeptSet,
  records: readonly GivenRecord[],
): void {
  const prefix = `${apex} ${keyOf(owner, type)} `;
  for (const key of [...comments.keys()].filter(one => one.startsWith(prefix))) comments.delete(key);
  for (const { data, comment } of records) if (comment !== '') comments.set(`${prefix}${data}`, comment);
}

function checkUnlocked({ actions }: Project, zone: KeptZone): void {
  if ([...actions.values()].some(action => action.zone === zone.id && action.left > 0)) {
    throw problem(423, 'locked', 'zone is locked, another action is running');
  }
}

function checkWritable(project: Project, zone: KeptZone, { owner, type }: KeptSet): void {
  if (owner === zone.apex && type === 'NS')
    throw invalid('name', 'the NS of the apex cannot be changed here');
  if (project.protectedSets.has(`${zone.apex} ${keyOf(owner, type)}`)) {
    throw problem(422, 'protected', 'RRSet is protected');
  }
  checkUnlocked(project, zone);
}

function carriedOut(
  project: Project,
  zone: KeptZone,
  command: string,
  sets: readonly KeptSet[],
): HttpResponse {
  if (project.options.actionsFail !== true) project.store.put(zone, indexOf(sets));
  return started(project, zone, command);
}

/** An action that the host works on until it was looked at, or a request later. */
function started(project: Project, zone: KeptZone, command: string, more: Fields = {}): HttpResponse {
  project.nextId += 1;
  const action: Action = { id: project.nextId, command, zone: zone.id, left: 2 };
  project.actions.set(String(action.id), action);
  return jsonResponse(201, { ...more, action: printAction(project, action) });
}

function printAction({ options }: Project, { id, command, zone, left }: Action): object {
  const failed = options.actionsFail === true;
  return {
    id,
    status: left > 0 ? 'running' : failed ? 'error' : 'success',
    command,
    progress: left > 0 ? 0 : 100,
    error: left <= 0 && failed ? { code: 'action_failed', message: 'Action failed' } : null,
    resources: [{ id: Number(zone), type: 'zone' }],
  };
}

/** A page of a list; 25 items unless more are asked for. */
function page(query: URLSearchParams, member: string, items: readonly unknown[]): HttpResponse {
  const size = Math.min(50, Number(query.get('per_page') ?? 25));
  const number = Number(query.get('page') ?? 1);
  if (!(size >= 1) || !(number >= 1)) throw invalid('page', 'must be at least 1');
  const last = Math.max(1, Math.ceil(items.length / size));
  const pagination = {
    page: number,
    per_page: size,
    previous_page: number > 1 ? number - 1 : null,
    next_page: number < last ? number + 1 : null,
    last_page: last,
    total_entries: items.length,
  };
  return jsonResponse(200, {
    [member]: items.slice((number - 1) * size, number * size),
    meta: { pagination },
  });
}

function printZone({ id, apex, servers, extra }: KeptZone): object {
  return {
    id: Number(id),
    name: apex.slice(0, -1),
    mode: 'primary',
    ttl: zoneTtl,
    labels: extra,
    protection: { delete: false },
    status: 'ok',
    authoritative_nameservers: { assigned: servers, delegated: servers, delegation_status: 'valid' },
  };
}

function printSet({ comments }: Project, zone: KeptZone, { owner, type, ttl, data }: KeptSet): object {
  const name = owner === zone.apex ? '@' : relativeTo(owner, zone.apex);
  return {
    id: `${name}/${type}`,
    name,
    type,
    // The host tells no TTL where it is that of the zone.
    ttl: ttl === zoneTtl ? null : ttl,
    labels: {},
    protection: { change: false },
    records: data.map(value => ({
      value,
      comment: comments.get(`${zone.apex} ${keyOf(owner, type)} ${value}`) ?? '',
    })),
    zone: Number(zone.id),
  };
}

function createZone(project: Project, request: HttpRequest): HttpResponse {
  const { options, store } = project;
  const body = fieldsIn(request);
  const { name, mode, labels = {}, rrsets = [] } = body;
  if (typeof name !== 'string' || !/^([a-z0-9_-]{1,63}\.)+[a-z0-9-]{2,63}$/.test(name)) {
    throw invalid('name', 'must be a valid domain name');
  }
  if (mode !== 'primary') throw invalid('mode', 'must be primary here');
  if (!isFields(labels) || !Object.values(labels).every(isLabel))
    throw invalid('labels', 'must be valid labels');
  if (!Array.isArray(rrsets)) throw invalid('rrsets', 'must be a list');
  const apex = parsed(name);
  if (store.all.has(apex)) throw problem(409, 'uniqueness_error', `zone ${name} already exists`);
  if (options.taken?.includes(apex) === true) {
    throw problem(409, 'uniqueness_error', `zone ${name} is in use by another project`);
  }
  if (store.all.size >= (options.maxZones ?? 25)) {
    throw problem(403, 'resource_limit_exceeded', 'zone limit exceeded');
  }
  const seed = rrsets.map((item: unknown) => setFrom(project, { apex }, isFields(item) ? item : {}));
  const zone = addZone(project, apex, labels, seed);
  return started(project, zone, 'create_zone', { zone: printZone(zone) });
}

const isLabel = (value: unknown): boolean =>
  typeof value === 'string' && /^([a-z0-9A-Z]([a-z0-9A-Z._-]{0,61}[a-z0-9A-Z])?)?$/.test(value);

function parsed(name: string): Name {
  try {
    return parseName(name);
  } catch (error) {
    if (isZonecutError(error)) throw invalid('name', 'must be a valid domain name');
    throw error;
  }
}

function addZone(project: Project, apex: Name, labels: Fields, sets: readonly KeptSet[]): KeptZone {
  project.nextId += 1;
  const { servers } = project.options;
  return project.store.add({ id: String(project.nextId), apex, servers, keys: [], extra: labels }, sets);
}
