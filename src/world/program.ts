import { type ChildProcess, spawn } from 'node:child_process';

/** Octets of one line that a program may print; a zone of 100 000 records fits. */
export const maxLineBytes = 16_777_216;

/** Lines that may lie unread; a program that answers only what it is asked has one. */
const maxUnreadLines = 16;

/** Octets of standard error that are kept, the last ones. */
const keptErrorBytes = 2048;

/** Milliseconds from the end of its input, and from SIGTERM, until a program is killed. */
const graceMs = 1000;

/** How a program is started. */
export interface ProgramStart {
  /** The program, and its arguments; no shell reads them. */
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** What a program gave next. */
export type ProgramOutput =
  | { readonly kind: 'line'; readonly text: string }
  /** More than a limit allows; the program is being stopped. */
  | { readonly kind: 'flood'; readonly problem: string }
  /** It never began. */
  | { readonly kind: 'unstarted'; readonly problem: string }
  /** It is gone; `problem` says how, with the end of what it wrote to standard error. */
  | { readonly kind: 'ended'; readonly problem: string };

/** A program that is spoken to in lines over its standard streams. */
export interface RunningProgram {
  /** Writes one line to its standard input. */
  send(line: string): void;
  /** The next line of its standard output, or why there is none. One call at a time. */
  next(): Promise<ProgramOutput>;
  /** Ends its input, then sends SIGTERM, then SIGKILL, to it and to what it started. Never throws. */
  stop(): Promise<void>;
}

/** Starts a program. Never throws: a program that cannot be started says so at `next`. */
export type StartProgram = (start: ProgramStart) => RunningProgram;

/** Starts programs of this machine, each in a process group of its own, so that Ctrl-C does not cut it off within a change. */
export const nodePrograms: StartProgram = ({ command, environment }) => {
  const [file = '', ...args] = command;
  const child = spawn(file, args, { env: { ...environment }, stdio: 'pipe', detached: true });
  return new NodeProgram(child);
};

class NodeProgram implements RunningProgram {
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  #pieces: Buffer[] = [];
  #pieceBytes = 0;
  #errors = Buffer.alloc(0);
  #end: Exclude<ProgramOutput, { kind: 'line' }> | null = null;
  #waiter: (() => void) | null = null;
  readonly #closed: Promise<void>;

  constructor(child: ChildProcess) {
    this.#child = child;
    child.stdout?.on('data', (chunk: Buffer) => this.#take(chunk));
    child.stderr?.on('data', (chunk: Buffer) => {
      this.#errors = Buffer.concat([this.#errors, chunk]).subarray(-keptErrorBytes);
    });
    // A program that is gone before it read its input is told of by its end.
    child.stdin?.on('error', () => undefined);
    this.#closed = new Promise(resolve => {
      child.once('error', error => {
        this.#finish({ kind: 'unstarted', problem: error.message });
        resolve();
      });
      child.once('close', (status, signal) => {
        const how = signal === null ? `with status ${status}` : `by ${signal}`;
        this.#finish({ kind: 'ended', problem: `it ended ${how}${this.#saidText()}` });
        resolve();
      });
    });
  }

  send(line: string): void {
    this.#child.stdin?.write(`${line}\n`);
  }

  async next(): Promise<ProgramOutput> {
    for (;;) {
      const text = this.#lines.shift();
      if (text !== undefined) return { kind: 'line', text };
      if (this.#end !== null) return this.#end;
      await new Promise<void>(resolve => {
        this.#waiter = resolve;
      });
    }
  }

  async stop(): Promise<void> {
    this.#child.stdin?.end();
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      if (await this.#closesSoon()) return;
      this.#kill(signal);
    }
    await this.#closesSoon();
    this.#child.stdout?.destroy();
    this.#child.stderr?.destroy();
  }

  #take(chunk: Buffer): void {
    if (this.#end !== null) return;
    let rest = chunk;
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
      this.#lines.push(Buffer.concat([...this.#pieces, rest.subarray(0, end)]).toString('utf8'));
      this.#pieces = [];
      this.#pieceBytes = 0;
      rest = rest.subarray(end + 1);
      if (this.#lines.length > maxUnreadLines) {
        this.#flood(`more than ${maxUnreadLines} lines unasked`);
        return;
      }
    }
    this.#pieces.push(rest);
    this.#pieceBytes += rest.length;
    if (this.#pieceBytes > maxLineBytes) this.#flood(`a line of more than ${maxLineBytes} octets`);
    else this.#wake();
  }

  #flood(problem: string): void {
    this.#pieces = [];
    this.#lines.length = 0;
    this.#finish({ kind: 'flood', problem: `it printed ${problem}` });
    this.#kill('SIGKILL');
  }

  #finish(end: Exclude<ProgramOutput, { kind: 'line' }>): void {
    this.#end ??= end;
    this.#wake();
  }

  #wake(): void {
    this.#waiter?.();
    this.#waiter = null;
  }

  #kill(signal: NodeJS.Signals): void {
    const { pid } = this.#child;
    if (pid === undefined) return;
    try {
      process.kill(-pid, signal);
    } catch {
      this.#child.kill(signal);
    }
  }

  async #closesSoon(): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<boolean>(resolve => {
      timer = setTimeout(() => resolve(false), graceMs);
    });
    const closed = await Promise.race([this.#closed.then(() => true), late]);
    clearTimeout(timer);
    return closed;
  }

  #saidText(): string {
    const said = this.#errors.toString('utf8').trim().split('\n').slice(-3).join(' / ');
    return said === '' ? '' : `, and wrote: ${said}`;
  }
}
