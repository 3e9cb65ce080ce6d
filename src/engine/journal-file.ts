import { type FileHandle, open, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Journal, JournalEvent } from '../apply/journal.ts';
import { type RunState, runStateOf } from '../apply/journal.ts';
import { messageOf, ZonecutError } from '../error.ts';
import { type Lock, lockFile } from './lock.ts';
import { makeFolder } from './state.ts';

const ending = '.ndjson';

/** A journal that is open for writing, and locked against every other process. */
export interface OpenJournal extends Journal {
  close(): Promise<void>;
}

/** A run as its journal shows it. */
export interface RunRecord {
  readonly run: string;
  readonly state: RunState;
  readonly events: readonly JournalEvent[];
}

function runsFolder(stateFolder: string): string {
  return path.join(stateFolder, 'runs');
}

/**
 * Opens the journal of `run` in `stateFolder`, new or with what it holds.
 *
 * A last line that was cut off by a crash did not happen: it is removed. Throws ZC_JOURNAL when another process has the
 * journal, or when it cannot be read or written.
 */
export async function openJournal(stateFolder: string, run: string): Promise<OpenJournal> {
  const folder = runsFolder(stateFolder);
  await makeFolder(folder);
  const lock = await lockFile(path.join(folder, `${run}.lock`), `run ${run}`);
  try {
    return await openLocked(path.join(folder, run + ending), folder, lock);
  } catch (cause) {
    await lock.release();
    throw cause instanceof ZonecutError ? cause : unwritable(folder, cause);
  }
}

async function openLocked(file: string, folder: string, lock: Lock): Promise<OpenJournal> {
  const handle = await open(file, 'a+', 0o600);
  try {
    const text = await handle.readFile('utf8');
    const { events, length } = parseEvents(text, file);
    if (length < Buffer.byteLength(text)) {
      await handle.truncate(length);
    }
    await handle.sync();
    await syncFolder(folder);
    return new JournalFile(handle, events, lock, folder);
  } catch (cause) {
    await handle.close();
    throw cause;
  }
}

/** A new file's name is durable only when its folder is (fsync(2)). */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

class JournalFile implements OpenJournal {
  readonly events: JournalEvent[];
  readonly #handle: FileHandle;
  readonly #lock: Lock;
  readonly #folder: string;

  constructor(handle: FileHandle, events: readonly JournalEvent[], lock: Lock, folder: string) {
    this.#handle = handle;
    this.events = [...events];
    this.#lock = lock;
    this.#folder = folder;
  }

  async append(event: JournalEvent): Promise<void> {
    try {
      await this.#handle.appendFile(`${JSON.stringify(event)}\n`);
      await this.#handle.sync();
    } catch (cause) {
      throw unwritable(this.#folder, cause);
    }
    this.events.push(event);
  }

  async close(): Promise<void> {
    await this.#handle.close();
    await this.#lock.release();
  }
}

function unwritable(folder: string, cause: unknown): ZonecutError {
  return new ZonecutError('ZC_JOURNAL', `cannot write the journal in ${folder}: ${messageOf(cause)}`, {
    hint: 'Nothing is done that is not written down first. Set ZONECUT_STATE_DIR to a folder with room that you may write to.',
    cause,
  });
}

/** The events of a journal's text, and how many octets of it they are. */
function parseEvents(
  text: string,
  file: string,
): { readonly events: readonly JournalEvent[]; readonly length: number } {
  const end = text.lastIndexOf('\n') + 1;
  const lines = text.slice(0, end).split('\n').slice(0, -1);
  const events = lines.map((line, at) => {
    try {
      return JSON.parse(line) as JournalEvent;
    } catch (cause) {
      throw new ZonecutError('ZC_JOURNAL', `${file} line ${at + 1} is no event of a run`, {
        hint: 'The file was changed by something else. What was done can be seen with `zonecut verify NAME`.',
        cause,
      });
    }
  });
  return { events, length: Buffer.byteLength(text.slice(0, end)) };
}

/** What the journal of `run` holds, without locking it. Throws ZC_USAGE when there is no such run. */
export async function readRun(stateFolder: string, run: string): Promise<RunRecord> {
  const file = path.join(runsFolder(stateFolder), run + ending);
  const text = await readFile(file, 'utf8').catch(() => null);
  const { events } = text === null ? { events: [] } : parseEvents(text, file);
  const state = runStateOf(events);
  if (state === null) {
    throw new ZonecutError('ZC_USAGE', `there is no run ${run}`, { hint: '`zonecut runs` lists them.' });
  }
  return { run, state, events };
}

/** All runs, the latest first. Journals without a plan are left out: nothing was done in them. */
export async function listRuns(stateFolder: string): Promise<readonly RunRecord[]> {
  const files = await readdir(runsFolder(stateFolder)).catch(() => []);
  const runs = files.filter(file => file.endsWith(ending)).map(file => file.slice(0, -ending.length));
  const records = await Promise.all(runs.map(run => readRun(stateFolder, run).catch(() => null)));
  const startedAt = (record: RunRecord): string => record.events[0]?.at ?? '';
  return records.filter(record => record !== null).sort((a, b) => startedAt(b).localeCompare(startedAt(a)));
}
