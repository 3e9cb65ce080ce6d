#!/usr/bin/env node
import path from 'node:path';
import { version } from '../version.ts';
import { exitCodes } from './exit-code.ts';

// Most people who ask for the version want nothing else: nothing else is loaded.
if (process.argv.length === 3 && (process.argv[2] === '--version' || process.argv[2] === '-V')) {
  process.stdout.write(`${version}\n`);
} else {
  // Whoever reads may have seen enough (`| head`): what was begun goes on, and is said to nobody.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
  void run();
}

async function run(): Promise<void> {
  const { useCompiled } = await import('./compiled.ts');
  const keep = useCompiled(path.join(import.meta.dirname, 'chunks'), process.argv[2] ?? '', process.env);
  const { runCommand } = await import('./program.ts');
  process.exitCode = await runCommand(process.argv);
  if (process.exitCode !== exitCodes.usage) keep();
}
