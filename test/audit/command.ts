import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { printAddressMap } from '../../src/world/address-map.ts';
import { bundleProgram, type Program, type Said } from '../cli/program.ts';
import { type Authority, startAuthority } from './authority.ts';

/** The command in a World whose names an authority makes up, and a folder of its own. */
export interface AuditCommand {
  readonly folder: string;
  readonly program: Program;
  readonly authority: Authority;
  readonly environment: Readonly<Record<string, string>>;
  /** `zonecut audit ARGS`. */
  run(...args: readonly string[]): Promise<Said>;
  /** `zonecut audit FILE ARGS` with that file. */
  audit(content: string | Uint8Array, ...args: readonly string[]): Promise<Said>;
  close(): Promise<void>;
}

/** Bundles the command and starts the authority. */
export async function openAuditCommand(): Promise<AuditCommand> {
  const folder = await mkdtemp(path.join(tmpdir(), 'zonecut-audit-'));
  const [program, authority] = await Promise.all([bundleProgram(), startAuthority()]);
  await writeFile(path.join(folder, 'hints'), authority.hints);
  const environment = {
    ZONECUT_OFFLINE: '1',
    ZONECUT_ROOT_HINTS: path.join(folder, 'hints'),
    ZONECUT_ADDRESS_MAP: printAddressMap(authority.endpoints),
    ZONECUT_STATE_DIR: folder,
    ZONECUT_ZONEFILES: folder,
  };
  const run = (...args: readonly string[]): Promise<Said> => program.run(['audit', ...args], environment);
  return {
    folder,
    program,
    authority,
    environment,
    run,
    audit: async (content, ...args) => {
      const file = path.join(folder, 'input');
      await writeFile(file, content);
      return await run(file, ...args);
    },
    close: async () => {
      await authority.close();
      await program.remove();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
