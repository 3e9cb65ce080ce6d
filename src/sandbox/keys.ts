import { generateKeyPairSync } from 'node:crypto';

/** A pair of RSA keys in PEM. */
export interface KeyPair {
  readonly publicKey: string;
  readonly privateKey: string;
}

let pair: KeyPair | null = null;

/** The keys by which the sandbox's user signs at hosts that want that; made once in a process, and short, since nobody attacks them. */
export function sandboxKeys(): KeyPair {
  pair ??= generateKeyPairSync('rsa', {
    modulusLength: 1024,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  return pair;
}
