import { listAt, numberAt, textAt } from '../../src/providers/json.ts';
import {
  type JsonShape,
  objectsIn,
  parsed,
  pathOf,
  quotedText,
  type RecordedHost,
  rowsIn,
} from './provider-host.ts';

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

/** Further hosts with an HTTP API. */
export const moreHosts: readonly RecordedHost[] = [ns1];
