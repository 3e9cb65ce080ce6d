import { open, readdir, readFile, rename, unlink } from 'node:fs/promises';
import path from 'node:path';
import type { Delegated } from '../checks/drift.ts';
import type { Name } from '../dns/name.ts';
import { messageOf, ZonecutError } from '../error.ts';
import type { ProviderId } from '../providers/provider.ts';
import { makeFolder } from './state.ts';

/** The version of the file's shape. */
const delegationSchema = 'zonecut/delegated/v1';

/** A delegation that zonecut made or adopted, as it should be. */
export interface KeptDelegation extends Delegated {
  readonly schema: typeof delegationSchema;
  readonly parent: ProviderId;
  readonly child: ProviderId;
  /** RFC 3339, UTC. */
  readonly since: string;
  /** The run that made it; null when it was adopted as it stood. */
  readonly run: string | null;
}

function fileOf(stateFolder: string, cut: Name): string {
  return path.join(folderOf(stateFolder), `${cut.replaceAll('/', '\\057')}json`);
}

function folderOf(stateFolder: string): string {
  return path.join(stateFolder, 'delegations');
}

/** Keeps what a delegation should be, whole or not at all. Throws ZC_JOURNAL. */
export async function keepDelegation(
  stateFolder: string,
  kept: Omit<KeptDelegation, 'schema'>,
): Promise<void> {
  const file = fileOf(stateFolder, kept.cut);
  await makeFolder(folderOf(stateFolder));
  const fresh = `${file}.${process.pid}`;
  try {
    const handle = await open(fresh, 'w', 0o600);
    try {
      await handle.writeFile(`${JSON.stringify({ schema: delegationSchema, ...kept }, null, 2)}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(fresh, file);
  } catch (cause) {
    throw new ZonecutError('ZC_JOURNAL', `cannot write ${file}: ${messageOf(cause)}`, {
      hint: 'Set ZONECUT_STATE_DIR to a folder with room that you may write to.',
      cause,
    });
  }
}

/** Forgets a delegation; one that is not known is no error. */
export async function forgetDelegation(stateFolder: string, cut: Name): Promise<void> {
  await unlink(fileOf(stateFolder, cut)).catch(() => undefined);
}

/** All delegations that are kept, in the order of their names. Throws ZC_JOURNAL for a file that is none. */
export async function keptDelegations(stateFolder: string): Promise<readonly KeptDelegation[]> {
  const folder = folderOf(stateFolder);
  const files = (await readdir(folder).catch(() => [])).filter(file => file.endsWith('.json'));
  return await Promise.all(files.sort().map(file => readKept(path.join(folder, file))));
}

async function readKept(file: string): Promise<KeptDelegation> {
  const text = await readFile(file, 'utf8');
  try {
    const kept = JSON.parse(text) as KeptDelegation;
    if (kept.schema === delegationSchema) {
      return kept;
    }
  } catch {
    // What cannot be read is told below.
  }
  throw new ZonecutError('ZC_JOURNAL', `${file} is no delegation of ${delegationSchema}`, {
    hint: 'Remove the file, and adopt the delegation again with `zonecut adopt`.',
  });
}
