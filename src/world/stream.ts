import { randomInt } from 'node:crypto';
import type { Message } from '../dns/message.ts';
import { decodeMessage } from '../dns/wire.ts';
import { messageOf } from '../error.ts';
import type { Connection } from './dial.ts';
import { FrameReader, framed, octetsOf } from './framing.ts';
import { worldLimits } from './limits.ts';
import { isResponseTo } from './matching.ts';
import { waitFor } from './waiting.ts';
import type { Endpoint, Exchange, Protocol, UnreachableReason } from './world.ts';

type Outcome = Exchange | { readonly kind: 'closed-early' };

interface Waiter {
  readonly query: Message;
  sentAt: number;
  readonly end: (outcome: Outcome) => void;
}

/** A kind of stream that DNS messages travel in. */
export interface StreamKind {
  readonly protocol: Protocol;
  /** Begins a connection and calls `onReady` once, when a query may be written; a failure is the socket's `error`. */
  open(server: Endpoint, onReady: () => void): Connection;
  /** The query's octets, padded where that helps. */
  encode(query: Message): Uint8Array;
  /** What the error of a socket means. */
  reasonOf(error: NodeJS.ErrnoException): UnreachableReason;
}

/**
 * Connections to name servers, kept for the next query and shared by queries under way (RFC 7766 section 6.2.1); of those
 * without a query at most `maxIdle` are kept, and the one that has waited longest is closed for a further one.
 */
export class StreamConnections {
  readonly #kind: StreamKind;
  readonly #maxIdle: number;
  readonly #open = new Map<string, StreamConnection>();
  /** Those without a query, the one that has waited longest first. */
  readonly #idle = new Set<StreamConnection>();
  #closed = false;

  constructor(kind: StreamKind, maxIdle: number = worldLimits.maxIdleConnections) {
    this.#kind = kind;
    this.#maxIdle = maxIdle;
  }

  /** Sends `query`, with a random ID, and waits for its response. Rejects only with `signal.reason`. */
  async exchange(
    query: Message,
    server: Endpoint,
    timeoutMs: number,
    signal: AbortSignal | undefined,
  ): Promise<Exchange> {
    const began = performance.now();
    const kept = this.#usable(server);
    if (kept !== null) {
      const outcome = await kept.exchange(query, timeoutMs, signal);
      if (outcome.kind !== 'closed-early') {
        return outcome;
      }
    }
    // A server may close a connection at the very moment that it is used again: the query goes over a new one.
    const left = Math.max(1, Math.ceil(timeoutMs - (performance.now() - began)));
    const outcome = await this.#connect(server).exchange(query, left, signal);
    return outcome.kind === 'closed-early'
      ? { kind: 'unreachable', reason: 'reset', protocol: this.#kind.protocol }
      : outcome.kind === 'timeout'
        ? { ...outcome, afterMs: timeoutMs }
        : outcome;
  }

  /** Ends every connection; queries under way end as `reset`. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#open.values()].map(connection => connection.close()));
  }

  #usable(server: Endpoint): StreamConnection | null {
    const connection = this.#open.get(keyOf(server));
    return connection?.hasRoom ? connection : null;
  }

  #connect(server: Endpoint): StreamConnection {
    const key = keyOf(server);
    const connection = new StreamConnection(this.#kind, server, {
      onBusy: () => this.#idle.delete(connection),
      onIdle: () => this.#keepIdle(connection),
      onEnd: () => {
        this.#idle.delete(connection);
        if (this.#open.get(key) === connection) {
          this.#open.delete(key);
        }
      },
    });
    if (this.#closed) {
      void connection.close();
    } else if (!this.#open.has(key)) {
      this.#open.set(key, connection);
    } else {
      connection.closeWhenIdle();
    }
    return connection;
  }

  #keepIdle(connection: StreamConnection): void {
    this.#idle.add(connection);
    const [longest] = this.#idle;
    if (this.#idle.size > this.#maxIdle && longest !== undefined) {
      this.#idle.delete(longest);
      longest.end();
    }
  }
}

/** Is told what becomes of a connection. */
interface Watcher {
  onBusy(): void;
  onIdle(): void;
  onEnd(): void;
}

class StreamConnection {
  readonly #kind: StreamKind;
  readonly #watcher: Watcher;
  readonly #socket: Connection;
  readonly #frames = new FrameReader();
  readonly #waiters = new Map<number, Waiter>();
  readonly #ended: Promise<void>;
  #ready = false;
  #keep = true;
  #over = false;
  #reason: NodeJS.ErrnoException | null = null;
  #answers = 0;
  /** Queries written that no message has come for yet, those given up included. */
  #owed = 0;

  constructor(kind: StreamKind, server: Endpoint, watcher: Watcher) {
    this.#kind = kind;
    this.#watcher = watcher;
    const socket = kind.open(server, () => this.#connected());
    this.#socket = socket;
    socket.on('data', chunk => this.#received(octetsOf(chunk)));
    socket.on('timeout', () => socket.destroy());
    socket.on('error', error => {
      this.#reason = error;
    });
    this.#ended = new Promise(resolve => {
      socket.on('close', () => {
        this.#over = true;
        watcher.onEnd();
        this.#endAll();
        resolve();
      });
    });
    // What comes after the last response is of no interest: the server's FIN ends the connection.
    socket.on('end', () => {
      this.#over = true;
      watcher.onEnd();
      socket.destroy();
    });
  }

  get hasRoom(): boolean {
    return !this.#over && this.#waiters.size < worldLimits.maxPipelinedQueries;
  }

  closeWhenIdle(): void {
    this.#keep = false;
  }

  exchange(query: Message, timeoutMs: number, signal: AbortSignal | undefined): Promise<Outcome> {
    const onTimeout = (): Outcome => ({ kind: 'timeout', afterMs: timeoutMs, protocol: this.#kind.protocol });
    return waitFor<Outcome>(timeoutMs, onTimeout, signal, end => {
      if (this.#over) {
        end({ kind: 'closed-early' });
        return () => {};
      }
      const id = this.#freeId();
      const waiter: Waiter = { query: { ...query, id }, sentAt: performance.now(), end };
      this.#waiters.set(id, waiter);
      this.#watcher.onBusy();
      this.#socket.ref();
      this.#socket.setTimeout(0);
      if (this.#ready) {
        this.#send(waiter);
      }
      return () => this.#leave(id);
    });
  }

  /** Ends the connection, whatever is under way on it. */
  end(): void {
    this.#over = true;
    this.#socket.destroy();
  }

  async close(): Promise<void> {
    this.end();
    await this.#ended;
  }

  /** A random ID that no query under way on this connection has. */
  #freeId(): number {
    for (;;) {
      const id = randomInt(65536);
      if (!this.#waiters.has(id)) {
        return id;
      }
    }
  }

  #leave(id: number): void {
    this.#waiters.delete(id);
    if (this.#waiters.size > 0 || this.#socket.destroyed) {
      return;
    }
    if (this.#keep && this.#ready) {
      this.#socket.setTimeout(worldLimits.clientIdleMs);
      this.#socket.unref();
      this.#watcher.onIdle();
    } else {
      this.end();
    }
  }

  /** Nothing is written before: over TLS the server has shown who it is by now. */
  #connected(): void {
    this.#ready = true;
    for (const waiter of this.#waiters.values()) {
      this.#send(waiter);
    }
  }

  #send(waiter: Waiter): void {
    waiter.sentAt = performance.now();
    this.#owed += 1;
    this.#socket.write(framed(this.#kind.encode(waiter.query)));
  }

  #received(chunk: Uint8Array): void {
    for (const frame of this.#frames.push(chunk)) {
      this.#owed -= 1;
      if (this.#owed < 0) {
        // Whoever sends more than was asked for could go on for ever.
        this.#malformed('more messages than were asked for');
        return;
      }
      const id = ((frame[0] ?? 0) << 8) | (frame[1] ?? 0);
      const waiter = frame.length < 2 ? undefined : this.#waiters.get(id);
      if (waiter !== undefined) {
        this.#answers += 1;
        waiter.end(outcomeOf(frame, waiter, this.#kind.protocol));
      } else if (frame.length < 12) {
        this.#malformed(`a message of ${frame.length} octets, 12 at least`);
        return;
      }
      // A whole message with another ID answers a query that was given up.
    }
  }

  #malformed(problem: string): void {
    this.#over = true;
    for (const waiter of [...this.#waiters.values()]) {
      waiter.end({ kind: 'malformed', problem, protocol: this.#kind.protocol });
    }
    this.#socket.destroy();
  }

  #endAll(): void {
    const { protocol } = this.#kind;
    const reason = this.#reason === null ? 'reset' : this.#kind.reasonOf(this.#reason);
    const detail = reason === 'untrusted' || reason === 'proxy' ? { detail: messageOf(this.#reason) } : {};
    for (const waiter of [...this.#waiters.values()]) {
      if (this.#frames.unfinished) {
        waiter.end({ kind: 'malformed', problem: 'the stream ended inside a message', protocol });
      } else if (this.#answers > 0 && reason === 'reset') {
        waiter.end({ kind: 'closed-early' });
      } else {
        waiter.end({ kind: 'unreachable', reason, protocol, ...detail });
      }
    }
  }
}

function outcomeOf(frame: Uint8Array, waiter: Waiter, protocol: Protocol): Exchange {
  const rttMs = performance.now() - waiter.sentAt;
  try {
    const message = decodeMessage(frame);
    return isResponseTo(waiter.query, message)
      ? { kind: 'response', message, protocol, rttMs, octets: frame.length }
      : { kind: 'malformed', problem: 'the message answers another question', protocol };
  } catch (error) {
    return { kind: 'malformed', problem: messageOf(error), protocol };
  }
}

function keyOf(server: Endpoint): string {
  return `${server.address} ${server.port}`;
}
