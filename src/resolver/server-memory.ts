import { BoundedMap } from './bounded.ts';
import { defaultLimits, type Limits } from './limits.ts';
import type { Asked } from './query.ts';

interface Remembered {
  /** Smoothed round-trip time; null before the first answer. */
  readonly srttMs: number | null;
  readonly variationMs: number;
  readonly timeoutsInARow: number;
  /** When the last answer came, or the last timeout that counted was over. */
  readonly heardAtMs: number;
  readonly downUntilMs: number;
  readonly knowsEdns: boolean;
  /** Until when it is asked over TCP, as it gave no answer in the letters of the query. */
  readonly losesCaseUntilMs: number;
}

const stranger: Remembered = {
  srttMs: null,
  variationMs: 0,
  timeoutsInARow: 0,
  heardAtMs: Number.NEGATIVE_INFINITY,
  downUntilMs: Number.NEGATIVE_INFINITY,
  knowsEdns: true,
  losesCaseUntilMs: Number.NEGATIVE_INFINITY,
};

/** How name servers behave, by address: how fast they are, whether they are silent, whether they know EDNS. */
export class ServerMemory {
  /** Each weighs 1. */
  readonly #servers: BoundedMap<Remembered>;
  readonly #limits: Limits;
  /** Until when a family of addresses, from which no answer ever came, has no route from here. */
  readonly #noRouteUntilMs = { 4: Number.NEGATIVE_INFINITY, 6: Number.NEGATIVE_INFINITY };
  readonly #answered = { 4: false, 6: false };

  constructor(limits: Limits = defaultLimits) {
    this.#limits = limits;
    this.#servers = new BoundedMap(limits.maxServersRemembered);
  }

  /** Milliseconds to wait for the next answer of `address` when it was silent `tries` times to the same question. */
  timeoutFor(address: string, tries: number): number {
    const { srttMs, variationMs } = this.#of(address);
    const first = srttMs === null ? this.#limits.firstTimeoutMs : srttMs + 4 * variationMs;
    const bounded = Math.max(first, this.#limits.minTimeoutMs);
    return Math.ceil(Math.min(bounded * 2 ** tries, this.#limits.maxTimeoutMs));
  }

  /** Milliseconds that an answer of `address` is likely to take: the smaller, the sooner it is asked. */
  expectedMs(address: string): number {
    return this.#of(address).srttMs ?? 0;
  }

  /** Whether `address` was silent too often of late, or its family has no route. */
  isDown(address: string, nowMs: number): boolean {
    return this.#of(address).downUntilMs > nowMs || this.#noRouteUntilMs[familyOf(address)] > nowMs;
  }

  /** False when `address` answered a query without EDNS only. */
  knowsEdns(address: string): boolean {
    return this.#of(address).knowsEdns;
  }

  /** Whether `address` did not echo mixed letters of late, and answered over TCP. */
  losesCase(address: string, nowMs: number): boolean {
    return this.#of(address).losesCaseUntilMs > nowMs;
  }

  /** Takes what came of asking a server. */
  learn(asked: Asked, nowMs: number): void {
    const { address } = asked.server;
    const before = this.#of(address);
    const { exchange, attempts } = asked;
    if (attempts.length === 0) {
      // Whoever sent the query has learned from it.
      return;
    }
    switch (exchange.kind) {
      case 'response': {
        const sample = exchange.rttMs;
        this.#answered[familyOf(address)] = true;
        this.#noRouteUntilMs[familyOf(address)] = Number.NEGATIVE_INFINITY;
        const off = before.srttMs === null ? sample / 2 : Math.abs(before.srttMs - sample);
        this.#set(address, {
          srttMs: before.srttMs === null ? sample : 0.875 * before.srttMs + 0.125 * sample,
          variationMs: before.srttMs === null ? off : 0.75 * before.variationMs + 0.25 * off,
          timeoutsInARow: 0,
          heardAtMs: nowMs,
          downUntilMs: Number.NEGATIVE_INFINITY,
          losesCaseUntilMs: attempts.some(({ mixedCase, outcome }) => mixedCase && outcome === 'timeout')
            ? nowMs + this.#limits.downMs
            : before.losesCaseUntilMs,
          knowsEdns: before.knowsEdns && !(wasHelped(asked) && attempts.length > 1),
        });
        return;
      }
      case 'timeout': {
        // Queries that were under way at once are silent for one reason: a pause of the server is no sign that it is down.
        if (nowMs - exchange.afterMs < before.heardAtMs) {
          return;
        }
        const timeoutsInARow = before.timeoutsInARow + 1;
        const down = timeoutsInARow >= this.#limits.timeoutsUntilDown;
        this.#set(address, {
          ...before,
          timeoutsInARow,
          heardAtMs: nowMs,
          downUntilMs: down ? nowMs + this.#limits.downMs : before.downUntilMs,
        });
        return;
      }
      case 'unreachable':
        if (asked.verdict.kind !== 'address-refused') {
          const downUntilMs = nowMs + this.#limits.downMs;
          this.#set(address, { ...before, downUntilMs });
          if (exchange.reason === 'no-route' && !this.#answered[familyOf(address)]) {
            this.#noRouteUntilMs[familyOf(address)] = downUntilMs;
          }
        }
        return;
      case 'malformed':
        return;
    }
  }

  #of(address: string): Remembered {
    return this.#servers.get(address) ?? stranger;
  }

  #set(address: string, remembered: Remembered): void {
    this.#servers.set(address, remembered, 1);
  }
}

/** Whether leaving EDNS out brought an answer: a name that is an error either way says nothing about EDNS. */
function wasHelped({ attempts, verdict }: Asked): boolean {
  return attempts.at(-1)?.edns === false && verdict.kind !== 'error';
}

function familyOf(address: string): 4 | 6 {
  return address.includes(':') ? 6 : 4;
}
