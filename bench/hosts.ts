import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { drivers } from '../src/providers/registry.ts';
import { type Cost, costTitle, type HostCosts, readCosts, sizes } from '../test/providers/cost-file.ts';

/**
 * What 1, 100 and 1,000 delegations cost at each host: requests, counted at its emulator, and seconds for which the driver has
 * to wait so that the host's limits are kept, on a clock that does not make anybody wait.
 */
export async function benchHosts(): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'zonecut-costs-'));
  try {
    const run = ['vitest', 'run', 'test/providers', '-t', costTitle, '--silent', '--reporter=dot'];
    const { status, stdout, stderr } = spawnSync('npx', run, {
      env: { ...process.env, ZONECUT_COSTS: folder },
      encoding: 'utf8',
    });
    if (status !== 0)
      throw new Error(`vitest ended with ${status}\n${stdout.slice(-4000)}\n${stderr.slice(-2000)}`);
    process.stdout.write(costTables(readCosts(folder)));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function costTables(all: readonly HostCosts[]): string {
  const counted = drivers.flatMap(({ id }) => all.find(({ driver }) => driver === id) ?? []);
  const notes: string[] = [];
  const table = (head: string, costs: (host: HostCosts) => readonly (Cost | null)[]): string => {
    const rows = counted
      .filter(host => costs(host).some(cost => cost !== null))
      .map(host => `| ${[host.driver, ...costs(host).map(cost => cellOf(cost, notes))].join(' | ')} |`);
    const sized = sizes.map(size => size.toLocaleString('en'));
    return [
      `| ${[head, ...sized].join(' | ')} |`,
      `|---|${sizes.map(() => '---:|').join('')}`,
      ...rows,
      '',
    ].join('\n');
  };
  const parent = table('NS of so many cuts of one zone', host => host.parent);
  const child = table('so many new zones', host => host.child);
  const list = notes.map((note, index) => `${index + 1}. ${note}`);
  return `\n${parent}\n${child}\n${list.join('\n')}\n`;
}

/** Such as `12 calls, 3.5 s`. */
function cellOf(cost: Cost | null, notes: string[]): string {
  if (cost === null) return '';
  const { calls, seconds, count, ended } = cost;
  const text = `${calls.toLocaleString('en')} ${calls === 1 ? 'call' : 'calls'}, ${timeOf(seconds)}`;
  if (ended === null) return text;
  if (!notes.includes(ended)) notes.push(ended);
  return `${count}: ${text} (${notes.indexOf(ended) + 1})`;
}

function timeOf(seconds: number): string {
  if (seconds < 90) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  const minutes = seconds / 60;
  return minutes < 90 ? `${minutes.toFixed(0)} min` : `${(minutes / 60).toFixed(1)} h`;
}
