import { randomBytes, randomInt } from 'node:crypto';
import { isIP } from 'node:net';
import { HttpClient } from './http-client.ts';
import { TcpConnections } from './tcp.ts';
import { udpExchange } from './udp.ts';
import { Slots, waitFor } from './waiting.ts';
import type { Clock, Exchange, Http, Random, Transport, World } from './world.ts';

/** The longest wait that one timer of Node can hold, in milliseconds: 2^31 - 1. */
const longestTimerMs = 0x7fffffff;
/** Queries under way at once: each UDP query holds a socket, and 1024 open files are what many systems allow. */
const maxInFlight = 500;

/** The machine's clocks. */
export const nodeClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  sleep,
};

/** The operating system's randomness. */
export const nodeRandom: Random = {
  bytes: count => new Uint8Array(randomBytes(count)),
  below: limit => randomInt(limit),
};

/** How `nodeTransport` differs from a plain one. */
export interface NodeTransportOptions {
  /** Queries under way at once, 500 unless given; the others wait, and their timeout begins when they are sent. */
  readonly maxInFlight?: number;
}

/** What holds sockets until it is closed. */
export interface Closable {
  /** Ends all connections at once. Safe to repeat. */
  close(): Promise<void>;
}

/**
 * Real DNS over UDP (a socket and random port a query) and TCP (connections are kept for 5 s).
 *
 * Every query gets a random ID, and nothing but its own response ends the wait. A server that is no IP address is
 * `unreachable` for want of a route.
 */
export function nodeTransport(options: NodeTransportOptions = {}): Transport & Closable {
  const slots = new Slots(options.maxInFlight ?? maxInFlight);
  const connections = new TcpConnections();
  return {
    exchange: async (query, server, { protocol = 'udp', timeoutMs, signal }): Promise<Exchange> => {
      if (isIP(server.address) === 0 || server.port < 1 || server.port > 65535) {
        return { kind: 'unreachable', reason: 'no-route', protocol };
      }
      return slots.within(signal, () => {
        const sent = { ...query, id: randomInt(65536) };
        return protocol === 'udp'
          ? udpExchange(sent, server, timeoutMs, signal)
          : connections.exchange(sent, server, timeoutMs, signal);
      });
    },
    close: () => connections.close(),
  };
}

/** Real HTTP and HTTPS, with connections that are kept for the next request. */
export function nodeHttp(): Http & Closable {
  return new HttpClient();
}

/** What a real World may be given. */
export interface NodeWorldOptions {
  /** Sends DNS messages; a `nodeTransport` of the World's own unless given. What is given is not closed with the World. */
  readonly dns?: Transport;
}

/** The real World: the machine's clocks, sockets and randomness. */
export function nodeWorld(options: NodeWorldOptions = {}): World & Closable {
  const transport = nodeTransport();
  const http = nodeHttp();
  return {
    clock: nodeClock,
    random: nodeRandom,
    dns: options.dns ?? transport,
    http,
    close: async () => {
      await Promise.all([transport.close(), http.close()]);
    },
  };
}

async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  const until = performance.now() + ms;
  let leftMs = ms;
  do {
    await waitFor<void>(
      Math.min(leftMs, longestTimerMs),
      () => {},
      signal,
      () => () => {},
    );
    leftMs = until - performance.now();
  } while (leftMs >= 1);
}
