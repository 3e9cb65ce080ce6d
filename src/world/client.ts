import type { Endpoint, Protocol } from './world.ts';

/** Who asked. */
export interface Client extends Endpoint {
  readonly protocol: Protocol;
}

/** A query's octets in, its answer's octets out; null for what deserves no answer. */
export type Respond = (octets: Uint8Array, from: Client) => Promise<Uint8Array | null>;

/** Messages of one answer, and what becomes of the connection behind them. */
export interface Messages {
  readonly messages: readonly Uint8Array[];
  readonly after: 'keep' | 'close';
}

/** As `Respond`; a request over a stream may be answered with several messages, such as those of a zone transfer. */
export type RespondWithMany = (octets: Uint8Array, from: Client) => Promise<Uint8Array | Messages | null>;
