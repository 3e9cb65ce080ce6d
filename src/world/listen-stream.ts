import type { Socket } from 'node:net';
import type { Respond } from './client.ts';
import { FrameReader, framed, octetsOf } from './framing.ts';

/** Connections at once to one listener; more are refused. */
const maxConnections = 256;
/** Queries under way on one connection; reading pauses until one is answered. */
const maxPipelined = 100;
/** Octets of answers that a client has not taken; reading pauses until it takes them. */
const maxUnsentOctets = 1024 * 1024;
/** A connection without a query is closed after this (RFC 7766 section 6.2.3). */
const defaultIdleMs = 10_000;

/** The TCP side of a listener. */
export interface StreamService {
  readonly maxConnections: number;
  serve(socket: Socket): void;
  /** Ends every connection. */
  end(): void;
}

/** Answers the queries that come over TCP connections, each as soon as its answer is there (RFC 7766 section 6.2.1.1). */
export function serveStream(respond: Respond, idleMs: number = defaultIdleMs): StreamService {
  const sockets = new Set<Socket>();
  return {
    maxConnections,
    serve: socket => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      serveConnection(socket, respond, idleMs);
    },
    end: () => {
      for (const socket of sockets) {
        socket.destroy();
      }
    },
  };
}

function serveConnection(socket: Socket, respond: Respond, idleMs: number): void {
  const frames = new FrameReader();
  const waiting: Uint8Array[] = [];
  const from = {
    address: socket.remoteAddress ?? '',
    port: socket.remotePort ?? 0,
    protocol: 'tcp',
  } as const;
  let pending = 0;
  let ended = false;

  const isFull = (): boolean => pending >= maxPipelined || socket.writableLength > maxUnsentOctets;
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
        socket.write(framed(response));
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
