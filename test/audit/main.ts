/** `npm run planted [-- --names=N --share=N --kills=N]`: an audit of generated delegations with planted faults, killed on the way. */
import { fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Endpoint } from '../../src/world/world.ts';
import { faults, startAuthority } from './authority.ts';
import { plantedRun } from './planted-run.ts';

const numberOf = (flag: string, otherwise: number): number =>
  Number(process.argv.find(word => word.startsWith(`--${flag}=`))?.split('=')[1] ?? otherwise);

interface Told {
  readonly hints: string;
  readonly endpoints: readonly (readonly [string, Endpoint])[];
}

/** The authority in a process of its own: its answers and the audit's questions shall not wait for each other. */
async function serve(): Promise<void> {
  const { hints, endpoints } = await startAuthority();
  process.send?.({ hints, endpoints: [...endpoints] });
  process.once('disconnect', () => process.exit());
}

async function run(): Promise<void> {
  const names = numberOf('names', 1_000_000);
  const share = numberOf('share', 50);
  const folder = await mkdtemp(path.join(tmpdir(), 'zonecut-planted-'));
  const server = fork(path.join('scripts', 'run-ts.mjs'), ['test/audit/main.ts', '--serve']);
  try {
    const told = await new Promise<Told>(resolve =>
      server.once('message', (message: Told) => resolve(message)),
    );
    const { wrong, kills, findings, peakOctets, cpuSeconds, seconds } = await plantedRun({
      names,
      share,
      kills: numberOf('kills', 5),
      folder,
      command: [process.execPath, path.join('dist', 'zonecut.js')],
      authority: { hints: told.hints, endpoints: new Map(told.endpoints) },
      log: line => process.stdout.write(`  ${line}\n`),
    });
    for (const sentence of wrong) process.stdout.write(`${sentence}\n`);
    const memory = `${((1e6 * cpuSeconds) / names).toFixed(0)} us of CPU a name, ${Math.round(peakOctets / 1e6)} MB at the most`;
    process.stdout.write(
      `${names} delegations, one in ${share} with one of ${faults.length - 1} kinds of faults; killed ${kills} times; ${findings} findings; ${seconds.toFixed(0)} s, ${memory}: ${wrong.length === 0 ? 'none missed, none invented, none twice' : 'WRONG'}\n`,
    );
    process.exitCode = wrong.length === 0 ? 0 : 1;
  } finally {
    server.disconnect();
    await rm(folder, { recursive: true, force: true });
  }
}

await (process.argv.includes('--serve') ? serve() : run());
