import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { type Running, runProgram } from '../test/interop/programs.ts';
import type { Cost } from './measure.ts';
import { nameIn, setsOfZone, startOfflineInternet } from './offline-internet.ts';
import {
  cpuSecondsOf,
  type ResolverProgram,
  recursorProgram,
  residentOctetsOf,
  socketsProgram,
  unboundProgram,
  zonecutProgram,
} from './resolver-programs.ts';
import { type Goal, printTable, type Row } from './table.ts';

const zones = 25_000;
/** Zones whose names are asked for first, so that the root and `bench.` are known and a compiler has done its work. */
const warmUp = 5_000;
/** Questions that the client has under way. */
const outstanding = 100;
const rounds = 3;
/** Passes over the names in the cache before those that count. */
const hotWarmUp = 3;
const hotPasses = 10;

/** Program, and the Debian package that has it. */
const needed = [
  ['nsd', 'nsd'],
  ['unbound', 'unbound'],
  ['pdns_recursor', 'pdns-recursor'],
  ['dnsperf', 'dnsperf'],
  ['unshare', 'util-linux'],
] as const;

/**
 * The resolver daemon against Unbound and PowerDNS Recursor, over an internet on 127/8 in a network of its own.
 *
 * Each is started anew in every round, alone on one core; the servers and the client have another.
 */
export async function benchResolver(flags: readonly string[]): Promise<void> {
  process.env['PATH'] = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`;
  if (!existsSync(path.join('dist', 'zonecut.js')))
    throw new Error('dist/zonecut.js is not there: npm run build');
  const missing = needed.filter(([program]) => spawnSync('which', [program]).status !== 0);
  if (missing.length > 0) {
    const packages = [...new Set(missing.map(([, name]) => name))].join(' ');
    throw new Error(
      `not installed: ${missing.map(([program]) => program).join(', ')}; apt-get install ${packages}`,
    );
  }
  await (flags.includes('--inside') ? measure(flags) : inNetworkOfItsOwn(flags));
}

/** Runs a benchmark again where port 53 of all of 127/8 is free; whatever it started ends with it. */
export async function inNetworkOfItsOwn(flags: readonly string[], name = 'resolver'): Promise<void> {
  const user = process.getuid?.() === 0 ? [] : ['--map-root-user'];
  const world = [...user, '--net', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const again = [process.execPath, 'scripts/run-ts.mjs', 'bench/main.ts', name, '--inside', ...flags];
  const words = [...world, 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh', ...again];
  const status = await new Promise<number | null>((resolve, reject) => {
    const child = spawn('unshare', words, { stdio: ['ignore', 'inherit', 'inherit'] });
    child.once('error', reject);
    child.once('exit', code => resolve(code));
  });
  if (status !== 0) throw new Error(`the benchmark in a network of its own ended with status ${status}`);
}

async function measure(flags: readonly string[]): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'zonecut-bench-'));
  const pins = pinsOf();
  try {
    const files = await writeNames(folder);
    const internet = await startOfflineInternet(folder, zones, pins.others);
    try {
      const around = { folder, hintsFile: internet.hintsFile, pin: pins.resolver };
      const all = [
        zonecutProgram(around),
        unboundProgram(around),
        recursorProgram(around),
        socketsProgram(around),
      ];
      const only = flags.find(flag => flag.startsWith('--only='))?.slice(7);
      const programs = all.filter(({ name }) => only === undefined || name.toLowerCase().includes(only));
      const runs: Run[][] = programs.map(() => []);
      for (let round = 0; round < rounds; round += 1) {
        for (const [at, program] of programs.entries()) {
          runs[at]?.push(await runOf(program, files, pins.others));
        }
      }
      print(programs, runs.map(medianRun));
    } finally {
      await internet.stop();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What goes before programs. */
export interface Pins {
  readonly resolver: readonly string[];
  readonly others: readonly string[];
}

/** The resolver has the first core for itself, the servers and the client the second, where there are two. */
export function pinsOf(): Pins {
  const can = cpus().length > 1 && spawnSync('taskset', ['-c', '0', 'true']).status === 0;
  return can
    ? { resolver: ['taskset', '-c', '0'], others: ['taskset', '-c', '1'] }
    : { resolver: [], others: [] };
}

interface NameFiles {
  readonly warmUp: string;
  readonly measured: string;
}

async function writeNames(folder: string): Promise<NameFiles> {
  const lines = (from: number, to: number): string =>
    Array.from({ length: to - from }, (_, at) => `${nameIn(from + at)} A\n`).join('');
  const files = { warmUp: path.join(folder, 'warm-up'), measured: path.join(folder, 'measured') };
  await writeFile(files.warmUp, lines(0, warmUp));
  await writeFile(files.measured, lines(warmUp, zones));
  return files;
}

/** What a client saw, and what it cost the resolver. */
export interface Load {
  readonly sent: number;
  readonly completed: number;
  readonly lost: number;
  /** Such as `NOERROR 20000 (100.00%)`. */
  readonly rcodes: string;
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
}

interface Run {
  readonly cold: Load;
  /** Null when the program remembers nothing. */
  readonly hot: Load | null;
  /** By which the process grew over the cold names. */
  readonly grownOctets: number;
}

async function runOf(program: ResolverProgram, files: NameFiles, pin: readonly string[]): Promise<Run> {
  const running = await program.start();
  try {
    await load(running, program.address, files.warmUp, 1, pin);
    const before = residentOctetsOf(running.pid);
    const cold = await load(running, program.address, files.measured, 1, pin);
    const grownOctets = residentOctetsOf(running.pid) - before;
    if (!program.remembers) return { cold, hot: null, grownOctets };
    await load(running, program.address, files.measured, hotWarmUp, pin);
    const hot = await load(running, program.address, files.measured, hotPasses, pin);
    return { cold, hot, grownOctets };
  } finally {
    await running.stop();
  }
}

/** Has dnsperf ask for the names of a file `passes` times. */
export async function load(
  resolver: Running,
  address: string,
  file: string,
  passes: number,
  pin: readonly string[],
): Promise<Load> {
  const client = ['dnsperf', '-s', address, '-d', file, '-n', String(passes), '-T', '1', '-c', '4'];
  const [first, ...rest] = [...pin, ...client, '-q', String(outstanding)];
  const before = cpuSecondsOf(resolver.pid);
  const { status, stdout, stderr } = await runProgram(first ?? '', rest, { timeoutMs: 120_000 });
  const cpuSeconds = cpuSecondsOf(resolver.pid) - before;
  if (status !== 0) throw new Error(`dnsperf ended with status ${status}: ${stderr}`);
  const number = (label: string): number => Number(new RegExp(`${label}:\\s+([\\d.]+)`).exec(stdout)?.[1]);
  return {
    sent: number('Queries sent'),
    completed: number('Queries completed'),
    lost: number('Queries lost'),
    rcodes: /Response codes:\s+(.+)/.exec(stdout)?.[1] ?? '',
    wallSeconds: number('Run time \\(s\\)'),
    cpuSeconds,
  };
}

function costOf({ completed, wallSeconds, cpuSeconds }: Load): Cost {
  return { wallNs: (1e9 * wallSeconds) / completed, cpuNs: (1e9 * cpuSeconds) / completed };
}

/** Whether every name was answered, and with what it has. */
function isValid({ sent, completed, lost, rcodes }: Load): boolean {
  return completed === sent && lost === 0 && rcodes.startsWith(`NOERROR ${sent} `);
}

/** The run whose CPU time for the cold names is in the middle, and likewise for the hot ones. */
function medianRun(runs: readonly Run[]): Run {
  const middle = (of: (run: Run) => number): Run => {
    const run = runs.toSorted((a, b) => of(a) - of(b))[runs.length >> 1];
    if (run === undefined) throw new Error('no run');
    return run;
  };
  const byMemory = middle(run => run.grownOctets);
  return {
    ...byMemory,
    cold: middle(run => run.cold.cpuSeconds).cold,
    hot: middle(run => run.hot?.cpuSeconds ?? 0).hot,
  };
}

function print(programs: readonly ResolverProgram[], runs: readonly Run[]): void {
  const names = zones - warmUp;
  table(
    'cold: one name in each zone, all of it asked for',
    programs,
    runs.map(run => run.cold),
    1,
  );
  table(
    `hot: the same names from the cache, ${hotPasses} times`,
    programs,
    runs.map(run => run.hot),
    0.5,
  );
  process.stdout.write(
    `\n  ${outstanding} questions under way; medians of ${rounds} runs; before each, ${warmUp} other names\n`,
  );
  for (const [at, program] of programs.entries()) {
    const run = runs[at];
    if (run === undefined) continue;
    process.stdout.write(`  ${program.name}: ${program.settings}\n`);
    for (const [what, load] of [
      ['cold', run.cold],
      ['hot', run.hot],
    ] as const) {
      if (load === null) continue;
      process.stdout.write(
        `    ${what}: ${load.sent} sent, ${load.completed} answered (${load.rcodes}), ${load.lost} lost, ${load.wallSeconds.toFixed(2)} s; ${isValid(load) ? 'valid' : 'NOT VALID'}\n`,
      );
    }
    if (!program.remembers) continue;
    process.stdout.write(
      `    memory: grown by ${Math.round(run.grownOctets / names)} octets a name, ${Math.round(run.grownOctets / names / setsOfZone)} an RRset\n`,
    );
  }
}

function table(
  title: string,
  programs: readonly ResolverProgram[],
  loads: readonly (Load | null)[],
  atLeast: number,
): void {
  const goals: readonly Goal[] = [{ kind: 'faster', atLeast }];
  const all = programs.flatMap(({ name }, at) => {
    const load = loads[at] ?? null;
    return load === null ? [] : [{ name, cost: costOf(load) }];
  });
  const [first, ...peers] = all;
  if (first === undefined) return;
  const own = first.cost;
  const rows: Row[] =
    peers.length === 0
      ? [{ name: first.name, cost: own }]
      : [
          ...peers,
          ...peers.map(peer => ({
            name: first.name,
            cost: own,
            peer,
            goals: peer.name === 'Unbound' ? goals : [],
          })),
        ];
  printTable(`resolver, ${title}`, rows);
}
