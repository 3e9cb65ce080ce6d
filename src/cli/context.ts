import { setMaxListeners } from 'node:events';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { isAddress, specialRange } from '../dns/address.ts';
import { isAlive } from '../engine/lock.ts';
import { stateFolder } from '../engine/state.ts';
import { messageOf, ZonecutError } from '../error.ts';
import { ianaRootHints, parseRootHints, type RootHints } from '../resolver/hints.ts';
import { createResolver, type Resolver } from '../resolver/resolver.ts';
import type { TrustAnchors } from '../resolver/trust-anchors.ts';
import type { Net } from '../survey/ask.ts';
import { parseAddressMap, throughAddressMap } from '../world/address-map.ts';
import type { Dialing } from '../world/dial.ts';
import { nodeTransport, nodeWorld } from '../world/node.ts';
import { refusingSpecialAddresses } from '../world/transports.ts';
import type { Endpoint, Transport, World } from '../world/world.ts';
import { type Config, noConfig, readConfig, withCredentials } from './config.ts';
import { dialingOf } from './dialing.ts';
import { type GlobalOptions, openTerminal, type Terminal } from './terminal.ts';
import { trustAnchorsIn } from './trust.ts';

/** All that a command needs. */
export interface Context {
  readonly options: GlobalOptions;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** What `zonecut.yaml` says. */
  readonly config: Config;
  readonly terminal: Terminal;
  readonly world: World;
  readonly net: Net;
  readonly hints: RootHints;
  /** What is validated from; none at all in a world whose root is not signed. */
  readonly trustAnchors: TrustAnchors;
  /** How queries leave this machine. */
  readonly dialing: Dialing;
  readonly stateFolder: string;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** What makes a printed command reach the same world, such as ` --sandbox`; empty in the real one. */
  readonly suffix: string;
  close(): Promise<void>;
}

/** What a sandbox that is up leaves in the state folder for other processes. */
export interface SandboxFile {
  readonly schema: 'zonecut/sandbox/v1';
  readonly pid: number;
  readonly environment: Readonly<Record<string, string>>;
  /** Where the faults and delays of the sandbox are switched. */
  readonly controlUrl: string;
}

/** The file that `zonecut sandbox up` writes and `--sandbox` reads. */
export function sandboxFile(folder: string): string {
  return path.join(folder, 'sandbox.json');
}

/** Opens everything for one command. `environment` is that of the process. */
export async function openContext(options: GlobalOptions, signal: AbortSignal): Promise<Context> {
  const folder = stateFolder(process.env);
  const config = await readConfig(process.env, process.cwd());
  const own = await withCredentials(process.env, config);
  const environment = options.sandbox === true ? { ...own, ...(await readSandbox(folder)).environment } : own;
  return await contextOf(options, environment, signal, folder, config);
}

/** As `openContext`, in the world that `environment` describes. */
export async function contextOf(
  options: GlobalOptions,
  environment: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
  folder: string = stateFolder(environment),
  config: Config = noConfig,
): Promise<Context> {
  // Every query under way listens, and Node would warn of a leak on the user's terminal after ten.
  setMaxListeners(0, signal);
  const [hints, trustAnchors] = await Promise.all([rootHints(environment), trustAnchorsIn(environment)]);
  const port = portOf(environment);
  const recursive = recursiveResolvers(options, environment);
  const dialing = dialingOf(options, environment);
  const transport = nodeTransport(dialing);
  const base = nodeWorld({ dns: transportIn(environment, transport, recursive), dialing });
  return {
    options,
    environment,
    config,
    terminal: openTerminal(options, process.env),
    world: base,
    hints,
    trustAnchors,
    dialing,
    net: netOf(base, { hints, port, recursive, trustAnchors }),
    stateFolder: folder,
    signal,
    suffix: options.sandbox === true ? ' --sandbox' : '',
    close: async () => {
      await Promise.all([transport.close(), base.close()]);
    },
  };
}

/** How the name servers of the Internet are reached, and how their data is validated where a trust anchor is known. */
function netOf(
  world: World,
  options: Pick<Net, 'port'> & Pick<Context, 'hints' | 'trustAnchors'> & { readonly recursive: Endpoints },
): Net {
  const { hints, port, recursive, trustAnchors } = options;
  const resolverWith = (anchors: TrustAnchors): Resolver =>
    createResolver(world, { hints, port, trustAnchors: anchors });
  return {
    resolver: createResolver(world, { hints, port }),
    port,
    get recursive() {
      return recursive();
    },
    ...(trustAnchors.anchors.size === 0 ? {} : { trust: { anchors: trustAnchors, resolverWith } }),
  };
}

/** Reads what the sandbox that is up says of itself. Throws ZC_USAGE when none is. */
export async function readSandbox(folder: string): Promise<SandboxFile> {
  const text = await readFile(sandboxFile(folder), 'utf8').catch(() => null);
  const sandbox = text === null ? null : (JSON.parse(text) as SandboxFile);
  if (sandbox === null || !isAlive(sandbox.pid)) {
    throw new ZonecutError('ZC_USAGE', 'no sandbox is up', {
      hint: 'Start one in another terminal: zonecut sandbox up',
    });
  }
  return sandbox;
}

/** Whether the world of `environment` is offline: all of its servers are on this machine or beside it. */
export function isOffline(environment: Readonly<Record<string, string | undefined>>): boolean {
  return environment['ZONECUT_OFFLINE'] === '1';
}

/**
 * `transport` as the world of `environment` lets it be used.
 *
 * Queries go to public addresses only, unless the world is offline; recursive resolvers are where the user says.
 */
export function transportIn(
  environment: Readonly<Record<string, string | undefined>>,
  transport: Transport,
  recursive: Endpoints = () => [],
): Transport {
  const keyOf = (server: Endpoint): string => `${server.address} ${server.port}`;
  const mapped = throughAddressMap(transport, parseAddressMap(environment['ZONECUT_ADDRESS_MAP'] ?? ''));
  if (isOffline(environment)) {
    return mapped;
  }
  const strict = refusingSpecialAddresses(mapped);
  const isAllowed = (server: Endpoint): boolean =>
    specialRange(server.address) !== null && recursive().some(one => keyOf(one) === keyOf(server));
  return {
    exchange: (query, server, options) =>
      (isAllowed(server) ? mapped : strict).exchange(query, server, options),
  };
}

async function rootHints(environment: Readonly<Record<string, string | undefined>>): Promise<RootHints> {
  const file = environment['ZONECUT_ROOT_HINTS'];
  if (file === undefined || file === '') {
    return ianaRootHints;
  }
  return parseRootHints(await readSetting(file, 'ZONECUT_ROOT_HINTS'));
}

async function readSetting(file: string, variable: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new ZonecutError(
      'ZC_USAGE',
      `${variable} names ${file}, which cannot be read: ${messageOf(cause)}`,
      { hint: `Name a file of the form of named.root, or unset ${variable}.`, cause },
    );
  }
}

function portOf(environment: Readonly<Record<string, string | undefined>>): number {
  const text = environment['ZONECUT_DNS_PORT'];
  return text === undefined || text === '' ? 53 : parsePort(text, 'ZONECUT_DNS_PORT');
}

/** A port as text; `what` names the setting in the error. Throws ZC_USAGE. */
export function parsePort(text: string, what: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port >= 1 && port <= 65535)) {
    throw new ZonecutError('ZC_USAGE', `${what} is "${text}", a port is a number from 1 to 65535`, {
      hint: 'Give a number, such as 53 or 5300.',
    });
  }
  return port;
}

/**
 * Public resolvers that many people use, asked beside the system's when nobody says which: of Cloudflare, Google, Quad9 and
 * OpenDNS.
 */
const publicResolvers = ['1.1.1.1', '8.8.8.8', '9.9.9.9', '208.67.222.222'];

/** What is found out when it is asked for. */
type Endpoints = () => readonly Endpoint[];

/**
 * The resolvers of the command line, else of ZONECUT_RESOLVERS, else of the system (resolv.conf(5)) and, unless the world is
 * offline, public ones. The system is asked when they are.
 */
function recursiveResolvers(
  options: GlobalOptions,
  environment: Readonly<Record<string, string | undefined>>,
): Endpoints {
  const set = (environment['ZONECUT_RESOLVERS'] ?? '').split(/[\s,]+/).filter(text => text !== '');
  const named = (options.resolver ?? []).length > 0 ? (options.resolver ?? []) : set;
  if (named.length > 0) {
    const endpoints = named.map(parseEndpoint);
    return () => endpoints;
  }
  const others = isOffline(environment) ? [] : publicResolvers;
  let usual: readonly Endpoint[] | null = null;
  return () => {
    // Few commands ask them, and the module takes time to load.
    usual ??= [...new Set([...process.getBuiltinModule('node:dns').getServers(), ...others])].map(
      parseEndpoint,
    );
    return usual;
  };
}

/** `192.0.2.1`, `192.0.2.1:53`, `2001:db8::1` or `[2001:db8::1]:53`; the port is 53 unless given. Throws ZC_USAGE. */
export function parseEndpoint(text: string): Endpoint {
  if (isAddress(text)) {
    return { address: text, port: 53 };
  }
  const parts = /^(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(text);
  const address = parts?.[1] ?? parts?.[2];
  if (address === undefined || !isAddress(address)) {
    throw new ZonecutError('ZC_USAGE', `"${text}" is no address of a resolver`, {
      hint: 'Give an address such as 192.0.2.1, 192.0.2.1:5300 or [2001:db8::1]:53.',
    });
  }
  return { address, port: parsePort(parts?.[3] ?? '', 'the port of a resolver') };
}
