import { mkdir, rm, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import path from 'node:path';
import { attempts, labelOfAttempt, triedAgain } from '../attempt.ts';
import {
  anchorsFileName,
  dsLinesOf,
  pdnsutilSigning,
  policyStatement,
  signedZone,
  signRoot,
} from './flow-chain.ts';
import { headOf, rowsUnder } from './flow-names.ts';
import {
  addAddresses,
  addresses,
  primaryZone,
  secondaryZone,
  serverNames,
  startBindAt,
  startPowerdnsPair,
  startRoot,
  writeWorld,
  type Zone,
} from './flow-servers.ts';
import { sleep } from './journal.ts';
import type { PowerdnsServer } from './primaries.ts';
import { type Finished, type ProgramOptions, runProgram } from './programs.ts';
import { startUnbound, type Unbound } from './unbound.ts';
import { makeFolder } from './world.ts';

/** A host of the flows, by its driver. */
export type Host = 'rfc2136' | 'powerdns';

/** The zones that the cuts are made in, one at each host. */
export const parents: Readonly<Record<Host, Zone>> = {
  rfc2136: { apex: 'in-bind.example.', ns: serverNames.bindAbove, address: null },
  powerdns: { apex: 'in-powerdns.example.', ns: serverNames.powerdnsAbove, address: null },
};

/** A delegation that is made and taken back. */
export interface Flow {
  readonly parent: Host;
  readonly child: Host;
  /** With a final dot. */
  readonly cut: string;
}

/** The flow of `parent` and `child` at the name `label` of the parent's zone. */
export function flowOf(parent: Host, child: Host, label: string): Flow {
  return { parent, child, cut: `${label}.${parents[parent].apex}` };
}

/** `flow` at the cut of one attempt of its test; the world that is opened with `flow` has room for all of them. */
export function flowOfAttempt(flow: Flow, attempt: number): Flow {
  return { ...flow, cut: labelOfAttempt(flow.cut, attempt) };
}

function ofAllAttempts(flows: readonly Flow[]): readonly Flow[] {
  return Array.from({ length: attempts }, (_, attempt) =>
    flows.map(flow => flowOfAttempt(flow, attempt)),
  ).flat();
}

/** Real servers, real resolvers with caches of every age, and zonecut. */
export interface FlowWorld {
  readonly stateFolder: string;
  readonly powerdns: PowerdnsServer;
  readonly resolvers: readonly string[];
  /** Runs the built command. */
  zonecut(args: readonly string[], options?: ProgramOptions): Promise<Finished>;
  /** Lets the Unbound that forgets often forget all now. */
  forget(): Promise<void>;
  close(): Promise<void>;
}

/** How a resolver differs from Unbound as it comes, and milliseconds after which it forgets all; null for never. */
interface ResolverKind {
  readonly settings: readonly string[];
  readonly forgetsEveryMs: number | null;
}

/**
 * On a machine that is busy a server may be slow for a moment, and is not given up for minutes then. A validator that gets no keys
 * in as many tries as it has as it comes takes all below them for bogus for a minute.
 */
const patience = [
  'infra-keep-probing: yes',
  'infra-cache-max-rtt: 1000',
  'outbound-msg-retry: 20',
  'val-max-restart: 20',
];

/** Old caches, caches that are always new, and caches of an age in between, with other habits of asking. */
const resolverKinds: readonly ResolverKind[] = [
  { settings: [], forgetsEveryMs: null },
  { settings: [], forgetsEveryMs: 300 },
  { settings: ['qname-minimisation: no', 'prefetch: yes'], forgetsEveryMs: 1700 },
  { settings: ['harden-referral-path: yes', 'qname-minimisation-strict: yes'], forgetsEveryMs: null },
];

/** Starts all of it, with the rows under the cuts in the parents, and the empty zones that are made by hand in BIND. */
export function openFlowWorld(flows: readonly Flow[]): Promise<FlowWorld> {
  return triedAgain(() => openWorld(ofAllAttempts(flows), startPlain));
}

/**
 * The same in a chain of trust: root, parents and the zones that were made by hand in BIND are signed, and the resolvers
 * validate from the root's key. PowerDNS signs new zones when it is told to. `negativeTtl` is that of the parents, in seconds.
 */
export function openSignedWorld(flows: readonly Flow[], negativeTtl: number): Promise<FlowWorld> {
  return triedAgain(() => openWorld(ofAllAttempts(flows), startSigned(negativeTtl)));
}

/** Something that runs until it is told to stop. */
interface Stoppable {
  stop(): Promise<void>;
}

/** Authoritative servers, and the file of the root's keys; `none` where nothing is signed. */
interface Servers {
  readonly powerdns: PowerdnsServer;
  readonly trustAnchors: string;
}

/** Starts the authoritative servers of `flows`; `keep` sees to it that they are stopped. */
type StartServers = (
  folderOf: (name: string) => Promise<string>,
  flows: readonly Flow[],
  keep: (one: Stoppable) => void,
) => Promise<Servers>;

const startPlain: StartServers = async (folderOf, flows, keep) => {
  keep(await startRoot(await folderOf('root'), Object.values(parents)));
  for (const running of await startBinds(folderOf, flows, parents.rfc2136, '', '')) keep(running);
  const powerdns = await startPowerdnsPair(await folderOf('powerdns'), [filled(parents.powerdns, flows)]);
  keep(powerdns);
  return { powerdns, trustAnchors: 'none' };
};

function startSigned(negativeTtl: number): StartServers {
  return async (folderOf, flows, keep) => {
    const atBind = { ...parents.rfc2136, negativeTtl };
    for (const running of await startBinds(folderOf, flows, atBind, policyStatement, signedZone)) {
      keep(running);
    }
    const atPowerdns = filled({ ...parents.powerdns, negativeTtl }, flows);
    const powerdns = await startPowerdnsPair(await folderOf('powerdns'), [atPowerdns], pdnsutilSigning);
    keep(powerdns);
    const root = await folderOf('root');
    const ds = await Promise.all([
      dsLinesOf(root, addresses.bindAbove, atBind.apex),
      dsLinesOf(root, addresses.powerdnsAbove, atPowerdns.apex),
    ]);
    keep(await startRoot(root, Object.values(parents), ds.join(''), signRoot));
    return { powerdns, trustAnchors: path.join(root, anchorsFileName) };
  };
}

/** The parent at PowerDNS with the rows under the cuts. */
function filled(zone: Zone, flows: readonly Flow[]): Zone & { readonly rows: string } {
  return { ...zone, rows: rowsOf('powerdns', flows) };
}

async function openWorld(flows: readonly Flow[], startServers: StartServers): Promise<FlowWorld> {
  const folder = await makeFolder();
  const open: Stoppable[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(open.map(one => one.stop()));
    await rm(folder, { recursive: true, force: true });
  };
  try {
    return { ...(await startAll(folder, flows, startServers, one => open.push(one))), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function startAll(
  folder: string,
  flows: readonly Flow[],
  startServers: StartServers,
  keep: (one: Stoppable) => void,
): Promise<Omit<FlowWorld, 'close'>> {
  await addAddresses();
  const folderOf = async (name: string): Promise<string> => {
    await mkdir(path.join(folder, name));
    return path.join(folder, name);
  };
  const { powerdns, trustAnchors } = await startServers(folderOf, flows, keep);
  const resolvers = resolverKinds.map((_, at) => `127.200.1.${at + 1}`);
  const state = await folderOf('state');
  const { hintsFile, environment } = await writeWorld(state, powerdns, resolvers, trustAnchors);
  const validating =
    trustAnchors === 'none'
      ? []
      : ['module-config: "validator iterator"', `trust-anchor-file: "${trustAnchors}"`];
  const forgetful: string[] = [];
  for (const [at, kind] of resolverKinds.entries()) {
    const socket = path.join(folder, `unbound${at}`);
    keep(
      await startForgetful(hintsFile, resolvers[at] ?? '', socket, {
        ...kind,
        settings: [...patience, ...validating, ...kind.settings],
      }),
    );
    if (kind.forgetsEveryMs !== null) forgetful.push(socket);
  }
  return {
    stateFolder: state,
    powerdns,
    resolvers,
    zonecut: (args, options) =>
      runProgram(process.execPath, [command(), ...args], { ...options, environment }),
    forget: async () => {
      await Promise.all(forgetful.map(forgetAll));
    },
  };
}

function rowsOf(parent: Host, flows: readonly Flow[]): string {
  return flows
    .filter(flow => flow.parent === parent)
    .map(({ cut }) => rowsUnder(cut, parents[parent].apex))
    .join('');
}

/**
 * The hidden primary, the server of the zone above, and the server of the zones below. `statements` of named.conf are the
 * primary's, and `ofZones` stands in each zone of it.
 */
async function startBinds(
  folderOf: (name: string) => Promise<string>,
  flows: readonly Flow[],
  parent: Zone,
  statements: string,
  ofZones: string,
): Promise<readonly Stoppable[]> {
  const below = flows.filter(flow => flow.child === 'rfc2136').map(flow => flow.cut);
  const hidden = await folderOf('hidden');
  await writeFile(path.join(hidden, `${parent.apex}zone`), headOf(parent) + rowsOf('rfc2136', flows));
  for (const cut of below) {
    await writeFile(path.join(hidden, `${cut}zone`), emptyZone(cut));
  }
  const zones = below.map(cut => primaryZone(cut, [addresses.bindBelow], ofZones));
  return [
    await startBindAt(
      hidden,
      addresses.hidden,
      statements + primaryZone(parent.apex, [addresses.bindAbove], ofZones) + zones.join(''),
    ),
    await startBindAt(await folderOf('above'), addresses.bindAbove, secondaryZone(parent.apex)),
    await startBindAt(await folderOf('below'), addresses.bindBelow, below.map(secondaryZone).join('')),
  ];
}

/** What the documentation tells people to make by hand: SOA and NS and nothing else. */
function emptyZone(apex: string): string {
  const ns = serverNames.bindBelow;
  return `${apex} 3 IN SOA ${ns} hostmaster.${apex} 1 7200 900 1209600 2\n${apex} 3 IN NS ${ns}\n`;
}

/** An Unbound that is told to forget everything again and again. */
async function startForgetful(
  hintsFile: string,
  address: string,
  socket: string,
  { settings, forgetsEveryMs }: ResolverKind,
): Promise<Unbound> {
  const control = [
    'remote-control:',
    `control-interface: "${socket}"`,
    'control-use-cert: no',
    'control-enable: yes',
  ];
  const unbound = await startUnbound(hintsFile, address, ...settings, ...control);
  let stopped = forgetsEveryMs === null;
  const loop = (async () => {
    while (!stopped) {
      await sleep(forgetsEveryMs ?? 0);
      if (!stopped) await forgetAll(socket);
    }
  })();
  // Whoever stops it hears of it.
  loop.catch(() => {});
  return {
    address,
    stop: async () => {
      stopped = true;
      await loop;
      await unbound.stop();
    },
  };
}

/** `unbound-control flush_zone .`, said to its socket directly. */
async function forgetAll(socket: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const connection = createConnection(socket);
    let said = '';
    connection.on('data', octets => {
      said += octets.toString('utf8');
    });
    connection.once('error', reject);
    connection.once('close', () =>
      said.startsWith('ok') ? resolve() : reject(new Error(`Unbound: ${said}`)),
    );
    connection.end('UBCT1 flush_zone .\n');
  });
}

function command(): string {
  const file = process.env['ZONECUT_INTEROP_COMMAND'];
  if (file === undefined) throw new Error('start these tests with npm run test:interop');
  return file;
}
