import { type Message, makeQuery } from '../dns/message.ts';
import { type Name, rootName } from '../dns/name.ts';
import { isZonecutError } from '../error.ts';
import type { Endpoint, Exchange, Protocol, Random, World } from '../world/world.ts';
import { classify, type Verdict } from './classify.ts';
import { defaultLimits, type Limits } from './limits.ts';
import type { Wanted } from './scrub.ts';

/** One packet sent, and what came of it. */
export interface Attempt {
  readonly protocol: Protocol;
  readonly edns: boolean;
  /** Whether the letters of the name were mixed by chance ("0x20"). */
  readonly mixedCase: boolean;
  readonly timeoutMs: number;
  /** `mismatched`: a response with another ID came, so that the next packet went over TCP (RFC 5452 section 9.2). */
  readonly outcome: Exchange['kind'] | 'mismatched';
}

/** What a server said to a question, after every try. */
export interface Asked {
  readonly server: Endpoint;
  readonly question: Wanted;
  /** The last exchange. */
  readonly exchange: Exchange;
  /** What it means for the zone that was given. */
  readonly verdict: Verdict;
  /** In the order they were made; none when an identical query of somebody else was under way, or when nothing was sent in time. */
  readonly attempts: readonly Attempt[];
}

/** How a server is asked. */
export interface AskOptions {
  /** The zone whose server this is, which the verdict is relative to; the root unless given. */
  readonly zone?: Name;
  /** Packets that may be sent to a silent server; 2 unless given, and never more than `maxAttempts`. */
  readonly tries?: number;
  /** Packets that may be sent at all, TCP and the query without EDNS included; 6 unless given. */
  readonly maxAttempts?: number;
  /** Milliseconds for the first try; doubled for each further one. */
  readonly timeoutMs?: number;
  /** Milliseconds for all tries together; without end unless given. */
  readonly withinMs?: number;
  readonly protocol?: Protocol;
  /** False sends no OPT record. */
  readonly edns?: boolean;
  readonly dnssecOk?: boolean;
  /**
   * True mixes the letters of the name by chance over UDP, and takes no answer that has them otherwise: a forger must guess
   * them too. A server that does not echo them is silent then, and asked over TCP.
   */
  readonly mixCase?: boolean;
  readonly recursionDesired?: boolean;
  /** True notes where a response came from that the second packet to a silent server brought from elsewhere. */
  readonly noteElsewhere?: boolean;
  readonly limits?: Limits;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Asks one server one question: UDP first, TCP when the answer is truncated, again when it is silent, and without EDNS
 * when it knows none (FORMERR, NOTIMP or BADVERS; RFC 6891 section 7).
 *
 * Ends after `tries` silent packets and after `maxAttempts` in all. An address that the World does not ask at gives the
 * verdict `address-refused`. Rejects only with `signal.reason`.
 */
export async function askServer(
  world: World,
  server: Endpoint,
  question: Wanted,
  options: AskOptions = {},
): Promise<Asked> {
  const limits = options.limits ?? defaultLimits;
  const maxAttempts = options.maxAttempts ?? 6;
  let attempts: readonly Attempt[] = [];
  let protocol: Protocol = options.protocol ?? 'udp';
  let edns = options.edns ?? true;
  let silent = 0;
  let wishedMs = options.timeoutMs ?? limits.maxTimeoutMs;
  const untilMs = world.clock.elapsed() + (options.withinMs ?? Number.POSITIVE_INFINITY);
  for (;;) {
    const timeoutMs = Math.max(1, Math.min(wishedMs, Math.floor(untilMs - world.clock.elapsed())));
    const query = queryFor(question, edns, protocol, world.random, options);
    const mixedCase = query.questions[0]?.spelling !== undefined;
    // The first packet leaves from a connected socket, which tells of a refused port at once.
    const noteElsewhere = options.noteElsewhere === true && silent > 0;
    let exchange: Exchange;
    try {
      exchange = await world.dns.exchange(query, server, {
        protocol,
        timeoutMs,
        noteElsewhere,
        signal: options.signal,
      });
    } catch (error) {
      const attempt = { protocol, edns, mixedCase, timeoutMs, outcome: 'unreachable' } as const;
      return refusedAddress(error, server, question, [...attempts, attempt]);
    }
    if (protocol === 'udp' && exchange.protocol === 'tcp') {
      attempts = attempts.concat({ protocol, edns, mixedCase, timeoutMs, outcome: 'mismatched' });
      protocol = 'tcp';
    }
    attempts = attempts.concat({ protocol, edns, mixedCase, timeoutMs, outcome: exchange.kind });
    const verdict = classify(exchange, question, options.zone ?? rootName, limits);
    const asked: Asked = { server, question, exchange, verdict, attempts };
    if (attempts.length >= maxAttempts || world.clock.elapsed() >= untilMs) {
      return asked;
    }
    if ((verdict.kind === 'truncated' && protocol === 'udp') || (verdict.kind === 'timeout' && mixedCase)) {
      protocol = 'tcp';
      wishedMs = Math.max(wishedMs, limits.maxTimeoutMs);
    } else if (edns && verdict.kind === 'error' && ednsFaults.has(verdict.rcode)) {
      edns = false;
    } else if (verdict.kind === 'timeout' && ++silent < (options.tries ?? 2)) {
      wishedMs = Math.min(wishedMs * 2, Math.max(limits.maxTimeoutMs, wishedMs));
    } else {
      return asked;
    }
  }
}

/** What servers without EDNS answer to a query with it. */
const ednsFaults: ReadonlySet<string> = new Set(['FORMERR', 'NOTIMP', 'BADVERS']);

/** The name with each letter small or capital by chance. */
function mixed(name: Name, random: Random): string {
  const bits = random.bytes(name.length);
  return [...name].map((letter, at) => ((bits[at] ?? 0) & 1 ? letter.toUpperCase() : letter)).join('');
}

/** A query as the options want it; its name has a spelling exactly when mixing changed a letter of it. */
function queryFor(
  question: Wanted,
  edns: boolean,
  protocol: Protocol,
  random: Random,
  options: AskOptions,
): Message {
  const spelling = options.mixCase === true && protocol === 'udp' ? mixed(question.name, random) : undefined;
  return makeQuery(question.name, question.type, {
    spelling: spelling === question.name ? undefined : spelling,
    udpSize: edns ? (options.limits ?? defaultLimits).ednsUdpOctets : null,
    dnssecOk: options.dnssecOk ?? false,
    recursionDesired: options.recursionDesired ?? false,
  });
}

/** What came of a query that the World threw `error` at: it refuses the address, or something else that goes on. */
function refusedAddress(
  error: unknown,
  server: Endpoint,
  question: Wanted,
  attempts: readonly Attempt[],
): Asked {
  if (!isZonecutError(error, 'ZC_ADDRESS_REFUSED')) {
    throw error;
  }
  const protocol = attempts.at(-1)?.protocol ?? 'udp';
  return {
    server,
    question,
    exchange: { kind: 'unreachable', reason: 'no-route', protocol },
    verdict: { kind: 'address-refused' },
    attempts,
  };
}
