import { type Message, makeResponse } from '../../src/dns/message.ts';
import { decodeMessage, encodeMessage } from '../../src/dns/wire.ts';
import { messageOf, ZonecutError } from '../../src/error.ts';
import { isResponseTo } from '../../src/world/matching.ts';
import type { Endpoint, Exchange, ExchangeOptions, Protocol, Transport } from '../../src/world/world.ts';
import { isFor } from './rpl-match.ts';
import { replyOctets } from './rpl-message.ts';
import type { Entry, Flavour, Range, Scenario, Step } from './rpl-scenario.ts';

/** A query that the resolver sent and that nothing answered yet. */
export interface Waiting {
  readonly query: Message;
  readonly address: string;
  readonly protocol: Protocol;
  readonly timeoutMs: number;
  readonly deadlineMs: number;
  /** It got something that no resolver takes for an answer: nothing more comes. */
  muted: boolean;
  readonly finish: (exchange: Exchange) => void;
}

/** What a network lets through. */
export interface NetworkOptions {
  readonly hasIpv4: boolean;
  readonly hasIpv6: boolean;
  /** Whether addresses of this machine are refused, as a World that is not offline does. */
  readonly isLoopbackShut: boolean;
  readonly nowMs: () => number;
}

/** The servers of a scenario: answers at once what the ranges answer, and leaves the rest waiting. */
export class ScriptedNetwork implements Transport {
  readonly #flavour: Flavour;
  readonly #ranges: readonly Range[];
  readonly #addresses: ReadonlySet<string>;
  readonly #oneShots: { readonly step: Step; readonly entry: Entry }[];
  readonly #hasIpv4: boolean;
  readonly #hasIpv6: boolean;
  readonly #isLoopbackShut: boolean;
  readonly #nowMs: () => number;
  /** In the order in which they were sent. */
  waiting: Waiting[] = [];
  /** Queries sent so far, one line each. */
  readonly sent: string[] = [];

  constructor(scenario: Scenario, options: NetworkOptions) {
    this.#flavour = scenario.flavour;
    // Unbound puts each range before the others, so that the last of the file is tried first.
    this.#ranges = this.#flavour === 'unbound' ? scenario.ranges.toReversed() : scenario.ranges;
    this.#addresses = new Set(scenario.ranges.flatMap(range => addressesOf(range, scenario.flavour)));
    this.#oneShots = scenario.steps.flatMap(step => {
      const { kind, entry } = step;
      const replies =
        entry !== null && (kind === 'REPLY' || (kind === 'CHECK_OUT_QUERY' && entry.adjust.has('copy_id')));
      return replies ? [{ step, entry }] : [];
    });
    this.#hasIpv4 = options.hasIpv4;
    this.#hasIpv6 = options.hasIpv6;
    this.#isLoopbackShut = options.isLoopbackShut;
    this.#nowMs = options.nowMs;
  }

  exchange(query: Message, server: Endpoint, options: ExchangeOptions): Promise<Exchange> {
    const { protocol = 'udp', timeoutMs, signal } = options;
    const { address } = server;
    const [question] = query.questions;
    this.sent.push(`${address} ${question?.name} ${question?.type}${protocol === 'tcp' ? ' tcp' : ''}`);
    if (this.#isLoopbackShut && isLoopback(address)) {
      const fault = new ZonecutError('ZC_ADDRESS_REFUSED', `${address} is not asked`, { hint: 'None.' });
      return Promise.reject(fault);
    }
    if (!(address.includes(':') ? this.#hasIpv6 : this.#hasIpv4)) {
      return Promise.resolve({ kind: 'unreachable', reason: 'no-route', protocol });
    }
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        query,
        address,
        protocol,
        timeoutMs,
        deadlineMs: this.#nowMs() + timeoutMs,
        muted: false,
        finish: exchange => {
          this.waiting = this.waiting.filter(other => other !== waiting);
          resolve(exchange);
        },
      };
      this.waiting.push(waiting);
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
  }

  /** Answers one query that the script has an answer for at step `stepId`; whether there was one. */
  answerOne(stepId: number): boolean {
    for (const waiting of this.waiting) {
      if (waiting.muted) continue;
      const octets = this.#octetsFor(waiting, stepId);
      if (octets === 'silence') {
        waiting.muted = true;
        return true;
      }
      if (octets !== null) {
        deliver(waiting, octets, this.#flavour);
        return true;
      }
    }
    return false;
  }

  /** Closes what one query was sent over. */
  static breakOff(waiting: Waiting): void {
    waiting.finish({ kind: 'unreachable', reason: 'refused', protocol: waiting.protocol });
  }

  /** Lets the wait for one query end in vain. */
  static expire(waiting: Waiting): void {
    waiting.finish({ kind: 'timeout', afterMs: waiting.timeoutMs, protocol: waiting.protocol });
  }

  /** What the script says to a query; null when it says nothing (yet). */
  #octetsFor({ query, address, protocol }: Waiting, stepId: number): Uint8Array | 'silence' | null {
    const isDeckard = this.#flavour === 'deckard';
    const isOpen = isDeckard && !this.#addresses.has(address);
    const ranges = this.#ranges.filter(range => {
      const addresses = addressesOf(range, this.#flavour);
      const isAddressed = isOpen || addresses.length === 0 || addresses.includes(address);
      return range.from <= stepId && stepId <= range.to && isAddressed;
    });
    // Deckard asks the first range that fits and no other.
    for (const range of isDeckard ? ranges.slice(0, 1) : ranges) {
      const entry = range.entries.find(candidate => isFor(candidate, query, protocol));
      if (entry !== undefined) return this.#reply(entry, query);
      if (isDeckard) return failure(query);
    }
    const shot = this.#oneShots.findIndex(
      ({ step, entry }) => step.id >= stepId && isFor(entry, query, protocol),
    );
    const [taken] = shot < 0 ? [] : this.#oneShots.splice(shot, 1);
    if (taken !== undefined) return this.#reply(taken.entry, query);
    return isDeckard ? failure(query) : null;
  }

  #reply(entry: Entry, query: Message): Uint8Array | 'silence' {
    if (entry.adjust.has('do_not_answer')) return 'silence';
    const isDeckard = this.#flavour === 'deckard';
    return replyOctets(entry, query, { edns: isDeckard ? 'as-query' : 'as-entry', echoSpelling: isDeckard });
  }
}

function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1';
}

function failure(query: Message): Uint8Array {
  return encodeMessage(makeResponse(query, 'SERVFAIL'));
}

/** Unbound keeps one address a range, the last; Deckard all of them. */
function addressesOf(range: Range, flavour: Flavour): readonly string[] {
  return flavour === 'unbound' ? range.addresses.slice(-1) : range.addresses;
}

/** Brings a reply to the one who waits; what is no answer for it is dropped, and the wait goes on. */
function deliver(waiting: Waiting, octets: Uint8Array, flavour: Flavour): void {
  const { query, protocol } = waiting;
  let message: Message;
  try {
    message = decodeMessage(octets);
  } catch (error) {
    if (protocol === 'tcp') waiting.finish({ kind: 'malformed', problem: messageOf(error), protocol });
    else waiting.muted = true;
    return;
  }
  // testbound looks at no question of a reply; over Deckard's sockets it has to be the same.
  const accepted = flavour === 'unbound' ? { ...message, id: query.id, questions: query.questions } : message;
  if (isResponseTo(query, accepted)) {
    waiting.finish({ kind: 'response', message: accepted, protocol, rttMs: 10, octets: octets.length });
  } else {
    waiting.muted = true;
  }
}
