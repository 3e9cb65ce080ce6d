import { spawn } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, type TestContext, test } from 'vitest';
import { attemptOf, labelOfAttempt } from '../attempt.ts';
import type { Said } from '../cli/program.ts';
import { generatedName } from './authority.ts';
import { type AuditCommand, openAuditCommand } from './command.ts';

let command: AuditCommand;
let folder: string;

beforeAll(async () => {
  command = await openAuditCommand();
  folder = command.folder;
});

afterAll(async () => {
  await command?.close();
});

/** One name of each kind, ten in all, and no `silent` or `garbage`, which take seconds. */
const kinds = [
  'ok-0',
  'refused-1',
  'ok-2',
  'renamed-3',
  'skew-5',
  'ok-6',
  'moved-7',
  'ok-8',
  'absent-9',
  'ok-10',
];
const names = kinds.map(kind => `${kind}.bulk`);

/** A file that no other attempt of a test has written. */
function fileOf(label: string, context: TestContext): string {
  return path.join(folder, labelOfAttempt(label, attemptOf(context)));
}

function auditOf(content: string | Uint8Array, ...flags: readonly string[]): Promise<Said> {
  return command.audit(content, ...flags);
}

interface Line {
  readonly kind: string;
  readonly name?: string;
  readonly id?: string;
  readonly subject?: string;
  readonly variant?: string | null;
  readonly line?: number;
  readonly why?: string;
}

function linesIn(out: string): readonly Line[] {
  return out
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line));
}

function summaryIn(out: string): unknown {
  return linesIn(out).at(-1);
}

const faultyOf = (out: string): readonly string[] => [
  ...new Set(linesIn(out).flatMap(({ kind, name = '' }) => (kind === 'finding' ? [name] : []))),
];
const faulty = ['refused-1.bulk.', 'renamed-3.bulk.', 'skew-5.bulk.', 'moved-7.bulk.', 'absent-9.bulk.'];

describe('the input of an audit', () => {
  test('may be empty', async () => {
    const said = await auditOf('');
    expect(said.exitCode).toBe(0);
    expect(summaryIn(said.out)).toMatchObject({ kind: 'summary', names: 0, notNames: 0, findings: 0 });
  });

  test('is read as people write names, each once', async () => {
    const [first = '', ...rest] = names;
    const text = `# a list\n\n${first.toUpperCase()}.\r\n 1,${first} \n${rest.join('\n')}\n${rest.join('.\n')}`;
    const said = await auditOf(text);
    expect(said.exitCode).toBe(5);
    expect(faultyOf(said.out)).toEqual(faulty);
    expect(summaryIn(said.out)).toMatchObject({
      names: 10,
      healthy: 5,
      faulty: 5,
      duplicates: 10,
      notNames: 0,
    });
  });

  test('may hold lines that are no names, or far too long, and loses nothing else by them', async () => {
    const long = 'x'.repeat(1024 * 1024);
    const lines = [
      ...names.slice(0, 5),
      long,
      'no name at all',
      'a..b',
      'ä'.repeat(80),
      '.',
      ...names.slice(5),
    ];
    const said = await auditOf(lines.join('\n'));
    expect(faultyOf(said.out)).toEqual(faulty);
    const told = linesIn(said.out).filter(({ kind }) => kind === 'not-a-name');
    expect(told.map(({ line }) => line)).toEqual([6, 7, 8, 9, 10]);
    expect(told[0]?.why).toBe('the line has more than 1024 octets');
    expect(summaryIn(said.out)).toMatchObject({ names: 10, notNames: 5 });
  });

  test('may be garbage: lines are counted, a hundred are told', async () => {
    const garbage = Uint8Array.from({ length: 300_000 }, (_, at) =>
      at % 150 === 149 ? 10 : 128 + ((at * 7919) % 128),
    );
    const said = await auditOf(garbage);
    // Nothing was looked at, which is not the same as nothing wrong.
    expect(said.exitCode).toBe(2);
    expect(summaryIn(said.out)).toMatchObject({ names: 0, notNames: 2_000 });
    expect(linesIn(said.out)).toHaveLength(101);
  });

  test('may be a zone file: its cuts', async () => {
    const ns = names.map(name => `${name}. NS ns1.example.\n${name}. NS ns2.example.\n`).join('');
    const said = await auditOf(
      `$ORIGIN bulk.\n$TTL 60\n@ SOA a b 1 2 3 4 5\n@ NS a\nbroken A 1.2.3\n${ns}`,
      '--zone-file',
    );
    expect(faultyOf(said.out)).toEqual(faulty);
    expect(summaryIn(said.out)).toMatchObject({ names: 10, notNames: 1 });
  });

  test('may be an account: every zone and every cut in it', async () => {
    const cuts = names.map(name => `${name}. 60 NS ns1.example.\n`).join('');
    const file = path.join(folder, 'bulk.zone');
    await writeFile(file, `bulk. 60 SOA ns0.nic.bulk. b. 1 2 3 4 5\nbulk. 60 NS ns0.nic.bulk.\n${cuts}`);
    await writeFile(
      path.join(folder, 'absent-99.bulk.zone'),
      'absent-99.bulk. 60 SOA a. b. 1 2 3 4 5\nabsent-99.bulk. 60 NS a.\n',
    );
    const said = await command.run('--host', 'zonefile');
    await rm(file);
    await rm(path.join(folder, 'absent-99.bulk.zone'));
    expect(said.err).not.toContain('ZC_');
    expect(faultyOf(said.out).toSorted()).toEqual([...faulty, 'absent-99.bulk.'].toSorted());
  });

  test('is asked for where none is given, and has to be there', async () => {
    const none = await command.run();
    expect([none.exitCode, none.err]).toEqual([2, expect.stringContaining('no source of names is given')]);
    const missing = await command.run(path.join(folder, 'nothing'));
    expect([missing.exitCode, missing.err]).toEqual([2, expect.stringContaining('ZC_USAGE')]);
  });
});

describe('the output of an audit', () => {
  test('is not replaced without --force, nor gone on with when it is complete', async context => {
    const output = fileOf('out', context);
    expect((await auditOf('ok-1.bulk\n', '-o', output)).exitCode).toBe(0);
    const before = await readFile(output, 'utf8');
    const again = await auditOf('ok-1.bulk\n', '-o', output);
    expect([again.exitCode, again.err]).toEqual([2, expect.stringContaining('is there already')]);
    const resumed = await auditOf('ok-1.bulk\n', '-o', output, '--resume');
    expect([resumed.exitCode, resumed.err]).toEqual([2, expect.stringContaining('was not broken off')]);
    expect(await readFile(output, 'utf8')).toBe(before);
    expect((await auditOf('ok-1.bulk\n', '-o', output, '--force')).exitCode).toBe(0);
  });

  test('goes on after a full disk, with nothing lost and nothing twice', async context => {
    const output = fileOf('full', context);
    const input = Array.from({ length: 132 }, (_, at) => generatedName(at, 2))
      .filter(name => !/^(silent|garbage)/.test(name))
      .join('\n');
    const whole = await auditOf(input);
    const file = path.join(folder, 'input');
    // A limit of the size of files makes writes fail as a full disk does.
    const words = [
      '-c',
      'ulimit -f 16; exec "$@"',
      'sh',
      process.execPath,
      command.program.file,
      'audit',
      file,
      '-o',
      output,
    ];
    const full = await ended('bash', words);
    expect([full.exitCode, full.err]).toEqual([1, expect.stringContaining('ZC_OUTPUT')]);
    expect(full.err).toContain('--resume');
    const resumed = await command.run(file, '-o', output, '--resume');
    expect(resumed.exitCode).toBe(5);
    const found = await readFile(output, 'utf8');
    expect(found.length).toBeGreaterThan(16 * 1024);
    expect(found).toBe(whole.out);
  });

  test('belongs to one input: another is refused', async () => {
    const output = path.join(folder, 'other');
    await writeFile(output, '');
    const state = {
      schema: 'zonecut/audit-state/v1',
      items: 2,
      octets: 0,
      digest: '0123456789abcdef',
      counts: {},
    };
    await writeFile(`${output}.state`, JSON.stringify(state));
    const said = await auditOf('ok-1.bulk\nok-2.bulk\nok-3.bulk\n', '-o', output, '--resume');
    expect([said.exitCode, said.err]).toEqual([1, expect.stringContaining('the input is not what it was')]);
  });

  test('may find its reader gone: that is told, and does not look like an end', async () => {
    const input = Array.from({ length: 20_000 }, (_, at) => `absent-${at}.bulk`).join('\n');
    const file = path.join(folder, 'input');
    await writeFile(file, input);
    const child = spawn(process.execPath, [command.program.file, 'audit', file], {
      env: { PATH: process.env['PATH'], ...command.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let err = '';
    child.stderr.on('data', (text: Buffer) => {
      err += text.toString();
    });
    child.stdout.once('data', () => child.stdout.destroy());
    const exitCode = await new Promise(resolve => child.once('close', resolve));
    expect([exitCode, err]).toEqual([1, expect.stringContaining('ZC_OUTPUT')]);
  });
});

test('audit diff tells what is new and what is gone', async context => {
  const [before, after] = [fileOf('before', context), fileOf('after', context)];
  await auditOf('refused-1.bulk\nskew-2.bulk\n', '-o', before);
  await auditOf('skew-2.bulk\nabsent-3.bulk\n', '-o', after);
  const said = await command.run('diff', before, after);
  expect([said.out, said.err, said.exitCode]).toEqual([expect.any(String), '', 5]);
  expect(said.out).toContain('+ absent-3.bulk. critical delegation-missing');
  expect(said.out).toContain('- refused-1.bulk. error lame-rcode');
  expect(said.out).not.toContain('skew-2');
  const same = await command.run('diff', after, after);
  expect(same.exitCode).toBe(0);
  const wrong = await command.run('diff', path.join(folder, 'hints'), after);
  expect([wrong.exitCode, wrong.err]).toEqual([2, expect.stringContaining('no line of an audit')]);
});

function ended(shell: string, words: readonly string[]): Promise<{ exitCode: number | null; err: string }> {
  const child = spawn(shell, words, {
    env: { PATH: process.env['PATH'], ...command.environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let err = '';
  child.stderr.on('data', (text: Buffer) => {
    err += text.toString();
  });
  return new Promise(resolve => child.once('close', exitCode => resolve({ exitCode, err })));
}
