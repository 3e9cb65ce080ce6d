import { type Name, parseName, relativeTo } from '../../dns/name.ts';
import { parseRdata } from '../../dns/rdata.ts';
import type { Rdata } from '../../dns/rrset.ts';
import { isZonecutError } from '../../error.ts';
import { type Fields, isFields, jsonResponse, RestRefusal } from '../rest/json.ts';
import type { KeptRow, NewKeptRow } from '../rest/rows.ts';
import type { KeptZone } from '../rest/zones.ts';

const types: ReadonlySet<string> = new Set(['A', 'AAAA', 'CAA', 'CNAME', 'MX', 'NS', 'SRV', 'TXT']);

/** Seconds; what is none of these is rounded up. */
const ttls = [
  300, 3600, 7200, 14_400, 28_800, 57_600, 86_400, 172_800, 345_600, 604_800, 1_209_600, 2_419_200,
];

/** Seconds, of rows that name no TTL. */
const usualTtl = 86_400;

/** An error as the API has it. */
export function problem(status: number, reason: string, field?: string): RestRefusal {
  return new RestRefusal(
    jsonResponse(status, { errors: [{ reason, ...(field === undefined ? {} : { field }) }] }),
  );
}

/** A row as the API shows it. */
export function printRow(zone: KeptZone, { id, owner, type, ttl, data, extra }: KeptRow): Fields {
  const words = data.split(' ');
  const target = words.at(-1) ?? '';
  const name = owner === zone.apex ? '' : relativeTo(owner, zone.apex);
  const isService = type === 'SRV';
  const [service, protocol] = isService ? name.split('.').map(label => label.replace('_', '')) : [];
  return {
    id: Number(id),
    type,
    name,
    target: extra['text'] ?? (/^(CNAME|MX|NS|SRV)$/.test(type) ? target.slice(0, -1) : target),
    priority: type === 'MX' || isService ? Number(words[0]) : 0,
    weight: isService ? Number(words[1]) : 0,
    port: isService ? Number(words[2]) : 0,
    service: service ?? null,
    protocol: protocol ?? null,
    tag: type === 'CAA' ? words[1] : null,
    ttl_sec: ttl === usualTtl ? 0 : ttl,
    created: '2018-01-01T00:01:01',
    updated: '2018-01-01T00:01:01',
  };
}

/** What is shown of text of a record that was there from the beginning. */
export function extraOf(type: string, data: Rdata): Fields {
  if (type !== 'TXT' && type !== 'CAA') return {};
  const strings = [...data.matchAll(/"((?:[^"\\]|\\.)*)"/g)];
  return { text: strings.map(([, text = '']) => text.replace(/\\(.)/g, '$1')).join('') };
}

/** The row that a request makes of nothing, or of `old`. Throws RestRefusal. */
export function rowFrom(zone: KeptZone, body: unknown, old?: KeptRow): NewKeptRow {
  if (!isFields(body)) throw problem(400, 'Invalid JSON');
  const type = body['type'] ?? old?.type;
  if (typeof type !== 'string' || !types.has(type)) throw problem(400, 'Invalid type', 'type');
  if (old !== undefined && old.type !== type) throw problem(400, 'You cannot change the type', 'type');
  const ttl = body['ttl_sec'] ?? old?.ttl ?? 0;
  if (typeof ttl !== 'number' || !Number.isInteger(ttl) || ttl < 0) {
    throw problem(400, 'Invalid ttl_sec', 'ttl_sec');
  }
  const data = dataFrom(type, body);
  return {
    owner: ownerFrom(zone, type, body),
    type,
    ttl: ttl === 0 ? usualTtl : (ttls.find(one => one >= ttl) ?? ttls.at(-1) ?? usualTtl),
    data,
    extra: extraOf(type, data),
  };
}

function ownerFrom(zone: KeptZone, type: string, body: Fields): Name {
  const { name, service, protocol } = body;
  if (type === 'SRV') {
    if (typeof service !== 'string' || typeof protocol !== 'string' || !/^[\w-]+$/.test(service)) {
      throw problem(400, 'service and protocol are required', 'service');
    }
    return parseName(`_${service}._${protocol}.${zone.apex}`);
  }
  if (name === '' || name === undefined) return zone.apex;
  if (
    typeof name !== 'string' ||
    !/^([*]|([*][.])?[A-Za-z0-9_-]{1,63}([.][A-Za-z0-9_-]{1,63})*)$/.test(name)
  ) {
    throw problem(400, 'Invalid hostname', 'name');
  }
  if (type === 'NS' && name.startsWith('*'))
    throw problem(400, 'Wildcard NS records are not supported', 'name');
  return parseName(`${name}.${zone.apex}`);
}

function dataFrom(type: string, body: Fields): Rdata {
  const { target } = body;
  if (typeof target !== 'string' || target === '') throw problem(400, 'target is required', 'target');
  try {
    return parseRdata(type, textFrom(type, target, body));
  } catch (error) {
    if (isZonecutError(error)) throw problem(400, 'Invalid target', 'target');
    throw error;
  }
}

function textFrom(type: string, target: string, body: Fields): string {
  const number = (name: string): number => {
    const value = body[name] ?? 0;
    if (typeof value !== 'number' || value < 0 || value > 65_535) throw problem(400, `Invalid ${name}`, name);
    return value;
  };
  const quoted = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;
  const host = `${target.replace(/\.$/, '')}.`;
  switch (type) {
    case 'TXT':
      return (target.match(/[\s\S]{1,255}/g) ?? []).map(quoted).join(' ');
    case 'CAA': {
      const { tag } = body;
      if (typeof tag !== 'string' || !/^(issue|issuewild|iodef)$/.test(tag)) {
        throw problem(400, 'Invalid tag', 'tag');
      }
      if (/\s/.test(target)) throw problem(400, 'Invalid target', 'target');
      return `0 ${tag} ${quoted(target)}`;
    }
    case 'MX':
      return `${number('priority')} ${host}`;
    case 'SRV':
      return `${number('priority')} ${number('weight')} ${number('port')} ${host}`;
    case 'CNAME':
    case 'NS':
      return host;
    default:
      return target;
  }
}

/** Throws RestRefusal where a row cannot stand beside those that are there. */
export function checkBeside(zone: KeptZone, others: readonly KeptRow[], row: NewKeptRow): void {
  const here = others.filter(({ owner }) => owner === row.owner);
  const clash = row.type === 'CNAME' ? here.length > 0 : here.some(({ type }) => type === 'CNAME');
  if (clash || (row.type === 'CNAME' && row.owner === zone.apex)) {
    throw problem(400, 'Hostname conflicts with a CNAME record', 'name');
  }
  if (here.some(({ type, data }) => type === row.type && data === row.data)) {
    throw problem(400, 'Record conflict - identical record exists', 'target');
  }
}
