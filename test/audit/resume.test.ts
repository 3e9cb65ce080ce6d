import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { bundleProgram } from '../cli/program.ts';
import { startAuthority } from './authority.ts';
import { plantedRun } from './planted-run.ts';

test('an audit that is killed goes on: no finding is lost, and none is there twice', {
  timeout: 600_000,
}, async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'zonecut-audit-'));
  const program = await bundleProgram();
  const authority = await startAuthority();
  try {
    const result = await plantedRun({
      names: 3_000,
      share: 20,
      kills: 2,
      folder,
      command: [process.execPath, program.file],
      authority,
    });
    expect(result.wrong).toEqual([]);
    expect(result.kills).toBeGreaterThan(0);
    expect(result.findings).toBeGreaterThan(150);
  } finally {
    await authority.close();
    await program.remove();
    await rm(folder, { recursive: true, force: true });
  }
});
