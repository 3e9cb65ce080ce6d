import { specialRange } from '../dns/address.ts';
import type { Message } from '../dns/message.ts';
import { ZonecutError } from '../error.ts';
import type { Endpoint, Exchange, ExchangeOptions, Transport } from './world.ts';

/** Asks again over TCP, within the time that is left, when the response over UDP is truncated (RFC 7766 section 5). */
export function tcpOnTruncation(transport: Transport): Transport {
  return {
    exchange: async (query, server, options) => {
      const first = await transport.exchange(query, server, options);
      if (first.kind !== 'response' || first.protocol !== 'udp' || !first.message.truncated) {
        return first;
      }
      const timeoutMs = Math.max(1, Math.floor(options.timeoutMs - first.rttMs));
      return transport.exchange(query, server, { ...options, protocol: 'tcp', timeoutMs });
    },
  };
}

/** Rejects with ZC_ADDRESS_REFUSED for a server at an address where no public name server can be (RFC 6890). */
export function refusingSpecialAddresses(transport: Transport): Transport {
  return {
    exchange: (query, server, options) => {
      const range = specialRange(server.address);
      return range === null
        ? transport.exchange(query, server, options)
        : Promise.reject(refusal(server, range));
    },
  };
}

function refusal({ address }: Endpoint, range: string): ZonecutError {
  return new ZonecutError(
    'ZC_ADDRESS_REFUSED',
    `no public name server is at ${address}, a ${range} address`,
    {
      hint: 'Queries go to such addresses only in the sandbox, or when the world is declared offline.',
    },
  );
}

/** Sends each query to what `map` gives for its server: a World's addresses over other sockets. */
export function mappingAddresses(transport: Transport, map: (server: Endpoint) => Endpoint): Transport {
  return { exchange: (query, server, options) => transport.exchange(query, map(server), options) };
}

/** Sends a query up to `tries` times until something comes back; each try has the whole timeout. */
export function retrying(transport: Transport, tries: number): Transport {
  return {
    exchange: async (query, server, options) => {
      for (let tried = 1; ; tried += 1) {
        const exchange = await transport.exchange(query, server, options);
        if (tried >= tries || !mayPass(exchange)) {
          return exchange;
        }
      }
    },
  };
}

/** One exchange as `recording` saw it. */
export interface RecordedExchange {
  readonly query: Message;
  readonly server: Endpoint;
  readonly options: ExchangeOptions;
  readonly exchange: Exchange;
}

/** Tells `sink` of every exchange that came to an end. */
export function recording(transport: Transport, sink: (record: RecordedExchange) => void): Transport {
  return {
    exchange: async (query, server, options) => {
      const exchange = await transport.exchange(query, server, options);
      sink({ query, server, options, exchange });
      return exchange;
    },
  };
}

/** Gives what `decide` says in place of asking; null asks. */
export function faulty(
  transport: Transport,
  decide: (query: Message, server: Endpoint, options: ExchangeOptions) => Exchange | null,
): Transport {
  return {
    exchange: async (query, server, options) =>
      decide(query, server, options) ?? transport.exchange(query, server, options),
  };
}

/** Lost packets and broken connections may go through the next time; a refusal or no route will not. */
function mayPass(exchange: Exchange): boolean {
  return exchange.kind === 'timeout' || (exchange.kind === 'unreachable' && exchange.reason === 'reset');
}
