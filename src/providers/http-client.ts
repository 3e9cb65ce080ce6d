import type { Clock, HttpRequest, HttpResponse, World } from '../world/world.ts';
import { type Attempt, type Caller, type CallerOptions, createCaller } from './caller.ts';

/** Milliseconds that one request may take unless ZONECUT_HTTP_TIMEOUT_MS says otherwise. */
export const defaultRequestTimeoutMs = 30_000;

/** How a host wants to be spoken to over HTTP. */
export interface ClientOptions extends CallerOptions {
  /** For one request. */
  readonly timeoutMs: number;
}

/** A Caller that sends HTTP requests. */
export interface HttpClient extends Caller {
  /** Sends one request once and says what kind of outcome it was; 429 and 5xx are told apart from answers. */
  send(request: HttpRequest, signal?: AbortSignal, timeoutMs?: number): Promise<Attempt<HttpResponse>>;
}

/** An HttpClient over the World's HTTP. */
export function createHttpClient(world: World, options: ClientOptions): HttpClient {
  return {
    ...createCaller(world, options),
    send: (request, signal, timeoutMs) => sendOnce(world, request, timeoutMs ?? options.timeoutMs, signal),
  };
}

async function sendOnce(
  world: World,
  request: HttpRequest,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<Attempt<HttpResponse>> {
  const exchange = await world.http.send(
    request,
    signal === undefined ? { timeoutMs } : { timeoutMs, signal },
  );
  switch (exchange.kind) {
    case 'unreachable':
      return { kind: 'unsent', problem: `cannot be reached (${exchange.reason})` };
    case 'broken':
      return { kind: 'lost', problem: `the connection broke (${exchange.reason})` };
    case 'timeout':
      return { kind: 'lost', problem: `no answer within ${exchange.afterMs} ms` };
    case 'response':
      return ofStatus(world.clock, exchange.response);
  }
}

/** Tells 429 and 5xx apart from answers; all other statuses are for the driver to read. */
function ofStatus(clock: Clock, response: HttpResponse): Attempt<HttpResponse> {
  if (response.status === 429) {
    return { kind: 'throttled', problem: 'HTTP status 429', afterMs: retryAfterMs(clock, response) };
  }
  if (response.status === 503 && retryAfterMs(clock, response) !== null) {
    return { kind: 'throttled', problem: 'HTTP status 503', afterMs: retryAfterMs(clock, response) };
  }
  if (response.status >= 500) return { kind: 'lost', problem: `HTTP status ${response.status}` };
  return { kind: 'done', value: response };
}

/** Milliseconds that `Retry-After` asks for (RFC 9110 section 10.2.3: seconds or a date); null without a readable one. */
export function retryAfterMs(clock: Clock, response: HttpResponse): number | null {
  const text = response.headers['retry-after']?.trim();
  if (text === undefined || text === '') return null;
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  // Every form of an HTTP date names its day first; bare numbers would be read as years.
  const date = /^[A-Z][a-z]+,? /.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? null : Math.max(0, date - clock.now());
}
