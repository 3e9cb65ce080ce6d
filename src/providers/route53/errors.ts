import type { ZonecutError } from '../../error.ts';
import { messageOf } from '../../error.ts';
import type { Attempt } from '../caller.ts';
import type { HttpClient } from '../http-client.ts';
import { listAt, memberAt, numberAt, textAt } from '../json.ts';
import type { Right } from '../provider.ts';

/** Codes that say that we are not who we claim to be. */
const unknownCaller: ReadonlySet<string> = new Set([
  'CredentialsProviderError',
  'ExpiredToken',
  'ExpiredTokenException',
  'IncompleteSignature',
  'InvalidAccessKeyId',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'MissingAuthenticationToken',
  'MissingAuthenticationTokenException',
  'OptInRequired',
  'RequestExpired',
  'RequestTimeTooSkewed',
  'SignatureDoesNotMatch',
  'TokenProviderError',
  'UnrecognizedClientException',
]);

/** Codes that say that we may not. */
const forbidden: ReadonlySet<string> = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'NotAuthorizedException',
  'UnauthorizedOperation',
]);

/** Codes that ask for a pause; nothing was carried out. */
const busy: ReadonlySet<string> = new Set([
  'PriorRequestNotComplete',
  'RequestLimitExceeded',
  'RequestThrottled',
  'RequestThrottledException',
  'SlowDown',
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
]);

/** Thrown for an answer of Route 53 that names a code, so that callers can tell codes apart before they become sentences. */
export class Route53Fault extends Error {
  readonly code: string;
  /** The sentences of an InvalidChangeBatch; empty for other codes. */
  readonly details: readonly string[];
  readonly error: ZonecutError;

  constructor(code: string, details: readonly string[], error: ZonecutError) {
    super(error.message);
    this.code = code;
    this.details = details;
    this.error = error;
  }
}

/**
 * What an error that came out of the SDK says about a try. Throws Route53Fault for codes of the service that no repetition mends.
 *
 * `skewed` tells that the clock of the host was taken over already: then a signature out of time is an error.
 */
export function attemptOf(
  http: HttpClient,
  operation: string,
  error: unknown,
  skewed: boolean,
): Attempt<never> {
  const code = textAt(error, 'name') ?? 'Error';
  const details = (listAt(error, 'messages') ?? []).filter(text => typeof text === 'string');
  const sentence = details.length > 0 ? details.join('; ') : messageOf(error);
  if (busy.has(code)) return { kind: 'throttled', problem: `${code}: ${sentence}`, afterMs: null };
  if (!skewed && (code === 'RequestTimeTooSkewed' || /signature (expired|not yet current)/i.test(sentence))) {
    return { kind: 'unsent', problem: `${code}: ${sentence}` };
  }
  if (unknownCaller.has(code) || forbidden.has(code) || isAnswered(error)) {
    throw new Route53Fault(code, details, faultOf(http, operation, code, sentence));
  }
  return { kind: 'unreadable', problem: sentence.split('\n', 1)[0] ?? sentence };
}

/** `yes` when the call succeeds or fails with one of `harmless`, `no` when it is forbidden, else `unknown`. */
export async function rightOf(task: () => Promise<unknown>, harmless: readonly string[]): Promise<Right> {
  try {
    await task();
    return 'yes';
  } catch (error) {
    if (!(error instanceof Route53Fault)) throw error;
    if (error.error.code === 'ZC_CREDENTIALS') throw error;
    if (harmless.includes(error.code)) return 'yes';
    return error.error.code === 'ZC_RIGHTS' ? 'no' : 'unknown';
  }
}

/** Whether the service itself answered with a code: an error that could be read, below 500. */
function isAnswered(error: unknown): boolean {
  const status = numberAt(memberAt(error, '$metadata'), 'httpStatusCode');
  return textAt(error, '$fault') !== null && status !== null && status >= 400 && status < 500;
}

function faultOf(http: HttpClient, operation: string, code: string, sentence: string): ZonecutError {
  const text = `${operation}: ${code}: ${sentence}`;
  if (code === 'RequestTimeTooSkewed' || code === 'RequestExpired') {
    return http.fault('ZC_CREDENTIALS', text, 'Set the clock of this machine right.');
  }
  if (unknownCaller.has(code)) {
    return http.fault(
      'ZC_CREDENTIALS',
      text,
      'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or sign in with `aws sso login`.',
    );
  }
  if (forbidden.has(code)) {
    return http.fault('ZC_RIGHTS', text, `Allow route53:${operation} to this user or role in IAM.`);
  }
  switch (code) {
    case 'NoSuchHostedZone':
      return http.fault('ZC_ZONE_NOT_FOUND', text, 'List the zones of the account with `zonecut hosts`.');
    case 'HostedZoneNotEmpty':
      return http.fault(
        'ZC_PROVIDER_CONFLICT',
        text,
        'Remove its records first, or ask for them to be removed with it.',
      );
    case 'InvalidChangeBatch':
      return /do not match|not found|already exists/i.test(sentence)
        ? http.fault('ZC_PROVIDER_CONFLICT', text, 'Somebody else changed the zone; make the plan again.')
        : http.fault('ZC_PROVIDER_REFUSED', text);
    case 'TooManyHostedZones':
      return http.fault('ZC_PROVIDER_REFUSED', text, 'Delete a hosted zone or ask AWS for a larger quota.');
    default:
      return http.fault('ZC_PROVIDER_REFUSED', text);
  }
}
