import { connect, type Socket } from 'node:net';
import { type SourceAddresses, sourceFor } from './routes.ts';
import type { Endpoint } from './world.ts';

/** The longest message, with its length before it (RFC 7766 section 8). */
const mostOctets = 65_535 + 2;

/** What a stream tells. */
export interface BulkStreamTaker {
  /** The connection stands. */
  opened(): void;
  /** A message came; its octets are good until this returns. */
  received(octets: Uint8Array): void;
  /** The connection is gone, or never came; nothing follows. */
  closed(): void;
}

/**
 * Connections over which very many queries go to one server each, many at once (RFC 7766 section 6.2.1.1).
 *
 * What is sent in one turn of the event loop leaves in one piece, and answers are read into one buffer that all connections
 * share, so that a query costs less than a datagram.
 */
export class BulkTcp {
  readonly #source: SourceAddresses;
  // No Buffer: parts of a plain array are made in half the time.
  readonly #buffer: Uint8Array = new Uint8Array(64 * 1024);
  readonly #streams = new Set<BulkStream>();
  #unsent: BulkStream[] = [];
  #isFlushing = false;

  constructor(source: SourceAddresses = {}) {
    this.#source = source;
  }

  /** Begins a connection to `server`. */
  open(server: Endpoint, taker: BulkStreamTaker): BulkStream {
    const localAddress = sourceFor(this.#source, server.address);
    const stream: BulkStream = new BulkStream(taker, {
      socket: onread =>
        connect({
          host: server.address,
          port: server.port,
          noDelay: true,
          ...(localAddress === undefined ? {} : { localAddress }),
          onread: { buffer: this.#buffer, callback: onread },
        }),
      unsent: () => this.#note(stream),
      over: () => this.#streams.delete(stream),
    });
    this.#streams.add(stream);
    return stream;
  }

  /** Connections that are open or being opened. */
  get size(): number {
    return this.#streams.size;
  }

  /** Closes every connection. */
  close(): void {
    for (const stream of [...this.#streams]) stream.close();
  }

  #note(stream: BulkStream): void {
    this.#unsent.push(stream);
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    setImmediate(() => {
      this.#isFlushing = false;
      const streams = this.#unsent;
      this.#unsent = [];
      for (const one of streams) one.flush();
    });
  }
}

interface BulkStreamParts {
  socket(onread: (count: number, buffer: Uint8Array) => boolean): Socket;
  unsent(): void;
  over(): void;
}

/** One connection. */
export class BulkStream {
  readonly #taker: BulkStreamTaker;
  readonly #parts: BulkStreamParts;
  readonly #socket: Socket;
  #out: Buffer = Buffer.alloc(4 * 1024);
  #outUsed = 0;
  /** The beginning of a message that goes on in the next piece. */
  #rest: Buffer = Buffer.alloc(0);
  #isOver = false;

  constructor(taker: BulkStreamTaker, parts: BulkStreamParts) {
    this.#taker = taker;
    this.#parts = parts;
    this.#socket = parts.socket((count, buffer) => {
      this.#read(buffer, count);
      return true;
    });
    this.#socket.unref();
    this.#socket.on('connect', () => taker.opened());
    this.#socket.on('error', () => this.close());
    this.#socket.on('end', () => this.close());
    this.#socket.on('close', () => this.close());
  }

  /** Sends a message, with what else is sent in this turn; the octets are copied. */
  send(octets: Uint8Array): void {
    if (this.#isOver) return;
    const end = this.#outUsed + 2 + octets.length;
    if (end > this.#out.length) this.#grow(end);
    if (this.#outUsed === 0) this.#parts.unsent();
    this.#out[this.#outUsed] = octets.length >> 8;
    this.#out[this.#outUsed + 1] = octets.length;
    this.#out.set(octets, this.#outUsed + 2);
    this.#outUsed = end;
  }

  #grow(least: number): void {
    const grown = Buffer.alloc(Math.max(least, 2 * this.#out.length));
    grown.set(this.#out.subarray(0, this.#outUsed));
    this.#out = grown;
  }

  /** Hands what was sent to the system. */
  flush(): void {
    if (this.#isOver || this.#outUsed === 0) return;
    this.#socket.write(Buffer.from(this.#out.subarray(0, this.#outUsed)));
    this.#outUsed = 0;
  }

  /** Ends the connection at once, and tells so; safe to repeat. */
  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#parts.over();
    this.#socket.destroy();
    this.#taker.closed();
  }

  #read(buffer: Uint8Array, count: number): void {
    if (this.#rest.length === 0) {
      this.#take(buffer, count);
      return;
    }
    const whole = Buffer.concat([this.#rest, buffer.subarray(0, count)]);
    this.#rest = Buffer.alloc(0);
    this.#take(whole, whole.length);
  }

  #take(octets: Uint8Array, end: number): void {
    let at = 0;
    while (at + 2 <= end && !this.#isOver) {
      const next = at + 2 + (((octets[at] ?? 0) << 8) | (octets[at + 1] ?? 0));
      if (next > end) break;
      this.#taker.received(octets.subarray(at + 2, next));
      at = next;
    }
    if (at < end && !this.#isOver) this.#rest = Buffer.from(octets.subarray(at, end));
    if (this.#rest.length > mostOctets) this.close();
  }
}
