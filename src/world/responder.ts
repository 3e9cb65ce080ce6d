import { type Message, makeResponse } from '../dns/message.ts';
import { decodeMessage, encodeMessage } from '../dns/wire.ts';
import type { Client, Respond } from './client.ts';
import { worldLimits } from './limits.ts';
import { paddedResponse } from './padding.ts';
import type { ReadyAnswers } from './ready-answers.ts';
import type { Protocol } from './world.ts';

/** UDP responses without EDNS (RFC 1035 section 4.2.1). */
const plainUdpOctets = 512;

/** Answers a query; null answers nothing. What it throws becomes SERVFAIL. */
export type AnswerQuery = (query: Message, from: Client) => Promise<Message | null> | Message | null;

/** How a responder differs from a plain one. */
export interface ResponderOptions {
  /** Is told what `answer` threw. */
  readonly onFault?: (fault: unknown) => void;
  /** Where answers over UDP are kept for when they are asked for again; nowhere unless given. */
  readonly ready?: ReadyAnswers | null;
}

/** Turns queries into answers, and knows what is under way. */
export interface Responder {
  /** The answer to a query over UDP, if it is ready; null when it is not, and after `drained` was called. */
  atOnce(octets: Uint8Array): Uint8Array | null;
  /** Null for what deserves no answer, and for every query after `drained` was called. Never rejects. */
  readonly respond: Respond;
  /** Takes no further query; resolves when the last one under way has its answer. */
  drained(): Promise<void>;
}

/**
 * Reads queries, has them answered by `answer`, and writes the answers as their protocol wants them: cut to the client's
 * size over UDP, padded over TLS and HTTPS for clients that pad.
 *
 * What is no message is answered with FORMERR or, when its opcode is unknown, NOTIMP; responses never (RFC 8906 section 3).
 */
export function makeResponder(answer: AnswerQuery, options: ResponderOptions = {}): Responder {
  const { onFault = () => {}, ready = null } = options;
  let underWay = 0;
  const draining: (() => void)[] = [];
  const leave = (): void => {
    underWay -= 1;
    if (underWay === 0) {
      for (const done of draining) {
        done();
      }
    }
  };
  return {
    atOnce: octets => (draining.length > 0 ? null : (ready?.find(octets) ?? null)),
    respond: async (octets, from) => {
      const query = draining.length > 0 ? null : readQuery(octets);
      if (query === null) {
        return null;
      }
      if ('error' in query) {
        return query.error;
      }
      underWay += 1;
      try {
        const response = await answer(query, from);
        const written = response === null ? null : octetsFor(query, response, from.protocol);
        if (written !== null && from.protocol === 'udp') {
          ready?.keep(octets, written);
        }
        return written;
      } catch (fault) {
        onFault(fault);
        return encodeMessage(makeResponse(query, 'SERVFAIL'));
      } finally {
        leave();
      }
    },
    drained: () =>
      new Promise(resolve => {
        draining.push(resolve);
        if (underWay === 0) {
          resolve();
        }
      }),
  };
}

function octetsFor(query: Message, response: Message, protocol: Protocol): Uint8Array {
  switch (protocol) {
    case 'udp':
      return encodeMessage(response, { maxOctets: udpSizeFor(query) });
    case 'tcp':
      return encodeMessage(response, { maxOctets: worldLimits.maxMessageOctets });
    case 'tls':
    case 'https':
      return paddedResponse(query, response);
  }
}

function udpSizeFor(query: Message): number {
  const wanted = query.edns?.udpSize ?? plainUdpOctets;
  return Math.min(Math.max(wanted, plainUdpOctets), worldLimits.maxUdpAnswerOctets);
}

function readQuery(octets: Uint8Array): Message | { readonly error: Uint8Array } | null {
  const flags = octets[2];
  if (octets.length < 12 || flags === undefined || flags >= 0x80) {
    return null;
  }
  try {
    return decodeMessage(octets);
  } catch {
    return { error: headerOnly(octets, flags) };
  }
}

/** A response of a header alone: ID, opcode and RD of the query, and NOTIMP (4) for other opcodes than QUERY, else FORMERR (1). */
function headerOnly(octets: Uint8Array, flags: number): Uint8Array {
  const response = new Uint8Array(12);
  response.set(octets.subarray(0, 2));
  response[2] = 0x80 | (flags & 0x79);
  response[3] = (flags & 0x78) === 0 ? 1 : 4;
  return response;
}
