import type { Route53ClientConfig } from '@aws-sdk/client-route-53';
import { Route53Client } from '@aws-sdk/client-route-53';
import { state as warnings } from '@aws-sdk/core/client';
import type { ZonecutError } from '../../error.ts';
import { Secret } from '../../secret.ts';
import type { World } from '../../world/world.ts';
import type { Attempt } from '../caller.ts';
import type { Settings } from '../driver.ts';
import { variable } from '../driver.ts';
import type { HttpClient } from '../http-client.ts';
import { createHttpClient, defaultRequestTimeoutMs } from '../http-client.ts';
import type { Pace } from '../pacer.ts';
import { attemptOf } from './errors.ts';

/** The SDK's client and the pace and patience of zonecut around it. */
export interface Route53Api {
  readonly http: HttpClient;
  readonly client: Route53Client;
  /** Where the credentials come from. */
  readonly source: string;
  /** The ARN of the key in KMS that zones are signed with; null when none is named. */
  readonly kmsKey: string | null;
}

/** The bucket of AWS is 50 and 10 for the whole account; some of it is left for others. */
const pace: Pace = { kind: 'bucket', burst: 40, perSecond: 10 };

/** Pages of one list, so that a host that never ends it does not keep us: far above every quota of AWS. */
export const maxPages = 1000;

/** The error for a list that does not end. */
export function tooManyPages(api: Route53Api, operation: string): ZonecutError {
  return api.http.fault('ZC_LIMIT', `${operation}: the list has more than ${maxPages} pages`);
}

/** What the SDK hands to a request handler. */
interface SdkRequest {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly method: string;
  readonly query?: Readonly<Record<string, string | readonly string[] | null>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** Thrown through the SDK, so that what happened below it comes out above it unchanged. */
export class TransportFault extends Error {
  readonly attempt: Exclude<Attempt<never>, { kind: 'done' }>;

  constructor(attempt: Exclude<Attempt<never>, { kind: 'done' }>) {
    super(attempt.problem);
    this.attempt = attempt;
  }
}

/**
 * Makes the SDK's client over the World's HTTP, without retries of its own.
 *
 * Credentials of the given environment win; without them the SDK's chain looks in profiles, SSO and roles.
 */
export function openSdk(world: World, settings: Settings): Route53Api {
  // The SDK would tell the user's terminal which Node it wants; zonecut's own `engines` speaks for it.
  warnings.warningEmitted = true;
  const accessKeyId = variable(settings, 'AWS_ACCESS_KEY_ID');
  const secretAccessKey = variable(settings, 'AWS_SECRET_ACCESS_KEY');
  const sessionToken = variable(settings, 'AWS_SESSION_TOKEN');
  const profile = variable(settings, 'AWS_PROFILE');
  const endpoint = variable(settings, 'AWS_ENDPOINT_URL_ROUTE_53', 'AWS_ENDPOINT_URL');
  const secrets = [secretAccessKey, sessionToken]
    .filter(value => value !== null)
    .map(value => new Secret(value));
  const http = createHttpClient(world, {
    host: 'Route 53',
    pace,
    timeoutMs: Number(variable(settings, 'ZONECUT_HTTP_TIMEOUT_MS') ?? defaultRequestTimeoutMs),
    secrets,
  });
  if (accessKeyId !== null && secretAccessKey === null) {
    throw http.fault(
      'ZC_CREDENTIALS',
      'AWS_ACCESS_KEY_ID is set, AWS_SECRET_ACCESS_KEY is not',
      'Set both, or neither to use a profile.',
    );
  }
  const config: Route53ClientConfig = {
    region: variable(settings, 'AWS_REGION', 'AWS_DEFAULT_REGION') ?? 'us-east-1',
    maxAttempts: 1,
    requestHandler: handlerOver(http),
    ...(endpoint === null ? {} : { endpoint }),
    ...(profile === null ? {} : { profile }),
    ...(accessKeyId === null || secretAccessKey === null
      ? {}
      : {
          credentials: { accessKeyId, secretAccessKey, ...(sessionToken === null ? {} : { sessionToken }) },
        }),
  };
  return {
    http,
    client: new Route53Client(config),
    source: sourceOf(accessKeyId, profile),
    kmsKey: variable(settings, 'ZONECUT_ROUTE53_KMS_KEY'),
  };
}

function sourceOf(accessKeyId: string | null, profile: string | null): string {
  if (accessKeyId !== null) return 'environment (AWS_ACCESS_KEY_ID)';
  return profile === null ? 'the credential chain of the AWS SDK' : `profile ${profile} (AWS_PROFILE)`;
}

/**
 * One call through the SDK, tried as `HttpClient.call` says. `read` takes what is needed out of the answer and gives null
 * when something is missing, which is never taken for an empty answer.
 */
export async function run<Output, Value>(
  api: Route53Api,
  name: string,
  signal: AbortSignal | undefined,
  send: (options: { abortSignal?: AbortSignal }) => Promise<Output>,
  read: (output: Output) => Value | null,
): Promise<Value> {
  return await api.http.ask(name, attempting(api, name, signal, send, read), signal);
}

/** One try of a call through the SDK. */
export function attempting<Output, Value>(
  api: Route53Api,
  name: string,
  signal: AbortSignal | undefined,
  send: (options: { abortSignal?: AbortSignal }) => Promise<Output>,
  read: (output: Output) => Value | null,
): () => Promise<Attempt<Value>> {
  let skewed = false;
  return async () => {
    try {
      const value = read(await send(signal === undefined ? {} : { abortSignal: signal }));
      return value === null
        ? { kind: 'unreadable', problem: 'the answer lacks what it must hold' }
        : { kind: 'done', value };
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof TransportFault) return error.attempt;
      // The SDK has learned the host's time from the answer; the next signature carries it.
      const result = attemptOf(api.http, name, error, skewed);
      skewed = true;
      return result;
    }
  };
}

function handlerOver(http: HttpClient): Record<string, unknown> {
  return {
    metadata: { handlerProtocol: 'http/1.1' },
    updateHttpClientConfig: () => undefined,
    httpHandlerConfigs: () => ({}),
    destroy: () => undefined,
    handle: async (request: SdkRequest, options?: { readonly abortSignal?: AbortSignal }) => {
      const body = request.body;
      const attempt = await http.send(
        {
          method: request.method,
          url: urlOf(request),
          headers: request.headers,
          body: typeof body === 'string' || body instanceof Uint8Array ? body : null,
        },
        options?.abortSignal,
      );
      if (attempt.kind !== 'done') throw new TransportFault(attempt);
      const { status, headers, body: octets } = attempt.value;
      return { response: { statusCode: status, headers: { ...headers }, body: octets } };
    },
  };
}

function urlOf(request: SdkRequest): string {
  const pairs = Object.entries(request.query ?? {}).flatMap(([key, value]) =>
    (Array.isArray(value) ? value : [value]).map(one =>
      one === null ? encoded(key) : `${encoded(key)}=${encoded(one)}`,
    ),
  );
  const port = request.port === undefined ? '' : `:${request.port}`;
  const query = pairs.length === 0 ? '' : `?${pairs.join('&')}`;
  return `${request.protocol}//${request.hostname}${port}${request.path}${query}`;
}

/** As the signature spells it (RFC 3986 section 2.3: only unreserved characters stand for themselves). */
function encoded(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, c => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}
