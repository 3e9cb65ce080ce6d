import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { attemptOf, labelOfAttempt } from '../attempt.ts';
import { type Box, openBox } from '../e2e/box.ts';
import { bundleProgram } from './program.ts';

const [program, box]: readonly [Awaited<ReturnType<typeof bundleProgram>>, Box] = await Promise.all([
  bundleProgram(),
  openBox({}, 'none'),
]);
afterAll(async () => {
  await Promise.all([program.remove(), box.close()]);
});

interface Document {
  readonly schema?: unknown;
  readonly runs?: readonly unknown[];
}

const commands: readonly string[] = [
  'delegate',
  'plan',
  'apply',
  'undelegate',
  'move',
  'unsign',
  'undo',
  'adopt',
  'drift',
  'verify',
  'check',
  'trace',
  'export',
  'audit diff',
  'init',
  'hosts',
  'hosts caps',
  'hosts policy',
  'runs',
  'resume',
  'wait',
  'resolver',
  'resolver dump',
  'sandbox up',
  'sandbox env',
  'sandbox fault',
  'sandbox delay',
  'demo',
];

describe('--help', () => {
  test.concurrent.each(commands)('of %s has examples and fits a screen', async command => {
    const said = await program.run([...command.split(' '), '--help'], {});
    expect(said).toMatchObject({ exitCode: 0, err: '' });
    expect(said.out).toMatch(new RegExp(`\nExamples:\n .*zonecut ${command.split(' ')[0]}`));
    expect(said.out.split('\n').length).toBeLessThanOrEqual(40);
  });

  test.concurrent('names every command', async () => {
    const said = await program.run(['--help'], {});
    expect(said.exitCode).toBe(0);
    for (const command of commands) {
      expect(said.out).toMatch(new RegExp(`^  ${command.split(' ')[0]}\\b`, 'm'));
    }
  });
});

// One after the other: each stands on the one before.
test('--json of every command is one document with a schema', async context => {
  const json = async (args: readonly string[], exitCode = 0): Promise<Document> => {
    const said = await program.run(['--json', ...args], box.environment);
    expect(said).toMatchObject({ exitCode, err: '' });
    return JSON.parse(said.out);
  };
  const hosts = ['--child', 'route53', '--parent', 'namecheap'];
  const name = labelOfAttempt('staging.example.com', attemptOf(context));
  const latest = async (): Promise<unknown> => (await json(['runs'])).runs?.[0];
  expect(await json(['plan', name, ...hosts])).toMatchObject({ plan: { schema: 'zonecut/plan/v1' } });
  expect(await json(['verify', name], 5)).toMatchObject({ schema: 'zonecut/verify/v1', ok: false });
  expect(await json(['delegate', name, ...hosts, '--yes', '--for', 'authoritative'])).toMatchObject({
    schema: 'zonecut/run/v1',
    findings: [],
    open: true,
  });
  expect(await json(['runs'])).toMatchObject({ schema: 'zonecut/runs/v1' });
  expect(await latest()).toMatchObject({ cut: `${name}.`, finished: false });
  expect(await json(['wait', name])).toMatchObject({ schema: 'zonecut/run/v1', open: false });
  expect(await latest()).toMatchObject({ cut: `${name}.`, finished: true });
  expect(await json(['verify', name])).toMatchObject({ schema: 'zonecut/verify/v1', ok: true, findings: [] });
  expect(await json(['check', name])).toMatchObject({ schema: 'zonecut/check/v1', ok: true });
  expect(await json(['trace', name, 'SOA'])).toMatchObject({ schema: 'zonecut/trace/v1' });
  expect(await json(['export', name])).toMatchObject({
    schema: 'zonecut/delegation/v1',
    cut: `${name}.`,
  });
  expect(await json(['hosts'])).toMatchObject({ schema: 'zonecut/hosts/v1' });
  expect(await json(['hosts', 'caps', 'route53'])).toMatchObject({
    schema: 'zonecut/capabilities/v1',
    hosts: [{ id: 'route53', capabilities: { compareAndSet: true } }],
  });
  const [zone] = box.internet.hosts.route53.zones();
  expect(await json(['hosts', 'policy', 'route53', 'lab.example.org'])).toMatchObject({
    schema: 'zonecut/host-policy/v1',
    document: { Statement: [{}, { Resource: `arn:aws:route53:::hostedzone/${zone?.id}` }, {}] },
  });
  expect(await json(['undelegate', name, '--parent', 'namecheap'], 2)).toMatchObject({
    schema: 'zonecut/error/v1',
  });
  expect(await json(['--yes', 'undelegate', name, '--parent', 'namecheap'])).toMatchObject({
    schema: 'zonecut/run/v1',
  });
});

test('what is printed for people goes with what is printed for programs', async () => {
  const said = await program.run(['hosts'], box.environment);
  expect(said).toMatchObject({ exitCode: 0 });
  expect(said.out).toMatch(/Amazon Route 53[\s\S]*Namecheap[\s\S]*Dyn Managed DNS/);
  expect(said.out).toMatch(/example\.com\./);
});

describe('a deletion', () => {
  const args = ['undelegate', 'staging.example.org', '--parent', 'route53', '--child', 'dyn', '--yes'];
  test('is not answered by --yes', async () => {
    const flags = [
      'staging.example.org',
      '--parent',
      'route53',
      '--child',
      'dyn',
      '--yes',
      '--for',
      'authoritative',
    ];
    expect((await program.run(['delegate', ...flags], box.environment)).exitCode).toBe(0);
    const said = await program.run(args, box.environment);
    expect(said).toMatchObject({ exitCode: 2 });
    expect(said.err).toMatch(/--confirm staging\.example\.org/);
    const other = await program.run([...args, '--confirm', 'staging.example.com'], box.environment);
    expect(other).toMatchObject({ exitCode: 2 });
    expect(other.err).toMatch(/the zone to delete is staging\.example\.org/);
  });
});

describe('colours', () => {
  const sequence = '\u001b[';
  const rows: readonly [string, Readonly<Record<string, string>>, readonly string[], boolean][] = [
    ['are not for pipes', {}, [], false],
    ['come with FORCE_COLOR', { FORCE_COLOR: '1' }, [], true],
    ['come with CLICOLOR_FORCE', { CLICOLOR_FORCE: '1' }, [], true],
    ['go with NO_COLOR', { FORCE_COLOR: '1', NO_COLOR: '1' }, [], false],
    ['go with TERM=dumb', { FORCE_COLOR: '1', TERM: 'dumb' }, [], false],
    ['come with --color always, whatever else', { NO_COLOR: '1' }, ['--color', 'always'], true],
    ['go with --color never, whatever else', { FORCE_COLOR: '1' }, ['--color', 'never'], false],
  ];
  test.concurrent.each(rows)('%s', async (_words, environment, args, colourful) => {
    const said = await program.run([...args, 'hosts'], { ...box.environment, ...environment });
    expect(said.exitCode).toBe(0);
    expect(said.out.includes(sequence)).toBe(colourful);
  });
});

test('no secret is in any output, nor in any file of the state folder', async () => {
  const secrets = ['AWS_SECRET_ACCESS_KEY', 'NAMECHEAP_API_KEY', 'DYN_PASSWORD'].map(
    name => box.environment[name] ?? '',
  );
  const files = await readdir(box.folder, { recursive: true, withFileTypes: true });
  const texts = await Promise.all(
    files.filter(file => file.isFile()).map(file => readFile(path.join(file.parentPath, file.name), 'utf8')),
  );
  expect(texts.length).toBeGreaterThan(1);
  expect(program.all.length).toBeGreaterThan(30);
  for (const text of [...texts, ...program.all.flatMap(({ out, err }) => [out, err])]) {
    for (const secret of secrets) {
      expect(secret.length).toBeGreaterThan(8);
      expect(text).not.toContain(secret);
    }
  }
});
