import {
  createECDH,
  createPrivateKey,
  createPublicKey,
  type JsonWebKey,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import { ZonecutError } from '../error.ts';

/** For this room: an algorithm of DNSSEC in terms of node:crypto. */
type Scheme =
  | { readonly kind: 'rsa'; readonly hash: string; readonly leastModulusBits: number }
  | { readonly kind: 'ec'; readonly hash: string; readonly curve: 'P-256' | 'P-384'; readonly octets: number }
  | {
      readonly kind: 'ed';
      readonly curve: 'Ed25519' | 'Ed448';
      readonly octets: number;
      readonly signatureOctets: number;
    };

/** RFC 3110, RFC 5155, RFC 5702, RFC 6605, RFC 8080. */
const schemes: ReadonlyMap<number, Scheme> = new Map<number, Scheme>([
  [5, { kind: 'rsa', hash: 'sha1', leastModulusBits: 512 }],
  [7, { kind: 'rsa', hash: 'sha1', leastModulusBits: 512 }],
  [8, { kind: 'rsa', hash: 'sha256', leastModulusBits: 512 }],
  [10, { kind: 'rsa', hash: 'sha512', leastModulusBits: 1024 }],
  [13, { kind: 'ec', hash: 'sha256', curve: 'P-256', octets: 32 }],
  [14, { kind: 'ec', hash: 'sha384', curve: 'P-384', octets: 48 }],
  [15, { kind: 'ed', curve: 'Ed25519', octets: 32, signatureOctets: 64 }],
  [16, { kind: 'ed', curve: 'Ed448', octets: 57, signatureOctets: 114 }],
]);

/** Bits that the modulus of an RSA key may have (RFC 3110 section 2). */
const mostModulusBits = 4096;

/** Octets of an RSA exponent that is taken: a longer one serves only to make verifying slow. */
const mostExponentOctets = 8;

/** The numbers of the algorithms whose signatures are verified: 5, 7, 8, 10, 13, 14, 15, 16. */
export const dnssecAlgorithms: readonly number[] = [...schemes.keys()];

/** Whether signatures of that algorithm are verified; others leave a zone insecure (RFC 4035 section 5.2). */
export function isAlgorithmKnown(algorithm: number): boolean {
  return schemes.has(algorithm);
}

/** Whether zones are signed with that algorithm: not with SHA-1 (RFC 9905). */
export function isAlgorithmForSigning(algorithm: number): boolean {
  return schemes.has(algorithm) && algorithm !== 5 && algorithm !== 7;
}

/** For this room: octets as JSON Web Keys have them. */
export function base64url(octets: Uint8Array): string {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString('base64url');
}

/** For this room: the KeyObject of the public key of a DNSKEY, null when it is none that the algorithm allows. */
export function publicKeyOf(algorithm: number, octets: Uint8Array): KeyObject | null {
  const scheme = schemes.get(algorithm);
  if (scheme === undefined) return null;
  const jwk = jwkOf(scheme, octets);
  if (jwk === null) return null;
  try {
    return createPublicKey({ key: jwk, format: 'jwk' });
  } catch {
    // The octets are no point of the curve, or no modulus that OpenSSL takes.
    return null;
  }
}

function jwkOf(scheme: Scheme, octets: Uint8Array): JsonWebKey | null {
  switch (scheme.kind) {
    case 'rsa':
      return rsaJwk(octets, scheme.leastModulusBits);
    case 'ec':
      return octets.length === 2 * scheme.octets ? ecJwk(scheme.curve, octets) : null;
    case 'ed':
      return octets.length === scheme.octets ? { kty: 'OKP', crv: scheme.curve, x: base64url(octets) } : null;
  }
}

function ecJwk(curve: string, point: Uint8Array): JsonWebKey {
  const half = point.length / 2;
  return { kty: 'EC', crv: curve, x: base64url(point.subarray(0, half)), y: base64url(point.subarray(half)) };
}

/** Exponent and modulus of RFC 3110 section 2, without leading zeros. */
function rsaJwk(octets: Uint8Array, leastModulusBits: number): JsonWebKey | null {
  const short = octets[0] ?? 0;
  const length = short === 0 ? ((octets[1] ?? 0) << 8) | (octets[2] ?? 0) : short;
  const start = short === 0 ? 3 : 1;
  const exponent = octets.subarray(start, start + length);
  const modulus = octets.subarray(start + length);
  const bits = modulus.length * 8 - Math.clz32(modulus[0] ?? 0) + 24;
  const fits =
    length > 0 &&
    length <= mostExponentOctets &&
    exponent[0] !== 0 &&
    modulus[0] !== 0 &&
    bits >= leastModulusBits &&
    bits <= mostModulusBits;
  return fits ? { kty: 'RSA', n: base64url(modulus), e: base64url(exponent) } : null;
}

/** For this room: the public key of `key` (public or private) as a DNSKEY of `algorithm` holds it. Throws ZC_USAGE. */
export function publicKeyOctets(algorithm: number, key: KeyObject): Uint8Array {
  const jwk = (key.type === 'private' ? createPublicKey(key) : key).export({ format: 'jwk' });
  const scheme = schemes.get(algorithm);
  const part = (text: string | undefined): Uint8Array => new Uint8Array(Buffer.from(text ?? '', 'base64url'));
  if (scheme?.kind === 'rsa' && jwk.kty === 'RSA') {
    const exponent = part(jwk.e);
    const length =
      exponent.length < 256 ? [exponent.length] : [0, exponent.length >> 8, exponent.length & 255];
    return Uint8Array.from([...length, ...exponent, ...part(jwk.n)]);
  }
  if (scheme?.kind === 'ec' && jwk.crv === scheme.curve)
    return Uint8Array.from([...part(jwk.x), ...part(jwk.y)]);
  if (scheme?.kind === 'ed' && jwk.crv === scheme.curve) return part(jwk.x);
  throw new ZonecutError('ZC_USAGE', `the key is no key of DNSSEC algorithm ${algorithm}`, {
    hint: '8 and 10 are RSA, 13 is ECDSA P-256, 14 is ECDSA P-384, 15 is Ed25519, 16 is Ed448.',
  });
}

/**
 * For this room: the private key of a raw scalar or seed (algorithms 13 to 16). Throws ZC_USAGE.
 *
 * A scalar (13, 14) is a number, which BIND and ldns write without its leading zero octets: one key of 256 is shorter than its
 * curve. A seed (15, 16) is a string of octets, and is whole or none.
 */
export function privateKeyOf(algorithm: number, secret: Uint8Array): KeyObject {
  const scheme = schemes.get(algorithm);
  if (scheme === undefined || scheme.kind === 'rsa' || !isLengthOfSecret(scheme, secret.length)) {
    throw new ZonecutError(
      'ZC_USAGE',
      `${secret.length} octets are no private key of algorithm ${algorithm}`,
    );
  }
  if (scheme.kind === 'ec') {
    const scalar = new Uint8Array(scheme.octets);
    scalar.set(secret, scheme.octets - secret.length);
    const ecdh = createECDH(scheme.curve === 'P-256' ? 'prime256v1' : 'secp384r1');
    ecdh.setPrivateKey(scalar);
    const jwk = { ...ecJwk(scheme.curve, ecdh.getPublicKey().subarray(1)), d: base64url(scalar) };
    return createPrivateKey({ key: jwk, format: 'jwk' });
  }
  // PKCS #8 of RFC 8410: the OID 1.3.101.112 or .113 and the seed in two OCTET STRINGs.
  const octets = secret.length;
  const prefix = [
    0x30,
    octets + 14,
    2,
    1,
    0,
    0x30,
    5,
    6,
    3,
    0x2b,
    0x65,
    octets === 32 ? 0x70 : 0x71,
    4,
    octets + 2,
  ];
  const der = Buffer.from([...prefix, 4, octets, ...secret]);
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
}

function isLengthOfSecret(scheme: Exclude<Scheme, { readonly kind: 'rsa' }>, octets: number): boolean {
  return scheme.kind === 'ec' ? octets <= scheme.octets : octets === scheme.octets;
}

/** For this room: whether `signature` is that of `octets` with `key`. */
export function isSignature(
  algorithm: number,
  key: KeyObject,
  octets: Uint8Array,
  signature: Uint8Array,
): boolean {
  const scheme = schemes.get(algorithm);
  if (scheme === undefined) return false;
  try {
    switch (scheme.kind) {
      case 'rsa':
        return verify(scheme.hash, octets, key, signature);
      case 'ec':
        return (
          signature.length === 2 * scheme.octets &&
          verify(scheme.hash, octets, { key, dsaEncoding: 'ieee-p1363' }, signature)
        );
      case 'ed':
        return signature.length === scheme.signatureOctets && verify(null, octets, key, signature);
    }
  } catch {
    // What OpenSSL will not even look at is no signature.
    return false;
  }
}

/** For this room: the signature of `octets` with the private key `key`. Throws ZC_USAGE. */
export function signatureOf(algorithm: number, key: KeyObject, octets: Uint8Array): Uint8Array {
  const scheme = schemes.get(algorithm);
  if (scheme === undefined || !isAlgorithmForSigning(algorithm)) {
    throw new ZonecutError('ZC_USAGE', `nothing is signed with DNSSEC algorithm ${algorithm}`, {
      hint: 'Use 13 (ECDSA P-256) or 15 (Ed25519).',
    });
  }
  switch (scheme.kind) {
    case 'rsa':
      return new Uint8Array(sign(scheme.hash, octets, key));
    case 'ec':
      return new Uint8Array(sign(scheme.hash, octets, { key, dsaEncoding: 'ieee-p1363' }));
    case 'ed':
      return new Uint8Array(sign(null, octets, key));
  }
}
