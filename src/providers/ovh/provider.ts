import { type Name, parseName, parseNameAt, relativeTo } from '../../dns/name.ts';
import type { World } from '../../world/world.ts';
import type { Settings } from '../driver.ts';
import { type JsonObject, listAt, memberAt, numberAt, textAt } from '../json.ts';
import type { HostedZone, Provider, Rights } from '../provider.ts';
import type { RestClient } from '../rest/client.ts';
import type { RestHost } from '../rest/host.ts';
import { ifThere, openRest } from '../rest/provider.ts';
import { isBetweenRows, type NewRow, type RowApi, rowWrites } from '../rest/row-writes.ts';
import { dataOf, type HostRow, isApexOwn } from '../rest/rows.ts';
import { mayDelete } from '../rest/token.ts';
import { quotedStrings } from '../strings.ts';
import { openApi } from './api.ts';
import { ovhCapabilities } from './capabilities.ts';

/** Rows that are asked for at once. */
const rowsAtOnce = 10;

/** Readings of a zone whose rows go while they are read. */
export const maxReadings = 4;

/** Seconds: the TTL of records that have that of the zone. */
const zoneTtl = 3600;

/** Kinds of TXT that are types of their own here. */
const textTypes: ReadonlySet<string> = new Set(['DKIM', 'DMARC', 'SPF']);

/** Opens an account. Throws ZC_CREDENTIALS when a part of the credentials is missing. */
export async function openOvh(world: World, settings: Settings): Promise<Provider> {
  const client = openApi(world, settings);
  return openRest({
    id: 'ovh',
    label: 'OVHcloud',
    capabilities: ovhCapabilities,
    client,
    whoAmI: async signal => {
      const { json } = await client.get('/auth/currentCredential', signal);
      const application = textAt(json, 'applicationId');
      return {
        account: application === null ? 'unknown' : `application ${application}`,
        source: 'environment (OVH_APPLICATION_KEY)',
      };
    },
    rights: (zone, signal) => rights(client, zone, signal),
    zones: signal => zones(client, signal),
    find: (apex, signal) => find(client, apex, signal),
    read: (zone, signal) => read(client, zone, signal),
    writesOf: (zone, changes, now) => rowWrites(rowsApi(zone), changes, now),
    isBetween: isBetweenRows,
    publish: (zone, changes, signal) => publish(client, zone, changes, signal),
    hides: isApexOwn,
    create: null,
    remove: () => Promise.resolve(),
  } satisfies RestHost);
}

async function rights(
  client: RestClient,
  zone: HostedZone | null,
  signal: AbortSignal | undefined,
): Promise<Rights> {
  await client.get('/domain/zone', signal);
  // No row has the number 0.
  const writeRecords =
    zone === null ? 'unknown' : await mayDelete(client, `${pathOf(zone)}/record/0`, signal);
  return { readZones: 'yes', createZones: 'no', writeRecords };
}

async function* zones(client: RestClient, signal: AbortSignal | undefined): AsyncIterable<HostedZone> {
  const { json } = await client.get('/domain/zone', signal);
  if (!Array.isArray(json)) throw client.unreadable('the list of zones', json);
  for (const name of json) yield zoneOf(parseName(String(name)), []);
}

async function find(
  client: RestClient,
  apex: Name,
  signal: AbortSignal | undefined,
): Promise<HostedZone | null> {
  const zone = zoneOf(apex, []);
  const found = await ifThere(() => client.get(pathOf(zone), signal));
  if (found === null) return null;
  const servers = (listAt(found.json, 'nameServers') ?? []).filter(name => typeof name === 'string');
  return zoneOf(apex, servers.map(parseName).sort());
}

function zoneOf(apex: Name, nameServers: readonly Name[]): HostedZone {
  return { provider: 'ovh', id: apex.slice(0, -1), apex, nameServers, reference: null };
}

function pathOf(zone: HostedZone): string {
  return `/domain/zone/${encodeURIComponent(zone.id)}`;
}

/** The rows of a zone. Where one goes while they are read, another may have come for it: they are read again. */
async function read(
  client: RestClient,
  zone: HostedZone,
  signal: AbortSignal | undefined,
): Promise<readonly HostRow[]> {
  for (let count = 1; count <= maxReadings; count += 1) {
    const rows = await readOnce(client, zone, signal);
    if (rows !== null) return rows;
    await client.http.backOff(count, signal);
  }
  throw client.http.fault(
    'ZC_PROVIDER_RESPONSE',
    `the records of ${zone.apex} changed during each of ${maxReadings} readings`,
    'Somebody is changing the zone just now; repeat the command.',
  );
}

/** Their numbers, and then each by itself; null where one is gone in between. */
async function readOnce(
  client: RestClient,
  zone: HostedZone,
  signal: AbortSignal | undefined,
): Promise<readonly HostRow[] | null> {
  const { json } = await client.get(`${pathOf(zone)}/record`, signal);
  if (!Array.isArray(json)) throw client.unreadable('the list of records', json);
  const rows: HostRow[] = [];
  for (let at = 0; at < json.length; at += rowsAtOnce) {
    const some = json.slice(at, at + rowsAtOnce).map(async id => {
      const path = `${pathOf(zone)}/record/${encodeURIComponent(String(id))}`;
      return (await ifThere(() => client.get(path, signal)))?.json ?? null;
    });
    for (const item of await Promise.all(some)) {
      if (item === null) return null;
      const row = rowOf(zone.apex, item);
      if (row === null) throw client.unreadable('a record', item);
      rows.push(row);
    }
  }
  return rows;
}

/** A row of the API; null where it cannot be read. */
function rowOf(apex: Name, item: unknown): HostRow | null {
  const [id, fieldType, target] = [textAt(item, 'id'), textAt(item, 'fieldType'), textAt(item, 'target')];
  if (id === null || fieldType === null || target === null) return null;
  const name = textAt(item, 'subDomain') ?? '';
  const ttl = numberAt(item, 'ttl') ?? 0;
  const type = textTypes.has(fieldType) ? 'TXT' : fieldType;
  const text = type === 'TXT' && !target.startsWith('"') ? quotedStrings(target) : target;
  return {
    owner: name === '' || name === '@' ? apex : parseNameAt(name, apex),
    type,
    ttl: ttl === 0 ? zoneTtl : ttl,
    // Names without a final dot are relative to the zone, as in a zone file.
    data: dataOf(type, text, apex),
    text: `${ttl} ${fieldType} ${target}`,
    id,
    beside: null,
  };
}

function rowsApi(zone: HostedZone): RowApi {
  const path = `${pathOf(zone)}/record`;
  const at = (row: HostRow): string => `${path}/${encodeURIComponent(row.id ?? '')}`;
  return {
    add: row => ({ method: 'POST', path, body: { fieldType: row.type, ...recordOf(zone.apex, row) } }),
    update: (row, to) => ({ method: 'PUT', path: at(row), body: recordOf(zone.apex, to) }),
    remove: row => ({ method: 'DELETE', path: at(row), body: null }),
  };
}

/** A record as the API takes it, its type aside, which is never changed. */
function recordOf(apex: Name, { owner, ttl, data }: NewRow): JsonObject {
  return { subDomain: owner === apex ? '' : relativeTo(owner, apex), target: data, ttl };
}

/** Refreshes a zone, unless it is as it was, and served so. */
async function publish(
  client: RestClient,
  zone: HostedZone,
  changes: 'made' | 'there',
  signal: AbortSignal | undefined,
): Promise<void> {
  if (changes === 'there') {
    const { json } = await client.get(`${pathOf(zone)}/status`, signal);
    if (memberAt(json, 'isDeployed') === true) return;
  }
  await client.repeat('POST', `${pathOf(zone)}/refresh`, null, signal);
}
