import type { HttpRequest, HttpResponse } from '../../world/world.ts';
import { type EmulatorDeps, headerOf, randomText } from '../emulation.ts';
import { formOf, noToken } from '../rest/assertion.ts';
import { jsonResponse } from '../rest/json.ts';

/** An application that may sign in. */
export interface AzureApplication {
  readonly id: string;
  readonly secret: string;
  readonly mayWrite: boolean;
}

/** The tokens of an emulated directory. */
export interface AzureTokens {
  /** Answers a request for a token (RFC 6749 section 4.4). */
  give(request: HttpRequest): HttpResponse;
  /** Whose token a request holds; null for none that holds. */
  holderOf(request: HttpRequest): AzureApplication | null;
}

/** Seconds. */
const tokenSeconds = 3599;

/** No tokens yet. */
export function createTokens(
  { clock, random }: Pick<EmulatorDeps, 'clock' | 'random'>,
  applications: readonly AzureApplication[],
): AzureTokens {
  const given = new Map<string, { readonly application: AzureApplication; readonly until: number }>();
  return {
    give: request => {
      const form = formOf(request);
      const found = applicationIn(form, applications);
      if ('status' in found) return found;
      const token = randomText(random, 'abcdefghijklmnopqrstuvwxyz0123456789', 60);
      given.set(token, { application: found, until: clock.elapsed() + tokenSeconds * 1000 });
      return jsonResponse(200, { token_type: 'Bearer', expires_in: tokenSeconds, access_token: token });
    },
    holderOf: request => {
      const token = /^Bearer (\S+)$/.exec(headerOf(request, 'authorization') ?? '')?.[1] ?? '';
      const found = given.get(token);
      return found !== undefined && clock.elapsed() < found.until ? found.application : null;
    },
  };
}

function applicationIn(
  form: URLSearchParams,
  applications: readonly AzureApplication[],
): AzureApplication | HttpResponse {
  if (form.get('grant_type') !== 'client_credentials') {
    return noToken(
      400,
      'unsupported_grant_type',
      'AADSTS70003: The app requested an unsupported grant type.',
    );
  }
  if (form.get('scope') !== 'https://management.azure.com/.default') {
    return noToken(400, 'invalid_scope', 'AADSTS1002012: The provided value for scope is not valid.');
  }
  const application = applications.find(one => one.id === form.get('client_id'));
  if (application === undefined) {
    return noToken(
      400,
      'unauthorized_client',
      `AADSTS700016: Application with identifier '${form.get('client_id')}' was not found in the directory.`,
    );
  }
  if (application.secret !== form.get('client_secret')) {
    return noToken(
      401,
      'invalid_client',
      'AADSTS7000215: Invalid client secret provided.\r\nTrace ID: 0\r\nCorrelation ID: 0',
    );
  }
  return application;
}
