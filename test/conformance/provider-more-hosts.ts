import { isObject, listAt, memberAt, numberAt, textAt } from '../../src/providers/json.ts';
import {
  type Asked,
  type JsonShape,
  type Listing,
  objectsIn,
  parsed,
  pathOf,
  quotedText,
  type RecordedHost,
  type Row,
  rowsIn,
  type Written,
  writtenByRows,
} from './provider-host.ts';
import { dotted } from './provider-row-hosts.ts';

const ns1Shape: JsonShape = {
  list: ['records'],
  owner: 'domain',
  relative: false,
  type: 'type',
  ttl: 'ttl',
  values: 'short_answers',
  bareText: true,
};

/** Others read one RRset before they write it, the driver the whole zone. */
const ns1: RecordedHost = {
  driver: 'ns1',
  places: ['cassettes/nsone'],
  environment: { NS1_API_KEY: 'replayed' },
  listing: ({ method, url, response }) => {
    const id = /\/zones\/([^/]+)$/.exec(pathOf(url))?.[1];
    const rows = id === undefined ? null : rowsIn(response, ns1Shape, `${id}.`);
    return method !== 'GET' || id === undefined || rows === null
      ? null
      : { zone: { id, apex: `${id}.` }, rows };
  },
  zones: ({ method, url, response }) =>
    method === 'GET' && pathOf(url).endsWith('/zones')
      ? objectsIn(parsed(response)).map(item => `${textAt(item, 'zone')}.`)
      : null,
  written: ({ method, url, request }) => {
    const [, domain, type] = /\/zones\/[^/]+\/([^/]+)\/([A-Z]+)$/.exec(pathOf(url)) ?? [];
    if (method === 'GET' || domain === undefined || type === undefined) return null;
    const body = parsed(request);
    const answers = method === 'DELETE' ? [] : (listAt(body, 'answers') ?? []);
    const texts = answers.map(item => (listAt(item, 'answer') ?? []).join(' '));
    const ttl = numberAt(body, 'ttl') ?? 3600;
    const rows = texts.map(text => ({
      owner: domain,
      type,
      ttl,
      data: type === 'TXT' ? quotedText(text) : text,
    }));
    return [{ owner: domain, type, rows }];
  },
};

const dnsimpleShape: JsonShape = {
  list: ['data'],
  owner: 'name',
  relative: true,
  type: 'type',
  ttl: 'ttl',
  value: 'content',
  preference: 'priority',
  bareText: true,
  id: 'id',
};

/** Others ask for the rows of one name, which stand for a zone here. */
const dnsimple: RecordedHost = {
  driver: 'dnsimple',
  places: ['cassettes/dnsimple'],
  environment: { DNSIMPLE_OAUTH_TOKEN: 'replayed', DNSIMPLE_ACCOUNT: '731' },
  listing: ({ method, url, response }) => {
    const [, account, name] = /\/(\d+)\/zones\/([^/]+)\/records$/.exec(pathOf(url)) ?? [];
    const isOnePage = numberAt(memberAt(parsed(response), 'pagination'), 'total_pages') === 1;
    const rows = rowsOf(response, dnsimpleShape, `${name}.`);
    if (method !== 'GET' || name === undefined || !isOnePage || rows === null) return null;
    return { zone: { id: `${account}/${name}`, apex: `${name}.` }, rows };
  },
  written: (asked, before) =>
    oneRow(asked, before, item => rowsOf(JSON.stringify({ data: [item] }), dnsimpleShape, before.zone.apex)),
};

/** The rows of an answer, without those of the SOA and the NS of the apex, which drivers leave alone. */
function rowsOf(response: string, shape: JsonShape, apex: string): readonly Row[] | null {
  const rows = rowsIn(response, shape, apex);
  const own = ({ owner, type }: Row): boolean => owner === apex && (type === 'NS' || type === 'SOA');
  return rows === null ? null : rows.filter(row => !own(row)).map(row => dotted(row, apex));
}

/** A request that writes one row by its number, or a new one; what it does not say stays. */
function oneRow(
  { method, url, request }: Asked,
  before: Listing,
  read: (item: unknown) => readonly Row[] | null,
): readonly Written[] | null {
  const [, , id = null] = /\/records(\/([^/]+))?$/.exec(pathOf(url)) ?? [];
  if (method === 'GET' || !/\/records(\/[^/]+)?$/.test(pathOf(url))) return null;
  const old = before.rows.find(row => row.id === id);
  const body = parsed(request);
  const item = { ttl: old?.ttl, type: old?.type, ...(isObject(body) ? body : {}) };
  const row = method === 'DELETE' ? null : (read(item)?.[0] ?? null);
  return writtenByRows([{ id, row: row === null || id === null ? row : { ...row, id } }], before);
}

const porkbunShape: JsonShape = {
  list: ['records'],
  owner: 'name',
  relative: false,
  type: 'type',
  ttl: 'ttl',
  value: 'content',
  preference: 'prio',
  bareText: true,
  id: 'id',
};

/** Every call is a POST; what it does stands in its address. */
const porkbun: RecordedHost = {
  driver: 'porkbun',
  places: ['cassettes/porkbun'],
  environment: { PORKBUN_API_KEY: 'replayed', PORKBUN_SECRET_API_KEY: 'replayed' },
  listing: ({ url, response }) => {
    const name = /\/dns\/retrieve\/([^/]+)$/.exec(pathOf(url))?.[1];
    const rows = name === undefined ? null : rowsOf(response, porkbunShape, `${name}.`);
    if (name === undefined || rows === null) return null;
    // Names stand without their final dot, the zone's own too.
    const own = rows.filter(({ owner, type }) => !(owner === name && type === 'NS'));
    return { zone: { id: name, apex: `${name}.` }, rows: own };
  },
  written: ({ url, request }, before) => {
    const [, what, name, id = null] =
      /\/dns\/(create|edit|delete)\/([^/]+)(?:\/([^/]+))?$/.exec(pathOf(url)) ?? [];
    if (what === undefined) return null;
    const body = parsed(request);
    const label = textAt(body, 'name') ?? '';
    const whole = { ...(isObject(body) ? body : {}), name: label === '' ? name : `${label}.${name}` };
    const read = rowsOf(JSON.stringify({ records: [whole] }), porkbunShape, before.zone.apex)?.[0] ?? null;
    const row = read === null || id === null ? read : { ...read, id };
    return writtenByRows([{ id, row: what === 'delete' ? null : row }], before);
  },
};

const namecomShape: JsonShape = {
  list: ['records'],
  owner: 'fqdn',
  relative: false,
  type: 'type',
  ttl: 'ttl',
  value: 'answer',
  preference: 'priority',
  bareText: true,
  id: 'id',
};

const namecom: RecordedHost = {
  driver: 'namecom',
  places: ['cassettes/namecom'],
  environment: { NAMECOM_USERNAME: 'replayed', NAMECOM_API_TOKEN: 'replayed' },
  listing: ({ method, url, response }) => {
    const name = /\/domains\/([^/]+)\/records$/.exec(pathOf(url))?.[1];
    const rows = rowsOf(response, namecomShape, `${name}.`);
    const isOnePage = numberAt(parsed(response), 'lastPage') === null;
    if (method !== 'GET' || name === undefined || !isOnePage || rows === null) return null;
    return { zone: { id: name, apex: `${name}.` }, rows };
  },
  zones: ({ method, url, response }) =>
    method === 'GET' && pathOf(url).endsWith('/domains')
      ? objectsIn(memberAt(parsed(response), 'domains')).map(item => `${textAt(item, 'domainName')}.`)
      : null,
  written: (asked, before) => {
    const host = textAt(parsed(asked.request), 'host') ?? '';
    const fqdn = host === '' ? before.zone.apex : `${host}.${before.zone.apex}`;
    const read = (item: unknown): readonly Row[] | null => {
      const records = [{ ...(isObject(item) ? item : {}), fqdn }];
      return rowsOf(JSON.stringify({ records }), namecomShape, before.zone.apex);
    };
    return oneRow(asked, before, read);
  },
};

const ovhShape: JsonShape = {
  list: [],
  owner: 'subDomain',
  relative: true,
  type: 'fieldType',
  ttl: 'ttl',
  value: 'target',
  bareText: true,
  id: 'id',
};

/** A zone is shown by the numbers of its rows and then row by row; those of one name stand for a zone here. */
const ovh: RecordedHost = {
  driver: 'ovh',
  places: ['cassettes/ovh'],
  environment: {
    OVH_APPLICATION_KEY: 'replayed',
    OVH_APPLICATION_SECRET: 'replayed',
    OVH_CONSUMER_KEY: 'replayed',
  },
  always: [
    {
      method: 'GET',
      url: 'https://eu.api.ovh.com/1.0/auth/time',
      request: '',
      status: 200,
      response: '1528723192',
    },
  ],
  listing: (exchange, all) => {
    const name = /\/domain\/zone\/([^/]+)\/record$/.exec(pathOf(exchange.url))?.[1];
    const ids = parsed(exchange.response);
    if (exchange.method !== 'GET' || name === undefined || !Array.isArray(ids)) return null;
    const after = all.slice(all.indexOf(exchange) + 1);
    const pages = ids.flatMap((id: unknown) => {
      const page = after.find(
        one => one.method === 'GET' && pathOf(one.url).endsWith(`/record/${String(id)}`),
      );
      return page === undefined ? [] : [page];
    });
    if (pages.length < ids.length) return null;
    const rows = pages.flatMap(page => ovhRows(`[${page.response}]`, `${name}.`));
    return { zone: { id: name, apex: `${name}.` }, rows, pages };
  },
  zones: ({ method, url, response }) => {
    const names = parsed(response);
    return method === 'GET' && pathOf(url).endsWith('/domain/zone') && Array.isArray(names)
      ? names.map(name => `${String(name)}.`)
      : null;
  },
  written: ({ method, url, request }, before) => {
    const [whole, id = null] = /\/record(?:\/([^/]+))?$/.exec(pathOf(url)) ?? [];
    if (method === 'GET' || whole === undefined) return null;
    const old = before.rows.find(row => row.id === id);
    const body = parsed(request);
    const item = { fieldType: old?.type, ttl: old?.ttl, ...(isObject(body) ? body : {}) };
    const read = ovhRows(JSON.stringify([item]), before.zone.apex)[0] ?? null;
    const row = read === null || id === null ? read : { ...read, id };
    return writtenByRows([{ id, row: method === 'DELETE' ? null : row }], before);
  },
};

/** Names without a final dot are relative to the zone, and the TTL 0 is that of the zone. */
function ovhRows(response: string, apex: string): readonly Row[] {
  const rows = rowsIn(response, ovhShape, apex) ?? [];
  const own = ({ owner, type }: Row): boolean => owner === apex && (type === 'NS' || type === 'SOA');
  return rows
    .filter(row => !own(row))
    .map(row => ({
      ...row,
      ttl: row.ttl === 0 ? 3600 : row.ttl,
      data:
        /^(CNAME|MX|NS|PTR|SRV)$/.test(row.type) && !row.data.endsWith('.')
          ? `${row.data}.${apex}`
          : row.data,
    }));
}

/** Further hosts with an HTTP API. */
export const moreHosts: readonly RecordedHost[] = [ns1, dnsimple, porkbun, namecom, ovh];
