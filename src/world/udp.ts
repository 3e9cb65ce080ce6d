import { randomInt } from 'node:crypto';
import type { Message } from '../dns/message.ts';
import { bindRandomly, closeQuietly, mayTryAnotherPort, openDatagramSocket } from './datagram.ts';
import { octetsOf } from './framing.ts';
import { reasonOf } from './reason.ts';
import {
  canonical,
  expectedOf,
  idOf,
  isFrom,
  looksLikeResponse,
  queryOctets,
  responseIn,
  type UdpOutcome,
} from './udp-match.ts';
import { waitFor } from './waiting.ts';
import type { Endpoint, ExchangeOptions } from './world.ts';

/**
 * Sends `query` from a socket of its own, on a random port (RFC 5452 section 9.2), and waits for its response.
 *
 * The socket is connected, so that the kernel drops what other addresses send and tells of ICMP errors. The query gets a
 * random ID. Whatever else is no response to it is dropped, and the wait goes on; but a response with another ID is
 * `mismatched`. `source` is the address to send from. Rejects only with `signal.reason`.
 *
 * With `noteElsewhere` the socket is not connected: what other addresses send arrives, is dropped here, and is noted where
 * it would be the response.
 */
export function udpExchange(
  query: Message,
  server: Endpoint,
  { timeoutMs, signal, noteElsewhere = false, anyCase }: ExchangeOptions,
  source?: string,
): Promise<UdpOutcome> {
  const asked = canonical(server);
  const expected = expectedOf(query, anyCase);
  let elsewhere: Endpoint | null = null;
  const onTimeout = (): UdpOutcome => ({
    kind: 'timeout',
    afterMs: timeoutMs,
    protocol: 'udp',
    ...(elsewhere === null ? {} : { elsewhere }),
  });
  return waitFor<UdpOutcome>(timeoutMs, onTimeout, signal, end => {
    const id = randomInt(65536);
    const octets = queryOctets(query, id);
    const socket = openDatagramSocket(server.address);
    let sentAt = performance.now();
    let tries = 0;
    const fail = (error: NodeJS.ErrnoException): void => {
      if (error.code === 'EADDRINUSE' && mayTryAnotherPort(tries)) {
        bind();
        return;
      }
      end({ kind: 'unreachable', reason: reasonOf(error), protocol: 'udp' });
    };
    const bind = (): void => {
      tries += 1;
      bindRandomly(socket, tries, source);
    };
    socket.on('error', fail);
    socket.on('message', (received, from) => {
      const rttMs = performance.now() - sentAt;
      const arrived = octetsOf(received);
      const message = responseIn(arrived, expected, id);
      if (noteElsewhere && !isFrom(asked, from)) {
        elsewhere = message === null ? elsewhere : { address: from.address, port: from.port };
        return;
      }
      if (message !== null) {
        end({ kind: 'response', message, protocol: 'udp', rttMs, octets: received.length });
      } else if (looksLikeResponse(arrived) && idOf(arrived) !== id) {
        end({ kind: 'mismatched' });
      }
    });
    const sent = (error: Error | null): void => {
      if (error !== null) fail(error);
    };
    socket.on('listening', () => {
      sentAt = performance.now();
      if (noteElsewhere) {
        socket.send(octets, server.port, server.address, sent);
      } else {
        socket.connect(server.port, server.address);
      }
    });
    socket.on('connect', () => {
      sentAt = performance.now();
      socket.send(octets, sent);
    });
    bind();
    return () => closeQuietly(socket);
  });
}
