import type { ErrorCode, ZonecutError } from '../../error.ts';
import { Secret } from '../../secret.ts';
import type { HttpResponse, World } from '../../world/world.ts';
import type { Settings } from '../driver.ts';
import { variable } from '../driver.ts';
import type { Attempt, HttpClient, Outcome, Pace } from '../http-client.ts';
import { createHttpClient, defaultRequestTimeoutMs } from '../http-client.ts';
import { isObject, listAt, memberAt, textAt } from '../json.ts';

/** A session with Dyn: what is staged in it is seen and published by it alone. */
export interface DynSession {
  readonly http: HttpClient;
  /** Customer and user, for people. */
  readonly user: string;
  /** Counts logins: when it differs from before, staged changes and jobs of before are gone. */
  logins(): number;
  /** Reads `path` (from `/REST`, with a final slash) and gives `data`. */
  read(path: string, signal?: AbortSignal): Promise<unknown>;
  /** Does what may be done twice, such as a deletion, and gives `data`. */
  repeat(method: Method, path: string, body: unknown, signal?: AbortSignal): Promise<unknown>;
  /** Does what may not be done twice; a lost answer is for the caller to look into. */
  write(method: Method, path: string, body: unknown, signal?: AbortSignal): Promise<Outcome<unknown>>;
  /** Logs out. Never throws. */
  close(): Promise<void>;
}

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

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

/** 300 requests a minute are allowed to an account, and one too many locks it for up to a minute; some are left for others. */
const pace: Pace = { kind: 'window', requests: 250, windowMs: 60_000 };

/** With nine of these pauses, growing, the minute of the lock is over. */
const throttlePauseMs = 5_000;

/** A job is asked for its result every second, two minutes long. */
const jobPollMs = 1000;
const maxJobPolls = 120;

const production = 'https://api.dynect.net/REST';

/** What came: the data of a success, or where the result will be. */
type Reply =
  | { readonly kind: 'data'; readonly data: unknown }
  | { readonly kind: 'job'; readonly path: string };

interface Call {
  readonly method: Method;
  readonly path: string;
  readonly body: unknown;
  readonly repeatable: boolean;
  readonly signal: AbortSignal | undefined;
}

/** Makes a session that logs in when it is first needed. Throws ZC_CREDENTIALS when a part of the credentials is missing. */
export function openSession(world: World, settings: Settings): DynSession {
  const [customer, user, password] = ['DYN_CUSTOMER_NAME', 'DYN_USER_NAME', 'DYN_PASSWORD'].map(name =>
    variable(settings, name),
  );
  const secret = new Secret(password ?? '');
  const http = createHttpClient(world, {
    host: 'Dyn',
    pace,
    throttlePauseMs,
    timeoutMs: Number(variable(settings, 'ZONECUT_HTTP_TIMEOUT_MS') ?? defaultRequestTimeoutMs),
    secrets: [secret],
  });
  if (!customer || !user || !password) {
    throw http.fault(
      'ZC_CREDENTIALS',
      'DYN_CUSTOMER_NAME, DYN_USER_NAME and DYN_PASSWORD are not all set',
      'Set all three.',
    );
  }
  const base = (variable(settings, 'ZONECUT_DYN_ENDPOINT') ?? production)
    .replace(/\/+$/, '')
    .replace(/(\/REST)?$/, '/REST');
  let token: Promise<Secret> | null = null;
  let logins = 0;

  const send = async (call: Call, auth: Secret | null): Promise<Attempt<Reply>> => {
    const headers = {
      'content-type': 'application/json',
      accept: 'application/json',
      ...(auth === null ? {} : { 'auth-token': auth.reveal() }),
    };
    const body = call.body === null ? null : JSON.stringify(call.body);
    const sent = await http.send(
      { method: call.method, url: `${base}${call.path}`, headers, body },
      call.signal,
    );
    return sent.kind === 'done' ? readReply(http, call, sent.value) : sent;
  };

  const login = async (signal: AbortSignal | undefined): Promise<Secret> => {
    const body = { customer_name: customer, user_name: user, password: secret.reveal() };
    const call: Call = { method: 'POST', path: '/Session/', body, repeatable: true, signal };
    const reply = await http.ask('POST /Session/', () => send(call, null), signal);
    const text = reply.kind === 'data' ? textAt(reply.data, 'token') : null;
    if (text === null) throw http.fault('ZC_PROVIDER_RESPONSE', 'POST /Session/: the answer holds no token');
    const fresh = new Secret(text);
    http.hide(fresh);
    logins += 1;
    return fresh;
  };

  const authenticated = async (call: Call): Promise<Attempt<Reply>> => {
    token ??= login(call.signal);
    const mine = token;
    try {
      return await send(call, await mine);
    } catch (error) {
      const ended = error instanceof DynFault && error.code === 'SESSION';
      if (token === mine && (ended || logins === 0)) token = null;
      // What was staged is gone with its session: only what stands alone may go on in another one.
      if (ended && call.repeatable) return { kind: 'unsent', problem: error.message };
      throw error;
    }
  };

  const perform = async (call: Call): Promise<Outcome<unknown>> => {
    const name = `${call.method} ${call.path}`;
    const operation = { name, repeatable: call.repeatable, signal: call.signal };
    const first = await http.call(operation, () => authenticated(call));
    if (first.kind === 'lost') return first;
    let reply = first.value;
    for (let polls = 0; reply.kind === 'job' && polls < maxJobPolls; polls += 1) {
      await world.clock.sleep(jobPollMs, call.signal);
      const job: Call = { ...call, method: 'GET', path: reply.path, body: null, repeatable: true };
      const polled = await http.call({ ...operation, repeatable: true }, () => authenticated(job));
      if (polled.kind === 'lost') return polled;
      reply = polled.value;
    }
    if (reply.kind === 'data') return { kind: 'done', value: reply.data };
    return {
      kind: 'lost',
      problem: `the job was not done within ${(maxJobPolls * jobPollMs) / 1000} seconds`,
    };
  };

  const repeat = async (
    method: Method,
    path: string,
    body: unknown,
    signal?: AbortSignal,
  ): Promise<unknown> => {
    const outcome = await perform({ method, path, body, repeatable: true, signal });
    if (outcome.kind === 'done') return outcome.value;
    throw http.fault(
      'ZC_PROVIDER_UNAVAILABLE',
      `${method} ${path}: ${outcome.problem}`,
      'Repeat the command.',
    );
  };

  return {
    http,
    user: `${customer}, ${user}`,
    logins: () => logins,
    read: (path, signal) => repeat('GET', path, null, signal),
    repeat,
    write: (method, path, body, signal) => perform({ method, path, body, repeatable: false, signal }),
    close: async () => {
      const last = token;
      token = null;
      if (last === null) return;
      try {
        await send(
          { method: 'DELETE', path: '/Session/', body: null, repeatable: true, signal: undefined },
          await last,
        );
      } catch {
        // The session ends by itself when it is idle.
      }
    },
  };
}

/** Reads an envelope. Throws DynFault for a failure that no repetition mends. */
function readReply(http: HttpClient, call: Call, response: HttpResponse): Attempt<Reply> {
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

function readFailure(http: HttpClient, call: Call, envelope: unknown): Attempt<Reply> {
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

function meaningOf(call: Call, code: string): readonly [code: ErrorCode, hint?: string] {
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
