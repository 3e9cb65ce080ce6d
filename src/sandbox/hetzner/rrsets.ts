import { type Name, parseName } from '../../dns/name.ts';
import { parseRdata } from '../../dns/rdata.ts';
import type { Rdata } from '../../dns/rrset.ts';
import { isZonecutError } from '../../error.ts';
import { type Fields, isFields, jsonResponse, RestRefusal } from '../rest/json.ts';
import { type KeptSet, type KeptZone, keyOf } from '../rest/zones.ts';

const types: ReadonlySet<string> = new Set(
  'A AAAA CAA CNAME DS HINFO HTTPS MX NS PTR RP SOA SRV SVCB TLSA TXT'.split(' '),
);

/** Seconds. */
const minTtl = 60;
const maxTtl = 2_147_483_647;

/** An error as the API has it. */
export function problem(status: number, code: string, message: string, details: unknown = null): RestRefusal {
  return new RestRefusal(jsonResponse(status, { error: { code, message, details } }));
}

/** What is wrong with which field. */
export function invalid(field: string, text: string): RestRefusal {
  const details = { fields: [{ name: field, messages: [text] }] };
  return problem(422, 'invalid_input', `invalid input in field '${field}': ${text}`, details);
}

/** The owner that a name in an address or a request stands for. Throws RestRefusal. */
export function ownerOf(zone: Pick<KeptZone, 'apex'>, name: unknown): Name {
  if (name === '@') return zone.apex;
  if (
    typeof name !== 'string' ||
    !/^([*]|([*][.])?[a-z0-9_-]{1,63}([.][a-z0-9_-]{1,63})*)$/.test(name) ||
    `${name}.`.endsWith(`.${zone.apex}`)
  ) {
    throw invalid('name', 'must be in lower case, and must not end with a dot or the zone name');
  }
  return parseName(`${name}.${zone.apex}`);
}

/** The TTL in a request, null for that of the zone. Throws RestRefusal. */
export function ttlIn(body: Fields): number | null {
  const ttl = body['ttl'] ?? null;
  if (ttl === null) return null;
  if (typeof ttl !== 'number' || !Number.isInteger(ttl) || ttl < minTtl || ttl > maxTtl) {
    throw invalid('ttl', `must be between ${minTtl} and ${maxTtl}`);
  }
  return ttl;
}

/** The type in an address or a request. Throws RestRefusal. */
export function typeIn(type: unknown): string {
  if (typeof type !== 'string' || !types.has(type))
    throw invalid('type', 'must be one of the types of records');
  return type;
}

/** A record of a request. */
export interface GivenRecord {
  readonly data: Rdata;
  readonly comment: string;
}

/** The records in a request. Throws RestRefusal. */
export function recordsIn(zone: Pick<KeptZone, 'apex'>, type: string, body: Fields): readonly GivenRecord[] {
  const { records } = body;
  if (!Array.isArray(records) || records.length === 0)
    throw invalid('records', 'must hold at least one record');
  const given = records.map((record: unknown): GivenRecord => {
    const value = isFields(record) ? record['value'] : undefined;
    const comment = isFields(record) ? (record['comment'] ?? '') : '';
    if (typeof value !== 'string' || typeof comment !== 'string')
      throw invalid('records', 'value is missing');
    if (type === 'TXT' && !/^("(?:[^"\\]|\\.)*"\s*)+$/.test(value)) {
      throw invalid('records', 'TXT records must be fully escaped with double quotes');
    }
    try {
      return { data: parseRdata(type, value, zone.apex), comment };
    } catch (error) {
      if (isZonecutError(error)) throw invalid('records', `invalid ${type} record`);
      throw error;
    }
  });
  if (new Set(given.map(one => one.data)).size < given.length) throw invalid('records', 'must be unique');
  if (type === 'CNAME' && given.length > 1) throw invalid('records', 'must hold only one CNAME');
  return given;
}

/** Throws RestRefusal where an RRset cannot stand beside those that are there. */
export function checkBeside(zone: KeptZone, set: KeptSet): void {
  const others = [...zone.sets.values()].filter(
    one => one.owner === set.owner && keyOf(one.owner, one.type) !== keyOf(set.owner, set.type),
  );
  const clash =
    set.type === 'CNAME'
      ? others.length > 0 || set.owner === zone.apex
      : others.some(({ type }) => type === 'CNAME');
  if (clash) throw invalid('name', 'CNAME records must not share a name with other records');
}
