import type { Message } from '../dns/message.ts';
import { decodeMessage, encodeMessage } from '../dns/wire.ts';
import { isZonecutError, ZonecutError } from '../error.ts';
import type { Endpoint, Exchange, Protocol, Transport } from './world.ts';

/** One exchange as JSON. Messages are in base64, as they would be on the wire. */
export interface CapturedExchange {
  readonly server: Endpoint;
  /** The protocol that was asked for. */
  readonly protocol: Protocol;
  readonly query: string;
  readonly outcome:
    | {
        readonly kind: 'response';
        readonly message: string;
        readonly protocol: Protocol;
        readonly rttMs: number;
        readonly octets: number;
      }
    | Exclude<Exchange, { kind: 'response' }>
    /** The World did not ask at that address. */
    | { readonly kind: 'address-refused' };
}

/** Hands every exchange to `sink` as it comes to its end, those too that the World refuses. */
export function capturing(transport: Transport, sink: (captured: CapturedExchange) => void): Transport {
  return {
    exchange: async (query, server, options) => {
      const about = { server, protocol: options.protocol ?? 'udp', query: base64Of(query) } as const;
      try {
        const exchange = await transport.exchange(query, server, options);
        sink({ ...about, outcome: outcomeOf(exchange) });
        return exchange;
      } catch (error) {
        if (isZonecutError(error, 'ZC_ADDRESS_REFUSED')) {
          sink({ ...about, outcome: { kind: 'address-refused' } });
        }
        throw error;
      }
    },
  };
}

/**
 * Answers out of `captured`: the same query to the same server gives, at once, what it gave then; asked more often, the
 * last of that. A server that was not asked then is `unreachable` as `refused`.
 *
 * Queries are the same when server, protocol and question are; one with the same EDNS goes first.
 */
export function replaying(captured: readonly CapturedExchange[]): Transport {
  const left = new Map<string, Kept[]>();
  for (const one of captured) {
    const query = messageIn(one.query);
    const key = keyOf(one.server, one.protocol, query);
    left.set(key, [...(left.get(key) ?? []), { form: formOf(query), outcome: one.outcome, used: false }]);
  }
  return {
    exchange: async (query, server, { protocol = 'udp' }) => {
      const kept = left.get(keyOf(server, protocol, query)) ?? [];
      const same = kept.filter(({ form }) => form === formOf(query));
      const found = same.find(({ used }) => !used) ?? same.at(-1) ?? kept.at(-1);
      if (found === undefined) {
        return { kind: 'unreachable', reason: 'refused', protocol };
      }
      found.used = true;
      return exchangeOf(found.outcome, query, server);
    },
  };
}

interface Kept {
  readonly form: string;
  readonly outcome: CapturedExchange['outcome'];
  used: boolean;
}

/** What makes answers to the same question differ: EDNS, and whether it asks for signatures. */
function formOf({ edns }: Message): string {
  return edns === null ? 'plain' : edns.dnssecOk ? 'signed' : 'edns';
}

function keyOf(server: Endpoint, protocol: Protocol, query: Message): string {
  const questions = query.questions.map(({ name, type, class: of }) => `${name} ${of} ${type}`);
  return [server.address, server.port, protocol, query.opcode, ...questions].join(' ');
}

function outcomeOf(exchange: Exchange): CapturedExchange['outcome'] {
  return exchange.kind === 'response' ? { ...exchange, message: base64Of(exchange.message) } : exchange;
}

function exchangeOf(outcome: CapturedExchange['outcome'], query: Message, server: Endpoint): Exchange {
  switch (outcome.kind) {
    case 'response': {
      // Letters are mixed anew in every query, and the server echoed those of the first.
      const { questions, ...message } = messageIn(outcome.message);
      const echoed = questions.length === 0 ? [] : query.questions;
      return { ...outcome, message: { ...message, id: query.id, questions: echoed } };
    }
    case 'address-refused':
      throw new ZonecutError('ZC_ADDRESS_REFUSED', `${server.address} was not asked when this was captured`);
    default:
      return outcome;
  }
}

function base64Of(message: Message): string {
  return Buffer.from(encodeMessage(message, { maxOctets: 65535 })).toString('base64');
}

function messageIn(base64: string): Message {
  return decodeMessage(new Uint8Array(Buffer.from(base64, 'base64')));
}
