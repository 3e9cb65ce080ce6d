import { createSocket } from 'node:dgram';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type ProgramOptions, runProgram, startProgram } from './programs.ts';

/** A real named with the zones of a test, on an address of its own. */
export interface Named {
  readonly address: string;
  readonly port: number;
  readonly folder: string;
  /** What it wrote to its log so far. */
  log(): string;
  stop(): Promise<void>;
}

/** A folder for the files of one test. */
export function makeTestFolder(): Promise<string> {
  return mkdtemp(path.join(tmpdir(), 'zonecut-dns-'));
}

/** Removes a folder of `makeTestFolder`. */
export async function dropTestFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}

/** Runs a program to its end in success and gives what it wrote; rejects with that otherwise. */
export async function must(
  program: string,
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<string> {
  const { status, stdout, stderr } = await runProgram(program, args, options);
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status}: ${stdout}${stderr}`);
  return stdout + stderr;
}

/** Starts named in `folder` with `statements` of named.conf (zones, keys), file names relative to the folder. */
export async function startNamed(folder: string, address: string, statements: string): Promise<Named> {
  const port = await freePort(address);
  const file = path.join(folder, 'named.conf');
  await writeFile(
    file,
    `options {
  directory "${folder}"; pid-file none; session-keyfile none; lock-file none;
  listen-on port ${port} { ${address}; }; listen-on-v6 { none; };
  recursion no; dnssec-validation no; notify no; minimal-responses no; allow-query { 127.0.0.0/8; };
};
controls { };
${statements}`,
  );
  const running = await startProgram('named', ['-g', '-4', '-n', '1', '-c', file], output =>
    /\brunning\b/.test(output),
  );
  return { address, port, folder, log: running.output, stop: running.stop };
}

/** A port that is free for UDP at `address` now. */
export function freePort(address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4');
    socket.once('error', reject);
    socket.bind(0, address, () => {
      const { port } = socket.address();
      socket.close(() => resolve(port));
    });
  });
}
