import { listAt, memberAt, numberAt, textAt } from '../../src/providers/json.ts';
import { sandboxKeys } from '../../src/sandbox/keys.ts';
import type { Recorded } from '../providers/recordings.ts';
import {
  type Asked,
  absolute,
  byRRset,
  type JsonShape,
  objectsIn,
  parsed,
  pathOf,
  quotedText,
  type RecordedHost,
  type Row,
  rowsIn,
} from './provider-host.ts';

const ociShape: JsonShape = {
  list: ['items'],
  owner: 'domain',
  relative: false,
  type: 'rtype',
  ttl: 'ttl',
  value: 'rdata',
};

/** Others patch the records of one name, the driver those of the zone: the same call for what it means. */
const oci: RecordedHost = {
  driver: 'oci',
  places: ['cassettes/oci'],
  environment: {
    OCI_CLI_TENANCY: 'ocid1.tenancy.oc1..replayed',
    OCI_CLI_USER: 'ocid1.user.oc1..replayed',
    OCI_CLI_FINGERPRINT: '00:11',
    OCI_CLI_KEY_CONTENT: sandboxKeys().privateKey,
    OCI_CLI_REGION: 'us-ashburn-1',
  },
  callOf: ({ method, url }) =>
    `${method === 'GET' ? `GET ${pathOf(url)}` : `write ${pathOf(url).split('/').slice(0, 4).join('/')}`}`,
  listing: ({ method, url, response }) => {
    const id = /\/zones\/([^/]+)\/records$/.exec(pathOf(url))?.[1];
    const isPart = new URL(url).searchParams.has('rtype');
    const rows = id === undefined ? null : rowsIn(response, ociShape, `${id}.`);
    if (method !== 'GET' || isPart || id === undefined || rows === null) return null;
    const items = objectsIn(memberAt(parsed(response), 'items'));
    // A record is also named by its hash.
    const hashed = rows.map((row, at) => ({ ...row, hash: textAt(items[at], 'recordHash') }));
    return { zone: { id, apex: `${id}.` }, rows: hashed };
  },
  written: (asked, before) => {
    if (asked.method !== 'PATCH') return null;
    let rows = before.rows;
    const touched = new Set<string>();
    for (const item of objectsIn(memberAt(parsed(asked.request), 'items'))) {
      const meant = rows.filter(row => isMeantByOci(row, item));
      const isAdded = item['operation'] === 'ADD';
      const [added] = isAdded ? ociAdded(asked, item) : [];
      for (const row of added === undefined ? meant : [added]) touched.add(`${row.owner} ${row.type}`);
      rows = added === undefined ? rows.filter(row => !meant.includes(row)) : [...rows, added];
    }
    return [...touched].map(key => {
      const [owner = '', type = ''] = key.split(' ');
      return { owner, type, rows: rows.filter(row => row.owner === owner && row.type === type) };
    });
  },
};

function isMeantByOci(row: Row, item: Readonly<Record<string, unknown>>): boolean {
  const fits = (key: string, value: string): boolean => item[key] === undefined || item[key] === value;
  return (
    fits('recordHash', textAt(row, 'hash') ?? '') &&
    fits('domain', row.owner) &&
    fits('rtype', row.type) &&
    fits('rdata', row.data)
  );
}

/** The name may stand in the path alone, and text without quotes. */
function ociAdded(asked: Asked, item: Readonly<Record<string, unknown>>): readonly Row[] {
  const domain = /\/records\/([^/]+)/.exec(pathOf(asked.url))?.[1];
  const rdata = textAt(item, 'rdata') ?? '';
  const quoted = item['rtype'] === 'TXT' && !rdata.startsWith('"') ? `"${rdata}"` : rdata;
  return rowsIn(JSON.stringify({ items: [{ domain, ...item, rdata: quoted }] }), ociShape, '') ?? [];
}

const gcloudShape: JsonShape = {
  list: ['rrsets'],
  owner: 'name',
  relative: false,
  type: 'type',
  ttl: 'ttl',
  values: 'rrdatas',
};

const gcloud: RecordedHost = {
  driver: 'gcloud',
  places: ['cassettes/googleclouddns'],
  environment: {
    GOOGLE_APPLICATION_CREDENTIALS: '/key.json',
    GOOGLE_CLOUD_PROJECT: 'named-archway-209418',
    ZONECUT_GCLOUD_ENDPOINT: 'https://content.googleapis.com/dns/v1',
  },
  files: {
    '/key.json': JSON.stringify({
      type: 'service_account',
      client_email: 'replayed',
      private_key: sandboxKeys().privateKey,
      token_uri: 'https://www.googleapis.com/oauth2/v4/token',
    }),
  },
  always: [tokenFrom('https://www.googleapis.com/oauth2/v4/token')],
  listing: ({ method, url, response }) => {
    const id = /\/managedZones\/([^/]+)\/rrsets$/.exec(pathOf(url))?.[1];
    const isPart = ['name', 'type'].some(key => new URL(url).searchParams.has(key));
    const rows = rowsIn(response, gcloudShape, '');
    const apex = rows?.find(row => row.type === 'SOA')?.owner;
    if (method !== 'GET' || isPart || id === undefined || rows === null || apex === undefined) return null;
    return { zone: { id, apex }, rows };
  },
  written: asked => {
    if (asked.method !== 'POST' || !pathOf(asked.url).endsWith('/changes')) return null;
    const body = parsed(asked.request);
    const rowsOf = (member: string): readonly Row[] =>
      rowsIn(JSON.stringify({ rrsets: memberAt(body, member) ?? [] }), gcloudShape, '') ?? [];
    const added = byRRset(rowsOf('additions'));
    const gone = byRRset(rowsOf('deletions')).filter(
      set => !added.some(one => one.owner === set.owner && one.type === set.type),
    );
    return [...added, ...gone.map(set => ({ ...set, rows: [] }))];
  },
  zones: ({ method, url, response }) =>
    method === 'GET' && pathOf(url).endsWith('/managedZones')
      ? objectsIn(memberAt(parsed(response), 'managedZones')).map(zone => textAt(zone, 'dnsName') ?? '')
      : null,
};

/** A token for whoever asks at that address. */
function tokenFrom(url: string): Recorded {
  const response = JSON.stringify({ access_token: 'replayed', token_type: 'Bearer', expires_in: 3600 });
  return { method: 'POST', url, request: '', status: 200, response };
}

const azure: RecordedHost = {
  driver: 'azure',
  places: ['cassettes/azure'],
  environment: {
    AZURE_TENANT_ID: 'TENANT_ID',
    AZURE_CLIENT_ID: 'CLIENT_ID',
    AZURE_CLIENT_SECRET: 'CLIENT_SECRET',
    AZURE_SUBSCRIPTION_ID: 'SUBSCRIPTION_ID',
    AZURE_RESOURCE_GROUP: 'dns-test',
  },
  always: [tokenFrom('https://login.microsoftonline.com/TENANT_ID/oauth2/v2.0/token')],
  listing: ({ method, url, response }) => {
    const [, id, apex] = /^(.*\/dnszones\/([^/]+))\/recordsets$/.exec(pathOf(url)) ?? [];
    if (method !== 'GET' || id === undefined || apex === undefined) return null;
    const sets = objectsIn(memberAt(parsed(response), 'value'));
    return { zone: { id, apex: `${apex}.` }, rows: sets.flatMap(set => azureRows(set, `${apex}.`)) };
  },
  written: ({ method, url, request }, before) => {
    const [, type, label] = /\/dnszones\/[^/]+\/([A-Z]+)\/([^/]+)$/.exec(pathOf(url)) ?? [];
    if (type === undefined || label === undefined || !['PUT', 'DELETE'].includes(method)) return null;
    const owner = absolute(decodeURIComponent(label), true, before.zone.apex);
    const set = { name: label, type, properties: memberAt(parsed(request), 'properties') };
    return [{ owner, type, rows: method === 'PUT' ? azureRows(set, before.zone.apex) : [] }];
  },
  zones: ({ method, url, response }) =>
    method === 'GET' && pathOf(url).endsWith('/dnsZones')
      ? objectsIn(memberAt(parsed(response), 'value')).map(zone => `${textAt(zone, 'name')}.`)
      : null,
};

/** Where records of the types that were recorded stand, and the parts of their data. */
const azureShapes: Readonly<Record<string, readonly [member: string, ...parts: readonly string[]]>> = {
  A: ['ARecords', 'ipv4Address'],
  CNAME: ['CNAMERecord', 'cname'],
  NS: ['NSRecords', 'nsdname'],
  SOA: ['SOARecord', 'host', 'email', 'serialNumber', 'refreshTime', 'retryTime', 'expireTime', 'minimumTTL'],
};

function azureRows(set: Readonly<Record<string, unknown>>, apex: string): readonly Row[] {
  const properties = memberAt(set, 'properties');
  const type = textAt(set, 'type')?.split('/').at(-1) ?? '';
  const owner = absolute(textAt(set, 'name') ?? '', true, apex);
  const rowOf = (data: string): Row => ({ owner, type, ttl: numberAt(properties, 'TTL') ?? 0, data });
  if (type === 'TXT') {
    const records = objectsIn(memberAt(properties, 'TXTRecords'));
    return records.map(record =>
      rowOf((listAt(record, 'value') ?? []).map(String).map(quotedText).join(' ')),
    );
  }
  const [member = '', ...parts] = azureShapes[type] ?? [];
  const found = memberAt(properties, member);
  // Names stand without the final dot, and are whole all the same.
  const wordOf = (record: unknown, part: string): string => {
    const word = textAt(record, part) ?? '';
    return /^(cname|nsdname|host|email)$/.test(part) && !word.endsWith('.') ? `${word}.` : word;
  };
  return (Array.isArray(found) ? found : [found]).map((record: unknown) =>
    rowOf(parts.map(part => wordOf(record, part)).join(' ')),
  );
}

/** The hosts that are part of a cloud, whose requests are signed or hold a token that ends. */
export const cloudHosts: readonly RecordedHost[] = [oci, gcloud, azure];
