import { type Message, makeQuery } from '../dns/message.ts';
import { groupRecords, type RRset, sameData } from '../dns/rrset.ts';
import type { TraceOutcome } from '../resolver/agreement.ts';
import type { Wanted } from '../resolver/scrub.ts';
import type { Endpoint, Exchange, Protocol, Transport } from '../world/world.ts';

/** A recursive resolver that is asked beside a walk of our own. */
export interface ViaResolver {
  /** As the user wrote it. */
  readonly text: string;
  readonly transport: Transport;
  readonly server: Endpoint;
  /** `udp` goes over to TCP on truncation. */
  readonly protocol: Protocol;
}

/** What a resolver said, compared with what the authoritative servers do. */
export interface ViaAnswer {
  readonly resolver: string;
  readonly protocol: Protocol;
  /** The response code; null without a response. */
  readonly rcode: string | null;
  /** The answer section, with what the resolver has left of the TTLs. */
  readonly rrsets: readonly RRset[];
  /** Whether the resolver says that it validated the answer (AD). */
  readonly authenticated: boolean;
  readonly rttMs: number | null;
  /** Why there is no response; null when there is one. */
  readonly problem: string | null;
  /** Whether it is what the walk ended with, TTLs apart; null when that cannot be told. */
  readonly agrees: boolean | null;
}

/** Asks `via` what a walk ended at `outcome` with. Rejects only with `signal.reason`. */
export async function askVia(
  via: ViaResolver,
  question: Wanted,
  outcome: TraceOutcome,
  options: { readonly timeoutMs: number; readonly signal?: AbortSignal },
): Promise<ViaAnswer> {
  const query = makeQuery(question.name, question.type, { recursionDesired: true });
  const exchange = await via.transport.exchange(query, via.server, { ...options, protocol: via.protocol });
  const nothing = { rcode: null, rrsets: [], authenticated: false, rttMs: null, agrees: null };
  const about = { resolver: via.text, protocol: exchange.protocol };
  if (exchange.kind !== 'response') {
    return { ...about, ...nothing, problem: problemOf(exchange) };
  }
  const { message, rttMs } = exchange;
  return {
    ...about,
    rcode: message.rcode,
    rrsets: groupRecords(message.answer),
    authenticated: message.authenticData,
    rttMs,
    problem: null,
    agrees: isSame(message, question, outcome),
  };
}

function problemOf(exchange: Exclude<Exchange, { kind: 'response' }>): string {
  switch (exchange.kind) {
    case 'timeout':
      return `no answer within ${exchange.afterMs} ms`;
    case 'malformed':
      return exchange.problem;
    case 'unreachable':
      return exchange.detail === undefined ? exchange.reason : `${exchange.reason}: ${exchange.detail}`;
  }
}

function isSame(message: Message, question: Wanted, outcome: TraceOutcome): boolean {
  const answers = groupRecords(message.answer);
  const has = (rrset: RRset): boolean =>
    answers.some(other => other.owner === rrset.owner && other.type === rrset.type && sameData(other, rrset));
  const isEmpty = !answers.some(({ type }) => type === question.type);
  switch (outcome.kind) {
    case 'answer':
    case 'alias':
      return outcome.rrsets.filter(({ type }) => type !== 'RRSIG').every(has);
    case 'nodata':
      return message.rcode === 'NOERROR' && isEmpty;
    case 'nxdomain':
      return message.rcode === 'NXDOMAIN';
    case 'failure':
      return message.rcode === 'SERVFAIL';
  }
}
