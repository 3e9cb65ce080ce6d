import { createSocket, type Socket } from 'node:dgram';
import { connect } from 'node:net';
import { type Message, makeQuery } from '../../src/dns/message.ts';
import { parseName } from '../../src/dns/name.ts';
import { decodeMessage, encodeMessage } from '../../src/dns/wire.ts';
import { FrameReader, framed } from '../../src/world/framing.ts';
import type { Endpoint, Random } from '../../src/world/world.ts';
import { addressIn, aliasesPerZone, brokenZones, hostsPerZone, targetOf, zoneCount } from './internet.ts';
import { Latencies } from './latencies.ts';

/** What a client saw. */
export interface Seen {
  sent: number;
  overTcp: number;
  answered: number;
  unanswered: number;
  /** Answers that say something else than the zones do; the first few as text. */
  readonly wrong: string[];
  wrongs: number;
  readonly rcodes: Map<string, number>;
  readonly latencies: Latencies;
}

/** How a client asks. */
export interface LoadOptions {
  /** Questions under way at once. */
  readonly outstanding: number;
  /** Milliseconds after which a question counts as unanswered. */
  readonly patienceMs: number;
  /** One question of so many goes over TCP, on a connection of its own. */
  readonly tcpEvery: number;
  readonly random: Random;
}

interface Asked {
  readonly name: string;
  readonly type: string;
  /** What is right, but for SERVFAIL, which is right as long as servers are away. */
  readonly right: (response: Message) => boolean;
}

interface Pending {
  readonly asked: Asked;
  readonly sentAtMs: number;
}

const socketCount = 16;

/** A client that keeps as many questions under way as it may, until the signal; then it waits for the last answers. */
export class Load {
  readonly seen: Seen = {
    ...{ sent: 0, overTcp: 0, answered: 0, unanswered: 0, wrong: [], wrongs: 0 },
    rcodes: new Map(),
    latencies: new Latencies(),
  };
  readonly #server: Endpoint;
  readonly #options: LoadOptions;
  readonly #sockets: { readonly socket: Socket; readonly pending: Map<number, Pending> }[] = [];
  #underWay = 0;
  #nextId = 0;
  #unique = 0;

  constructor(server: Endpoint, options: LoadOptions) {
    this.#server = server;
    this.#options = options;
  }

  /** Asks until the signal. */
  async run(signal: AbortSignal): Promise<void> {
    for (let count = 0; count < socketCount; count += 1) this.#sockets.push(await this.#open());
    const sweep = setInterval(() => this.#sweep(), 250);
    const fill = setInterval(() => this.#fill(signal), 2);
    try {
      while (!signal.aborted || this.#underWay > 0) await new Promise(resolve => setTimeout(resolve, 50));
    } finally {
      clearInterval(sweep);
      clearInterval(fill);
      for (const { socket } of this.#sockets) socket.close();
    }
  }

  async #open(): Promise<{ readonly socket: Socket; readonly pending: Map<number, Pending> }> {
    const socket = createSocket({ type: 'udp4', recvBufferSize: 4 * 1024 * 1024 });
    const pending = new Map<number, Pending>();
    socket.on('message', octets => {
      const response = decodeMessage(octets);
      const waiting = pending.get(response.id);
      if (waiting === undefined) return;
      pending.delete(response.id);
      this.#take(waiting, response);
    });
    await new Promise<void>(resolve => socket.connect(this.#server.port, this.#server.address, resolve));
    return { socket, pending };
  }

  #fill(signal: AbortSignal): void {
    // No more than a part at a time, so that no buffer of the kernel overflows: what it drops nobody could answer.
    for (
      let burst = 0;
      burst < 64 && !signal.aborted && this.#underWay < this.#options.outstanding;
      burst += 1
    ) {
      this.#send();
    }
  }

  #send(): void {
    const place = this.#sockets[this.seen.sent % socketCount];
    if (place === undefined) return;
    const asked = this.#next();
    // At full load the IDs come round while slow questions still wait.
    while (place.pending.has(this.#nextId)) this.#nextId = (this.#nextId + 1) % 65_536;
    const id = this.#nextId;
    this.#nextId = (id + 1) % 65_536;
    const query = makeQuery(parseName(asked.name), asked.type, { recursionDesired: true, id });
    const waiting = { asked, sentAtMs: performance.now() };
    this.seen.sent += 1;
    this.#underWay += 1;
    if (this.seen.sent % this.#options.tcpEvery === 0) {
      this.seen.overTcp += 1;
      this.#sendOverTcp(encodeMessage(query), waiting);
      return;
    }
    place.pending.set(id, waiting);
    place.socket.send(encodeMessage(query));
  }

  #sendOverTcp(octets: Uint8Array, waiting: Pending): void {
    const reader = new FrameReader();
    const socket = connect(this.#server.port, this.#server.address, () => socket.write(framed(octets)));
    let response: Message | null = null;
    socket.setTimeout(this.#options.patienceMs, () => socket.destroy());
    socket.on('data', chunk => {
      const [message] = reader.push(chunk);
      if (message === undefined) return;
      response = decodeMessage(message);
      socket.destroy();
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      if (response === null) this.#lose(waiting);
      else this.#take(waiting, response);
    });
  }

  #take({ asked, sentAtMs }: Pending, response: Message): void {
    const { seen } = this;
    this.#underWay -= 1;
    seen.answered += 1;
    seen.latencies.add(performance.now() - sentAtMs);
    seen.rcodes.set(response.rcode, (seen.rcodes.get(response.rcode) ?? 0) + 1);
    if (response.rcode === 'SERVFAIL' || asked.right(response)) return;
    seen.wrongs += 1;
    const data = response.answer.map(record => record.data).join(' ');
    if (seen.wrong.length < 5) seen.wrong.push(`${asked.name} ${asked.type}: ${response.rcode} ${data}`);
  }

  #lose({ asked }: Pending): void {
    this.#underWay -= 1;
    this.seen.unanswered += 1;
    if (this.seen.wrong.length < 5) this.seen.wrong.push(`${asked.name} ${asked.type}: no answer`);
  }

  #sweep(): void {
    const before = performance.now() - this.#options.patienceMs;
    for (const { pending } of this.#sockets) {
      for (const [id, waiting] of pending) {
        if (waiting.sentAtMs > before) continue;
        pending.delete(id);
        this.#lose(waiting);
      }
    }
  }

  /** A question by chance: mostly hosts, then names and types that are not there, aliases, zones that are broken. */
  #next(): Asked {
    const { random } = this.#options;
    const zone = random.below(zoneCount);
    const kind = random.below(100);
    if (kind < 70) {
      const host = random.below(hostsPerZone);
      return hostQuestion(zone, host);
    }
    if (kind < 82) {
      const alias = random.below(aliasesPerZone);
      const target = targetOf(zone, alias);
      const address = addressIn(target.zone, target.host);
      const right = (response: Message): boolean =>
        response.rcode === 'NOERROR' && response.answer.length === 2 && response.answer[1]?.data === address;
      return { name: `c${alias}.z${zone}.soak.`, type: 'A', right };
    }
    if (kind < 90) {
      const name = `n${random.below(30)}.z${zone}.soak.`;
      return { name, type: 'A', right: response => response.rcode === 'NXDOMAIN' };
    }
    if (kind < 94) {
      // Never the same again: the cache fills up, and has to let go of something.
      this.#unique += 1;
      const name = `u${this.#unique}.z${zone}.soak.`;
      return { name, type: 'A', right: response => response.rcode === 'NXDOMAIN' };
    }
    if (kind < 98) {
      const name = `h${random.below(20)}.z${zone}.soak.`;
      const right = (response: Message): boolean =>
        response.rcode === 'NOERROR' && response.answer.length === 0;
      return { name, type: 'MX', right };
    }
    const broken = brokenZones[random.below(brokenZones.length)] ?? '';
    // Many names, as each failure is remembered for a while.
    return { name: `x${random.below(100)}.${broken}`, type: 'A', right: () => false };
  }
}

function hostQuestion(zone: number, host: number): Asked {
  const address = addressIn(zone, host);
  const right = (response: Message): boolean =>
    response.rcode === 'NOERROR' && response.answer.length === 1 && response.answer[0]?.data === address;
  return { name: `h${host}.z${zone}.soak.`, type: 'A', right };
}
