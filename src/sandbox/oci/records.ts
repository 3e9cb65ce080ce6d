import { createHash } from 'node:crypto';
import { knownTypes } from '../../dns/iana.ts';
import { isAtOrBelow, type Name, parseName, rootName } from '../../dns/name.ts';
import { parseRdata } from '../../dns/rdata.ts';
import type { Rdata } from '../../dns/rrset.ts';
import { isZonecutError } from '../../error.ts';
import { isFields, jsonResponse, RestRefusal } from '../rest/json.ts';
import type { KeptSet, KeptZone } from '../rest/zones.ts';
import { indexOf, keyOf } from '../rest/zones.ts';

/** A record as the API shows it. */
export interface OciRecord {
  readonly domain: string;
  readonly recordHash: string;
  readonly isProtected: boolean;
  readonly rdata: string;
  readonly rrsetVersion: string;
  readonly rtype: string;
  readonly ttl: number;
}

/** Operations that one request may hold. */
const maxOperations = 500;

/** Seconds. */
const maxTtl = 2_147_483_647;

const types: ReadonlySet<string> = new Set(
  'A AAAA ALIAS CAA CERT CNAME DHCID DNAME DS KX LOC MX NAPTR NS PTR PX RP SPF SRV SSHFP TLSA TXT'
    .split(' ')
    .filter(type => type === 'ALIAS' || knownTypes.includes(type)),
);

/** An answer that refuses, as all services of this cloud give it. */
export function refused(status: number, code: string, message: string): RestRefusal {
  return new RestRefusal(jsonResponse(status, { code, message }));
}

/** The records of some RRsets. */
export function recordsOf(
  zone: KeptZone,
  sets: Iterable<KeptSet>,
  versionOf: (set: KeptSet) => number,
): readonly OciRecord[] {
  return [...sets].flatMap(set =>
    set.data.map(data => ({
      domain: set.owner.slice(0, -1),
      recordHash: hashOf(set, data),
      isProtected: isHosts(zone, set.owner, set.type) && (set.type === 'SOA' || isServer(zone, data)),
      rdata: data,
      rrsetVersion: String(versionOf(set)),
      rtype: set.type,
      ttl: set.ttl,
    })),
  );
}

function hashOf({ owner, type }: KeptSet, data: Rdata): string {
  return createHash('md5').update(`${owner} ${type} ${data}`).digest('hex');
}

function isHosts(zone: KeptZone, owner: Name, type: string): boolean {
  return owner === zone.apex && (type === 'NS' || type === 'SOA');
}

function isServer(zone: KeptZone, data: Rdata): boolean {
  return zone.servers.some(server => server === String(data));
}

interface Operation {
  readonly kind: 'REQUIRE' | 'PROHIBIT' | 'ADD' | 'REMOVE';
  readonly owner: Name | null;
  readonly type: string | null;
  readonly data: Rdata | null;
  readonly ttl: number | null;
  readonly hash: string | null;
  readonly version: string | null;
}

/** What a zone holds after the operations of a PATCH: all of them or, where one is refused, none. Throws RestRefusal. */
export function patched(
  zone: KeptZone,
  body: unknown,
  versionOf: (set: KeptSet) => number,
): ReadonlyMap<string, KeptSet> {
  const items = isFields(body) ? body['items'] : null;
  if (!Array.isArray(items))
    throw refused(400, 'CannotParseRequest', 'The request is incorrectly formatted.');
  if (items.length > maxOperations) {
    throw refused(400, 'InvalidParameter', `items: size must be between 0 and ${maxOperations}`);
  }
  const operations = items.map(item => operationOf(zone, item));
  const before = recordsOf(zone, zone.sets.values(), versionOf);
  for (const operation of operations) {
    const isThere = before.some(record => matches(record, operation));
    if (operation.kind === 'REQUIRE' ? !isThere : operation.kind === 'PROHIBIT' && isThere) {
      throw refused(409, 'Conflict', 'A precondition of the request was not met.');
    }
  }
  let sets = zone.sets;
  for (const operation of operations) {
    if (operation.kind === 'ADD') sets = added(zone, sets, operation);
    if (operation.kind === 'REMOVE') sets = removed(zone, sets, operation);
  }
  refuseClashes(sets);
  return sets;
}

function operationOf(zone: KeptZone, item: unknown): Operation {
  if (!isFields(item)) throw refused(400, 'CannotParseRequest', 'The request is incorrectly formatted.');
  const { operation = 'ADD', domain, rtype, rdata, ttl, recordHash, rrsetVersion } = item;
  const kind = (['REQUIRE', 'PROHIBIT', 'ADD', 'REMOVE'] as const).find(one => one === operation);
  if (kind === undefined) throw refused(400, 'InvalidParameter', `operation: ${String(operation)}`);
  const type = typeof rtype === 'string' ? rtype : null;
  if (kind === 'ADD' && type !== null && !types.has(type)) {
    throw refused(400, 'InvalidParameter', `rtype: ${type} is not supported`);
  }
  if (ttl !== undefined && !(typeof ttl === 'number' && Number.isInteger(ttl) && ttl > 0 && ttl <= maxTtl)) {
    throw refused(400, 'InvalidParameter', `ttl: ${String(ttl)} is out of range`);
  }
  return {
    kind,
    owner: typeof domain === 'string' ? ownerIn(zone, domain) : null,
    type,
    data: typeof rdata === 'string' && type !== null ? dataOf(type, rdata) : null,
    ttl: typeof ttl === 'number' ? ttl : null,
    hash: typeof recordHash === 'string' ? recordHash : null,
    version: typeof rrsetVersion === 'string' ? rrsetVersion : null,
  };
}

/** The name of a record's owner; names without a final dot are absolute too. Throws RestRefusal. */
export function ownerIn(zone: KeptZone, domain: string): Name {
  const owner = read(() => parseName(domain), `domain: ${domain} is not a valid domain name`);
  if (isAtOrBelow(owner, zone.apex)) return owner;
  throw refused(400, 'InvalidParameter', `domain: ${domain} is not in the zone ${zone.apex.slice(0, -1)}`);
}

/** Data is put into its shortest form; text without quotes is as many strings as it has words. */
function dataOf(type: string, rdata: string): Rdata {
  return read(() => parseRdata(type, rdata, rootName), `rdata: ${rdata} is not valid for ${type}`);
}

function read<T>(parse: () => T, message: string): T {
  try {
    return parse();
  } catch (error) {
    if (isZonecutError(error)) throw refused(400, 'InvalidParameter', message);
    throw error;
  }
}

function matches(record: OciRecord, { owner, type, data, ttl, hash, version }: Operation): boolean {
  return (
    (owner === null || record.domain === owner.slice(0, -1)) &&
    (type === null || record.rtype === type) &&
    (data === null || record.rdata === data) &&
    (ttl === null || record.ttl === ttl) &&
    (hash === null || record.recordHash === hash) &&
    (version === null || record.rrsetVersion === version)
  );
}

/** The TTL of one record becomes that of its whole RRset. */
function added(
  zone: KeptZone,
  sets: ReadonlyMap<string, KeptSet>,
  { owner, type, data, ttl }: Operation,
): ReadonlyMap<string, KeptSet> {
  if (owner === null || type === null || data === null) {
    throw refused(400, 'MissingParameter', 'domain, rtype and rdata are required to add a record');
  }
  const set = sets.get(keyOf(owner, type));
  const seconds = isHosts(zone, owner, type) ? 86_400 : (ttl ?? set?.ttl);
  if (seconds === undefined) throw refused(400, 'MissingParameter', 'ttl is required to add an RRset');
  const all = set === undefined || set.data.includes(data) ? (set?.data ?? [data]) : [...set.data, data];
  return indexOf([...sets.values(), { owner, type, ttl: seconds, data: all }]);
}

function removed(
  zone: KeptZone,
  sets: ReadonlyMap<string, KeptSet>,
  operation: Operation,
): ReadonlyMap<string, KeptSet> {
  return indexOf(
    [...sets.values()].flatMap(set => {
      const [gone, kept] = [[] as Rdata[], [] as Rdata[]];
      for (const data of set.data) {
        const [record] = recordsOf(zone, [{ ...set, data: [data] }], () => 0);
        const isMeant = record !== undefined && matches(record, { ...operation, version: null });
        (isMeant ? gone : kept).push(data);
        if (isMeant && record.isProtected) {
          throw refused(400, 'InvalidParameter', `${record.domain} ${record.rtype} is protected`);
        }
      }
      if (gone.length === 0) return [set];
      return kept.length === 0 ? [] : [{ ...set, data: kept }];
    }),
  );
}

/** A CNAME stands alone (RFC 1034 section 3.6.2). */
function refuseClashes(sets: ReadonlyMap<string, KeptSet>): void {
  for (const { owner, type, data } of sets.values()) {
    if (type !== 'CNAME') continue;
    const others = [...sets.values()].some(set => set.owner === owner && set.type !== 'CNAME');
    if (others || data.length > 1) {
      throw refused(400, 'InvalidParameter', `${owner.slice(0, -1)}: CNAME conflicts with other records`);
    }
  }
}
