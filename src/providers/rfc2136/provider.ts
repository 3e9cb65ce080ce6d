import type { Name } from '../../dns/name.ts';
import { parseName, rootName } from '../../dns/name.ts';
import { groupRecords, isType } from '../../dns/rrset.ts';
import type { World } from '../../world/world.ts';
import type { Settings } from '../driver.ts';
import type { CallOptions, HostedZone, Provider, Rights, RightsOptions } from '../provider.ts';
import { createQueue } from '../queue.ts';
import { rfc2136Capabilities } from './capabilities.ts';
import { changeRecords, mayWriteRecords } from './changes.ts';
import { isAuthority, readRecords, readZoneSigning, unsignedFault } from './records.ts';
import type { PrimaryServer } from './server.ts';
import { createPrimaryServer } from './server.ts';
import { readSettings } from './settings.ts';

/** Opens a primary name server. Throws ZC_CREDENTIALS when its address or key is missing. */
export async function openRfc2136(world: World, settings: Settings): Promise<Provider> {
  const server = createPrimaryServer(world, await readSettings(settings));
  const { key, source } = server.settings;
  const { address, port } = server.settings.server;
  const queue = createQueue();
  return {
    id: 'rfc2136',
    label: `name server ${address.includes(':') ? `[${address}]` : address}:${port} (key ${key.name.slice(0, -1)})`,
    capabilities: rfc2136Capabilities,
    whoAmI: async options => {
      await proveKey(server, options);
      return { account: key.name.slice(0, -1), source };
    },
    rights: (zone, options) => rights(server, world, zone, options),
    listZones: options => listZones(server, options),
    findZones: (apex, options) => findZones(server, apex, options),
    createZone: async apex => {
      throw server.caller.fault(
        'ZC_PROVIDER_REFUSED',
        `${apex} cannot be created: UPDATE changes zones that are there, and makes none (RFC 2136 section 3.1)`,
        handOf(apex),
      );
    },
    deleteZone: async zone => {
      throw server.caller.fault(
        'ZC_PROVIDER_REFUSED',
        `the zone ${zone.apex} cannot be deleted by UPDATE`,
        `Delete it by hand: \`rndc delzone ${zone.id}\` with BIND, \`knotc conf-unset zone[${zone.id}]\` with Knot.`,
      );
    },
    readZone: (zone, options) => readRecords(server, zone, options?.signal),
    changeZone: (zone, changes, options) =>
      queue.run(zone.apex, () => changeRecords(server, zone, changes, options?.signal)),
    readSigning: (zone, options) => readZoneSigning(server, zone, options?.signal),
  };
}

/** What to type so that an empty zone `apex` is there. */
function handOf(apex: Name): string {
  const lines = rfc2136Capabilities.zoneByHand.map(line => line.replaceAll('ZONE', apex.slice(0, -1)));
  return `Create it by hand, empty but for SOA and NS, and repeat the command.\n${lines.join('\n')}`;
}

async function rights(
  server: PrimaryServer,
  world: World,
  zone: HostedZone | null,
  options: RightsOptions | undefined,
): Promise<Rights> {
  if (zone === null) {
    await proveKey(server, options);
    return { readZones: 'unknown', createZones: 'no', writeRecords: 'unknown' };
  }
  const read = await server.transfer(zone.apex, options?.signal);
  const readZones = 'refused' in read ? 'no' : 'yes';
  const owner = options?.owner ?? null;
  const probe = parseName(`_zonecut-probe-${world.random.below(2 ** 32)}.${zone.apex}`);
  const writes = await mayWriteRecords(server, zone, owner ?? probe, options?.signal);
  // A key that may not write at some name can have the right to write at another.
  return {
    readZones,
    createZones: 'no',
    writeRecords: owner === null && writes === 'no' ? 'unknown' : writes,
  };
}

async function* listZones(
  server: PrimaryServer,
  options: CallOptions | undefined,
): AsyncIterable<HostedZone> {
  for (const apex of server.settings.zones) yield* await findZones(server, apex, options);
}

/** A zone is there when the server is its authority. Throws ZC_CREDENTIALS when it is, for everybody but this key. */
async function findZones(
  server: PrimaryServer,
  apex: Name,
  options: CallOptions | undefined,
): Promise<readonly HostedZone[]> {
  const signal = options?.signal;
  const soa = await server.ask(apex, 'SOA', signal);
  if (soa.signedBy === 'nobody') {
    const fault = await unsignedFault(server, apex, soa.rcode, signal);
    if (fault.code === 'ZC_CREDENTIALS') throw fault;
    return [];
  }
  if (!isAuthority(soa, apex)) return [];
  const answer = await server.ask(apex, 'NS', signal);
  const ns = groupRecords(answer.message.answer).find(set => set.owner === apex && isType(set, 'NS'));
  const nameServers = ns !== undefined && isType(ns, 'NS') ? ns.data : [];
  return [{ provider: 'rfc2136', id: apex.slice(0, -1), apex, nameServers, reference: null }];
}

/** Asks something that any good key gets a signed answer to; without a zone to ask for, a server may refuse unsigned. */
async function proveKey(server: PrimaryServer, options: CallOptions | undefined): Promise<void> {
  const [apex] = server.settings.zones;
  if (apex === undefined) await server.ask(rootName, 'SOA', options?.signal);
  else await findZones(server, apex, options);
}
