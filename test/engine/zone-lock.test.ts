import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import { parseName } from '../../src/dns/name.ts';
import { type Lock, lockFile } from '../../src/engine/lock.ts';
import { takingTurns } from '../../src/engine/zone-lock.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { nodeWorld } from '../../src/world/node.ts';
import type { Wait } from '../../src/world/world.ts';

/** A process that reads a count, rests, and writes it back one higher: what a host that writes whole zones lets happen. */
const counting = `
  import { readFile, writeFile } from 'node:fs/promises';
  import { takingTurns } from './zone-lock.ts';
  import { nodeWorld } from '../world/node.ts';
  const [, , file, folder] = process.argv;
  const world = nodeWorld();
  const zone = { provider: 'x', id: 'example.com/1', apex: 'example.com.', nameServers: [], reference: null };
  const host = {
    id: 'x',
    label: 'X',
    changeZone: async () => {
      const count = Number(await readFile(file, 'utf8'));
      await new Promise(resolve => setTimeout(resolve, 30));
      await writeFile(file, String(count + 1));
    },
  };
  await takingTurns(world, host, folder).changeZone(zone, []);
  await world.close();
`;

test('processes that change one zone at once take turns', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'zonecut-turns-'));
  try {
    const program = path.join(folder, 'counts.mjs');
    await build({
      stdin: { contents: counting, resolveDir: path.join(import.meta.dirname, '../../src/engine') },
      outfile: program,
      bundle: true,
      format: 'esm',
      platform: 'node',
    });
    const file = path.join(folder, 'count');
    await writeFile(file, '0');
    const ended = Array.from(
      { length: 5 },
      () => new Promise(resolve => spawn(process.execPath, [program, file, folder]).once('close', resolve)),
    );
    expect(await Promise.all(ended)).toEqual([0, 0, 0, 0, 0]);
    expect(await readFile(file, 'utf8')).toBe('5');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('who waits for a turn is told by whom the zone is in use', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'zonecut-turns-'));
  try {
    const zone = {
      provider: 'x',
      id: '1',
      apex: parseName('example.com.'),
      nameServers: [],
      reference: null,
    };
    const told: Wait[] = [];
    let holder: Lock | null = null;
    let elapsed = 0;
    const clock = {
      now: () => elapsed,
      elapsed: () => elapsed,
      sleep: async (ms: number) => {
        elapsed += ms;
        if (elapsed > 10_000) await holder?.release();
      },
    };
    const world = { ...nodeWorld(), clock, onWait: (wait: Wait) => void told.push(wait) };
    const host = { id: 'x', label: 'X', changeZone: async () => undefined } as unknown as Provider;
    const turns = takingTurns(world, host, folder);
    await turns.changeZone(zone, []);
    expect(told).toEqual([]);
    holder = await lockFile(path.join(folder, 'locks', 'x 1.zone'), 'example.com. at X');
    await turns.changeZone(zone, []);
    expect(told).toEqual([
      {
        ms: expect.any(Number),
        why: `example.com. at X is in use by process ${process.pid}, which may take that long`,
      },
    ]);
    expect(told[0]?.ms).toBeLessThanOrEqual(118_000);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
