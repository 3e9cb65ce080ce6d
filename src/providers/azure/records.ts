import { rootName } from '../../dns/name.ts';
import type { Rdata, RRType } from '../../dns/rrset.ts';
import { isObject, type JsonObject, listAt, memberAt, textAt } from '../json.ts';
import { dataOf } from '../rest/rows.ts';
import { quotedStrings, wordsOf } from '../strings.ts';

/** Where the records of one type stand among the properties of a record set, and their parts in the order of presentation form. */
interface Shape {
  readonly member: string;
  /** `#` before a number, `"` before what is quoted; a dot leads into an object. */
  readonly fields: readonly string[];
  /** Such a set has one record, which stands there without a list. */
  readonly alone?: boolean;
}

const shapes: Readonly<Record<string, Shape>> = {
  A: { member: 'ARecords', fields: ['ipv4Address'] },
  AAAA: { member: 'AAAARecords', fields: ['ipv6Address'] },
  CAA: { member: 'caaRecords', fields: ['#flags', 'tag', '"value'] },
  CNAME: { member: 'CNAMERecord', fields: ['cname'], alone: true },
  DS: {
    member: 'DSRecords',
    fields: ['#keyTag', '#algorithm', '#digest.algorithmType', 'digest.value'],
  },
  MX: { member: 'MXRecords', fields: ['#preference', 'exchange'] },
  NAPTR: {
    member: 'NAPTRRecords',
    fields: ['#order', '#preference', '"flags', '"services', '"regexp', 'replacement'],
  },
  NS: { member: 'NSRecords', fields: ['nsdname'] },
  PTR: { member: 'PTRRecords', fields: ['ptrdname'] },
  SOA: {
    member: 'SOARecord',
    fields: ['host', 'email', '#serialNumber', '#refreshTime', '#retryTime', '#expireTime', '#minimumTTL'],
    alone: true,
  },
  SRV: { member: 'SRVRecords', fields: ['#priority', '#weight', '#port', 'target'] },
  TLSA: { member: 'TLSARecords', fields: ['#usage', '#selector', '#matchingType', 'certAssociationData'] },
};

/** A record of a set: its data, null where zonecut cannot read it, and how the host spells it. */
export interface AzureRecord {
  readonly data: Rdata | null;
  readonly text: string;
}

/** The records of a set; null where it has none of its own (an alias), or is of another shape. */
export function recordsIn(type: RRType, properties: unknown): readonly AzureRecord[] | null {
  if (type === 'TXT') {
    const records = listAt(properties, 'TXTRecords');
    return (
      records?.map(record => read(type, (listAt(record, 'value') ?? []).map(quotedText).join(' '))) ?? null
    );
  }
  const shape = shapes[type];
  if (shape === undefined) return null;
  const member = memberAt(properties, shape.member);
  const records = shape.alone === true && isObject(member) ? [member] : member;
  if (!Array.isArray(records) || records.length === 0) return null;
  return records.map((record: unknown) =>
    read(type, shape.fields.map(field => fieldOf(record, field)).join(' ')),
  );
}

const quotedText = (value: unknown): string => quotedStrings(String(value));

function read(type: RRType, text: string): AzureRecord {
  return { data: dataOf(type, text, rootName), text };
}

function fieldOf(record: unknown, field: string): string {
  const path = field.replace(/^[#"]/, '').split('.');
  const holder = path.length === 1 ? record : memberAt(record, path[0] ?? '');
  const value = textAt(holder, path.at(-1) ?? '') ?? '';
  return field.startsWith('"') ? quotedStrings(value) : value;
}

/** The properties that hold these data; null where the host has no way to say them: octets that are no UTF-8. */
export function propertiesOf(type: RRType, data: readonly Rdata[]): JsonObject | null {
  if (type === 'TXT') {
    const strings = data.map(wordsOf);
    const isWhole = data.every((text, at) => (strings[at] ?? []).map(quotedStrings).join(' ') === text);
    return isWhole ? { TXTRecords: strings.map(value => ({ value })) } : null;
  }
  const shape = shapes[type];
  if (shape === undefined) return null;
  const records = data.map(text => recordOf(shape, wordsOf(text)));
  return { [shape.member]: shape.alone === true ? records[0] : records };
}

function recordOf({ fields }: Shape, words: readonly string[]): JsonObject {
  const record: Record<string, unknown> = {};
  for (const [at, field] of fields.entries()) {
    const word = words[at] ?? '';
    const value = field.startsWith('#') ? Number(word) : word;
    const [first = '', second] = field.replace(/^[#"]/, '').split('.');
    const inner = record[first];
    record[first] = second === undefined ? value : { ...(isObject(inner) ? inner : {}), [second]: value };
  }
  return record;
}
