import type { Name } from '../dns/name.ts';
import type { RRType } from '../dns/rrset.ts';
import type { Verdict } from '../resolver/classify.ts';
import type { LimitFired, Limits } from '../resolver/limits.ts';
import { askServer } from '../resolver/query.ts';
import type { Exchange, Protocol, World } from '../world/world.ts';
import type { Observation } from './facts.ts';
import type { Server } from './view.ts';

/** How an `Asker` asks. */
export interface AskerOptions {
  /** The port of every server. */
  readonly port: number;
  readonly limits: Limits;
  readonly signal?: AbortSignal | undefined;
}

/** An observation, and what it means for the zone whose server was asked. */
export interface Observed {
  readonly seen: Observation;
  readonly verdict: Verdict | { readonly kind: 'over-limit' };
}

/** Milliseconds for the first packet over UDP; the second has twice as many, so that a silent server costs 1.8 seconds. */
const firstTimeoutMs = 600;
/** Milliseconds for a query over TCP, the connection included. */
const tcpTimeoutMs = 1800;
/** Packets that one question may take: two tries, one over TCP, one without EDNS. */
const maxAttempts = 4;

/** Asks servers on behalf of one survey, counts the packets and stops at `maxCheckQueries`. */
export class Asker {
  readonly #world: World;
  readonly #options: AskerOptions;
  readonly #fired: LimitFired[] = [];
  #packets = 0;

  constructor(world: World, options: AskerOptions) {
    this.#world = world;
    this.#options = options;
  }

  /** Packets sent so far. */
  get packets(): number {
    return this.#packets;
  }

  /** The limits that were reached, each once for each thing. */
  get fired(): readonly LimitFired[] {
    return this.#fired;
  }

  /** Notes that a limit cut something short. */
  fire(limit: LimitFired['limit'], at: string): void {
    if (!this.#fired.some(fired => fired.limit === limit && fired.at === at)) {
      this.#fired.push({ limit, value: this.#options.limits[limit], at });
    }
  }

  /** Counts one packet that somebody else sends for this survey; why it is not to be sent, null when it is. */
  spend(name: Name, type: RRType): string | null {
    const why = this.#reached(name, type);
    this.#packets += why === null ? 1 : 0;
    return why;
  }

  #reached(name: Name, type: RRType): string | null {
    const { maxCheckQueries } = this.#options.limits;
    if (this.#packets < maxCheckQueries) {
      return null;
    }
    this.fire('maxCheckQueries', `${name} ${type}`);
    return `not asked: the limit of ${maxCheckQueries} packets is reached`;
  }

  /** Asks `server`, as one of `zone`, without recursion and with DO. Rejects only with the signal's reason. */
  async ask(
    server: Server,
    zone: Name,
    name: Name,
    type: RRType,
    protocol: Protocol = 'udp',
  ): Promise<Observed> {
    const { port, limits, signal } = this.#options;
    const question = { name, type };
    const why = this.#reached(name, type);
    if (why !== null) {
      return {
        seen: { server, question, exchange: { kind: 'not-asked', why }, packets: 0 },
        verdict: { kind: 'over-limit' },
      };
    }
    const { exchange, verdict, attempts } = await askServer(
      this.#world,
      { address: server.address, port },
      question,
      {
        zone,
        limits,
        protocol,
        maxAttempts,
        timeoutMs: protocol === 'tcp' ? tcpTimeoutMs : firstTimeoutMs,
        tries: protocol === 'tcp' ? 1 : 2,
        dnssecOk: true,
        noteElsewhere: true,
        signal,
      },
    );
    this.#packets += attempts.length;
    const seen: Observation = {
      server,
      question,
      exchange:
        verdict.kind === 'address-refused'
          ? { kind: 'not-asked', why: 'not asked: no public name server can be at this address' }
          : kept(exchange),
      packets: attempts.length,
    };
    const isBare = exchange.kind === 'response' && attempts.at(-1)?.edns === false;
    return { seen: isBare ? { ...seen, withoutEdns: true } : seen, verdict };
  }
}

/** The exchange as JSON can hold it. */
export function kept(exchange: Exchange): Exchange {
  if (exchange.kind !== 'response' || exchange.message.edns === null) {
    return exchange;
  }
  const { message } = exchange;
  return { ...exchange, message: { ...message, edns: { ...exchange.message.edns, options: [] } } };
}
