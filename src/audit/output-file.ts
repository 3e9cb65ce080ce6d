import { type FileHandle, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { messageOf, ZonecutError } from '../error.ts';
import type { Clock } from '../world/world.ts';
import { type AuditPoint, type AuditSink, auditStart } from './audit.ts';
import { auditLimits } from './limits.ts';
import { noOutcomes } from './summary.ts';

const schema = 'zonecut/audit-state/v1';

/** What is kept of an audit that is under way, beside its output. */
interface State extends AuditPoint {
  readonly schema: typeof schema;
  /** Octets of the output that belong to the point; what follows was written after it. */
  readonly octets: number;
}

/** How an output file is opened. */
export interface OutputFileOptions {
  readonly clock: Clock;
  /** Goes on where an audit was broken off; begins where none was. */
  readonly resume: boolean;
  /** Takes the place of an output that is there. */
  readonly force: boolean;
}

/**
 * The output of an audit as a file, with its state in `FILE.state` until it is complete.
 *
 * The output is on the disk before the state that speaks of it. Whatever was written after the last state is cut off by
 * `resume`, and done again: no line is lost, and none is there twice.
 */
export class OutputFile implements AuditSink {
  readonly #file: string;
  readonly #handle: FileHandle;
  readonly #clock: Clock;
  /** Where the audit goes on. */
  readonly from: AuditPoint;
  #octets: number;
  #keptAtMs: number;

  private constructor(
    file: string,
    handle: FileHandle,
    clock: Clock,
    from: { readonly point: AuditPoint; readonly octets: number },
  ) {
    this.#file = file;
    this.#handle = handle;
    this.#clock = clock;
    this.from = from.point;
    this.#octets = from.octets;
    this.#keptAtMs = clock.elapsed();
  }

  /**
   * Opens `file`. Throws ZC_USAGE for an output that is there and shall not be replaced, ZC_JOURNAL for a state that does not
   * fit it, ZC_OUTPUT when it cannot be written.
   */
  static async open(file: string, options: OutputFileOptions): Promise<OutputFile> {
    const { clock, resume, force } = options;
    const state = await readState(file);
    const size = await stat(file).then(
      ({ size: octets }) => octets,
      () => null,
    );
    if (resume && state === null && size !== null) throw finished(file);
    if (!resume && !force && (state !== null || size !== null)) throw isThere(file, state !== null);
    const goesOn = resume && state !== null;
    if (goesOn && (size ?? 0) < state.octets) throw tooShort(file, size ?? 0, state.octets);
    const handle = await open(file, goesOn ? 'r+' : 'w', 0o644).catch((cause: unknown) => {
      throw unwritable(file, cause);
    });
    const from = goesOn ? { point: state, octets: state.octets } : { point: auditStart, octets: 0 };
    const output = new OutputFile(file, handle, clock, from);
    await output.#do(async () => {
      await handle.truncate(from.octets);
      await output.#keep(from.point);
    });
    return output;
  }

  async write(text: string, point: AuditPoint): Promise<void> {
    await this.#do(async () => {
      const octets = Buffer.from(text);
      for (let at = 0; at < octets.length; ) {
        const { bytesWritten } = await this.#handle.write(octets, at, octets.length - at, this.#octets + at);
        at += bytesWritten;
      }
      this.#octets += octets.length;
      if (this.#clock.elapsed() - this.#keptAtMs < auditLimits.stateMs) return;
      await this.#keep(point);
      this.#keptAtMs = this.#clock.elapsed();
    });
  }

  async #keep(point: AuditPoint): Promise<void> {
    await this.#handle.datasync();
    const { items, digest, counts } = point;
    const state: State = { schema, items, digest, counts, octets: this.#octets };
    const next = `${this.#file}.state.new`;
    await writeFile(next, `${JSON.stringify(state)}\n`, { flush: true });
    await rename(next, `${this.#file}.state`);
  }

  /** Says that the output is complete. */
  async complete(): Promise<void> {
    await this.#do(async () => {
      await this.#handle.datasync();
      await rm(`${this.#file}.state`, { force: true });
    });
  }

  /** Closes the file; its state stays unless it is complete. */
  async close(): Promise<void> {
    await this.#handle.close();
  }

  async #do(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (cause) {
      throw unwritable(this.#file, cause);
    }
  }
}

async function readState(file: string): Promise<State | null> {
  const text = await readFile(`${file}.state`, 'utf8').catch(() => null);
  if (text === null) return null;
  const state = parseState(text);
  if (state === null) {
    throw new ZonecutError('ZC_JOURNAL', `${file}.state is no state of an audit`, {
      hint: 'Begin anew with --force.',
    });
  }
  return state;
}

function parseState(text: string): State | null {
  try {
    const state = JSON.parse(text) as Partial<State> | null;
    const isState =
      state !== null &&
      state.schema === schema &&
      Number.isInteger(state.items) &&
      Number.isInteger(state.octets) &&
      typeof state.digest === 'string' &&
      typeof state.counts === 'object';
    if (!isState) return null;
    const { items = 0, octets = 0, digest = '', counts } = state;
    return { schema, items, octets, digest, counts: { ...noOutcomes, ...counts } };
  } catch {
    return null;
  }
}

function finished(file: string): ZonecutError {
  return new ZonecutError('ZC_USAGE', `${file} is the output of an audit that was not broken off`, {
    hint: 'Name another file, or begin anew with --force.',
  });
}

function isThere(file: string, isOpen: boolean): ZonecutError {
  return new ZonecutError(
    'ZC_USAGE',
    isOpen ? `${file} is the output of an audit that was broken off` : `${file} is there already`,
    {
      hint: isOpen
        ? 'Go on with --resume, or begin anew with --force.'
        : 'Name another file, or replace it with --force.',
    },
  );
}

function tooShort(file: string, octets: number, wanted: number): ZonecutError {
  return new ZonecutError('ZC_JOURNAL', `${file} has ${octets} octets, its state speaks of ${wanted}`, {
    hint: 'Somebody changed it; begin anew with --force.',
  });
}

function unwritable(file: string, cause: unknown): ZonecutError {
  return new ZonecutError('ZC_OUTPUT', `cannot write ${file}: ${messageOf(cause)}`, {
    hint: 'Make room or rights, and give the same command with --resume: what is written counts.',
    cause,
  });
}
