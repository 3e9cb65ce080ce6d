import { Secret } from '../../secret.ts';
import type { World } from '../../world/world.ts';
import { type Settings, variable } from '../driver.ts';
import { defaultRequestTimeoutMs } from '../http-client.ts';
import type { Right } from '../provider.ts';
import { createRestClient, type RestClient, RestFault, type RestOptions } from './client.ts';

/** A host whose API is opened by one token. */
export interface TokenHost extends Pick<RestOptions, 'host' | 'endpoint' | 'pace' | 'sentenceOf' | 'codeOf'> {
  /** The variables in which users have the token; the first that is set counts. */
  readonly tokens: readonly string[];
  /** The variable that leads to another endpoint. */
  readonly endpointVariable: string;
  /** Where tokens are made. */
  readonly settingsUrl: string;
  /** The header that holds it; `authorization` unless given. */
  readonly header?: string;
  /** What stands in that header, for the token of that variable. */
  authorization(token: string, variable: string): string;
}

/** The API of a host, opened by the token of the settings. Throws ZC_CREDENTIALS when there is none. */
export function openTokenClient(world: World, settings: Settings, host: TokenHost): RestClient {
  const name = host.tokens.find(one => variable(settings, one) !== null);
  const token = new Secret(name === undefined ? '' : (variable(settings, name) ?? ''));
  const client = createRestClient(world, {
    ...host,
    endpoint: variable(settings, host.endpointVariable) ?? host.endpoint,
    timeoutMs: Number(variable(settings, 'ZONECUT_HTTP_TIMEOUT_MS') ?? defaultRequestTimeoutMs),
    headers: { [host.header ?? 'authorization']: host.authorization(token.reveal(), name ?? '') },
    secrets: [token],
    credentialsHint: `Set ${name ?? host.tokens[0]} to a token of ${host.settingsUrl}.`,
  });
  if (name !== undefined) return client;
  throw client.http.fault(
    'ZC_CREDENTIALS',
    `${host.tokens.join(' or ')} is not set`,
    `Make a token at ${host.settingsUrl}.`,
  );
}

/** Whether records may be written, found out by deleting one that is not there. */
export async function mayDelete(
  client: RestClient,
  path: string,
  signal: AbortSignal | undefined,
): Promise<Right> {
  try {
    await client.repeat('DELETE', path, null, signal);
    return 'yes';
  } catch (error) {
    if (!(error instanceof RestFault) || error.error.code === 'ZC_CREDENTIALS') throw error;
    if (error.status === 404) return 'yes';
    return error.error.code === 'ZC_RIGHTS' ? 'no' : 'unknown';
  }
}
