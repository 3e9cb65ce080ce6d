import { type Name, parseName, rootName } from '../../dns/name.ts';
import type { World } from '../../world/world.ts';
import { type Settings, variable } from '../driver.ts';
import { defaultRequestTimeoutMs } from '../http-client.ts';
import { isObject, listAt, memberAt, numberAt, textAt } from '../json.ts';
import type { HostedZone, Provider, Right, Rights, RRsetChange } from '../provider.ts';
import { createRestClient, type RestClient, RestFault } from '../rest/client.ts';
import type { NewZone, RestHost, RestWrite } from '../rest/host.ts';
import { listItems, type Page } from '../rest/lists.ts';
import { tokensBy } from '../rest/oauth.ts';
import { openRest } from '../rest/provider.ts';
import { dataOf, type HostRow, type RestZone } from '../rest/rows.ts';
import { gcloudCapabilities } from './capabilities.ts';
import { type GcloudCredentials, readCredentials } from './credentials.ts';
import { readSigning, signZone, unsignZone } from './signing.ts';

/** RRsets of one page. */
const perPage = 1000;

/** RRsets that one change may add, and as many that it may delete. */
const maxChangeSets = 1000;

/** What the description of a zone begins with that was made here; the reference follows. */
const madeBy = 'made by zonecut: ';

/** Opens a project. Throws ZC_CREDENTIALS when the credentials are missing or cannot be read. */
export async function openGcloud(world: World, settings: Settings): Promise<Provider> {
  const credentials = await readCredentials(settings, world.clock);
  const { project, account, source } = credentials;
  const client = openClient(world, settings, credentials);
  const all = (apex: Name, signal: AbortSignal | undefined): Promise<readonly HostedZone[]> =>
    allOf(zones(client, `/managedZones?dnsName=${encodeURIComponent(apex)}`, signal), apex);
  return openRest({
    id: 'gcloud',
    label: `Google Cloud DNS (${project})`,
    capabilities: gcloudCapabilities,
    client,
    batchRows: maxChangeSets,
    whoAmI: async signal => {
      await client.get('/managedZones?maxResults=1', signal);
      return { account, source };
    },
    rights: (zone, signal, owner) => rights(client, zone, signal, owner),
    zones: signal => zones(client, `/managedZones?maxResults=${perPage}`, signal),
    find: async (apex, signal) => (await all(apex, signal))[0] ?? null,
    findAll: all,
    read: (zone, signal) => read(client, zone, signal),
    writesOf,
    isStale,
    hides: () => false,
    create: (zone, signal) => client.write('POST', '/managedZones', newZone(zone), signal),
    remove: async (zone, signal, what) => {
      if (what === 'with its records') await empty(client, zone, signal);
      await client.repeat('DELETE', pathOf(zone), null, signal);
    },
    readSigning: (zone, signal) => readSigning(client, zone, pathOf(zone), signal),
    signZone: (zone, signal) => signZone(client, zone, pathOf(zone), signal),
    unsignZone: (zone, signal) => unsignZone(client, zone, pathOf(zone), signal),
  } satisfies RestHost);
}

function openClient(world: World, settings: Settings, credentials: GcloudCredentials): RestClient {
  const { project, tokenEndpoint, form, secrets, account } = credentials;
  const root = variable(settings, 'ZONECUT_GCLOUD_ENDPOINT') ?? 'https://dns.googleapis.com/dns/v1';
  const common = {
    host: 'Google Cloud DNS',
    timeoutMs: Number(variable(settings, 'ZONECUT_HTTP_TIMEOUT_MS') ?? defaultRequestTimeoutMs),
    secrets,
    credentialsHint: `Look whether the key of ${account} still holds; make another at https://console.cloud.google.com/iam-admin/serviceaccounts.`,
  };
  return createRestClient(world, {
    ...common,
    endpoint: `${root.replace(/\/+$/, '')}/projects/${encodeURIComponent(project)}`,
    pace: { kind: 'bucket', burst: 20, perSecond: 10 },
    headers: {},
    authorize: tokensBy(world, { ...common, endpoint: tokenEndpoint, form }),
    sentenceOf: body => {
      const reason = reasonOf(body);
      const message = textAt(memberAt(body, 'error'), 'message');
      return reason === null ? message : `${message ?? ''} [${reason}]`;
    },
    codeOf: (status, body) => {
      const reason = reasonOf(body) ?? '';
      if (status === 403 && reason === 'quotaExceeded') return 'ZC_PROVIDER_REFUSED';
      return status === 412 || reason === 'containerNotEmpty' ? 'ZC_PROVIDER_CONFLICT' : null;
    },
    isThrottled: (status, body) => status === 403 && /rateLimitExceeded$/i.test(reasonOf(body) ?? ''),
  });
}

/** The word for why, such as `forbidden`. */
function reasonOf(body: unknown): string | null {
  const [first] = listAt(memberAt(body, 'error'), 'errors') ?? [];
  return textAt(first, 'reason');
}

/** What is to be deleted is not there, or otherwise; what is to be added is there. */
function isStale({ status, error }: RestFault): boolean {
  return status === 412 || ((status === 404 || status === 409) && /entity\.change\./.test(error.message));
}

async function rights(
  client: RestClient,
  zone: HostedZone | null,
  signal: AbortSignal | undefined,
  owner: Name | null,
): Promise<Rights> {
  await client.get('/managedZones?maxResults=1', signal);
  const writeRecords = zone === null ? 'unknown' : await mayChange(client, zone, owner ?? zone.apex, signal);
  return { readZones: 'yes', createZones: 'unknown', writeRecords };
}

/** Whether records may be written, found out by deleting an RRset that is not there. */
async function mayChange(
  client: RestClient,
  zone: HostedZone,
  owner: Name,
  signal: AbortSignal | undefined,
): Promise<Right> {
  const absent = { name: owner, type: 'TXT', ttl: 1, rrdatas: ['"zonecut asks whether it may write"'] };
  try {
    await client.repeat('POST', `${pathOf(zone)}/changes`, { deletions: [absent] }, signal);
    return 'unknown';
  } catch (error) {
    if (!(error instanceof RestFault) || error.error.code === 'ZC_CREDENTIALS') throw error;
    if (isStale(error)) return 'yes';
    return error.error.code === 'ZC_RIGHTS' ? 'no' : 'unknown';
  }
}

async function* zones(
  client: RestClient,
  path: string,
  signal: AbortSignal | undefined,
): AsyncIterable<HostedZone> {
  for await (const item of items(client, path, 'managedZones', signal)) {
    const isServed = ['forwardingConfig', 'peeringConfig', 'reverseLookupConfig'].every(
      key => memberAt(item, key) === undefined,
    );
    if ((textAt(item, 'visibility') ?? 'public') === 'public' && isServed) yield zoneOf(client, item);
  }
}

/** The zones of exactly that apex; a host that does not know the filter lists others too. */
async function allOf(found: AsyncIterable<HostedZone>, apex: Name): Promise<readonly HostedZone[]> {
  const all: HostedZone[] = [];
  for await (const zone of found) {
    if (zone.apex === apex) all.push(zone);
  }
  return all;
}

function zoneOf(client: RestClient, json: unknown): HostedZone {
  const [id, name] = [textAt(json, 'name'), textAt(json, 'dnsName')];
  if (id === null || name === null) throw client.unreadable('a zone', json);
  const servers = (listAt(json, 'nameServers') ?? []).filter(server => typeof server === 'string');
  const description = textAt(json, 'description') ?? '';
  return {
    provider: 'gcloud',
    id,
    apex: parseName(name),
    nameServers: servers.map(parseName).sort(),
    reference: description.startsWith(madeBy) ? description.slice(madeBy.length) : null,
  };
}

function pathOf(zone: HostedZone): string {
  return `/managedZones/${encodeURIComponent(zone.id)}`;
}

async function read(
  client: RestClient,
  zone: HostedZone,
  signal: AbortSignal | undefined,
): Promise<readonly HostRow[]> {
  const rows: HostRow[] = [];
  for await (const item of items(client, `${pathOf(zone)}/rrsets?maxResults=${perPage}`, 'rrsets', signal)) {
    rows.push(...rowsOf(client, item));
  }
  return rows;
}

function rowsOf(client: RestClient, item: unknown): readonly HostRow[] {
  const [name, type] = [textAt(item, 'name'), textAt(item, 'type')];
  if (name === null || type === null) throw client.unreadable('an RRset', item);
  const row = { owner: parseName(name), type, id: null };
  const policy = memberAt(item, 'routingPolicy');
  if (isObject(policy)) {
    const text = `${type} with a routing policy: ${JSON.stringify(policy)}`;
    return [{ ...row, ttl: numberAt(item, 'ttl') ?? 0, data: null, text, beside: null }];
  }
  const [ttl, values] = [numberAt(item, 'ttl'), listAt(item, 'rrdatas')];
  if (ttl === null || values === null) throw client.unreadable('an RRset', item);
  return values.map(value => {
    const text = String(value);
    const data = dataOf(type, text, rootName);
    return { ...row, ttl, data, text: `${ttl} ${type} ${text}`, beside: { rrdata: text } };
  });
}

function items(
  client: RestClient,
  path: string,
  member: string,
  signal: AbortSignal | undefined,
): AsyncIterable<unknown> {
  return listItems(
    client,
    path,
    ({ json }): Page | null => {
      if (!isObject(json)) return null;
      const next = textAt(json, 'nextPageToken');
      return {
        items: listAt(json, member) ?? [],
        next: next === null || next === '' ? null : `${path}&pageToken=${encodeURIComponent(next)}`,
        total: null,
      };
    },
    signal,
  );
}

/** A change, or several where one would be too large: RRsets that go, as the host spells them, and RRsets that come. */
function writesOf(zone: HostedZone, changes: readonly RRsetChange[], now: RestZone): readonly RestWrite[] {
  const writes: RestWrite[] = [];
  for (let at = 0; at < changes.length; at += maxChangeSets) {
    const some = changes.slice(at, at + maxChangeSets);
    const deletions = some.flatMap(change => asItIs(change, now));
    const additions = some.flatMap(({ owner, type, to }) =>
      to === null ? [] : [{ name: owner, type, ttl: to.ttl, rrdatas: to.data }],
    );
    writes.push({ method: 'POST', path: `${pathOf(zone)}/changes`, body: { additions, deletions } });
  }
  return writes;
}

function asItIs(
  { owner, type }: Pick<RRsetChange, 'owner' | 'type'>,
  { rows }: Pick<RestZone, 'rows'>,
): readonly object[] {
  const old = rows.filter(row => row.owner === owner && row.type === type);
  const [first] = old;
  if (first === undefined) return [];
  return [{ name: owner, type, ttl: first.ttl, rrdatas: old.map(row => textAt(row.beside, 'rrdata')) }];
}

/** The name of a zone at the host is made of its own and the reference, so that a creation that is made again is one. */
function newZone({ apex, reference, mark }: NewZone): object {
  const words = apex
    .slice(0, -1)
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  const label = `z-${words}`.slice(0, 40).replace(/-$/, '');
  return {
    name: `${label}${mark.slice(mark.lastIndexOf('-'))}`,
    dnsName: apex,
    description: `${madeBy}${reference}`,
    visibility: 'public',
  };
}

/** Deletes all but SOA and NS of the apex. */
async function empty(client: RestClient, zone: HostedZone, signal: AbortSignal | undefined): Promise<void> {
  const rows = await read(client, zone, signal);
  const own = (row: HostRow): boolean => row.owner === zone.apex && (row.type === 'NS' || row.type === 'SOA');
  const sets = [
    ...new Map(rows.filter(row => !own(row)).map(row => [`${row.owner} ${row.type}`, row])).values(),
  ];
  for (let at = 0; at < sets.length; at += maxChangeSets) {
    const deletions = sets.slice(at, at + maxChangeSets).flatMap(set => asItIs(set, { rows }));
    await client.write('POST', `${pathOf(zone)}/changes`, { deletions }, signal);
  }
}
