import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** What one unit of work took: medians over the rounds, in nanoseconds. */
export interface Cost {
  readonly wallNs: number;
  /** Of all threads, user and system; null where the platform does not tell. */
  readonly cpuNs: number | null;
}

/** One side of a comparison inside this process. */
export interface Side {
  readonly name: string;
  /** Does one unit of work, and gives something of it, so that no compiler can leave it out. */
  readonly run: () => number;
}

/** How often and how long is measured. */
export interface Effort {
  readonly rounds: number;
  /** Milliseconds that one side runs in one round. */
  readonly roundMs: number;
}

const warmUpMs = 400;
let sink = 0;

/** Measures `sides` in turns, each round in the other order, so that what disturbs the machine disturbs all of them. */
export function alternate(sides: readonly Side[], effort: Effort): readonly Cost[] {
  const counts = sides.map(side => unitsIn(side, effort.roundMs));
  const costs: Cost[][] = sides.map(() => []);
  for (let round = 0; round < effort.rounds; round += 1) {
    for (const at of turns(sides.length, round)) {
      const side = sides[at];
      if (side !== undefined) costs[at]?.push(costOf(side, counts[at] ?? 1));
    }
  }
  return costs.map(medianCost);
}

function turns(count: number, round: number): readonly number[] {
  const order = Array.from({ length: count }, (_, at) => at);
  return round % 2 === 0 ? order : order.reverse();
}

/** How many units of work take `ms`, once the compiler is done with them. */
function unitsIn(side: Side, ms: number): number {
  const start = process.hrtime.bigint();
  const cpu = process.cpuUsage();
  let units = 0;
  while (Number(process.hrtime.bigint() - start) < warmUpMs * 1e6) {
    for (let left = 64; left > 0; left -= 1) sink = (sink + side.run()) | 0;
    units += 64;
  }
  const spent = process.cpuUsage(cpu);
  return Math.max(1, Math.round((units * ms * 1000) / Math.max(1000, spent.user + spent.system)));
}

function costOf(side: Side, units: number): Cost {
  const start = process.hrtime.bigint();
  const cpu = process.cpuUsage();
  for (let left = units; left > 0; left -= 1) sink = (sink + side.run()) | 0;
  const spent = process.cpuUsage(cpu);
  const wallNs = Number(process.hrtime.bigint() - start) / units;
  return { wallNs, cpuNs: ((spent.user + spent.system) * 1000) / units };
}

/** One side of a comparison that is a program. */
export interface Program {
  readonly name: string;
  readonly command: string;
  readonly arguments: readonly string[];
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** Runs programs in turns, each `rounds` times after one run that does not count. Rejects when one fails. */
export async function alternatePrograms(
  programs: readonly Program[],
  rounds: number,
): Promise<readonly Cost[]> {
  for (const program of programs) await costOfProgram(program);
  const costs: Cost[][] = programs.map(() => []);
  for (let round = 0; round < rounds; round += 1) {
    for (const at of turns(programs.length, round)) {
      const program = programs[at];
      if (program !== undefined) costs[at]?.push(await costOfProgram(program));
    }
  }
  return costs.map(list => ({ ...medianCost(list), cpuNs: meanCpu(list) }));
}

async function costOfProgram(program: Program): Promise<Cost> {
  const cpu = childrenCpuNs();
  const start = process.hrtime.bigint();
  await new Promise<void>((resolve, reject) => {
    const child = spawn(program.command, program.arguments, {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: program.environment ?? process.env,
    });
    let complaint = '';
    child.stderr.on('data', text => {
      complaint = (complaint + String(text)).slice(0, 2000);
    });
    child.once('error', reject);
    child.once('close', code => {
      if (code === 0) resolve();
      else reject(new Error(`${program.name} ended with status ${code}: ${complaint}`));
    });
  });
  const wallNs = Number(process.hrtime.bigint() - start);
  const after = childrenCpuNs();
  return { wallNs, cpuNs: cpu === null || after === null ? null : after - cpu };
}

/** CPU time of all programs that this one started and that ended; ticks of 10 ms, which a mean over runs evens out. */
function childrenCpuNs(): number | null {
  try {
    const text = readFileSync('/proc/self/stat', 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[13]) + Number(fields[14])) * 1e7;
  } catch {
    return null;
  }
}

function medianCost(costs: readonly Cost[]): Cost {
  const cpu = costs.flatMap(cost => (cost.cpuNs === null ? [] : [cost.cpuNs]));
  return { wallNs: median(costs.map(cost => cost.wallNs)), cpuNs: cpu.length === 0 ? null : median(cpu) };
}

function meanCpu(costs: readonly Cost[]): number | null {
  const cpu = costs.flatMap(cost => (cost.cpuNs === null ? [] : [cost.cpuNs]));
  return cpu.length === 0 ? null : cpu.reduce((sum, value) => sum + value, 0) / cpu.length;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? 0)
    : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}
