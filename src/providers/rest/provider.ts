import type { Name } from '../../dns/name.ts';
import { invariant } from '../../error.ts';
import { standingOf } from '../change-set.ts';
import type { CallOptions, CreateZoneOptions, HostedZone, Provider, ZoneSigning } from '../provider.ts';
import { createQueue } from '../queue.ts';
import { changeRecords, readRestZone, writeAll } from './changes.ts';
import { RestFault } from './client.ts';
import type { RestHost } from './host.ts';
import { markedIn, markerOf, markOf } from './marks.ts';
import type { RestZone } from './rows.ts';

/** Tries of a creation whose answers were lost. */
export const maxCreateTries = 4;

/** A Provider of a host with an HTTP API of records: what all of them have in common. */
export function openRest(host: RestHost): Provider {
  const queue = createQueue();
  const inTurn = <T>(apex: Name, task: () => Promise<T>): Promise<T> => queue.run(apex, () => coded(task));
  const { readSigning, signZone, unsignZone } = host;
  return {
    id: host.id,
    label: host.label,
    capabilities: host.capabilities,
    whoAmI: options => coded(() => host.whoAmI(options?.signal)),
    rights: (zone, options) => coded(() => host.rights(zone, options?.signal, options?.owner ?? null)),
    listZones: options => listZones(host, options),
    findZones: (apex, options) =>
      coded(async () => {
        if (host.findAll !== undefined) return await host.findAll(apex, options?.signal);
        const zone = await host.find(apex, options?.signal);
        return zone === null ? [] : [zone];
      }),
    createZone: (apex, options) => inTurn(apex, () => createZone(host, apex, options)),
    deleteZone: (zone, options) => inTurn(zone.apex, () => deleteZone(host, zone, options)),
    readZone: (zone, options) =>
      coded(async () => (await readRestZone(host, zone, options?.signal)).snapshot),
    changeZone: (zone, changes, options) =>
      inTurn(zone.apex, () => changeRecords(host, zone, changes, options?.signal)),
    ...(readSigning === undefined
      ? {}
      : {
          readSigning: (zone: HostedZone, options?: CallOptions): Promise<ZoneSigning> =>
            coded(() => readSigning(zone, options?.signal)),
        }),
    ...(signZone === undefined
      ? {}
      : {
          signZone: (zone: HostedZone, options?: CallOptions): Promise<ZoneSigning> =>
            inTurn(zone.apex, () => signZone(zone, options?.signal)),
        }),
    ...(unsignZone === undefined
      ? {}
      : {
          unsignZone: (zone: HostedZone, options?: CallOptions): Promise<void> =>
            inTurn(zone.apex, () => unsignZone(zone, options?.signal)),
        }),
  };
}

/** Lets a refusal leave the driver as the error that belongs to it. */
async function coded<T>(task: () => Promise<T>): Promise<T> {
  try {
    return await task();
  } catch (error) {
    throw error instanceof RestFault ? error.error : error;
  }
}

async function* listZones(host: RestHost, options: CallOptions | undefined): AsyncIterable<HostedZone> {
  try {
    yield* host.zones(options?.signal);
  } catch (error) {
    throw error instanceof RestFault ? error.error : error;
  }
}

/** What `task` gives, or null where the host says that it is not there. */
export async function ifThere<T>(task: () => Promise<T>): Promise<T | null> {
  try {
    return await task();
  } catch (error) {
    if (error instanceof RestFault && error.error.code === 'ZC_ZONE_NOT_FOUND') return null;
    throw error;
  }
}

async function createZone(host: RestHost, apex: Name, options: CreateZoneOptions): Promise<HostedZone> {
  const { signal, seed = [] } = options;
  const { create } = host;
  if (create === null) {
    throw host.client.http.fault(
      'ZC_PROVIDER_REFUSED',
      `${apex} is not created: the host creates no such zones by its API`,
      host.capabilities.zoneByHand[0] ?? 'Make the zone in the console of the host.',
    );
  }
  invariant(seed.length === 0 || host.capabilities.seedsAtomically, `${host.id} takes no seed`);
  const wanted = { ...options, seed };
  for (let count = 1; count <= maxCreateTries; count += 1) {
    const zone = await host.find(apex, signal);
    const { reference } = options;
    if (zone === null) await create({ apex, reference, mark: markOf(reference), seed }, signal);
    const made = zone ?? (await host.find(apex, signal));
    if (made !== null && (await isMarked(host, made, options))) return await ownZone(host, made, wanted);
    await host.client.http.backOff(count, signal);
  }
  throw host.client.http.fault(
    'ZC_PROVIDER_UNAVAILABLE',
    `${maxCreateTries} tries to create ${apex} came to nothing`,
    'Repeat the command; it goes on from there.',
  );
}

/** Whether the zone has a mark, or the host has another way to tell; one that was just made is given its mark here. */
async function isMarked(host: RestHost, zone: HostedZone, options: CreateZoneOptions): Promise<boolean> {
  if (host.markTtl === undefined) return true;
  const now = await readRestZone(host, zone, options.signal);
  if (markedIn(zone.apex, now.rows) !== null || othersIn(zone, now).length > 0) return true;
  const to = markerOf(zone.apex, markOf(options.reference), host.markTtl);
  const change = { owner: to.owner, type: to.type, from: null, to };
  return (await writeAll(host, host.writesOf(zone, [change], now), options.signal)).kind === 'done';
}

/** Throws ZC_PROVIDER_CONFLICT unless the zone was made with this reference, and holds its seed. */
async function ownZone(
  host: RestHost,
  zone: HostedZone,
  { reference, seed = [], signal }: CreateZoneOptions,
): Promise<HostedZone> {
  const now = await readRestZone(host, zone, signal);
  const mark = host.markIn === undefined ? markedIn(zone.apex, now.rows) : host.markIn(zone, now);
  if (zone.reference !== reference && mark !== markOf(reference)) {
    throw host.client.http.fault(
      'ZC_PROVIDER_CONFLICT',
      `the zone ${zone.apex} exists already, and this plan did not make it`,
      'Delete it, or adopt it as the child.',
    );
  }
  const changes = seed.map(to => ({ owner: to.owner, type: to.type, from: null, to }));
  if (standingOf(changes, now.snapshot.rrsets).kind !== 'done') {
    throw host.client.http.fault(
      'ZC_PROVIDER_CONFLICT',
      `the zone ${zone.apex} does not hold what it was made with`,
      'Look at the zone, then make the plan again.',
    );
  }
  return zone;
}

async function deleteZone(
  host: RestHost,
  zone: HostedZone,
  options: (CallOptions & { readonly purge?: boolean }) | undefined,
): Promise<void> {
  const signal = options?.signal;
  if (host.create === null) {
    throw host.client.http.fault(
      'ZC_PROVIDER_REFUSED',
      `${zone.apex} is not deleted: the host creates and deletes no zones by its API`,
    );
  }
  if (options?.purge !== true) {
    const now = await ifThere(() => readRestZone(host, zone, signal));
    if (now === null) return;
    const others = othersIn(zone, now);
    if (others.length > 0) {
      throw host.client.http.fault(
        'ZC_PROVIDER_CONFLICT',
        `the zone ${zone.apex} holds ${others.length} more than SOA and NS (${others[0]})`,
        'Remove its records first, or ask for them to be removed with it.',
      );
    }
  }
  const what = options?.purge === true ? 'with its records' : 'empty';
  await ifThere(() => host.remove(zone, signal, what));
}

/** One line for all that a zone holds besides SOA and NS of its apex. */
function othersIn(zone: HostedZone, { snapshot }: RestZone): readonly string[] {
  const sets = snapshot.rrsets.filter(
    ({ owner, type }) => !(owner === zone.apex && (type === 'SOA' || type === 'NS')),
  );
  return [...sets.map(set => `${set.owner} ${set.type}`), ...snapshot.otherRows.map(row => row.text)];
}
