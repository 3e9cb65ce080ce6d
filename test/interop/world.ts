import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Internet, startInternet } from '../../src/sandbox/internet.ts';
import { allServers } from '../../src/sandbox/public-zones.ts';
import type { InternetTimes } from '../../src/sandbox/times.ts';
import { type Finished, type ProgramOptions, runProgram, startProgram } from './programs.ts';

/** The address of the sandbox's ISP, and of the root server that walks begin at. */
export const ispAddress = '127.53.0.1';
export const rootAddress = '127.1.0.1';

/** An internet in a box on port 53, and zonecut in it. */
export interface Box {
  /** Root hints in the form of named.root. */
  readonly hintsFile: string;
  /** Where zonecut keeps its journals. */
  readonly stateFolder: string;
  /** Runs the built command in the box. */
  zonecut(args: readonly string[], options?: ProgramOptions): Promise<Finished>;
  close(): Promise<void>;
}

/** A box whose parts the test can reach. */
export interface OpenBox extends Box {
  readonly internet: Internet;
}

/** `zonecut sandbox up`, a process of its own, as a user starts it. */
export async function startBox(...flags: readonly string[]): Promise<Box> {
  const stateFolder = await makeFolder();
  const environment = environmentOf(stateFolder);
  const sandbox = await startProgram(
    process.execPath,
    [zonecutCommand(), 'sandbox', 'up', '--port', '53', ...flags],
    output => output.includes('Ctrl-C ends it'),
    { environment },
  );
  return {
    hintsFile: path.join(stateFolder, 'sandbox', 'root.hints'),
    stateFolder,
    zonecut: (args, options) =>
      runProgram(process.execPath, [zonecutCommand(), '--sandbox', ...args], { ...options, environment }),
    close: async () => {
      await sandbox.stop();
      await rm(stateFolder, { recursive: true, force: true });
    },
  };
}

/** The same internet inside the test's process, with times of the test's choice. */
export async function openBox(times: InternetTimes): Promise<OpenBox> {
  const stateFolder = await makeFolder();
  const hintsFile = path.join(stateFolder, 'root.hints');
  const internet = await startInternet({ times, port: 53, singleAddress: false });
  await writeFile(hintsFile, internet.hintsText);
  const environment = {
    ...environmentOf(stateFolder),
    ...internet.environment,
    ZONECUT_ROOT_HINTS: hintsFile,
  };
  return {
    internet,
    hintsFile,
    stateFolder,
    zonecut: (args, options) =>
      runProgram(process.execPath, [zonecutCommand(), ...args], { ...options, environment }),
    close: async () => {
      await internet.close();
      await rm(stateFolder, { recursive: true, force: true });
    },
  };
}

/** A folder that is gone with the test run at the latest. */
export async function makeFolder(): Promise<string> {
  return await mkdtemp(path.join(setting('ZONECUT_INTEROP_FOLDER'), 'box-'));
}

/** What `host`, `dig` or `drill` prints. Rejects when it ends with another status than 0 or complains on standard error. */
export async function ask(program: 'host' | 'dig' | 'drill', ...args: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await runProgram(program, args, { environment: await lookups() });
  if (status !== 0 || stderr !== '') {
    throw new Error(`${program} ${args.join(' ')} ended with ${status}: ${stderr}${stdout}`);
  }
  return stdout;
}

/** Arguments of `drill` that let it look up names of name servers at the ISP's resolver, wherever the tests run. */
export async function drillLookups(): Promise<readonly string[]> {
  const file = path.join(setting('ZONECUT_INTEROP_FOLDER'), 'isp.conf');
  await writeFile(file, `nameserver ${ispAddress}\n`);
  return ['-c', file];
}

/** The names that `host -t NS` prints, sorted, with a final dot. */
export function nsOfHost(output: string): readonly string[] {
  return [...output.matchAll(/ name server (\S+)$/gm)].map(([, name]) => name ?? '').sort();
}

/**
 * How programs look up the names of name servers: by the system's resolver, which is the sandbox's ISP in a network of our
 * own; on the machine's own loopback net by nss_wrapper(1).
 */
async function lookups(): Promise<Readonly<Record<string, string>>> {
  const wrapper = process.env['ZONECUT_INTEROP_NSS_WRAPPER'];
  if (wrapper === undefined) {
    return {};
  }
  const file = path.join(setting('ZONECUT_INTEROP_FOLDER'), 'hosts');
  await writeFile(file, allServers.map(({ name, address }) => `${address} ${name.slice(0, -1)}\n`).join(''));
  return { LD_PRELOAD: wrapper, NSS_WRAPPER_HOSTS: file };
}

function environmentOf(stateFolder: string): Readonly<Record<string, string>> {
  return { ZONECUT_STATE_DIR: stateFolder, HOME: stateFolder, CI: 'true' };
}

/** The built command that the tests run. */
export function zonecutCommand(): string {
  return setting('ZONECUT_INTEROP_COMMAND');
}

function setting(name: string): string {
  const value = process.env[name];
  if (value === undefined) {
    throw new Error(`${name} is not set: start these tests with npm run test:interop`);
  }
  return value;
}
