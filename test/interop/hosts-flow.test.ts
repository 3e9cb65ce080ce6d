import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { attemptOf, attempts, labelOfAttempt } from '../attempt.ts';
import { dropTestFolder, freePort, makeTestFolder, must, type Named, startNamed } from './dns-named.ts';
import { type PowerdnsServer, startPowerdns, updateKey } from './primaries.ts';
import { type Finished, type Running, runProgram, startProgram } from './programs.ts';

/** Addresses in the World; where the servers really listen is told by an address map. */
const addresses = { root: '127.0.10.1', bind: '127.0.10.2', powerdns: '127.0.10.3' };

/** What is delegated to zones that were made by hand at BIND: one for each attempt of each test. */
const labOf = (label: string, attempt: number): string =>
  `${labelOfAttempt(label, attempt)}.in-powerdns.example`;
const labs = ['lab', 'lexicon-lab'].flatMap(label =>
  Array.from({ length: attempts }, (_, attempt) => labOf(label, attempt)),
);

let folders: readonly string[] = [];
let root: Named;
let bind: Named;
let powerdns: PowerdnsServer;
let resolver: Running;
let environment: Readonly<Record<string, string>> = {};

const soa = (apex: string): string =>
  `${apex} 5 IN SOA ns1.${apex} hostmaster.${apex} 1 7200 900 1209600 2\n`;
const zoneText = (apex: string, address: string): string =>
  `${soa(apex)}${apex} 5 IN NS ns1.${apex}\nns1.${apex} 5 IN A ${address}\nwww.${apex} 5 IN A 192.0.2.1\nold.${apex} 5 IN TXT "stays"\n`;

function command(): string {
  return process.env['ZONECUT_INTEROP_COMMAND'] ?? 'dist/zonecut.js';
}

function zonecut(...args: readonly string[]): Promise<Finished> {
  return runProgram(process.execPath, [command(), ...args], { environment });
}

beforeAll(async () => {
  folders = await Promise.all([makeTestFolder(), makeTestFolder(), makeTestFolder(), makeTestFolder()]);
  const [rootFolder = '', bindFolder = '', powerdnsFolder = '', state = ''] = folders;
  const cuts = [
    ['in-bind.example.', addresses.bind],
    ['in-powerdns.example.', addresses.powerdns],
  ] as const;
  const delegations = cuts.map(([cut, at]) => `${cut} 5 IN NS ns1.${cut}\nns1.${cut} 5 IN A ${at}\n`);
  await writeFile(
    path.join(rootFolder, 'root'),
    `. 5 IN SOA ns.root. hostmaster.root. 1 7200 900 1209600 2\n. 5 IN NS ns.root.\nns.root. 5 IN A ${addresses.root}\n${delegations.join('')}`,
  );
  root = await startNamed(rootFolder, 'zone "." { type primary; file "root"; };');
  await writeFile(path.join(bindFolder, 'parent'), zoneText('in-bind.example.', addresses.bind));
  for (const lab of labs) {
    await writeFile(path.join(bindFolder, lab), `${soa(`${lab}.`)}${lab}. 5 IN NS ns1.in-bind.example.\n`);
  }
  const grant = `update-policy { grant ${updateKey.name} zonesub any; }; allow-transfer { key ${updateKey.name}; };`;
  const keyText = `key "${updateKey.name}" { algorithm ${updateKey.algorithm}; secret "${updateKey.secret}"; };\n`;
  bind = await startNamed(
    bindFolder,
    `${keyText}zone "in-bind.example" { type primary; file "parent"; journal "p.jnl"; ${grant} };
${labs.map(lab => `zone "${lab}" { type primary; file "${lab}"; journal "${lab}.jnl"; ${grant} };\n`).join('')}`,
  );
  powerdns = await startPowerdns(powerdnsFolder, {
    lines: ['default-ttl=5', 'query-cache-ttl=0', 'negquery-cache-ttl=0', 'cache-ttl=0'],
    prepare: async pdnsutil => {
      const file = path.join(powerdnsFolder, 'zone');
      await writeFile(file, zoneText('in-powerdns.example.', addresses.powerdns));
      await pdnsutil('load-zone', 'in-powerdns.example', file);
    },
  });
  const hints = path.join(state, 'root.hints');
  await writeFile(hints, `. 3600000 NS ns.root.\nns.root. 3600000 A ${addresses.root}\n`);
  const keyFile = path.join(state, 'update.key');
  await writeFile(keyFile, keyText);
  const resolverPort = await freePort();
  const map = { root, bind, powerdns };
  environment = {
    ZONECUT_STATE_DIR: state,
    HOME: state,
    CI: 'true',
    ZONECUT_ROOT_HINTS: hints,
    ZONECUT_OFFLINE: '1',
    ZONECUT_TRUST_ANCHORS: 'none',
    ZONECUT_RESOLVERS: `127.0.0.1:${resolverPort}`,
    ZONECUT_ADDRESS_MAP: (['root', 'bind', 'powerdns'] as const)
      .map(key => `${addresses[key]}=${map[key].address}:${map[key].port}`)
      .join(','),
    RFC2136_NAMESERVER: `${bind.address}:${bind.port}`,
    RFC2136_TSIG_FILE: keyFile,
    PDNS_API_URL: powerdns.apiUrl,
    PDNS_API_KEY: powerdns.apiKey,
    PDNS_NAMESERVERS: 'ns1.in-powerdns.example',
    LEXICON_POWERDNS_PDNS_SERVER: powerdns.apiUrl,
    LEXICON_POWERDNS_AUTH_TOKEN: powerdns.apiKey,
  };
  resolver = await startProgram(
    process.execPath,
    [command(), 'resolver', '--listen', `127.0.0.1:${resolverPort}`, '--no-validate'],
    output => output.includes(String(resolverPort)),
    { environment },
  );
});

afterAll(async () => {
  await Promise.all([resolver?.stop(), root?.stop(), bind?.stop(), powerdns?.stop()]);
  await Promise.all(folders.map(dropTestFolder));
});

/** What a real server says, asked by dig. */
async function dig(
  server: { readonly address: string; readonly port: number },
  ...args: readonly string[]
): Promise<string> {
  return await must('dig', [
    `@${server.address}`,
    '-p',
    String(server.port),
    '+norecurse',
    '+noall',
    '+answer',
    '+authority',
    ...args,
  ]);
}

test('BIND delegates to a zone that zonecut makes at PowerDNS, and takes it back', async context => {
  const cut = labelOfAttempt('staging.in-bind.example', attemptOf(context));
  const hosts = ['--parent', 'rfc2136', '--child', 'powerdns'];
  const before = await dig(bind, 'old.in-bind.example', 'TXT');
  const made = await zonecut('delegate', cut, ...hosts, '--ttl', '5', '--yes');
  expect(made.status, made.stdout + made.stderr).toBe(0);
  expect(await dig(bind, cut, 'NS')).toMatch(
    new RegExp(`^${cut}\\.\\s+5\\s+IN\\s+NS\\s+ns1\\.in-powerdns\\.example\\.$`, 'm'),
  );
  expect(await dig(powerdns, cut, 'SOA')).toMatch(/IN\s+SOA\s/);
  const verified = await zonecut('verify', cut);
  expect(verified.status, verified.stdout + verified.stderr).toBe(0);
  const undone = await zonecut('undelegate', cut, ...hosts, '--confirm', cut);
  expect(undone.status, undone.stdout + undone.stderr).toBe(0);
  expect(await dig(bind, cut, 'NS')).not.toMatch(/IN\s+NS/);
  expect(await dig(powerdns, cut, 'SOA')).not.toMatch(new RegExp(`^${cut}`, 'm'));
  expect(await dig(bind, 'old.in-bind.example', 'TXT')).toBe(before);
});

test('PowerDNS delegates to a zone that was made by hand at BIND, and takes it back', async context => {
  const cut = labOf('lab', attemptOf(context));
  const hosts = ['--parent', 'powerdns', '--child', 'rfc2136'];
  const made = await zonecut('delegate', cut, ...hosts, '--ttl', '5', '--yes');
  expect(made.status, made.stdout + made.stderr).toBe(0);
  expect(await dig(powerdns, cut, 'NS')).toMatch(
    new RegExp(`^${cut}\\.\\s+5\\s+IN\\s+NS\\s+ns1\\.in-bind\\.example\\.$`, 'm'),
  );
  const verified = await zonecut('verify', cut);
  expect(verified.status, verified.stdout + verified.stderr).toBe(0);
  const undone = await zonecut('undelegate', cut, ...hosts, '--yes');
  expect(undone.status, undone.stdout + undone.stderr).toBe(0);
  expect(await dig(powerdns, cut, 'NS')).not.toMatch(/IN\s+NS/);
  expect(await dig(bind, cut, 'SOA')).toMatch(/IN\s+SOA\s/);
});

test('lexicon holds the delegation at PowerDNS for zonecut, and the plan says what it cannot promise', async context => {
  const cut = labOf('lexicon-lab', attemptOf(context));
  const hosts = ['--parent', 'lexicon:powerdns', '--child', 'rfc2136'];
  const before = await dig(powerdns, 'old.in-powerdns.example', 'TXT');
  const planned = await zonecut('plan', cut, ...hosts, '--ttl', '5');
  expect(planned.stdout).toMatch(/writes records one by one and compares nothing/);
  expect(planned.stdout).toMatch(/may not show every type of record/);
  const made = await zonecut('delegate', cut, ...hosts, '--ttl', '5', '--yes');
  expect(made.status, made.stdout + made.stderr).toBe(0);
  expect(await dig(powerdns, cut, 'NS')).toMatch(
    new RegExp(`^${cut}\\.\\s+5\\s+IN\\s+NS\\s+ns1\\.in-bind\\.example\\.$`, 'm'),
  );
  const verified = await zonecut('verify', cut);
  expect(verified.status, verified.stdout + verified.stderr).toBe(0);
  const undone = await zonecut('undelegate', cut, ...hosts, '--yes');
  expect(undone.status, undone.stdout + undone.stderr).toBe(0);
  expect(await dig(powerdns, cut, 'NS')).not.toMatch(/IN\s+NS/);
  expect(await dig(powerdns, 'old.in-powerdns.example', 'TXT')).toBe(before);
  expect(made.stdout + made.stderr + undone.stdout + undone.stderr).not.toContain(powerdns.apiKey);
});

test('a key that PowerDNS does not accept is told as that through lexicon', async () => {
  const refused = await runProgram(
    process.execPath,
    [command(), 'plan', 'lab.in-powerdns.example', '--parent', 'lexicon:powerdns', '--child', 'rfc2136'],
    { environment: { ...environment, LEXICON_POWERDNS_AUTH_TOKEN: 'not-the-real-key' } },
  );
  expect(refused.status, refused.stdout + refused.stderr).toBe(4);
  expect(refused.stderr).toMatch(/401/);
  expect(refused.stderr).not.toContain('not-the-real-key');
});

test('a zone that is not there at BIND is waited for, with the lines that make it', async context => {
  const cut = labOf('new', attemptOf(context));
  const left = await zonecut(
    'delegate',
    cut,
    '--parent',
    'powerdns',
    '--child',
    'rfc2136',
    '--yes',
    '--timeout',
    '2s',
  );
  expect(left.status, left.stderr).toBe(8);
  expect(left.stdout + left.stderr).toContain(`rndc addzone ${cut} '{ type primary;`);
});
