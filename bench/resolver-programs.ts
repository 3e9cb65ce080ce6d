import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Running, startProgram } from '../test/interop/programs.ts';

/** A resolver that can be started, with an empty cache each time. */
export interface ResolverProgram {
  readonly name: string;
  readonly address: string;
  /** What was configured, for the reader. */
  readonly settings: string;
  /** Whether it remembers anything, so that there is something to measure from its cache. */
  readonly remembers: boolean;
  start(): Promise<Running>;
}

/** Where the resolvers find the internet, and themselves a place. */
export interface Surroundings {
  readonly folder: string;
  readonly hintsFile: string;
  /** Goes before every program. */
  readonly pin: readonly string[];
}

/** zonecut's daemon as it is built, in a world that is declared offline. */
export function zonecutProgram({ folder, hintsFile, pin }: Surroundings): ResolverProgram {
  const address = '127.53.0.1';
  const command = path.resolve('dist', 'zonecut.js');
  return {
    name: 'zonecut',
    remembers: true,
    address,
    settings: 'zonecut resolver, QNAME minimisation, EDNS 1232, no validation, one UDP socket for loopback',
    start: () =>
      start(
        [...pin, process.execPath, command, 'resolver', '--no-validate', '--listen', `${address}:53`],
        'answers at',
        {
          ZONECUT_OFFLINE: '1',
          ZONECUT_ROOT_HINTS: hintsFile,
          XDG_STATE_HOME: folder,
        },
      ),
  };
}

/** Node's sockets alone, with no resolver behind them. */
export function socketsProgram({ pin }: Surroundings): ResolverProgram {
  const address = '127.53.0.4';
  const command = [process.execPath, 'scripts/run-ts.mjs', 'bench/sockets-program.ts', address, '53'];
  return {
    name: 'sockets alone',
    remembers: false,
    address,
    settings: 'the datagrams of a resolver over two sockets of Node, nothing read, checked or remembered',
    start: () => start([...pin, ...command], 'answers at'),
  };
}

/** Unbound with one thread, nothing but its iterator, and caches that hold all of it. */
export function unboundProgram({ folder, hintsFile, pin }: Surroundings): ResolverProgram {
  const address = '127.53.0.2';
  const file = path.join(folder, 'unbound.conf');
  const lines = [
    'server:',
    `interface: ${address}`,
    'port: 53',
    'access-control: 127.0.0.0/8 allow',
    'do-not-query-localhost: no',
    'do-ip6: no',
    'module-config: "iterator"',
    `root-hints: "${hintsFile}"`,
    `directory: "${folder}"`,
    'username: ""',
    'chroot: ""',
    'pidfile: ""',
    'use-syslog: no',
    'verbosity: 1',
    'num-threads: 1',
    'qname-minimisation: yes',
    'edns-buffer-size: 1232',
    'msg-cache-size: 64m',
    'rrset-cache-size: 128m',
    'infra-cache-numhosts: 100000',
  ];
  return {
    name: 'Unbound',
    remembers: true,
    address,
    settings:
      'num-threads 1, iterator only, qname-minimisation yes, edns-buffer-size 1232, caches of 64 and 128 MB',
    start: async () => {
      await writeFile(file, `${lines.join('\n')}\n`);
      return await start([...pin, 'unbound', '-d', '-p', '-c', file], 'start of service');
    },
  };
}

/** PowerDNS Recursor with one thread. */
export function recursorProgram({ folder, hintsFile, pin }: Surroundings): ResolverProgram {
  const address = '127.53.0.3';
  const settings = {
    'config-dir': folder,
    'socket-dir': folder,
    'hint-file': hintsFile,
    'local-address': address,
    'local-port': '53',
    'query-local-address': '127.0.0.1',
    'dont-query': '',
    'root-nx-trust': 'no',
    threads: '1',
    dnssec: 'off',
    'qname-minimization': 'yes',
    'edns-outgoing-bufsize': '1232',
    'max-cache-entries': '1000000',
    'max-packetcache-entries': '500000',
    'security-poll-suffix': '',
    'write-pid': 'no',
    daemon: 'no',
    'disable-syslog': 'yes',
  };
  const words = Object.entries(settings).map(([key, value]) => `--${key}=${value}`);
  return {
    name: 'PowerDNS Recursor',
    remembers: true,
    address,
    settings: 'threads 1, dnssec off, qname-minimization yes, edns-outgoing-bufsize 1232',
    start: () => start([...pin, 'pdns_recursor', ...words], 'Enabled'),
  };
}

async function start(
  words: readonly string[],
  ready: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<Running> {
  const [program, ...rest] = words;
  return await startProgram(program ?? '', rest, output => output.includes(ready), {
    timeoutMs: 30_000,
    environment,
  });
}

/** CPU time of a process so far, user and system of all its threads, in seconds; the kernel counts ticks of 10 ms. */
export function cpuSecondsOf(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Octets of a process that are in memory. */
export function residentOctetsOf(pid: number): number {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8');
  return 1024 * Number(/^VmRSS:\s+(\d+) kB$/m.exec(text)?.[1]);
}
