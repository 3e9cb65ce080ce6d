import { knownTypes } from '../../dns/iana.ts';
import { isAtOrBelow, type Name, parseName, rootName } from '../../dns/name.ts';
import { parseRdata } from '../../dns/rdata.ts';
import type { Rdata } from '../../dns/rrset.ts';
import { isZonecutError } from '../../error.ts';
import { type Fields, isFields, jsonResponse, RestRefusal } from '../rest/json.ts';
import { indexOf, type KeptSet, type KeptZone, keyOf } from '../rest/zones.ts';

/** RRsets that one change may add, and as many that it may delete. */
const maxChangeSets = 1000;

/** Characters of all data that one change adds. */
const maxChangeCharacters = 100_000;

const types: ReadonlySet<string> = new Set(
  'A AAAA ALIAS CAA CNAME DNSKEY DS HTTPS IPSECKEY MX NAPTR NS PTR SOA SPF SRV SSHFP SVCB TLSA TXT'
    .split(' ')
    .filter(type => type === 'ALIAS' || knownTypes.includes(type)),
);

/** An answer that refuses, as this cloud's older APIs give it. */
export function refused(status: number, reason: string, message: string): RestRefusal {
  const errors = [{ message, domain: 'global', reason }];
  return new RestRefusal(jsonResponse(status, { error: { code: status, message, errors } }));
}

/** An RRset as the API shows it. */
export function printSet({ owner, type, ttl, data }: KeptSet): Fields {
  return { name: owner, type, ttl, rrdatas: data, signatureRrdatas: [], kind: 'dns#resourceRecordSet' };
}

/** What the zone holds after a change: all of it or, where it is refused, none. Throws RestRefusal. */
export function changed(zone: KeptZone, soa: KeptSet, body: unknown): ReadonlyMap<string, KeptSet> {
  if (!isFields(body))
    throw refused(400, 'required', "The 'entity.change' parameter is required but was missing.");
  const deletions = setsOf(zone, body['deletions'], 'deletions');
  const additions = setsOf(zone, body['additions'], 'additions');
  if (deletions.length + additions.length === 0) {
    throw refused(400, 'required', "The 'entity.change' parameter is required but was missing.");
  }
  if (additions.flatMap(set => set.data).join('').length > maxChangeCharacters) {
    throw refused(403, 'quotaExceeded', "The 'entity.change.additions' is too large.");
  }
  const sets = new Map([...zone.sets, [keyOf(soa.owner, 'SOA'), soa]]);
  for (const [at, set] of deletions.entries()) {
    const key = keyOf(set.owner, set.type);
    const there = sets.get(key);
    const named = `'entity.change.deletions[${at}]'`;
    if (there === undefined) {
      throw refused(
        404,
        'notFound',
        `The ${named} resource named '${set.owner} (${set.type})' does not exist.`,
      );
    }
    if (!isSame(there, set)) throw refused(412, 'conditionNotMet', `Precondition not met for ${named}`);
    sets.delete(key);
  }
  for (const [at, set] of additions.entries()) {
    const key = keyOf(set.owner, set.type);
    if (sets.has(key)) {
      const named = `'entity.change.additions[${at}]' named '${set.owner} (${set.type})'`;
      throw refused(409, 'alreadyExists', `The resource ${named} already exists`);
    }
    sets.set(key, set);
  }
  if (!sets.has(keyOf(zone.apex, 'NS')) || !sets.has(keyOf(zone.apex, 'SOA'))) {
    throw refused(
      400,
      'invalidZoneApex',
      `The resource record set 'entity.change' is invalid because a zone must contain exactly one resource record set of type NS at the apex.`,
    );
  }
  refuseClashes(sets);
  sets.delete(keyOf(zone.apex, 'SOA'));
  return indexOf([...sets.values()]);
}

function setsOf(zone: KeptZone, list: unknown, member: string): readonly KeptSet[] {
  if (list === undefined) return [];
  if (!Array.isArray(list)) throw refused(400, 'invalid', `Invalid value for: entity.change.${member}`);
  if (list.length > maxChangeSets) {
    throw refused(
      403,
      'quotaExceeded',
      `The 'entity.change.${member}' has more than ${maxChangeSets} elements.`,
    );
  }
  return list.map((item, at) => setOf(zone, item, `entity.change.${member}[${at}]`));
}

function setOf(zone: KeptZone, item: unknown, place: string): KeptSet {
  const invalid = (field: string, value: unknown): RestRefusal =>
    refused(400, 'invalid', `Invalid value for '${place}.${field}': '${String(value)}'`);
  if (!isFields(item)) throw refused(400, 'invalid', `Invalid value for: ${place}`);
  const { name, type, ttl, rrdatas } = item;
  if (typeof type !== 'string' || !types.has(type)) throw invalid('type', type);
  if (typeof ttl !== 'number' || !Number.isInteger(ttl) || ttl < 0 || ttl > 2_147_483_647) {
    throw invalid('ttl', ttl);
  }
  if (!Array.isArray(rrdatas) || rrdatas.length === 0) throw invalid('rrdatas', rrdatas);
  if (typeof name !== 'string' || !name.endsWith('.')) throw invalid('name', name);
  const owner = read(() => parseName(name));
  if (owner === null || !isAtOrBelow(owner, zone.apex)) throw invalid('name', name);
  const data = rrdatas.map((text: unknown, at): Rdata => {
    const rdata = typeof text === 'string' ? read(() => parseRdata(type, text, rootName)) : null;
    if (rdata === null) throw invalid(`rrdatas[${at}]`, text);
    return rdata;
  });
  if (new Set(data).size < data.length) throw invalid('rrdatas', 'duplicates');
  return { owner, type, ttl, data };
}

function read<T>(parse: () => T): T | null {
  try {
    return parse();
  } catch (error) {
    if (isZonecutError(error)) return null;
    throw error;
  }
}

function isSame(a: KeptSet, b: KeptSet): boolean {
  const text = ({ data }: KeptSet): string => [...data].sort().join('\n');
  return a.ttl === b.ttl && text(a) === text(b);
}

function refuseClashes(sets: ReadonlyMap<string, KeptSet>): void {
  const owners = new Map<Name, number>();
  for (const { owner } of sets.values()) owners.set(owner, (owners.get(owner) ?? 0) + 1);
  for (const { owner, type, data } of sets.values()) {
    if (type === 'CNAME' && ((owners.get(owner) ?? 0) > 1 || data.length > 1)) {
      throw refused(
        400,
        'cnameResourceRecordSetConflict',
        `The resource record set 'entity.change.additions' is invalid because the DNS name '${owner}' may have either one CNAME resource record set or resource record sets of other types, but not both.`,
      );
    }
  }
}
