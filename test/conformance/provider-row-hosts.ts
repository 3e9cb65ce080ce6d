import { listAt, memberAt, numberAt, textAt } from '../../src/providers/json.ts';
import {
  type Asked,
  type JsonShape,
  objectsIn,
  parsed,
  pathOf,
  type RecordedHost,
  type Row,
  type RowWritten,
  rowsIn,
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

/** The hosts whose API is one of rows, or of actions on RRsets. */
export const rowHosts: readonly RecordedHost[] = [cloudflare];
