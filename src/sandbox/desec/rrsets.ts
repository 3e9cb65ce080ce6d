import { knownTypes } from '../../dns/iana.ts';
import { type Name, parseName, relativeTo, rootName } from '../../dns/name.ts';
import { parseRdata } from '../../dns/rdata.ts';
import type { Rdata } from '../../dns/rrset.ts';
import { isZonecutError, messageOf } from '../../error.ts';
import { type Fields, isFields, jsonResponse, RestRefusal } from '../rest/json.ts';
import { type KeptSet, type KeptZone, keyOf } from '../rest/zones.ts';

/** Types that the host makes itself. */
const managed: ReadonlySet<string> = new Set(['SOA', 'RRSIG', 'DNSKEY', 'NSEC', 'NSEC3', 'NSEC3PARAM']);

/** Types that are switched off. */
const disabled: ReadonlySet<string> = new Set(['ALIAS', 'DNAME']);

const types: ReadonlySet<string> = new Set(knownTypes);

/** Seconds. */
const maximumTtl = 86_400;

const maxSubnameLength = 178;

/** Whether the host makes RRsets of that type itself, and shows none. */
export function isManaged(type: string): boolean {
  return managed.has(type);
}

/** 400 with what is wrong. */
export function refused(body: unknown): RestRefusal {
  return new RestRefusal(jsonResponse(400, body));
}

/** An RRset as the API shows it. */
export function printSet(zone: KeptZone, { owner, type, ttl, data }: KeptSet): Fields {
  const subname = owner === zone.apex ? '' : relativeTo(owner, zone.apex);
  return {
    created: '2025-10-15T23:22:18.998737Z',
    domain: zone.apex.slice(0, -1),
    subname,
    name: owner,
    records: data,
    ttl,
    type,
    touched: '2025-10-15T23:22:19.007953Z',
  };
}

/** What the zone holds after all of `items`; none is carried out when one is wrong. Throws RestRefusal. */
export function changed(
  zone: KeptZone,
  items: readonly unknown[],
  method: 'PATCH' | 'PUT' | 'POST',
  minimumTtl: number,
): ReadonlyMap<string, KeptSet> {
  const sets = new Map(zone.sets);
  const seen = new Set<string>();
  const errors = items.map(item => faultsOf(zone, item, method, minimumTtl, seen));
  if (errors.some(error => Object.keys(error).length > 0)) throw refused(errors);
  for (const item of items) {
    if (!isFields(item)) continue;
    const owner = ownerOf(zone, item) ?? zone.apex;
    const type = String(item['type']);
    const now = sets.get(keyOf(owner, type));
    const records = item['records'] === undefined ? (now?.data ?? []) : recordsOf(type, item['records']);
    if (records.length === 0) sets.delete(keyOf(owner, type));
    else sets.set(keyOf(owner, type), { owner, type, ttl: Number(item['ttl'] ?? now?.ttl), data: records });
  }
  checkAliases(zone, sets);
  return sets;
}

/** What is wrong with one part of a request by itself: empty when nothing is. */
function faultsOf(
  zone: KeptZone,
  item: unknown,
  method: 'PATCH' | 'PUT' | 'POST',
  minimumTtl: number,
  seen: Set<string>,
): Fields {
  if (!isFields(item)) return { non_field_errors: ['Invalid data.'] };
  const { type, ttl, records } = item;
  if (typeof type !== 'string') return { type: ['This field is required.'] };
  const owner = ownerOf(zone, item);
  if (owner === null) {
    return {
      subname: [
        "Subname can only use (lowercase) a-z, 0-9, ., -, and _, may start with a '*.', or just be '*'.",
      ],
    };
  }
  if (managed.has(type) || disabled.has(type) || !types.has(type)) {
    return { type: [`You cannot tinker with the ${type} RR set.`] };
  }
  if (seen.has(keyOf(owner, type))) return { non_field_errors: ['Same subname and type as another RRset.'] };
  seen.add(keyOf(owner, type));
  const exists = zone.sets.has(keyOf(owner, type));
  if (method === 'POST' && exists) {
    return { non_field_errors: ['Another RRset with the same subdomain and type exists for this domain.'] };
  }
  const goes = Array.isArray(records) && records.length === 0;
  if (records === undefined && (method !== 'PATCH' || !exists))
    return { records: ['This field is required.'] };
  if (goes) return {};
  if (ttl === undefined) return method === 'PATCH' && exists ? {} : { ttl: ['This field is required.'] };
  if (typeof ttl !== 'number' || !Number.isInteger(ttl)) return { ttl: ['A valid integer is required.'] };
  if (ttl < minimumTtl) return { ttl: [`Ensure this value is greater than or equal to ${minimumTtl}.`] };
  if (ttl > maximumTtl) return { ttl: [`Ensure this value is less than or equal to ${maximumTtl}.`] };
  return {};
}

/** The owner that a part names; null where its subname is none that the host takes. */
function ownerOf(zone: KeptZone, item: Fields): Name | null {
  const subname = item['subname'] ?? '';
  if (typeof subname !== 'string' || subname.length > maxSubnameLength) return null;
  if (subname === '') return zone.apex;
  if (!/^([*]|(([*][.])?([a-z0-9_-]{1,63}[.])*[a-z0-9_-]{1,63}))$/.test(subname)) return null;
  return parseName(`${subname}.${zone.apex}`);
}

function recordsOf(type: string, records: unknown): readonly Rdata[] {
  if (!Array.isArray(records)) throw refused({ records: ['Expected a list of items.'] });
  const data = records.map((record: unknown) => {
    if (typeof record !== 'string') throw refused({ records: ['Not a valid string.'] });
    return contentOf(type, record);
  });
  if (type === 'CNAME' && data.length > 1)
    throw refused({ non_field_errors: ['RRset of type CNAME cannot have multiple records.'] });
  if (new Set(data).size < data.length)
    throw refused({ non_field_errors: ['Duplicate records are not allowed.'] });
  return data;
}

function contentOf(type: string, text: string): Rdata {
  if (/^(NS|CNAME|PTR|MX|SRV)$/.test(type) && !text.endsWith('.')) {
    throw refused({
      non_field_errors: ['Hostname must be fully-qualified (i.e., end in a dot: "example.com.")'],
    });
  }
  if (/^(TXT|SPF)$/.test(type) && !text.startsWith('"')) {
    throw refused({ non_field_errors: ['Data for TXT records must be given using quotation marks.'] });
  }
  try {
    return parseRdata(type, text, rootName);
  } catch (error) {
    if (isZonecutError(error))
      throw refused({ non_field_errors: [`Cannot parse record contents: ${messageOf(error)}`] });
    throw error;
  }
}

/** A CNAME stands alone, and nowhere at the apex. */
function checkAliases(zone: KeptZone, sets: ReadonlyMap<string, KeptSet>): void {
  const all = [...sets.values()];
  for (const { owner } of all.filter(set => set.type === 'CNAME')) {
    if (owner === zone.apex) throw refused({ non_field_errors: ['CNAME RRset cannot have empty subname.'] });
    const beside = all.filter(set => set.owner === owner && set.type !== 'CNAME').map(set => set.type);
    if (beside.length > 0) {
      throw refused({
        non_field_errors: [`RRset with conflicting type present: database (${beside.join(', ')})`],
      });
    }
  }
}
