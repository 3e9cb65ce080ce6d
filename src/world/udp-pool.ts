import { randomInt } from 'node:crypto';
import type { Socket } from 'node:dgram';
import { isIP } from 'node:net';
import { parseAddress } from '../dns/address.ts';
import type { Message } from '../dns/message.ts';
import { encodeMessage } from '../dns/wire.ts';
import { bindRandomly, closeQuietly, mayTryAnotherPort, openDatagramSocket, widen } from './datagram.ts';
import { octetsOf } from './framing.ts';
import { worldLimits } from './limits.ts';
import { reasonOf } from './reason.ts';
import { type SourceAddresses, sourceFor } from './routes.ts';
import { idOf, looksLikeResponse, responseIn, type UdpOutcome } from './udp-match.ts';
import { waitFor } from './waiting.ts';
import type { Endpoint, UnreachableReason } from './world.ts';

/** How a pool differs from a plain one. */
export interface UdpPoolOptions {
  /** Sockets of each family; 64 unless given. */
  readonly sockets?: number;
  /** Queries after which a socket makes way for one on another port; 256 unless given. */
  readonly maxQueries?: number;
  /** Milliseconds after which it does so; 30 s unless given. */
  readonly maxAgeMs?: number;
  readonly source?: SourceAddresses;
}

/**
 * UDP from a pool of sockets on random ports, each renewed after 256 queries or 30 s.
 *
 * Each query leaves from a socket chosen at random, with a random ID, and only a response from the server's address and
 * port with that ID and the same question ends the wait. A fifth of the cost of a socket a query; but the sockets are not
 * connected, so that a refused port is silence.
 */
export class UdpPool {
  readonly #size: number;
  readonly #maxQueries: number;
  readonly #maxAgeMs: number;
  readonly #source: SourceAddresses;
  readonly #sockets = new Map<string, PooledSocket>();
  /** Retired sockets with queries under way. */
  readonly #leaving = new Set<PooledSocket>();
  #closed = false;

  constructor(options: UdpPoolOptions = {}) {
    this.#size = options.sockets ?? worldLimits.poolSockets;
    this.#maxQueries = options.maxQueries ?? worldLimits.poolSocketQueries;
    this.#maxAgeMs = options.maxAgeMs ?? worldLimits.poolSocketAgeMs;
    this.#source = options.source ?? {};
  }

  /** Sends `query` and waits for its response. Rejects only with `signal.reason`. */
  exchange(
    query: Message,
    server: Endpoint,
    timeoutMs: number,
    signal: AbortSignal | undefined,
  ): Promise<UdpOutcome> {
    if (this.#closed) {
      return Promise.resolve({ kind: 'unreachable', reason: 'reset', protocol: 'udp' });
    }
    return this.#socketFor(server.address).exchange(query, canonical(server), timeoutMs, signal);
  }

  /** Closes every socket; queries under way end as `reset`. */
  close(): void {
    this.#closed = true;
    for (const socket of [...this.#sockets.values(), ...this.#leaving]) {
      socket.close();
    }
    this.#sockets.clear();
  }

  #socketFor(address: string): PooledSocket {
    const key = `${isIP(address)} ${randomInt(this.#size)}`;
    const kept = this.#sockets.get(key);
    if (kept?.isFresh(this.#maxQueries, this.#maxAgeMs)) {
      return kept;
    }
    if (kept !== undefined) {
      this.#leaving.add(kept);
      kept.retire(() => this.#leaving.delete(kept));
    }
    const socket = new PooledSocket(address, sourceFor(this.#source, address));
    this.#sockets.set(key, socket);
    return socket;
  }
}

interface Waiter {
  readonly query: Message;
  readonly server: Endpoint;
  sentAt: number;
  readonly end: (outcome: UdpOutcome) => void;
}

class PooledSocket {
  readonly #openedAt = performance.now();
  readonly #waiters = new Map<number, Waiter>();
  /** Queries that have ended, as ID and server: their second or late responses are no sign of a forger. */
  readonly #ended = new Set<string>();
  readonly #source: string | undefined;
  #socket: Socket;
  #listening = false;
  #queries = 0;
  #tries = 0;
  #broken: UnreachableReason | null = null;
  #onEmpty: (() => void) | null = null;

  constructor(family: string, source: string | undefined) {
    this.#source = source;
    this.#socket = openDatagramSocket(family);
    this.#begin(family);
  }

  isFresh(maxQueries: number, maxAgeMs: number): boolean {
    return (
      this.#broken === null && this.#queries < maxQueries && performance.now() - this.#openedAt < maxAgeMs
    );
  }

  /** Closes the socket as soon as no query is under way. */
  retire(onClosed: () => void): void {
    this.#onEmpty = () => {
      closeQuietly(this.#socket);
      onClosed();
    };
    if (this.#waiters.size === 0) {
      this.#onEmpty();
    }
  }

  exchange(
    query: Message,
    server: Endpoint,
    timeoutMs: number,
    signal: AbortSignal | undefined,
  ): Promise<UdpOutcome> {
    const onTimeout = (): UdpOutcome => ({ kind: 'timeout', afterMs: timeoutMs, protocol: 'udp' });
    return waitFor<UdpOutcome>(timeoutMs, onTimeout, signal, end => {
      if (this.#broken !== null) {
        end({ kind: 'unreachable', reason: this.#broken, protocol: 'udp' });
        return () => {};
      }
      this.#queries += 1;
      const id = this.#freeId();
      const waiter: Waiter = { query: { ...query, id }, server, sentAt: performance.now(), end };
      this.#waiters.set(id, waiter);
      this.#socket.ref();
      if (this.#listening) {
        this.#send(waiter);
      }
      return () => this.#leave(id, server);
    });
  }

  close(): void {
    this.#fail('reset');
    closeQuietly(this.#socket);
  }

  /** Binds the socket; a port that is taken makes way for another. Errors of binding may come before this returns. */
  #begin(family: string): void {
    const socket = this.#socket;
    this.#tries += 1;
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' && mayTryAnotherPort(this.#tries)) {
        closeQuietly(socket);
        this.#socket = openDatagramSocket(family);
        this.#begin(family);
      } else if (!this.#listening) {
        this.#broken = reasonOf(error);
        this.#fail(this.#broken);
      }
    });
    socket.on('message', (received, from) => this.#received(octetsOf(received), from));
    socket.on('listening', () => {
      this.#listening = true;
      widen(socket);
      for (const waiter of this.#waiters.values()) {
        this.#send(waiter);
      }
    });
    bindRandomly(socket, this.#tries, this.#source);
  }

  /** An ID that no query under way on this socket has. */
  #freeId(): number {
    for (;;) {
      const id = randomInt(65536);
      if (!this.#waiters.has(id)) {
        return id;
      }
    }
  }

  #send(waiter: Waiter): void {
    const { query, server, end } = waiter;
    waiter.sentAt = performance.now();
    this.#socket.send(encodeMessage(query), server.port, server.address, error => {
      if (error !== null) {
        end({ kind: 'unreachable', reason: reasonOf(error), protocol: 'udp' });
      }
    });
  }

  #received(octets: Uint8Array, from: Endpoint): void {
    const id = idOf(octets);
    const waiter = id === null ? undefined : this.#waiters.get(id);
    if (waiter !== undefined && isFrom(waiter.server, from)) {
      const message = responseIn(octets, waiter.query);
      if (message !== null) {
        const rttMs = performance.now() - waiter.sentAt;
        waiter.end({ kind: 'response', message, protocol: 'udp', rttMs, octets: octets.length });
      }
    } else if (looksLikeResponse(octets) && !this.#ended.has(keyOf(id, from))) {
      for (const { server, end } of [...this.#waiters.values()]) {
        if (isFrom(server, from)) {
          end({ kind: 'mismatched' });
        }
      }
    }
  }

  #leave(id: number, server: Endpoint): void {
    this.#waiters.delete(id);
    this.#ended.add(keyOf(id, server));
    if (this.#waiters.size === 0) {
      this.#socket.unref();
      this.#onEmpty?.();
    }
  }

  #fail(reason: UnreachableReason): void {
    for (const { end } of [...this.#waiters.values()]) {
      end({ kind: 'unreachable', reason, protocol: 'udp' });
    }
  }
}

function isFrom(server: Endpoint, from: Endpoint): boolean {
  return server.port === from.port && server.address === from.address;
}

function keyOf(id: number | null, server: Endpoint): string {
  return `${id} ${server.address} ${server.port}`;
}

/** The address as the kernel writes it, so that it can be compared. */
function canonical(server: Endpoint): Endpoint {
  return isIP(server.address) === 6 ? { ...server, address: parseAddress(server.address).text } : server;
}
