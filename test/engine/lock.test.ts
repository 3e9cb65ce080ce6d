import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lockFile } from '../../src/engine/lock.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'zonecut-lock-'));
  file = path.join(folder, 'x.lock');
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** The ID of a process that is over. */
async function deadProcess(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '']);
  await new Promise(resolve => child.once('exit', resolve));
  return child.pid ?? 0;
}

test('a lock holds the ID of the process, and leaves nothing when it is released', async () => {
  const lock = await lockFile(file, 'x');
  expect(await readFile(file, 'utf8')).toBe(`${process.pid}\n`);
  expect(await readdir(folder)).toEqual(['x.lock']);
  await lock.release();
  expect(await readdir(folder)).toEqual([]);
});

test('a lock that a living process has is respected', async () => {
  const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)']);
  await writeFile(file, `${child.pid}\n`);
  await expect(lockFile(file, 'run x')).rejects.toMatchObject({
    code: 'ZC_JOURNAL',
    message: `run x is in use by process ${child.pid}`,
  });
  child.kill('SIGKILL');
  await new Promise(resolve => child.once('exit', resolve));
  await (await lockFile(file, 'run x')).release();
});

test.each([['of a dead process'], ['without an ID'], ['with garbage']])(
  'a lock %s is taken over',
  async what => {
    await writeFile(
      file,
      what.endsWith('process') ? `${await deadProcess()}\n` : what.endsWith('ID') ? '' : 'x\n',
    );
    const lock = await lockFile(file, 'x');
    expect(await readFile(file, 'utf8')).toBe(`${process.pid}\n`);
    await lock.release();
    expect(await readdir(folder)).toEqual([]);
  },
);

test('of many processes that want it at once just one gets it', async () => {
  await writeFile(file, `${await deadProcess()}\n`);
  const program = path.join(folder, 'wants.mjs');
  await build({
    stdin: {
      contents: `import { lockFile } from './lock.ts';
        await lockFile(process.argv[2], 'x').then(() => console.log('got'), error => console.log(error.code));
        process.stdin.resume();`,
      resolveDir: path.join(import.meta.dirname, '../../src/engine'),
    },
    outfile: program,
    bundle: true,
    format: 'esm',
    platform: 'node',
  });
  const children = Array.from({ length: 6 }, () => spawn(process.execPath, [program, file]));
  const said = await Promise.all(
    children.map(
      child =>
        new Promise<string>(resolve => child.stdout.once('data', data => resolve(String(data).trim()))),
    ),
  );
  for (const child of children) {
    child.kill('SIGKILL');
  }
  expect(said.sort()).toEqual([...Array.from({ length: 5 }, () => 'ZC_JOURNAL'), 'got']);
});
