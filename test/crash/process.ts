import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import type { Box } from '../e2e/box.ts';

/** The victim as a program. */
export interface Program {
  readonly file: string;
  remove(): Promise<void>;
}

/** Bundles the victim, so that it starts as fast as the command does. */
export async function bundleVictim(): Promise<Program> {
  const folder = await mkdtemp(path.join(tmpdir(), 'zonecut-victim-'));
  const file = path.join(folder, 'victim.mjs');
  await build({
    entryPoints: [path.join(import.meta.dirname, 'victim.ts')],
    outfile: file,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    banner: {
      js: "import { createRequire as victimRequire } from 'node:module';const require = victimRequire(import.meta.url);",
    },
    logLevel: 'warning',
  });
  return { file, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** How a process ended. */
export interface Ended {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly output: string;
  /** Milliseconds from `ready` to the end; null when it was never ready. */
  readonly readyMs: number | null;
}

/** When a process is killed. */
export interface Death {
  readonly variables?: Readonly<Record<string, string>>;
  /** Milliseconds after it is ready. */
  readonly afterMs?: number;
  /** Is given the process as soon as it is ready, to kill it at a moment of its own choice. */
  readonly onReady?: (child: ChildProcess) => void;
}

/** Runs the victim in the internet of `box` until it ends or is killed. */
export async function runVictim(
  program: Program,
  box: Box,
  args: readonly string[],
  death: Death = {},
): Promise<Ended> {
  const child = spawn(process.execPath, [program.file, ...args], {
    env: { PATH: process.env['PATH'], ...box.environment, ...death.variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let readyAt: number | null = null;
  const heard = (chunk: Buffer): void => {
    output += chunk.toString();
    if (readyAt === null && output.includes('ready')) {
      readyAt = performance.now();
      death.onReady?.(child);
      if (death.afterMs !== undefined) {
        setTimeout(() => child.kill('SIGKILL'), death.afterMs);
      }
    }
  };
  child.stdout.on('data', heard);
  child.stderr.on('data', heard);
  return await new Promise(resolve => {
    child.on('close', (exitCode, signal) =>
      resolve({
        exitCode,
        signal,
        output,
        readyMs: readyAt === null ? null : performance.now() - readyAt,
      }),
    );
  });
}
