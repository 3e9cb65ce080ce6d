import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { messageOf } from '../error.ts';
import { portError } from './port-error.ts';
import type { Endpoint, HttpRequest, HttpResponse } from './world.ts';

/** The longest request body that is read, in octets. */
const maxBodyOctets = 4 * 1024 * 1024;
/** Connections at once to one listener. */
const maxConnections = 256;
/** Milliseconds for a whole request to arrive. */
const requestTimeoutMs = 30_000;
/** Milliseconds that a connection is kept for the next request. */
const keepAliveMs = 5_000;

/** What a server does with a request: answers it, or fails on the wire. */
export type HttpServed =
  | HttpResponse
  /** Breaks the connection by RST, without an answer. */
  | { readonly kind: 'reset' }
  /** Never answers, and keeps the connection open. */
  | { readonly kind: 'hang' }
  /** Announces the whole body, sends its first `octets` octets and breaks the connection. */
  | { readonly kind: 'truncate'; readonly response: HttpResponse; readonly octets: number };

/** Serves one request. What it throws becomes status 500. */
export type ServeHttp = (request: HttpRequest) => Promise<HttpServed> | HttpServed;

/** A web server's ear. */
export interface HttpListener {
  readonly endpoint: Endpoint;
  /** `http://address:port`, without a slash at the end. */
  readonly url: string;
  /** Stops listening and breaks every connection; resolves when no handle is left. Safe to repeat. */
  close(): Promise<void>;
}

/** Listens for HTTP/1.1 requests; port 0 takes any that is free. Rejects with ZC_PORT. */
export async function listenHttp(at: Endpoint, serve: ServeHttp): Promise<HttpListener> {
  const server = createServer({ requestTimeout: requestTimeoutMs, keepAliveTimeout: keepAliveMs });
  server.maxConnections = maxConnections;
  await new Promise<void>((resolve, reject) => {
    server.once('error', error => reject(portError(error, at, 'TCP')));
    server.listen({ host: at.address, port: at.port, exclusive: true }, resolve);
  });
  server.removeAllListeners('error');
  const endpoint = { address: at.address, port: portOf(server, at.port) };
  const host = at.address.includes(':') ? `[${at.address}]` : at.address;
  const url = `http://${host}:${endpoint.port}`;
  server.on('request', (request, response) => void handle(url, serve, request, response));
  let closing: Promise<void> | null = null;
  return {
    endpoint,
    url,
    close: () => {
      closing ??= new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      return closing;
    },
  };
}

async function handle(
  origin: string,
  serve: ServeHttp,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  outgoing.on('error', () => {});
  incoming.on('error', () => {});
  const body = await bodyOf(incoming);
  if (body === null) {
    outgoing.writeHead(413, { connection: 'close' }).end();
    return;
  }
  const request: HttpRequest = {
    method: incoming.method ?? 'GET',
    url: `${origin}${incoming.url ?? '/'}`,
    headers: headersOf(incoming),
    body: body.length === 0 ? null : body,
  };
  let served: HttpServed;
  try {
    served = await serve(request);
  } catch (error) {
    served = {
      status: 500,
      headers: { 'content-type': 'text/plain' },
      body: new TextEncoder().encode(messageOf(error)),
    };
  }
  send(served, incoming, outgoing);
}

function send(served: HttpServed, incoming: IncomingMessage, outgoing: ServerResponse): void {
  if (!('kind' in served)) {
    writeHead(served, outgoing);
    outgoing.end(served.body);
    return;
  }
  switch (served.kind) {
    case 'reset':
      incoming.socket.resetAndDestroy();
      return;
    case 'hang':
      return;
    case 'truncate':
      writeHead(served.response, outgoing);
      outgoing.write(served.response.body.subarray(0, served.octets), () => incoming.socket.destroy());
      return;
  }
}

function writeHead(response: HttpResponse, outgoing: ServerResponse): void {
  outgoing.writeHead(response.status, { ...response.headers, 'content-length': response.body.length });
}

/** The whole body; null when it is too long or never comes. */
function bodyOf(incoming: IncomingMessage): Promise<Uint8Array | null> {
  return new Promise(resolve => {
    const chunks: Uint8Array[] = [];
    let octets = 0;
    incoming.on('data', (chunk: Uint8Array) => {
      octets += chunk.length;
      if (octets > maxBodyOctets) {
        resolve(null);
        return;
      }
      chunks.push(chunk);
    });
    incoming.on('end', () => resolve(new Uint8Array(Buffer.concat(chunks))));
    incoming.on('close', () => resolve(null));
  });
}

function headersOf(incoming: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value !== undefined) {
      headers[name] = Array.isArray(value) ? value.join(', ') : value;
    }
  }
  return headers;
}

function portOf(server: Server, otherwise: number): number {
  const address: AddressInfo | string | null = server.address();
  return typeof address === 'object' && address !== null ? address.port : otherwise;
}
