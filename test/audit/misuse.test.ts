import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AuditCommand, openAuditCommand } from './command.ts';

let command: AuditCommand;
const at = (file: string): string => path.join(command.folder, file);

beforeAll(async () => {
  command = await openAuditCommand();
});

afterAll(async () => {
  await command?.close();
});

const inUtf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('ok-1.bulk\n', 'utf16le')]);

describe('what is no list of names is told, with what to do', () => {
  test.each<[string, string | Uint8Array, readonly string[], RegExp]>([
    ['compressed', gzipSync('ok-1.bulk\n'), [], /is compressed by gzip[\s\S]+gzip -dc/],
    ['in UTF-16', inUtf16, [], /is in UTF-16[\s\S]+iconv/],
    ['a zone file', '$ORIGIN bulk.\n@ SOA a b 1 2 3 4 5\n', [], /no names in the input: .*--zone-file/],
    ['a list for a zone file', 'ok-1.bulk\nok-2.bulk\n', ['--zone-file'], /no names .*without --zone-file/],
    [
      'a zone file without origin',
      '@ SOA a b 1 2 3 4 5\nx NS y\n',
      ['--zone-file'],
      /name @ before any \$ORIGIN/,
    ],
    ['with --origin', 'ok-1\n', ['--origin', 'bulk'], /--origin is for the relative names of a zone file/],
  ])('%s', async (_, content, flags, sentence) => {
    const said = await command.audit(content, ...flags);
    expect([said.exitCode, said.err]).toEqual([2, expect.stringMatching(sentence)]);
  });

  test('addresses and what else people paste are lines that are no names, and the names beside them are judged', async () => {
    const lines = [
      '192.0.2.1',
      '2001:db8::1',
      'https://ok-1.bulk/',
      'ok-2.bulk:53',
      'a@ok-3.bulk',
      'ok-4.bulk,',
      'ok-5.bulk',
    ];
    const said = await command.audit(`\ufeff${lines.join('\r\n')}`);
    expect(said.exitCode).toBe(0);
    const out = said.out
      .trim()
      .split('\n')
      .map(line => JSON.parse(line));
    expect(out.map(({ line }) => line)).toEqual([1, 2, 3, 4, 5, 6, undefined]);
    expect(out[1].why).toBe('that is an address, a name is wanted');
    expect(out.at(-1)).toMatchObject({ names: 1, healthy: 1, notNames: 6 });
  });

  test('a zone file with --origin has its names below it', async () => {
    const said = await command.audit(
      '@ SOA a b 1 2 3 4 5\n@ NS a\nabsent-1 NS y\n',
      '--zone-file',
      '--origin',
      'bulk',
    );
    expect([said.exitCode, said.out]).toEqual([5, expect.stringContaining('"name":"absent-1.bulk."')]);
  });
});

describe('an output is never what it must not be', () => {
  test('not what the names are read from, whatever it is called', async () => {
    await rm(at('another-name'), { force: true });
    await symlink(at('input'), at('another-name'));
    for (const output of ['input', 'another-name']) {
      const said = await command.audit('ok-1.bulk\n', '-o', at(output), '--force');
      expect([said.exitCode, said.err]).toEqual([2, expect.stringContaining('what the names are read from')]);
      expect(await readFile(at('input'), 'utf8')).toBe('ok-1.bulk\n');
    }
  });

  test('not a device, a folder, or in a folder that is not there', async () => {
    for (const output of ['/dev/full', command.folder]) {
      const said = await command.audit('ok-1.bulk\n', '-o', output, '--force');
      expect([said.exitCode, said.err]).toEqual([2, expect.stringContaining(`${output} is no file`)]);
    }
    const said = await command.audit('ok-1.bulk\n', '-o', at('nowhere/out'));
    expect([said.exitCode, said.err]).toEqual([1, expect.stringMatching(/cannot write .*ZC_OUTPUT/)]);
  });

  test('a full disk behind standard output is told, and does not look like an end', async () => {
    await writeFile(at('names'), 'absent-1.bulk\n');
    for (const words of [
      ['audit', at('names')],
      ['hosts', 'caps'],
    ]) {
      const { exitCode, err } = await toFullDisk(words);
      expect([words[0], exitCode]).toEqual([words[0], 1]);
      expect(err).toMatch(
        /^zonecut: cannot write to standard output: ENOSPC.* \[ZC_OUTPUT\]\n( {2}Make room.*\n)?$/,
      );
    }
  });
});

test('an audit that was broken off is not compared as if it were whole', async () => {
  const whole = await command.audit('absent-1.bulk\nabsent-2.bulk\n');
  const [first = ''] = whole.out.split('\n');
  await writeFile(at('whole'), whole.out);
  await writeFile(at('part'), `${first}\n`);
  const said = await command.run('diff', at('whole'), at('part'));
  expect(said.out).toMatch(/0 new, 1 gone, 1 in both\nthe later audit has no summary/);
  const same = await command.run('diff', at('whole'), at('whole'));
  expect(same.out).toBe('0 new, 0 gone, 2 in both\n');
});

/** Runs the command with standard output on a disk without room. */
function toFullDisk(words: readonly string[]): Promise<{ exitCode: number | null; err: string }> {
  const full = openSync('/dev/full', 'w');
  const child = spawn(process.execPath, [command.program.file, ...words], {
    env: { PATH: process.env['PATH'], ...command.environment },
    stdio: ['ignore', full, 'pipe'],
  });
  closeSync(full);
  let err = '';
  child.stderr?.on('data', (text: Buffer) => {
    err += text.toString();
  });
  return new Promise(resolve => child.once('close', exitCode => resolve({ exitCode, err })));
}
