import { createHash } from 'node:crypto';
import type { Name } from '../../dns/name.ts';
import { labelsOf } from '../../dns/name.ts';
import { soaOf } from '../../dns/rdata.ts';
import type { RRset } from '../../dns/rrset.ts';
import type { World } from '../../world/world.ts';
import { checkChanges, keyOf, sameOrAbsent } from '../change-set.ts';
import type { Settings } from '../driver.ts';
import type {
  CallOptions,
  CreateZoneOptions,
  HostedZone,
  Identity,
  Provider,
  RRsetChange,
} from '../provider.ts';
import { createQueue } from '../queue.ts';
import { dynCapabilities } from './capabilities.ts';
import { changeRecords, discard, mayWriteRecords, publish, type Sleep, serialOf, stage } from './changes.ts';
import { DynFault } from './envelope.ts';
import { readRecords, readServers } from './records.ts';
import type { DynSession } from './session.ts';
import { openSession } from './session.ts';
import { nameFromDyn, pathOf } from './text.ts';

/** Tries of a creation whose answers were lost. */
const maxCreateTries = 4;

/** Seconds; the TTL that a new zone gives to records that name none. */
const zoneTtlSeconds = 3600;

/** Opens a Dyn account. Throws ZC_CREDENTIALS when a part of the credentials is missing. */
export async function openDyn(world: World, settings: Settings): Promise<Provider> {
  const session = openSession(world, settings);
  const queue = createQueue();
  const sleep: Sleep = (ms, signal) => world.clock.sleep(ms, signal);
  return {
    id: 'dyn',
    label: `Dyn (${session.user})`,
    capabilities: dynCapabilities,
    whoAmI: options => coded(() => whoAmI(session, options)),
    rights: (zone, options) =>
      coded(async () => {
        await session.read('/Zone/', options?.signal);
        if (zone === null) return { readZones: 'yes', createZones: 'unknown', writeRecords: 'unknown' };
        const writeRecords = await queue.run(zone.apex, () =>
          mayWriteRecords(session, zone, options?.signal),
        );
        return { readZones: 'yes', createZones: 'unknown', writeRecords };
      }),
    listZones: options => listZones(session, options),
    findZones: (apex, options) => coded(() => findZones(session, apex, options)),
    createZone: (apex, options) =>
      queue.run(apex, () => coded(() => createZone(session, sleep, apex, options))),
    deleteZone: (zone, options) =>
      queue.run(zone.apex, () => coded(() => deleteZone(session, zone, options))),
    readZone: (zone, options) =>
      coded(async () => (await readRecords(session, zone, options?.signal)).snapshot),
    changeZone: (zone, changes, options) =>
      queue.run(zone.apex, () => coded(() => changeRecords(session, sleep, zone, changes, options?.signal))),
    close: () => session.close(),
  };
}

/** Lets a code of the API leave the driver as the error that belongs to it. */
async function coded<T>(task: () => Promise<T>): Promise<T> {
  try {
    return await task();
  } catch (error) {
    throw error instanceof DynFault ? error.error : error;
  }
}

async function whoAmI(session: DynSession, options: CallOptions | undefined): Promise<Identity> {
  await session.read('/Session/', options?.signal);
  return { account: session.user, source: 'environment (DYN_PASSWORD)' };
}

async function* listZones(session: DynSession, options: CallOptions | undefined): AsyncIterable<HostedZone> {
  const data = await coded(() => session.read('/Zone/', options?.signal));
  if (!Array.isArray(data))
    throw session.http.fault('ZC_PROVIDER_RESPONSE', 'GET /Zone/: the answer is no list');
  for (const item of data) {
    const text = typeof item === 'string' ? /\/Zone\/([^/]+)\/?$/.exec(item)?.[1] : undefined;
    const apex = text === undefined ? null : nameFromDyn(decodeURIComponent(text));
    if (apex === null)
      throw session.http.fault('ZC_PROVIDER_RESPONSE', `GET /Zone/: ${JSON.stringify(item)} is no zone`);
    yield zoneOf(apex, []);
  }
}

async function findZones(
  session: DynSession,
  apex: Name,
  options: CallOptions | undefined,
): Promise<readonly HostedZone[]> {
  if (!(await exists(session, apex, options?.signal))) return [];
  return [zoneOf(apex, await readServers(session, apex, options?.signal))];
}

async function exists(session: DynSession, apex: Name, signal: AbortSignal | undefined): Promise<boolean> {
  try {
    await session.read(`/Zone/${pathOf(apex)}/`, signal);
    return true;
  } catch (error) {
    if (error instanceof DynFault && error.code === 'NOT_FOUND') return false;
    throw error;
  }
}

/**
 * Creates, seeds and publishes a zone. Dyn keeps no reference, so it stands in the mailbox of the SOA, where a later call
 * finds it.
 */
async function createZone(
  session: DynSession,
  sleep: Sleep,
  apex: Name,
  options: CreateZoneOptions,
): Promise<HostedZone> {
  const zone = zoneOf(apex, []);
  const seed = options.seed ?? [];
  checkChanges(
    zone,
    seed.map(to => ({ owner: to.owner, type: to.type, from: null, to })),
  );
  for (let count = 1; count <= maxCreateTries; count += 1) {
    const ready = await createOnce(session, sleep, zone, options, seed);
    if (ready) {
      const servers = await readServers(session, apex, options.signal);
      if (servers.length > 0) return zoneOf(apex, servers);
    }
    await session.http.backOff(count, options.signal);
  }
  throw session.http.fault(
    'ZC_PROVIDER_UNAVAILABLE',
    `${maxCreateTries} tries to create ${apex} came to nothing`,
    'Repeat the command; it goes on from there.',
  );
}

/** One try. False when an answer was lost, and the next try must look what became of it. */
async function createOnce(
  session: DynSession,
  sleep: Sleep,
  zone: HostedZone,
  options: CreateZoneOptions,
  seed: readonly RRset[],
): Promise<boolean> {
  const { signal } = options;
  try {
    const fresh = !(await exists(session, zone.apex, signal));
    if (fresh) {
      const body = {
        rname: `${markOf(options.reference)}@${zone.apex.slice(0, -1)}`,
        ttl: String(zoneTtlSeconds),
        serial_style: 'increment',
      };
      if (!(await make(session, zone, body, signal))) return false;
    }
    const { snapshot } = await readRecords(session, zone, signal);
    if (!fresh) checkOwn(session, zone, options.reference, snapshot.rrsets);
    const open = fresh ? seed.map(newSet) : openSeed(session, seed, snapshot.rrsets);
    if (!fresh && open.length === 0 && (await serialOf(session, zone, signal)) > 0) return true;
    for (const change of open)
      if (!(await stage(session, zone, change, signal))) return await undone(session, zone, signal);
    const outcome = await publish(session, sleep, zone, signal);
    return outcome.kind === 'done' || (await undone(session, zone, signal));
  } catch (error) {
    if (error instanceof DynFault && (error.code === 'SESSION' || error.code === 'TARGET_EXISTS'))
      return false;
    throw error;
  }
}

/** Makes a zone that this account does not have. False when the answer was lost. */
async function make(
  session: DynSession,
  zone: HostedZone,
  body: object,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  try {
    const made = await session.write('POST', `/Zone/${pathOf(zone.apex)}/`, body, signal);
    return made.kind !== 'lost';
  } catch (error) {
    const isThere = error instanceof DynFault && error.code === 'TARGET_EXISTS';
    if (!isThere || (await exists(session, zone.apex, signal))) throw error;
    throw session.http.fault(
      'ZC_PROVIDER_CONFLICT',
      `another account has the zone ${zone.apex} (TARGET_EXISTS)`,
      'Use that account, or have the zone removed from it.',
    );
  }
}

async function undone(
  session: DynSession,
  zone: HostedZone,
  signal: AbortSignal | undefined,
): Promise<false> {
  await discard(session, zone, signal);
  return false;
}

/** Throws ZC_PROVIDER_CONFLICT unless the zone was made with this reference. */
function checkOwn(session: DynSession, zone: HostedZone, reference: string, rrsets: readonly RRset[]): void {
  const soa = rrsets.find(set => set.type === 'SOA' && set.owner === zone.apex)?.data[0];
  if (soa !== undefined && labelsOf(soaOf(soa).rname)[0] === markOf(reference)) return;
  throw session.http.fault(
    'ZC_PROVIDER_CONFLICT',
    `the zone ${zone.apex} exists already, and this plan did not make it`,
    'Delete it, or adopt it as the child.',
  );
}

/** The seed that is not there yet. Throws ZC_PROVIDER_CONFLICT when something else is. */
function openSeed(
  session: DynSession,
  seed: readonly RRset[],
  rrsets: readonly RRset[],
): readonly RRsetChange[] {
  const now = new Map(rrsets.map(set => [keyOf(set.owner, set.type), set]));
  return seed.flatMap(to => {
    const current = now.get(keyOf(to.owner, to.type)) ?? null;
    if (sameOrAbsent(current, to)) return [];
    if (current === null) return [newSet(to)];
    throw session.http.fault(
      'ZC_PROVIDER_CONFLICT',
      `${to.owner} ${to.type} is there with other data`,
      'Look at the zone, then make the plan again.',
    );
  });
}

const newSet = (to: RRset): RRsetChange => ({ owner: to.owner, type: to.type, from: null, to });

/** The label that stands for a reference: 64 bits of its hash, enough to tell the plans of one zone apart. */
function markOf(reference: string): string {
  return `zonecut-${createHash('sha256').update(reference).digest('hex').slice(0, 16)}`;
}

async function deleteZone(
  session: DynSession,
  zone: HostedZone,
  options: (CallOptions & { readonly purge?: boolean }) | undefined,
): Promise<void> {
  const signal = options?.signal;
  try {
    if (options?.purge !== true) {
      const { snapshot } = await readRecords(session, zone, signal);
      const others = snapshot.rrsets.filter(
        set => !(set.owner === zone.apex && (set.type === 'SOA' || set.type === 'NS')),
      );
      const count = others.length + snapshot.otherRows.length;
      if (count > 0) {
        throw session.http.fault(
          'ZC_PROVIDER_CONFLICT',
          `the zone ${zone.apex} holds ${count} more than SOA and NS (${others[0]?.owner ?? ''} ${others[0]?.type ?? ''})`,
          'Remove its records first, or ask for them to be removed with it.',
        );
      }
    }
    await session.repeat('DELETE', `/Zone/${pathOf(zone.apex)}/`, null, signal);
  } catch (error) {
    if (!(error instanceof DynFault) || error.code !== 'NOT_FOUND') throw error;
  }
}

function zoneOf(apex: Name, nameServers: readonly Name[]): HostedZone {
  return { provider: 'dyn', id: apex.slice(0, -1), apex, nameServers, reference: null };
}
