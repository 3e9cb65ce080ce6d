import { isAtOrBelow, type Name, parseName } from '../../dns/name.ts';
import { parseRdata } from '../../dns/rdata.ts';
import type { Rdata } from '../../dns/rrset.ts';
import { isZonecutError } from '../../error.ts';
import { type Fields, isFields, jsonResponse, RestRefusal } from '../rest/json.ts';
import type { KeptRow, NewKeptRow } from '../rest/rows.ts';
import type { KeptZone } from '../rest/zones.ts';

/** How many records a zone and one request may have. */
export interface Quotas {
  readonly records: number;
  readonly batch: number;
}

/** NS of one name. */
const maxServers = 10;

/** Where proxied names lead to. */
const proxyAddress = '104.16.132.229';

/** Which member of `data` holds which word of a record, in order. */
const structured: Readonly<Record<string, readonly string[]>> = {
  CAA: ['flags', 'tag', 'value'],
  DS: ['key_tag', 'algorithm', 'digest_type', 'digest'],
  NAPTR: ['order', 'preference', 'flags', 'service', 'regex', 'replacement'],
  SRV: ['priority', 'weight', 'port', 'target'],
  SSHFP: ['algorithm', 'type', 'fingerprint'],
  TLSA: ['usage', 'selector', 'matching_type', 'certificate'],
  SVCB: ['priority', 'target', 'value'],
  HTTPS: ['priority', 'target', 'value'],
};

const inQuotes: Readonly<Record<string, readonly string[]>> = {
  CAA: ['value'],
  NAPTR: ['flags', 'service', 'regex'],
};

/** Types whose content is given as it is. */
const plain: ReadonlySet<string> = new Set(['A', 'AAAA', 'CNAME', 'MX', 'NS', 'PTR', 'TXT']);

/** An error in the envelope of the API. */
export function complaint(status: number, code: number, message: string, inner?: Fields): RestRefusal {
  const error = { code, message, ...(inner === undefined ? {} : { error_chain: [inner] }) };
  return new RestRefusal(
    jsonResponse(status, { result: null, success: false, errors: [error], messages: [] }),
  );
}

const invalid = (code: number, message: string): RestRefusal =>
  complaint(400, 1004, 'DNS Validation Error', { code, message });

/** A row as the API shows it. */
export function printRow(zone: KeptZone, { id, owner, type, ttl, data, extra }: KeptRow): Fields {
  const [first = '', ...rest] = data.split(' ');
  const hasPriority = type === 'MX' || type === 'SRV' || type === 'URI';
  const content = hasPriority ? rest.join(' ') : data;
  return {
    id,
    zone_id: zone.id,
    zone_name: zone.apex.slice(0, -1),
    name: owner.slice(0, -1),
    type,
    content: typeof extra['content'] === 'string' ? extra['content'] : shownContent(type, content),
    ...(hasPriority ? { priority: Number(first) } : {}),
    proxiable: ['A', 'AAAA', 'CNAME'].includes(type),
    proxied: extra['proxied'] === true,
    ttl: extra['automatic'] === true ? 1 : ttl,
    settings: type === 'CNAME' ? { flatten_cname: extra['flatten'] === true } : {},
    meta: {},
    comment: extra['comment'] ?? null,
    tags: [],
    created_on: '2025-08-27T20:36:17.634961Z',
    modified_on: '2025-08-27T20:36:17.634961Z',
  };
}

/** Names are shown without their final dot, but for the root. */
function shownContent(type: string, content: string): string {
  return /^(CNAME|MX|NS|PTR|SRV)$/.test(type) ? content.replace(/(?<=[^ ])\.$/, '') : content;
}

/** The row that a request makes, or makes of `old`. Throws RestRefusal. */
export function rowFrom(zone: KeptZone, body: unknown, old?: KeptRow): NewKeptRow {
  if (!isFields(body)) throw complaint(400, 9207, 'Request body is invalid.');
  const type = body['type'] ?? old?.type;
  if (typeof type !== 'string' || !(plain.has(type) || type in structured)) {
    throw invalid(9000, `${String(type)} is not one of the types of records.`);
  }
  const owner = body['name'] === undefined && old !== undefined ? old.owner : ownerOf(zone, body['name']);
  const ttl = body['ttl'] ?? (old === undefined ? 1 : old.ttl);
  if (typeof ttl !== 'number' || !Number.isInteger(ttl) || (ttl !== 1 && (ttl < 60 || ttl > 86_400))) {
    throw invalid(9021, 'Invalid TTL. Must be between 60 and 86400 seconds, or 1 for Automatic.');
  }
  const isNew = body['content'] !== undefined || body['data'] !== undefined || old === undefined;
  const data = isNew ? dataFrom(type, body) : old.data;
  const proxied = (body['proxied'] ?? old?.extra['proxied']) === true;
  if (proxied && !/^(A|AAAA|CNAME)$/.test(type)) throw invalid(9004, 'This record type cannot be proxied.');
  const comment = body['comment'] ?? old?.extra['comment'];
  return {
    owner,
    type,
    ttl: ttl === 1 ? 300 : ttl,
    data,
    ...(proxied ? { served: { type: 'A', data: parseRdata('A', proxyAddress) } } : {}),
    extra: {
      ...(proxied ? { proxied } : {}),
      ...(ttl === 1 ? { automatic: true } : {}),
      ...(comment === undefined ? {} : { comment }),
      ...(type === 'TXT' && isNew ? { content: body['content'] } : {}),
    },
  };
}

function ownerOf(zone: KeptZone, name: unknown): Name {
  if (typeof name !== 'string') throw invalid(9000, 'DNS name is invalid.');
  const lower = name.toLowerCase().replace(/\.$/, '');
  if (lower === '@') return zone.apex;
  if (!/^([*]|([*][.])?[a-z0-9_-]{1,63}([.][a-z0-9_-]{1,63})*)$/.test(lower)) {
    throw invalid(9000, 'DNS name is invalid.');
  }
  const owner = parseName(lower);
  // What does not end with the name of the zone is taken to lie in it.
  return isAtOrBelow(owner, zone.apex) ? owner : parseName(`${lower}.${zone.apex}`);
}

function dataFrom(type: string, body: Fields): Rdata {
  const text = plain.has(type) ? plainText(type, body) : structuredText(type, body['data']);
  try {
    return parseRdata(type, text);
  } catch (error) {
    if (!isZonecutError(error)) throw error;
    const known: Readonly<Record<string, readonly [number, string]>> = {
      A: [9005, 'Content for A record must be a valid IPv4 address.'],
      AAAA: [9006, 'Content for AAAA record must be a valid IPv6 address.'],
      CNAME: [9007, 'Content for CNAME record is invalid.'],
    };
    throw invalid(...(known[type] ?? [9101, `Content for ${type} record is invalid.`]));
  }
}

function plainText(type: string, body: Fields): string {
  const { content, priority } = body;
  if (typeof content !== 'string' || content === '') throw invalid(9101, 'content is a required field.');
  if (type === 'MX') {
    if (typeof priority !== 'number') throw invalid(9101, 'priority is a required field.');
    return `${priority} ${content === '.' ? '.' : `${content.replace(/\.$/, '')}.`}`;
  }
  if (/^(CNAME|NS|PTR)$/.test(type)) return `${content.replace(/\.$/, '')}.`;
  if (type !== 'TXT') return content;
  if (content.length > 2048) throw invalid(9207, 'Content for TXT record is longer than 2048 characters.');
  if (content.startsWith('"')) return content;
  return (content.match(/[\s\S]{1,255}/g) ?? []).map(part => `"${part.replace(/["\\]/g, '\\$&')}"`).join(' ');
}

function structuredText(type: string, data: unknown): string {
  if (!isFields(data)) throw invalid(9101, `${structured[type]?.[0] ?? 'data'} is a required data field.`);
  return (structured[type] ?? [])
    .map(name => {
      const value = data[name];
      if (typeof value !== 'string' && typeof value !== 'number') {
        throw invalid(9101, `${name} is a required data field.`);
      }
      const text = String(value);
      if (inQuotes[type]?.includes(name)) return `"${text.replace(/["\\]/g, '\\$&')}"`;
      return name === 'target' ? `${text.replace(/\.$/, '')}.` : text;
    })
    .join(' ')
    .trim();
}

/** Throws RestRefusal where a row cannot stand beside those that are there. */
export function checkBeside(zone: KeptZone, others: readonly KeptRow[], row: NewKeptRow): void {
  const here = others.filter(({ owner }) => owner === row.owner);
  const of = (...types: readonly string[]): boolean => here.some(({ type }) => types.includes(type));
  if (here.some(({ type, data }) => type === row.type && data === row.data)) {
    throw complaint(400, 81058, 'An identical record already exists.');
  }
  if (row.type === 'CNAME' && of('A', 'AAAA', 'CNAME')) {
    throw complaint(400, 81053, 'An A, AAAA, or CNAME record with that host already exists.');
  }
  if ((row.type === 'A' || row.type === 'AAAA') && of('CNAME')) {
    throw complaint(400, 81054, 'A CNAME record with that host already exists.');
  }
  if (row.owner === zone.apex) return;
  if (row.type === 'NS') checkServers(zone, here, row);
  else if (row.type === 'DS' && !of('NS'))
    throw invalid(9101, 'DS records need NS records of the same name.');
  else if (row.type !== 'DS' && of('NS')) {
    throw complaint(400, 81056, 'NS records with that host already exist.');
  }
}

function checkServers(zone: KeptZone, here: readonly KeptRow[], row: NewKeptRow): void {
  if (here.some(({ type }) => type !== 'NS' && type !== 'DS')) {
    throw complaint(400, 81055, 'non-NS records already exist with that host.');
  }
  if (zone.servers.some(server => String(server) === row.data)) {
    throw invalid(9101, 'NS records cannot name the name servers of the zone.');
  }
  if (here.filter(({ type }) => type === 'NS').length >= maxServers) {
    throw invalid(9101, `More than ${maxServers} NS records for one name.`);
  }
}
