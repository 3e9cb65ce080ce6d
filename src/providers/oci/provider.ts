import { type Name, parseName, rootName } from '../../dns/name.ts';
import { parseRdata } from '../../dns/rdata.ts';
import { makeRRset } from '../../dns/rrset.ts';
import type { ErrorCode } from '../../error.ts';
import type { World } from '../../world/world.ts';
import { type Settings, variable } from '../driver.ts';
import { defaultRequestTimeoutMs } from '../http-client.ts';
import { listAt, memberAt, numberAt, textAt } from '../json.ts';
import type { HostedZone, Identity, Provider, Right, Rights, RRsetChange, ZoneSigning } from '../provider.ts';
import { type Answer, createRestClient, type Method, type RestClient, RestFault } from '../rest/client.ts';
import type { NewZone, RestHost, RestWrite } from '../rest/host.ts';
import { listItems, type Page } from '../rest/lists.ts';
import { ifThere, openRest } from '../rest/provider.ts';
import { dataOf, type HostRow, type RestZone } from '../rest/rows.ts';
import { ociCapabilities } from './capabilities.ts';
import { type OciCredentials, readCredentials } from './credentials.ts';
import { signatureOf } from './signature.ts';

/** Items of one page. */
const perPage = 100;

/** Records that one request may add and remove. */
const maxOperations = 500;

/** The tag that a zone's reference stands in. */
const referenceTag = 'zonecut';

/** Opens a tenancy. Throws ZC_CREDENTIALS when what signs is missing or cannot be read. */
export async function openOci(world: World, settings: Settings): Promise<Provider> {
  const credentials = await readCredentials(settings);
  const client = openClient(world, settings, credentials);
  return openRest({
    id: 'oci',
    label: `OCI DNS (${credentials.region})`,
    capabilities: ociCapabilities,
    client,
    batchRows: maxOperations,
    whoAmI: signal => whoAmI(client, credentials, signal),
    rights: (zone, signal, owner) => rights(client, credentials, zone, signal, owner),
    zones: signal => zones(client, credentials, signal),
    find: (apex, signal) => find(client, apex, signal),
    read: (zone, signal) => read(client, zone, signal),
    writesOf,
    isStale: fault => fault.status === 412,
    hides: () => false,
    create: (zone, signal) => create(client, credentials, zone, signal),
    remove: async (zone, signal) => {
      await client.repeat('DELETE', pathOf(zone), null, signal);
    },
    readSigning: (zone, signal) => readSigning(client, zone, signal),
  } satisfies RestHost);
}

function openClient(world: World, settings: Settings, credentials: OciCredentials): RestClient {
  const { identity, region, secrets, keyName } = credentials;
  return createRestClient(world, {
    host: 'OCI DNS',
    endpoint: variable(settings, 'ZONECUT_OCI_ENDPOINT') ?? `https://dns.${region}.oraclecloud.com/20180115`,
    pace: { kind: 'bucket', burst: 10, perSecond: 5 },
    timeoutMs: Number(variable(settings, 'ZONECUT_HTTP_TIMEOUT_MS') ?? defaultRequestTimeoutMs),
    headers: {},
    authorize: async request => signatureOf(request, identity, new Date(world.clock.now()).toUTCString()),
    secrets,
    credentialsHint: `Look whether the API key ${keyName} is among those of the user (User settings, API keys), and whether a session has ended.`,
    sentenceOf: body => {
      const [code, message] = [textAt(body, 'code'), textAt(body, 'message')];
      return code === null ? message : `${code}: ${message ?? ''}`;
    },
    codeOf,
  });
}

/** A write of what was read a moment ago, and is not there now, is one that the user may not make: the host says both alike. */
function codeOf(status: number, body: unknown, method: Method): ErrorCode | null {
  const isHidden = textAt(body, 'code') === 'NotAuthorizedOrNotFound';
  if (status === 404 && isHidden && method !== 'GET' && method !== 'DELETE') return 'ZC_RIGHTS';
  return status === 412 ? 'ZC_PROVIDER_CONFLICT' : null;
}

async function whoAmI(
  client: RestClient,
  credentials: OciCredentials,
  signal: AbortSignal | undefined,
): Promise<Identity> {
  await client.get(zonesPath(credentials, 1), signal);
  return { account: shortened(credentials.user), source: credentials.source };
}

/** Such as `ocid1.user.oc1..aaaa…wxyz`. */
function shortened(ocid: string): string {
  const at = ocid.lastIndexOf('.') + 1;
  const id = ocid.slice(at);
  return id.length <= 12 ? ocid : `${ocid.slice(0, at)}${id.slice(0, 4)}…${id.slice(-4)}`;
}

async function rights(
  client: RestClient,
  credentials: OciCredentials,
  zone: HostedZone | null,
  signal: AbortSignal | undefined,
  owner: Name | null,
): Promise<Rights> {
  await client.get(zonesPath(credentials, 1), signal);
  const writeRecords = zone === null ? 'unknown' : await mayPatch(client, zone, owner ?? zone.apex, signal);
  return { readZones: 'yes', createZones: 'unknown', writeRecords };
}

/** Whether records may be written, found out by a change under a condition that cannot hold. */
async function mayPatch(
  client: RestClient,
  zone: HostedZone,
  owner: Name,
  signal: AbortSignal | undefined,
): Promise<Right> {
  const condition = { domain: bare(owner), rtype: 'NS', rrsetVersion: '0', operation: 'REQUIRE' };
  try {
    await client.repeat('PATCH', `${pathOf(zone)}/records`, { items: [condition] }, signal);
    return 'unknown';
  } catch (error) {
    if (!(error instanceof RestFault) || error.error.code === 'ZC_CREDENTIALS') throw error;
    if (error.status === 409) return 'yes';
    return error.error.code === 'ZC_RIGHTS' ? 'no' : 'unknown';
  }
}

function zonesPath({ compartment }: OciCredentials, limit: number): string {
  return `/zones?compartmentId=${encodeURIComponent(compartment)}&scope=GLOBAL&limit=${limit}`;
}

async function* zones(
  client: RestClient,
  credentials: OciCredentials,
  signal: AbortSignal | undefined,
): AsyncIterable<HostedZone> {
  for await (const item of items(client, zonesPath(credentials, perPage), signal)) {
    if (textAt(item, 'zoneType') === 'PRIMARY') yield zoneOf(client, item);
  }
}

async function find(
  client: RestClient,
  apex: Name,
  signal: AbortSignal | undefined,
): Promise<HostedZone | null> {
  const path = `/zones/${encodeURIComponent(bare(apex))}`;
  const answer = await ifThere(() => client.get(path, signal));
  if (answer === null || isGone(answer.json)) return null;
  return zoneOf(client, answer.json);
}

function isGone(zone: unknown): boolean {
  return /^DELET(ED|ING)$/.test(textAt(zone, 'lifecycleState') ?? '');
}

function zoneOf(client: RestClient, json: unknown): HostedZone {
  const [id, name] = [textAt(json, 'id'), textAt(json, 'name')];
  if (id === null || name === null) throw client.unreadable('a zone', json);
  const servers = (listAt(json, 'nameservers') ?? []).flatMap(server => textAt(server, 'hostname') ?? []);
  return {
    provider: 'oci',
    id,
    apex: parseName(name),
    nameServers: servers.map(parseName).sort(),
    reference: textAt(memberAt(json, 'freeformTags'), referenceTag),
  };
}

function pathOf(zone: HostedZone): string {
  return `/zones/${encodeURIComponent(zone.id)}`;
}

const bare = (name: Name): string => name.slice(0, -1);

async function read(
  client: RestClient,
  zone: HostedZone,
  signal: AbortSignal | undefined,
): Promise<readonly HostRow[]> {
  const rows: HostRow[] = [];
  let etag: string | null = null;
  const path = `${pathOf(zone)}/records?limit=${perPage}`;
  for await (const item of items(client, path, signal, answer => {
    // That of the first page: what changes before the last one is read makes it stale.
    etag ??= answer.headers['etag'] ?? null;
  })) {
    rows.push(rowOf(client, item, etag));
  }
  return rows;
}

function rowOf(client: RestClient, item: unknown, etag: string | null): HostRow {
  const [domain, type] = [textAt(item, 'domain'), textAt(item, 'rtype')];
  const [ttl, text] = [numberAt(item, 'ttl'), textAt(item, 'rdata')];
  if (domain === null || type === null || ttl === null || text === null) {
    throw client.unreadable('a record', item);
  }
  return {
    owner: parseName(domain),
    type,
    ttl,
    data: dataOf(type, text, rootName),
    text: `${ttl} ${type} ${text}`,
    id: null,
    beside: { etag },
  };
}

/** The items of a list, page after page; `seen` is shown each answer first. */
function items(
  client: RestClient,
  path: string,
  signal: AbortSignal | undefined,
  seen: (answer: Answer) => void = () => {},
): AsyncIterable<unknown> {
  const readPage = (answer: Answer): Page | null => {
    seen(answer);
    const { json, headers } = answer;
    const list = Array.isArray(json) ? json : listAt(json, 'items');
    if (list === null) return null;
    const next = headers['opc-next-page'];
    return {
      items: list,
      next: next === undefined || next === '' ? null : `${path}&page=${encodeURIComponent(next)}`,
      total: numberAt(headers, 'opc-total-items'),
    };
  };
  return listItems(client, path, readPage, signal);
}

/**
 * Requests that remove what goes and add what comes, under the condition that the zone is as it was read. Where there are several,
 * those after the first come too late and are made anew from what is there then.
 */
function writesOf(zone: HostedZone, changes: readonly RRsetChange[], now: RestZone): readonly RestWrite[] {
  const batches: Operation[][] = [[]];
  for (const change of changes) {
    const operations = operationsOf(change, now);
    const last = batches.at(-1) ?? [];
    if (last.length + operations.length <= maxOperations || last.length === 0) last.push(...operations);
    else batches.push([...operations]);
  }
  const etag = textAt(now.rows[0]?.beside, 'etag');
  const headers: Readonly<Record<string, string>> = etag === null ? {} : { 'if-match': etag };
  const path = `${pathOf(zone)}/records`;
  return batches.map(items => ({ method: 'PATCH', path, body: { items }, headers }));
}

type Operation = Readonly<Record<string, string | number>>;

function operationsOf({ owner, type, to }: RRsetChange, now: RestZone): readonly Operation[] {
  const common = { domain: bare(owner), rtype: type };
  if (to === null) return [{ ...common, operation: 'REMOVE' }];
  const kept = new Set(to.data);
  const old = now.rows.filter(row => row.owner === owner && row.type === type).map(row => row.data);
  const gone = old.filter(data => data !== null && !kept.has(data));
  return [
    ...gone.map(rdata => ({ ...common, rdata: String(rdata), operation: 'REMOVE' })),
    ...to.data.map(rdata => ({ ...common, rdata, ttl: to.ttl, operation: 'ADD' })),
  ];
}

/** A zone with its reference in a tag. */
function create(
  client: RestClient,
  { compartment }: OciCredentials,
  { apex, reference }: NewZone,
  signal: AbortSignal | undefined,
): ReturnType<RestClient['write']> {
  const body = {
    name: bare(apex),
    compartmentId: compartment,
    zoneType: 'PRIMARY',
    freeformTags: { [referenceTag]: reference },
  };
  return client.write('POST', '/zones', body, signal);
}

/** The digest of the DS that is asked for: SHA-256, which every validator knows (RFC 8624 section 3.3). */
const digestType = 'SHA_256';

/** The keys of a zone that is signed. */
async function readSigning(
  client: RestClient,
  zone: HostedZone,
  signal: AbortSignal | undefined,
): Promise<ZoneSigning> {
  const { json } = await client.get(pathOf(zone), signal);
  const keys = listAt(memberAt(json, 'dnssecConfig'), 'kskDnssecKeyVersions') ?? [];
  const all = keys.flatMap(key => listAt(key, 'dsData') ?? []);
  const strong = all.filter(ds => textAt(ds, 'digestType') === digestType);
  const data = strong.flatMap(ds => textAt(ds, 'rdata') ?? []).map(text => parseRdata('DS', text));
  const isOn = textAt(json, 'dnssecState')?.toUpperCase() === 'ENABLED';
  return {
    state: isOn ? (data.length > 0 ? 'signed' : 'signing') : 'unsigned',
    ds: data.length === 0 || !isOn ? [] : makeRRset(zone.apex, 'DS', 0, data).data,
    dnskeys: [],
    cds: [],
  };
}
