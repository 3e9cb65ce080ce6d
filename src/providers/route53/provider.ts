import type { HostedZone as SdkZone } from '@aws-sdk/client-route-53';
import {
  CreateHostedZoneCommand,
  DeleteHostedZoneCommand,
  GetHostedZoneCommand,
  ListHostedZonesByNameCommand,
  ListHostedZonesCommand,
} from '@aws-sdk/client-route-53';
import type { Name } from '../../dns/name.ts';
import { compareNames, parseName } from '../../dns/name.ts';

import type { World } from '../../world/world.ts';
import type { Settings } from '../driver.ts';
import type { CallOptions, CreateZoneOptions, HostedZone, Identity, Provider, Right } from '../provider.ts';
import { createQueue } from '../queue.ts';
import { route53Capabilities } from './capabilities.ts';
import { Route53Fault, rightOf } from './errors.ts';
import { protect, readProtections, unprotect } from './protections.ts';
import { changeRecords, mayWriteRecords, purgeRecords, readRecords } from './records.ts';
import type { Route53Api } from './sdk.ts';
import { maxPages, openSdk, run, tooManyPages } from './sdk.ts';
import { deleteIdleKeys, readSigning, signZone, unsignZone } from './signing.ts';
import { nameFromRoute53, nameToRoute53 } from './text.ts';

/** Times that a zone which Route 53 says exists is looked for before we give up: its lists may lag behind its writes. */
const listTries = 5;

/** Opens a Route 53 account. Throws ZC_CREDENTIALS when half of a key pair is given. */
export async function openRoute53(world: World, settings: Settings): Promise<Provider> {
  const api = openSdk(world, settings);
  const identity = await identityOf(api, null);
  const queue = createQueue();
  return {
    id: 'route53',
    label: `Route 53 (${identity})`,
    capabilities: { ...route53Capabilities, signs: api.kmsKey !== null },
    whoAmI: options => coded(() => whoAmI(api, options)),
    rights: (zone, options) =>
      coded(async () => ({
        readZones: await rightOf(() => listFirst(api, options?.signal), []),
        createZones: await mayCreateZones(api, world, options),
        writeRecords: zone === null ? 'unknown' : await mayWriteRecords(api, world, zone, options),
      })),
    listZones: options => listZones(api, options),
    findZones: (apex, options) => coded(() => findZones(api, apex, options)),
    createZone: (apex, options) => coded(() => createZone(api, apex, options)),
    deleteZone: (zone, options) => queue.run(zone.id, () => coded(() => deleteZone(api, zone, options))),
    readZone: (zone, options) => coded(async () => (await readRecords(api, zone, options?.signal)).snapshot),
    changeZone: (zone, changes, options) =>
      queue.run(zone.id, () => coded(() => changeRecords(api, zone, changes, options?.signal))),
    readSigning: (zone, options) => coded(() => readSigning(api, zone, options?.signal)),
    unsignZone: (zone, options) =>
      queue.run(zone.id, () => coded(() => unsignZone(api, zone, options?.signal))),
    // Route 53 signs with a key of the user's; without one there is nothing to sign with.
    ...(api.kmsKey === null
      ? {}
      : {
          signZone: (zone: HostedZone, options?: CallOptions) =>
            queue.run(zone.id, () => coded(() => signZone(api, zone, options?.signal))),
        }),
    protect: (zone, rrsets, options) =>
      queue.run(zone.id, () => coded(() => protect(api, zone, rrsets, options?.signal))),
    unprotect: (zone, rrsets, options) =>
      queue.run(zone.id, () => coded(() => unprotect(api, zone, rrsets, options?.signal))),
    protections: (zone, options) => coded(() => readProtections(api, zone, options?.signal)),
    close: async () => api.client.destroy(),
  };
}

/** Lets a code of the service leave the driver as the error that belongs to it. */
async function coded<T>(task: () => Promise<T>): Promise<T> {
  try {
    return await task();
  } catch (error) {
    throw error instanceof Route53Fault ? error.error : error;
  }
}

/** The access key ID, shortened; asks the credential chain only when `api` must be used anyway. */
async function identityOf(api: Route53Api, account: string | null): Promise<string> {
  if (account === null && !api.source.startsWith('environment')) return api.source;
  const { accessKeyId, accountId } = await api.client.config.credentials();
  const short = accessKeyId.length > 8 ? `${accessKeyId.slice(0, 4)}…${accessKeyId.slice(-4)}` : accessKeyId;
  return accountId === undefined ? short : `${short}, account ${accountId}`;
}

async function whoAmI(api: Route53Api, options: CallOptions | undefined): Promise<Identity> {
  await listFirst(api, options?.signal);
  return { account: await identityOf(api, 'known'), source: api.source };
}

function listFirst(api: Route53Api, signal: AbortSignal | undefined): Promise<true> {
  return run(
    api,
    'ListHostedZones',
    signal,
    sending => api.client.send(new ListHostedZonesCommand({ MaxItems: 1 }), sending),
    output => (output.HostedZones === undefined ? null : true),
  );
}

/** Asks for a zone whose name has an empty label: that can only be refused, and the rights are looked at first. */
function mayCreateZones(api: Route53Api, world: World, options: CallOptions | undefined): Promise<Right> {
  const reference = `zonecut-probe-${Buffer.from(world.random.bytes(12)).toString('hex')}`;
  return rightOf(
    () =>
      run(
        api,
        'CreateHostedZone',
        options?.signal,
        sending =>
          api.client.send(
            new CreateHostedZoneCommand({ Name: 'zonecut-probe..invalid', CallerReference: reference }),
            sending,
          ),
        () => true,
      ),
    ['InvalidDomainName'],
  );
}

async function* listZones(api: Route53Api, options: CallOptions | undefined): AsyncIterable<HostedZone> {
  let marker: string | undefined;
  for (let count = 1; count <= maxPages; count += 1) {
    const input = marker === undefined ? {} : { Marker: marker };
    const page = await coded(() =>
      run(
        api,
        'ListHostedZones',
        options?.signal,
        sending => api.client.send(new ListHostedZonesCommand(input), sending),
        output => {
          const { HostedZones: zones, IsTruncated: more, NextMarker: next } = output;
          return zones === undefined || more === undefined || (more && next === undefined)
            ? null
            : { zones, next: more ? next : undefined };
        },
      ),
    );
    for (const zone of page.zones) if (isPublic(zone)) yield withoutServers(zone);
    marker = page.next;
    if (marker === undefined) return;
  }
  throw tooManyPages(api, 'ListHostedZones');
}

async function findZones(
  api: Route53Api,
  apex: Name,
  options: CallOptions | undefined,
): Promise<readonly HostedZone[]> {
  const found: HostedZone[] = [];
  for (const zone of await zonesNamed(api, apex, options?.signal)) {
    const whole = await getZone(api, zone.id, options?.signal);
    if (whole !== null) found.push(whole);
  }
  return found;
}

/** The public zones of that name. The list of Route 53 begins there and goes on to the end of the account. */
async function zonesNamed(
  api: Route53Api,
  apex: Name,
  signal: AbortSignal | undefined,
): Promise<readonly HostedZone[]> {
  const found: HostedZone[] = [];
  let start: { DNSName?: string; HostedZoneId?: string } = { DNSName: nameToRoute53(apex) };
  for (let count = 1; count <= maxPages; count += 1) {
    const page = await run(
      api,
      'ListHostedZonesByName',
      signal,
      sending => api.client.send(new ListHostedZonesByNameCommand(start), sending),
      output => {
        const { HostedZones: zones, IsTruncated: more, NextDNSName: name, NextHostedZoneId: id } = output;
        if (zones === undefined || more === undefined || (more && name === undefined)) return null;
        return {
          zones,
          next: more
            ? {
                ...(name === undefined ? {} : { DNSName: name }),
                ...(id === undefined ? {} : { HostedZoneId: id }),
              }
            : null,
        };
      },
    );
    const named = page.zones.filter(zone => nameFromRoute53(zone.Name ?? '') === apex);
    found.push(...named.filter(isPublic).map(withoutServers));
    if (page.next === null || named.length < page.zones.length) return found;
    start = page.next;
  }
  throw tooManyPages(api, 'ListHostedZonesByName');
}

/** The zone with its name servers; null when there is none of that identifier. */
async function getZone(
  api: Route53Api,
  id: string,
  signal: AbortSignal | undefined,
): Promise<HostedZone | null> {
  try {
    return await run(
      api,
      'GetHostedZone',
      signal,
      sending => api.client.send(new GetHostedZoneCommand({ Id: id }), sending),
      output =>
        output.HostedZone === undefined || output.DelegationSet?.NameServers === undefined
          ? null
          : withServers(output.HostedZone, output.DelegationSet.NameServers),
    );
  } catch (error) {
    if (error instanceof Route53Fault && error.code === 'NoSuchHostedZone') return null;
    throw error;
  }
}

async function createZone(api: Route53Api, apex: Name, options: CreateZoneOptions): Promise<HostedZone> {
  const earlier = await createdAs(api, apex, options);
  if (earlier !== null) return earlier;
  try {
    return await run(
      api,
      'CreateHostedZone',
      options.signal,
      sending =>
        api.client.send(
          new CreateHostedZoneCommand({
            Name: nameToRoute53(apex),
            CallerReference: options.reference,
            HostedZoneConfig: { Comment: 'made by zonecut' },
          }),
          sending,
        ),
      output =>
        output.HostedZone === undefined || output.DelegationSet?.NameServers === undefined
          ? null
          : withServers(output.HostedZone, output.DelegationSet.NameServers),
    );
  } catch (error) {
    if (!(error instanceof Route53Fault) || error.code !== 'HostedZoneAlreadyExists') throw error;
  }
  // The reference was used: by an earlier try whose answer was lost, which the lists may not show yet.
  for (let count = 1; count <= listTries; count += 1) {
    const zone = await createdAs(api, apex, options);
    if (zone !== null) return zone;
    await api.http.backOff(count, options.signal);
  }
  throw api.http.fault(
    'ZC_PROVIDER_CONFLICT',
    `the reference ${options.reference} was used for another zone than ${apex}, or for one that was deleted`,
    'Make the plan again; it gets another reference.',
  );
}

async function createdAs(
  api: Route53Api,
  apex: Name,
  options: CreateZoneOptions,
): Promise<HostedZone | null> {
  const zones = await zonesNamed(api, apex, options.signal);
  const mine = zones.find(zone => zone.reference === options.reference);
  return mine === undefined ? null : await getZone(api, mine.id, options.signal);
}

async function deleteZone(
  api: Route53Api,
  zone: HostedZone,
  options: (CallOptions & { readonly purge?: boolean }) | undefined,
): Promise<void> {
  const remove = (): Promise<true> =>
    run(
      api,
      'DeleteHostedZone',
      options?.signal,
      sending => api.client.send(new DeleteHostedZoneCommand({ Id: zone.id }), sending),
      () => true,
    );
  try {
    try {
      await remove();
    } catch (error) {
      if (!(error instanceof Route53Fault) || error.code !== 'HostedZoneNotEmpty' || options?.purge !== true)
        throw error;
      await deleteIdleKeys(api, zone, options.signal);
      await purgeRecords(api, zone, options.signal);
      await remove();
    }
  } catch (error) {
    if (error instanceof Route53Fault && error.code === 'NoSuchHostedZone') return;
    throw error;
  }
}

const isPublic = (zone: SdkZone): boolean => zone.Config?.PrivateZone !== true;

function withoutServers(zone: SdkZone): HostedZone {
  return withServers(zone, []);
}

function withServers(zone: SdkZone, servers: readonly string[]): HostedZone {
  return {
    provider: 'route53',
    id: (zone.Id ?? '').replace(/^\/hostedzone\//, ''),
    apex: nameFromRoute53(zone.Name ?? ''),
    nameServers: servers.map(server => parseName(server)).sort(compareNames),
    reference: zone.CallerReference ?? null,
  };
}
