import { type ChildProcess, execFile, spawn } from 'node:child_process';

/** How a program ended. */
export interface Finished {
  /** Null when a signal ended it. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a program is run. */
export interface ProgramOptions {
  /** Milliseconds after which it is killed, for it hangs; 240 s unless given. */
  readonly timeoutMs?: number;
  /** Whether processes that it leaves behind are ended with it: one that dies too early leaves its own at their ports. */
  readonly withOffspring?: boolean;
  /** Added to the environment of the tests. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** Milliseconds; more than anything here takes on the busiest machine, and less than a test may take. */
const patienceMs = 240_000;
const maxOutputOctets = 16 * 1024 * 1024;

/** Runs `program` to its end, without a terminal and without input. */
export function runProgram(
  program: string,
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<Finished> {
  return new Promise(resolve => {
    const child = execFile(
      program,
      [...args],
      {
        timeout: options.timeoutMs ?? patienceMs,
        killSignal: 'SIGKILL',
        maxBuffer: maxOutputOctets,
        env: { ...process.env, ...options.environment },
      },
      (error, stdout, stderr) => {
        const status = error === null ? 0 : typeof error.code === 'number' ? error.code : null;
        resolve({ status, stdout, stderr: status === null ? `${stderr}${error?.message ?? ''}` : stderr });
      },
    );
    child.stdin?.end();
  });
}

/** A program that goes on until it is told to stop. */
export interface Running {
  readonly pid: number;
  /** Everything it wrote so far, to standard output and to standard error. */
  output(): string;
  /** Ends it (SIGTERM, then SIGKILL) and resolves when it is gone. */
  stop(): Promise<void>;
}

/** Starts `program` and resolves as soon as `isReady` holds for what it wrote. Rejects when it ends or stays silent. */
export async function startProgram(
  program: string,
  args: readonly string[],
  isReady: (output: string) => boolean,
  options: ProgramOptions = {},
): Promise<Running> {
  const child = spawn(program, [...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...options.environment },
    // A group of its own, whose number is that of the process.
    detached: options.withOffspring === true,
  });
  let output = '';
  const stop = async (): Promise<void> => {
    await stopProcess(child);
    if (options.withOffspring === true) endGroup(child);
  };
  await new Promise<void>((resolve, reject) => {
    const tooLate = setTimeout(() => done('is not ready in time'), options.timeoutMs ?? patienceMs);
    const done = (problem: string | null): void => {
      clearTimeout(tooLate);
      if (problem === null) {
        resolve();
      } else {
        void stop().then(() => reject(new Error(`${program} ${problem}: ${output}`)));
      }
    };
    const read = (chunk: Buffer): void => {
      output += chunk.toString('utf8');
      if (isReady(output)) {
        done(null);
      }
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('error', error => done(error.message));
    child.once('exit', code => done(`ended with ${code}`));
  });
  return { pid: child.pid ?? 0, output: () => output, stop };
}

function endGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nobody is left.
  }
}

async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) {
    return;
  }
  const gone = new Promise<void>(resolve => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  child.kill('SIGTERM');
  const killer = setTimeout(() => child.kill('SIGKILL'), 15_000);
  await gone;
  clearTimeout(killer);
}
