import { isObject, type JsonObject, listAt, memberAt, numberAt, textAt } from '../../src/providers/json.ts';
import {
  type Asked,
  absolute,
  type JsonShape,
  type Listing,
  objectsIn,
  pagesAfter,
  parsed,
  pathOf,
  type RecordedHost,
  type Row,
  type RowWritten,
  rowsIn,
  type Written,
  writtenByRows,
} from './provider-host.ts';

const cloudflareShape: JsonShape = {
  list: ['result'],
  owner: 'name',
  relative: false,
  type: 'type',
  ttl: 'ttl',
  value: 'content',
  preference: 'priority',
  bareText: true,
  id: 'id',
};

/**
 * Others ask for the rows of one name, which stand for a zone here, and write one row at a time: the driver's batch is the same
 * call for what it means.
 */
const cloudflare: RecordedHost = {
  driver: 'cloudflare',
  places: ['cassettes/cloudflare', 'lego-bodies/cloudflare', 'octodns-bodies/octodns-cloudflare'],
  environment: { CLOUDFLARE_API_TOKEN: 'replayed' },
  callOf: asked => (asked.method === 'GET' ? `GET ${pathOf(asked.url)}` : `write ${cloudflareZone(asked)}`),
  listing: ({ method, url, response }) => {
    const info = memberAt(parsed(response), 'result_info');
    if (method !== 'GET' || !pathOf(url).endsWith('/dns_records') || numberAt(info, 'total_pages') !== 1)
      return null;
    const rows = rowsIn(response, cloudflareShape, '');
    const apex = rows?.[0]?.owner.split('.').slice(-2).join('.');
    return rows === null || apex === undefined
      ? null
      : { zone: { id: cloudflareZone({ method, url, request: '' }), apex: `${apex}.` }, rows };
  },
  written: (asked, before) => {
    const { method, request, url } = asked;
    const path = pathOf(url);
    if (method === 'GET' || !path.includes('/dns_records')) return null;
    const body = parsed(request);
    const rowOf = (item: unknown): Row | null =>
      rowsIn(JSON.stringify({ result: [item] }), cloudflareShape, '')?.[0] ?? null;
    if (!path.endsWith('/batch')) {
      const id = /\/dns_records\/([^/]+)$/.exec(path)?.[1] ?? null;
      return writtenByRows([{ id, row: method === 'DELETE' ? null : rowOf(body) }], before);
    }
    const of = (list: string): readonly Readonly<Record<string, unknown>>[] =>
      objectsIn(memberAt(body, list));
    const written: readonly RowWritten[] = [
      ...of('deletes').map(item => ({ id: textAt(item, 'id'), row: null })),
      ...of('patches').map(item => ({ id: textAt(item, 'id'), row: rowOf(item) })),
      ...of('posts').map(item => ({ id: null, row: rowOf(item) })),
    ];
    return writtenByRows(written, before);
  },
  zones: ({ method, url, response }) => {
    const body = parsed(response);
    if (method !== 'GET' || !pathOf(url).endsWith('/zones')) return null;
    // Zones of other setups than this one are left out.
    const full = (listAt(body, 'result') ?? []).filter(zone => (textAt(zone, 'type') ?? 'full') === 'full');
    return full.map(zone => `${textAt(zone, 'name')}.`);
  },
  urlOf: (_file, body) => {
    const json = parsed(body);
    const info = memberAt(json, 'result_info');
    const [first] = objectsIn(memberAt(json, 'result'));
    // A page of several shows no whole list.
    if (first === undefined || numberAt(info, 'total_pages') !== 1) return null;
    const zone = textAt(first, 'zone_id');
    const address = 'https://api.cloudflare.com/client/v4/zones';
    return { method: 'GET', url: zone === null ? address : `${address}/${zone}/dns_records` };
  },
};

function cloudflareZone({ url }: Asked): string {
  return /\/zones\/([^/]+)/.exec(pathOf(url))?.[1] ?? '';
}

/** Whether data of a row is a name, as in presentation form. */
const namesTarget = (type: string): boolean => /^(CNAME|MX|NS|PTR|SRV)$/.test(type);

/** A row of hosts that show names without their final dot, and `@` for the zone's own. */
export function dotted(row: Row, apex: string): Row {
  if (!namesTarget(row.type)) return row;
  const words = row.data.split(' ');
  const target = words.at(-1) ?? '';
  const whole = target === '@' ? apex : target.endsWith('.') ? target : `${target}.`;
  return { ...row, data: [...words.slice(0, -1), whole].join(' ') };
}

/** Requests that write one row by its number: `POST`, then `PUT`, `PATCH` or `DELETE` of the address of a row. */
function oneRow(
  { method, url, request }: Asked,
  before: Listing,
  rowOf: (item: unknown) => Row | null,
): readonly Written[] | null {
  const path = pathOf(url);
  if (method === 'GET' || !/\/records(\/[^/]+)?$/.test(path)) return null;
  const id = /\/records\/([^/]+)$/.exec(path)?.[1] ?? null;
  const old = before.rows.find(row => row.id === id);
  const row = method === 'DELETE' ? null : rowOf({ ...shownOf(old), ...membersOf(parsed(request)) });
  return writtenByRows([{ id, row }], before);
}

const membersOf = (value: unknown): JsonObject => (isObject(value) ? value : {});

const shownOf = (row: Row | undefined): JsonObject =>
  row === undefined ? {} : { ttl: row.ttl, ttl_sec: row.ttl };

const digitaloceanShape: JsonShape = {
  list: ['domain_records'],
  owner: 'name',
  relative: true,
  type: 'type',
  ttl: 'ttl',
  value: 'data',
  preference: 'priority',
  bareText: true,
  id: 'id',
};

/** The SOA and the NS of the apex are rows that the driver leaves alone. */
function digitaloceanRows(response: string, apex: string): readonly Row[] | null {
  const rows = rowsIn(response, digitaloceanShape, apex);
  const own = ({ owner, type }: Row): boolean => owner === apex && (type === 'NS' || type === 'SOA');
  return rows === null ? null : rows.filter(row => !own(row)).map(row => dotted(row, apex));
}

const digitalocean: RecordedHost = {
  driver: 'digitalocean',
  places: ['cassettes/digitalocean', 'octodns-bodies/octodns-digitalocean'],
  environment: { DIGITALOCEAN_TOKEN: 'replayed' },
  listing: (exchange, all) => {
    const { method, url, response } = exchange;
    const id = /\/domains\/([^/]+)\/records$/.exec(pathOf(url))?.[1];
    const page = new URL(url).searchParams.get('page') ?? '1';
    const first = id === undefined ? null : digitaloceanRows(response, `${id}.`);
    if (method !== 'GET' || id === undefined || page !== '1' || first === null) return null;
    const next = textAt(memberAt(memberAt(parsed(response), 'links'), 'pages'), 'next');
    const pages = next === null ? [] : pagesAfter(exchange, all, 2);
    // Whoever went on by another way than the pages shows no whole zone.
    if (next !== null && pages.length === 0) return null;
    const rows = pages.flatMap(one => digitaloceanRows(one.response, `${id}.`) ?? []);
    return { zone: { id, apex: `${id}.` }, rows: [...first, ...rows], pages };
  },
  written: (asked, before) =>
    oneRow(
      asked,
      before,
      item => digitaloceanRows(JSON.stringify({ domain_records: [item] }), before.zone.apex)?.[0] ?? null,
    ),
};

const hetznerShape: JsonShape = {
  list: ['rrsets'],
  owner: 'name',
  relative: true,
  type: 'type',
  ttl: 'ttl',
  values: 'records',
  value: 'value',
};

/** Others ask for one RRset, which stands for a zone here, and add to it or take from it: the driver sets it, to the same end. */
const hetzner: RecordedHost = {
  driver: 'hetzner',
  places: ['cassettes/hetzner', 'lego-bodies/hetzner/internal/hetznerv1', 'octodns-bodies/octodns-hetzner'],
  environment: { HCLOUD_TOKEN: 'replayed' },
  callOf: asked => (asked.method === 'GET' ? `GET ${pathOf(asked.url)}` : `write ${hetznerZone(asked)}`),
  listing: (exchange, all) => {
    const { method, url, response } = exchange;
    const id = /\/zones\/([^/]+)\/rrsets$/.exec(pathOf(url))?.[1];
    const zones = all.map(one => memberAt(parsed(one.response), 'zone'));
    const apex = textAt(
      zones.find(zone => textAt(zone, 'id') === id),
      'name',
    );
    const pages = numberAt(memberAt(memberAt(parsed(response), 'meta'), 'pagination'), 'last_page');
    if (method !== 'GET' || id === undefined || apex === null || pages !== 1) return null;
    const rows = rowsIn(response, hetznerShape, `${apex}.`)?.map(row => relativeTarget(row, apex));
    return rows === undefined ? null : { zone: { id, apex: `${apex}.` }, rows };
  },
  written: (asked, before) => {
    const { method, request, url } = asked;
    const [, name, type, verb] =
      /\/rrsets(?:\/([^/]+)\/([^/]+)(?:\/actions\/(\w+))?)?$/.exec(pathOf(url)) ?? [];
    if (method === 'GET' || !pathOf(url).includes('/rrsets')) return null;
    const { apex } = before.zone;
    const body = { name, type, ...membersOf(parsed(request)) };
    const given = (rowsIn(JSON.stringify({ rrsets: [body] }), hetznerShape, apex) ?? []).map(row =>
      relativeTarget(row, apex.slice(0, -1)),
    );
    const owner = absolute(String(body.name), true, apex);
    const old = before.rows.filter(row => row.owner === owner && row.type === body.type);
    const ttl = old[0]?.ttl;
    const rows = {
      add_records: [...old, ...given],
      remove_records: old.filter(row => !given.some(one => one.data === row.data)),
      set_records: given.map(row => ({ ...row, ttl: ttl ?? row.ttl })),
    }[verb ?? ''];
    return [{ owner, type: String(body.type), rows: rows ?? (method === 'DELETE' ? [] : given) }];
  },
};

function hetznerZone({ url }: Asked): string {
  return /\/zones\/([^/]+)/.exec(pathOf(url))?.[1] ?? '';
}

/** Names without a final dot are relative to the zone, as in a zone file. */
function relativeTarget(row: Row, zone: string): Row {
  return namesTarget(row.type) && !row.data.endsWith('.') ? { ...row, data: `${row.data}.${zone}.` } : row;
}

const linodeShape: JsonShape = {
  list: ['data'],
  owner: 'name',
  relative: true,
  type: 'type',
  ttl: 'ttl_sec',
  value: 'target',
  preference: 'priority',
  bareText: true,
  id: 'id',
};

/** Rows without a TTL have that of the domain, and a day where it has none. */
function linodeRows(body: string, apex: string): readonly Row[] | null {
  const rows = rowsIn(body, linodeShape, apex);
  return rows?.map(row => dotted({ ...row, ttl: row.ttl === 0 ? 86_400 : row.ttl }, apex)) ?? null;
}

const linode: RecordedHost = {
  driver: 'linode',
  places: ['cassettes/linode'],
  environment: { LINODE_TOKEN: 'replayed' },
  listing: ({ method, url, response }, all) => {
    const id = /\/domains\/([^/]+)\/records$/.exec(pathOf(url))?.[1];
    const domains = all.flatMap(one => objectsIn(memberAt(parsed(one.response), 'data')));
    const apex = textAt(
      domains.find(one => 'domain' in one && textAt(one, 'id') === id),
      'domain',
    );
    if (method !== 'GET' || id === undefined || apex === null || numberAt(parsed(response), 'pages') !== 1) {
      return null;
    }
    const rows = linodeRows(response, `${apex}.`);
    // The rows of a domain that names no TTL cannot be read without it, which is in the list of domains only.
    const domain = {
      ...all[0],
      method: 'GET',
      url: url.replace(/\/records.*$/, ''),
      response: '{"ttl_sec":0}',
    };
    const pages = [{ request: '', status: 200, ...domain }];
    return rows === null ? null : { zone: { id, apex: `${apex}.` }, rows, pages };
  },
  written: (asked, before) =>
    oneRow(
      asked,
      before,
      item => linodeRows(JSON.stringify({ data: [item] }), before.zone.apex)?.[0] ?? null,
    ),
  zones: ({ method, url, response }) =>
    method === 'GET' && pathOf(url).endsWith('/domains')
      ? objectsIn(memberAt(parsed(response), 'data')).map(item => `${textAt(item, 'domain')}.`)
      : null,
};

const vultrShape: JsonShape = {
  list: ['records'],
  owner: 'name',
  relative: true,
  type: 'type',
  ttl: 'ttl',
  value: 'data',
  preference: 'priority',
  id: 'id',
};

/** The NS of the apex are rows that the driver leaves alone. */
function vultrRows(body: string, apex: string): readonly Row[] | null {
  const rows = rowsIn(body, vultrShape, apex)?.filter(row => row.owner !== apex || row.type !== 'NS');
  return rows?.map(row => dotted(row, apex)) ?? null;
}

const vultr: RecordedHost = {
  driver: 'vultr',
  places: ['cassettes/vultr'],
  environment: { VULTR_API_KEY: 'replayed' },
  listing: ({ method, url, response }) => {
    const id = /\/domains\/([^/]+)\/records$/.exec(pathOf(url))?.[1];
    const rows = id === undefined ? null : vultrRows(response, `${id}.`);
    return method !== 'GET' || id === undefined || rows === null
      ? null
      : { zone: { id, apex: `${id}.` }, rows };
  },
  written: (asked, before) => {
    const type = before.rows.find(row => pathOf(asked.url).endsWith(`/${row.id}`))?.type;
    return oneRow(
      asked,
      before,
      item =>
        vultrRows(JSON.stringify({ records: [{ type, ...membersOf(item) }] }), before.zone.apex)?.[0] ?? null,
    );
  },
  zones: ({ method, url, response }) =>
    method === 'GET' && pathOf(url).endsWith('/domains')
      ? objectsIn(memberAt(parsed(response), 'domains')).map(item => `${textAt(item, 'domain')}.`)
      : null,
};

/** The hosts whose API is one of rows, or of actions on RRsets. */
export const rowHosts: readonly RecordedHost[] = [cloudflare, digitalocean, hetzner, linode, vultr];
