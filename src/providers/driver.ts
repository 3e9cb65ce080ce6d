import type { StartProgram } from '../world/program.ts';
import type { World } from '../world/world.ts';
import type { Capabilities, Provider, ProviderId } from './provider.ts';

/** What a driver is opened with, besides the World. */
export interface Settings {
  /** The variables that credentials and endpoints are looked up in; a driver reads no others. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The text of a file, or null when there is none that can be read. Absent: no file is looked at. */
  readonly readFile?: (path: string) => Promise<string | null>;
  /** How programs are started that stand for a host (`exec:PROGRAM`). Absent: none is. */
  readonly startProgram?: StartProgram;
}

/** A variable of the environment that a driver reads. */
export interface Variable {
  readonly name: string;
  readonly secret: boolean;
  /** One line for the documentation. */
  readonly text: string;
}

/** Opens one account. Throws ZC_CREDENTIALS when a credential is missing, and asks the network nothing. */
export type OpenProvider = (world: World, settings: Settings) => Promise<Provider>;

/** A kind of DNS host, as data; the code that talks to it comes with `load`. */
export interface Driver {
  readonly id: ProviderId;
  /** Such as `Amazon Route 53`. */
  readonly title: string;
  /** Other words that people use for it, in lower case. */
  readonly aliases: readonly string[];
  /** Where the host's users make the credentials. */
  readonly settingsUrl: string;
  readonly environment: readonly Variable[];
  readonly capabilities: Capabilities;
  /** Where its credentials are, such as `environment (AWS_ACCESS_KEY_ID)`; null when there are none. */
  find(settings: Settings): Promise<string | null>;
  load(): Promise<OpenProvider>;
}

/** The value of the first of `names` that is set to more than blanks; null when none is. */
export function variable(settings: Settings, ...names: readonly string[]): string | null {
  for (const name of names) {
    const value = settings.environment[name]?.trim();
    if (value !== undefined && value !== '') return value;
  }
  return null;
}

/** Whether a variable is set to `true`, `1`, `yes` or `on`, in letters of any case. */
export function isSwitchedOn(settings: Settings, ...names: readonly string[]): boolean {
  const value = variable(settings, ...names);
  return value !== null && /^(true|1|yes|on)$/i.test(value);
}

/** Where the first of `names` that is set is found, such as `environment (DESEC_TOKEN)`; null when none is. */
export function foundIn(settings: Settings, ...names: readonly string[]): string | null {
  const name = names.find(one => variable(settings, one) !== null);
  return name === undefined ? null : `environment (${name})`;
}

/** The folder of the user, by HOME or USERPROFILE; `~` where neither is set. */
export function homeOf(settings: Settings): string {
  return variable(settings, 'HOME', 'USERPROFILE') ?? '~';
}

/** The text of a file, `~` at the beginning standing for the folder of the user; null where it cannot be read. */
export async function fileAt(settings: Settings, path: string): Promise<string | null> {
  const full = path.replace(/^~(?=[/\\]|$)/, () => homeOf(settings));
  return (await settings.readFile?.(full)) ?? null;
}
