import type { Message } from '../dns/message.ts';
import { encodeMessage } from '../dns/wire.ts';
import { worldLimits } from './limits.ts';

/** The option that fills messages up (RFC 7830 section 3). */
const paddingCode = 12;
/** Queries are multiples of this, in octets (RFC 8467 section 4.1). */
const queryBlock = 128;
/** Responses are multiples of this, in octets (RFC 8467 section 4.1). */
const responseBlock = 468;
const maxOctets = worldLimits.maxMessageOctets;

/**
 * The octets of `query`, filled up to a multiple of 128 so that its length says little (RFC 8467 section 4.1).
 *
 * Without EDNS there is no place for padding, and nothing is added.
 */
export function paddedQuery(query: Message): Uint8Array {
  return padded(query, queryBlock);
}

/** The octets of `response`, filled up to a multiple of 468 when `query` was padded (RFC 7830 section 4). */
export function paddedResponse(query: Message, response: Message): Uint8Array {
  const wanted = query.edns?.options.some(option => option.code === paddingCode) === true;
  return wanted ? padded(response, responseBlock) : encodeMessage(response, { maxOctets });
}

function padded(message: Message, block: number): Uint8Array {
  const bare = withPadding(message, 0);
  const octets = encodeMessage(bare, { maxOctets });
  if (bare.edns === null) {
    return octets;
  }
  const missing = (block - (octets.length % block)) % block;
  const fits = octets.length + missing <= maxOctets;
  return missing === 0 || !fits ? octets : encodeMessage(withPadding(message, missing), { maxOctets });
}

/** `message` with zeros as its only padding, behind all other options. */
function withPadding(message: Message, octets: number): Message {
  const { edns } = message;
  if (edns === null) {
    return message;
  }
  const others = edns.options.filter(option => option.code !== paddingCode);
  return {
    ...message,
    edns: { ...edns, options: [...others, { code: paddingCode, data: new Uint8Array(octets) }] },
  };
}
