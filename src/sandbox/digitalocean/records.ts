import { type Name, parseName, relativeTo } from '../../dns/name.ts';
import { parseRdata } from '../../dns/rdata.ts';
import type { Rdata } from '../../dns/rrset.ts';
import { isZonecutError } from '../../error.ts';
import { type Fields, isFields, jsonResponse, RestRefusal } from '../rest/json.ts';
import type { KeptRow, NewKeptRow } from '../rest/rows.ts';
import type { KeptZone } from '../rest/zones.ts';

const types: ReadonlySet<string> = new Set(['A', 'AAAA', 'CAA', 'CNAME', 'MX', 'NS', 'SRV', 'TXT']);

/** Characters of a text in quotes. */
const maxTextLength = 512;

/** An error as the API has it. */
export function problem(status: number, id: string, message: string): RestRefusal {
  return new RestRefusal(jsonResponse(status, { id, message }));
}

const unprocessable = (message: string): RestRefusal => problem(422, 'unprocessable_entity', message);

const none: Fields = { priority: null, port: null, weight: null, flags: null, tag: null };

/** A row as the API shows it. */
export function printRow(zone: KeptZone, { id, owner, type, ttl, data, extra }: KeptRow): Fields {
  const words = data.split(' ');
  const [first, second, third] = words;
  const target = words.at(-1) ?? '';
  const name = owner === zone.apex ? '@' : relativeTo(owner, zone.apex);
  const own: Readonly<Record<string, Fields>> = {
    MX: { priority: Number(first) },
    SRV: { priority: Number(first), weight: Number(second), port: Number(third) },
    CAA: { flags: Number(first), tag: second },
  };
  return {
    id: Number(id),
    type,
    name,
    data: shownData(zone, type, target, extra),
    ...none,
    ttl,
    ...own[type],
  };
}

/** Names are shown without their final dot, and the zone's own as `@`; text as it was given. */
function shownData(zone: KeptZone, type: string, target: string, extra: Fields): unknown {
  if (type === 'TXT') return extra['text'];
  if (type === 'CAA') return extra['value'];
  if (!/^(CNAME|MX|NS|SRV)$/.test(type)) return target;
  if (target === zone.apex) return '@';
  return target === '.' ? target : target.slice(0, -1);
}

/** What is shown of the data of a record that was there from the beginning. */
export function extraOf(type: string, data: Rdata): Fields {
  const strings = [...data.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, text = '']) =>
    text.replace(/\\(.)/g, '$1'),
  );
  if (type === 'TXT') return { text: strings.join('') };
  return type === 'CAA' ? { value: strings[0] } : {};
}

/** The row that a request makes of nothing, or of `old`. Throws RestRefusal. */
export function rowFrom(zone: KeptZone, body: unknown, old?: KeptRow): NewKeptRow {
  if (!isFields(body)) throw problem(400, 'bad_request', 'Unable to parse the request body');
  const type = body['type'] ?? old?.type;
  if (typeof type !== 'string' || !types.has(type)) throw unprocessable('Type is not included in the list');
  if (old !== undefined && old.type !== type) throw unprocessable("Type can't be changed");
  const owner = body['name'] === undefined && old !== undefined ? old.owner : ownerOf(zone, body['name']);
  const ttl = body['ttl'] ?? old?.ttl ?? 1800;
  if (typeof ttl !== 'number' || !Number.isInteger(ttl) || ttl < 30) {
    throw unprocessable('Ttl must be greater than or equal to 30');
  }
  const data = dataFrom(zone, type, body);
  return { owner, type, ttl, data, extra: extraOf(type, data) };
}

function ownerOf(zone: KeptZone, name: unknown): Name {
  if (typeof name !== 'string' || name === '') throw unprocessable("Name can't be blank");
  if (name === '@') return zone.apex;
  if (!/^([*]|([*][.])?[A-Za-z0-9_-]{1,63}([.][A-Za-z0-9_-]{1,63})*)$/.test(name)) {
    throw unprocessable('Name Only valid hostname characters are allowed.');
  }
  return parseName(`${name}.${zone.apex}`);
}

function dataFrom(zone: KeptZone, type: string, body: Fields): Rdata {
  const { data } = body;
  if (typeof data !== 'string' || data === '') throw unprocessable("Data can't be blank");
  const text = textFrom(zone, type, data, body);
  try {
    return parseRdata(type, text);
  } catch (error) {
    if (isZonecutError(error)) throw unprocessable('Data is invalid');
    throw error;
  }
}

function textFrom(zone: KeptZone, type: string, data: string, body: Fields): string {
  const number = (name: string, most: number): number => {
    const value = body[name];
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > most) {
      throw unprocessable(`${name} must be between 0 and ${most}`);
    }
    return value;
  };
  if (type === 'TXT') {
    if (data.includes('\\')) throw unprocessable('Data contains characters that are not allowed');
    const quoted = (data.match(/[\s\S]{1,255}/g) ?? [])
      .map(part => `"${part.replace(/"/g, '\\"')}"`)
      .join(' ');
    if (quoted.length > maxTextLength) throw unprocessable('Data is too long');
    return quoted;
  }
  if (type === 'CAA') {
    const tag = body['tag'];
    if (typeof tag !== 'string' || !/^(issue|issuewild|iodef)$/.test(tag))
      throw unprocessable('Tag is invalid');
    if (/\s/.test(data)) throw unprocessable('Data is invalid');
    if (tag !== 'iodef' && !data.endsWith('.')) throw unprocessable('Data needs to end with a dot (.)');
    return `${number('flags', 255)} ${tag} "${tag === 'iodef' ? data : data.slice(0, -1)}"`;
  }
  if (!/^(CNAME|MX|NS|SRV)$/.test(type)) return data;
  const name = data === '@' ? zone.apex : data;
  if (!name.endsWith('.')) throw unprocessable('Data needs to end with a dot (.)');
  if (type === 'SRV')
    return `${number('priority', 65_535)} ${number('weight', 65_535)} ${number('port', 65_535)} ${name}`;
  if (type !== 'MX') return name;
  if (name === '.') throw unprocessable('Data is invalid');
  return `${number('priority', 65_535)} ${name}`;
}

/** Throws RestRefusal where a row cannot stand beside those that are there. */
export function checkBeside(zone: KeptZone, others: readonly KeptRow[], row: NewKeptRow): void {
  const here = others.filter(({ owner }) => owner === row.owner);
  if (row.type === 'CNAME' && row.owner === zone.apex) {
    throw unprocessable('CNAME records cannot be created for the root domain.');
  }
  const clash = row.type === 'CNAME' ? here.length > 0 : here.some(({ type }) => type === 'CNAME');
  if (clash) throw unprocessable('CNAME records cannot share a name with other records');
  if (here.some(({ type, data }) => type === row.type && data === row.data)) {
    throw unprocessable('Record already exists');
  }
}
