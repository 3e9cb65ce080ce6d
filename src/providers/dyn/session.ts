import { Secret } from '../../secret.ts';
import type { World } from '../../world/world.ts';
import type { Attempt, Outcome } from '../caller.ts';
import type { Settings } from '../driver.ts';
import { variable } from '../driver.ts';
import type { HttpClient } from '../http-client.ts';
import { createHttpClient, defaultRequestTimeoutMs } from '../http-client.ts';
import { textAt } from '../json.ts';
import type { Pace } from '../pacer.ts';
import type { Method, Reply } from './envelope.ts';
import { DynFault, readReply } from './envelope.ts';

/** 300 requests a minute are allowed to an account, and one too many locks it for up to a minute; some are left for others. */
const pace: Pace = { kind: 'window', requests: 250, windowMs: 60_000 };

/** With nine of these pauses, growing, the minute of the lock is over. */
const throttlePauseMs = 5_000;

/** A job is asked for its result every second, two minutes long. */
const jobPollMs = 1000;
const maxJobPolls = 120;

/** Milliseconds that a logout may take: nobody waits for it, and the session ends by itself. */
const logoutTimeoutMs = 2_000;

const production = 'https://api.dynect.net/REST';

interface Credentials {
  readonly customer: string;
  readonly user: string;
  readonly password: Secret;
}

interface Call {
  readonly method: Method;
  readonly path: string;
  readonly body: unknown;
  readonly repeatable: boolean;
  readonly signal: AbortSignal | undefined;
}

/** Makes a session that logs in when it is first needed. Throws ZC_CREDENTIALS when a part of the credentials is missing. */
export function openSession(world: World, settings: Settings): DynSession {
  const customer = variable(settings, 'DYN_CUSTOMER_NAME');
  const user = variable(settings, 'DYN_USER_NAME');
  const password = new Secret(variable(settings, 'DYN_PASSWORD') ?? '');
  const http = createHttpClient(world, {
    host: 'Dyn',
    pace,
    throttlePauseMs,
    timeoutMs: Number(variable(settings, 'ZONECUT_HTTP_TIMEOUT_MS') ?? defaultRequestTimeoutMs),
    secrets: [password],
  });
  if (customer === null || user === null || password.reveal() === '') {
    throw http.fault(
      'ZC_CREDENTIALS',
      'DYN_CUSTOMER_NAME, DYN_USER_NAME and DYN_PASSWORD are not all set',
      'Set all three.',
    );
  }
  const endpoint = variable(settings, 'ZONECUT_DYN_ENDPOINT') ?? production;
  const base = endpoint.replace(/\/+$/, '').replace(/(\/REST)?$/, '/REST');
  return new DynSession(world, http, base, { customer, user, password });
}

/** A session with Dyn: what is staged in it is seen and published by it alone. */
export class DynSession {
  readonly http: HttpClient;
  /** Customer and user, for people. */
  readonly user: string;
  readonly #world: World;
  readonly #base: string;
  readonly #credentials: Credentials;
  #token: Promise<Secret> | null = null;
  #logins = 0;

  constructor(world: World, http: HttpClient, base: string, credentials: Credentials) {
    this.http = http;
    this.user = `${credentials.customer}, ${credentials.user}`;
    this.#world = world;
    this.#base = base;
    this.#credentials = credentials;
  }

  /** Counts logins: when it differs from before, staged changes and jobs of before are gone. */
  get logins(): number {
    return this.#logins;
  }

  /** Reads `path` (from `/REST`, with a final slash) and gives `data`. */
  read(path: string, signal?: AbortSignal): Promise<unknown> {
    return this.repeat('GET', path, null, signal);
  }

  /** Does what may be done twice, such as a deletion, and gives `data`. */
  async repeat(method: Method, path: string, body: unknown, signal?: AbortSignal): Promise<unknown> {
    const outcome = await this.#perform({ method, path, body, repeatable: true, signal });
    if (outcome.kind === 'done') return outcome.value;
    throw this.http.fault(
      'ZC_PROVIDER_UNAVAILABLE',
      `${method} ${path}: ${outcome.problem}`,
      'Repeat the command.',
    );
  }

  /** Does what may not be done twice; a lost answer is for the caller to look into. */
  write(method: Method, path: string, body: unknown, signal?: AbortSignal): Promise<Outcome<unknown>> {
    return this.#perform({ method, path, body, repeatable: false, signal });
  }

  /** Logs out. The next call logs in again. Never throws. */
  async close(): Promise<void> {
    const last = this.#token;
    this.#token = null;
    if (last === null) return;
    const call: Call = {
      method: 'DELETE',
      path: '/Session/',
      body: null,
      repeatable: true,
      signal: undefined,
    };
    try {
      await this.#send(call, await last, logoutTimeoutMs);
    } catch {
      // The session ends by itself when it is idle.
    }
  }

  async #perform(call: Call): Promise<Outcome<unknown>> {
    const operation = {
      name: `${call.method} ${call.path}`,
      repeatable: call.repeatable,
      signal: call.signal,
    };
    const first = await this.http.call(operation, () => this.#authenticated(call));
    if (first.kind === 'lost') return first;
    return first.value.kind === 'data'
      ? { kind: 'done', value: first.value.data }
      : await this.#finish(call, first.value.path);
  }

  /** Waits for the result of a job. A job that its session has forgotten is lost. */
  async #finish(call: Call, path: string): Promise<Outcome<unknown>> {
    const logins = this.#logins;
    const poll: Call = { ...call, method: 'GET', path, body: null };
    for (let polls = 0; polls < maxJobPolls; polls += 1) {
      await this.#world.clock.sleep(jobPollMs, call.signal);
      const name = `GET ${poll.path}`;
      const reply = await this.http
        .ask(name, () => this.#authenticated(poll), call.signal)
        .catch((error: unknown) => {
          if (error instanceof DynFault && (error.code === 'SESSION' || this.#logins !== logins)) return null;
          throw error;
        });
      if (reply === null || this.#logins !== logins)
        return { kind: 'lost', problem: 'the session ended before its job' };
      if (reply.kind === 'data') return { kind: 'done', value: reply.data };
    }
    return {
      kind: 'lost',
      problem: `the job was not done within ${(maxJobPolls * jobPollMs) / 1000} seconds`,
    };
  }

  /** Sends with the token of the session, after a login where there is none. */
  async #authenticated(call: Call): Promise<Attempt<Reply>> {
    this.#token ??= this.#login(call.signal);
    const mine = this.#token;
    let token: Secret;
    try {
      token = await mine;
    } catch (error) {
      if (this.#token === mine) this.#token = null;
      throw error;
    }
    try {
      return await this.#send(call, token);
    } catch (error) {
      if (!(error instanceof DynFault) || error.code !== 'SESSION') throw error;
      if (this.#token === mine) this.#token = null;
      // What was staged is gone with its session: only what stands alone may go on in another one.
      if (call.repeatable) return { kind: 'unsent', problem: error.message };
      throw error;
    }
  }

  async #login(signal: AbortSignal | undefined): Promise<Secret> {
    const { customer, user, password } = this.#credentials;
    const body = { customer_name: customer, user_name: user, password: password.reveal() };
    const call: Call = { method: 'POST', path: '/Session/', body, repeatable: true, signal };
    const reply = await this.http.ask('POST /Session/', () => this.#send(call, null), signal);
    const text = reply.kind === 'data' ? textAt(reply.data, 'token') : null;
    if (text === null)
      throw this.http.fault('ZC_PROVIDER_RESPONSE', 'POST /Session/: the answer holds no token');
    const fresh = new Secret(text);
    this.http.hide(fresh);
    this.#logins += 1;
    return fresh;
  }

  async #send(call: Call, token: Secret | null, timeoutMs?: number): Promise<Attempt<Reply>> {
    const headers = {
      'content-type': 'application/json',
      accept: 'application/json',
      ...(token === null ? {} : { 'auth-token': token.reveal() }),
    };
    const body = call.body === null ? null : JSON.stringify(call.body);
    const request = { method: call.method, url: `${this.#base}${call.path}`, headers, body };
    const sent = await this.http.send(request, call.signal, timeoutMs);
    return sent.kind === 'done' ? readReply(this.http, call, sent.value) : sent;
  }
}
