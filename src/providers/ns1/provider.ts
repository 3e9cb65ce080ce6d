import { type Name, parseName } from '../../dns/name.ts';
import type { ErrorCode } from '../../error.ts';
import type { World } from '../../world/world.ts';
import type { Settings } from '../driver.ts';
import { listAt, textAt } from '../json.ts';
import type { HostedZone, Identity, Provider, Rights, RRsetChange } from '../provider.ts';
import { type Answer, type RestClient, RestFault } from '../rest/client.ts';
import type { RestHost, RestWrite } from '../rest/host.ts';
import { listItems, type Page } from '../rest/lists.ts';
import { ifThere, openRest } from '../rest/provider.ts';
import { type HostRow, isApexOwn, type RestZone, setAt } from '../rest/rows.ts';
import { mayDelete, openTokenClient } from '../rest/token.ts';
import { ns1Capabilities } from './capabilities.ts';
import { answerOf, rowsOf } from './records.ts';

/** Opens an account. Throws ZC_CREDENTIALS when there is no key. */
export async function openNs1(world: World, settings: Settings): Promise<Provider> {
  const client = openTokenClient(world, settings, {
    host: 'NS1',
    tokens: ['NS1_API_KEY'],
    endpointVariable: 'ZONECUT_NS1_ENDPOINT',
    endpoint: 'https://api.nsone.net/v1',
    settingsUrl: 'https://my.nsone.net/#/account/settings/keys',
    // 900 requests in 300 s are what accounts have been seen to have.
    pace: { kind: 'bucket', burst: 50, perSecond: 3 },
    header: 'x-nsone-key',
    authorization: key => key,
    sentenceOf: body => textAt(body, 'message'),
    codeOf,
  });
  return openRest({
    id: 'ns1',
    label: 'NS1',
    capabilities: ns1Capabilities,
    client,
    whoAmI: signal => whoAmI(client, 'environment (NS1_API_KEY)', signal),
    rights: (zone, signal) => rights(client, zone, signal),
    zones: signal => zones(client, signal),
    find: (apex, signal) => find(client, apex, signal),
    read: (zone, signal) => read(client, zone, signal),
    writesOf: (zone, changes, now) => writesOf(client, zone, changes, now),
    hides: isApexOwn,
    create: ({ apex }, signal) => {
      const name = apex.slice(0, -1);
      return client.write('PUT', `/zones/${encodeURIComponent(name)}`, { zone: name }, signal);
    },
    markTtl: 3600,
    remove: async (zone, signal) => {
      await client.repeat('DELETE', pathOf(zone), null, signal);
    },
  } satisfies RestHost);
}

/** What is there already is refused with a status that says no more than that the request is wrong. */
function codeOf(status: number, body: unknown): ErrorCode | null {
  return status === 400 && /already exists/i.test(textAt(body, 'message') ?? '')
    ? 'ZC_PROVIDER_CONFLICT'
    : null;
}

async function whoAmI(
  client: RestClient,
  source: string,
  signal: AbortSignal | undefined,
): Promise<Identity> {
  try {
    const { json } = await client.get('/account/settings', signal);
    return { account: textAt(json, 'company') ?? textAt(json, 'customer_id') ?? 'unknown', source };
  } catch (error) {
    if (!(error instanceof RestFault) || error.status === 401) throw error;
    // A key may be kept from the account's own data.
    await client.get('/zones', signal);
    return { account: 'unknown', source };
  }
}

async function rights(
  client: RestClient,
  zone: HostedZone | null,
  signal: AbortSignal | undefined,
): Promise<Rights> {
  if (zone === null) {
    await client.get('/zones', signal);
    return { readZones: 'yes', createZones: 'unknown', writeRecords: 'unknown' };
  }
  await client.get(`${pathOf(zone)}?records=false`, signal);
  const absent = `${pathOf(zone)}/_zonecut-rights.${encodeURIComponent(zone.id)}/TXT`;
  return {
    readZones: 'yes',
    createZones: 'unknown',
    writeRecords: await mayDelete(client, absent, signal),
  };
}

async function* zones(client: RestClient, signal: AbortSignal | undefined): AsyncIterable<HostedZone> {
  const readPage = (answer: Answer): Page | null =>
    Array.isArray(answer.json) ? { items: answer.json, next: nextOf(client, answer), total: null } : null;
  for await (const item of listItems(client, '/zones', readPage, signal)) yield zoneOf(client, item);
}

/** The next page, by the header `link`; null for the last. */
function nextOf(client: RestClient, { headers }: Answer): string | null {
  const link = /<([^>]*)>;\s*rel="?next"?/.exec(headers['link'] ?? '')?.[1];
  return link === undefined ? null : client.pathOf(link);
}

async function find(
  client: RestClient,
  apex: Name,
  signal: AbortSignal | undefined,
): Promise<HostedZone | null> {
  const path = `/zones/${encodeURIComponent(apex.slice(0, -1))}?records=false`;
  const found = await ifThere(() => client.get(path, signal));
  return found === null ? null : zoneOf(client, found.json);
}

function zoneOf(client: RestClient, item: unknown): HostedZone {
  const name = textAt(item, 'zone');
  if (name === null) throw client.unreadable('a zone', item);
  const servers = (listAt(item, 'dns_servers') ?? []).filter(server => typeof server === 'string');
  return {
    provider: 'ns1',
    id: name,
    apex: parseName(name),
    nameServers: servers.map(parseName).sort(),
    reference: null,
  };
}

function pathOf(zone: HostedZone): string {
  return `/zones/${encodeURIComponent(zone.id)}`;
}

async function read(
  client: RestClient,
  zone: HostedZone,
  signal: AbortSignal | undefined,
): Promise<readonly HostRow[]> {
  const readPage = (answer: Answer): Page | null => {
    const items = listAt(answer.json, 'records');
    return items === null ? null : { items, next: nextOf(client, answer), total: null };
  };
  const rows: HostRow[] = [];
  for await (const item of listItems(client, pathOf(zone), readPage, signal)) {
    const some = rowsOf(item);
    if (some === null) throw client.unreadable('a record', item);
    rows.push(...some);
  }
  return rows;
}

/** One request for each RRset, in the order in which they are to be made: PUT makes one, POST changes it. */
function writesOf(
  client: RestClient,
  zone: HostedZone,
  changes: readonly RRsetChange[],
  now: RestZone,
): readonly RestWrite[] {
  return changes.map(({ owner, type, to }) => {
    const domain = owner.slice(0, -1);
    const path = `${pathOf(zone)}/${encodeURIComponent(domain)}/${type}`;
    if (to === null) return { method: 'DELETE', path, body: null };
    const answers = to.data.map(data => {
      const answer = answerOf(type, data);
      if (answer !== null) return { answer };
      throw client.http.fault(
        'ZC_PROVIDER_REFUSED',
        `${owner} ${type} ${data}: the host splits text at 255 octets and nowhere else`,
        'Split it so, or write it at another host.',
      );
    });
    const isThere = setAt(now, owner, type) !== null;
    const body = { zone: zone.id, domain, type, ttl: to.ttl, answers };
    return { method: isThere ? 'POST' : 'PUT', path, body };
  });
}
