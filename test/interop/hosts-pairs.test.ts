import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { attemptOf, attempts, labelOfAttempt } from '../attempt.ts';
import { must } from './dns-named.ts';
import {
  anchorsFileName,
  dsLinesOf,
  pdnsutilSigning,
  policyStatement,
  signedZone,
  signRoot,
} from './flow-chain.ts';
import { keyFileText, startBindAt } from './flow-servers.ts';
import { startKnotAt, startPowerdns, updateKey } from './primaries.ts';
import { type Finished, runProgram } from './programs.ts';
import { startUnbound } from './unbound.ts';
import { makeFolder } from './world.ts';

/** Where the servers are, all on port 53; a second Knot DNS is for pairs of two of them. */
const addresses = {
  root: '127.74.0.1',
  bind: '127.74.0.2',
  knot: '127.74.0.3',
  knot2: '127.74.0.4',
  powerdns: '127.74.0.5',
} as const;
const validator = '127.200.2.1';

type Server = Exclude<keyof typeof addresses, 'root'>;

/** As zonecut calls them. */
const hostOf: Readonly<Record<Server, string>> = {
  bind: 'rfc2136:bind',
  knot: 'rfc2136:knot',
  knot2: 'rfc2136:knot2',
  powerdns: 'powerdns',
};
const nsOf = (server: Server): string => `ns.${server}.example.`;
const parentOf = (server: Server): string => `in-${server}.example.`;

interface Pair {
  readonly parent: Server;
  readonly child: Server;
  readonly signed: boolean;
}

/** Of BIND with BIND and PowerDNS with PowerDNS there are flows that are watched. */
const pairs: readonly Pair[] = (
  [
    ['bind', 'knot'],
    ['bind', 'powerdns'],
    ['knot', 'bind'],
    ['knot', 'powerdns'],
    ['knot', 'knot2'],
    ['powerdns', 'bind'],
    ['powerdns', 'knot'],
  ] as const
).flatMap(([parent, child]) =>
  [false, true].map(signed => ({
    parent,
    child,
    signed,
  })),
);

/** Where an attempt of the test of a pair delegates; with a final dot. */
const cutOf = ({ parent, child, signed }: Pair, attempt: number): string =>
  labelOfAttempt(`${signed ? 'signed' : 'plain'}-${child}.${parentOf(parent)}`, attempt);

let folder = '';
let environment: Readonly<Record<string, string>> = {};
const running: { stop(): Promise<void> }[] = [];

/** SOA and NS: what the documentation tells people to make by hand. */
const emptyZone = (apex: string, server: Server): string =>
  `${apex} 3 IN SOA ${nsOf(server)} hostmaster.${apex} 1 7200 900 1209600 2\n${apex} 3 IN NS ${nsOf(server)}\n`;
const parentZone = (server: Server): string =>
  `${emptyZone(parentOf(server), server)}www.${parentOf(server)} 3 IN A 192.0.2.1\n`;

beforeAll(async () => {
  folder = await makeFolder();
  await must('ip', ['address', 'replace', `${addresses.root}/8`, 'dev', 'lo']);
  await must('ip', ['address', 'replace', `${addresses.bind}/8`, 'dev', 'lo']);
  running.push(await startBind(), await startKnot('knot'), await startKnot('knot2'));
  const powerdns = await startPowerdnsHere();
  running.push(powerdns, await startRoot());
  await writeFile(
    path.join(folder, 'hints'),
    `. 3600000 NS ns.root.\nns.root. 3600000 A ${addresses.root}\n`,
  );
  await writeFile(path.join(folder, 'key'), keyFileText);
  const anchors = path.join(folder, 'root', anchorsFileName);
  const settings = ['module-config: "validator iterator"', `trust-anchor-file: "${anchors}"`];
  running.push(await startUnbound(path.join(folder, 'hints'), validator, ...settings));
  const own = (['bind', 'knot', 'knot2'] as const).flatMap(server => [
    [`RFC2136_NAMESERVER_${server.toUpperCase()}`, addresses[server]],
    [`RFC2136_TSIG_FILE_${server.toUpperCase()}`, path.join(folder, 'key')],
  ]);
  environment = {
    ZONECUT_STATE_DIR: folder,
    HOME: folder,
    CI: 'true',
    ZONECUT_ROOT_HINTS: path.join(folder, 'hints'),
    ZONECUT_OFFLINE: '1',
    ZONECUT_TRUST_ANCHORS: anchors,
    ZONECUT_RESOLVERS: validator,
    PDNS_API_URL: powerdns.apiUrl,
    PDNS_API_KEY: powerdns.apiKey,
    PDNS_NAMESERVERS: nsOf('powerdns').slice(0, -1),
    ...Object.fromEntries(own),
  };
});

afterAll(async () => {
  await Promise.all(running.map(one => one.stop()));
  await rm(folder, { recursive: true, force: true });
});

async function folderOf(name: string): Promise<string> {
  const made = path.join(folder, name);
  await mkdir(made);
  return made;
}

/** The zones that people made by hand at `server`, and whether it signs them. */
function childrenOf(server: Server): readonly { readonly cut: string; readonly signed: boolean }[] {
  return pairs
    .filter(pair => pair.child === server)
    .flatMap(pair =>
      Array.from({ length: attempts }, (_, attempt) => ({ cut: cutOf(pair, attempt), signed: pair.signed })),
    );
}

async function startBind() {
  const own = await folderOf('bind');
  const zones = [
    { apex: parentOf('bind'), text: parentZone('bind'), signed: true },
    ...childrenOf('bind').map(({ cut, signed }) => ({ apex: cut, text: emptyZone(cut, 'bind'), signed })),
  ];
  for (const { apex, text } of zones) await writeFile(path.join(own, `${apex}zone`), text);
  const statements = zones.map(
    ({ apex, signed }) =>
      `zone "${apex}" { type primary; file "${apex}zone"; journal "${apex}jnl"; notify no;
  update-policy { grant ${updateKey.name} zonesub any; }; allow-transfer { key ${updateKey.name}; }; ${signed ? signedZone : ''} };\n`,
  );
  return await startBindAt(own, addresses.bind, policyStatement + statements.join(''));
}

async function startKnot(server: 'knot' | 'knot2') {
  const own = await folderOf(server);
  const zones = [
    ...(server === 'knot' ? [{ apex: parentOf('knot'), text: parentZone('knot'), signed: true }] : []),
    ...childrenOf(server).map(({ cut, signed }) => ({ apex: cut, text: emptyZone(cut, server), signed })),
  ];
  const placed = await Promise.all(
    zones.map(async ({ apex, text, signed }) => {
      const file = path.join(own, `${apex}zone`);
      await writeFile(file, text);
      return { apex, file, lines: signed ? ['dnssec-signing: on', 'dnssec-policy: pairs'] : [] };
    }),
  );
  const policy = `policy:
  - id: pairs
    algorithm: ecdsap256sha256
    single-type-signing: on
    dnskey-ttl: 3
    propagation-delay: 0
    zone-max-ttl: 3600
`;
  return await startKnotAt(own, { address: addresses[server], port: 53 }, placed, policy);
}

async function startPowerdnsHere() {
  const own = await folderOf('powerdns');
  const apex = parentOf('powerdns');
  return await startPowerdns(own, {
    address: addresses.powerdns,
    port: 53,
    lines: [
      'default-ttl=3',
      'default-soa-content=ns1.@ hostmaster.@ 0 10800 3600 604800 2',
      'query-cache-ttl=0',
      'negquery-cache-ttl=0',
      'cache-ttl=0',
      'zone-cache-refresh-interval=0',
    ],
    prepare: async pdnsutil => {
      const file = path.join(own, `${apex}zone`);
      await writeFile(file, parentZone('powerdns'));
      await pdnsutil('load-zone', apex.slice(0, -1), file);
      for (const [command, ...rest] of pdnsutilSigning) await pdnsutil(command, apex.slice(0, -1), ...rest);
      await pdnsutil('rectify-zone', apex.slice(0, -1));
    },
  });
}

/** The root, signed, with a secure delegation of each parent. */
async function startRoot() {
  const own = await folderOf('root');
  const above: readonly Server[] = ['bind', 'knot', 'powerdns'];
  const ds = await Promise.all(above.map(server => dsLinesOf(own, addresses[server], parentOf(server))));
  const servers: readonly Server[] = [...above, 'knot2'];
  await writeFile(
    path.join(own, 'root.zone'),
    `. 3600 IN SOA ns.root. hostmaster.root. 1 7200 900 1209600 2
. 3600 IN NS ns.root.
ns.root. 3600 IN A ${addresses.root}
${servers.map(server => `${nsOf(server)} 3600 IN A ${addresses[server]}\n`).join('')}${above
  .map(server => `${parentOf(server)} 60 IN NS ${nsOf(server)}\n`)
  .join('')}${ds.join('')}`,
  );
  const file = await signRoot(own, 'root.zone');
  return await startBindAt(own, addresses.root, `zone "." { type primary; file "${file}"; };\n`);
}

function zonecut(...args: readonly string[]): Promise<Finished> {
  const command = process.env['ZONECUT_INTEROP_COMMAND'] ?? 'dist/zonecut.js';
  return runProgram(process.execPath, [command, ...args], { environment });
}

async function succeeds(working: Promise<Finished>): Promise<void> {
  const { status, stdout, stderr } = await working;
  expect(status, stdout + stderr).toBe(0);
}

/** What a server says, without any recursion of its own; through the validator with what it proved. */
async function dig(address: string, ...args: readonly string[]): Promise<string> {
  return await must('dig', [`@${address}`, '+tries=2', ...args]);
}

/** Status and whether the validator found it proven, such as `NOERROR ad`. */
async function proven(name: string, type: string): Promise<string> {
  const said = await dig(validator, '+dnssec', name, type);
  const status = /status: (\w+)/.exec(said)?.[1] ?? 'none';
  return `${status}${/flags:[^;]* ad[ ;]/.test(said) ? ' ad' : ''}`;
}

/** DS by BIND's tool out of the keys that the child shows. */
async function dsOf(child: Server, cut: string): Promise<readonly string[]> {
  const keys = await dig(addresses[child], '+noall', '+answer', '+norecurse', cut, 'DNSKEY');
  const file = path.join(folder, `${cut}keys`);
  await writeFile(file, keys);
  const lines = await must('dnssec-dsfromkey', ['-2', '-f', file, cut]);
  return lines
    .trim()
    .toLowerCase()
    .split('\n')
    .map(line => line.replace(/^.* ds /, ''));
}

async function dsAbove(parent: Server, cut: string): Promise<readonly string[]> {
  const said = await dig(addresses[parent], '+short', '+norecurse', cut, 'DS');
  return said
    .trim()
    .toLowerCase()
    .split('\n')
    .filter(line => line !== '')
    .map(line => line.replace(/^(\d+ \d+ \d+) ([0-9a-f]+) ([0-9a-f]+)$/, '$1 $2$3'));
}

// All parents at the same time, for the runs mostly wait. A parent that somebody else changes makes a plan stale.
describe.concurrent.each(['bind', 'knot', 'powerdns'] as const)('in the zone of %s', parent => {
  const own = pairs.filter(pair => pair.parent === parent);
  const title =
    'a cut at $child (signed: $signed) is delegated, as a real validator and BIND’s tools find, and taken back, and everything else is as before';
  test.sequential.for(own)(title, async ({ child, signed }, context) => {
    const cut = cutOf({ parent, child, signed }, attemptOf(context));
    const hosts = ['--parent', hostOf[parent], '--child', hostOf[child]];

    const more = signed ? ['--sign'] : [];
    await succeeds(zonecut('delegate', cut, ...hosts, '--ttl', '3', '--yes', ...more));
    expect(await proven(cut, 'SOA')).toBe(signed ? 'NOERROR ad' : 'NOERROR');
    expect(await proven(`absent.${cut}`, 'A')).toBe(signed ? 'NXDOMAIN ad' : 'NXDOMAIN');
    const servers = await dig(addresses[parent], '+norecurse', '+noall', '+authority', cut, 'NS');
    const answers = await dig(addresses[parent], '+norecurse', '+noall', '+answer', cut, 'NS');
    expect(`${servers}${answers}`).toContain(nsOf(child));
    expect(await dsAbove(parent, cut)).toEqual(signed ? await dsOf(child, cut) : []);
    await succeeds(zonecut('verify', cut));

    const zone = child === 'powerdns' ? ['--confirm', cut.slice(0, -1)] : ['--keep-zone', '--yes'];
    await succeeds(zonecut('undelegate', cut, ...hosts, ...zone));
    expect(await dsAbove(parent, cut)).toEqual([]);
    // The validator may hold the child's SOA for what is left of its TTL.
    await context.expect
      .poll(() => proven(cut, 'SOA'), { timeout: 60_000, interval: 500 })
      .toBe('NXDOMAIN ad');
    expect(await proven(`www.${parentOf(parent)}`, 'A')).toBe('NOERROR ad');
  });
});
