import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { bundleCommand } from '../../scripts/bundle.mjs';

/** What a process said and how it ended. */
export interface Said {
  readonly exitCode: number | null;
  readonly out: string;
  readonly err: string;
}

/** The command as its users have it: a bundle, run by Node. */
export interface Program {
  /** What Node runs. */
  readonly file: string;
  /** Runs the command without a terminal, in exactly that environment. */
  run(args: readonly string[], environment: Readonly<Record<string, string>>): Promise<Said>;
  /** All that was ever said. */
  readonly all: readonly Said[];
  remove(): Promise<void>;
}

/** Bundles the command. */
export async function bundleProgram(): Promise<Program> {
  const folder = await mkdtemp(path.join(tmpdir(), 'zonecut-cli-'));
  await bundleCommand(folder);
  const all: Said[] = [];
  return {
    file: path.join(folder, 'zonecut.js'),
    all,
    run: async (args, environment) => {
      const said = await runProcess([path.join(folder, 'zonecut.js'), ...args], environment);
      all.push(said);
      return said;
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

function runProcess(args: readonly string[], environment: Readonly<Record<string, string>>): Promise<Said> {
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk.toString();
  });
  return new Promise(resolve => child.on('close', exitCode => resolve({ exitCode, out, err })));
}
