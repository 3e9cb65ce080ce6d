import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { triedAgain } from '../attempt.ts';
import { type Box, openBox } from '../e2e/box.ts';
import { bundleProgram } from './program.ts';

const [program, box]: readonly [Awaited<ReturnType<typeof bundleProgram>>, Box] = await Promise.all([
  bundleProgram(),
  openBox({}, 'none'),
]);
afterAll(async () => {
  await Promise.all([program.remove(), box.close()]);
});

/** The SDK would look for credentials at an address of the cloud. */
const home = { ...box.environment, AWS_EC2_METADATA_DISABLED: 'true' };
const planFile = path.join(box.folder, 'plan.json');
const delegate = ['delegate', 'staging.example.com', '--child', 'route53', '--parent', 'namecheap'];

interface Row {
  readonly what: string;
  readonly args: readonly string[];
  readonly exitCode: number;
  /** What the first line says. */
  readonly says: RegExp;
  /** What the hint says. */
  readonly hint?: RegExp;
  readonly environment?: Readonly<Record<string, string>>;
}

const named = (name: string): readonly string[] => [
  'delegate',
  name,
  '--child',
  'route53',
  '--parent',
  'namecheap',
];

const names: readonly Row[] = [
  { what: 'an empty label', args: named('a..example.com'), exitCode: 2, says: /a label is empty/ },
  {
    what: 'a label of 64 octets',
    args: named(`${'a'.repeat(64)}.example.com`),
    exitCode: 2,
    says: /over 63 octets/,
  },
  {
    what: 'a name of 256 octets',
    args: named(`${'abcdefg.'.repeat(31)}abcdef`),
    exitCode: 2,
    says: /256 octets|255/,
  },
  { what: 'an escape beyond an octet', args: named('a\\256.example.com'), exitCode: 2, says: /256/ },
  { what: 'an escape of nothing', args: named('staging\\'), exitCode: 2, says: /\\/ },
  { what: 'an escape of too few digits', args: named('a\\25.example.com'), exitCode: 2, says: /\\25/ },
  {
    what: 'letters that are no IDN',
    args: named('a\u{fffd}b.example.com'),
    exitCode: 2,
    says: /IDN|U\+FFFD|IDNA/i,
  },
  { what: 'nothing', args: named(''), exitCode: 2, says: /empty/ },
  { what: 'the root', args: named('.'), exitCode: 2, says: /the root/ },
  { what: 'a top-level domain', args: named('com'), exitCode: 2, says: /top-level domain/ },
  { what: 'a wildcard', args: named('*.example.com'), exitCode: 2, says: /wildcard/ },
];

const hosts: readonly Row[] = [
  {
    what: 'a host that is misspelt',
    args: ['delegate', 'staging.example.com', '--child', 'rout53', '--parent', 'namecheap'],
    exitCode: 2,
    says: /no driver is called "rout53"/,
    hint: /Did you mean route53\?/,
  },
  {
    what: 'a host that nobody knows',
    args: ['delegate', 'staging.example.com', '--child', 'route53', '--parent', 'geocities'],
    exitCode: 2,
    says: /no driver is called "geocities"; there are route53, namecheap, dyn/,
  },
  {
    what: 'no child',
    args: ['delegate', 'staging.example.com'],
    exitCode: 2,
    says: /which host/,
    hint: /--child/,
  },
  {
    what: 'no key of Namecheap',
    args: delegate,
    environment: { NAMECHEAP_API_KEY: '' },
    exitCode: 4,
    says: /NAMECHEAP_API_KEY is not set/,
    hint: /Set NAMECHEAP_API_KEY/,
  },
  {
    what: 'a wrong key of Namecheap',
    args: delegate,
    environment: { NAMECHEAP_API_KEY: 'wrong-key-0123456789abcdef' },
    exitCode: 4,
    says: /API Key is invalid/,
    hint: /NAMECHEAP_API_KEY/,
  },
  {
    what: 'an address that Namecheap does not let in',
    args: delegate,
    environment: { NAMECHEAP_CLIENT_IP: '192.0.2.1' },
    exitCode: 4,
    says: /Invalid request IP/,
    hint: /whitelist/,
  },
  {
    what: 'half a key pair of AWS',
    args: delegate,
    environment: { AWS_SECRET_ACCESS_KEY: '' },
    exitCode: 4,
    says: /AWS_SECRET_ACCESS_KEY is not/,
    hint: /Set both/,
  },
  {
    what: 'no credentials of AWS',
    args: delegate,
    environment: { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' },
    exitCode: 4,
    says: /Route 53: /,
  },
  {
    what: 'a wrong secret of AWS',
    args: delegate,
    environment: { AWS_SECRET_ACCESS_KEY: 'wrong/secret/0123456789abcdef' },
    exitCode: 4,
    says: /SignatureDoesNotMatch|signature/,
  },
  {
    what: 'an access key that AWS does not know',
    args: delegate,
    environment: { AWS_ACCESS_KEY_ID: 'AKIAUNKNOWN000000000' },
    exitCode: 4,
    says: /InvalidClientTokenId|token/i,
  },
  {
    what: 'no password of Dyn',
    args: ['delegate', 'staging.example.net', '--child', 'route53', '--parent', 'dyn'],
    environment: { DYN_PASSWORD: '' },
    exitCode: 4,
    says: /DYN_PASSWORD/,
    hint: /Set/,
  },
  {
    what: 'a wrong password of Dyn',
    args: ['delegate', 'staging.example.net', '--child', 'route53', '--parent', 'dyn'],
    environment: { DYN_PASSWORD: 'wrong-password-0123456789' },
    exitCode: 4,
    says: /Dyn: /,
  },
  {
    what: 'a zone that is not in the account',
    args: named('staging.example.net'),
    exitCode: 1,
    says: /no zone that encloses staging\.example\.net\./,
    hint: /zonecut hosts/,
  },
];

const settings: readonly Row[] = [
  {
    what: 'a TTL of words',
    args: [...delegate, '--ttl', 'an hour'],
    exitCode: 2,
    says: /--ttl is "an hour".*1 to 2147483647/,
  },
  { what: 'a TTL of nothing', args: [...delegate, '--ttl', '0'], exitCode: 2, says: /--ttl is "0"/ },
  {
    what: 'a TTL of more than 31 bits',
    args: [...delegate, '--ttl', '2147483648'],
    exitCode: 2,
    says: /--ttl is "2147483648"/,
  },
  {
    what: 'an unknown --for',
    args: [...delegate, '--for', 'ever'],
    exitCode: 2,
    says: /ever.*authoritative, resolvers, deadline/s,
  },
  {
    what: 'a timeout of words',
    args: [...delegate, '--timeout', 'soon'],
    exitCode: 2,
    says: /"soon" is no duration/,
    hint: /90s/,
  },
  {
    what: 'a resolver by name',
    args: ['verify', 'staging.example.com', '--resolver', 'dns.example'],
    exitCode: 2,
    says: /"dns\.example" is no address/,
  },
  {
    what: 'a resolver at port 0',
    args: ['verify', 'staging.example.com', '--resolver', '192.0.2.1:0'],
    exitCode: 2,
    says: /1 to 65535/,
  },
  { what: 'an unknown type', args: ['trace', 'example.com', 'QUUX'], exitCode: 2, says: /QUUX/ },
  {
    what: 'an unknown command',
    args: ['delegat', 'x.example.com'],
    exitCode: 2,
    says: /delegat/,
    hint: /delegate/,
  },
  { what: 'an unknown option', args: ['verify', 'example.com', '--qick'], exitCode: 2, says: /--qick/ },
  { what: 'no name', args: ['verify'], exitCode: 2, says: /name/ },
  {
    what: 'an unknown run',
    args: ['resume', 'zzzzzzzz'],
    exitCode: 2,
    says: /no run zzzzzzzz/,
    hint: /zonecut runs/,
  },
  {
    what: 'a run whose name leaves the folder',
    args: ['resume', '../../etc/passwd'],
    exitCode: 2,
    says: /no run|name/,
  },
  {
    what: 'no open run',
    args: ['resume'],
    exitCode: 2,
    says: /no run is open/,
    environment: { ZONECUT_STATE_DIR: path.join(box.folder, 'empty') },
  },
  {
    what: 'a sandbox that is not up',
    args: ['verify', 'staging.example.com', '--sandbox'],
    exitCode: 2,
    says: /no sandbox is up/,
    hint: /sandbox up/,
  },
  {
    what: 'a port that is taken',
    args: ['sandbox', 'up', '--port', String(box.internet.port)],
    exitCode: 1,
    says: new RegExp(`${box.internet.port}`),
    hint: /--port|port/,
  },
  { what: 'a port of words', args: ['sandbox', 'up', '--port', 'dns'], exitCode: 2, says: /--port is "dns"/ },
  {
    what: 'root hints that are not there',
    args: ['verify', 'staging.example.com'],
    environment: { ZONECUT_ROOT_HINTS: '/nowhere/hints' },
    exitCode: 2,
    says: /ZONECUT_ROOT_HINTS names \/nowhere\/hints/,
  },
  {
    what: 'a DNS port of words',
    args: ['verify', 'staging.example.com'],
    environment: { ZONECUT_DNS_PORT: 'dns' },
    exitCode: 2,
    says: /ZONECUT_DNS_PORT is "dns"/,
  },
  {
    what: 'a map of addresses that is none',
    args: ['verify', 'staging.example.com'],
    environment: { ZONECUT_ADDRESS_MAP: 'x' },
    exitCode: 2,
    says: /address map|ADDRESS_MAP/,
  },
  {
    what: 'a state folder that cannot be',
    args: [...delegate, '--yes'],
    environment: { ZONECUT_STATE_DIR: '/dev/null/x' },
    exitCode: 1,
    says: /\/dev\/null\/x/,
    hint: /ZONECUT_STATE_DIR/,
  },
];

const questions: readonly Row[] = [
  {
    what: 'a delegation without --yes',
    args: delegate,
    exitCode: 2,
    says: /needs an answer, and there is no terminal/,
    hint: /--yes/,
  },
  {
    what: 'a plan without --yes',
    args: ['apply', planFile],
    exitCode: 2,
    says: /no terminal/,
    hint: /--yes/,
  },
];

const plans: readonly Row[] = [
  {
    what: 'a plan that is not there',
    args: ['apply', '/nowhere/plan.json', '--yes'],
    exitCode: 2,
    says: /cannot read \/nowhere\/plan\.json/,
  },
  {
    what: 'a plan that is not JSON',
    args: ['apply', `${planFile}.text`, '--yes'],
    exitCode: 2,
    says: /is not JSON/,
    hint: /zonecut plan/,
  },
  {
    what: 'JSON that is no plan',
    args: ['apply', `${planFile}.other`, '--yes'],
    exitCode: 2,
    says: /no plan of zonecut/,
  },
  {
    what: 'a plan of another version',
    args: ['apply', `${planFile}.version`, '--yes'],
    exitCode: 2,
    says: /zonecut\/plan\/v9.*zonecut\/plan\/v1/,
  },
  {
    what: 'a plan that was edited',
    args: ['apply', `${planFile}.edited`, '--yes'],
    exitCode: 2,
    says: /was edited/,
  },
];

const text = await triedAgain(async () => {
  const { exitCode, err } = await program.run(['plan', ...delegate.slice(1), '-o', planFile], home);
  if (exitCode !== 0) throw new Error(`no plan was made: ${err}`);
  return await readFile(planFile, 'utf8');
});
await Promise.all([
  writeFile(`${planFile}.text`, 'delegate staging.example.com'),
  writeFile(`${planFile}.other`, '{"name": "zonecut"}'),
  writeFile(`${planFile}.version`, text.replace('zonecut/plan/v1', 'zonecut/plan/v9')),
  writeFile(`${planFile}.edited`, text.replace('"ttl": 1800', '"ttl": 60')),
]);

const tables: readonly (readonly [string, readonly Row[]])[] = [
  ['a name with', names],
  ['a host:', hosts],
  ['a setting:', settings],
  ['a question without a terminal:', questions],
  ['a plan file:', plans],
];

describe.each(tables)('%s', (_title, rows) => {
  test.concurrent.each(rows)('$what', async ({ args, exitCode, says, hint, environment }) => {
    const said = await program.run(args, { ...home, ...environment });
    const lines = said.err.trimEnd().split('\n');
    expect(said).toMatchObject({ exitCode });
    expect(lines.join('\n')).toMatch(says);
    expect(lines.length).toBeLessThanOrEqual(4);
    expect(said.err).not.toMatch(/\n\s+at /);
    if (lines[0]?.startsWith('zonecut: ') === true) {
      expect(lines[0]).toMatch(/\[ZC_[A-Z_]+\]$/);
      // What to do stands below what was found.
      expect(lines[1]).toMatch(/^ {2}\S/);
    }
    if (hint !== undefined) {
      expect(lines.slice(1).join('\n')).toMatch(hint);
    }
  });
});

test('an error is one JSON document with --json', async () => {
  const said = await program.run(['--json', ...named('a..example.com')], home);
  expect(said).toMatchObject({ exitCode: 2, err: '' });
  expect(JSON.parse(said.out)).toMatchObject({ schema: 'zonecut/error/v1', code: 'ZC_NAME', exitCode: 2 });
});

test('nothing was touched by any of it', () => {
  expect(box.internet.hosts.route53.zones().length).toBe(1);
  expect(box.internet.hosts.namecheap.rows('example.com').some(row => row.type === 'NS')).toBe(false);
});

test('no secret is in any output', () => {
  const secrets = [
    ...['AWS_SECRET_ACCESS_KEY', 'NAMECHEAP_API_KEY', 'DYN_PASSWORD'].map(
      name => box.environment[name] ?? '',
    ),
    ...hosts.flatMap(({ environment }) =>
      Object.values(environment ?? {}).filter(value => value.startsWith('wrong')),
    ),
  ];
  expect(secrets.length).toBe(6);
  expect(program.all.length).toBeGreaterThan(50);
  for (const { out, err } of program.all) {
    for (const secret of secrets) {
      expect(secret.length).toBeGreaterThan(8);
      expect(out + err).not.toContain(secret);
    }
  }
});
