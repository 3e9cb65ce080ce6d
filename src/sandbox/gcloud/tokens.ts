import type { HttpRequest, HttpResponse } from '../../world/world.ts';
import { type EmulatorDeps, headerOf, randomText } from '../emulation.ts';
import { claimsOf, formOf, isSignedBy, noToken } from '../rest/assertion.ts';
import { jsonResponse } from '../rest/json.ts';

/** A service account, or a person who is signed in where there is a refresh token. */
export interface GcloudAccount {
  readonly email: string;
  /** PEM. */
  readonly publicKey: string;
  readonly refreshToken?: string;
  readonly mayWrite: boolean;
}

/** The tokens of an emulated Google account service. */
export interface GcloudTokens {
  /** Answers `POST /token`. */
  give(request: HttpRequest): HttpResponse;
  /** Whose token a request holds; null for none that holds. */
  holderOf(request: HttpRequest): GcloudAccount | null;
}

const scopes: ReadonlySet<string> = new Set([
  'https://www.googleapis.com/auth/ndev.clouddns.readwrite',
  'https://www.googleapis.com/auth/cloud-platform',
]);

/** Seconds. */
const tokenSeconds = 3600;

/** Milliseconds that the clock of who asks may be off. */
const maxSkewMs = 300_000;

/** No tokens yet. */
export function createTokens(
  { clock, random }: Pick<EmulatorDeps, 'clock' | 'random'>,
  accounts: readonly GcloudAccount[],
): GcloudTokens {
  const given = new Map<string, { readonly account: GcloudAccount; readonly until: number }>();
  const giveTo = (account: GcloudAccount): HttpResponse => {
    const token = `ya29.${randomText(random, 'abcdefghijklmnopqrstuvwxyz0123456789', 40)}`;
    given.set(token, { account, until: clock.elapsed() + tokenSeconds * 1000 });
    return jsonResponse(200, { access_token: token, token_type: 'Bearer', expires_in: tokenSeconds });
  };
  return {
    give: request => {
      const form = formOf(request);
      switch (form.get('grant_type')) {
        case 'urn:ietf:params:oauth:grant-type:jwt-bearer': {
          const signer = signerOf(form.get('assertion') ?? '', accounts, request.url, clock.now());
          return 'email' in signer ? giveTo(signer) : noToken(400, 'invalid_grant', signer.problem);
        }
        case 'refresh_token': {
          const token = form.get('refresh_token') ?? '';
          const isWhole = form.has('client_id') && form.has('client_secret');
          const account = accounts.find(one => one.refreshToken !== undefined && one.refreshToken === token);
          if (account === undefined || !isWhole) return noToken(400, 'invalid_grant', 'Bad Request');
          return giveTo(account);
        }
        default:
          return noToken(400, 'unsupported_grant_type', 'Invalid grant_type');
      }
    },
    holderOf: request => {
      const token = /^Bearer (\S+)$/.exec(headerOf(request, 'authorization') ?? '')?.[1] ?? '';
      const found = given.get(token);
      return found !== undefined && clock.elapsed() < found.until ? found.account : null;
    },
  };
}

function signerOf(
  assertion: string,
  accounts: readonly GcloudAccount[],
  audience: string,
  now: number,
): GcloudAccount | { readonly problem: string } {
  const claims = claimsOf(assertion);
  if (claims === null) return { problem: 'Invalid JWT: Failed parse' };
  const { iss, aud, scope, iat, exp } = claims;
  const account = accounts.find(one => one.email === iss);
  if (account === undefined) return { problem: 'Invalid grant: account not found' };
  if (!isSignedBy(assertion, account.publicKey)) return { problem: 'Invalid JWT Signature.' };
  const isShort =
    typeof iat === 'number' && typeof exp === 'number' && exp > iat && exp - iat <= tokenSeconds;
  const isNow =
    isShort && iat * 1000 <= now + maxSkewMs && exp * 1000 >= now && iat * 1000 >= now - tokenSeconds * 1000;
  if (!isNow || Math.abs(iat * 1000 - now) > maxSkewMs) {
    return {
      problem:
        'Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.',
    };
  }
  if (aud !== audience) return { problem: 'Invalid JWT Audience.' };
  if (typeof scope !== 'string' || !scope.split(' ').every(one => scopes.has(one))) {
    return { problem: 'Invalid OAuth scope or ID token audience provided.' };
  }
  return account;
}
