import { type Name, parseName, parseNameAt, relativeTo } from '../../dns/name.ts';
import { ZonecutError } from '../../error.ts';
import { Secret } from '../../secret.ts';
import type { World } from '../../world/world.ts';
import type { Outcome } from '../caller.ts';
import { foundIn, type Settings, variable } from '../driver.ts';
import { defaultRequestTimeoutMs } from '../http-client.ts';
import { isObject, listAt, memberAt, numberAt, textAt } from '../json.ts';
import type { HostedZone, Provider, Rights, RRsetChange } from '../provider.ts';
import { maxReadBacks } from '../rest/changes.ts';
import { createRestClient, type RestClient } from '../rest/client.ts';
import type { NewZone, RestHost, RestWrite } from '../rest/host.ts';
import { listItems, type Page } from '../rest/lists.ts';
import { tokensBy } from '../rest/oauth.ts';
import { ifThere, openRest } from '../rest/provider.ts';
import type { HostRow, RestZone } from '../rest/rows.ts';
import { mayDelete } from '../rest/token.ts';
import { azureCapabilities } from './capabilities.ts';
import { propertiesOf, recordsIn } from './records.ts';

/** The first version of the API that knows DS. */
const version = 'api-version=2023-07-01-preview';

/** The tag that a zone's reference stands in. */
const referenceTag = 'zonecut';

const secretVariable = 'AZURE_CLIENT_SECRET';

/** Where the zones of an account are. */
interface Place {
  /** The path of the list. */
  readonly zones: string;
  /** The path that a new zone's name is added to; null where no group is named. */
  readonly group: string | null;
}

/** Opens a subscription. Throws ZC_CREDENTIALS when what opens it is missing. */
export async function openAzure(world: World, settings: Settings): Promise<Provider> {
  const subscription = `/subscriptions/${encodeURIComponent(need(settings, 'AZURE_SUBSCRIPTION_ID'))}`;
  const named = variable(settings, 'AZURE_RESOURCE_GROUP');
  const inGroup = `${subscription}/resourceGroups/${encodeURIComponent(named ?? '')}/providers/Microsoft.Network/dnsZones`;
  const place: Place =
    named === null
      ? { zones: `${subscription}/providers/Microsoft.Network/dnszones`, group: null }
      : { zones: inGroup, group: inGroup };
  const client = openClient(world, settings);
  const all = (apex: Name, signal: AbortSignal | undefined): Promise<readonly HostedZone[]> =>
    allOf(zones(client, place, signal), apex);
  return openRest({
    id: 'azure',
    label: `Azure DNS (${named ?? 'the whole subscription'})`,
    capabilities: azureCapabilities,
    client,
    whoAmI: async signal => {
      await client.get(`${place.zones}?${version}&$top=1`, signal);
      const source = foundIn(settings, secretVariable) ?? 'environment';
      return { account: need(settings, 'AZURE_CLIENT_ID'), source };
    },
    rights: (zone, signal) => rights(client, place, zone, signal),
    zones: signal => zones(client, place, signal),
    find: async (apex, signal) => (await all(apex, signal))[0] ?? null,
    findAll: all,
    read: (zone, signal) => read(client, zone, signal),
    writesOf: (zone, changes, now) => changes.map(change => writeOf(client, zone, change, now)),
    isStale: fault => fault.status === 412,
    hides: () => false,
    create: (zone, signal) => create(client, place, zone, signal),
    remove: (zone, signal) => remove(client, zone, signal),
  } satisfies RestHost);
}

function need(settings: Settings, name: string): string {
  const value = variable(settings, name);
  if (value !== null) return value;
  throw new ZonecutError('ZC_CREDENTIALS', `Azure DNS: ${name} is not set`, {
    hint: 'Register an application in Microsoft Entra ID, give it the role DNS Zone Contributor, and set AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET and AZURE_SUBSCRIPTION_ID.',
  });
}

function openClient(world: World, settings: Settings): RestClient {
  const secret = new Secret(need(settings, secretVariable));
  const id = need(settings, 'AZURE_CLIENT_ID');
  const authority = variable(settings, 'AZURE_AUTHORITY_HOST') ?? 'https://login.microsoftonline.com';
  const root = variable(settings, 'ZONECUT_AZURE_ENDPOINT') ?? 'https://management.azure.com';
  const common = {
    host: 'Azure DNS',
    timeoutMs: Number(variable(settings, 'ZONECUT_HTTP_TIMEOUT_MS') ?? defaultRequestTimeoutMs),
    secrets: [secret],
    credentialsHint: `Look at the application ${id}: its client secrets, and whether they have ended.`,
  };
  const tenant = encodeURIComponent(need(settings, 'AZURE_TENANT_ID'));
  return createRestClient(world, {
    ...common,
    endpoint: root,
    shown: path => shortened(path.replace(/\?.*$/, '')),
    // 500 changes of zones and their lists in five minutes; 40 changes of record sets in a second.
    pace: { kind: 'bucket', burst: 40, perSecond: 10 },
    headers: {},
    authorize: tokensBy(world, {
      ...common,
      endpoint: `${authority.replace(/\/+$/, '')}/${tenant}/oauth2/v2.0/token`,
      form: () => ({
        grant_type: 'client_credentials',
        client_id: id,
        client_secret: secret.reveal(),
        scope: 'https://management.azure.com/.default',
      }),
    }),
    sentenceOf: body => {
      const error = memberAt(body, 'error') ?? body;
      const [code, message] = [textAt(error, 'code'), textAt(error, 'message')];
      return code === null ? message : `${code}: ${shortened((message ?? '').split(/[\r\n]/)[0] ?? '')}`;
    },
    codeOf: status => (status === 412 ? 'ZC_PROVIDER_CONFLICT' : null),
  });
}

/** A text without what all paths of one group begin with. */
function shortened(text: string): string {
  return text.replace(/\/subscriptions\/[^' ]*?\/providers\/Microsoft\.Network/gi, '');
}

/** Whether records may be written is asked for by deleting an NS RRset that is not there. */
async function rights(
  client: RestClient,
  place: Place,
  zone: HostedZone | null,
  signal: AbortSignal | undefined,
): Promise<Rights> {
  await client.get(`${place.zones}?${version}&$top=1`, signal);
  const writeRecords =
    zone === null ? 'unknown' : await mayDelete(client, `${zone.id}/NS/_zonecut-rights?${version}`, signal);
  return { readZones: 'yes', createZones: place.group === null ? 'no' : 'unknown', writeRecords };
}

async function* zones(
  client: RestClient,
  place: Place,
  signal: AbortSignal | undefined,
): AsyncIterable<HostedZone> {
  for await (const item of items(client, `${place.zones}?${version}`, signal)) {
    const kind = textAt(memberAt(item, 'properties'), 'zoneType') ?? 'Public';
    if (kind === 'Public') yield zoneOf(client, item);
  }
}

async function allOf(found: AsyncIterable<HostedZone>, apex: Name): Promise<readonly HostedZone[]> {
  const all: HostedZone[] = [];
  for await (const zone of found) {
    if (zone.apex === apex) all.push(zone);
  }
  return all;
}

function zoneOf(client: RestClient, json: unknown): HostedZone {
  const [id, name] = [textAt(json, 'id'), textAt(json, 'name')];
  if (id === null || name === null) throw client.unreadable('a zone', json);
  const servers = (listAt(memberAt(json, 'properties'), 'nameServers') ?? []).map(String);
  return {
    provider: 'azure',
    id,
    apex: parseName(name),
    nameServers: servers.map(parseName).sort(),
    reference: textAt(memberAt(json, 'tags'), referenceTag),
  };
}

async function read(
  client: RestClient,
  zone: HostedZone,
  signal: AbortSignal | undefined,
): Promise<readonly HostRow[]> {
  const rows: HostRow[] = [];
  for await (const item of items(client, `${zone.id}/recordsets?${version}`, signal)) {
    rows.push(...rowsOf(client, zone, item));
  }
  return rows;
}

function rowsOf(client: RestClient, zone: HostedZone, item: unknown): readonly HostRow[] {
  const [name, kind] = [textAt(item, 'name'), textAt(item, 'type')];
  const properties = memberAt(item, 'properties');
  const ttl = numberAt(properties, 'TTL');
  const type = kind?.split('/').at(-1) ?? null;
  if (name === null || type === null || ttl === null) throw client.unreadable('a record set', item);
  const metadata = memberAt(properties, 'metadata');
  const beside = { etag: textAt(item, 'etag'), ...(isObject(metadata) ? { metadata } : {}) };
  const row = { owner: parseNameAt(name, zone.apex), type, ttl, id: null, beside };
  const records = recordsIn(type, properties);
  if (records === null) {
    return [
      {
        ...row,
        data: null,
        text: `${ttl} ${type} ${JSON.stringify(memberAt(properties, 'targetResource'))}`,
      },
    ];
  }
  const labels = isObject(metadata) ? ` ; ${JSON.stringify(metadata)}` : '';
  return records.map(({ data, text }) => ({ ...row, data, text: `${ttl} ${type} ${text}${labels}` }));
}

function items(client: RestClient, path: string, signal: AbortSignal | undefined): AsyncIterable<unknown> {
  const readPage = ({ json }: { readonly json: unknown }): Page | null => {
    const list = listAt(json, 'value');
    const next = textAt(json, 'nextLink');
    if (list === null) return null;
    return { items: list, next: next === null || next === '' ? null : client.pathOf(next), total: null };
  };
  return listItems(client, path, readPage, signal);
}

/** One request for an RRset, under the condition that it is as it was read. */
function writeOf(
  client: RestClient,
  zone: HostedZone,
  { owner, type, to }: RRsetChange,
  now: RestZone,
): RestWrite {
  const label = owner === zone.apex ? '@' : relativeTo(owner, zone.apex);
  const path = `${zone.id}/${type}/${encodeURIComponent(label)}?${version}`;
  const old = now.rows.find(row => row.owner === owner && row.type === type)?.beside;
  const etag = textAt(old, 'etag');
  const headers: Readonly<Record<string, string>> =
    etag === null ? { 'if-none-match': '*' } : { 'if-match': etag };
  if (to === null) return { method: 'DELETE', path, body: null, headers };
  const records = propertiesOf(type, to.data);
  if (records === null) {
    throw client.http.fault(
      'ZC_PROVIDER_REFUSED',
      `${owner} ${type}: data that is no text in UTF-8 cannot be written there`,
    );
  }
  const metadata = memberAt(old, 'metadata');
  const properties = { TTL: to.ttl, ...records, ...(metadata === undefined ? {} : { metadata }) };
  return { method: 'PUT', path, body: { properties }, headers };
}

async function create(
  client: RestClient,
  { group }: Place,
  { apex, reference }: NewZone,
  signal: AbortSignal | undefined,
): Promise<Outcome<unknown>> {
  if (group === null) {
    throw client.http.fault(
      'ZC_PROVIDER_REFUSED',
      `${apex} is not created: AZURE_RESOURCE_GROUP is not set`,
      'Set it to the resource group that is to hold the zone.',
    );
  }
  const body = { location: 'global', tags: { [referenceTag]: reference } };
  const path = `${group}/${encodeURIComponent(apex.slice(0, -1))}?${version}`;
  return await client.write('PUT', path, body, signal, { 'if-none-match': '*' });
}

/** Deletes the zone, and waits a while until it is not there: the host does so behind its answer. */
async function remove(client: RestClient, zone: HostedZone, signal: AbortSignal | undefined): Promise<void> {
  const path = `${zone.id}?${version}`;
  await client.repeat('DELETE', path, null, signal);
  for (let count = 1; count < maxReadBacks; count += 1) {
    if ((await ifThere(() => client.get(path, signal))) === null) return;
    await client.http.backOff(count, signal);
  }
}
