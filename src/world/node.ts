import { randomBytes, randomInt } from 'node:crypto';
import { isIP } from 'node:net';
import { specialRange } from '../dns/address.ts';
import type { Message } from '../dns/message.ts';
import { type Dialing, straight } from './dial.ts';
import type { HttpClient } from './http-client.ts';
import { worldLimits } from './limits.ts';
import type { SocksProxy } from './proxy.ts';
import { Routes, type SourceAddresses, sourceFor } from './routes.ts';
import { StreamConnections } from './stream.ts';
import { streamsBy } from './streams.ts';
import { tcpKind } from './tcp.ts';
import { udpExchange } from './udp.ts';
import type { UdpOutcome } from './udp-match.ts';
import { UdpPool } from './udp-pool.ts';
import { Slots, waitFor } from './waiting.ts';
import type { Clock, Endpoint, Exchange, ExchangeOptions, Http, Random, Transport, World } from './world.ts';

/** The longest wait that one timer of Node can hold, in milliseconds: 2^31 - 1. */
const longestTimerMs = 0x7fffffff;

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

/**
 * From which ports queries leave over UDP.
 *
 * `fresh`: a socket and random port a query, and a refused port is told of at once. `pool`: 64 sockets on random ports,
 * each renewed after 256 queries or 30 s; a fifth of the cost, and a refused port is silence. `single`: one socket for all
 * servers on loopback, where nobody forges, and the pool for every other.
 */
export type UdpPorts = 'fresh' | 'pool' | 'single';

/** How `nodeTransport` differs from a plain one. */
export interface NodeTransportOptions {
  /** Queries under way at once, 500 unless given; the others wait, and their timeout begins when they are sent. */
  readonly maxInFlight?: number;
  /** `fresh` unless given. */
  readonly udpPorts?: UdpPorts;
  /** The addresses of this machine that queries leave from. */
  readonly source?: SourceAddresses;
  /** What TCP goes through, and UDP goes over TCP then; straight to the servers unless given. */
  readonly proxy?: SocksProxy | null;
}

/** What a transport has met that no single exchange shows. */
export interface TransportCounts {
  /** Queries over UDP that a response with another ID came to, so that they were asked again over TCP. */
  readonly mismatched: number;
}

/** A transport with sockets of its own. */
export interface NodeTransport extends Transport, Closable {
  counts(): TransportCounts;
}

/** What holds sockets until it is closed. */
export interface Closable {
  /** Ends all connections at once. Safe to repeat. */
  close(): Promise<void>;
}

/**
 * Real DNS over UDP and TCP (connections are kept for 5 s and shared).
 *
 * Every query gets a random ID, and nothing but its own response ends the wait; except that a response with another ID
 * from the server's address and port, which may be a forger's guess, makes the query go again over TCP, within the same
 * timeout (RFC 5452 section 9.2). A server that is no IP address is `unreachable` for want of a route, and so are for 30 s
 * the public addresses of a family that turned out to have no route at all.
 */
export function nodeTransport(options: NodeTransportOptions = {}): NodeTransport {
  return new SocketTransport(options);
}

class SocketTransport implements NodeTransport {
  readonly #slots: Slots;
  readonly #source: SourceAddresses;
  readonly #isProxied: boolean;
  readonly #udp: { readonly loopback: UdpPool | null; readonly other: UdpPool | null };
  readonly #tcp: StreamConnections;
  readonly #routes = new Routes();
  #mismatched = 0;
  #closed = false;

  constructor(options: NodeTransportOptions) {
    const source = options.source ?? {};
    const proxy = options.proxy ?? null;
    const ports = options.udpPorts ?? 'fresh';
    const pool = ports === 'fresh' ? null : new UdpPool({ source });
    this.#slots = new Slots(options.maxInFlight ?? worldLimits.maxTransportInFlight);
    this.#source = source;
    this.#isProxied = proxy !== null;
    this.#udp = { other: pool, loopback: ports === 'single' ? new UdpPool({ source, ...oneSocket }) : pool };
    this.#tcp = new StreamConnections(tcpKind({ source, proxy }));
  }

  exchange(query: Message, server: Endpoint, options: ExchangeOptions): Promise<Exchange> {
    const wait = this.#slots.enter(options.signal);
    return wait === null
      ? this.#exchange(query, server, options)
      : wait.then(() => this.#exchange(query, server, options));
  }

  /** As `exchange`, in a slot, which it leaves. */
  async #exchange(query: Message, server: Endpoint, options: ExchangeOptions): Promise<Exchange> {
    try {
      // SOCKS has UDP too (RFC 1928 section 7), which few proxies serve.
      const protocol = this.#isProxied ? 'tcp' : (options.protocol ?? 'udp');
      if (this.#closed) {
        return { kind: 'unreachable', reason: 'reset', protocol };
      }
      if (!isServer(server) || this.#routes.isMissing(server.address, performance.now())) {
        return { kind: 'unreachable', reason: 'no-route', protocol };
      }
      const began = performance.now();
      const outcome = await (protocol === 'udp'
        ? this.#overUdp(query, server, options)
        : this.#overTcp(query, server, options));
      const exchange =
        outcome.kind === 'mismatched' ? await this.#again(query, server, options, began) : outcome;
      this.#routes.told(server.address, exchange, performance.now());
      return exchange;
    } finally {
      this.#slots.leave();
    }
  }

  counts(): TransportCounts {
    return { mismatched: this.#mismatched };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#udp.loopback?.close();
    this.#udp.other?.close();
    await this.#tcp.close();
  }

  #overUdp(query: Message, server: Endpoint, options: ExchangeOptions): Promise<UdpOutcome> {
    const { loopback, other } = this.#udp;
    const pool = loopback !== other && isLoopback(server.address) ? loopback : other;
    return pool === null
      ? udpExchange(query, server, options, sourceFor(this.#source, server.address))
      : pool.exchange(query, server, options);
  }

  /** Over TCP, within what is left of the time since `began`, after a response with another ID came over UDP. */
  #again(query: Message, server: Endpoint, options: ExchangeOptions, began: number): Promise<Exchange> {
    this.#mismatched += 1;
    const timeoutMs = Math.max(1, Math.floor(options.timeoutMs - (performance.now() - began)));
    return this.#overTcp(query, server, { ...options, timeoutMs });
  }

  #overTcp(query: Message, server: Endpoint, { timeoutMs, signal }: ExchangeOptions): Promise<Exchange> {
    return this.#tcp.exchange(query, server, timeoutMs, signal);
  }
}

function isServer({ address, port }: Endpoint): boolean {
  return isIP(address) !== 0 && port >= 1 && port <= 65535;
}

/** On loopback a socket need not be renewed, but IDs of one socket run out: 4096 keeps 15 of 16 of them free. */
const oneSocket = { sockets: 1, maxQueries: 4096 } as const;

function isLoopback(address: string): boolean {
  return address.startsWith('127.') || specialRange(address) === 'loopback';
}

/** Real HTTP and HTTPS, with connections that are kept for the next request; loaded with the first, most commands send none. */
export function nodeHttp(): Http & Closable {
  let client: Promise<HttpClient> | null = null;
  const open = async (): Promise<HttpClient> => {
    const { HttpClient } = await import('./http-client.ts');
    return new HttpClient();
  };
  return {
    send: async (request, options) => {
      client ??= open();
      return await (await client).send(request, options);
    },
    close: async () => {
      await (await client)?.close();
    },
  };
}

/** What a real World may be given. */
export interface NodeWorldOptions {
  /** Sends DNS messages; a `nodeTransport` of the World's own unless given. What is given is not closed with the World. */
  readonly dns?: Transport;
  /** How conversations over TCP are begun. */
  readonly dialing?: Dialing;
}

/** The real World: the machine's clocks, sockets and randomness. */
export function nodeWorld(options: NodeWorldOptions = {}): World & Closable {
  const transport = nodeTransport();
  const http = nodeHttp();
  return {
    clock: nodeClock,
    random: nodeRandom,
    dns: options.dns ?? transport,
    streams: streamsBy(options.dialing ?? straight),
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
