/**
 * Every bound of sockets and listeners, by name. docs/limits.md lists each with its reason and where it shows.
 *
 * Times are milliseconds, sizes octets.
 */
export interface WorldLimits {
  /** Queries that one transport has under way. */
  readonly maxTransportInFlight: number;
  /** Sockets of each family in a pool. */
  readonly poolSockets: number;
  /** Queries after which a socket of a pool makes way for one on another port. */
  readonly poolSocketQueries: number;
  readonly poolSocketAgeMs: number;
  /** Random ports that are tried until one is free; after these the system chooses. */
  readonly portTries: number;
  /** For how long a family of addresses without a route is passed over. */
  readonly noRouteMs: number;
  /** Queries under way on one connection to a server. */
  readonly maxPipelinedQueries: number;
  /** A connection to a server without a query is closed after this. */
  readonly clientIdleMs: number;
  /** Connections to servers without a query that one transport keeps for the next one. */
  readonly maxIdleConnections: number;
  /** The longest rest of who waits for very many messages of which few have come, and how many have to be awaited for one. */
  readonly maxRestMs: number;
  readonly minRestMessages: number;
  /** A conversation with a server as a whole, however many messages it brings. */
  readonly maxConversationMs: number;
  /** UDP queries of clients under way on one listener; more are dropped. */
  readonly maxPendingUdp: number;
  /** The same of one client. */
  readonly maxPendingPerClient: number;
  /** An answer over UDP that took longer is not sent. */
  readonly maxAnswerAgeMs: number;
  /** Connections of clients at once to one listener. */
  readonly maxConnections: number;
  /** Queries under way on one connection of a client. */
  readonly maxPipelinedClientQueries: number;
  /** Answers on one connection that a client has not taken. */
  readonly maxUnsentOctets: number;
  /** A connection of a client without a query is closed after this. */
  readonly serverIdleMs: number;
  readonly handshakeTimeoutMs: number;
  /** Octets of answers that a listener keeps ready, by estimate. */
  readonly maxReadyOctets: number;
  /** An answer over UDP, whatever the client takes. */
  readonly maxUdpAnswerOctets: number;
  /** A message, in whatever it travels. */
  readonly maxMessageOctets: number;
}

/** The bounds in use. */
export const worldLimits: WorldLimits = {
  maxTransportInFlight: 500,
  poolSockets: 64,
  poolSocketQueries: 256,
  poolSocketAgeMs: 30_000,
  portTries: 8,
  noRouteMs: 30_000,
  maxPipelinedQueries: 100,
  clientIdleMs: 5_000,
  maxIdleConnections: 100,
  maxRestMs: 16,
  minRestMessages: 512,
  maxConversationMs: 600_000,
  maxPendingUdp: 1_000,
  maxPendingPerClient: 1_000,
  maxAnswerAgeMs: 1_900,
  maxConnections: 256,
  maxPipelinedClientQueries: 100,
  maxUnsentOctets: 1024 * 1024,
  serverIdleMs: 10_000,
  handshakeTimeoutMs: 10_000,
  maxReadyOctets: 32 * 1024 * 1024,
  maxUdpAnswerOctets: 1232,
  maxMessageOctets: 65_535,
};
