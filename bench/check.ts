import { spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { respond } from '../src/authority/authority.ts';
import { makeZoneSet, type ZoneSet } from '../src/authority/zone-set.ts';
import { parseName } from '../src/dns/name.ts';
import { makeZone } from '../src/dns/zone.ts';
import { parseZoneFile } from '../src/dns/zonefile.ts';
import { listenDns } from '../src/world/listen.ts';
import { scenarios, silentAddress } from '../test/interop/judges-scenarios.ts';
import { cutOf, rootAddress, type Scenario, writeJudgesWorld } from '../test/interop/judges-world.ts';
import type { NsdServer } from '../test/interop/nsd.ts';
import { alternatePrograms, type Program } from './measure.ts';
import { inNetworkOfItsOwn } from './resolver.ts';
import { type Goal, printTable } from './table.ts';

/** What is judged, how long replies are held, how often, and what is to be reached against Zonemaster. */
interface Case {
  readonly title: string;
  readonly label: string;
  readonly holdMs: number;
  readonly rounds: number;
  readonly goals: readonly Goal[];
  /** Queries of zonecut, at most. */
  readonly queries: number | null;
}

const cases: readonly Case[] = [
  {
    title: 'unsigned, no latency',
    label: 'sound',
    holdMs: 0,
    rounds: 7,
    goals: [{ kind: 'faster', atLeast: 3, by: 'wallNs' }],
    queries: 12,
  },
  {
    title: 'signed, no latency',
    label: 'secure',
    holdMs: 0,
    rounds: 7,
    goals: [{ kind: 'faster', atLeast: 3, by: 'wallNs' }],
    queries: 16,
  },
  {
    title: 'unsigned, replies held 25 ms',
    label: 'sound',
    holdMs: 25,
    rounds: 3,
    goals: [{ kind: 'faster', atLeast: 15, by: 'wallNs' }],
    queries: null,
  },
  {
    title: 'one silent address in the glue',
    label: 'nobody-there',
    holdMs: 0,
    rounds: 3,
    goals: [{ kind: 'seconds', atMost: 2.5 }],
    queries: null,
  },
];

/** `zonecut check` against `zonemaster-cli` and `dnsviz probe`, whole processes in turns over one offline world, by IPv4. */
export async function benchCheck(flags: readonly string[]): Promise<void> {
  process.env['PATH'] = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`;
  if (!existsSync(path.join('dist', 'zonecut.js')))
    throw new Error('dist/zonecut.js is not there: npm run build');
  for (const program of ['zonemaster-cli', 'dnsviz', 'dnssec-signzone', 'unshare']) {
    if (spawnSync('which', [program]).status !== 0) throw new Error(`not installed: ${program}`);
  }
  await (flags.includes('--inside') ? measure() : inNetworkOfItsOwn(flags, 'check'));
}

async function measure(): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'zonecut-bench-'));
  try {
    const world = await writeJudgesWorld(folder, scenarios);
    const served = await serve(folder, world.servers);
    try {
      for (const one of cases) await measureCase(one, { folder, ...world }, served);
    } finally {
      await served.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function measureCase(
  { title, label, holdMs, rounds, goals, queries }: Case,
  files: { readonly folder: string; readonly hintsFile: string; readonly anchorsFile: string },
  served: Served,
): Promise<void> {
  const scenario = scenarios.find(one => one.label === label);
  if (scenario === undefined) throw new Error(`no scenario ${label}`);
  served.holdMs = holdMs;
  const programs = programsFor(scenario, files);
  const counts: number[] = [];
  for (const program of programs) {
    served.queries = 0;
    await alternatePrograms([program], 0);
    counts.push(served.queries);
  }
  const costs = await alternatePrograms(programs, rounds);
  const [own, ...others] = programs.map((program, at) => ({
    name: `${program.name}, ${counts[at] ?? 0} queries`,
    cost: costs[at] ?? { wallNs: 0, cpuNs: null },
  }));
  const [peer] = others;
  if (own === undefined || peer === undefined) return;
  printTable(`check: ${title}, medians of ${rounds} runs in turns`, [
    { ...own, peer: { name: 'zonemaster-cli', cost: peer.cost }, goals },
    ...others,
  ]);
  if (queries !== null) {
    const sent = counts[0] ?? 0;
    process.stdout.write(
      `  queries: ${sent}, goal ${queries} at most: ${sent <= queries ? 'met' : 'NOT MET'}\n`,
    );
  }
}

function programsFor(
  scenario: Scenario,
  files: { readonly folder: string; readonly hintsFile: string; readonly anchorsFile: string },
): readonly Program[] {
  const { folder, hintsFile, anchorsFile } = files;
  const cut = cutOf(scenario);
  const command = path.resolve('dist', 'zonecut.js');
  return [
    {
      name: 'zonecut check',
      command: process.execPath,
      arguments: [command, 'check', cut, '--json', '--fail-on', 'never'],
      environment: {
        ...process.env,
        ZONECUT_ROOT_HINTS: hintsFile,
        ZONECUT_OFFLINE: '1',
        ZONECUT_TRUST_ANCHORS: anchorsFile,
        ZONECUT_STATE_DIR: folder,
        HOME: folder,
      },
    },
    {
      name: 'zonemaster-cli',
      command: 'zonemaster-cli',
      arguments: ['--hints', hintsFile, '--no-ipv6', '--json', '--level', 'NOTICE', cut],
    },
    {
      name: 'dnsviz probe',
      command: 'dnsviz',
      arguments: ['probe', '-4', '-A', '-a', '.', '-x', `.+:ns.root=${rootAddress}`, '-d', '0', cut],
    },
  ];
}

/** The world, served by this process, which has nothing else to do while a program runs. */
interface Served {
  /** Milliseconds that each reply is held. */
  holdMs: number;
  /** How many came. */
  queries: number;
  close(): Promise<void>;
}

async function serve(folder: string, servers: readonly NsdServer[]): Promise<Served> {
  const open: { close(): unknown }[] = [];
  const served: Served = {
    holdMs: 0,
    queries: 0,
    close: async () => {
      await Promise.all(open.map(async one => await one.close()));
    },
  };
  for (const { addresses, zones } of servers) {
    const set = await zonesOf(folder, zones);
    for (const address of addresses) {
      const listener = await listenDns({ address, port: 53 }, async query => {
        served.queries += 1;
        if (served.holdMs > 0) await new Promise(resolve => setTimeout(resolve, served.holdMs));
        return respond(set, query);
      });
      open.push(listener);
    }
  }
  const datagrams = createSocket('udp4').bind(53, silentAddress);
  const streams = createServer().listen(53, silentAddress);
  open.push(datagrams, streams);
  return served;
}

async function zonesOf(folder: string, zones: NsdServer['zones']): Promise<ZoneSet> {
  const read = zones.map(async ({ apex, file }) => {
    const origin = parseName(apex);
    const { rrsets } = parseZoneFile(await readFile(path.join(folder, file), 'utf8'), { origin });
    return makeZone(origin, rrsets);
  });
  return makeZoneSet(await Promise.all(read));
}
