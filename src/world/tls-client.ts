import { createHash, timingSafeEqual, X509Certificate } from 'node:crypto';
import { isIP, type Socket } from 'node:net';
import { type ConnectionOptions, checkServerIdentity, connect, type TLSSocket } from 'node:tls';
import { type Dialing, dial } from './dial.ts';
import { reasonOf } from './reason.ts';
import { sourceFor } from './routes.ts';
import type { Endpoint, UnreachableReason } from './world.ts';

/**
 * How a server shows who it is (RFC 8310 section 8).
 *
 * `name`: by a certificate for that name, or for its address when `name` is one, from an authority in `ca` (PEM; those of
 * the system unless given). `pins`: by a public key whose SHA-256 is one of these, in base64 (RFC 7858 section 4.2), whatever
 * the certificate says; `name` is then only sent, as SNI. `none`: not at all, against listeners who do not interfere.
 */
export type Authentication =
  | { readonly kind: 'name'; readonly name: string; readonly ca?: string }
  | { readonly kind: 'pins'; readonly pins: readonly string[]; readonly name?: string }
  | { readonly kind: 'none'; readonly name?: string };

/** A connection over TLS that is to be opened. */
export interface TlsClientOptions {
  readonly authentication: Authentication;
  readonly dialing: Dialing;
  /** The protocol that is spoken inside (RFC 7301), such as `dot`. */
  readonly alpn: string;
}

/** The pin of the public key of `certificate` (PEM or DER): SHA-256 of its SubjectPublicKeyInfo, in base64. */
export function pinOf(certificate: string | Uint8Array): string {
  const key = new X509Certificate(certificate).publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(key).digest('base64');
}

/** Begins a TLS connection (1.2 or later) and calls `onReady` when the server has shown who it is, and not before. */
export function openTls(server: Endpoint, options: TlsClientOptions, onReady: () => void): Socket {
  const { authentication, alpn, dialing } = options;
  const name = authentication.name ?? '';
  const localAddress = sourceFor(dialing.source, server.address);
  const proxied = dialing.proxy === null ? null : dial(server, dialing);
  const settings: ConnectionOptions & { localAddress?: string; noDelay: boolean } = {
    ...(proxied === null ? { host: server.address, port: server.port } : { socket: proxied }),
    noDelay: true,
    minVersion: 'TLSv1.2',
    ALPNProtocols: [alpn],
    rejectUnauthorized: authentication.kind === 'name',
    // An address is no name for SNI (RFC 6066 section 3).
    servername: isIP(name) === 0 ? name : '',
    ...(authentication.kind === 'name'
      ? { checkServerIdentity: (_, certificate) => checkServerIdentity(name, certificate) }
      : {}),
    ...(authentication.kind === 'name' && authentication.ca !== undefined ? { ca: authentication.ca } : {}),
    ...(localAddress === undefined ? {} : { localAddress }),
  };
  const socket = connect(settings);
  // What TLS makes of the error of a stream that it did not open says less.
  proxied?.on('error', error => socket.destroy(error));
  socket.once('secureConnect', () => {
    const fault = authentication.kind === 'pins' ? pinFault(socket, authentication.pins) : null;
    if (fault === null) {
      onReady();
    } else {
      socket.destroy(fault);
    }
  });
  return socket;
}

function pinFault(socket: TLSSocket, pins: readonly string[]): Error | null {
  const certificate = socket.getPeerX509Certificate();
  const shown = certificate === undefined ? null : pinOf(certificate.raw);
  if (shown !== null && pins.some(pin => isSamePin(pin, shown))) {
    return null;
  }
  const fault: NodeJS.ErrnoException = new Error(
    `the server's key has the pin ${shown ?? '(none)'}, expected ${pins.join(' or ')}`,
  );
  fault.code = pinCode;
  return fault;
}

const pinCode = 'ZONECUT_PIN';

function isSamePin(pin: string, shown: string): boolean {
  const [a, b] = [Buffer.from(pin, 'base64'), Buffer.from(shown, 'base64')];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** What the error of a TLS connection means. */
export function tlsReasonOf(error: NodeJS.ErrnoException): UnreachableReason {
  const code = error.code ?? '';
  if (code === pinCode || untrusted.test(code)) {
    return 'untrusted';
  }
  // What else OpenSSL reports means that somebody listens who does not speak TLS, or not ours.
  return /^(ERR_SSL|EPROTO|ERR_TLS|ERR_HTTP2)/.test(code) ? 'reset' : reasonOf(error);
}

/** The errors of certificates, as OpenSSL (X509_V_ERR_*) and Node name them. */
const untrusted =
  /CERT|SELF_SIGNED|UNABLE_TO_(GET_ISSUER|VERIFY|DECODE|DECRYPT)|INVALID_(CA|PURPOSE)|PATH_LENGTH_EXCEEDED|HOSTNAME_MISMATCH/;
