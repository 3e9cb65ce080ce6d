import type { Message } from '../dns/message.ts';

/** The time, and waiting. The only clock that anything in zonecut reads. */
export interface Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z. May jump. */
  now(): number;
  /** Milliseconds since some fixed moment; never goes back. */
  elapsed(): number;
  /** Resolves after `ms` milliseconds; rejects with `signal.reason` as soon as the signal is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Chance, fit for cryptography in the real world and seeded in simulation. */
export interface Random {
  bytes(count: number): Uint8Array;
  /** A whole number from 0 to `limit` - 1; `limit` is at most 2^32. */
  below(limit: number): number;
}

/** Where a server listens: an IPv4 or IPv6 address as text, and a port. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** How messages travel: over UDP, TCP (RFC 7766), TLS (RFC 7858) or HTTPS (RFC 8484). */
export type Protocol = 'udp' | 'tcp' | 'tls' | 'https';

/** Why a server could not be reached; `untrusted`: it is not, or cannot show that it is, who it should be; `proxy`: the
 * proxy on the way fails. */
export type UnreachableReason = 'refused' | 'reset' | 'no-route' | 'untrusted' | 'proxy';

/** What came of one query: a fact about a server, never an exception. */
export type Exchange =
  | {
      readonly kind: 'response';
      readonly message: Message;
      readonly protocol: Protocol;
      /** Milliseconds from send to receipt. */
      readonly rttMs: number;
      /** Octets received. */
      readonly octets: number;
    }
  /** Over a stream: what came is no DNS message. (Over UDP garbage is dropped and the wait goes on.) */
  | { readonly kind: 'malformed'; readonly problem: string; readonly protocol: Protocol }
  | {
      readonly kind: 'unreachable';
      readonly reason: UnreachableReason;
      readonly protocol: Protocol;
      /** For people, where more is known: what is wrong with a certificate. */
      readonly detail?: string;
    }
  | {
      readonly kind: 'timeout';
      readonly afterMs: number;
      readonly protocol: Protocol;
      /** Over UDP: where a response came from that was dropped, as nobody had asked there (RFC 2181 section 4). */
      readonly elsewhere?: Endpoint;
    };

/** How a query is sent. */
export interface ExchangeOptions {
  /**
   * `udp` or `tcp`, `udp` unless given; UDP alone does not go over to TCP on truncation (see `tcpOnTruncation`).
   * A transport that has but one protocol, such as `dotTransport`, uses that one.
   */
  readonly protocol?: Protocol;
  /** Milliseconds until `timeout`, at least 1. */
  readonly timeoutMs: number;
  /**
   * True lets a response over UDP that comes from elsewhere be noted in the `timeout`; it is dropped all the same. The socket is
   * not connected then, so that a refused port is silence.
   */
  readonly noteElsewhere?: boolean;
  /**
   * True takes a response over UDP whose question has other letters than were sent, small for capital or the other way round. Who
   * wants to know whether a server keeps them says so; whoever mixed them against forgers does not.
   */
  readonly anyCase?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Sends a query and gives what came back.
 *
 * The transport chooses a random ID in place of `query.id` and accepts only a response from the server's address and port
 * with that ID and the same question; the message it gives back has the ID of the wire.
 * Rejects only with `options.signal.reason` or with ZC_ADDRESS_REFUSED.
 */
export interface Transport {
  exchange(query: Message, server: Endpoint, options: ExchangeOptions): Promise<Exchange>;
}

/** What came of a conversation with a name server: a fact about the server, never an exception. */
export type Conversation =
  /** The taker had enough. */
  | { readonly kind: 'over' }
  /** Nothing was sent. */
  | { readonly kind: 'unreachable'; readonly reason: UnreachableReason }
  /** The connection ended after the request was sent: it may or may not have been carried out. */
  | { readonly kind: 'broken'; readonly reason: string }
  /** As `broken`, when `sent`. */
  | { readonly kind: 'timeout'; readonly afterMs: number; readonly sent: boolean };

/** How long a conversation may take. */
export interface ConversationOptions {
  /** Milliseconds until the first message of the answer, and from each to the next; at least 1. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/**
 * Messages as octets over TCP, for what `Transport` cannot carry: requests that are signed as they stand (TSIG, RFC 8945),
 * and answers of several messages (AXFR, RFC 5936).
 *
 * Each conversation has a connection of its own, which sends `request` and hands the messages that come back to `take` until
 * it says `enough`. IDs and questions are for the taker to compare. Rejects only with `signal.reason` or with what `take`
 * threw.
 */
export interface DnsStreams {
  converse(
    request: Uint8Array,
    server: Endpoint,
    take: (message: Uint8Array) => 'more' | 'enough',
    options: ConversationOptions,
  ): Promise<Conversation>;
}

/** One HTTP request. */
export interface HttpRequest {
  readonly method: string;
  /** Absolute, http or https. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | null;
}

/** One HTTP response, its body whole. */
export interface HttpResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** What came of one HTTP request; redirects are not followed. */
export type HttpExchange =
  | { readonly kind: 'response'; readonly response: HttpResponse }
  | { readonly kind: 'unreachable'; readonly reason: string }
  /** The connection broke after the request was sent: it may or may not have been carried out. */
  | { readonly kind: 'broken'; readonly reason: string }
  | { readonly kind: 'timeout'; readonly afterMs: number };

/** How a request is sent. */
export interface HttpOptions {
  /** Milliseconds for the whole exchange, at least 1. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** Sends HTTP requests. Rejects only with `options.signal.reason`. A body of more than 16 MiB is `broken`. */
export interface Http {
  send(request: HttpRequest, options: HttpOptions): Promise<HttpExchange>;
}

/** A wait in which nothing else happens. */
export interface Wait {
  /** Milliseconds that it lasts, or may last. */
  readonly ms: number;
  /** What is waited for, in a sentence without its full stop; holds no secret. */
  readonly why: string;
}

/** The one seam to the outside. It is passed first and never reached for. */
export interface World {
  readonly clock: Clock;
  readonly random: Random;
  readonly dns: Transport;
  readonly streams: DnsStreams;
  readonly http: Http;
  /** Is told of each wait that is long enough to wonder at, as it begins. */
  readonly onWait?: (wait: Wait) => void;
}
