import { isObject, textAt } from '../../src/providers/json.ts';
import {
  type Asked,
  type JsonShape,
  objectsIn,
  parsed,
  pathOf,
  type RecordedHost,
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

/** The hosts with an HTTP API of records or RRsets. */
export const restHosts: readonly RecordedHost[] = [desec];
