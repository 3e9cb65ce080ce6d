import type { Message } from '../dns/message.ts';
import { type Name, relativeTo, rootName } from '../dns/name.ts';
import { printRRset } from '../dns/zonefile.ts';
import type { RootHints } from '../resolver/hints.ts';
import { type AddressMap, printAddressMap, throughAddressMap } from '../world/address-map.ts';
import { nodeTransport, nodeWorld } from '../world/node.ts';
import type { Endpoint } from '../world/world.ts';
import { createFaults, type Faults } from './faults.ts';
import { type Hosts, startHosts } from './hosts.ts';
import { recursiveIsp } from './isp.ts';
import { createNameServers, type NameServerFleet } from './name-servers.ts';
import { allServers, publicZones, signedApexes } from './public-zones.ts';
import { createZoneSigner, type ZoneSigner } from './signing.ts';
import { type OpenServices, openServices, type Service } from './sockets.ts';
import { type InternetTimes, realTimes } from './times.ts';
import { ispAddress, rootServers } from './topology.ts';

/** How an internet in a box differs from a plain one. */
export interface InternetOptions {
  /** UDP and TCP port of every name server; 53 when that is permitted, else another, unless given. 0 takes any. */
  readonly port?: number;
  /** All on 127.0.0.1, each on a port of its own; only where nothing else is possible unless given. */
  readonly singleAddress?: boolean;
  /** `realTimes` unless given. */
  readonly times?: InternetTimes;
  /** Whether root, top-level domains, example.com and example.org are signed; false unless given. */
  readonly signed?: boolean;
  /** How many requests the hosts' APIs take: as the real ones, unless `none` lifts the limits. */
  readonly rates?: 'service' | 'none';
  /** Is told of every query before it is answered; `server` is null for the ISP's resolver. */
  readonly onQuery?: (server: Name | null, query: Message) => void;
}

/** A whole internet on the loopback net: name servers from the root down, DNS hosts with their APIs, an ISP's resolver. */
export interface Internet {
  readonly hints: RootHints;
  /** The hints in the form of named.root, for programs that read a file. */
  readonly hintsText: string;
  /** The DS records of the root in the form of a zone file; null when it is not signed. */
  readonly trustAnchorsText: string | null;
  /** The name servers in the form of /etc/hosts, for programs that look their names up there (`dig +trace`). */
  readonly hostsText: string;
  /** Of every name server in the World. */
  readonly port: number;
  /** The ISP's recursive name server, as programs of the machine reach it. */
  readonly resolver: Endpoint;
  /** Where the server of an address really listens; null when that is the address itself. For `throughAddressMap`. */
  readonly addressMap: AddressMap | null;
  /** The environment of a zonecut process that lives in this internet. */
  readonly environment: Readonly<Record<string, string>>;
  /** What the name servers serve, and how they fail. */
  readonly nameServers: NameServerFleet;
  /** How the hosts' APIs fail, and what they were asked. */
  readonly faults: Faults;
  readonly hosts: Hosts;
  /** Ends all of it; resolves when no handle is left. Safe to repeat. */
  close(): Promise<void>;
}

/** Starts an internet in a box. Rejects with ZC_PORT when its servers cannot listen. */
export async function startInternet(options: InternetOptions = {}): Promise<Internet> {
  const times = options.times ?? realTimes;
  const ispMap = new Map<string, Endpoint>();
  const transport = nodeTransport();
  const world = nodeWorld({ dns: throughAddressMap(transport, ispMap) });
  const fleet = createNameServers(
    world.clock,
    allServers.map(server => server.name),
    0,
  );
  const signer = createZoneSigner(world.clock, world.random, options.signed === true ? signedApexes : []);
  for (const { zone, servers } of publicZones(times, signer)) {
    fleet.publish(`public:${zone.apex}`, zone, servers);
  }
  const faults = createFaults();
  const resolution = { answer: (_query: Message): Promise<Message | null> | null => null };
  const closers: (() => Promise<void> | void)[] = [
    () => fleet.close(),
    () => transport.close(),
    () => world.close(),
  ];
  const close = closeOnce(closers);
  try {
    const isp: Service = {
      address: ispAddress,
      answer: query => {
        options.onQuery?.(null, query);
        return resolution.answer(query);
      },
    };
    const opened = await openServices(isp, servicesOf(fleet, options), {
      port: options.port ?? null,
      singleAddress: options.singleAddress ?? null,
    });
    closers.unshift(() => opened.close());
    for (const [address, endpoint] of opened.addressMap ?? []) {
      ispMap.set(address, endpoint);
    }
    resolution.answer = recursiveIsp(world, { hints: rootHints, port: opened.port });
    const hosts = await startHosts({
      clock: world.clock,
      random: world.random,
      nameServers: fleet,
      fleet,
      signer,
      faults,
      times,
      rates: options.rates ?? 'service',
    });
    closers.unshift(() => hosts.close());
    await fleet.settled();
    fleet.setVisibilityDelay(times.visibilityDelayMs);
    return describe(opened, { fleet, faults, hosts, signer, close });
  } catch (error) {
    await close();
    throw error;
  }
}

const rootHints: RootHints = {
  servers: rootServers.map(({ name, address }) => ({ name, addresses: [address] })),
};

function servicesOf(fleet: NameServerFleet, options: InternetOptions): readonly Service[] {
  return allServers.map(({ name, address }) => ({
    address,
    answer: query => {
      options.onQuery?.(name, query);
      return fleet.answer(name, query);
    },
  }));
}

interface Parts {
  readonly fleet: NameServerFleet;
  readonly faults: Faults;
  readonly hosts: Hosts;
  readonly signer: ZoneSigner;
  readonly close: () => Promise<void>;
}

function describe(opened: OpenServices, { fleet, faults, hosts, signer, close }: Parts): Internet {
  const resolver = opened.addressMap?.get(ispAddress) ?? { address: ispAddress, port: opened.port };
  const environment = {
    ...hosts.environment,
    ZONECUT_DNS_PORT: String(opened.port),
    ZONECUT_RESOLVERS: `${resolver.address}:${resolver.port}`,
    ZONECUT_OFFLINE: '1',
    // Whoever writes the trust anchors of a signed internet into a file names it here.
    ZONECUT_TRUST_ANCHORS: 'none',
    ...(opened.addressMap === null ? {} : { ZONECUT_ADDRESS_MAP: printAddressMap(opened.addressMap) }),
  };
  const anchors = signer.dsOf(rootName, 86_400).map(ds => printRRset(ds));
  return {
    hints: rootHints,
    hintsText: hintsText(),
    trustAnchorsText: anchors.length === 0 ? null : anchors.join(''),
    hostsText: hostsText(),
    port: opened.port,
    resolver,
    addressMap: opened.addressMap,
    environment,
    nameServers: fleet,
    faults,
    hosts,
    close,
  };
}

function hintsText(): string {
  const lines = rootServers.flatMap(({ name, address }) => [
    `.\t3600000\tNS\t${name}`,
    `${name}\t3600000\tA\t${address}`,
  ]);
  return `${lines.join('\n')}\n`;
}

function hostsText(): string {
  return allServers.map(({ name, address }) => `${address}\t${relativeTo(name, rootName)}\n`).join('');
}

function closeOnce(closers: readonly (() => Promise<void> | void)[]): () => Promise<void> {
  let closing: Promise<unknown> | null = null;
  return async () => {
    closing ??= Promise.all(closers.map(close => close()));
    await closing;
  };
}
