import { knownTypes } from '../../dns/iana.ts';
import { isAtOrBelow, type Name, parseName } from '../../dns/name.ts';
import { parseRdata } from '../../dns/rdata.ts';
import { isZonecutError, messageOf } from '../../error.ts';
import { refused } from './fault.ts';
import { type Fields, isFields } from './json.ts';
import { keyOf, type PowerdnsRecord, type PowerdnsSet, type ZoneState } from './zone.ts';

/** Types of PowerDNS's own. */
const ownTypes: ReadonlySet<string> = new Set(['ALIAS', 'LUA']);

/** Types of which a name has one record at most. */
const single: ReadonlySet<string> = new Set(['CNAME', 'DNAME', 'SOA']);

const types: ReadonlySet<string> = new Set([...knownTypes, ...ownTypes]);

/** What a name may be written with, escapes aside. */
const allowedName = /^[a-z0-9_/.\\@*-]*$/i;

/** A name of the API, which has a final dot. Throws a refusal. */
export function nameOf(text: string): Name {
  if (!text.endsWith('.')) throw refused(`DNS Name '${text}' is not canonical`);
  try {
    return parseName(text);
  } catch (error) {
    if (isZonecutError(error)) throw refused(`Unable to parse DNS Name '${text}'`);
    throw error;
  }
}

/** The RRsets of the zone after `changes`, all or none. Throws a refusal. */
export function patched(zone: ZoneState, changes: readonly unknown[]): ReadonlyMap<string, PowerdnsSet> {
  const sets = new Map(zone.sets);
  const seen = new Set<string>();
  for (const item of changes) {
    if (!isFields(item)) throw refused('Key rrsets is not an array of objects');
    const { name, type } = ownerOf(zone.name, item);
    const key = keyOf(name, type);
    const changetype = textOf(item, 'changetype').toUpperCase();
    if (seen.has(`${key} ${changetype}`)) {
      throw refused(`Duplicate RRset ${name} IN ${type} with changetype: ${changetype}`);
    }
    seen.add(`${key} ${changetype}`);
    if (changetype === 'DELETE') sets.delete(key);
    else if (changetype === 'REPLACE') replace(sets, name, type, item);
    else throw refused('Changetype not understood');
  }
  return sets;
}

/** An RRset of a new zone. Throws a refusal. */
export function newSet(zone: Name, item: unknown): PowerdnsSet {
  if (!isFields(item)) throw refused('Key rrsets is not an array of objects');
  const { name, type } = ownerOf(zone, item);
  return { name, type, ttl: ttlOf(item), records: recordsOf(name, type, item) };
}

function replace(sets: Map<string, PowerdnsSet>, name: Name, type: string, item: Fields): void {
  const key = keyOf(name, type);
  const records = recordsOf(name, type, item);
  if (records.length === 0) {
    sets.delete(key);
    return;
  }
  const others = [...sets.values()].filter(set => set.name === name && set.type !== type);
  const clash = type === 'CNAME' ? others.length > 0 : others.some(set => set.type === 'CNAME');
  if (clash) throw refused(`RRset ${name} IN ${type}: Conflicts with pre-existing RRset`);
  sets.set(key, { name, type, ttl: ttlOf(item), records });
}

function ownerOf(zone: Name, item: Fields): { readonly name: Name; readonly type: string } {
  const text = textOf(item, 'name');
  const type = textOf(item, 'type');
  if (!types.has(type)) throw refused(`RRset ${text} IN ${type}: unknown type given`);
  const name = nameOf(text);
  if (!isAtOrBelow(name, zone)) throw refused(`RRset ${text} IN ${type}: Name is out of zone`);
  if (!allowedName.test(text) || /\\(?!\.)/.test(text.replace(/\\\\/g, ''))) {
    throw refused(`Name '${text}' contains unsupported characters`);
  }
  return { name, type };
}

function textOf(item: Fields, key: string): string {
  const value = item[key];
  if (typeof value !== 'string') throw refused(`Key '${key}' not present or not a String`);
  return value;
}

function ttlOf(item: Fields): number {
  const value = item['ttl'];
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > 0x7fffffff) {
    throw refused("Key 'ttl' is not a valid Integer");
  }
  return value;
}

function recordsOf(name: Name, type: string, item: Fields): readonly PowerdnsRecord[] {
  const list = item['records'];
  if (!Array.isArray(list)) throw refused("No change for RRset, 'records' is not an array");
  const records = list.map((record: unknown): PowerdnsRecord => {
    if (!isFields(record)) throw refused('A record is not an object');
    const content = textOf(record, 'content');
    checkContent(name, type, content);
    return { content, disabled: record['disabled'] === true };
  });
  if (single.has(type) && records.length > 1) {
    throw refused(`RRset ${name} IN ${type} has more than one record`);
  }
  if (new Set(records.map(record => record.content)).size < records.length) {
    throw refused(`Duplicate record in RRset ${name} IN ${type} with content "${records[0]?.content}"`);
  }
  return records;
}

/** Content is taken in one spelling only. */
function checkContent(name: Name, type: string, content: string): void {
  if (ownTypes.has(type)) return;
  let spelled: string;
  try {
    spelled = spelling(type, parseRdata(type, content));
  } catch (error) {
    if (!isZonecutError(error)) throw error;
    throw refused(
      `Record ${name}/${type} '${content}': Parsing record content (try 'pdnsutil check-zone'): ${messageOf(error)}`,
    );
  }
  if (spelled !== content) {
    throw refused(`Record ${name}/${type} '${content}': Not in expected format (parsed as '${spelled}')`);
  }
}

/** Parameters of SVCB and HTTPS stand without quotes where they can. */
function spelling(type: string, content: string): string {
  return type === 'SVCB' || type === 'HTTPS' ? content.replace(/="([A-Za-z0-9+/,.:_-]+)"/g, '=$1') : content;
}
