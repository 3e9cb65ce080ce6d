import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { type CheckFlags, check } from '../../src/cli/commands/check.ts';
import { delegate } from '../../src/cli/commands/delegate.ts';
import { parseFacts } from '../../src/survey/facts-schema.ts';
import { type Box, openBox, type Ran } from '../e2e/box.ts';

const box: Box = await openBox({}, 'none');
const folder = await mkdtemp(path.join(tmpdir(), 'zonecut-check-'));
afterAll(async () => {
  await Promise.all([box.close(), rm(folder, { recursive: true, force: true })]);
});

const name = 'staging.example.com';
const run = (what: string | undefined, flags: CheckFlags = {}): Promise<Ran> =>
  box.run(context => check(context, what, flags));

// One after the other: what is delegated stays delegated.
describe('zonecut check', () => {
  test('says that a name is not delegated, shows who says so, and gives the line to add', async () => {
    const { exitCode, out } = await run(name);
    expect(exitCode).toBe(5);
    expect(out).toMatch(
      /critical example\.com\. has no NS records for staging\.example\.com\. \[delegation-missing\]/,
    );
    expect(out).toMatch(/staging\.example\.com\. NS: NXDOMAIN/);
    expect(out).toMatch(/at the parent:\n +\+ staging\.example\.com\. 3600 IN NS/);
  });

  test('looks at any delegation, that of a top-level domain and the root among them', async () => {
    for (const above of ['com', '.']) {
      const { exitCode, out } = await run(above, { failOn: 'critical' });
      expect(out).not.toMatch(/^critical/m);
      expect(exitCode).toBe(0);
    }
  });

  test('judges a delegation before it exists', async () => {
    const pre = ['ns-9.nowhere.test', 'dns1.registrar-servers.com'];
    const { exitCode, out } = await run(name, { pre });
    expect(exitCode).toBe(5);
    expect(out).toMatch(/ns-9\.nowhere\.test\. has no address/);
    expect(out).not.toMatch(/delegation-missing/);
  });

  test('finds nothing as bad as an error in a delegation that zonecut made', async () => {
    await box.run(
      context => delegate(context, name, { child: 'route53', parent: 'namecheap', for: 'authoritative' }),
      {
        options: { yes: true },
      },
    );
    const { exitCode, out } = await run(name);
    expect(out).toMatch(/\[ns-no-ipv6\]/);
    expect(out).not.toMatch(/^(critical|error|warning)/m);
    expect(exitCode).toBe(0);
  });

  test('looks deep when it is told to, at servers that keep the case of a question and their zones', async () => {
    const file = path.join(folder, 'deep.json');
    const { exitCode, out } = await run(name, { deep: true, save: file });
    expect(exitCode).toBe(0);
    expect(out).not.toMatch(/qname-case|axfr-open/);
    const { children } = parseFacts(await readFile(file, 'utf8'));
    const seen = children.map(({ deep }) => [deep?.mixedCase, deep?.transfer].map(one => one?.exchange));
    const answers = seen.map(both =>
      both.map(one => (one?.kind === 'response' ? one.message.rcode : one?.kind)),
    );
    expect(new Set(answers.map(both => both.join(' ')))).toEqual(new Set(['NOERROR REFUSED']));
  });

  test('reads what others publish from files, and says what is missing in them', async () => {
    const file = async (called: string, text: string | Uint8Array): Promise<string> => {
      const place = path.join(folder, called);
      await writeFile(place, text);
      return place;
    };
    const facts = path.join(folder, 'deep.json');
    const { children } = parseFacts(await readFile(facts, 'utf8'));
    const lines = children.map(({ address }) => `${address}/32\t64500\n`).join('');
    const table = await file('table.gz', gzipSync(`; comment\nodd\n${lines}`));
    const rdap = path.join(folder, 'rdap');
    await mkdir(rdap, { recursive: true });
    const answer = {
      objectClassName: 'domain',
      ldhName: 'awsdns-00.org',
      events: [{ eventAction: 'expiration', eventDate: '2001-02-03T04:05:06Z' }],
    };
    await file('rdap/one.json', JSON.stringify(answer));
    const { exitCode, out, err } = await run(undefined, { from: facts, asnTable: [table], rdap: [rdap] });
    expect(out).toMatch(/notice +all IPv4 addresses are announced by AS64500: .*\[single-asn\]/);
    expect(err).toContain(
      `--asn-table ${table}: 1 of ${children.length + 1} lines have no prefix and AS number`,
    );
    expect(err).toMatch(/--rdap has nothing about \S+/);
    expect(exitCode).toBe(0);
  });

  test.each<[CheckFlags, RegExp]>([
    [{ rdap: ['/nowhere'] }, /^--rdap \/nowhere cannot be read/],
    [{ cloudRanges: ['package.json'] }, /^--cloud-ranges package\.json: it is neither ip-ranges\.json/],
    [{ asnTable: ['/nowhere'] }, /^--asn-table \/nowhere cannot be read/],
    [{ asnTable: ['package.json'] }, /^--asn-table package\.json has no line with a prefix/],
  ])('says what is wrong with a file: %o', async (flags, message) => {
    const { error, exitCode } = await run(name, flags);
    expect(error?.message).toMatch(message);
    expect(exitCode).toBe(2);
  });

  test('fails from the severity that is asked for, and by a profile', async () => {
    expect((await run(name, { failOn: 'notice' })).exitCode).toBe(5);
    const profile = path.join(folder, 'profile.json');
    await writeFile(profile, '{"ns-no-ipv6": "critical"}');
    const strict = await run(name, { profile });
    expect(strict.exitCode).toBe(5);
    expect(strict.out).toMatch(/^critical .*\[ns-no-ipv6\]/m);
    expect((await run(name, { profile, failOn: 'never' })).exitCode).toBe(0);
  });

  test('keeps facts, and judges them again without a network', async () => {
    const save = path.join(folder, 'facts.json');
    const first = await run(name, { save });
    expect(JSON.parse(await readFile(save, 'utf8'))).toMatchObject({
      schema: 'zonecut/facts/v1',
      cut: `${name}.`,
    });
    const environment = { ...box.environment, ZONECUT_ROOT_HINTS: '' };
    const again = await box.run(context => check(context, undefined, { from: save }), { environment });
    expect(again.out).toBe(first.out);
  });

  test('prints one document a finding and a summary', async () => {
    const { out } = await run(name, { ndjson: true });
    const lines = out
      .trim()
      .split('\n')
      .map(line => JSON.parse(line));
    expect(lines.slice(0, -1).every(({ kind, id, remedy }) => kind === 'finding' && id && remedy.text)).toBe(
      true,
    );
    expect(lines.at(-1)).toMatchObject({
      kind: 'summary',
      schema: 'zonecut/check/v1',
      ok: true,
      findings: lines.length - 1,
    });
  });

  test('prints SARIF whose results name rules, JUnit that counts, Markdown and HTML', async () => {
    const sarif = JSON.parse((await run(name, { format: 'sarif' })).out);
    const { tool, results } = sarif.runs[0];
    expect(sarif.version).toBe('2.1.0');
    expect(results.length).toBeGreaterThan(0);
    expect(
      results.every(
        (result: { ruleId: string; ruleIndex: number }) =>
          tool.driver.rules[result.ruleIndex].id === result.ruleId,
      ),
    ).toBe(true);
    const junit = (await run(name, { format: 'junit', failOn: 'notice' })).out;
    expect(junit).toMatch(/<testcase classname="staging\.example\.com\." name="delegation-missing"\/>/);
    expect(junit.match(/<failure /g)?.length).toBe(Number(/failures="(\d+)"/.exec(junit)?.[1]));
    expect((await run(name, { format: 'markdown' })).out).toMatch(/^\| notice \| `ns-no-ipv6` \|/m);
    expect((await run(name, { format: 'html' })).out).toMatch(/<section class="notice">[\s\S]*ns-no-ipv6/);
  });
});

describe('zonecut check refuses', () => {
  const rows: readonly (readonly [string, string | undefined, CheckFlags, RegExp])[] = [
    ['no name', undefined, {}, /name is missing/],
    ['another format', name, { format: 'pdf' }, /allowed are text, markdown/],
    ['another severity', name, { failOn: 'bad' }, /allowed are critical, error/],
    ['a server at no address', name, { pre: ['ns1.example.com=here'] }, /"here" is no address/],
    ['DS without servers', name, { preDs: ['1 13 2 00'] }, /--pre-ds needs --pre/],
    ['a profile that is not there', name, { profile: path.join(folder, 'none') }, /cannot be read/],
    [
      'a profile of nothing',
      name,
      { profile: path.join(import.meta.dirname, 'check.test.ts') },
      /no JSON object/,
    ],
    [
      'facts of something else',
      undefined,
      { from: path.join(import.meta.dirname, 'check.test.ts') },
      /no facts/,
    ],
    ['facts and a name', name, { from: path.join(folder, 'facts.json') }, /without a name/],
  ];
  test.each(rows)('%s', async (_what, what, flags, says) => {
    const { error, exitCode } = await run(what, flags);
    expect(error?.message).toMatch(says);
    expect(exitCode).toBe(2);
  });
});
