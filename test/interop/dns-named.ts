import { createSocket } from 'node:dgram';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { triedAgain } from '../attempt.ts';
import { type ProgramOptions, runProgram, startProgram } from './programs.ts';

/** A real named with the zones of a test, on a port of its own. */
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

/** Runs a program to its end in success and gives its output; rejects with all it wrote otherwise. */
export async function must(
  program: string,
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<string> {
  const { status, stdout, stderr } = await runProgram(program, args, options);
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status}: ${stdout}${stderr}`);
  return stdout;
}

/** named listens at addresses of interfaces only, and of 127/8 the loopback interface has this one. */
const address = '127.0.0.1';

/** Starts named in `folder` with `statements` of named.conf (zones, keys), file names relative to the folder, and more `options`. */
export function startNamed(folder: string, statements: string, options = ''): Promise<Named> {
  // Somebody may take the port that was free.
  return triedAgain(() => startNamedOnce(folder, statements, options));
}

async function startNamedOnce(folder: string, statements: string, options: string): Promise<Named> {
  const port = await freePort();
  const file = path.join(folder, 'named.conf');
  await writeFile(
    file,
    `options {
  directory "${folder}"; pid-file none; session-keyfile none; lock-file none;
  listen-on port ${port} { ${address}; }; listen-on-v6 { none; };
  recursion no; check-names primary ignore; check-integrity no; dnssec-validation no; notify no; minimal-responses no; allow-query { 127.0.0.0/8; };
  ${options}
};
controls { };
${statements}`,
  );
  const running = await startProgram('named', ['-g', '-4', '-n', '1', '-c', file], output =>
    / running$/m.test(output),
  );
  // It goes on without what it cannot have.
  if (/not loaded due to errors|interface \S+ failed/.test(running.output())) {
    await running.stop();
    throw new Error(`named does not load a zone, or does not listen: ${running.output()}`);
  }
  return { address, port, folder, log: running.output, stop: running.stop };
}

/** A port that is free for UDP now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4');
    socket.once('error', reject);
    socket.bind(0, address, () => {
      const { port } = socket.address();
      socket.close(() => resolve(port));
    });
  });
}
