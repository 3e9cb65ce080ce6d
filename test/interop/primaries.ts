import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Name } from '../../src/dns/name.ts';
import type { RRset } from '../../src/dns/rrset.ts';
import { printRRset } from '../../src/dns/zonefile.ts';
import { triedAgain } from '../attempt.ts';
import { freePort, must, startNamed } from './dns-named.ts';
import { startProgram } from './programs.ts';

/** A key of TSIG as text. */
export interface TextKey {
  readonly name: string;
  readonly algorithm: string;
  /** Base64. */
  readonly secret: string;
}

/** The key that all primaries of the tests know, in BIND's words. */
export const updateKey: TextKey = {
  name: 'zonecut',
  algorithm: 'hmac-sha256',
  secret: 'emVjcmV0IG9mIHRoZSB1cGRhdGUga2V5IGluIHRlc3Rz',
};

/** A key that may read and not write. */
export const readKey: TextKey = { ...updateKey, name: 'reader', secret: 'cmVhZGVyIG9mIHpvbmVz' };

/** A real primary server with zones that take updates. */
export interface Primary {
  readonly address: string;
  readonly port: number;
  stop(): Promise<void>;
}

/** A zone as its file has it. */
export interface ZoneContent {
  readonly apex: Name;
  readonly rrsets: readonly RRset[];
}

const keyStatement = ({ name, algorithm, secret }: TextKey): string =>
  `key "${name}" { algorithm ${algorithm}; secret "${secret}"; };\n`;

async function writeZone(folder: string, { apex, rrsets }: ZoneContent): Promise<string> {
  const file = path.join(folder, `${apex}zone`);
  const soa = `${apex} 3600 IN SOA ns1.${apex} hostmaster.${apex} 1 7200 900 1209600 600\n`;
  const ns = `${apex} 3600 IN NS ns1.${apex}\n${apex} 3600 IN NS ns2.${apex}\nns1.${apex} 3600 IN A 127.0.0.1\nns2.${apex} 3600 IN A 127.0.0.1\n`;
  await writeFile(file, soa + ns + rrsets.map(set => `${printRRset(set)}\n`).join(''));
  return file;
}

/** named of BIND 9. */
export async function startBind(folder: string, zones: readonly ZoneContent[]): Promise<Primary> {
  const statements = await Promise.all(
    zones.map(async zone => {
      const file = await writeZone(folder, zone);
      return `zone "${zone.apex}" { type primary; file "${file}"; journal "${file}.jnl";
  update-policy { grant ${updateKey.name} zonesub any; }; allow-transfer { key ${updateKey.name}; key ${readKey.name}; }; };\n`;
    }),
  );
  const keys = keyStatement(updateKey) + keyStatement(readKey);
  return await startNamed(folder, keys + statements.join(''));
}

/** A zone of Knot DNS: its file, and what else its configuration says. */
export interface KnotZone {
  readonly apex: string;
  readonly file: string;
  readonly lines: readonly string[];
}

/** knotd of Knot DNS. */
export async function startKnot(folder: string, zones: readonly ZoneContent[]): Promise<Primary> {
  const placed = await Promise.all(
    zones.map(async zone => ({ apex: zone.apex, file: await writeZone(folder, zone), lines: [] })),
  );
  return await triedAgain(async () =>
    startKnotAt(folder, { address: '127.0.0.1', port: await freePort() }, placed),
  );
}

/** The same at a place of its own, with more `sections` of knot.conf. */
export async function startKnotAt(
  folder: string,
  { address, port }: { readonly address: string; readonly port: number },
  zones: readonly KnotZone[],
  sections = '',
): Promise<Primary> {
  const config = path.join(folder, 'knot.conf');
  await mkdir(path.join(folder, 'db'), { recursive: true });
  const statements = zones.map(
    ({ apex, file, lines }) =>
      `  - domain: ${apex}\n    file: "${file}"\n${lines.map(line => `    ${line}\n`).join('')}`,
  );
  await writeFile(
    config,
    `server:
  rundir: "${folder}"
  listen: ${address}@${port}
  tcp-workers: 1
  udp-workers: 1
  background-workers: 1
database:
  storage: "${folder}/db"
log:
  - target: stdout
    any: info
key:
  - id: ${updateKey.name}
    algorithm: ${updateKey.algorithm}
    secret: ${updateKey.secret}
  - id: ${readKey.name}
    algorithm: ${readKey.algorithm}
    secret: ${readKey.secret}
acl:
  - id: writes
    key: ${updateKey.name}
    action: [transfer, update]
  - id: reads
    key: ${readKey.name}
    action: transfer
${sections}template:
  - id: default
    storage: "${folder}"
    acl: [writes, reads]
    zonefile-sync: -1
    zonefile-load: whole
zone:
${statements.join('')}`,
  );
  const running = await startProgram('knotd', ['-c', config], output => /server started/.test(output));
  return { address, port, stop: running.stop };
}

/** What is added to the configuration of a PowerDNS, and its API. */
export interface PowerdnsServer extends Primary {
  readonly apiUrl: string;
  readonly apiKey: string;
  readonly folder: string;
  readonly pdnsutil: Pdnsutil;
}

/** Runs pdnsutil against the database of a server. */
type Pdnsutil = (...args: readonly string[]) => Promise<string>;

/** How a PowerDNS differs from a plain one. */
export interface PowerdnsOptions {
  readonly address?: string;
  readonly port?: number;
  /** More lines of its configuration. */
  readonly lines?: readonly string[];
  /** What is done before it starts: it learns of zones that others make minutes later. */
  readonly prepare?: (pdnsutil: Pdnsutil) => Promise<void>;
}

const apiKey = 'api-key-of-the-tests';

/** pdns_server of PowerDNS with a database of SQLite, with its API and with UPDATE. */
export async function startPowerdns(folder: string, options: PowerdnsOptions = {}): Promise<PowerdnsServer> {
  const address = options.address ?? '127.0.0.1';
  const database = path.join(folder, 'pdns.sqlite');
  const config = path.join(folder, 'config');
  await mkdir(config, { recursive: true });
  await must('python3', [
    '-c',
    'import sqlite3,sys; c=sqlite3.connect(sys.argv[1]); c.executescript(open(sys.argv[2]).read()); c.commit()',
    database,
    '/usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql',
  ]);
  const pdnsutil: Pdnsutil = (...args) => must('pdnsutil', [`--config-dir=${config}`, ...args]);
  const configure = async (): Promise<{ readonly port: number; readonly apiPort: number }> => {
    const port = options.port ?? (await freePort());
    const apiPort = await freePort();
    await writeFile(
      path.join(config, 'pdns.conf'),
      [
        'launch=gsqlite3',
        `gsqlite3-database=${database}`,
        'gsqlite3-pragma-synchronous=0',
        'gsqlite3-dnssec=yes',
        `local-address=${address}`,
        `local-port=${port}`,
        `socket-dir=${folder}`,
        'api=yes',
        `api-key=${apiKey}`,
        `webserver-port=${apiPort}`,
        'dnsupdate=yes',
        'default-soa-content=ns1.@ hostmaster.@ 0 10800 3600 604800 3600',
        ...(options.lines ?? []),
        '',
      ].join('\n'),
    );
    return { port, apiPort };
  };
  await configure();
  await options.prepare?.(pdnsutil);
  return await triedAgain(async () => {
    const { port, apiPort } = await configure();
    const running = await startProgram(
      'pdns_server',
      [`--config-dir=${config}`, '--daemon=no', '--guardian=no', '--disable-syslog', '--log-timestamp=no'],
      output => /Done launching threads|ready to distribute/.test(output),
    );
    const apiUrl = `http://127.0.0.1:${apiPort}`;
    return { address, port, apiUrl, apiKey, folder, stop: running.stop, pdnsutil };
  });
}

/** PowerDNS with zones that take updates signed with the keys. */
export async function startPowerdnsUpdate(folder: string, zones: readonly ZoneContent[]): Promise<Primary> {
  return await startPowerdns(folder, {
    prepare: async pdnsutil => {
      for (const key of [updateKey, readKey]) {
        await pdnsutil('import-tsig-key', key.name, key.algorithm, key.secret);
      }
      for (const zone of zones) {
        const apex = zone.apex.slice(0, -1);
        await pdnsutil('load-zone', apex, await writeZone(folder, zone));
        await pdnsutil('set-meta', apex, 'TSIG-ALLOW-AXFR', updateKey.name, readKey.name);
        await pdnsutil('set-meta', apex, 'TSIG-ALLOW-DNSUPDATE', updateKey.name);
      }
    },
  });
}
