import { createHash } from 'node:crypto';
import { type Name, octetsOfName } from './name.ts';
import { octetsOfRdata, parseRdata } from './rdata.ts';
import type { Rdata } from './record.ts';

/** The key tag of DNSKEY, CDNSKEY or KEY data, 0 to 65535 (RFC 4034 appendix B). */
export function keyTagOf(key: Rdata): number {
  const octets = octetsOfRdata('DNSKEY', key);
  if (octets[3] === 1) return ((octets.at(-3) ?? 0) << 8) | (octets.at(-2) ?? 0);
  let sum = 0;
  for (const [at, octet] of octets.entries()) sum += at % 2 === 0 ? octet << 8 : octet;
  return (sum + (sum >>> 16)) & 0xffff;
}

/** Digest types of DS that can be computed here, and what computes them (RFC 4034, RFC 4509, RFC 6605). */
const hashes: ReadonlyMap<number, string> = new Map([
  [1, 'sha1'],
  [2, 'sha256'],
  [4, 'sha384'],
]);

/** The DS data that stands for a DNSKEY of `owner` (RFC 4034 section 5.1.4); null for a digest type that is not 1, 2 or 4. */
export function dsOfKey(owner: Name, key: Rdata, digestType: number): Rdata | null {
  const hash = hashes.get(digestType);
  if (hash === undefined) return null;
  const octets = octetsOfRdata('DNSKEY', key);
  const digest = createHash(hash).update(octetsOfName(owner)).update(octets).digest('hex');
  return parseRdata('DS', `${keyTagOf(key)} ${octets[3] ?? 0} ${digestType} ${digest}`);
}
