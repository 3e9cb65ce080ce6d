import { createHash } from 'node:crypto';
import { type Name, parseName } from '../../dns/name.ts';
import { isType, type RRset } from '../../dns/rrset.ts';
import type { World } from '../../world/world.ts';
import { checkChanges, standingOf } from '../change-set.ts';
import type { Settings } from '../driver.ts';
import { type JsonObject, textAt } from '../json.ts';
import type { CallOptions, CreateZoneOptions, HostedZone, Identity, Provider } from '../provider.ts';
import { createQueue } from '../queue.ts';
import { openApi, type PowerdnsApi, PowerdnsFault, pathOfZone } from './api.ts';
import { powerdnsCapabilities } from './capabilities.ts';
import { changeRecords, recordsOf } from './changes.ts';
import { isApexSet, type PowerdnsZone, readIfThere, readPowerdnsZone } from './records.ts';
import { readSigning, signZone, unsignZone } from './signing.ts';
import { type RRsetsBody, writeSpelled } from './spelling.ts';

/** Tries of a creation whose answers were lost. */
const maxCreateTries = 4;

/** Characters that `account` of a zone has room for in every database of PowerDNS. */
const maxAccountLength = 40;

/** The primary server that the SOA of a new zone names where nobody configured one. */
const unconfigured = 'a.misconfigured.dns.server.invalid';

/** Opens a PowerDNS server. Throws ZC_CREDENTIALS when its address or key is missing. */
export async function openPowerdns(world: World, settings: Settings): Promise<Provider> {
  const api = openApi(world, settings);
  const queue = createQueue();
  return {
    id: 'powerdns',
    label: `PowerDNS (${api.place})`,
    capabilities: {
      ...powerdnsCapabilities,
      createsZones: api.nameServers.length > 0,
      addsForeignKeys: api.hasDirectDnskey,
    },
    whoAmI: options => coded(() => whoAmI(api, options)),
    rights: (_zone, options) =>
      coded(async () => {
        // The key opens everything.
        await whoAmI(api, options);
        return {
          readZones: 'yes',
          createZones: api.nameServers.length > 0 ? 'yes' : 'no',
          writeRecords: 'yes',
        };
      }),
    listZones: options => listZones(api, options),
    findZones: (apex, options) => coded(() => findZones(api, apex, options)),
    createZone: (apex, options) => queue.run(apex, () => coded(() => createZone(api, apex, options))),
    deleteZone: (zone, options) => queue.run(zone.apex, () => coded(() => deleteZone(api, zone, options))),
    readZone: (zone, options) =>
      coded(async () => (await readPowerdnsZone(api, zone, options?.signal)).snapshot),
    changeZone: (zone, changes, options) =>
      queue.run(zone.apex, () => coded(() => changeRecords(api, zone, changes, options?.signal))),
    readSigning: (zone, options) => coded(() => readSigning(api, zone, options?.signal)),
    signZone: (zone, options) =>
      queue.run(zone.apex, () => coded(() => signZone(api, zone, options?.signal))),
    unsignZone: (zone, options) =>
      queue.run(zone.apex, () => coded(() => unsignZone(api, zone, options?.signal))),
  };
}

/** Lets a status of the API leave the driver as the error that belongs to it. */
async function coded<T>(task: () => Promise<T>): Promise<T> {
  try {
    return await task();
  } catch (error) {
    throw error instanceof PowerdnsFault ? error.error : error;
  }
}

async function whoAmI(api: PowerdnsApi, options: CallOptions | undefined): Promise<Identity> {
  const server = await serverOf(api, options?.signal);
  if (textAt(server, 'daemon_type') !== 'authoritative') {
    throw api.http.fault(
      'ZC_PROVIDER_RESPONSE',
      `at ${api.place} is no authoritative server of PowerDNS`,
      'Set PDNS_API_URL to the API of the Authoritative Server, and PDNS_SERVER_NAME if it is not localhost.',
    );
  }
  return {
    account: `version ${textAt(server, 'version') ?? 'unknown'}`,
    source: 'environment (PDNS_API_KEY)',
  };
}

async function serverOf(api: PowerdnsApi, signal: AbortSignal | undefined): Promise<unknown> {
  try {
    return await api.get('', signal);
  } catch (error) {
    if (error instanceof PowerdnsFault && error.status === 404) return null;
    throw error;
  }
}

async function* listZones(api: PowerdnsApi, options: CallOptions | undefined): AsyncIterable<HostedZone> {
  for (const zone of await coded(() => zonesAt(api, '/zones', options?.signal))) yield zone;
}

async function zonesAt(
  api: PowerdnsApi,
  path: string,
  signal: AbortSignal | undefined,
): Promise<readonly HostedZone[]> {
  const answer = await api.get(path, signal);
  if (!Array.isArray(answer))
    throw api.http.fault('ZC_PROVIDER_RESPONSE', `GET ${path}: the answer is no list`);
  return answer.map(item => {
    const [id, name, account] = [textAt(item, 'id'), textAt(item, 'name'), textAt(item, 'account')];
    if (id === null || name === null)
      throw api.http.fault('ZC_PROVIDER_RESPONSE', `GET ${path}: ${JSON.stringify(item)} is no zone`);
    return zoneOf(parseName(name), id, [], account === '' ? null : account);
  });
}

function zoneOf(apex: Name, id: string, nameServers: readonly Name[], reference: string | null): HostedZone {
  return { provider: 'powerdns', id, apex, nameServers, reference };
}

async function findZones(
  api: PowerdnsApi,
  apex: Name,
  options: CallOptions | undefined,
): Promise<readonly HostedZone[]> {
  const found: HostedZone[] = [];
  const zones = await zonesAt(api, `/zones?zone=${encodeURIComponent(apex)}`, options?.signal);
  for (const zone of zones.filter(one => one.apex === apex)) {
    const whole = await readIfThere(api, zone, options?.signal);
    if (whole !== null) found.push({ ...zone, nameServers: serversOf(zone, whole) });
  }
  return found;
}

function serversOf(zone: HostedZone, { snapshot }: PowerdnsZone): readonly Name[] {
  const ns = snapshot.rrsets.find(set => set.owner === zone.apex && set.type === 'NS');
  return ns !== undefined && isType(ns, 'NS') ? ns.data : [];
}

/** Creates a zone with all its records in one request. The reference stands in its `account`, where a later call finds it. */
async function createZone(api: PowerdnsApi, apex: Name, options: CreateZoneOptions): Promise<HostedZone> {
  const { signal, seed = [] } = options;
  if (api.nameServers.length === 0) {
    throw api.http.fault(
      'ZC_PROVIDER_REFUSED',
      `${apex} is not created, for it is not said which name servers it gets`,
      'Set PDNS_NAMESERVERS to the names of the servers, with commas between.',
    );
  }
  checkChanges(
    zoneOf(apex, apex, [], null),
    seed.map(to => ({ owner: to.owner, type: to.type, from: null, to })),
  );
  const account = accountOf(options.reference);
  for (let count = 1; count <= maxCreateTries; count += 1) {
    const [zone] = await findZones(api, apex, options);
    if (zone !== undefined) return await ownZone(api, zone, account, seed, signal);
    try {
      const body = await newZone(api, apex, account, seed, signal);
      const outcome = await writeSpelled(api, 'POST', '/zones?rrsets=false', body, signal);
      if (outcome.kind === 'lost') await api.http.backOff(count, signal);
    } catch (error) {
      if (!(error instanceof PowerdnsFault) || error.status !== 409) throw error;
    }
  }
  const [zone] = await findZones(api, apex, options);
  if (zone !== undefined) return await ownZone(api, zone, account, seed, signal);
  throw api.http.fault(
    'ZC_PROVIDER_UNAVAILABLE',
    `${maxCreateTries} tries to create ${apex} came to nothing`,
    'Repeat the command; it goes on from there.',
  );
}

/** The reference itself where it is short enough, else what stands for it. */
function accountOf(reference: string): string {
  return reference.length <= maxAccountLength
    ? reference
    : `zonecut-${createHash('sha256').update(reference).digest('hex').slice(0, 24)}`;
}

/** Throws ZC_PROVIDER_CONFLICT unless the zone was made with this reference, and holds its seed. */
async function ownZone(
  api: PowerdnsApi,
  zone: HostedZone,
  account: string,
  seed: readonly RRset[],
  signal: AbortSignal | undefined,
): Promise<HostedZone> {
  if (zone.reference !== account) {
    throw api.http.fault(
      'ZC_PROVIDER_CONFLICT',
      `the zone ${zone.apex} exists already, and this plan did not make it`,
      'Delete it, or adopt it as the child.',
    );
  }
  const { snapshot } = await readPowerdnsZone(api, zone, signal);
  const changes = seed.map(to => ({ owner: to.owner, type: to.type, from: null, to }));
  if (seed.length > 0 && standingOf(changes, snapshot.rrsets).kind !== 'done') {
    throw api.http.fault(
      'ZC_PROVIDER_CONFLICT',
      `the zone ${zone.apex} does not hold what it was made with`,
      'Look at the zone, then make the plan again.',
    );
  }
  return zone;
}

async function newZone(
  api: PowerdnsApi,
  apex: Name,
  account: string,
  seed: readonly RRset[],
  signal: AbortSignal | undefined,
): Promise<RRsetsBody> {
  const soa = await soaFor(api, apex, signal);
  return {
    name: apex,
    kind: api.zoneKind,
    account,
    soa_edit_api: 'DEFAULT',
    nameservers: api.nameServers,
    rrsets: [
      ...(soa === null ? [] : [soa]),
      ...seed.map(set => ({ name: set.owner, type: set.type, ttl: set.ttl, records: recordsOf(set) })),
    ],
  };
}

/** The SOA that the new zone is given where the server is configured with none: it would name a server that nobody has. */
async function soaFor(
  api: PowerdnsApi,
  apex: Name,
  signal: AbortSignal | undefined,
): Promise<JsonObject | null> {
  const config = await api.get('/config', signal);
  const settings = new Map(
    (Array.isArray(config) ? config : []).map(item => [textAt(item, 'name'), textAt(item, 'value')]),
  );
  const content = settings.get('default-soa-content') ?? unconfigured;
  if (!content.startsWith(unconfigured)) return null;
  const numbers = /(?: \d+){5}$/.exec(content)?.[0] ?? ' 0 10800 3600 604800 3600';
  const own = `${api.nameServers[0] ?? apex} hostmaster.${apex}${numbers}`;
  const ttl = Number(settings.get('default-ttl') ?? 3600);
  return { name: apex, type: 'SOA', ttl, records: [{ content: own, disabled: false }] };
}

async function deleteZone(
  api: PowerdnsApi,
  zone: HostedZone,
  options: (CallOptions & { readonly purge?: boolean }) | undefined,
): Promise<void> {
  const signal = options?.signal;
  if (options?.purge !== true) {
    const whole = await readIfThere(api, zone, signal);
    if (whole === null) return;
    const { rrsets, otherRows } = whole.snapshot;
    const others = rrsets.filter(set => !isApexSet(zone, set));
    if (others.length + otherRows.length > 0) {
      throw api.http.fault(
        'ZC_PROVIDER_CONFLICT',
        `the zone ${zone.apex} holds ${others.length + otherRows.length} more than SOA and NS (${others[0]?.owner ?? ''} ${others[0]?.type ?? ''})`,
        'Remove its records first, or ask for them to be removed with it.',
      );
    }
  }
  try {
    await api.repeat('DELETE', pathOfZone(zone.id), null, signal);
  } catch (error) {
    if (!(error instanceof PowerdnsFault) || error.status !== 404) throw error;
  }
}
