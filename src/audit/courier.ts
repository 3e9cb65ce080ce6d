import { setMaxListeners } from 'node:events';
import { encodeMessage } from '../dns/wire.ts';
import { BulkUdp, Chance } from '../world/bulk-udp.ts';
import type { SourceAddresses } from '../world/routes.ts';
import type { Endpoint, World } from '../world/world.ts';
import type { AuditLimits } from './limits.ts';
import { type Asker, answers, headerOctets, Query, type Question } from './query.ts';
import { noteAnswer, noteSilence, type Server } from './servers.ts';
import { Streams } from './streams.ts';
import { tickMs } from './ticks.ts';

/** From where queries leave. */
export interface CourierOptions {
  readonly ports: 'single' | 'pool';
  readonly source: SourceAddresses;
}

/**
 * Carries queries as octets to servers and answers back, very many at once: retries, TCP when an answer is truncated or
 * nothing comes, patience with servers that are down, and the pace that a public address is owed.
 *
 * Time is counted in its own ticks: while the process is held up no query grows old, so that what has arrived is read first.
 */
export class Courier {
  readonly #world: World;
  readonly #limits: AuditLimits;
  readonly #udp: BulkUdp;
  readonly #streams: Streams;
  /** Whoever wants random ports fears forgers, and asks as if all servers were others'. */
  readonly #usesStreams: boolean;
  readonly #ids: Chance;
  readonly #underWay = new Map<number, Query>();
  readonly #idle: Query[] = [];
  /** Queries that wait for their server's pace, by server. */
  readonly #paced = new Map<Server, Query[]>();
  readonly #overTcp = new Set<Query>();
  readonly #stopped = new AbortController();
  #tick = 0;
  #fresh = 0;
  /** How many queries at their first try may be under way: what is lost says when it is too many. */
  #window: number;
  #answeredInTick = 0;
  /** Queries that wait for room, from `#nextQueued` on. */
  #queue: Query[] = [];
  #nextQueued = 0;
  #packets = 0;
  #strays = 0;
  #running: Promise<void> | null = null;
  /** Is called when queries that were at their first try have ended, so that others may begin. */
  onRoom: () => void = () => {};
  /** Says whether nobody else waits for answers: surveys and look-ups would wait for all that is read before theirs. */
  isAlone: () => boolean = () => true;

  constructor(world: World, { ports, source }: CourierOptions, limits: AuditLimits) {
    this.#world = world;
    this.#limits = limits;
    setMaxListeners(0, this.#stopped.signal);
    this.#window = limits.maxFreshQueries;
    this.#ids = new Chance(world.random);
    this.#usesStreams = ports === 'single';
    this.#streams = new Streams(
      source,
      limits,
      {
        answered: (query, octets) => this.#end(query, octets),
        failed: query => this.#toUdp(query),
      },
      () => this.#underWay.size === 0 && this.#overTcp.size === 0 && this.isAlone(),
    );
    this.#udp = new BulkUdp({
      ports,
      source,
      random: world.random,
      received: (octets, port, from) => this.#received(octets, port, from),
    });
  }

  /** Opens the ports. IPv6 is left out where the machine has none. Rejects with ZC_PORT. */
  async open(): Promise<void> {
    await this.#udp.open([4]);
    await this.#udp.open([6]).catch(() => {});
    this.#running ??= this.#run();
  }

  /** Closes the ports; nobody is told of what was under way. */
  async close(): Promise<void> {
    this.#stopped.abort();
    this.#streams.close();
    this.#udp.close();
    await this.#running;
  }

  /** Whether another query could go at once. */
  get hasRoom(): boolean {
    return (
      this.#fresh < this.#window &&
      this.#nextQueued === this.#queue.length &&
      this.#streams.underWay < this.#maxStreamQueries
    );
  }

  /** Whether several could: whoever waited for room is not to be called for each. */
  get hasMuchRoom(): boolean {
    return (
      this.hasRoom &&
      8 * this.#streams.underWay < 7 * this.#maxStreamQueries &&
      8 * this.#fresh < 7 * this.#window
    );
  }

  get #maxStreamQueries(): number {
    const { maxStreamQueries, maxStreamQueriesBeside } = this.#limits;
    return this.isAlone() ? maxStreamQueries : maxStreamQueriesBeside;
  }

  /** Packets sent so far. */
  get packets(): number {
    return this.#packets;
  }

  /** Responses that nobody waited for: late ones, seconds, and perhaps a forger's. */
  get strays(): number {
    return this.#strays;
  }

  /** Queries that wait for the pace of their server. */
  get paced(): number {
    let count = 0;
    for (const queries of this.#paced.values()) count += queries.length;
    return count;
  }

  /** Asks `server` the question, which has to stay as it is until `asker` was told. */
  ask(asker: Asker, tag: number, server: Server, question: Question): void {
    const query = this.#idle.pop() ?? new Query(server, question);
    query.asker = asker;
    query.tag = tag;
    query.server = server;
    query.question = question;
    query.tries = 0;
    query.octets = null;
    query.isFallback = false;
    const { pace } = server;
    if (pace !== null && (this.#paced.has(server) || !pace.take(this.#world.clock.elapsed()))) {
      const waiting = this.#paced.get(server);
      if (waiting === undefined) this.#paced.set(server, [query]);
      else waiting.push(query);
      return;
    }
    this.#sendFresh(query);
  }

  #sendFresh(query: Query): void {
    if (this.#usesStreams && this.#streams.take(query, this.#tick)) {
      this.#packets += 1;
      return;
    }
    if (this.#fresh >= this.#window || this.#nextQueued < this.#queue.length) {
      this.#queue.push(query);
      return;
    }
    this.#sendFirst(query);
  }

  /** A stream did not bring it. */
  #toUdp(query: Query): void {
    if (this.#stopped.signal.aborted) return;
    this.#queue.push(query);
    this.#sendQueued();
  }

  #sendQueued(): void {
    while (this.#fresh < this.#window && this.#nextQueued < this.#queue.length) {
      const query = this.#queue[this.#nextQueued];
      this.#nextQueued += 1;
      if (query !== undefined) this.#sendFirst(query);
    }
    if (this.#nextQueued === this.#queue.length && this.#nextQueued > 0) {
      this.#queue = [];
      this.#nextQueued = 0;
    }
  }

  #sendFirst(query: Query): void {
    query.server.asked += 1;
    query.isFresh = true;
    this.#fresh += 1;
    this.#send(query);
  }

  #send(query: Query): void {
    const { server } = query;
    query.tries += 1;
    this.#packets += 1;
    if (!this.#udp.has(server.family)) {
      // Without a port of the family the server is as good as silent; it is told of at the next tick.
      query.key = -1 - this.#packets;
      query.dueTick = this.#tick + 1;
      query.tries = this.#limits.maxTries;
      this.#underWay.set(query.key, query);
      return;
    }
    const port = this.#udp.pick(server.family);
    let key = port * 0x10000 + this.#ids.next();
    while (this.#underWay.has(key)) key = port * 0x10000 + this.#ids.next();
    this.#udp.send(port, query.datagram(key & 0xffff), server.endpoint);
    query.key = key;
    const ms =
      server.silences >= this.#limits.silencesUntilDown
        ? 2 * this.#limits.firstTryMs
        : this.#limits.firstTryMs * 2 ** (query.tries - 1);
    query.dueTick = this.#tick + Math.ceil(ms / tickMs);
    this.#underWay.set(key, query);
  }

  #received(octets: Uint8Array, port: number, from: Endpoint): void {
    if (octets.length < headerOctets) return;
    const query = this.#underWay.get(port * 0x10000 + (((octets[0] ?? 0) << 8) | (octets[1] ?? 0)));
    if (query === undefined) {
      this.#strays += 1;
      return;
    }
    const { endpoint } = query.server;
    if (from.port !== endpoint.port || from.address !== endpoint.address || !answers(octets, query)) {
      this.#strays += 1;
      return;
    }
    this.#takeBack(query);
    if (((octets[2] ?? 0) & 2) !== 0) {
      void this.#askOverTcp(query, octets);
      return;
    }
    this.#end(query, octets);
  }

  /** Takes the query out of those under way over UDP. */
  #takeBack(query: Query): void {
    this.#underWay.delete(query.key);
    if (query.key >= 0) this.#udp.settled(Math.floor(query.key / 0x10000));
    this.#notFresh(query);
  }

  #notFresh(query: Query): void {
    if (!query.isFresh) return;
    query.isFresh = false;
    this.#fresh -= 1;
  }

  #end(query: Query, octets: Uint8Array | null): void {
    const { server, asker, tag } = query;
    query.octets = octets;
    if (octets === null) noteSilence(server, this.#world.clock.elapsed());
    else {
      noteAnswer(server);
      this.#answeredInTick += 1;
    }
    query.asker = null;
    asker?.told(tag, query);
    query.octets = null;
    this.#idle.push(query);
    this.#sendQueued();
    this.onRoom();
  }

  /** Runs until it is closed: a tick at a time. */
  async #run(): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      await this.#world.clock.sleep(tickMs, signal).catch(() => {});
      if (signal.aborted) return;
      this.#tick += 1;
      this.#streams.expire(this.#tick);
      this.#expire();
      this.#sendPaced();
    }
  }

  #expire(): void {
    const overdue: Query[] = [];
    for (const query of this.#underWay.values()) {
      if (query.dueTick <= this.#tick) overdue.push(query);
    }
    this.#adapt(overdue);
    for (const query of overdue) {
      this.#takeBack(query);
      query.server.pace?.silent();
      const isDown = query.server.silences >= this.#limits.silencesUntilDown;
      if (!isDown && query.tries < this.#limits.maxTries) this.#send(query);
      else if (isDown || query.key < 0) {
        this.#end(query, null);
      } else void this.#askOverTcp(query, null);
    }
    this.#sendQueued();
    if (overdue.length > 0) this.onRoom();
  }

  /** Shrinks the window when more than a twentieth of what servers that do answer were asked is lost, and lets it grow again. */
  #adapt(overdue: readonly Query[]): void {
    const lost = overdue.filter(
      ({ isFresh, server }) => isFresh && server.hasAnswered && server.silences === 0,
    );
    const most = this.#limits.maxFreshQueries;
    if (20 * lost.length > this.#answeredInTick) this.#window = Math.max(most / 10, (3 * this.#window) / 4);
    else this.#window = Math.min(most, this.#window + 1);
    this.#answeredInTick = 0;
  }

  #sendPaced(): void {
    const nowMs = this.#world.clock.elapsed();
    for (const [server, queries] of this.#paced) {
      let sent = 0;
      while (sent < queries.length && server.pace?.take(nowMs) !== false) {
        const query = queries[sent];
        if (query !== undefined) this.#sendFresh(query);
        sent += 1;
      }
      queries.splice(0, sent);
      if (queries.length === 0) this.#paced.delete(server);
    }
  }

  /** Asks again over TCP; `fallback` is what came over UDP, and counts when nothing comes this way. */
  async #askOverTcp(query: Query, fallback: Uint8Array | null): Promise<void> {
    this.#overTcp.add(query);
    this.#packets += 1;
    const exchange = await this.#world.dns
      .exchange(query.question.asMessage(), query.server.plain, {
        protocol: 'tcp',
        timeoutMs: this.#limits.tcpMs,
        signal: this.#stopped.signal,
      })
      .catch(() => null);
    this.#overTcp.delete(query);
    if (this.#stopped.signal.aborted) return;
    if (exchange === null || exchange.kind !== 'response') {
      this.#end(query, fallback);
      return;
    }
    query.isFallback = true;
    this.#end(query, encodeMessage(exchange.message));
  }
}
