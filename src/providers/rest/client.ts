import type { ErrorCode } from '../../error.ts';
import { messageOf, type ZonecutError } from '../../error.ts';
import type { Secret } from '../../secret.ts';
import type { Clock, HttpRequest, HttpResponse, World } from '../../world/world.ts';
import type { Attempt, Outcome } from '../caller.ts';
import { createHttpClient, type HttpClient } from '../http-client.ts';
import type { Pace } from '../pacer.ts';

/** Methods of HTTP that these APIs use. */
export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** A call that the host understood and refused. Its `error` is what leaves the driver. */
export class RestFault extends Error {
  readonly status: number;
  /** The JSON of the answer; null where it is none. */
  readonly body: unknown;
  readonly error: ZonecutError;

  constructor(status: number, body: unknown, error: ZonecutError) {
    super(error.message);
    this.status = status;
    this.body = body;
    this.error = error;
  }
}

/** A good answer: its JSON, null without a body, and what stands in its headers. */
export interface Answer {
  readonly json: unknown;
  readonly headers: Readonly<Record<string, string>>;
}

/** How a host wants its API to be spoken to. */
export interface RestOptions {
  /** As people know the host; begins every message. */
  readonly host: string;
  /** The address that paths are added to, such as `https://desec.io/api/v1`. */
  readonly endpoint: string;
  readonly pace: Pace;
  readonly timeoutMs: number;
  /** A path as messages show it; whole unless given. */
  shown?(path: string): string;
  /** Go along with each request, such as the one that holds the token. */
  readonly headers: Readonly<Record<string, string>>;
  /** Headers of one request, made for each try anew: a signature, or a token that ends. Throws what has to leave the driver. */
  authorize?(
    request: HttpRequest,
    signal: AbortSignal | undefined,
  ): Promise<Readonly<Record<string, string>>>;
  readonly secrets: readonly Secret[];
  /** What to do about credentials that are not accepted. */
  readonly credentialsHint: string;
  /** The sentence in an answer that refuses; null where there is none. */
  sentenceOf(body: unknown): string | null;
  /** The code of a refusal where the status does not tell it. */
  codeOf?(status: number, body: unknown, method: Method): ErrorCode | null;
  /** Whether a refusal asks for fewer requests, where its status is not 429. */
  isThrottled?(status: number, body: unknown): boolean;
}

/** JSON over HTTP, as hosts with an API of records speak it. */
export interface RestClient {
  readonly http: HttpClient;
  /** Reads `path`. Throws RestFault. */
  get(path: string, signal?: AbortSignal): Promise<Answer>;
  /** Sends a call that may be sent again when its answer is lost. Throws RestFault. */
  repeat(method: Method, path: string, body: unknown, signal?: AbortSignal): Promise<Answer>;
  /** Sends a call once, with headers of its own. Throws RestFault. */
  write(
    method: Method,
    path: string,
    body: unknown,
    signal?: AbortSignal,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Outcome<Answer>>;
  /**
   * The path of an address that an answer names, for the next page. Throws ZC_PROVIDER_RESPONSE where it leads elsewhere than
   * to the endpoint, since the token goes along.
   */
  pathOf(address: string): string;
  /** ZC_PROVIDER_RESPONSE for what an answer holds and nobody can read. */
  unreadable(what: string, value: unknown): ZonecutError;
}

/** A RestClient over the World's HTTP; nothing is sent yet. */
export function createRestClient(world: World, options: RestOptions): RestClient {
  const { host, pace, timeoutMs, secrets } = options;
  const http = createHttpClient(world, { host, pace, timeoutMs, secrets });
  const root = options.endpoint.replace(/\/+$/, '');
  const send = async (
    method: Method,
    path: string,
    body: unknown,
    signal: AbortSignal | undefined,
    own: Readonly<Record<string, string>> = {},
  ): Promise<Attempt<Answer>> => {
    const request = {
      method,
      url: `${root}${path}`,
      headers: {
        ...options.headers,
        ...own,
        accept: 'application/json',
        ...(body === null ? {} : { 'content-type': 'application/json' }),
      },
      body: body === null ? null : JSON.stringify(body),
    };
    const proof = (await options.authorize?.(request, signal)) ?? {};
    const attempt = await http.send({ ...request, headers: { ...request.headers, ...proof } }, signal);
    if (attempt.kind !== 'done') return attempt;
    return readAnswer({ http, options, clock: world.clock }, method, path, attempt.value);
  };
  const shown = options.shown ?? ((path: string) => path);
  return {
    http,
    get: (path, signal) => http.ask(`GET ${shown(path)}`, () => send('GET', path, null, signal), signal),
    repeat: (method, path, body, signal) =>
      http.ask(`${method} ${shown(path)}`, () => send(method, path, body, signal), signal),
    write: (method, path, body, signal, headers) =>
      http.call({ name: `${method} ${shown(path)}`, repeatable: false, signal }, () =>
        send(method, path, body, signal, headers),
      ),
    unreadable: (what, value) =>
      http.fault(
        'ZC_PROVIDER_RESPONSE',
        `${what} that cannot be read: ${JSON.stringify(value).slice(0, 300)}`,
      ),
    pathOf: address => {
      const path = URL.canParse(address) ? pathBelow(root, address) : null;
      if (path !== null) return path;
      throw http.fault('ZC_PROVIDER_RESPONSE', `the next page is said to be at another place: ${address}`);
    },
  };
}

/** The path and query of an address below another, however the port is spelled; null where it is elsewhere. */
function pathBelow(root: string, address: string): string | null {
  const [base, url] = [new URL(root), new URL(address)];
  const folder = base.pathname.replace(/\/$/, '');
  const isBelow = url.origin === base.origin && url.pathname.startsWith(`${folder}/`);
  return isBelow ? `${url.pathname.slice(folder.length)}${url.search}` : null;
}

/** What a refusal is put into words with. */
interface Reading {
  readonly http: HttpClient;
  readonly options: RestOptions;
  readonly clock: Clock;
}

function readAnswer(reading: Reading, method: Method, path: string, response: HttpResponse): Attempt<Answer> {
  const text = new TextDecoder().decode(response.body);
  const read = jsonOf(text);
  if (response.status >= 200 && response.status < 300) {
    return read.kind === 'json'
      ? { kind: 'done', value: { json: read.json, headers: response.headers } }
      : { kind: 'unreadable', problem: read.problem };
  }
  if (response.status < 400) return { kind: 'unreadable', problem: `HTTP status ${response.status}` };
  const body = read.kind === 'json' ? read.json : null;
  if (reading.options.isThrottled?.(response.status, body) === true) {
    return { kind: 'throttled', problem: `HTTP status ${response.status}`, afterMs: null };
  }
  const said = reading.options.sentenceOf(body) ?? text.trim().split('\n')[0] ?? '';
  throw new RestFault(response.status, body, refusalOf(reading, method, path, response, body, said));
}

type Read =
  | { readonly kind: 'json'; readonly json: unknown }
  | { readonly kind: 'other'; readonly problem: string };

function jsonOf(text: string): Read {
  if (text === '') return { kind: 'json', json: null };
  try {
    return { kind: 'json', json: JSON.parse(text) };
  } catch (error) {
    return { kind: 'other', problem: messageOf(error) };
  }
}

/** Codes of the statuses by which all these hosts say the same. */
const codes: ReadonlyMap<number, ErrorCode> = new Map([
  [401, 'ZC_CREDENTIALS'],
  [403, 'ZC_RIGHTS'],
  [404, 'ZC_ZONE_NOT_FOUND'],
  [409, 'ZC_PROVIDER_CONFLICT'],
]);

function refusalOf(
  { http, options, clock }: Reading,
  method: Method,
  path: string,
  { status, headers }: HttpResponse,
  body: unknown,
  said: string,
): ZonecutError {
  const code = options.codeOf?.(status, body, method) ?? codes.get(status) ?? 'ZC_PROVIDER_REFUSED';
  if (code !== 'ZC_CREDENTIALS')
    return http.fault(code, `${method} ${options.shown?.(path) ?? path}: ${said} (${status})`);
  const skew = skewOf(clock, headers['date']);
  const sentence = `the credentials are not accepted: ${said} (${status})`;
  return skew === null
    ? http.fault(code, sentence, options.credentialsHint)
    : http.fault(code, `${sentence}; ${skew}`, 'Set the clock of this machine.');
}

/** Milliseconds that a clock may be off before hosts refuse what it dates. */
const maxSkewMs = 300_000;

/** How far this machine's clock is from the host's, by the date of an answer; null where that is within what hosts allow. */
export function skewOf(clock: Clock, date: string | undefined): string | null {
  const ms = clock.now() - Date.parse(date ?? '');
  if (Number.isNaN(ms) || Math.abs(ms) <= maxSkewMs) return null;
  const minutes = Math.round(Math.abs(ms) / 60_000);
  return `the clock of this machine is ${minutes} minutes ${ms > 0 ? 'ahead of' : 'behind'} the host's`;
}
