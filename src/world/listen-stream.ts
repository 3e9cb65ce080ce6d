import type { Server, Socket } from 'node:net';
import type { Messages, RespondWithMany } from './client.ts';
import { FrameReader, framed, octetsOf } from './framing.ts';
import { worldLimits } from './limits.ts';
import { portError } from './port-error.ts';
import type { Endpoint } from './world.ts';

/** The TCP side of a listener. */
export interface StreamService {
  readonly maxConnections: number;
  serve(socket: Socket): void;
  /** Sends what is written and ends every connection; resolves when all are closed. */
  finish(): Promise<void>;
  /** Breaks every connection. */
  end(): void;
}

/** A listener for connections. */
export interface StreamListener {
  readonly endpoint: Endpoint;
  /** Takes no further connection, and ends those there are behind what was written to them. */
  finish(): Promise<void>;
  close(): Promise<void>;
}

/** Lets `server` listen; resolves when it does. Rejects with ZC_PORT. */
export async function listening(server: Server, at: Endpoint): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', error => reject(portError(error, at, 'TCP')));
    server.listen({ host: at.address, port: at.port, exclusive: true }, resolve);
  });
  server.removeAllListeners('error');
  server.on('error', () => {});
}

/** What stops `server`, which listens and hands its connections to `stream`. */
export function streamListener(server: Server, stream: StreamService, at: Endpoint): StreamListener {
  server.maxConnections = stream.maxConnections;
  // Those too whose TLS handshake is not complete, which `stream` does not know of.
  const sockets = new Set<Socket>();
  server.on('connection', socket => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : at.port;
  const closed = once(() => new Promise<void>(resolve => server.close(() => resolve())));
  return {
    endpoint: { address: at.address, port },
    finish: async () => {
      const closing = closed();
      await stream.finish();
      for (const socket of sockets) {
        socket.destroySoon();
      }
      await closing;
    },
    close: async () => {
      const closing = closed();
      stream.end();
      for (const socket of sockets) {
        socket.destroy();
      }
      await closing;
    },
  };
}

/** Resolves when the answers that were given in this turn of the event loop are written to their connections, or sent. */
export async function answersWritten(): Promise<void> {
  // In the first turn the last answer is handed on, in the second what was gathered is sent.
  for (let turns = 0; turns < 2; turns += 1) {
    await new Promise(resolve => setImmediate(resolve));
  }
}

/** Does `close` the first time, and waits for that every further time. */
export function once(close: () => Promise<unknown>): () => Promise<void> {
  let closing: Promise<unknown> | null = null;
  return async () => {
    closing ??= close();
    await closing;
  };
}

/** Answers the queries that come over TCP connections, each as soon as its answer is there (RFC 7766 section 6.2.1.1). */
export function serveStream(
  respond: RespondWithMany,
  protocol: 'tcp' | 'tls',
  idleMs: number = worldLimits.serverIdleMs,
): StreamService {
  const sockets = new Set<Socket>();
  return {
    maxConnections: worldLimits.maxConnections,
    serve: socket => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      serveConnection(socket, respond, protocol, idleMs);
    },
    finish: async () => {
      await Promise.all(
        [...sockets].map(
          socket =>
            new Promise<void>(resolve => {
              socket.once('close', () => resolve());
              // A client that keeps its side open has what it asked for once our side is sent.
              socket.end(() => socket.destroySoon());
            }),
        ),
      );
    },
    end: () => {
      for (const socket of sockets) {
        socket.destroy();
      }
    },
  };
}

function write(socket: Socket, response: Uint8Array | Messages): void {
  if (response instanceof Uint8Array) {
    socket.write(framed(response));
    return;
  }
  for (const message of response.messages) {
    socket.write(framed(message));
  }
  if (response.after === 'close') {
    socket.destroySoon();
  }
}

function serveConnection(
  socket: Socket,
  respond: RespondWithMany,
  protocol: 'tcp' | 'tls',
  idleMs: number,
): void {
  const frames = new FrameReader();
  const waiting: Uint8Array[] = [];
  const from = {
    address: socket.remoteAddress ?? '',
    port: socket.remotePort ?? 0,
    protocol,
  };
  let pending = 0;
  let ended = false;

  const isFull = (): boolean =>
    pending >= worldLimits.maxPipelinedClientQueries || socket.writableLength > worldLimits.maxUnsentOctets;
  const work = (): void => {
    for (let frame = waiting[0]; frame !== undefined && !isFull(); frame = waiting[0]) {
      waiting.shift();
      begin(frame);
    }
    if (ended && pending === 0 && waiting.length === 0) {
      socket.end();
    } else if (waiting.length > 0) {
      socket.pause();
    } else if (socket.isPaused()) {
      socket.resume();
    }
  };
  const begin = (frame: Uint8Array): void => {
    pending += 1;
    void respond(frame, from).then(response => {
      pending -= 1;
      if (response !== null && socket.writable) {
        write(socket, response);
      }
      work();
    });
  };

  socket.setTimeout(idleMs);
  socket.on('timeout', () => {
    if (pending > 0) {
      socket.setTimeout(idleMs);
    } else {
      socket.destroy();
    }
  });
  // A client may close its side behind its last query and still read the answers.
  socket.on('end', () => {
    ended = true;
    work();
  });
  socket.on('error', () => socket.destroy());
  socket.on('drain', work);
  socket.on('data', chunk => {
    const complete = frames.push(octetsOf(chunk));
    if (complete.some(frame => frame.length < 12)) {
      // No header fits in it: the stream is no DNS, and nothing after it can be trusted.
      socket.destroy();
      return;
    }
    waiting.push(...complete);
    work();
  });
}
