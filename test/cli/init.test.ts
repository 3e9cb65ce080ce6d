import { access, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { type Box, openBox } from '../e2e/box.ts';
import { bundleProgram } from './program.ts';

const [program, box, folder]: readonly [Awaited<ReturnType<typeof bundleProgram>>, Box, string] =
  await Promise.all([bundleProgram(), openBox({}, 'none'), mkdtemp(path.join(tmpdir(), 'zonecut-init-'))]);
afterAll(async () => {
  await Promise.all([program.remove(), box.close(), rm(folder, { recursive: true, force: true })]);
});

const file = path.join(folder, 'zonecut.yaml');
const hosts = ['--parent', 'namecheap', '--child', 'aws', '-o', file];
beforeEach(() => rm(file, { force: true }));

test('init without a terminal says which options to give, and writes nothing', async () => {
  const said = await program.run(['init', '--parent', 'namecheap', '-o', file], box.environment);
  expect(said).toMatchObject({ exitCode: 2, out: '' });
  expect(said.err).toMatch(/Give --child HOST; hosts are route53, .*--no-verify/);
  await expect(access(file)).rejects.toThrow();
});

test('init writes nothing when a host does not accept the credentials', async () => {
  const said = await program.run(['init', ...hosts], { ...box.environment, NAMECHEAP_API_KEY: 'wrong-key' });
  expect(said.exitCode).toBe(4);
  await expect(access(file)).rejects.toThrow();
});

test('init writes defaults without secrets, which other commands then take', async () => {
  const said = await program.run(['init', ...hosts, '--ttl', '777'], box.environment);
  expect(said).toMatchObject({ exitCode: 0, out: expect.stringMatching(/namecheap delegates to route53/) });
  const text = await readFile(file, 'utf8');
  expect(text).toMatch(/^parent: "namecheap"\nchild: "route53"\nttl: 777$/m);
  for (const [name, value] of Object.entries(box.environment)) {
    if (/KEY|SECRET|PASSWORD/.test(name)) expect(text, name).not.toContain(value);
  }
  const environment = { ...box.environment, ZONECUT_CONFIG: file };
  const planned = await program.run(['--json', 'plan', 'staging.example.com'], environment);
  expect(planned.exitCode, planned.err + planned.out).toBe(0);
  expect(JSON.parse(planned.out)).toMatchObject({
    plan: { parties: { parent: { id: 'namecheap' }, child: { id: 'route53' } } },
  });
  expect(planned.out).toContain('777');
  const other = await program.run(
    ['--json', 'plan', 'lab.example.org', '--parent', 'route53', '--child', 'dyn'],
    environment,
  );
  expect(JSON.parse(other.out)).toMatchObject({
    plan: { parties: { parent: { id: 'route53' }, child: { id: 'dyn' } } },
  });
  const again = await program.run(['init', ...hosts], box.environment);
  expect(again).toMatchObject({ exitCode: 2, err: expect.stringMatching(/is there already/) });
});
