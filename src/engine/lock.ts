import { link, readFile, rename, unlink, writeFile } from 'node:fs/promises';
import { messageOf, ZonecutError } from '../error.ts';

/** Something that this process alone may use until it releases it. */
export interface Lock {
  release(): Promise<void>;
}

/** Times that a lock left by a dead process is taken over before giving up. */
const maxTakeovers = 3;

/**
 * Takes the lock `file`, which holds the ID of the process that has it; one that a dead process left is taken over.
 *
 * Throws ZC_JOURNAL when a living process has it. `what` names the locked thing in that error.
 */
export async function lockFile(file: string, what: string): Promise<Lock> {
  const mine = `${file}.${process.pid}`;
  await writeFile(mine, `${process.pid}\n`, { mode: 0o600 }).catch(cause => {
    throw new ZonecutError('ZC_JOURNAL', `cannot write ${mine}: ${messageOf(cause)}`, {
      hint: 'Set ZONECUT_STATE_DIR to a folder that you may write to.',
      cause,
    });
  });
  try {
    for (let takeover = 0; takeover < maxTakeovers; takeover += 1) {
      // link(2) fails when the lock is there, and makes it whole at once: no reader sees it empty.
      if (
        await link(mine, file).then(
          () => true,
          () => false,
        )
      ) {
        return { release: () => unlink(file).catch(() => undefined) };
      }
      const holder = Number.parseInt(await readFile(file, 'utf8').catch(() => ''), 10);
      if (isAlive(holder)) {
        throw inUse(what, holder);
      }
      await takeAway(file, what);
    }
  } finally {
    await unlink(mine).catch(() => undefined);
  }
  throw new ZonecutError('ZC_JOURNAL', `cannot take the lock ${file}`, {
    hint: 'Remove the file if no zonecut is running.',
  });
}

/** Moves a dead process's lock away; when a living one took it in the meantime, it gets it back. */
async function takeAway(file: string, what: string): Promise<void> {
  const away = `${file}.stale.${process.pid}`;
  if (
    !(await rename(file, away).then(
      () => true,
      () => false,
    ))
  ) {
    return;
  }
  const holder = Number.parseInt(await readFile(away, 'utf8').catch(() => ''), 10);
  if (isAlive(holder)) {
    await rename(away, file);
    throw inUse(what, holder);
  }
  await unlink(away).catch(() => undefined);
}

function inUse(what: string, holder: number): ZonecutError {
  return new ZonecutError('ZC_JOURNAL', `${what} is in use by process ${holder}`, {
    hint: 'Wait for it, or end it; the run can then be resumed.',
  });
}

/** Whether process `pid` is there: signal 0 reaches no one and tells (kill(2)). */
export function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) {
    return false;
  }
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
