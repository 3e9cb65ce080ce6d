import { Secret } from '../../secret.ts';
import type { World } from '../../world/world.ts';
import { type Settings, variable } from '../driver.ts';
import { defaultRequestTimeoutMs } from '../http-client.ts';
import type { HostedZone, Right } from '../provider.ts';
import { createRestClient, type RestClient, RestFault, type RestOptions } from './client.ts';
import type { RestHost } from './host.ts';

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

/** The calls by which a host tells who has a token, and what it may do. */
export interface TokenAccount {
  /** Where the token was found. */
  readonly source: string;
  /** Leads to a little of the list of zones, which every token of use may read. */
  readonly list: string;
  /** Leads to the account's own data, which a token may be kept from. */
  readonly profile: string;
  /** Who these data say that it is. */
  nameIn(profile: unknown): string | null;
  /** The path of a record that is not there. */
  nothingIn(zone: HostedZone): string;
  /** Whether zones may be created; `unknown` unless given. */
  readonly createZones?: Right;
}

/** What `RestHost` wants to know of an account that one token opens. */
export function tokenAccount(client: RestClient, account: TokenAccount): Pick<RestHost, 'whoAmI' | 'rights'> {
  const { source, list } = account;
  return {
    whoAmI: async signal => {
      try {
        const { json } = await client.get(account.profile, signal);
        return { account: account.nameIn(json) ?? 'unknown', source };
      } catch (error) {
        if (!(error instanceof RestFault) || error.error.code === 'ZC_CREDENTIALS') throw error;
        await client.get(list, signal);
        return { account: 'unknown', source };
      }
    },
    rights: async (zone, signal) => {
      await client.get(list, signal);
      const writeRecords =
        zone === null ? 'unknown' : await mayDelete(client, account.nothingIn(zone), signal);
      return { readZones: 'yes', createZones: account.createZones ?? 'unknown', writeRecords };
    },
  };
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
