import { isObject, textAt } from '../../src/providers/json.ts';
import {
  type Asked,
  absolute,
  type JsonShape,
  objectsIn,
  parsed,
  pathOf,
  type RecordedHost,
  type Row,
  rowsIn,
  type Written,
} from './provider-host.ts';

const desecShape: JsonShape = {
  list: [],
  owner: 'name',
  relative: false,
  type: 'type',
  ttl: 'ttl',
  values: 'records',
};

const desec: RecordedHost = {
  driver: 'desec',
  places: ['cassettes/desec'],
  environment: { DESEC_TOKEN: 'replayed' },
  // Others write one RRset by its own address, the driver all by that of the zone: the same call for what it means.
  callOf: asked => (asked.method === 'GET' ? `GET ${pathOf(asked.url)}` : `write ${desecZone(asked)}`),
  listing: ({ method, url, response }) => {
    const id = /\/domains\/([^/]+)\/rrsets$/.exec(pathOf(url))?.[1];
    if (method !== 'GET' || id === undefined) return null;
    const rows = rowsIn(response, desecShape, id);
    return rows === null ? null : { zone: { id, apex: `${id}.` }, rows };
  },
  written: (asked, before) => {
    if (asked.method === 'GET' || !pathOf(asked.url).includes('/rrsets')) return null;
    const body = parsed(asked.request);
    const sets = isObject(body) ? [body] : objectsIn(body);
    if (asked.method !== 'DELETE') return sets.map(set => desecWritten(asked, set, before.zone.apex));
    const [, subname = '', type = ''] = /\/rrsets\/([^/]+)\/([^/]+)$/.exec(pathOf(asked.url)) ?? [];
    return [{ owner: `${subname}.${before.zone.apex}`, type, rows: [] }];
  },
};

function desecZone(asked: Asked): string {
  return /\/domains\/([^/]+)/.exec(pathOf(asked.url))?.[1] ?? '';
}

function desecWritten(asked: Asked, set: Readonly<Record<string, unknown>>, apex: string): Written {
  const [, named, typed] = /\/rrsets\/([^/]+)\/([^/]+)$/.exec(pathOf(asked.url)) ?? [];
  const subname = textAt(set, 'subname') ?? named ?? '';
  const whole = {
    ...set,
    name: subname === '' ? apex : `${subname}.${apex}`,
    type: textAt(set, 'type') ?? typed,
  };
  return {
    owner: whole.name,
    type: String(whole.type),
    rows: rowsIn(JSON.stringify([whole]), desecShape, apex) ?? [],
  };
}

const gandiShape: JsonShape = {
  list: [],
  owner: 'rrset_name',
  relative: true,
  type: 'rrset_type',
  ttl: 'rrset_ttl',
  values: 'rrset_values',
};

/** Those of others ask for single RRsets, which the driver never does: only bodies with whole zones are replayed. */
const gandi: RecordedHost = {
  driver: 'gandi',
  places: ['cassettes/gandi', 'lego-bodies/gandi', 'lego-bodies/gandiv5', 'octodns-bodies/octodns-gandi'],
  environment: { GANDI_PERSONAL_ACCESS_TOKEN: 'replayed' },
  listing: ({ method, url, response }) => {
    const id = /\/domains\/([^/]+)\/records$/.exec(pathOf(url))?.[1];
    const rows = id === undefined ? null : rowsIn(response, gandiShape, `${id}.`);
    if (method !== 'GET' || id === undefined || rows === null) return null;
    return { zone: { id, apex: `${id}.` }, rows: rows.map(row => absoluteTarget(row, id)) };
  },
  zones: ({ method, url, response }) =>
    method === 'GET' && pathOf(url).endsWith('/domains')
      ? objectsIn(parsed(response)).map(item => `${textAt(item, 'fqdn')}.`)
      : null,
  urlOf: (_file, body) => {
    const [first] = objectsIn(parsed(body));
    const address = 'https://api.gandi.net/v5/livedns/domains';
    if (first === undefined) return null;
    if (textAt(first, 'fqdn') !== null) return { method: 'GET', url: address };
    const apex = /\/domains\/([^/]+)\/records/.exec(textAt(first, 'rrset_href') ?? '')?.[1];
    return apex === undefined ? null : { method: 'GET', url: `${address}/${apex}/records` };
  },
};

/** Names in the data without a final dot are relative to the zone. */
function absoluteTarget(row: Row, id: string): Row {
  const isRelative = /^(CNAME|DNAME|MX|NS|PTR|SRV)$/.test(row.type) && !row.data.endsWith('.');
  return isRelative ? { ...row, data: `${row.data}.${id}.` } : row;
}

/** Rows with bare text, names without their final dot, and `@` for the apex, also as a target. */
const godaddyShape: JsonShape = {
  list: [],
  owner: 'name',
  relative: true,
  type: 'type',
  ttl: 'ttl',
  value: 'data',
  preference: 'priority',
  bareText: true,
};

const godaddy: RecordedHost = {
  driver: 'godaddy',
  places: ['cassettes/godaddy', 'lego-bodies/godaddy'],
  environment: { GODADDY_API_KEY: 'replayed', GODADDY_API_SECRET: 'replayed' },
  listing: ({ method, url, response }) => {
    const id = /\/domains\/([^/]+)\/records$/.exec(pathOf(url))?.[1];
    const rows = id === undefined ? null : rowsIn(response, godaddyShape, `${id}.`);
    if (method !== 'GET' || id === undefined || rows === null) return null;
    // What is the host's own at the apex is not shown by the driver.
    const shown = rows.filter(row => row.owner !== `${id}.` || !/^(NS|SOA)$/.test(row.type));
    return { zone: { id, apex: `${id}.` }, rows: shown.map(row => godaddyTarget(row, id)) };
  },
  written: ({ method, url, request }, before) => {
    const [, type, label] = /\/records\/([A-Z]+)\/([^/]+)$/.exec(pathOf(url)) ?? [];
    if (type === undefined || label === undefined || !['PUT', 'DELETE'].includes(method)) return null;
    const name = decodeURIComponent(label);
    const records = objectsIn(parsed(request)).map(record => ({ ...record, name, type }));
    const rows = rowsIn(JSON.stringify(records), godaddyShape, before.zone.apex) ?? [];
    const owner = absolute(name, true, before.zone.apex);
    return [{ owner, type, rows: rows.map(row => godaddyTarget(row, before.zone.id)) }];
  },
};

function godaddyTarget(row: Row, id: string): Row {
  if (!/^(CNAME|MX|NS|SRV)$/.test(row.type) || row.data.endsWith('.')) return row;
  return { ...row, data: row.data === '@' ? `${id}.` : `${row.data}.` };
}

/** The hosts with an HTTP API of records or RRsets. */
export const restHosts: readonly RecordedHost[] = [desec, gandi, godaddy];
