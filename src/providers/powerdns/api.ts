import { type Name, parseName } from '../../dns/name.ts';
import { messageOf, type ZonecutError } from '../../error.ts';
import { Secret } from '../../secret.ts';
import type { HttpResponse, World } from '../../world/world.ts';
import type { Attempt, Outcome } from '../caller.ts';
import { isSwitchedOn, type Settings, variable } from '../driver.ts';
import { createHttpClient, defaultRequestTimeoutMs, type HttpClient } from '../http-client.ts';
import { textAt } from '../json.ts';
import type { Pace } from '../pacer.ts';

/** It is a server of one's own; a plan needs a few dozen requests. */
const pace: Pace = { kind: 'bucket', burst: 50, perSecond: 50 };

/** Methods of the API that are used. */
export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** A call that the server understood and refused. Its `error` is what leaves the driver. */
export class PowerdnsFault extends Error {
  readonly status: number;
  readonly error: ZonecutError;

  constructor(status: number, error: ZonecutError) {
    super(error.message);
    this.status = status;
    this.error = error;
  }
}

/** The API of one server. */
export interface PowerdnsApi {
  readonly http: HttpClient;
  /** For people: where the server is. */
  readonly place: string;
  /** The name servers that new zones get. */
  readonly nameServers: readonly Name[];
  readonly zoneKind: string;
  readonly hasDirectDnskey: boolean;
  /** Reads `path` below the server. Throws PowerdnsFault. */
  get(path: string, signal?: AbortSignal): Promise<unknown>;
  /** Sends a call that may be sent again when its answer is lost. Throws PowerdnsFault. */
  repeat(method: Method, path: string, body: unknown, signal?: AbortSignal): Promise<unknown>;
  /** Sends a call once. Throws PowerdnsFault. */
  write(method: Method, path: string, body: unknown, signal?: AbortSignal): Promise<Outcome<unknown>>;
}

/** The API of the settings; nothing is sent yet. Throws ZC_CREDENTIALS when its address or key is missing, ZC_NAME. */
export function openApi(world: World, settings: Settings): PowerdnsApi {
  const key = new Secret(variable(settings, 'PDNS_API_KEY') ?? '');
  const http = createHttpClient(world, {
    host: 'PowerDNS',
    pace,
    timeoutMs: Number(variable(settings, 'ZONECUT_HTTP_TIMEOUT_MS') ?? defaultRequestTimeoutMs),
    secrets: [key],
  });
  const url = variable(settings, 'PDNS_API_URL');
  if (url === null || key.reveal() === '') {
    throw http.fault(
      'ZC_CREDENTIALS',
      'PDNS_API_URL and PDNS_API_KEY are not both set',
      'Set both: the address of `webserver-address` and `webserver-port`, and `api-key` of pdns.conf.',
    );
  }
  if (!/^https?:\/\/[^\s/]+/.test(url)) {
    throw http.fault(
      'ZC_CREDENTIALS',
      `PDNS_API_URL is ${JSON.stringify(url)}, which is no address of HTTP`,
      'Give it as http://127.0.0.1:8081.',
    );
  }
  const root = url.replace(/\/+$/, '').replace(/\/api(\/v1)?$/, '');
  const server = encodeURIComponent(variable(settings, 'PDNS_SERVER_NAME') ?? 'localhost');
  const send = async (
    method: Method,
    path: string,
    body: unknown,
    signal: AbortSignal | undefined,
  ): Promise<Attempt<unknown>> => {
    const request = {
      method,
      url: `${root}/api/v1/servers/${server}${path}`,
      headers: {
        'x-api-key': key.reveal(),
        accept: 'application/json',
        ...(body === null ? {} : { 'content-type': 'application/json' }),
      },
      body: body === null ? null : JSON.stringify(body),
    };
    const attempt = await http.send(request, signal);
    return attempt.kind === 'done' ? readResponse(http, `${method} ${path}`, attempt.value) : attempt;
  };
  return {
    http,
    place: new URL(root).host,
    nameServers: namesIn(variable(settings, 'PDNS_NAMESERVERS') ?? ''),
    zoneKind: variable(settings, 'PDNS_ZONE_KIND') ?? 'Native',
    hasDirectDnskey: isSwitchedOn(settings, 'PDNS_DIRECT_DNSKEY'),
    get: (path, signal) => http.ask(`GET ${path}`, () => send('GET', path, null, signal), signal),
    repeat: (method, path, body, signal) =>
      http.ask(`${method} ${path}`, () => send(method, path, body, signal), signal),
    write: (method, path, body, signal) =>
      http.call({ name: `${method} ${path}`, repeatable: false, signal }, () =>
        send(method, path, body, signal),
      ),
  };
}

function namesIn(text: string): readonly Name[] {
  return text
    .split(/[\s,]+/)
    .filter(word => word !== '')
    .map(word => parseName(word));
}

/** What an answer says: its JSON, null without a body. Throws PowerdnsFault for a refusal. */
function readResponse(http: HttpClient, call: string, response: HttpResponse): Attempt<unknown> {
  const text = new TextDecoder().decode(response.body);
  if (response.status >= 200 && response.status < 300) {
    if (text === '') return { kind: 'done', value: null };
    try {
      return { kind: 'done', value: JSON.parse(text) };
    } catch (error) {
      return { kind: 'unreadable', problem: messageOf(error) };
    }
  }
  if (response.status < 400) {
    return { kind: 'unreadable', problem: `HTTP status ${response.status}` };
  }
  throw new PowerdnsFault(response.status, refusalOf(http, call, response.status, text));
}

function refusalOf(http: HttpClient, call: string, status: number, body: string): ZonecutError {
  const said = sentenceOf(body);
  switch (status) {
    case 401:
      return http.fault(
        'ZC_CREDENTIALS',
        'the key of PDNS_API_KEY is not accepted (401)',
        'Compare it with `api-key` of pdns.conf.',
      );
    case 403:
      return http.fault(
        'ZC_RIGHTS',
        `${call}: ${said} (403)`,
        'Look at `webserver-allow-from` of pdns.conf, or at the proxy before the API.',
      );
    case 404:
      return http.fault('ZC_ZONE_NOT_FOUND', `${call}: ${said} (404)`);
    case 409:
      return http.fault('ZC_PROVIDER_CONFLICT', `${call}: ${said} (409)`);
    default:
      return http.fault('ZC_PROVIDER_REFUSED', `${call}: ${said} (${status})`);
  }
}

/** The sentence of `{"error": "..."}`, or the body where it is none. */
function sentenceOf(body: string): string {
  try {
    return textAt(JSON.parse(body), 'error') ?? body.trim();
  } catch {
    return body.trim().split('\n')[0] ?? '';
  }
}

/** The path of a zone; PowerDNS takes its name as identifier, with `/` and the like as `=2F`. */
export function pathOfZone(id: string): string {
  return `/zones/${encodeURIComponent(id)}`;
}
