import { type Name, parseName, relativeTo } from '../../dns/name.ts';
import { parseRdata } from '../../dns/rdata.ts';
import type { Rdata } from '../../dns/rrset.ts';
import { isZonecutError } from '../../error.ts';
import { type Fields, isFields, jsonResponse, RestRefusal } from '../rest/json.ts';
import type { KeptRow, NewKeptRow } from '../rest/rows.ts';
import type { KeptZone } from '../rest/zones.ts';

const types: ReadonlySet<string> = new Set(['A', 'AAAA', 'CAA', 'CNAME', 'MX', 'NS', 'SRV', 'SSHFP', 'TXT']);

/** Seconds. */
const minTtl = 120;

/** An error as the API has it. */
export function problem(status: number, error: string): RestRefusal {
  return new RestRefusal(jsonResponse(status, { error, status }));
}

/** A row as the API shows it. */
export function printRow(zone: KeptZone, { id, owner, type, ttl, data, extra }: KeptRow): Fields {
  const [first = '', ...rest] = data.split(' ');
  const hasPriority = type === 'MX' || type === 'SRV';
  const shown = hasPriority ? rest.join(' ') : data;
  return {
    id,
    type,
    name: owner === zone.apex ? '' : relativeTo(owner, zone.apex),
    data: extra['text'] ?? (/^(CNAME|MX|NS|SRV)$/.test(type) ? shown.replace(/\.$/, '') : shown),
    priority: hasPriority ? Number(first) : -1,
    ttl,
  };
}

/** What is shown of text of a record that was there from the beginning. */
export function extraOf(type: string, data: Rdata): Fields {
  if (type !== 'TXT') return {};
  return { text: `"${[...data.matchAll(/"([^"]*)"/g)].map(([, text = '']) => text).join('')}"` };
}

/** The row that a request makes of nothing, or of `old`. Throws RestRefusal. */
export function rowFrom(zone: KeptZone, body: unknown, old?: KeptRow): NewKeptRow {
  if (!isFields(body)) throw problem(400, 'Invalid input.');
  const type = old?.type ?? body['type'];
  if (typeof type !== 'string' || !types.has(type)) throw problem(400, 'Invalid type.');
  const owner = body['name'] === undefined && old !== undefined ? old.owner : ownerFrom(zone, body['name']);
  const ttl = body['ttl'] ?? old?.ttl ?? 300;
  if (typeof ttl !== 'number' || !Number.isInteger(ttl) || ttl < minTtl) {
    throw problem(400, `Invalid TTL, the minimum is ${minTtl}.`);
  }
  const data = dataFrom(type, body);
  return { owner, type, ttl, data, extra: extraOf(type, data) };
}

function ownerFrom(zone: KeptZone, name: unknown): Name {
  if (name === '') return zone.apex;
  if (
    typeof name !== 'string' ||
    !/^([*]|([*][.])?[A-Za-z0-9_-]{1,63}([.][A-Za-z0-9_-]{1,63})*)$/.test(name)
  ) {
    throw problem(400, 'Invalid record name.');
  }
  return parseName(`${name}.${zone.apex}`);
}

function dataFrom(type: string, body: Fields): Rdata {
  const { data, priority } = body;
  if (typeof data !== 'string' || data === '') throw problem(400, 'Invalid record data.');
  if (typeof priority !== 'number' || priority < 0 || priority > 65_535) {
    throw problem(400, 'Invalid priority.');
  }
  try {
    return parseRdata(type, textFrom(type, data, priority));
  } catch (error) {
    if (isZonecutError(error)) throw problem(400, 'Invalid record data.');
    throw error;
  }
}

function textFrom(type: string, data: string, priority: number): string {
  if (type === 'TXT') {
    const inner = /^"([^"\\]+)"$/.exec(data)?.[1];
    if (inner === undefined) throw problem(400, 'TXT records must be enclosed in quotes.');
    return (inner.match(/[\s\S]{1,255}/g) ?? []).map(part => `"${part}"`).join(' ');
  }
  if (type === 'CAA' && !/^\d+ (issue|issuewild|iodef) "[^"\s]+"$/.test(data)) {
    throw problem(400, 'Invalid CAA record.');
  }
  if (/^(CNAME|MX|NS|SRV)$/.test(type)) {
    if (data.endsWith('.')) throw problem(400, 'Host names must not end with a dot.');
    return `${type === 'MX' || type === 'SRV' ? `${priority} ` : ''}${data}.`;
  }
  return data;
}

/** Throws RestRefusal where a row cannot stand beside those that are there. */
export function checkBeside(zone: KeptZone, others: readonly KeptRow[], row: NewKeptRow): void {
  const here = others.filter(({ owner }) => owner === row.owner);
  const clash = row.type === 'CNAME' ? here.length > 0 : here.some(({ type }) => type === 'CNAME');
  if (clash || (row.type === 'CNAME' && row.owner === zone.apex)) {
    throw problem(400, 'Unable to add record: CNAME conflicts with other records.');
  }
  if (here.some(({ type, data }) => type === row.type && data === row.data)) {
    throw problem(400, 'Unable to add record: duplicate record.');
  }
}
