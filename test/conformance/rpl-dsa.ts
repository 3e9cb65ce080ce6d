import { createPublicKey, verify } from 'node:crypto';
import type { Dnskey } from '../../src/dns/dnssec.ts';

/**
 * Whether `signature` (of a RRSIG) is that of `octets` with a DSA key (RFC 2536).
 *
 * Validators must not do this any more (RFC 8624 section 3.1); it serves to see which signatures of an old scenario hold.
 */
export function isDsaSignature(key: Dnskey, octets: Uint8Array, signature: Uint8Array): boolean {
  const size = 64 + 8 * (key.publicKey[0] ?? 0);
  const part = (from: number, length: number): Uint8Array =>
    integer(key.publicKey.subarray(from, from + length));
  const [q, p, g, y] = [part(1, 20), part(21, size), part(21 + size, size), part(21 + 2 * size, size)];
  const algorithm = sequence(dsaIdentifier, sequence(p, q, g));
  const der = sequence(algorithm, tagged(3, Uint8Array.of(0, ...y)));
  try {
    const object = createPublicKey({ key: Buffer.from(der), format: 'der', type: 'spki' });
    // Some were written in DER by an ldns of the time.
    return signature[0] === 0x30
      ? verify('sha1', octets, { key: object, dsaEncoding: 'der' }, signature)
      : verify('sha1', octets, { key: object, dsaEncoding: 'ieee-p1363' }, signature.subarray(1, 41));
  } catch {
    return false;
  }
}

/** The object identifier 1.2.840.10040.4.1. */
const dsaIdentifier = Uint8Array.of(6, 7, 0x2a, 0x86, 0x48, 0xce, 0x38, 4, 1);

/** DER of a positive integer. */
function integer(octets: Uint8Array): Uint8Array {
  const start = octets.findIndex(octet => octet !== 0);
  const digits = start < 0 ? Uint8Array.of(0) : octets.subarray(start);
  return tagged(2, (digits[0] ?? 0) > 127 ? Uint8Array.of(0, ...digits) : digits);
}

function sequence(...parts: readonly Uint8Array[]): Uint8Array {
  return tagged(0x30, Uint8Array.from(parts.flatMap(part => [...part])));
}

function tagged(tag: number, content: Uint8Array): Uint8Array {
  const { length } = content;
  const head = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Uint8Array.of(tag, ...head, ...content);
}
