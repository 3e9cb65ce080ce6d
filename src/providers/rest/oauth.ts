import { Secret } from '../../secret.ts';
import type { World } from '../../world/world.ts';
import type { Attempt } from '../caller.ts';
import { createHttpClient, type HttpClient } from '../http-client.ts';
import { numberAt, textAt } from '../json.ts';
import { type RestOptions, skewOf } from './client.ts';

/** Milliseconds before its end at which a token is not used any more. */
const spareMs = 60_000;

/** Where tokens are given (RFC 6749 section 3.2), and what is shown for one. */
export interface Grant extends Pick<RestOptions, 'host' | 'timeoutMs' | 'secrets' | 'credentialsHint'> {
  readonly endpoint: string;
  /** The fields of the request, made anew for each: an assertion is dated. */
  form(): Readonly<Record<string, string>>;
}

/** Gives the header that opens an API, with a token that is asked for when there is none that still holds. */
export type Authorize = NonNullable<RestOptions['authorize']>;

/**
 * Tokens of a host by OAuth 2.0, each kept until shortly before its end. Throws ZC_CREDENTIALS where the host gives none, and says
 * so when the clocks are apart.
 */
export function tokensBy(world: World, grant: Grant): Authorize {
  const pace = { kind: 'bucket', burst: 5, perSecond: 1 } as const;
  const { host, timeoutMs, secrets } = grant;
  const http = createHttpClient(world, { host, timeoutMs, secrets, pace });
  let kept: { readonly token: Promise<Token>; readonly since: number } | null = null;
  return async (_request, signal) => {
    const now = world.clock.elapsed();
    if (kept !== null) {
      const token = await kept.token.catch(() => null);
      if (token === null || now - kept.since > token.seconds * 1000 - spareMs) kept = null;
    }
    kept ??= { token: ask(world, http, grant, signal), since: now };
    return { authorization: `Bearer ${(await kept.token).secret.reveal()}` };
  };
}

interface Token {
  readonly secret: Secret;
  readonly seconds: number;
}

function ask(
  world: World,
  http: HttpClient,
  { endpoint, form, credentialsHint }: Grant,
  signal: AbortSignal | undefined,
): Promise<Token> {
  const attempt = async (): Promise<Attempt<Token>> => {
    const headers = { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' };
    const body = new URLSearchParams(form()).toString();
    const sent = await http.send({ method: 'POST', url: endpoint, headers, body }, signal);
    if (sent.kind !== 'done') return sent;
    const json = jsonOf(sent.value.body);
    const token = textAt(json, 'access_token');
    if (sent.value.status === 200 && token !== null) {
      return {
        kind: 'done',
        value: { secret: new Secret(token), seconds: numberAt(json, 'expires_in') ?? 0 },
      };
    }
    if (sent.value.status < 400) return { kind: 'unreadable', problem: 'an answer without a token' };
    const skew = skewOf(world.clock, sent.value.headers['date']);
    const [error, description] = [textAt(json, 'error'), textAt(json, 'error_description')];
    const said = `${error ?? 'no token'}: ${(description ?? '').split(/[\r\n]/)[0]} (${sent.value.status})`;
    throw http.fault(
      'ZC_CREDENTIALS',
      `the credentials are not accepted: ${said}${skew === null ? '' : `; ${skew}`}`,
      skew === null ? credentialsHint : 'Set the clock of this machine.',
    );
  };
  return http.ask(`POST ${new URL(endpoint).pathname}`, attempt, signal);
}

function jsonOf(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return null;
  }
}
