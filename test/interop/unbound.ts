import { Resolver } from 'node:dns/promises';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { startProgram } from './programs.ts';
import { makeFolder } from './world.ts';

/** A real Unbound that walks from the sandbox's root, with an empty cache. */
export interface Unbound {
  readonly address: string;
  stop(): Promise<void>;
}

/** Starts Unbound on port 53 of `address`. Its cache settings are its own defaults; there is nothing to validate. */
export async function startUnbound(
  hintsFile: string,
  address: string,
  ...settings: readonly string[]
): Promise<Unbound> {
  const folder = await makeFolder();
  const file = path.join(folder, 'unbound.conf');
  await writeFile(file, configuration(hintsFile, folder, address, settings));
  const running = await startProgram('unbound', ['-d', '-p', '-c', file], output =>
    output.includes('start of service'),
  );
  return {
    address,
    stop: async () => {
      await running.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** As many Unbounds as asked for, at 127.200.0.1 and the addresses after it; all are stopped when one does not start. */
export async function startUnbounds(hintsFile: string, count: number): Promise<readonly Unbound[]> {
  const addresses = Array.from({ length: count }, (_, index) => `127.200.0.${index + 1}`);
  const results = await Promise.allSettled(addresses.map(address => startUnbound(hintsFile, address)));
  const started = results.flatMap(result => (result.status === 'fulfilled' ? [result.value] : []));
  const failure = results.find(result => result.status === 'rejected');
  if (failure !== undefined) {
    await Promise.all(started.map(unbound => unbound.stop()));
    throw failure.reason;
  }
  return started;
}

function configuration(
  hintsFile: string,
  folder: string,
  address: string,
  settings: readonly string[],
): string {
  const lines = [
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
    'logfile: ""',
    'verbosity: 1',
    'num-threads: 1',
    ...settings,
  ];
  // Settings may open another section, so they come last.
  return `remote-control:\n  control-enable: no\nserver:\n${lines.map(line => `  ${line}\n`).join('')}`;
}

/** What a resolver says to a question, as c-ares reads it. */
export type Said =
  /** The targets of NS, or the MNAME of SOA, sorted, without the final dot. */
  | { readonly kind: 'answer'; readonly names: readonly string[] }
  | { readonly kind: 'nxdomain' }
  /** Another outcome by the name that c-ares gives it, such as `ESERVFAIL`. */
  | { readonly kind: 'other'; readonly code: string };

const timeoutMs = 15_000;

/** Asks the resolver at `address` once. */
export async function askFor(address: string, name: string, type: 'NS' | 'SOA'): Promise<Said> {
  const resolver = new Resolver({ tries: 1, timeout: timeoutMs });
  resolver.setServers([`${address}:53`]);
  try {
    const names = type === 'NS' ? await resolver.resolveNs(name) : [(await resolver.resolveSoa(name)).nsname];
    return { kind: 'answer', names: names.sort() };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    return code === 'ENOTFOUND' ? { kind: 'nxdomain' } : { kind: 'other', code };
  }
}
