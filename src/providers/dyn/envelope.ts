import type { ErrorCode, ZonecutError } from '../../error.ts';
import type { HttpResponse } from '../../world/world.ts';
import type { Attempt } from '../caller.ts';
import type { HttpClient } from '../http-client.ts';
import { isObject, listAt, memberAt, textAt } from '../json.ts';

/** What came: the data of a success, or where the result will be. */
export type Reply =
  | { readonly kind: 'data'; readonly data: unknown }
  | { readonly kind: 'job'; readonly path: string };

/** The methods that the API has. */
export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** What was asked, for messages. */
export interface Asked {
  readonly method: Method;
  readonly path: string;
}

/** `status: failure`: the ERR_CD and what it means to zonecut. */
export class DynFault extends Error {
  /** The host's ERR_CD, or `SESSION` when the session that held staged changes has ended. */
  readonly code: string;
  readonly error: ZonecutError;

  constructor(code: string, error: ZonecutError) {
    super(error.message);
    this.code = code;
    this.error = error;
  }
}

/** Reads an envelope. Throws DynFault for a failure that no repetition mends. */
export function readReply(http: HttpClient, call: Asked, response: HttpResponse): Attempt<Reply> {
  const location = textAt(response.headers, 'location');
  if (response.status === 307 && location !== null)
    return { kind: 'done', value: { kind: 'job', path: jobPath(location) } };
  const envelope = parseJson(new TextDecoder().decode(response.body));
  const status = textAt(envelope, 'status');
  switch (status) {
    case 'success':
      return { kind: 'done', value: { kind: 'data', data: memberAt(envelope, 'data') } };
    case 'incomplete': {
      const job = textAt(envelope, 'job_id');
      if (job === null) return { kind: 'unreadable', problem: 'the answer is incomplete and names no job' };
      return { kind: 'done', value: { kind: 'job', path: `/Job/${job}/` } };
    }
    case 'failure':
      return readFailure(http, call, envelope);
    default:
      return { kind: 'unreadable', problem: `no answer of the API came (HTTP status ${response.status})` };
  }
}

function jobPath(location: string): string {
  const path = location.replace(/^.*?\/REST(?=\/)/, '');
  return path.endsWith('/') ? path : `${path}/`;
}

function readFailure(http: HttpClient, call: Asked, envelope: unknown): Attempt<Reply> {
  const messages = (listAt(envelope, 'msgs') ?? []).filter(isObject);
  const codes = messages
    .map(message => textAt(message, 'ERR_CD'))
    .filter(code => code !== null && code !== '');
  const code = codes[0] ?? 'UNKNOWN_ERROR';
  const sentence = messages
    .map(message => textAt(message, 'INFO') ?? '')
    .filter(text => text !== '')
    .join('; ');
  const problem = `${code}: ${sentence === '' ? 'no reason given' : sentence}`;
  if (code === 'RATE_LIMIT_EXCEEDED' || /blocked by current task/i.test(sentence))
    return { kind: 'throttled', problem, afterMs: null };
  if (['INTERNAL_ERROR', 'SERVICE_UNAVAILABLE', 'UNKNOWN_ERROR'].includes(code))
    return { kind: 'lost', problem };
  const text = `${call.method} ${call.path}: ${problem}`;
  if (/(^|; )(login|isalive):/i.test(sentence)) {
    if (call.path === '/Session/') {
      throw new DynFault(
        code,
        http.fault('ZC_CREDENTIALS', text, 'Check DYN_CUSTOMER_NAME, DYN_USER_NAME and DYN_PASSWORD.'),
      );
    }
    throw new DynFault('SESSION', http.fault('ZC_PROVIDER_UNAVAILABLE', text, 'Repeat the command.'));
  }
  const [zonecutCode, hint] = meaningOf(call, code);
  throw new DynFault(code, http.fault(zonecutCode, text, hint));
}

function meaningOf(call: Asked, code: string): readonly [code: ErrorCode, hint?: string] {
  if (call.path === '/Session/')
    return ['ZC_CREDENTIALS', 'Check DYN_CUSTOMER_NAME, DYN_USER_NAME and DYN_PASSWORD.'];
  switch (code) {
    case 'PERMISSION_DENIED':
      return ['ZC_RIGHTS', 'Give this user the permission in the Dyn portal, or use another user.'];
    case 'NOT_FOUND':
      return ['ZC_ZONE_NOT_FOUND', 'List the zones of the account with `zonecut hosts`.'];
    case 'TARGET_EXISTS':
      return ['ZC_PROVIDER_CONFLICT', 'Somebody else changed the zone; make the plan again.'];
    default:
      return ['ZC_PROVIDER_REFUSED'];
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
