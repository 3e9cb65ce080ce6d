import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import { messageOf } from '../error.ts';
import { waitFor } from './waiting.ts';
import type { Http, HttpExchange, HttpOptions, HttpRequest, HttpResponse } from './world.ts';

/** The longest body that is read, in octets: the largest answers of hosts' APIs have a few MiB. */
const maxBodyOctets = 16 * 1024 * 1024;
/** Connections to one host at a time; further requests wait for one, within their timeout. */
const maxSockets = 32;
/** Kept connections without a request are closed after this: a little less than the 5 s of many servers. */
const idleMs = 4_000;

/** HTTP by node:http and node:https: no redirects, no decompression, no proxy, certificates checked. */
export class HttpClient implements Http {
  readonly #http = new HttpAgent({ keepAlive: true, maxSockets, timeout: idleMs });
  readonly #https = new HttpsAgent({ keepAlive: true, maxSockets, timeout: idleMs });

  send(request: HttpRequest, { timeoutMs, signal }: HttpOptions): Promise<HttpExchange> {
    const onTimeout = (): HttpExchange => ({ kind: 'timeout', afterMs: timeoutMs });
    return waitFor(timeoutMs, onTimeout, signal, end => {
      const url = targetOf(request.url);
      if (url === null) {
        end({ kind: 'unreachable', reason: `no http or https URL: ${request.url}` });
        return () => {};
      }
      return this.#begin(request, url, end);
    });
  }

  /** Closes kept connections and breaks those under way. */
  async close(): Promise<void> {
    this.#http.destroy();
    this.#https.destroy();
  }

  #begin(request: HttpRequest, url: URL, end: (exchange: HttpExchange) => void): () => void {
    const secure = url.protocol === 'https:';
    const options = { method: request.method, headers: headersOf(request) };
    const sending = secure
      ? httpsRequest(url, { ...options, agent: this.#https })
      : httpRequest(url, { ...options, agent: this.#http });
    let connected = false;
    let complete = false;
    sending.on('socket', (socket: Socket) => {
      // A kept connection is connected already; a new one says so when the request can leave.
      connected = sending.reusedSocket;
      if (!connected) {
        socket.once(secure ? 'secureConnect' : 'connect', () => {
          connected = true;
        });
      }
    });
    sending.on('error', error => {
      end({ kind: connected ? 'broken' : 'unreachable', reason: messageOf(error) || String(error) });
    });
    sending.on('response', response =>
      read(response, exchange => {
        complete = exchange.kind === 'response';
        end(exchange);
      }),
    );
    sending.end(request.body);
    return () => {
      sending.on('error', () => {});
      if (!complete) {
        sending.destroy();
      }
    };
  }
}

function read(response: IncomingMessage, end: (exchange: HttpExchange) => void): void {
  const chunks: Uint8Array[] = [];
  let octets = 0;
  response.on('data', (chunk: Uint8Array) => {
    octets += chunk.length;
    chunks.push(chunk);
    if (octets > maxBodyOctets) {
      end({ kind: 'broken', reason: `the body has more than ${maxBodyOctets} octets` });
    }
  });
  response.on('error', error => end({ kind: 'broken', reason: messageOf(error) }));
  response.on('close', () => end({ kind: 'broken', reason: 'the connection closed inside the body' }));
  response.on('end', () => {
    if (response.complete) {
      end({ kind: 'response', response: responseOf(response, new Uint8Array(Buffer.concat(chunks))) });
    }
  });
}

function responseOf(response: IncomingMessage, body: Uint8Array): HttpResponse {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(response.headers)) {
    if (value !== undefined) {
      headers[name] = Array.isArray(value) ? value.join(', ') : value;
    }
  }
  return { status: response.statusCode ?? 0, headers, body };
}

/** The request's own headers, with the length of the body, so that it is never sent in chunks. */
function headersOf(request: HttpRequest): Record<string, string | number> {
  const headers: Record<string, string | number> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (!['content-length', 'transfer-encoding', 'connection'].includes(name.toLowerCase())) {
      headers[name] = value;
    }
  }
  if (request.body !== null) {
    headers['content-length'] = Buffer.byteLength(request.body);
  } else if (request.method !== 'GET' && request.method !== 'HEAD') {
    headers['content-length'] = 0;
  }
  return headers;
}

function targetOf(text: string): URL | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  return url !== null && (url.protocol === 'http:' || url.protocol === 'https:') ? url : null;
}
