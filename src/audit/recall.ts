import type { Message } from '../dns/message.ts';
import { isBelow, type Name } from '../dns/name.ts';
import type { Clock, Endpoint, Exchange, ExchangeOptions, Transport } from '../world/world.ts';
import type { AuditLimits } from './limits.ts';
import type { Turns } from './lookups.ts';
import { noteAnswer, type Server, type Servers } from './servers.ts';

/** Milliseconds between two looks at whether a server may be asked. */
const waitMs = 20;

/** Milliseconds between two questions to a server that is down. */
const probeMs = 1_000;

/** The most that a timeout is lengthened to where answers take long, in milliseconds. */
const maxPatienceMs = 6_000;

function mayProbe(server: Server, nowMs: number): boolean {
  if (nowMs - server.probedAtMs < probeMs) return false;
  server.probedAtMs = nowMs;
  return true;
}

/** What the transport of an audit knows of servers beside their answers. */
export interface PoliteSettings {
  readonly clock: Clock;
  readonly servers: Servers;
  readonly limits: AuditLimits;
  /** Whose turn it is to ask: more at once than the process can keep up with would look like silence. */
  readonly turns: Turns;
}

/**
 * `transport` at the pace that each public address is owed; a server that was silent to name after name is asked once a second,
 * and taken to be silent again to what else it would be asked.
 */
export function polite(transport: Transport, { clock, servers, limits, turns }: PoliteSettings): Transport {
  // The slowest answer of late: on a machine that has no time, what is on its way is not silence.
  let slowMs = 0;
  return {
    exchange: async (query, to, options) => {
      const server = servers.named(to.address);
      if (server.silences >= limits.silencesUntilDown && !mayProbe(server, clock.elapsed())) {
        return { kind: 'timeout', afterMs: options.timeoutMs, protocol: options.protocol ?? 'udp' };
      }
      while (server.pace !== null && !server.pace.take(clock.elapsed())) {
        await clock.sleep(waitMs, options.signal);
      }
      const exchange = await turns.take(() => {
        const timeoutMs = Math.max(options.timeoutMs, Math.min(maxPatienceMs, 4 * slowMs));
        return transport.exchange(query, to, { ...options, timeoutMs });
      });
      if (exchange.kind === 'response') {
        slowMs = Math.max(exchange.rttMs, (31 * slowMs) / 32);
        noteAnswer(server);
      }
      if (exchange.kind === 'timeout') server.pace?.silent();
      return exchange;
    },
  };
}

/**
 * `transport` with a memory for what is asked on the way to a cut: the same question to the same server is asked once for all
 * cuts below it. Questions at `cut` and below always go out.
 */
export class WayMemory {
  readonly #kept = new Map<string, { readonly exchange: Promise<Exchange>; readonly untilMs: number }>();
  readonly #clock: Clock;
  readonly #limits: AuditLimits;

  constructor(clock: Clock, limits: AuditLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** The transport for the survey of one cut. */
  transportFor(cut: Name, transport: Transport): Transport {
    return {
      exchange: (query, server, options) => {
        const name = query.questions[0]?.name;
        return name === undefined || !isBelow(cut, name)
          ? transport.exchange(query, server, options)
          : this.#recall(query, server, options, transport);
      },
    };
  }

  #recall(
    query: Message,
    server: Endpoint,
    options: ExchangeOptions,
    transport: Transport,
  ): Promise<Exchange> {
    const [question] = query.questions;
    const dnssecOk = query.edns === null ? 'none' : query.edns.dnssecOk;
    const key = `${question?.name} ${question?.type} ${server.address} ${server.port} ${options.protocol} ${dnssecOk}`;
    const nowMs = this.#clock.elapsed();
    const kept = this.#kept.get(key);
    if (kept !== undefined && kept.untilMs > nowMs) return kept.exchange;
    const exchange = transport.exchange(query, server, options);
    this.#kept.delete(key);
    if (this.#kept.size >= this.#limits.maxParentsKnown) {
      const oldest = this.#kept.keys().next();
      if (oldest.done !== true) this.#kept.delete(oldest.value);
    }
    this.#kept.set(key, { exchange, untilMs: nowMs + this.#limits.parentMs });
    // What failed is asked again by the next.
    exchange.then(
      ({ kind }) => kind === 'response' || this.#kept.delete(key),
      () => this.#kept.delete(key),
    );
    return exchange;
  }
}
