import { spawn } from 'node:child_process';
import { afterAll, expect, test } from 'vitest';
import { bundleProgram } from './program.ts';

const program = await bundleProgram();
afterAll(() => program.remove());

test('a reader that goes away early ends no command', async () => {
  const child = spawn(process.execPath, [program.file, 'hosts', 'caps'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.destroy();
  let complaint = '';
  child.stderr.on('data', chunk => {
    complaint += String(chunk);
  });
  const exitCode = await new Promise(resolve => child.on('close', resolve));
  expect({ exitCode, complaint }).toEqual({ exitCode: 0, complaint: '' });
});
