import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Cost } from './measure.ts';
import { startOfflineInternet, zoneOf } from './offline-internet.ts';
import { inNetworkOfItsOwn, load, type Pins, pinsOf } from './resolver.ts';
import { unboundProgram } from './resolver-programs.ts';
import { type Goal, printTable, type Row } from './table.ts';

const zones = 25_000;
/** Names before those that count, so that a compiler has done its work and the root and `bench.` are known. */
const warmUp = 5_000;
const usualRounds = 3;

/** A way to audit. */
interface Way {
  readonly name: string;
  readonly words: readonly string[];
  readonly goals: readonly Goal[];
}

const ways: readonly Way[] = [
  {
    name: 'zonecut audit, each server of the parent',
    words: ['--parents', 'each'],
    goals: [
      { kind: 'faster', atLeast: 2, by: 'cpuNs' },
      { kind: 'rate', atLeast: 20_000 },
    ],
  },
  {
    name: 'zonecut audit, one server of the parent',
    words: ['--parents', 'one'],
    goals: [
      { kind: 'faster', atLeast: 2, by: 'cpuNs' },
      { kind: 'rate', atLeast: 20_000 },
    ],
  },
  {
    name: 'zonecut audit, one of them, random ports',
    words: ['--parents', 'one', '--ports', 'pool'],
    goals: [{ kind: 'faster', atLeast: 1.2, by: 'cpuNs' }],
  },
];

/**
 * `zonecut audit` against Unbound that resolves a name in each of the same zones, over an internet on 127/8 in a network of its
 * own. The start of the process and the first names are taken off: an audit of them alone is.
 */
export async function benchAudit(flags: readonly string[]): Promise<void> {
  process.env['PATH'] = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`;
  if (!existsSync(path.join('dist', 'zonecut.js')))
    throw new Error('dist/zonecut.js is not there: npm run build');
  for (const program of ['nsd', 'unbound', 'dnsperf', 'unshare']) {
    if (spawnSync('which', [program]).status !== 0) throw new Error(`not installed: ${program}`);
  }
  await (flags.includes('--inside') ? measure(roundsOf(flags)) : inNetworkOfItsOwn(flags, 'audit'));
}

function roundsOf(flags: readonly string[]): number {
  return Number(flags.find(flag => flag.startsWith('--rounds='))?.slice(9) ?? usualRounds);
}

async function measure(rounds: number): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'zonecut-bench-'));
  const pins = pinsOf();
  try {
    const internet = await startOfflineInternet(folder, zones, pins.others);
    try {
      const around = { folder, hintsFile: internet.hintsFile, pin: pins.resolver };
      const peer: Cost[] = [];
      const own: Audited[][] = ways.map(() => []);
      const files = await writeNames(folder);
      for (let round = 0; round < rounds; round += 1) {
        peer.push(await unbound(around, files, pins));
        for (const [at, way] of ways.entries()) {
          own[at]?.push(await audited(way, folder, internet.hintsFile, pins));
        }
      }
      print(median(peer), own);
    } finally {
      await internet.stop();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function writeNames(folder: string): Promise<{ readonly warmUp: string; readonly measured: string }> {
  const names = Array.from({ length: zones }, (_, at) => zoneOf(at));
  await writeFile(path.join(folder, 'all'), `${names.join('\n')}\n`);
  await writeFile(path.join(folder, 'few'), `${names.slice(0, warmUp).join('\n')}\n`);
  const files = { warmUp: path.join(folder, 'warm-up'), measured: path.join(folder, 'measured') };
  const lines = (from: number, to: number): string =>
    names
      .slice(from, to)
      .map(name => `www.${name} A\n`)
      .join('');
  await writeFile(files.warmUp, lines(0, warmUp));
  await writeFile(files.measured, lines(warmUp, zones));
  return files;
}

async function unbound(
  around: Parameters<typeof unboundProgram>[0],
  files: { readonly warmUp: string; readonly measured: string },
  pins: Pins,
): Promise<Cost> {
  const program = unboundProgram(around);
  const running = await program.start();
  try {
    await load(running, program.address, files.warmUp, 1, pins.others);
    const { completed, sent, lost, wallSeconds, cpuSeconds } = await load(
      running,
      program.address,
      files.measured,
      1,
      pins.others,
    );
    if (completed !== sent || lost > 0) throw new Error(`Unbound lost ${sent - completed} of ${sent}`);
    return { wallNs: (1e9 * wallSeconds) / completed, cpuNs: (1e9 * cpuSeconds) / completed };
  } finally {
    await running.stop();
  }
}

interface Audited {
  readonly cost: Cost;
  readonly peakOctets: number;
}

async function audited(way: Way, folder: string, hintsFile: string, pins: Pins): Promise<Audited> {
  const few = await once(way, folder, hintsFile, pins, 'few', warmUp);
  const all = await once(way, folder, hintsFile, pins, 'all', zones);
  const names = zones - warmUp;
  return {
    cost: { wallNs: (all.wallNs - few.wallNs) / names, cpuNs: (all.cpuNs - few.cpuNs) / names },
    peakOctets: all.peakOctets,
  };
}

interface Once {
  readonly wallNs: number;
  readonly cpuNs: number;
  readonly peakOctets: number;
}

/** Runs one audit, which has to find every one of `names` healthy. */
async function once(
  way: Way,
  folder: string,
  hintsFile: string,
  pins: Pins,
  file: string,
  names: number,
): Promise<Once> {
  const output = path.join(folder, 'out.ndjson');
  const command = [process.execPath, path.join('dist', 'zonecut.js'), 'audit', path.join(folder, file)];
  const measured = path.join(folder, 'measured-by-time');
  const [program = '', ...rest] = [
    ...pins.resolver,
    ...['/usr/bin/time', '-o', measured, '-f', '%U %S %M'],
    ...command,
    ...['-o', output, '--force', ...way.words],
  ];
  const start = process.hrtime.bigint();
  const status = await new Promise<number | null>((resolve, reject) => {
    const child = spawn(program, rest, {
      stdio: ['ignore', 'ignore', 'ignore'],
      env: {
        PATH: process.env['PATH'],
        ZONECUT_OFFLINE: '1',
        ZONECUT_ROOT_HINTS: hintsFile,
        ZONECUT_STATE_DIR: folder,
      },
    });
    child.once('error', reject);
    child.once('exit', code => resolve(code));
  });
  const wallNs = Number(process.hrtime.bigint() - start);
  const [summary = ''] = (await readFile(output, 'utf8')).trim().split('\n').slice(-1);
  if (status !== 0 || !summary.includes(`"healthy":${names},`)) {
    throw new Error(`the audit ended with status ${status}: ${summary}`);
  }
  const [user = 0, system = 0, kilobytes = 0] = (await readFile(measured, 'utf8'))
    .trim()
    .split(' ')
    .map(Number);
  return { wallNs, cpuNs: 1e9 * (user + system), peakOctets: 1024 * kilobytes };
}

function median(costs: readonly Cost[]): Cost {
  const middle = (values: readonly number[]): number =>
    values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
  return {
    wallNs: middle(costs.map(({ wallNs }) => wallNs)),
    cpuNs: middle(costs.map(({ cpuNs }) => cpuNs ?? 0)),
  };
}

function print(peer: Cost, own: readonly (readonly Audited[])[]): void {
  const rows: Row[] = [{ name: 'Unbound, one name in each zone', cost: peer }];
  for (const [at, way] of ways.entries()) {
    const cost = median((own[at] ?? []).map(audit => audit.cost));
    rows.push({ name: way.name, cost, peer: { name: 'Unbound', cost: peer }, goals: way.goals });
  }
  printTable(`audit: ${zones - warmUp} delegations with two servers each, nothing known`, rows);
  const peak = Math.max(...own.flat().map(({ peakOctets }) => peakOctets));
  process.stdout.write(
    `\n  medians of ${own[0]?.length ?? 0} runs; ${Math.round(peak / 1e6)} MB of memory at the most\n`,
  );
}
