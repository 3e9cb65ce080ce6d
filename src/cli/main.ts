#!/usr/bin/env node
import path from 'node:path';
import { version } from '../version.ts';
import { exitCodes } from './exit-code.ts';

// Most people who ask for the version want nothing else: nothing else is loaded.
if (process.argv.length === 3 && (process.argv[2] === '--version' || process.argv[2] === '-V')) {
  process.stdout.write(`${version}\n`);
} else {
  void run();
}

async function run(): Promise<void> {
  let lost: Error | null = null;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // Whoever reads may have seen enough (`| head`): what was begun goes on, and is said to nobody. A full disk is told.
    if (error.code !== 'EPIPE') lost ??= error;
  });
  process.stderr.on('error', () => {});
  const { useCompiled } = await import('./compiled.ts');
  const keep = useCompiled(path.join(import.meta.dirname, 'chunks'), process.argv[2] ?? '', process.env);
  const { runCommand } = await import('./program.ts');
  const exitCode = await runCommand(process.argv);
  process.exitCode = exitCode;
  // The last write may fail after all else is done.
  process.once('beforeExit', () => {
    // The status of a command that has told of it itself.
    if (lost === null || exitCode === exitCodes.error) return;
    process.stderr.write(`zonecut: cannot write to standard output: ${lost.message} [ZC_OUTPUT]\n`);
    process.exitCode = exitCodes.error;
  });
  if (exitCode !== exitCodes.usage) keep();
}
