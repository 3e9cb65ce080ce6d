import { open, readdir, readFile, rename, stat, unlink } from 'node:fs/promises';
import path from 'node:path';
import type { Name } from '../../dns/name.ts';
import { messageOf, ZonecutError } from '../../error.ts';

/** What the file of a zone may be called. */
function namesFor(apex: Name): readonly string[] {
  const zone = apex.slice(0, -1);
  return [`${zone}.zone`, `${zone}.db`, `db.${zone}`, zone];
}

/** The file of the zone in `folder`; null when there is none. */
export async function fileOf(folder: string, apex: Name): Promise<string | null> {
  for (const name of namesFor(apex)) {
    const file = path.join(folder, name);
    if ((await stat(file).catch(() => null))?.isFile() === true) return file;
  }
  return null;
}

/** The zones that files of `folder` are named after, sorted; they may hold something else. */
export async function zonesIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    throw new ZonecutError('ZC_CREDENTIALS', `the folder ${folder} cannot be read: ${messageOf(error)}`, {
      hint: 'Name a folder of zone files in ZONECUT_ZONEFILES.',
    });
  });
  return names
    .flatMap(name => /^(.+)\.(?:zone|db)$/.exec(name)?.[1] ?? /^db\.(.+)$/.exec(name)?.[1] ?? [])
    .sort();
}

/** The text of a file; null when it is not there. */
export async function textOf(file: string): Promise<string | null> {
  return await readFile(file, 'utf8').catch(() => null);
}

/** Does `work` while a lock file beside `file` keeps others of this program away. Throws ZC_PROVIDER_UNAVAILABLE. */
export async function locked<T>(file: string, work: () => Promise<T>): Promise<T> {
  const lock = `${file}.zonecut-lock`;
  const handle = await open(lock, 'wx').catch((error: unknown) => {
    throw new ZonecutError(
      'ZC_PROVIDER_UNAVAILABLE',
      `${file} is locked, or its folder takes no file: ${messageOf(error)}`,
      {
        hint: `Wait for the other zonecut; if there is none, remove ${lock}.`,
      },
    );
  });
  try {
    return await work();
  } finally {
    await handle.close();
    await unlink(lock).catch(() => undefined);
  }
}

/** Puts `text` in the place of `file` at once: whoever reads sees the old file or the new one. */
export async function replaceFile(file: string, text: string): Promise<void> {
  const next = `${file}.zonecut-next`;
  const { mode } = await stat(file);
  const handle = await open(next, 'w', mode);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(next, file);
}
