import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { bundleProgram, type Said } from './program.ts';

const program: Awaited<ReturnType<typeof bundleProgram>> = await bundleProgram();
afterAll(() => program.remove());

let home = '';
beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'zonecut-home-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

const folder = (): string => path.join(home, '.cache', 'zonecut');

async function run(environment: Readonly<Record<string, string>> = {}): Promise<Said> {
  const said = await program.run(['hosts', 'caps', 'route53'], { HOME: home, ...environment });
  expect(said).toMatchObject({ exitCode: 0, err: '' });
  expect(said.out).toContain('route53');
  return said;
}

/** The files in `where`, each with the moment of its last change. */
async function kept(where = folder()): Promise<readonly string[]> {
  const names = await readdir(where, { recursive: true }).catch(() => []);
  const each = names.map(async name => ({ name, stats: await stat(path.join(where, name)) }));
  const found = (await Promise.all(each)).filter(({ stats }) => stats.isFile());
  return found.map(({ name, stats }) => `${name} ${stats.mtimeMs}`).sort();
}

describe('what a command compiled', () => {
  test('is kept for this user alone, and used the next time', async () => {
    const first = await run();
    const files = await kept();
    expect(files).not.toEqual([]);
    expect((await stat(folder())).mode & 0o077).toBe(0);
    expect(await run()).toEqual(first);
    expect(await kept()).toEqual(files);
  });

  test('is compiled again when it is damaged', async () => {
    const first = await run();
    for (const file of await kept()) {
      const place = path.join(folder(), file.slice(0, file.lastIndexOf(' ')));
      const octets = await readFile(place);
      await writeFile(place, octets.fill(0, octets.length >> 1));
    }
    const damaged = await kept();
    expect(await run()).toEqual(first);
    expect(await kept()).not.toEqual(damaged);
    expect(await run()).toEqual(first);
  });

  test.each([0o777, 0o755])('is not kept where others can enter: mode %o', async mode => {
    await mkdir(folder(), { recursive: true });
    await chmod(folder(), mode);
    await run();
    expect(await kept()).toEqual([]);
  });

  test('is not kept below a folder that others can write to', async () => {
    await chmod(home, 0o777);
    await run();
    expect(await kept()).toEqual([]);
  });

  test('is not kept behind a symbolic link', async () => {
    const elsewhere = path.join(home, 'elsewhere');
    await mkdir(elsewhere, { mode: 0o700 });
    await mkdir(path.dirname(folder()));
    await symlink(elsewhere, folder());
    await run();
    expect(await kept(elsewhere)).toEqual([]);
  });

  test('is not kept where a file is in the way, nor where nobody lives, nor when told not to', async () => {
    await writeFile(path.join(home, '.cache'), '');
    await run();
    await run({ HOME: '' });
    await rm(path.join(home, '.cache'));
    await run({ ZONECUT_CACHE_DIR: 'none' });
    expect(await kept(home)).toEqual([]);
  });

  test('of a mistaken command line is not kept', async () => {
    expect(await program.run(['hots'], { HOME: home })).toMatchObject({ exitCode: 2 });
    expect((await kept()).filter(file => file.startsWith('hots'))).toEqual([]);
  });

  test('goes where ZONECUT_CACHE_DIR says', async () => {
    const own = path.join(home, 'own');
    await run({ ZONECUT_CACHE_DIR: own });
    expect(await kept(own)).not.toEqual([]);
    expect(await kept()).toEqual([]);
  });
});
