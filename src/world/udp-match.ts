import { parseAddress } from '../dns/address.ts';
import type { Message } from '../dns/message.ts';
import { decodeMessage, encodeMessage } from '../dns/wire.ts';
import { isResponseTo } from './matching.ts';
import type { Endpoint, Exchange } from './world.ts';

/**
 * What came of one query over UDP.
 *
 * `mismatched`: a response with another ID came from the server's address and port while the query was under way. It may
 * be one of many guesses (RFC 5452 section 9.2), so the answer is to be had over TCP, where guesses do not arrive.
 */
export type UdpOutcome = Exchange | { readonly kind: 'mismatched' };

/** The response in `octets` to `query`, which was sent with `id`; null for anything else. */
export function responseIn(octets: Uint8Array, query: Message, id: number): Message | null {
  if (idOf(octets) !== id) {
    return null;
  }
  try {
    const message = decodeMessage(octets);
    return isResponseTo(query, message, id) ? message : null;
  } catch {
    return null;
  }
}

/** What a response to `query` is held against: `query`, without its spelling where any case will do. */
export function expectedOf(query: Message, anyCase: boolean | undefined): Message {
  return anyCase === true
    ? { ...query, questions: query.questions.map(({ spelling: _, ...question }) => question) }
    : query;
}

/** The octets of `query` with `id` for its own. */
export function queryOctets(query: Message, id: number): Uint8Array {
  const octets = encodeMessage(query);
  octets[0] = id >> 8;
  octets[1] = id & 0xff;
  return octets;
}

/** Whether what came from `from` came from `server`, whose address is as the kernel writes it. */
export function isFrom(server: Endpoint, from: Endpoint): boolean {
  return server.port === from.port && server.address === from.address;
}

/** The address as the kernel writes it, so that it can be compared. */
export function canonical(server: Endpoint): Endpoint {
  return server.address.includes(':') ? { ...server, address: parseAddress(server.address).text } : server;
}

/** The ID of a message that has a header at all; null for anything shorter. */
export function idOf(octets: Uint8Array): number | null {
  return octets.length < 12 ? null : ((octets[0] ?? 0) << 8) | (octets[1] ?? 0);
}

/** Whether `octets` begin as a response does; what else arrives is noise, and means nothing. */
export function looksLikeResponse(octets: Uint8Array): boolean {
  return octets.length >= 12 && (octets[2] ?? 0) >= 0x80;
}
