import { existsSync } from 'node:fs';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startInternet } from '../src/sandbox/internet.ts';
import { shortTimes } from '../src/sandbox/times.ts';
import { alternatePrograms, type Program } from './measure.ts';
import { printTable } from './table.ts';

const rounds = 25;
/** Delegated in every sandbox, by com to a host with two servers. */
const delegated = 'example.com';

/** Start-up of the built command as a ratio to that of Node itself. */
export async function benchCli(): Promise<void> {
  if (!existsSync(path.join('dist', 'zonecut.js')))
    throw new Error('dist/zonecut.js is not there: npm run build');
  const folder = await mkdtemp(path.join(tmpdir(), 'zonecut-bench-'));
  const internet = await startInternet({ port: 0, times: shortTimes });
  try {
    // A copy, so that a build at the same time does not take the command away from under the runs.
    await cp('dist', path.join(folder, 'dist'), { recursive: true });
    await cp('package.json', path.join(folder, 'package.json'));
    const command = path.join(folder, 'dist', 'zonecut.js');
    const hints = path.join(folder, 'named.root');
    await writeFile(hints, internet.hintsText);
    const environment = {
      ...process.env,
      ...internet.environment,
      ZONECUT_ROOT_HINTS: hints,
      XDG_STATE_HOME: folder,
    };
    const node = (name: string, ...words: readonly string[]): Program => ({
      name,
      command: process.execPath,
      arguments: words,
      environment,
    });
    const [bare, version, verify] = await alternatePrograms(
      [
        node('node -e 0', '-e', '0'),
        node('zonecut --version', command, '--version'),
        node(`zonecut verify ${delegated}`, command, 'verify', delegated),
      ],
      rounds,
    );
    if (bare === undefined || version === undefined || verify === undefined) return;
    const peer = { name: 'node -e 0', cost: bare };
    printTable(`cli: start-up, medians of ${rounds} runs of each in turns (CPU: means)`, [
      { name: 'node -e 0', cost: bare },
      { name: 'zonecut --version', cost: version, peer, goals: [{ kind: 'time', atMost: 1.5 }] },
      { name: `zonecut verify ${delegated}`, cost: verify, peer, goals: [{ kind: 'time', atMost: 2 }] },
    ]);
  } finally {
    await internet.close();
    await rm(folder, { recursive: true, force: true });
  }
}
