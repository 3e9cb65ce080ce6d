import { createSecureContext } from 'node:tls';
import { messageOf, ZonecutError } from '../error.ts';

/** What a server shows to say who it is, both in PEM: its certificate with those above it, and its key. */
export interface ServerCertificate {
  readonly cert: string;
  readonly key: string;
}

/** The settings of a TLS server for `certificate`. Throws ZC_USAGE when the two are none or do not belong together. */
export function serverCertificate(certificate: ServerCertificate): {
  readonly cert: string;
  readonly key: string;
  readonly minVersion: 'TLSv1.2';
} {
  const { cert, key } = certificate;
  try {
    createSecureContext({ cert, key });
  } catch (cause) {
    throw new ZonecutError('ZC_USAGE', `certificate and key cannot be used: ${messageOf(cause)}`, {
      hint: 'Both are PEM files; the key is the one that the certificate was made for, without a passphrase.',
      cause,
    });
  }
  return { cert, key, minVersion: 'TLSv1.2' };
}
