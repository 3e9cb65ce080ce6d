import { dsOfKey } from '../../dns/dnssec.ts';
import { isAtOrBelow, type Name, parseName } from '../../dns/name.ts';
import type { RRset } from '../../dns/rrset.ts';
import { parseZoneFile } from '../../dns/zonefile.ts';
import { isZonecutError } from '../../error.ts';
import type { HttpServed } from '../../world/listen-http.ts';
import type { HttpRequest, HttpResponse } from '../../world/world.ts';
import { type EmulatorDeps, headerOf } from '../emulation.ts';
import {
  emptyResponse,
  isFields,
  jsonOf,
  jsonResponse,
  RestRefusal,
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
import { newSigningKey } from '../signing.ts';
import { changed, isManaged, printSet, refused } from './rrsets.ts';

/** What the account and its host are. */
export interface DesecOptions {
  readonly token: string;
  readonly servers: readonly Name[];
  /** Seconds; the least TTL of new domains, 3600 unless given. */
  readonly minimumTtl?: number;
  /** Items of one page; 500 unless given. */
  readonly pageSize?: number;
  /** Domains that the account may have; 15 unless given. */
  readonly maxDomains?: number;
  /** Seconds, of the apex NS and the SOA; 3600 unless given. */
  readonly apexTtl?: number;
}

/** A domain to put into the account. */
export interface SeedDesecDomain {
  readonly name: Name;
  /** Besides SOA and the apex NS. */
  readonly rrsets?: readonly RRset[];
}

/** An account at deSEC behind its API, strict as that is. */
export interface DesecEmulator {
  handle(request: HttpRequest): Promise<HttpServed>;
  seedZone(seed: SeedDesecDomain): void;
  removeZone(name: Name): void;
  /** What is in a domain, SOA aside; empty for one that is not there. */
  rrsets(name: Name): readonly RRset[];
  /** Sets an RRset as somebody else would. */
  put(name: Name, rrset: RRset): void;
}

interface Account {
  readonly deps: EmulatorDeps;
  readonly options: DesecOptions;
  readonly store: ZoneStore;
  readonly minimumTtl: number;
  readonly pageSize: number;
}

/** An account without domains. */
export function createDesecEmulator(deps: EmulatorDeps, options: DesecOptions): DesecEmulator {
  const apexTtl = options.apexTtl ?? 3600;
  const account: Account = {
    deps,
    options,
    store: createZoneStore(deps, {
      api: 'desec',
      rname: 'get.desec.io',
      soaTtl: apexTtl,
      soaMinimum: apexTtl,
      nsTtl: apexTtl,
    }),
    minimumTtl: options.minimumTtl ?? 3600,
    pageSize: options.pageSize ?? 500,
  };
  const { store } = account;
  return {
    handle: request =>
      serveRest(
        deps,
        {
          api: 'desec',
          root: '/api/v1',
          operationOf,
          perform: seen => perform(account, seen),
          throttled: () =>
            jsonResponse(
              429,
              { detail: 'Request was throttled. Expected available in 2 seconds.' },
              { 'retry-after': '2' },
            ),
          broken: () => jsonResponse(500, { detail: 'Internal Server Error' }),
          notFound: () => jsonResponse(404, { detail: 'Not found.' }),
        },
        request,
      ),
    seedZone: ({ name, rrsets }) => void addDomain(account, name, rrsets ?? []),
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

/** Such as `PATCH rrsets`, `POST domains`, `GET domain`. */
function operationOf({ method, path }: RestRequest): string {
  const [first = '', name = '', part = '', subname = ''] = path;
  if (first !== 'domains') return `${method} ${first}`;
  if (name === '') return `${method} domains`;
  if (part === '') return `${method} domain`;
  return `${method} ${subname === '' ? 'rrsets' : 'rrset'}`;
}

function perform(account: Account, seen: RestRequest): HttpResponse {
  if (headerOf(seen.request, 'authorization') !== `Token ${account.options.token}`) {
    return jsonResponse(401, { detail: 'Invalid token.' }, { 'www-authenticate': 'Token' });
  }
  const { method, path } = seen;
  // Every address ends with a slash.
  if (path.at(-1) !== '') throw notFound();
  const parts = path.slice(0, -1);
  const [first, name, part, subname, type] = parts;
  if (first === 'auth' && name === 'account' && parts.length === 2 && method === 'GET') {
    return jsonResponse(200, {
      email: 'user@example.com',
      limit_domains: maxDomains(account),
      outreach_preference: true,
    });
  }
  if (first !== 'domains') throw notFound();
  if (name === undefined) {
    if (method === 'GET') return page(account, seen, domainsOf(account));
    if (method === 'POST') return createDomain(account, seen.request);
    throw notAllowed(method);
  }
  const zone = account.store.all.get(nameOf(name));
  if (part === undefined) {
    if (method === 'DELETE') return deleteDomain(account, zone);
    if (zone === undefined) throw notFound();
    if (method === 'GET') return jsonResponse(200, printDomain(account, zone, 'keys'));
    throw notAllowed(method);
  }
  if (zone === undefined || part !== 'rrsets') throw notFound();
  if (subname === undefined) return performSets(account, zone, seen);
  if (type === undefined) throw notFound();
  return performSet(account, zone, method, subname, type);
}

function performSets(account: Account, zone: KeptZone, seen: RestRequest): HttpResponse {
  const { method, request } = seen;
  if (method === 'GET') {
    return page(
      account,
      seen,
      [...zone.sets.values()].reverse().map(set => printSet(zone, set)),
    );
  }
  if (method !== 'PATCH' && method !== 'PUT' && method !== 'POST') throw notAllowed(method);
  const body = jsonOf(request);
  if (body === undefined) throw refused({ detail: 'JSON parse error' });
  const items = Array.isArray(body) ? body : [body];
  const sets = changed(zone, items, method, account.minimumTtl);
  account.store.put(zone, sets);
  const shown = items.flatMap(item => {
    const subname = isFields(item) && typeof item['subname'] === 'string' ? item['subname'] : '';
    const owner = subname === '' ? zone.apex : parseName(`${subname}.${zone.apex}`);
    const set = sets.get(keyOf(owner, isFields(item) ? String(item['type']) : ''));
    return set === undefined ? [] : [printSet(zone, set)];
  });
  return jsonResponse(method === 'POST' ? 201 : 200, Array.isArray(body) ? shown : (shown[0] ?? {}));
}

function performSet(
  account: Account,
  zone: KeptZone,
  method: string,
  subname: string,
  type: string,
): HttpResponse {
  if (isManaged(type))
    throw new RestRefusal(jsonResponse(403, { detail: 'You cannot tinker with the RRset.' }));
  const owner = subname === '@' ? zone.apex : nameOf(`${subname}.${zone.apex}`);
  const set = zone.sets.get(keyOf(owner, type));
  if (method === 'DELETE') {
    if (set !== undefined) {
      account.store.put(zone, indexOf([...zone.sets.values()].filter(one => one !== set)));
    }
    return emptyResponse();
  }
  if (method !== 'GET') throw notAllowed(method);
  if (set === undefined) throw notFound();
  return jsonResponse(200, printSet(zone, set));
}

/** A page of a list; the cursor is the number of the item that it begins with. */
function page(
  { pageSize }: Account,
  { query, request }: RestRequest,
  items: readonly unknown[],
): HttpResponse {
  const cursor = query.get('cursor');
  const address = request.url.split('?')[0] ?? '';
  const link = (at: string, rel: string): string => `<${address}?cursor=${at}>; rel="${rel}"`;
  if (cursor === null) {
    if (items.length <= pageSize) return jsonResponse(200, items);
    throw new RestRefusal(
      jsonResponse(
        400,
        {
          detail: `Pagination required. You can query up to ${pageSize} items at a time (${items.length} total).`,
        },
        { link: link('', 'first') },
      ),
    );
  }
  if (!/^(:\d+)?$/.test(cursor)) throw refused({ detail: 'Invalid cursor' });
  const from = cursor === '' ? 0 : Number(cursor.slice(1));
  const links = [
    link('', 'first'),
    ...(from > 0 ? [link(`:${Math.max(0, from - pageSize)}`, 'prev')] : []),
    ...(from + pageSize < items.length ? [link(`:${from + pageSize}`, 'next')] : []),
  ];
  return jsonResponse(200, items.slice(from, from + pageSize), { link: links.join(', ') });
}

function domainsOf(account: Account): readonly unknown[] {
  return [...account.store.all.values()].reverse().map(zone => printDomain(account, zone, 'head'));
}

function printDomain(account: Account, zone: KeptZone, shows: 'head' | 'keys'): object {
  const keys = zone.keys.map(({ dnskey }) => ({
    dnskey,
    ds: [2, 4].map(digest => dsOfKey(zone.apex, dnskey, digest)),
    flags: 257,
    keytype: 'csk',
    managed: true,
  }));
  return {
    created: '2025-10-15T23:22:18.998737Z',
    published: '2025-10-15T23:22:19.007953Z',
    touched: '2025-10-15T23:22:19.007953Z',
    name: zone.apex.slice(0, -1),
    minimum_ttl: account.minimumTtl,
    ...(shows === 'keys' ? { keys } : {}),
  };
}

function maxDomains({ options }: Account): number {
  return options.maxDomains ?? 15;
}

function createDomain(account: Account, request: HttpRequest): HttpResponse {
  const body = jsonOf(request);
  const text = isFields(body) ? body['name'] : undefined;
  if (typeof text !== 'string') throw refused({ name: ['This field is required.'] });
  if (!/^([a-z0-9_](-?[a-z0-9_-]*[a-z0-9_])?\.)+[a-z0-9-]+$/.test(text)) {
    throw refused({ name: ['Domain name malformed.'] });
  }
  const apex = parseName(text);
  if (account.store.all.size >= maxDomains(account)) {
    throw new RestRefusal(
      jsonResponse(403, {
        detail: 'Domain limit exceeded. Please contact support to create additional domains.',
      }),
    );
  }
  if (account.store.all.has(apex)) {
    throw refused({
      name: ['This domain name conflicts with an existing domain, or is disallowed by policy.'],
    });
  }
  const zonefile = isFields(body) && typeof body['zonefile'] === 'string' ? body['zonefile'] : '';
  const zone = addDomain(account, apex, imported(account, apex, zonefile));
  return jsonResponse(201, printDomain(account, zone, 'keys'));
}

/** The RRsets of a zone file that are taken over: all but those that the host manages, and the NS of the apex. */
function imported(account: Account, apex: Name, text: string): readonly KeptSet[] {
  if (text.trim() === '') return [];
  const { rrsets, problems } = parseZoneFile(text, { origin: apex });
  if (problems.length > 0) throw refused({ zonefile: ['Zonefile could not be parsed.'] });
  const taken = rrsets.filter(
    ({ owner, type }) => isAtOrBelow(owner, apex) && !isManaged(type) && !(owner === apex && type === 'NS'),
  );
  const low = taken.find(({ ttl }) => ttl < account.minimumTtl);
  if (low !== undefined) throw refused({ zonefile: [`TTL ${low.ttl} is below the minimum`] });
  return taken;
}

function addDomain({ store, options, deps }: Account, apex: Name, sets: readonly KeptSet[]): KeptZone {
  const keys = [newSigningKey(deps.random, true)];
  return store.add({ id: apex, apex, servers: options.servers, keys, extra: {} }, sets);
}

function deleteDomain(account: Account, zone: KeptZone | undefined): HttpResponse {
  if (zone !== undefined) account.store.remove(zone);
  return emptyResponse();
}

function nameOf(text: string): Name {
  try {
    return parseName(text);
  } catch (error) {
    if (isZonecutError(error)) throw notFound();
    throw error;
  }
}

function notFound(): RestRefusal {
  return new RestRefusal(jsonResponse(404, { detail: 'Not found.' }));
}

function notAllowed(method: string): RestRefusal {
  return new RestRefusal(jsonResponse(405, { detail: `Method "${method}" not allowed.` }));
}
