import { type BulkStream, BulkTcp } from '../world/bulk-tcp.ts';
import type { SourceAddresses } from '../world/routes.ts';
import type { AuditLimits } from './limits.ts';
import { answers, headerOctets, type Query } from './query.ts';
import type { Server } from './servers.ts';
import { tickMs } from './ticks.ts';

/** Ticks between two looks at what is late over a stream, where hardly anything ever is. */
const lookTicks = 10;

/** Who is told what became of queries that a stream took. */
export interface StreamTaker {
  answered(query: Query, octets: Uint8Array): void;
  /** Nothing came this way. */
  failed(query: Query): void;
}

/**
 * Connections to servers that are asked very much and may be asked at full speed: the parent of many names, above all.
 *
 * A server gets one after `queriesUntilStream` queries over UDP that it answers, and keeps it while it answers over it; one that
 * does not is asked over UDP from then on. TC is not looked at: over TCP it means nothing.
 */
export class Streams {
  readonly #tcp: BulkTcp;
  readonly #limits: AuditLimits;
  readonly #taker: StreamTaker;
  readonly #streams = new Map<Server, Stream>();
  #underWay = 0;

  /** `mayRest`: see `BulkTcp`. */
  constructor(source: SourceAddresses, limits: AuditLimits, taker: StreamTaker, mayRest: () => boolean) {
    this.#tcp = new BulkTcp(source, mayRest);
    this.#limits = limits;
    this.#taker = taker;
  }

  /** Queries under way over all of them. */
  get underWay(): number {
    return this.#underWay;
  }

  /** Sends the query, if its server has a stream that is good; opens one where it pays. */
  take(query: Query, tick: number): boolean {
    const { server } = query;
    if (server.pace !== null || server.asked < this.#limits.queriesUntilStream) return false;
    const stream = this.#streams.get(server) ?? this.#open(server);
    return stream?.take(query, tick) ?? false;
  }

  #open(server: Server): Stream | null {
    if (!server.hasAnswered || this.#streams.size >= this.#limits.maxStreams) return null;
    const stream: Stream = new Stream(this.#taker, by => {
      this.#underWay += by;
    });
    this.#streams.set(server, stream);
    stream.open(this.#tcp, server);
    return stream;
  }

  /** Ends what has waited too long at `tick`: queries go back, and a stream that brought nothing at all is closed. */
  expire(tick: number): void {
    if (this.#underWay === 0 || tick % lookTicks !== 0) return;
    const earliest = tick - Math.ceil(this.#limits.tcpMs / tickMs);
    for (const stream of this.#streams.values()) stream.expire(earliest);
  }

  /** Closes all of them. */
  close(): void {
    this.#tcp.close();
  }
}

class Stream {
  readonly #taker: StreamTaker;
  readonly #count: (by: number) => void;
  readonly #underWay = new Map<number, Query>();
  #stream: BulkStream | null = null;
  #state: 'opening' | 'unproven' | 'good' | 'closed' = 'opening';
  #id = 0;
  /** The tick of the last query that was answered, by when it was sent. */
  #answeredTick = 0;

  constructor(taker: StreamTaker, count: (by: number) => void) {
    this.#taker = taker;
    this.#count = count;
  }

  open(tcp: BulkTcp, server: Server): void {
    this.#stream = tcp.open(server.endpoint, {
      opened: () => {
        if (this.#state === 'opening') this.#state = 'unproven';
      },
      received: octets => this.#received(octets),
      closed: () => this.#closed(),
    });
  }

  /** Until the first answer one query is under way at most: a server may take connections and not read them. */
  take(query: Query, tick: number): boolean {
    if (this.#state !== 'good' && (this.#state !== 'unproven' || this.#underWay.size > 0)) return false;
    if (this.#underWay.size > 0xf000) return false;
    do this.#id = (this.#id + 1) & 0xffff;
    while (this.#underWay.has(this.#id));
    query.dueTick = tick;
    this.#underWay.set(this.#id, query);
    this.#count(1);
    this.#stream?.send(query.question.message, query.question.length, this.#id);
    return true;
  }

  #received(octets: Uint8Array): void {
    if (octets.length < headerOctets) return;
    const id = ((octets[0] ?? 0) << 8) | (octets[1] ?? 0);
    const query = this.#underWay.get(id);
    if (query === undefined || !answers(octets, query)) return;
    this.#state = 'good';
    this.#answeredTick = query.dueTick;
    this.#underWay.delete(id);
    this.#count(-1);
    this.#taker.answered(query, octets);
  }

  /** Gives back queries that were sent before tick `earliest`. */
  expire(earliest: number): void {
    const late: number[] = [];
    for (const [id, { dueTick }] of this.#underWay) {
      if (dueTick < earliest) late.push(id);
    }
    if (late.length === 0) return;
    if (this.#state !== 'good' || this.#answeredTick < earliest) {
      this.#stream?.close();
      return;
    }
    for (const id of late) this.#giveBack(id);
  }

  #giveBack(id: number): void {
    const query = this.#underWay.get(id);
    if (query === undefined) return;
    this.#underWay.delete(id);
    this.#count(-1);
    this.#taker.failed(query);
  }

  #closed(): void {
    this.#state = 'closed';
    for (const id of [...this.#underWay.keys()]) this.#giveBack(id);
  }
}
