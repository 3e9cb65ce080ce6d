import { randomInt } from 'node:crypto';
import type { Socket } from 'node:dgram';
import type { Message } from '../dns/message.ts';
import { decodeMessage, encodeMessage } from '../dns/wire.ts';
import { openDatagramSocket } from './datagram.ts';
import { octetsOf } from './framing.ts';
import { isResponseTo } from './matching.ts';
import { reasonOf } from './reason.ts';
import { waitFor } from './waiting.ts';
import type { Endpoint, Exchange } from './world.ts';

/** The lowest port that a query is sent from; those below are the system's (RFC 6335 section 6). */
const lowestPort = 1024;
/** Random ports that are tried until one is free; after these the system chooses. */
const portTries = 8;

/**
 * Sends `query` from a socket of its own, on a random port (RFC 5452 section 9.2), and waits for its response.
 *
 * The socket is connected, so that the kernel drops what other addresses send and tells of ICMP errors. Whatever else is no
 * response to the query is dropped, and the wait goes on. Rejects only with `signal.reason`.
 */
export function udpExchange(
  query: Message,
  server: Endpoint,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<Exchange> {
  const onTimeout = (): Exchange => ({ kind: 'timeout', afterMs: timeoutMs, protocol: 'udp' });
  return waitFor<Exchange>(timeoutMs, onTimeout, signal, end => {
    const octets = encodeMessage(query);
    const socket = openDatagramSocket(server.address);
    let sentAt = performance.now();
    let tries = 0;
    const fail = (error: NodeJS.ErrnoException): void => {
      if (error.code === 'EADDRINUSE' && tries <= portTries) {
        bind();
        return;
      }
      end({ kind: 'unreachable', reason: reasonOf(error), protocol: 'udp' });
    };
    const bind = (): void => {
      tries += 1;
      bindRandomly(socket, tries > portTries ? 0 : lowestPort + randomInt(65536 - lowestPort));
    };
    socket.on('error', fail);
    socket.on('message', received => {
      const rttMs = performance.now() - sentAt;
      const message = responseIn(octetsOf(received), query);
      if (message !== null) {
        end({ kind: 'response', message, protocol: 'udp', rttMs, octets: received.length });
      }
    });
    socket.on('listening', () => socket.connect(server.port, server.address));
    socket.on('connect', () => {
      sentAt = performance.now();
      socket.send(octets, error => error && fail(error));
    });
    bind();
    return () => closeQuietly(socket);
  });
}

function bindRandomly(socket: Socket, port: number): void {
  socket.bind({ port, exclusive: true });
}

/** The response to `query` in `octets`; null for anything else. */
function responseIn(octets: Uint8Array, query: Message): Message | null {
  if (octets.length < 12 || octets[0] !== query.id >> 8 || octets[1] !== (query.id & 0xff)) {
    return null;
  }
  try {
    const message = decodeMessage(octets);
    return isResponseTo(query, message) ? message : null;
  } catch {
    return null;
  }
}

/** An error between two closings finds the socket closed already. */
function closeQuietly(socket: Socket): void {
  socket.removeAllListeners();
  socket.on('error', () => {});
  try {
    socket.close();
  } catch {
    // It never opened.
  }
}
