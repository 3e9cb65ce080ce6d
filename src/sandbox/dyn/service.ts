import type { HttpServed } from '../../world/listen-http.ts';
import type { Clock, HttpRequest, HttpResponse } from '../../world/world.ts';
import { bodyText, headerOf, textResponse } from '../emulation.ts';
import { serveWithFaults } from '../faults.ts';
import type { Account } from './account.ts';
import { DynFault, notFound, refused } from './fault.ts';
import { envelopeResponse, type Fields, type Message, readFields } from './json.ts';
import { type Done, done } from './request.ts';
import { actionOf } from './routes.ts';
import { createSessions, type DynUser, type SessionState, type Sessions } from './sessions.ts';

/** How many requests the account may make. */
export interface DynRates {
  readonly perMinute: number;
  /** Milliseconds for which the account is locked once there were more. */
  readonly lockMs: number;
}

/** Which jobs take longer than the service waits. */
export interface SlowRule {
  /** Such as `PUT Zone`, or `*`. */
  readonly operation: string;
  /** Polls that get `incomplete` before the result. */
  readonly polls: number;
}

/** How the service treats its callers. */
export interface ServiceSettings {
  readonly users: readonly DynUser[];
  readonly rates: DynRates | null;
  readonly sessionIdleMs: number;
}

/** The HTTP side of an account. */
export interface Service {
  handle(request: HttpRequest): Promise<HttpServed>;
  slow(rule: SlowRule | null): void;
}

interface Context {
  readonly account: Account;
  readonly sessions: Sessions;
  readonly admits: () => boolean;
  slow: SlowRule | null;
  lastJobId: number;
}

/** One request, its path taken apart. */
interface Call {
  readonly request: HttpRequest;
  readonly resource: string;
  readonly path: readonly string[];
  readonly operation: string;
}

/** Serves an account. */
export function createService(account: Account, settings: ServiceSettings): Service {
  const context: Context = {
    account,
    sessions: createSessions(account.deps, settings.users, settings.sessionIdleMs),
    admits: admission(account.deps.clock, settings.rates),
    slow: null,
    lastJobId: 4_340_000_000 + account.deps.random.below(1_000_000),
  };
  return {
    handle: request => handle(context, request),
    slow(rule) {
      context.slow = rule;
    },
  };
}

/** Counts requests in a sliding minute; once there are too many, none is let in before the lock ends. */
function admission(clock: Clock, rates: DynRates | null): () => boolean {
  if (rates === null) {
    return () => true;
  }
  let times: number[] = [];
  let lockedUntil = 0;
  return () => {
    const now = clock.elapsed();
    if (now < lockedUntil) {
      return false;
    }
    times = times.filter(time => now - time < 60_000);
    if (times.length >= rates.perMinute) {
      lockedUntil = now + rates.lockMs;
      times = [];
      return false;
    }
    times.push(now);
    return true;
  };
}

function handle(context: Context, request: HttpRequest): Promise<HttpServed> {
  const url = new URL(request.url);
  const parts = url.pathname.split('/').filter(part => part !== '');
  const [root, resource, ...path] = parts.map(part => decodeURIComponent(part));
  const operation = `${request.method} ${resource ?? ''}`;
  const answer = (status: number, ...messages: readonly Message[]): HttpResponse =>
    envelopeResponse(status, { status: 'failure', data: {}, jobId: nextJobId(context), messages });
  return serveWithFaults(context.account.deps.faults, {
    api: 'dyn',
    operation,
    method: request.method,
    path: url.pathname,
    vendor: {
      throttled: () => throttled(context),
      broken: () => answer(500, { info: 'server: Internal error, try again later', code: 'INTERNAL_ERROR' }),
      malformed: good => ({ ...good, body: new TextEncoder().encode('{"status": "success", "data": {') }),
    },
    perform: async () => {
      if (root !== 'REST' || resource === undefined) {
        return textResponse(404, 'text/html', '<html><body>Not Found</body></html>');
      }
      if (!context.admits()) {
        return throttled(context);
      }
      try {
        return carryOut(context, { request, resource, path, operation });
      } catch (error) {
        if (error instanceof DynFault) {
          return answer(error.status, ...error.messages);
        }
        throw error;
      }
    },
  });
}

function throttled(context: Context): HttpResponse {
  const messages = [{ info: 'rate limit: Too many requests, wait a minute', code: 'RATE_LIMIT_EXCEEDED' }];
  return envelopeResponse(429, { status: 'failure', data: {}, jobId: nextJobId(context), messages });
}

function nextJobId(context: Context): number {
  context.lastJobId += 7;
  return context.lastJobId;
}

function carryOut(context: Context, call: Call): HttpResponse {
  const body = readBody(call.request);
  if (call.resource === 'Session' && call.request.method === 'POST') {
    return login(context, body);
  }
  const session = context.sessions.use(headerOf(call.request, 'auth-token'));
  if (call.resource === 'Job' && call.request.method === 'GET') {
    return pollJob(session, Number(call.path[0]));
  }
  if ([...session.jobs.values()].some(job => job.pollsLeft > 0)) {
    throw new DynFault(400, [
      { info: 'token: This session already has a job running', source: 'API-B', code: 'OPERATION_FAILED' },
    ]);
  }
  const jobId = nextJobId(context);
  const response = finish(context, call, session, body, jobId);
  const pollsLeft = isSlow(context, call) ? (context.slow?.polls ?? 0) : 0;
  session.jobs.set(jobId, { response, pollsLeft });
  return pollsLeft === 0
    ? response
    : textResponse(307, 'application/json', `/REST/Job/${jobId}`, { location: `/REST/Job/${jobId}` });
}

function isSlow(context: Context, call: Call): boolean {
  const rule = context.slow;
  return rule !== null && (rule.operation === '*' || rule.operation === call.operation);
}

function readBody(request: HttpRequest): Fields {
  const type = headerOf(request, 'content-type') ?? '';
  if (!type.toLowerCase().startsWith('application/json')) {
    throw refused(
      'INVALID_REQUEST',
      'content-type: application/json is required',
      'request: Request could not be read',
    );
  }
  const version = headerOf(request, 'api-version');
  if (version !== null && !/^3\.\d+\.\d+$/.test(version)) {
    throw refused('INVALID_VERSION', 'api-version: No such version', 'request: Request could not be read');
  }
  const fields = readFields(bodyText(request));
  if (fields === null) {
    throw refused('INVALID_REQUEST', 'body: Not a JSON object', 'request: Request could not be read');
  }
  return fields;
}

function login(context: Context, body: Fields): HttpResponse {
  const { token } = context.sessions.open(
    body.text('customer_name'),
    body.text('user_name'),
    body.text('password'),
  );
  return envelopeResponse(200, {
    status: 'success',
    data: { token, version: '3.7.9' },
    jobId: nextJobId(context),
    messages: [{ info: 'login: Login successful' }],
  });
}

function pollJob(session: SessionState, id: number): HttpResponse {
  const job = session.jobs.get(id);
  if (job === undefined) {
    throw notFound('job: No such job', 'get: Job not found in this session');
  }
  if (job.pollsLeft === 0) {
    return job.response;
  }
  job.pollsLeft -= 1;
  return envelopeResponse(200, { status: 'incomplete', data: {}, jobId: id, messages: [] });
}

/** Carries the request out and gives its answer, an error's too: both are the result of the job. */
function finish(
  context: Context,
  call: Call,
  session: SessionState,
  body: Fields,
  jobId: number,
): HttpResponse {
  try {
    const { data, messages } = perform(context, call, session, body);
    return envelopeResponse(200, { status: 'success', data, jobId, messages });
  } catch (error) {
    if (!(error instanceof DynFault)) {
      throw error;
    }
    const { status, messages } = error;
    return envelopeResponse(status, { status: 'failure', data: {}, jobId, messages });
  }
}

function perform(context: Context, call: Call, session: SessionState, body: Fields): Done {
  const { request, resource, path, operation } = call;
  if (resource === 'Session') {
    return ownSession(context, session, request.method);
  }
  const action = actionOf(request.method, resource, path.length);
  if (action === null) {
    throw notFound(`resource: No such resource, ${operation}`, 'request: Request could not be carried out');
  }
  if (session.user.denied?.includes(operation) === true) {
    throw refused('PERMISSION_DENIED', `permission: Not allowed, ${operation}`, 'request: Permission denied');
  }
  const query = new URL(request.url).searchParams;
  return action({ account: context.account, session, method: request.method, resource, path, body, query });
}

function ownSession(context: Context, session: SessionState, method: string): Done {
  switch (method) {
    case 'GET':
      return done({}, 'isalive: User session is still active');
    case 'PUT':
      return done({}, 'keepalive: Session kept alive');
    case 'DELETE':
      context.sessions.close(session);
      return done({}, 'logout: Logout successful');
    default:
      throw notFound(
        `resource: No such resource, ${method} Session`,
        'request: Request could not be carried out',
      );
  }
}
