import { access, readFile } from 'node:fs/promises';
import path from 'node:path';
import { messageOf, ZonecutError } from '../error.ts';
import type { Driver } from '../providers/driver.ts';

/** What `zonecut.yaml` says: defaults, which the options of a command go before. */
export interface Config {
  /** Where it was found; null when there is none. */
  readonly file: string | null;
  readonly parent?: string;
  readonly child?: string;
  /** Seconds. */
  readonly ttl?: number;
  readonly sign?: boolean;
  readonly protect?: boolean;
  /** Where secrets are, by the variable that stands for each: `env:NAME` or `file:PATH`. */
  readonly credentials: Readonly<Record<string, string>>;
}

/** No file at all. */
export const noConfig: Config = { file: null, credentials: {} };

/** The name of the file, looked for in the folder and those above, up to the first that holds `.git`. */
export const configName = 'zonecut.yaml';

/** The first line of every file, which says what version of it this is. */
const configSchema = 'zonecut/config/v1';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the file that ZONECUT_CONFIG names (`none` for none), else the one that is found above `folder`.
 *
 * Throws ZC_USAGE for a file that is not of that form. A file that was only found may not name a program (`exec:`): whoever
 * enters a folder has not agreed to run what lies in it.
 */
export async function readConfig(environment: Environment, folder: string): Promise<Config> {
  const said = environment['ZONECUT_CONFIG'] ?? '';
  if (said === 'none') return noConfig;
  const file = said === '' ? await findAbove(folder) : path.resolve(folder, said);
  if (file === null) return noConfig;
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw configFault(file, `cannot be read: ${messageOf(error)}`);
  });
  const config = await parseConfig(text, file);
  const program = [config.parent, config.child].find(host => host !== undefined && /^\s*exec:/i.test(host));
  if (said === '' && program !== undefined) {
    throw configFault(
      file,
      `names the program ${program}`,
      'Say it with --parent or --child, or set ZONECUT_CONFIG to the file.',
    );
  }
  return config;
}

async function findAbove(folder: string): Promise<string | null> {
  const has = (file: string): Promise<boolean> =>
    access(file).then(
      () => true,
      () => false,
    );
  for (let at = folder; ; at = path.dirname(at)) {
    if (await has(path.join(at, configName))) return path.join(at, configName);
    if (at === path.dirname(at) || (await has(path.join(at, '.git')))) return null;
  }
}

/** Reads the text of a file. Throws ZC_USAGE, with the line of a mistake. */
export async function parseConfig(text: string, file: string): Promise<Config> {
  // Most commands have no file, and YAML and all hosts take long to load.
  const [{ valueOfYaml }, { drivers }] = await Promise.all([
    import('./yaml-text.ts'),
    import('../providers/registry.ts'),
  ]);
  const { value, problem } = valueOfYaml(text);
  if (problem !== null) throw configFault(file, `is no YAML: ${problem}`);
  const known = {
    schema: isText,
    parent: isText,
    child: isText,
    ttl: (at: unknown) => Number.isInteger(at) && Number(at) >= 1 && Number(at) <= 0x7fffffff,
    sign: isFlag,
    protect: isFlag,
    credentials: isRecord,
  };
  if (!isRecord(value) || value['schema'] !== configSchema)
    throw configFault(file, `does not begin with "schema: ${configSchema}"`);
  for (const [key, at] of Object.entries(value)) {
    const check = Object.entries(known).find(([name]) => name === key)?.[1];
    if (check === undefined)
      throw configFault(file, `has a member "${key}"`, `It has ${Object.keys(known).join(', ')}.`);
    if (!check(at)) throw configFault(file, `has no such value for ${key}: ${JSON.stringify(at)}`);
  }
  const { parent, child, ttl, sign, protect, credentials = {} } = value;
  return {
    file,
    ...(typeof parent === 'string' ? { parent } : {}),
    ...(typeof child === 'string' ? { child } : {}),
    ...(typeof ttl === 'number' ? { ttl } : {}),
    ...(typeof sign === 'boolean' ? { sign } : {}),
    ...(typeof protect === 'boolean' ? { protect } : {}),
    credentials: references(file, isRecord(credentials) ? credentials : {}, secretsOf(drivers)),
  };
}

const isText = (value: unknown): boolean => typeof value === 'string' && value.trim() !== '';
const isFlag = (value: unknown): boolean => typeof value === 'boolean';

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The variables of hosts that hold secrets. */
function secretsOf(drivers: readonly Driver[]): ReadonlySet<string> {
  return new Set(
    drivers.flatMap(({ environment }) => environment.flatMap(one => (one.secret ? [one.name] : []))),
  );
}

/** Only secrets are named here, and only by where they are: an address of a host in a found file could lead them astray. */
function references(
  file: string,
  credentials: Readonly<Record<string, unknown>>,
  secrets: ReadonlySet<string>,
): Config['credentials'] {
  return Object.fromEntries(
    Object.entries(credentials).map(([name, reference]) => {
      if (!secrets.has(name))
        throw configFault(file, `has credentials for ${name}, which is no secret of a host`);
      if (typeof reference !== 'string' || !/^(env:\w+|file:.+)$/.test(reference)) {
        throw configFault(
          file,
          `must say where ${name} is, and not what it is`,
          'Write env:NAME or file:PATH.',
        );
      }
      return [name, reference];
    }),
  );
}

/** The environment with the secrets that the file names added; what is set already stays. Throws ZC_CREDENTIALS. */
export async function withCredentials(environment: Environment, config: Config): Promise<Environment> {
  const added: Record<string, string> = {};
  for (const [name, reference] of Object.entries(config.credentials)) {
    if ((environment[name] ?? '') !== '') continue;
    const [, kind, where = ''] = /^(env|file):(.*)$/.exec(reference) ?? [];
    const value =
      kind === 'env'
        ? environment[where]
        : await secretIn(path.resolve(path.dirname(config.file ?? ''), where));
    if (value === undefined || value === null || value.trim() === '') {
      throw new ZonecutError(
        'ZC_CREDENTIALS',
        `${name} is not at ${reference}, where ${config.file} says it is`,
        {
          hint: `Put it there, or set ${name}.`,
        },
      );
    }
    added[name] = value.trim();
  }
  return { ...environment, ...added };
}

function secretIn(file: string): Promise<string | null> {
  return readFile(file, 'utf8').catch(() => null);
}

/** The text of a file with these defaults. */
export function printConfig(config: Omit<Config, 'file' | 'credentials'>): string {
  const members = Object.entries(config).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}: ${JSON.stringify(value)}`],
  );
  return [
    '# Defaults of zonecut for this folder and those below; options of a command go before them.',
    '# Secrets stay in the environment. Where one lies elsewhere, say where, never what:',
    '#   credentials:',
    '#     NAME_OF_THE_VARIABLE: file:/run/secrets/name',
    `schema: ${configSchema}`,
    ...members,
    '',
  ].join('\n');
}

/** A mistake in a file. */
function configFault(
  file: string,
  sentence: string,
  hint = 'Mend it, or set ZONECUT_CONFIG=none to do without: docs/init.md.',
): ZonecutError {
  return new ZonecutError('ZC_USAGE', `${file} ${sentence}`, { hint });
}
