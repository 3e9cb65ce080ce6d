import {
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
} from 'node:http2';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { decodeMessage } from '../dns/wire.ts';
import type { Client, Respond } from './client.ts';
import { dnsMediaType } from './doh.ts';
import { worldLimits } from './limits.ts';
import type { DnsListener, ListenOptions } from './listen.ts';
import { answersWritten, listening, once } from './listen-stream.ts';
import { type AnswerQuery, makeResponder } from './responder.ts';
import { type ServerCertificate, serverCertificate } from './server-certificate.ts';
import type { Endpoint } from './world.ts';

/** Where queries are taken. */
export const dohPath = '/dns-query';

/**
 * Listens for DNS queries over HTTPS at `/dns-query`, GET and POST (RFC 8484), in HTTP/2 and in HTTP/1.1 for clients
 * without it; port 0 takes any that is free.
 *
 * Answers say how long HTTP caches may keep them: the lowest TTL of the answer section, for negative answers that of the SOA.
 * Rejects with ZC_PORT, or with ZC_USAGE when certificate and key are none or do not belong together.
 */
export async function listenDoh(
  at: Endpoint,
  answer: AnswerQuery,
  certificate: ServerCertificate,
  options: ListenOptions = {},
): Promise<DnsListener> {
  const { respond, drained } = makeResponder(answer, options);
  const server = createSecureServer({
    ...serverCertificate(certificate),
    allowHTTP1: true,
    handshakeTimeout: worldLimits.handshakeTimeoutMs,
    settings: { maxConcurrentStreams: worldLimits.maxPipelinedClientQueries },
  });
  const open = connectionsOf(server, options.idleMs ?? worldLimits.serverIdleMs);
  server.on('request', (request, response) => void serve(respond, request, response));
  server.on('tlsClientError', (_, socket) => socket.destroy());
  await listening(server, at);
  server.maxConnections = worldLimits.maxConnections;
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : at.port;
  const closed = once(() => new Promise<void>(resolve => server.close(() => resolve())));
  return {
    endpoint: { address: at.address, port },
    drain: async () => {
      const closing = closed();
      await drained();
      await answersWritten();
      open.finish();
      await closing;
    },
    close: async () => {
      const closing = closed();
      open.end();
      await closing;
    },
  };
}

/** The connections of `server`, closed when idle. */
function connectionsOf(server: Http2SecureServer, idleMs: number): { finish(): void; end(): void } {
  const sessions = new Set<ServerHttp2Session>();
  const sockets = new Set<TLSSocket>();
  /** With those whose TLS handshake is not complete. */
  const connections = new Set<Socket>();
  server.on('connection', socket => {
    connections.add(socket);
    socket.on('close', () => connections.delete(socket));
  });
  server.on('session', session => {
    sessions.add(session);
    session.on('error', () => {});
    session.on('close', () => sessions.delete(session));
    session.setTimeout(idleMs, () => session.close());
  });
  server.on('secureConnection', socket => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  server.setTimeout(idleMs);
  return {
    finish: () => {
      for (const session of sessions) {
        session.close();
      }
      for (const socket of sockets) {
        // HTTP/1.1 has no farewell: what is written is sent, and nothing more comes.
        if (socket.alpnProtocol !== 'h2') {
          socket.end();
        }
      }
    },
    end: () => {
      for (const session of sessions) {
        session.destroy();
      }
      for (const socket of [...sockets, ...connections]) {
        socket.destroy();
      }
    },
  };
}

async function serve(
  respond: Respond,
  request: Http2ServerRequest,
  response: Http2ServerResponse,
): Promise<void> {
  request.on('error', () => {});
  response.on('error', () => {});
  const query = await queryOf(request);
  if (typeof query === 'number') {
    const allowed = query === 405 ? { allow: 'GET, POST' } : {};
    response.writeHead(query, { 'content-length': 0, ...allowed }).end();
    return;
  }
  const { remoteAddress = '', remotePort = 0 } = request.socket;
  const from: Client = { address: remoteAddress, port: remotePort, protocol: 'https' };
  const octets = await respond(query, from);
  if (response.writableEnded || response.destroyed) {
    return;
  }
  if (octets === null) {
    response.writeHead(400, { 'content-length': 0 }).end();
    return;
  }
  response.writeHead(200, {
    'content-type': dnsMediaType,
    'content-length': octets.length,
    'cache-control': cacheControlOf(octets),
  });
  response.end(octets);
}

/** The query in `request`, or the status that says what is wrong with it. */
async function queryOf(request: Http2ServerRequest): Promise<Uint8Array | number> {
  const url = URL.canParse(request.url, 'https://host') ? new URL(request.url, 'https://host') : null;
  if (url?.pathname !== dohPath) {
    return 404;
  }
  switch (request.method) {
    case 'GET': {
      const text = url.searchParams.get('dns');
      return text === null || !/^[A-Za-z0-9_-]*$/.test(text)
        ? 400
        : new Uint8Array(Buffer.from(text, 'base64url'));
    }
    case 'POST':
      return request.headers['content-type']?.split(';')[0]?.trim().toLowerCase() === dnsMediaType
        ? ((await bodyOf(request)) ?? 413)
        : 415;
    default:
      return 405;
  }
}

/** The whole body; null when it is longer than a message or never comes. */
function bodyOf(request: Http2ServerRequest): Promise<Uint8Array | null> {
  return new Promise(resolve => {
    const chunks: Uint8Array[] = [];
    let octets = 0;
    request.on('data', (chunk: Uint8Array) => {
      octets += chunk.length;
      if (octets > worldLimits.maxMessageOctets) {
        resolve(null);
      } else {
        chunks.push(chunk);
      }
    });
    request.on('end', () => resolve(new Uint8Array(Buffer.concat(chunks))));
    request.on('close', () => resolve(null));
  });
}

/** How long the answer may be kept (RFC 8484 section 5.1). */
function cacheControlOf(octets: Uint8Array): string {
  const { answer, authority, rcode } = decodeMessage(octets);
  const records = answer.length > 0 ? answer : authority;
  const good = rcode === 'NOERROR' || rcode === 'NXDOMAIN';
  return good && records.length > 0
    ? `max-age=${Math.min(...records.map(record => record.ttl))}`
    : 'no-store';
}
