import { spawn } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { open, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { printAddressMap } from '../../src/world/address-map.ts';
import { type Authority, type Fault, faultAt, generatedName } from './authority.ts';
import { Judge } from './judged.ts';

/** How an audit of generated names is run, killed and resumed. */
export interface PlantedRun {
  readonly names: number;
  /** One in so many has a fault. */
  readonly share: number;
  /** Numbers of names that are left out; none unless given. */
  readonly leavesOut?: (at: number) => boolean;
  /** How often the process is killed on the way. */
  readonly kills: number;
  /** A folder for its files. */
  readonly folder: string;
  /** The words that start the command. */
  readonly command: readonly string[];
  readonly authority: Pick<Authority, 'hints' | 'endpoints'>;
  readonly log?: (line: string) => void;
}

/** What came of it. */
export interface PlantedResult {
  /** Sentences, none when all is well. */
  readonly wrong: readonly string[];
  readonly kills: number;
  readonly findings: number;
  /** The most memory that one process had, in octets. */
  readonly peakOctets: number;
  /** CPU time of all processes, as it was read last from each. */
  readonly cpuSeconds: number;
  readonly seconds: number;
}

/** Audits generated names by the command, kills it at random moments, has it go on, and judges what it wrote. */
export async function plantedRun(run: PlantedRun): Promise<PlantedResult> {
  const { folder, names, share, log = () => {}, leavesOut = () => false } = run;
  const input = path.join(folder, 'names');
  const output = path.join(folder, 'out.ndjson');
  await writeNames(input, run);
  await writeFile(path.join(folder, 'hints'), run.authority.hints);
  const beganMs = performance.now();
  let kills = 0;
  let peakOctets = 0;
  let cpuSeconds = 0;
  for (;;) {
    const part = 0.9 * ((kills + Math.random()) / run.kills);
    const killAt = kills < run.kills ? part * (names / share) * leastOctets : null;
    const ended = await once(run, input, output, killAt);
    peakOctets = Math.max(peakOctets, ended.peakOctets);
    cpuSeconds += ended.cpuSeconds;
    if (ended.kind === 'ended') {
      if (ended.status !== 5 && ended.status !== 0)
        return {
          wrong: [`status ${ended.status}: ${ended.stderr}`],
          kills,
          findings: 0,
          peakOctets,
          cpuSeconds,
          seconds: 0,
        };
      break;
    }
    kills += 1;
    log(`killed for the ${kills}. time, with ${ended.octets} octets written`);
  }
  const seconds = (performance.now() - beganMs) / 1000;
  const judge = new Judge(at => (leavesOut(at) ? noFault : faultAt(at, share)), names);
  for await (const line of createInterface({ input: createReadStream(output) })) judge.line(line);
  return { wrong: judge.end(), kills, findings: judge.findings, peakOctets, cpuSeconds, seconds };
}

/** That of a name which is not there. */
const noFault: Fault = { kind: 'none', expected: [] };

async function writeNames(file: string, { names, share, leavesOut }: PlantedRun): Promise<void> {
  const handle = await open(file, 'w');
  for (let from = 0; from < names; from += 10_000) {
    const count = Math.min(10_000, names - from);
    const lines = Array.from({ length: count }, (_, at) =>
      leavesOut?.(from + at) === true ? '' : `${generatedName(from + at, share)}\n`,
    );
    await handle.write(lines.join(''));
  }
  await handle.close();
}

/** Octets of output for one name with a fault, at the least. */
const leastOctets = 400;

type Ended =
  | {
      readonly kind: 'ended';
      readonly status: number | null;
      readonly stderr: string;
      readonly peakOctets: number;
      readonly cpuSeconds: number;
    }
  | {
      readonly kind: 'killed';
      readonly octets: number;
      readonly peakOctets: number;
      readonly cpuSeconds: number;
    };

/** Runs the command once; kills it as soon as its output has `killAt` octets, and a while. */
async function once(run: PlantedRun, input: string, output: string, killAt: number | null): Promise<Ended> {
  const [program = '', ...rest] = run.command;
  const words = ['audit', input, '-o', output, '--resume', '--least', 'notice'];
  const child = spawn(program, [...rest, ...words], {
    env: {
      PATH: process.env['PATH'],
      ZONECUT_OFFLINE: '1',
      ZONECUT_ROOT_HINTS: path.join(run.folder, 'hints'),
      ZONECUT_ADDRESS_MAP: printAddressMap(run.authority.endpoints),
      ZONECUT_STATE_DIR: run.folder,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (text: Buffer) => {
    stderr = (stderr + text.toString()).slice(-4000);
    run.log?.(text.toString().trim());
  });
  let isOver = false;
  let peakOctets = 0;
  let cpuSeconds = 0;
  const status = new Promise<number | null>(resolve => {
    child.once('exit', code => {
      isOver = true;
      resolve(code);
    });
  });
  while (!isOver) {
    await Promise.race([new Promise(resolve => setTimeout(resolve, 50)), status]);
    peakOctets = Math.max(peakOctets, await peakOf(child.pid));
    cpuSeconds = Math.max(cpuSeconds, await cpuOf(child.pid));
    if (killAt === null || isOver) continue;
    const written = await stat(output).then(
      ({ size }) => size,
      () => 0,
    );
    if (written < killAt) continue;
    // Any moment between two states may be the one.
    await Promise.race([new Promise(resolve => setTimeout(resolve, Math.random() * 1000)), status]);
    if (isOver) break;
    child.kill('SIGKILL');
    await status;
    return { kind: 'killed', octets: (await stat(output)).size, peakOctets, cpuSeconds };
  }
  return { kind: 'ended', status: await status, stderr, peakOctets, cpuSeconds };
}

/** The most memory that a process had; 0 where nobody tells. */
async function peakOf(pid: number | undefined): Promise<number> {
  const text = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return 1024 * Number(/^VmHWM:\s+(\d+) kB$/m.exec(text)?.[1] ?? 0);
}

/** CPU time of a process so far in seconds; 0 where nobody tells. */
async function cpuOf(pid: number | undefined): Promise<number> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / 100;
}
