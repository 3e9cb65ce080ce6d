import { createPrivateKey, type KeyObject } from 'node:crypto';
import { messageOf, ZonecutError } from '../../error.ts';
import { Secret } from '../../secret.ts';
import { fileAt, homeOf, type Settings, variable } from '../driver.ts';
import type { SigningIdentity } from './signature.ts';

/** Who signs, and where. */
export interface OciCredentials {
  readonly identity: SigningIdentity;
  readonly user: string;
  /** Which key signs, such as its fingerprint. */
  readonly keyName: string;
  readonly region: string;
  /** In which zones are listed and made. */
  readonly compartment: string;
  readonly secrets: readonly Secret[];
  /** Where they were found. */
  readonly source: string;
}

/** The variables of Oracle's command line, by the key that means the same in its configuration. */
const variables = {
  user: 'OCI_CLI_USER',
  tenancy: 'OCI_CLI_TENANCY',
  fingerprint: 'OCI_CLI_FINGERPRINT',
  region: 'OCI_CLI_REGION',
  key_file: 'OCI_CLI_KEY_FILE',
  key_content: 'OCI_CLI_KEY_CONTENT',
  pass_phrase: 'OCI_CLI_PASSPHRASE',
  security_token_file: 'OCI_CLI_SECURITY_TOKEN_FILE',
} as const;

/** A key of the configuration. */
type Key = keyof typeof variables;

type Profile = ReadonlyMap<string, string>;

/** Where credentials are; null when there are none. */
export async function findCredentials(settings: Settings): Promise<string | null> {
  if (variable(settings, variables.user) !== null) return `environment (${variables.user})`;
  return (await profileOf(settings)) === null ? null : fileSource(settings);
}

/** The credentials of the environment and, for what is not there, of a profile of the configuration. Throws ZC_CREDENTIALS. */
export async function readCredentials(settings: Settings): Promise<OciCredentials> {
  const profile = (await profileOf(settings)) ?? new Map<string, string>();
  const at = (key: Key): string | null => variable(settings, variables[key]) ?? profile.get(key) ?? null;
  const need = (key: Key): string => {
    const value = at(key);
    if (value !== null) return value;
    throw missing(`neither ${variables[key]} nor ${key} in ${configOf(settings)} is set`);
  };
  const tenancy = need('tenancy');
  const passphrase = at('pass_phrase');
  const tokenFile = at('security_token_file');
  const token = tokenFile === null ? null : (await textOf(settings, tokenFile)).trim();
  const user = token === null ? need('user') : (at('user') ?? 'session');
  const key = await keyOf(settings, at('key_content'), at('key_file'), passphrase);
  const keyName = token === null ? need('fingerprint') : 'of the session';
  return {
    identity: { keyId: token === null ? `${tenancy}/${user}/${keyName}` : `ST$${token}`, key },
    user,
    keyName,
    region: need('region'),
    compartment: variable(settings, 'OCI_COMPARTMENT_OCID') ?? tenancy,
    secrets: [passphrase, token].flatMap(text => (text === null ? [] : [new Secret(text)])),
    source:
      variable(settings, variables.user) === null ? fileSource(settings) : `environment (${variables.user})`,
  };
}

async function keyOf(
  settings: Settings,
  content: string | null,
  file: string | null,
  passphrase: string | null,
): Promise<KeyObject> {
  if (content === null && file === null) {
    throw missing(`neither ${variables.key_content} nor ${variables.key_file} is set`);
  }
  const pem = content ?? (await textOf(settings, file ?? ''));
  try {
    return createPrivateKey({ key: pem, ...(passphrase === null ? {} : { passphrase }) });
  } catch (error) {
    throw missing(`the private key cannot be read: ${messageOf(error)}`);
  }
}

async function textOf(settings: Settings, path: string): Promise<string> {
  const text = await fileAt(settings, path);
  if (text !== null) return text;
  throw missing(`the file ${path} cannot be read`);
}

/** The profile of the configuration; null where there is no such file, or no such profile in it. */
async function profileOf(settings: Settings): Promise<Profile | null> {
  const text = await fileAt(settings, configOf(settings));
  if (text === null) return null;
  const profiles = new Map<string, Map<string, string>>();
  let now = new Map<string, string>();
  for (const line of text.split('\n')) {
    const heading = /^\s*\[([^\]]+)\]/.exec(line)?.[1];
    const [, key, value] = /^\s*([\w-]+)\s*[=:]\s*(.*?)\s*$/.exec(line) ?? [];
    if (heading !== undefined) {
      now = new Map();
      profiles.set(heading.trim(), now);
    } else if (key !== undefined && value !== undefined) now.set(key, value);
  }
  return profiles.get(profileName(settings)) ?? null;
}

function configOf(settings: Settings): string {
  return variable(settings, 'OCI_CLI_CONFIG_FILE') ?? `${homeOf(settings)}/.oci/config`;
}

function profileName(settings: Settings): string {
  return variable(settings, 'OCI_CLI_PROFILE') ?? 'DEFAULT';
}

function fileSource(settings: Settings): string {
  return `${configOf(settings)} (profile ${profileName(settings)})`;
}

function missing(sentence: string): ZonecutError {
  return new ZonecutError('ZC_CREDENTIALS', `OCI DNS: ${sentence}`, {
    hint: 'Make an API key in the console of OCI (User settings, API keys), and save what it shows as ~/.oci/config.',
  });
}
