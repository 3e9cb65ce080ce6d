import { type Name, parseName, parseNameAt, relativeTo, rootName } from '../../dns/name.ts';
import { parseRdata } from '../../dns/rdata.ts';
import type { Rdata } from '../../dns/rrset.ts';
import { isZonecutError } from '../../error.ts';
import { type Fields, isFields, jsonResponse, RestRefusal } from '../rest/json.ts';
import type { KeptSet, KeptZone } from '../rest/zones.ts';

/** Types that can be set by name. */
const types: ReadonlySet<string> = new Set(['A', 'AAAA', 'CNAME', 'MX', 'NS', 'SRV', 'TXT']);

/** Seconds. */
const maxTtl = 604_800;

/** An answer that refuses, with the fields that are wrong. */
export function refused(
  status: number,
  code: string,
  message: string,
  fields: readonly Fields[] = [],
): RestRefusal {
  const more = fields.length === 0 ? {} : { fields };
  return new RestRefusal(jsonResponse(status, { code, message, ...more }));
}

function invalid(path: string, message: string): RestRefusal {
  const field = { code: 'UNEXPECTED_VALUE', message, path };
  return refused(422, 'INVALID_BODY', "Request body doesn't fulfill schema, see details in `fields`", [
    field,
  ]);
}

/** The records of an RRset, as the API shows them. */
export function printRecords(zone: KeptZone, { owner, type, ttl, data }: KeptSet): readonly Fields[] {
  const label = owner === zone.apex ? '@' : relativeTo(owner, zone.apex);
  return data.map(text => {
    const words = String(text).split(' ');
    const bare = (word = ''): string => (word === zone.apex ? '@' : word.replace(/(.)\.$/, '$1'));
    const common = { name: label, ttl, type };
    switch (type) {
      case 'CNAME':
      case 'NS':
        return { data: bare(words[0]), ...common };
      case 'MX':
        return { data: bare(words[1]), ...common, priority: Number(words[0]) };
      case 'SRV': {
        const [service = '', protocol = '', ...rest] = label.split('.');
        const [priority, weight, port] = words.map(Number);
        const apart = { service, protocol, priority, weight, port };
        return { data: bare(words[3]), ...common, name: rest.join('.') || '@', ...apart };
      }
      case 'TXT':
        return { data: textIn(text), ...common };
      default:
        return { data: String(text), ...common };
    }
  });
}

function textIn(data: string): string {
  const strings = data.match(/"(?:[^"\\]|\\.)*"/g) ?? [];
  return strings.map(string => string.slice(1, -1).replace(/\\(["\\])/g, '$1')).join('');
}

/** The RRset that a request sets. Throws RestRefusal. */
export function newSet(zone: KeptZone, owner: Name, type: string, body: unknown, minTtl: number): KeptSet {
  if (!types.has(type)) throw refused(404, 'NOT_FOUND', `Cannot PUT records of type ${type}`);
  if (!Array.isArray(body) || body.length === 0) throw invalid('records', 'is not a array');
  const ttls = body.map((record: unknown, at): number => {
    const ttl = isFields(record) ? (record['ttl'] ?? 3600) : null;
    if (typeof ttl !== 'number' || !Number.isInteger(ttl) || ttl < minTtl || ttl > maxTtl) {
      throw invalid(`records[${at}].ttl`, `is not between ${minTtl} and ${maxTtl}`);
    }
    return ttl;
  });
  const data = body.map((record: unknown, at) =>
    dataIn(zone, type, isFields(record) ? record : {}, `records[${at}].data`),
  );
  if (new Set(data).size < data.length) {
    throw refused(422, 'DUPLICATE_RECORD', 'Another record with the same attributes already exists');
  }
  refuseClash(zone, owner, type, data.length);
  return { owner, type, ttl: Math.min(...ttls), data };
}

function dataIn(zone: KeptZone, type: string, { data, priority }: Fields, path: string): Rdata {
  const most = type === 'TXT' ? 512 : 255;
  if (typeof data !== 'string' || data === '' || data.length > most)
    throw invalid(path, `is not of 1 to ${most} characters`);
  try {
    switch (type) {
      case 'CNAME':
      case 'NS':
        return parseRdata(type, data === '@' ? zone.apex : parseName(data), rootName);
      case 'MX':
        if (typeof priority !== 'number') throw invalid(path.replace('data', 'priority'), 'is required');
        return parseRdata(type, `${priority} ${data === '@' ? zone.apex : parseName(data)}`, rootName);
      case 'TXT':
        return parseRdata(type, quoted(data), rootName);
      default:
        return parseRdata(type, data, rootName);
    }
  } catch (error) {
    if (isZonecutError(error)) throw invalid(path, `'${data}' is not valid for ${type}`);
    throw error;
  }
}

function quoted(text: string): string {
  const parts = text.match(/[\s\S]{1,255}/g) ?? [''];
  return parts.map(part => `"${part.replace(/["\\]/g, '\\$&')}"`).join(' ');
}

function refuseClash(zone: KeptZone, owner: Name, type: string, count: number): void {
  const others = [...zone.sets.values()].filter(set => set.owner === owner && set.type !== type);
  const clash = type === 'CNAME' ? others.length > 0 || count > 1 : others.some(set => set.type === 'CNAME');
  if (!clash) return;
  throw refused(422, 'DUPLICATE_RECORD', 'Record name conflicts with another record of the domain');
}

/** The owner that a label in a path stands for. Throws RestRefusal. */
export function ownerAt(zone: KeptZone, label: string): Name {
  if (/^(@|[*]|([*][.])?[A-Za-z0-9_-]{1,63}([.][A-Za-z0-9_-]{1,63})*)$/.test(label)) {
    return parseNameAt(label, zone.apex);
  }
  throw refused(422, 'INVALID_NAME', `'${label}' is not a valid record name`);
}
