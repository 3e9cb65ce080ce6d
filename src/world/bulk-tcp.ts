import { connect, type Socket } from 'node:net';
import { Rest } from './rest.ts';
import { type SourceAddresses, sourceFor } from './routes.ts';
import type { Endpoint } from './world.ts';

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
  readonly #mayRest: () => boolean;
  readonly #rest = new Rest();
  #awaited = 0;
  #came = 0;

  /** `mayRest` says whether nothing but answers over these connections is waited for: then they are let gather. */
  constructor(source: SourceAddresses = {}, mayRest: () => boolean = () => false) {
    this.#source = source;
    this.#mayRest = mayRest;
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
      awaited: by => {
        this.#awaited += by;
        if (by < 0) this.#came -= by;
      },
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
      if (this.#mayRest()) this.#rest.take(this.#came, this.#awaited);
      this.#came = 0;
    });
  }
}

interface BulkStreamParts {
  socket(onread: (count: number, buffer: Uint8Array) => boolean): Socket;
  unsent(): void;
  /** So many more answers are awaited. */
  awaited(by: number): void;
  over(): void;
}

/** One connection. */
export class BulkStream {
  readonly #taker: BulkStreamTaker;
  readonly #parts: BulkStreamParts;
  readonly #socket: Socket;
  #out = new Uint8Array(4 * 1024);
  #outUsed = 0;
  /** The beginning of a message that goes on in the next piece. */
  #rest = new Uint8Array(0);
  #restUsed = 0;
  #isOver = false;
  #awaited = 0;

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

  /** Sends the message in the first `length` octets, with `id` in place of its own and with what else is sent in this turn; it is copied. */
  send(octets: Uint8Array, length: number, id: number): void {
    if (this.#isOver) return;
    const start = this.#outUsed;
    const end = start + 2 + length;
    if (end > this.#out.length) this.#grow(end);
    if (start === 0) this.#parts.unsent();
    const out = this.#out;
    out[start] = length >> 8;
    out[start + 1] = length;
    out[start + 2] = id >> 8;
    out[start + 3] = id;
    for (let at = 2; at < length; at += 1) out[start + 2 + at] = octets[at] ?? 0;
    this.#outUsed = end;
    this.#count(1);
  }

  #count(by: number): void {
    this.#awaited += by;
    this.#parts.awaited(by);
  }

  #grow(least: number): void {
    const grown = new Uint8Array(Math.max(least, 2 * this.#out.length));
    grown.set(this.#out.subarray(0, this.#outUsed));
    this.#out = grown;
  }

  /** Hands what was sent to the system. */
  flush(): void {
    if (this.#isOver || this.#outUsed === 0) return;
    this.#socket.write(this.#out.subarray(0, this.#outUsed));
    this.#outUsed = 0;
    // What the system did not take at once is sent out of these octets later.
    if (this.#socket.writableLength > 0) this.#out = new Uint8Array(4 * 1024);
  }

  /** Ends the connection at once, and tells so; safe to repeat. */
  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#count(-this.#awaited);
    this.#parts.over();
    this.#socket.destroy();
    this.#taker.closed();
  }

  #read(octets: Uint8Array, end: number): void {
    let at = this.#restUsed > 0 ? this.#complete(octets, end) : 0;
    while (at + 2 <= end && !this.#isOver) {
      const next = at + 2 + (((octets[at] ?? 0) << 8) | (octets[at + 1] ?? 0));
      if (next > end) break;
      this.#message(octets, at, next);
      at = next;
    }
    if (at < end && !this.#isOver) this.#keep(octets, at, end);
  }

  /** Goes on with the message that the piece before began; gives where the next one begins. */
  #complete(octets: Uint8Array, end: number): number {
    const lengthEnd = Math.min(end, Math.max(0, 2 - this.#restUsed));
    this.#keep(octets, 0, lengthEnd);
    if (this.#restUsed < 2) return lengthEnd;
    const whole = 2 + (((this.#rest[0] ?? 0) << 8) | (this.#rest[1] ?? 0));
    const next = Math.min(end, lengthEnd + whole - this.#restUsed);
    this.#keep(octets, lengthEnd, next);
    if (this.#restUsed === whole) {
      this.#restUsed = 0;
      this.#message(this.#rest, 0, whole);
    }
    return next;
  }

  /** Adds to the beginning of a message. */
  #keep(octets: Uint8Array, from: number, to: number): void {
    const end = this.#restUsed + to - from;
    if (end > this.#rest.length) {
      const grown = new Uint8Array(Math.max(end, 2 * this.#rest.length));
      grown.set(this.#rest.subarray(0, this.#restUsed));
      this.#rest = grown;
    }
    for (let at = from; at < to; at += 1) this.#rest[this.#restUsed + at - from] = octets[at] ?? 0;
    this.#restUsed = end;
  }

  /** Tells of the message that stands there with its length before it (RFC 7766 section 8). */
  #message(octets: Uint8Array, from: number, to: number): void {
    if (this.#awaited > 0) this.#count(-1);
    this.#taker.received(octets.subarray(from + 2, to));
  }
}
