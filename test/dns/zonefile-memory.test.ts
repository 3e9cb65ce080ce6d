import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { expect, test } from 'vitest';

const heapMegabytes = 28;
const records = 100_000;

test('a zone file of 38 MB is read in a heap of 28 MB', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'zonecut-memory-'));
  try {
    const program = join(folder, 'program.mjs');
    await build({
      entryPoints: [resolve('test/dns/zonefile-memory-program.ts')],
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      outfile: program,
    });
    const words = [`--max-old-space-size=${heapMegabytes}`, program, String(records)];
    const { stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(stdout).toBe(`${records} 600 host-of-some-length-99001.example.\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
