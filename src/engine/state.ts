import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { messageOf, ZonecutError } from '../error.ts';

/** The folder of zonecut's state: `ZONECUT_STATE_DIR`, else `zonecut` in `XDG_STATE_HOME` or `~/.local/state`. */
export function stateFolder(environment: Readonly<Record<string, string | undefined>>): string {
  const own = environment['ZONECUT_STATE_DIR'];
  if (own !== undefined && own !== '') {
    return path.resolve(own);
  }
  const xdg = environment['XDG_STATE_HOME'];
  const base =
    xdg !== undefined && path.isAbsolute(xdg)
      ? xdg
      : path.join(environment['HOME'] ?? '.', '.local', 'state');
  return path.join(base, 'zonecut');
}

/** Makes `folder`, readable by its owner only. Throws ZC_JOURNAL when that is not possible. */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new ZonecutError('ZC_JOURNAL', `cannot make the folder ${folder}: ${messageOf(cause)}`, {
      hint: 'Set ZONECUT_STATE_DIR to a folder that you may write to.',
      cause,
    });
  }
}
