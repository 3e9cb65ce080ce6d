import type { Name } from '../../dns/name.ts';
import { parseRdata } from '../../dns/rdata.ts';
import type { Rdata } from '../../dns/rrset.ts';
import { isZonecutError, messageOf } from '../../error.ts';
import { isFields, jsonResponse, RestRefusal } from '../rest/json.ts';
import type { KeptSet, KeptZone } from '../rest/zones.ts';

const types: ReadonlySet<string> = new Set(
  'A AAAA ALIAS CAA CDS CNAME DNAME DS HTTPS KEY LOC MX NAPTR NS OPENPGPKEY PTR RP SPF SRV SSHFP SVCB TLSA TXT WKS'.split(
    ' ',
  ),
);

/** Seconds. */
const minTtl = 300;
const maxTtl = 2_592_000;

/** 400 with what is wrong in which field. */
export function refused(name: string, description: string): RestRefusal {
  return new RestRefusal(
    jsonResponse(400, { status: 'error', errors: [{ location: 'body', name, description }] }),
  );
}

/** The RRset that a request sets. Throws RestRefusal. */
export function newSet(zone: KeptZone, owner: Name, type: string, body: unknown): KeptSet {
  if (!types.has(type)) throw refused('rrset_type', `${type} is not one of the types of records`);
  if (!isFields(body)) throw refused('body', 'no JSON object');
  const { rrset_ttl: ttl = 10_800, rrset_values: values } = body;
  if (typeof ttl !== 'number' || !Number.isInteger(ttl) || ttl < minTtl || ttl > maxTtl) {
    throw refused('rrset_ttl', `${String(ttl)} is not between ${minTtl} and ${maxTtl}`);
  }
  if (!Array.isArray(values) || values.length === 0)
    throw refused('rrset_values', 'shorter than minimum length 1');
  const data = values.map((value: unknown) => dataIn(zone, type, value));
  if (new Set(data).size < data.length) throw refused('rrset_values', 'has non-unique elements');
  if (type === 'CNAME' && data.length > 1) throw refused('rrset_values', 'only one CNAME is allowed');
  const others = [...zone.sets.values()].filter(set => set.owner === owner && set.type !== type);
  const clash = type === 'CNAME' ? others.length > 0 : others.some(set => set.type === 'CNAME');
  if (clash || (type === 'CNAME' && owner === zone.apex)) {
    const message = 'A CNAME record already exists or conflicts with other records';
    throw new RestRefusal(jsonResponse(409, { code: 409, message, object: 'dns-record', cause: 'Conflict' }));
  }
  return { owner, type, ttl, data };
}

/** Names without a final dot are relative to the zone; text without quotes is taken as one string. */
function dataIn(zone: KeptZone, type: string, value: unknown): Rdata {
  if (typeof value !== 'string') throw refused('rrset_values', 'not a string');
  const text =
    /^(TXT|SPF)$/.test(type) && !value.startsWith('"') ? `"${value.replace(/["\\]/g, '\\$&')}"` : value;
  try {
    return parseRdata(type, text, zone.apex);
  } catch (error) {
    if (isZonecutError(error)) throw refused('rrset_values', messageOf(error));
    throw error;
  }
}
