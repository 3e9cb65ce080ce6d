import { isIP } from 'node:net';
import { type Dialing, straight } from './dial.ts';
import type { Closable } from './node.ts';
import { paddedQuery } from './padding.ts';
import { StreamConnections } from './stream.ts';
import { type Authentication, openTls, tlsReasonOf } from './tls-client.ts';
import type { Transport } from './world.ts';

/** How a server is asked over TLS. */
export interface DotOptions {
  readonly authentication: Authentication;
  /** Straight to the server, from any address, unless given. */
  readonly dialing?: Partial<Dialing>;
}

/**
 * DNS over TLS (RFC 7858): every query goes over TLS, whatever protocol is asked for, in connections that are kept for 5 s
 * and shared, padded (RFC 8467).
 *
 * A server that does not show who it is gets no query, and is `unreachable` as `untrusted`.
 */
export function dotTransport(options: DotOptions): Transport & Closable {
  const tls = {
    authentication: options.authentication,
    dialing: { ...straight, ...options.dialing },
    alpn: 'dot',
  };
  const connections = new StreamConnections({
    protocol: 'tls',
    open: (server, onReady) => openTls(server, tls, onReady),
    encode: paddedQuery,
    reasonOf: tlsReasonOf,
  });
  return {
    exchange: async (query, server, { timeoutMs, signal }) =>
      isIP(server.address) === 0
        ? { kind: 'unreachable', reason: 'no-route', protocol: 'tls' }
        : await connections.exchange(query, server, timeoutMs, signal),
    close: () => connections.close(),
  };
}
