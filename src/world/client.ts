import type { Endpoint, Protocol } from './world.ts';

/** Who asked. */
export interface Client extends Endpoint {
  readonly protocol: Protocol;
}

/** A query's octets in, its answer's octets out; null for what deserves no answer. */
export type Respond = (octets: Uint8Array, from: Client) => Promise<Uint8Array | null>;

/** As `Respond`; a request over a stream may be answered with several messages, such as those of a zone transfer. */
export type RespondWithMany = (
  octets: Uint8Array,
  from: Client,
) => Promise<Uint8Array | readonly Uint8Array[] | null>;
