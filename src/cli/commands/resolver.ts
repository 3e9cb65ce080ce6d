import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import path from 'node:path';
import { specialRange } from '../../dns/address.ts';
import { isAlive } from '../../engine/lock.ts';
import { makeFolder } from '../../engine/state.ts';
import { messageOf, ZonecutError } from '../../error.ts';
import { type DumpDocument, dumpText } from '../../report/resolver-dump.ts';
import { offlineLimits } from '../../resolver/limits.ts';
import type { TrustAnchors } from '../../resolver/trust-anchors.ts';
import type { Dialing } from '../../world/dial.ts';
import { nodeClock, nodeTransport, nodeWorld, type UdpPorts } from '../../world/node.ts';
import type { ServerCertificate } from '../../world/server-certificate.ts';
import type { Endpoint } from '../../world/world.ts';
import { type Context, isOffline, transportIn } from '../context.ts';
import { parseSource } from '../dialing.ts';
import { exitCodes } from '../exit-code.ts';
import { type Daemon, type Place, startDaemon } from '../resolver-daemon.ts';
import { trustAnchorsOf } from '../trust.ts';

/** Options of `resolver`. */
export interface ResolverFlags {
  readonly listen?: readonly string[];
  readonly dot?: readonly string[];
  readonly doh?: readonly string[];
  readonly cert?: string;
  readonly key?: string;
  readonly metrics?: string;
  readonly allowRemote?: boolean;
  readonly ports?: string;
  readonly source?: readonly string[];
  readonly trustAnchor?: readonly string[];
  /** False is `--no-validate`. */
  readonly validate?: boolean;
  readonly mixCase?: boolean;
  readonly cache?: string;
}

/** What a daemon leaves in the state folder for `zonecut resolver dump`. */
interface ResolverFile {
  readonly schema: 'zonecut/resolver/v1';
  readonly pid: number;
  readonly places: readonly Place[];
}

const defaultPlace = '127.0.0.1:5353';
const portModes: readonly UdpPorts[] = ['pool', 'fresh', 'single'];
/** Queries under way to authoritative servers; those of a pool hold no socket each. */
const maxInFlight = 1000;
/** Beyond it the heap of the process would end before the cache is full. */
const maxCacheMebibytes = 1024;

/** `zonecut resolver`: serves ordinary programs until Ctrl-C or SIGTERM; SIGUSR1 writes what it remembers into a file. */
export async function serveResolver(context: Context, flags: ResolverFlags): Promise<number> {
  const { terminal, environment, hints, net, signal } = context;
  const dialing: Dialing =
    flags.source === undefined
      ? context.dialing
      : { ...context.dialing, source: parseSource(flags.source, '--source') };
  const at = placesOf(flags);
  const certificate = await certificateOf(flags, at.dot.length + at.doh.length > 0);
  const trustAnchors = await anchorsFor(context, flags);
  const sockets = nodeTransport({
    maxInFlight,
    udpPorts: portsOf(flags, isOffline(environment)),
    ...dialing,
  });
  const world = nodeWorld({ dns: transportIn(environment, sockets) });
  try {
    const daemon = await startDaemon(world, sockets, {
      ...at,
      hints,
      trustAnchors,
      port: net.port,
      certificate,
      mixCase: flags.mixCase ?? false,
      limits: { ...(isOffline(environment) ? offlineLimits : {}), ...cacheOf(flags) },
    });
    const file = await describe(context, daemon);
    const onDump = (): void => {
      void writeDump(context, daemon).then(
        name => terminal.note(`what is remembered is in ${name}\n`),
        error => terminal.note(`the dump failed: ${messageOf(error)}\n`),
      );
    };
    process.on('SIGUSR1', onDump);
    try {
      terminal.print(terminal.json ? `${JSON.stringify(file, null, 2)}\n` : welcome(daemon, trustAnchors));
      await aborted(signal);
      terminal.note('\nanswering what is under way\n');
      await daemon.stop();
    } finally {
      process.off('SIGUSR1', onDump);
      await forgetFiles(context, process.pid);
    }
    return exitCodes.ok;
  } finally {
    await Promise.all([sockets.close(), world.close()]);
  }
}

/** `zonecut resolver dump`: what the resolver that is running remembers. */
export async function dumpResolver(context: Context, flags: { readonly pid?: string }): Promise<number> {
  const { pid } = await runningResolver(context, flags.pid);
  const file = dumpFile(context, pid);
  await rm(file, { force: true });
  process.kill(pid, 'SIGUSR1');
  const text = await readWhenThere(context, file);
  const { terminal } = context;
  terminal.print(terminal.json ? text : dumpText(JSON.parse(text) as DumpDocument));
  return exitCodes.ok;
}

/** Where trust begins; null validates nothing. */
async function anchorsFor(context: Context, flags: ResolverFlags): Promise<TrustAnchors | null> {
  const given = flags.trustAnchor ?? [];
  if (flags.validate === false) {
    if (given.length > 0) {
      throw new ZonecutError('ZC_USAGE', '--trust-anchor and --no-validate exclude each other', {
        hint: 'Leave one of them out.',
      });
    }
    return null;
  }
  const trust = given.length > 0 ? await trustAnchorsOf(given) : context.trustAnchors;
  return trust.anchors.size === 0 ? null : trust;
}

function trustText(trust: TrustAnchors | null): string {
  return trust === null
    ? 'it validates nothing: there is no trust anchor'
    : `it validates from the trust anchors of ${[...trust.anchors.keys()].join(', ')}`;
}

function welcome(daemon: Daemon, trust: TrustAnchors | null): string {
  const words: Readonly<Record<Place['protocol'], string>> = {
    dns: 'UDP and TCP',
    dot: 'TLS',
    doh: 'HTTPS, /dns-query',
    metrics: 'HTTP, /metrics',
  };
  const lines = daemon.places.map(place => `  ${endpointText(place)}  ${words[place.protocol]}\n`);
  return `the resolver answers at\n${lines.join('')}${trustText(trust)}\nCtrl-C ends it.\n`;
}

function endpointText({ address, port }: Endpoint): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

interface Places {
  readonly listen: readonly Endpoint[];
  readonly dot: readonly Endpoint[];
  readonly doh: readonly Endpoint[];
  readonly metrics: Endpoint | null;
}

/** Where to listen. Throws ZC_USAGE for an address that others can reach, unless that is allowed. */
function placesOf(flags: ResolverFlags): Places {
  const read = (text: string, option: string): Endpoint => {
    const endpoint = parsePlace(text, option);
    if (flags.allowRemote !== true && specialRange(endpoint.address) !== 'loopback') {
      throw new ZonecutError('ZC_USAGE', `${option} ${text} can be reached from other machines`, {
        hint: 'Open resolvers are abused for attacks. Add --allow-remote if a firewall keeps strangers away.',
      });
    }
    return endpoint;
  };
  const all = (texts: readonly string[], option: string): readonly Endpoint[] =>
    texts.map(text => read(text, option));
  return {
    listen: all(flags.listen ?? [defaultPlace], '--listen'),
    dot: all(flags.dot ?? [], '--dot'),
    doh: all(flags.doh ?? [], '--doh'),
    metrics: flags.metrics === undefined ? null : read(flags.metrics, '--metrics'),
  };
}

/** `127.0.0.1:5353` or `[::1]:5353`; port 0 takes any that is free. */
function parsePlace(text: string, option: string): Endpoint {
  const parts = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  const address = parts?.[1] ?? parts?.[2] ?? '';
  const port = Number(parts?.[3]);
  if (isIP(address) === 0 || !(port <= 65535)) {
    throw new ZonecutError('ZC_USAGE', `${option} is "${text}", an address and a port are needed`, {
      hint: 'Such as 127.0.0.1:5353 or [::1]:5353.',
    });
  }
  return { address, port };
}

async function certificateOf(flags: ResolverFlags, needed: boolean): Promise<ServerCertificate | null> {
  if (!needed) {
    return null;
  }
  if (flags.cert === undefined || flags.key === undefined) {
    throw new ZonecutError('ZC_USAGE', '--dot and --doh need a certificate and its key', {
      hint: 'Add --cert FILE and --key FILE, both PEM.',
    });
  }
  const [cert, key] = await Promise.all([readPem(flags.cert, '--cert'), readPem(flags.key, '--key')]);
  return { cert, key };
}

async function readPem(file: string, option: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new ZonecutError('ZC_USAGE', `${option} ${file} cannot be read: ${messageOf(cause)}`, { cause });
  }
}

/** How large the cache may become, in MiB. */
function cacheOf({ cache }: ResolverFlags): { readonly maxAnswerOctets?: number } {
  if (cache === undefined) {
    return {};
  }
  const mebibytes = Number(cache);
  if (!Number.isInteger(mebibytes) || mebibytes < 1 || mebibytes > maxCacheMebibytes) {
    throw new ZonecutError(
      'ZC_USAGE',
      `--cache is "${cache}", it is a number of MiB up to ${maxCacheMebibytes}`,
    );
  }
  return { maxAnswerOctets: mebibytes * 1024 * 1024 };
}

/** A pool of ports; one socket where all servers are on this machine. */
function portsOf(flags: ResolverFlags, offline: boolean): UdpPorts {
  const wanted = flags.ports ?? (offline ? 'single' : 'pool');
  const mode = portModes.find(known => known === wanted);
  if (mode === undefined) {
    throw new ZonecutError('ZC_USAGE', `--ports is "${wanted}", it is one of ${portModes.join(', ')}`);
  }
  return mode;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) {
      resolve();
    }
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function folderOf(context: Context): string {
  return path.join(context.stateFolder, 'resolvers');
}

function dumpFile(context: Context, pid: number): string {
  return path.join(folderOf(context), `${pid}.dump.json`);
}

function placeFile(context: Context, pid: number): string {
  return path.join(folderOf(context), `${pid}.json`);
}

async function describe(context: Context, daemon: Daemon): Promise<ResolverFile> {
  const file: ResolverFile = { schema: 'zonecut/resolver/v1', pid: process.pid, places: daemon.places };
  await makeFolder(folderOf(context));
  await writeFile(placeFile(context, process.pid), `${JSON.stringify(file, null, 2)}\n`, { mode: 0o600 });
  return file;
}

/** Writes what the daemon remembers, readable by its owner only, and gives the file's name. It is there whole or not at all. */
async function writeDump(context: Context, daemon: Daemon): Promise<string> {
  const file = dumpFile(context, process.pid);
  await writeFile(`${file}.new`, `${JSON.stringify(daemon.dump(), null, 2)}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file);
  return file;
}

async function forgetFiles(context: Context, pid: number): Promise<void> {
  await Promise.all([placeFile, dumpFile].map(name => rm(name(context, pid), { force: true })));
}

/** The daemon that is meant. Throws ZC_USAGE when none runs, or several do and none is named. */
async function runningResolver(context: Context, pid: string | undefined): Promise<ResolverFile> {
  const names = await readdir(folderOf(context)).catch(() => []);
  const pids = names.flatMap(name => /^(\d+)\.json$/.exec(name)?.[1] ?? []);
  const alive: ResolverFile[] = [];
  for (const found of pids) {
    if (isAlive(Number(found))) {
      alive.push(JSON.parse(await readFile(placeFile(context, Number(found)), 'utf8')) as ResolverFile);
    } else {
      await forgetFiles(context, Number(found));
    }
  }
  const [only, second] = pid === undefined ? alive : alive.filter(file => String(file.pid) === pid);
  if (only === undefined) {
    throw new ZonecutError(
      'ZC_USAGE',
      pid === undefined ? 'no resolver runs' : `no resolver has the process ID ${pid}`,
      {
        hint: 'Start one in another terminal: zonecut resolver',
      },
    );
  }
  if (second !== undefined) {
    throw new ZonecutError('ZC_USAGE', `${alive.length} resolvers run`, {
      hint: `Say which with --pid: ${alive.map(file => `${file.pid} at ${file.places.map(endpointText).join(' ')}`).join(', ')}.`,
    });
  }
  return only;
}

/** The text of `file` once it is there, within 10 s. */
async function readWhenThere(context: Context, file: string): Promise<string> {
  for (let waitedMs = 0; waitedMs < 10_000; waitedMs += 50) {
    const text = await readFile(file, 'utf8').catch(() => null);
    if (text !== null) {
      return text;
    }
    await nodeClock.sleep(50, context.signal);
  }
  throw new ZonecutError('ZC_PENDING', 'the resolver has not written its dump within 10 s');
}
