import { createPrivateKey, sign } from 'node:crypto';
import { messageOf, ZonecutError } from '../../error.ts';
import { Secret } from '../../secret.ts';
import type { Clock } from '../../world/world.ts';
import { fileAt, homeOf, type Settings, variable } from '../driver.ts';
import { textAt } from '../json.ts';

/** Who asks, for which project, and what is shown for a token. */
export interface GcloudCredentials {
  /** The address of a service account, or that a person is signed in. */
  readonly account: string;
  readonly project: string;
  /** Where they were found. */
  readonly source: string;
  readonly tokenEndpoint: string;
  readonly secrets: readonly Secret[];
  /** The fields of a request for a token: a signed assertion (RFC 7523 section 2.1), or a refresh token (RFC 6749 section 6). */
  form(): Readonly<Record<string, string>>;
}

const scope = 'https://www.googleapis.com/auth/ndev.clouddns.readwrite';
const defaultTokenEndpoint = 'https://oauth2.googleapis.com/token';

/** Seconds; the longest that the host takes. */
const assertionSeconds = 3600;

/** Where credentials are; null when there are none. */
export async function findCredentials(settings: Settings): Promise<string | null> {
  if (variable(settings, 'GOOGLE_APPLICATION_CREDENTIALS') !== null) return sourceOf(settings);
  return (await fileAt(settings, wellKnown(settings))) === null ? null : sourceOf(settings);
}

/** The file with the credentials. Throws ZC_CREDENTIALS. */
export async function readCredentials(settings: Settings, clock: Clock): Promise<GcloudCredentials> {
  const path = variable(settings, 'GOOGLE_APPLICATION_CREDENTIALS') ?? wellKnown(settings);
  const text = await fileAt(settings, path);
  if (text === null) throw missing(`the file ${path} cannot be read`);
  const json = parsed(text);
  const project = variable(settings, 'GOOGLE_CLOUD_PROJECT', 'CLOUDSDK_CORE_PROJECT', 'GCE_PROJECT');
  const known = project ?? textAt(json, 'project_id') ?? textAt(json, 'quota_project_id');
  if (known === null) throw missing('GOOGLE_CLOUD_PROJECT is not set, and the credentials name no project');
  const common = {
    project: known,
    source: sourceOf(settings),
    tokenEndpoint: textAt(json, 'token_uri') ?? defaultTokenEndpoint,
  };
  const kind = textAt(json, 'type');
  if (kind === 'service_account') return { ...common, ...serviceAccount(json, common.tokenEndpoint, clock) };
  if (kind === 'authorized_user') return { ...common, ...person(json) };
  throw missing(
    `credentials of the kind ${JSON.stringify(kind)} are not read, but service_account and authorized_user`,
  );
}

type Asking = Pick<GcloudCredentials, 'account' | 'secrets' | 'form'>;

function serviceAccount(json: unknown, audience: string, clock: Clock): Asking {
  const email = need(json, 'client_email');
  const pem = need(json, 'private_key');
  const keyId = textAt(json, 'private_key_id');
  const key = keyOf(pem);
  const form = (): Readonly<Record<string, string>> => {
    const now = Math.floor(clock.now() / 1000);
    const header = { alg: 'RS256', typ: 'JWT', ...(keyId === null ? {} : { kid: keyId }) };
    const claims = { iss: email, scope, aud: audience, iat: now, exp: now + assertionSeconds };
    const text = [header, claims]
      .map(part => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.');
    const signature = sign('RSA-SHA256', Buffer.from(text), key).toString('base64url');
    return { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: `${text}.${signature}` };
  };
  return { account: email, secrets: [new Secret(pem)], form };
}

function person(json: unknown): Asking {
  const secret = need(json, 'client_secret');
  const token = need(json, 'refresh_token');
  const fields = { client_id: need(json, 'client_id'), client_secret: secret, refresh_token: token };
  return {
    account: 'who is signed in by gcloud',
    secrets: [new Secret(secret), new Secret(token)],
    form: () => ({ grant_type: 'refresh_token', ...fields }),
  };
}

function keyOf(pem: string): ReturnType<typeof createPrivateKey> {
  try {
    return createPrivateKey(pem);
  } catch (error) {
    throw missing(`the private key cannot be read: ${messageOf(error)}`);
  }
}

function need(json: unknown, key: string): string {
  const value = textAt(json, key);
  if (value !== null) return value;
  throw missing(`the credentials have no ${key}`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw missing('the credentials are no JSON');
  }
}

/** Where gcloud keeps what `gcloud auth application-default login` gave. */
function wellKnown(settings: Settings): string {
  const folder = variable(settings, 'CLOUDSDK_CONFIG') ?? `${homeOf(settings)}/.config/gcloud`;
  return `${folder}/application_default_credentials.json`;
}

function sourceOf(settings: Settings): string {
  return variable(settings, 'GOOGLE_APPLICATION_CREDENTIALS') === null
    ? wellKnown(settings)
    : 'environment (GOOGLE_APPLICATION_CREDENTIALS)';
}

function missing(sentence: string): ZonecutError {
  return new ZonecutError('ZC_CREDENTIALS', `Google Cloud DNS: ${sentence}`, {
    hint: 'Let GOOGLE_APPLICATION_CREDENTIALS name the key file of a service account, or run `gcloud auth application-default login`.',
  });
}
