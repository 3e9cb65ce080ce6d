import type { Socket } from 'node:net';
import { SocksClient } from 'socks';
import { proxyFault, type SocksProxy } from './proxy.ts';
import type { Endpoint } from './world.ts';

/** Milliseconds that the library waits for a proxy; every caller gives up before. */
const handshakeTimeoutMs = 60_000;

/**
 * Asks the proxy at the other end of `socket`, which is connected, for a connection to `server`, and calls `done` once.
 *
 * What is wrong with the server is told as the system would tell it, what is wrong with the proxy by `proxyFault`.
 */
export function askProxy(
  socket: Socket,
  server: Endpoint,
  proxy: SocksProxy,
  done: (fault: NodeJS.ErrnoException | null) => void,
): void {
  const { host, port, login } = proxy;
  const client = new SocksClient({
    command: 'connect',
    proxy: {
      host,
      port,
      type: 5,
      ...(login === null ? {} : { userId: login.username, password: login.password.reveal() }),
    },
    destination: { host: server.address, port: server.port },
    timeout: handshakeTimeoutMs,
  });
  client.once('established', () => done(null));
  // The library's error holds the password among its options: nothing of it but the sentence goes on.
  client.once('error', error => done(faultOf(error.message, `${host}:${port}`)));
  client.connect(socket);
}

/** Replies of a proxy about the server (RFC 1928 section 6), as the library words them and as the system would. */
const serverFaults: readonly (readonly [RegExp, string])[] = [
  [/ConnectionRefused/, 'ECONNREFUSED'],
  [/HostUnreachable/, 'EHOSTUNREACH'],
  [/NetworkUnreachable|AddressNotSupported/, 'ENETUNREACH'],
  [/TTLExpired/, 'EHOSTUNREACH'],
];

function faultOf(sentence: string, where: string): NodeJS.ErrnoException {
  const known = serverFaults.find(([pattern]) => pattern.test(sentence));
  return known === undefined
    ? proxyFault(`the proxy ${where} does not serve: ${sentence}`)
    : Object.assign(new Error(sentence), { code: known[1] });
}
