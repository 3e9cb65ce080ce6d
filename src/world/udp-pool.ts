import { randomInt } from 'node:crypto';
import type { Socket } from 'node:dgram';
import type { Message } from '../dns/message.ts';
import { Batch } from './batch.ts';
import { bindRandomly, closeQuietly, mayTryAnotherPort, openDatagramSocket, widen } from './datagram.ts';
import { octetsOf } from './framing.ts';
import { worldLimits } from './limits.ts';
import { reasonOf } from './reason.ts';
import { type SourceAddresses, sourceFor } from './routes.ts';
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
import type { Endpoint, ExchangeOptions, UnreachableReason } from './world.ts';

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
  /** By family, and then by a number of chance. */
  readonly #sockets = { 4: new Map<number, PooledSocket>(), 6: new Map<number, PooledSocket>() };
  /** Retired sockets with queries under way. */
  readonly #leaving = new Set<PooledSocket>();
  readonly #deadlines = new Deadlines(nowMs => this.#expire(nowMs));
  #closed = false;

  constructor(options: UdpPoolOptions = {}) {
    this.#size = options.sockets ?? worldLimits.poolSockets;
    this.#maxQueries = options.maxQueries ?? worldLimits.poolSocketQueries;
    this.#maxAgeMs = options.maxAgeMs ?? worldLimits.poolSocketAgeMs;
    this.#source = options.source ?? {};
  }

  /** Sends `query` and waits for its response. Rejects only with `signal.reason`. */
  exchange(query: Message, server: Endpoint, options: ExchangeOptions): Promise<UdpOutcome> {
    if (this.#closed) {
      return Promise.resolve({ kind: 'unreachable', reason: 'reset', protocol: 'udp' });
    }
    return this.#socketFor(server.address).exchange(query, canonical(server), options);
  }

  /** Closes every socket; queries under way end as `reset`. */
  close(): void {
    this.#closed = true;
    for (const socket of this.#all()) {
      socket.close();
    }
    this.#sockets[4].clear();
    this.#sockets[6].clear();
  }

  #socketFor(address: string): PooledSocket {
    const sockets = this.#sockets[isSix(address) ? 6 : 4];
    const at = this.#size === 1 ? 0 : randomInt(this.#size);
    const kept = sockets.get(at);
    if (kept?.isFresh(this.#maxQueries, this.#maxAgeMs)) {
      return kept;
    }
    if (kept !== undefined) {
      this.#leaving.add(kept);
      kept.retire(() => this.#leaving.delete(kept));
    }
    const socket = new PooledSocket(address, sourceFor(this.#source, address), this.#deadlines);
    sockets.set(at, socket);
    return socket;
  }

  #all(): readonly PooledSocket[] {
    return [...this.#sockets[4].values(), ...this.#sockets[6].values(), ...this.#leaving];
  }

  #expire(nowMs: number): void {
    for (const socket of this.#all()) {
      socket.expire(nowMs);
    }
  }
}

interface Waiter {
  readonly id: number;
  readonly query: Message;
  /** What the response is held against. */
  readonly expected: Message;
  readonly server: Endpoint;
  readonly timeoutMs: number;
  sentAtMs: number;
  readonly deadlineMs: number;
  readonly noteElsewhere: boolean;
  /** Where a response came from that was not for this query's server to send. */
  elsewhere?: Endpoint;
  /** Taken away at the end: old tables of a Map, which are collected late, shall hold little. */
  resolve: ((outcome: UdpOutcome) => void) | null;
  /** Stops listening to the signal of the caller; null when there is none. */
  readonly unlisten: (() => void) | null;
}

class PooledSocket {
  readonly #openedAt = performance.now();
  readonly #waiters = new Map<number, Waiter>();
  /** Whom queries that have ended were for, by ID: their second or late responses are no sign of a forger. */
  readonly #ended = new Map<number, Endpoint>();
  readonly #source: string | undefined;
  readonly #deadlines: Deadlines;
  #socket: Socket;
  readonly #unsent = new Batch<Waiter>(waiter => this.#send(waiter));
  #listening = false;
  #queries = 0;
  #tries = 0;
  #broken: UnreachableReason | null = null;
  #onEmpty: (() => void) | null = null;

  constructor(family: string, source: string | undefined, deadlines: Deadlines) {
    this.#source = source;
    this.#deadlines = deadlines;
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

  exchange(query: Message, server: Endpoint, options: ExchangeOptions): Promise<UdpOutcome> {
    const { timeoutMs, signal, noteElsewhere = false, anyCase } = options;
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      if (this.#broken !== null) {
        resolve({ kind: 'unreachable', reason: this.#broken, protocol: 'udp' });
        return;
      }
      const id = this.#freeId();
      const sentAtMs = performance.now();
      const waiter: Waiter = {
        id,
        query,
        expected: expectedOf(query, anyCase),
        server,
        timeoutMs,
        noteElsewhere,
        sentAtMs,
        deadlineMs: sentAtMs + timeoutMs,
        resolve,
        unlisten: signal === undefined ? null : this.#onAbort(id, signal, reject),
      };
      this.#queries += 1;
      this.#waiters.set(id, waiter);
      if (this.#waiters.size === 1) {
        this.#socket.ref();
      }
      this.#deadlines.add();
      if (this.#listening) {
        this.#unsent.add(waiter);
      }
    });
  }

  /** Ends the query of `id` when `signal` is aborted; gives what stops that. */
  #onAbort(id: number, signal: AbortSignal, reject: (reason: unknown) => void): () => void {
    const abort = (): void => {
      this.#forget(id);
      reject(signal.reason);
    };
    signal.addEventListener('abort', abort, { once: true });
    return () => signal.removeEventListener('abort', abort);
  }

  /** Ends the queries whose time is over at `nowMs`. */
  expire(nowMs: number): void {
    for (const [id, { deadlineMs, timeoutMs, elsewhere }] of this.#waiters) {
      if (deadlineMs <= nowMs) {
        const noted = elsewhere === undefined ? {} : { elsewhere };
        this.#end(id, { kind: 'timeout', afterMs: timeoutMs, protocol: 'udp', ...noted });
      }
    }
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

  /** An ID that no query on this socket has or had. */
  #freeId(): number {
    for (;;) {
      const id = randomInt(65536);
      if (!this.#waiters.has(id) && !this.#ended.has(id)) {
        return id;
      }
    }
  }

  #send(waiter: Waiter): void {
    const { id, query, server } = waiter;
    if (waiter.resolve === null) {
      return;
    }
    waiter.sentAtMs = performance.now();
    this.#socket.send(queryOctets(query, id), server.port, server.address, error => {
      if (error !== null) {
        this.#end(id, { kind: 'unreachable', reason: reasonOf(error), protocol: 'udp' });
      }
    });
  }

  #received(octets: Uint8Array, from: Endpoint): void {
    const id = idOf(octets);
    if (id === null) {
      return;
    }
    const waiter = this.#waiters.get(id);
    if (waiter !== undefined && isFrom(waiter.server, from)) {
      const message = responseIn(octets, waiter.expected, id);
      if (message !== null) {
        const rttMs = performance.now() - waiter.sentAtMs;
        this.#end(id, { kind: 'response', message, protocol: 'udp', rttMs, octets: octets.length });
      }
      return;
    }
    if (waiter?.noteElsewhere === true && responseIn(octets, waiter.expected, id) !== null) {
      waiter.elsewhere = { address: from.address, port: from.port };
    }
    const ended = this.#ended.get(id);
    if (looksLikeResponse(octets) && (ended === undefined || !isFrom(ended, from))) {
      for (const [other, { server }] of this.#waiters) {
        if (isFrom(server, from)) {
          this.#end(other, { kind: 'mismatched' });
        }
      }
    }
  }

  #end(id: number, outcome: UdpOutcome): void {
    this.#forget(id)?.(outcome);
  }

  /** Takes the query of `id` out of those under way, and gives what waits for it; null when nothing does. */
  #forget(id: number): Waiter['resolve'] {
    const waiter = this.#waiters.get(id);
    if (waiter === undefined) {
      return null;
    }
    const { resolve } = waiter;
    waiter.resolve = null;
    this.#waiters.delete(id);
    this.#ended.set(id, waiter.server);
    this.#deadlines.remove();
    waiter.unlisten?.();
    if (this.#waiters.size === 0) {
      this.#socket.unref();
      this.#onEmpty?.();
    }
    return resolve;
  }

  #fail(reason: UnreachableReason): void {
    for (const id of [...this.#waiters.keys()]) {
      this.#end(id, { kind: 'unreachable', reason, protocol: 'udp' });
    }
  }
}

/** Milliseconds by which a timeout may be late. */
const tickMs = 10;

/** One timer for all that wait, and none while nothing does: a timer of its own for each would cost more than its query. */
class Deadlines {
  readonly #expire: (nowMs: number) => void;
  #waiting = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(expire: (nowMs: number) => void) {
    this.#expire = expire;
  }

  add(): void {
    this.#waiting += 1;
    this.#timer ??= setTimeout(() => this.#tick(), tickMs);
  }

  remove(): void {
    this.#waiting -= 1;
  }

  #tick(): void {
    const nowMs = performance.now();
    // What has arrived is read first: a process that was held up finds its timers due before its sockets.
    setImmediate(() => {
      this.#timer = null;
      this.#expire(nowMs);
      if (this.#waiting > 0) {
        this.#timer ??= setTimeout(() => this.#tick(), tickMs);
      }
    });
  }
}

function isSix(address: string): boolean {
  return address.includes(':');
}
