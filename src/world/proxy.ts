import type { Secret } from '../secret.ts';

/** A SOCKS version 5 proxy (RFC 1928) that TCP connections go through. */
export interface SocksProxy {
  /** A name or an address. */
  readonly host: string;
  readonly port: number;
  /** Username and password (RFC 1929); null for a proxy that asks for none. */
  readonly login: { readonly username: string; readonly password: Secret } | null;
}

/** The code of errors of a connection that are the proxy's and not the server's. */
export const proxyCode = 'ZONECUT_PROXY';

/** An error that is the proxy's. */
export function proxyFault(problem: string): NodeJS.ErrnoException {
  return Object.assign(new Error(problem), { code: proxyCode });
}
