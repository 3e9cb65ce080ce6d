import { createHash } from 'node:crypto';
import { ZonecutError } from '../error.ts';
import { hexText } from './fields.ts';
import { typeMnemonic, typeNumber } from './iana.ts';
import { type Name, octetsOfName } from './name.ts';
import { OctetReader, OctetWriter } from './octets.ts';
import { type Ds, dsOf, octetsOfRdata, parseRdata, rdataFromOctets } from './rdata.ts';
import type { Rdata, RRset, RRType } from './record.ts';

/** What a DNSKEY or CDNSKEY record says (RFC 4034 section 2.1). */
export interface Dnskey {
  /** 256 zone key, 1 secure entry point (RFC 4034 section 2.1.1), 128 revoked (RFC 5011 section 3). */
  readonly flags: number;
  /** 3 always (RFC 4034 section 2.1.2). */
  readonly protocol: number;
  /** A number of the registry "DNS Security Algorithm Numbers". */
  readonly algorithm: number;
  readonly publicKey: Uint8Array;
}

/** The flag of a key that signs a zone (RFC 4034 section 2.1.1). */
export const zoneKeyFlag = 0x100;
/** The flag of a key that its owner has revoked (RFC 5011 section 3). */
export const revokedFlag = 0x80;
/** The flag of a key that the parent's DS points at by convention (RFC 4034 section 2.1.1, RFC 3757). */
export const secureEntryPointFlag = 1;

/** The fields of the data of a DNSKEY, CDNSKEY or KEY record (RFC 4034 section 2.1). Throws ZC_RDATA on data of another type. */
export function dnskeyOf(rdata: Rdata): Dnskey {
  const from = new OctetReader(octetsOfRdata('DNSKEY', rdata), 'ZC_RDATA');
  return { flags: from.u16(), protocol: from.u8(), algorithm: from.u8(), publicKey: from.rest() };
}

/** The data of a DNSKEY record with these fields. Throws ZC_RDATA. */
export function rdataOfDnskey(key: Dnskey): Rdata {
  const to = new OctetWriter();
  to.u16(key.flags);
  to.u8(key.protocol);
  to.u8(key.algorithm);
  to.bytes(key.publicKey);
  return rdataFromOctets('DNSKEY', to.octets());
}

/** Whether a key may verify the signatures of a zone: it is a zone key of protocol 3 and not revoked (RFC 4034 section 2.1). */
export function isZoneKey({ flags, protocol }: Dnskey): boolean {
  return (flags & zoneKeyFlag) !== 0 && (flags & revokedFlag) === 0 && protocol === 3;
}

/** The key tag of the data of a DNSKEY, CDNSKEY or KEY record, 0 to 65535 (RFC 4034 appendix B; B.1 for algorithm 1). */
export function keyTagOf(dnskey: Rdata): number {
  const octets = octetsOfRdata('DNSKEY', dnskey);
  if (octets[3] === 1) {
    // RSA/MD5: the most significant 16 of the least significant 24 bits of the modulus.
    return ((octets[octets.length - 3] ?? 0) << 8) | (octets[octets.length - 2] ?? 0);
  }
  let sum = 0;
  for (const [at, octet] of octets.entries()) sum += at % 2 === 0 ? octet << 8 : octet;
  return (sum + (sum >>> 16)) & 0xffff;
}

/** Names of the hashes of DS digests (RFC 4034 appendix A.2, RFC 4509, RFC 6605) as node:crypto has them. */
const digests: ReadonlyMap<number, string> = new Map([
  [1, 'sha1'],
  [2, 'sha256'],
  [4, 'sha384'],
]);

/** Whether DS records with that digest type can be checked: 1 SHA-1, 2 SHA-256 and 4 SHA-384. */
export function isDigestKnown(digestType: number): boolean {
  return digests.has(digestType);
}

/**
 * The data of the DS record for a key: of the DNSKEY `dnskey` at `owner`, digest type 1, 2 or 4 (RFC 4034 section 5.1.4).
 *
 * New DS records have digest type 2 (RFC 8624 section 3.3). Throws ZC_RDATA for a digest type that is not known.
 */
export function dsOfKey(owner: Name, dnskey: Rdata, digestType = 2): Rdata {
  const { algorithm } = dnskeyOf(dnskey);
  const digest = hexText(digestOfKey(owner, dnskey, digestType));
  return parseRdata('DS', `${keyTagOf(dnskey)} ${algorithm} ${digestType} ${digest}`);
}

function digestOfKey(owner: Name, dnskey: Rdata, digestType: number): Uint8Array {
  const hash = digests.get(digestType);
  if (hash === undefined) {
    throw new ZonecutError('ZC_RDATA', `DS digest type ${digestType} is not known, 1, 2 and 4 are`, {
      hint: 'Use 2 (SHA-256), which every validator knows.',
    });
  }
  return createHash(hash).update(octetsOfName(owner)).update(octetsOfRdata('DNSKEY', dnskey)).digest();
}

/**
 * Whether `ds` (data of DS, CDS) stands for the DNSKEY `dnskey` at `owner`; false for digest types that are not known.
 *
 * RFC 4034 section 5.1.4. Throws ZC_RDATA on data of other types.
 */
export function dsMatches(owner: Name, ds: Rdata, dnskey: Rdata): boolean {
  return matches(owner, dsOf(ds), dnskey);
}

function matches(owner: Name, { keyTag, algorithm, digestType, digest }: Ds, dnskey: Rdata): boolean {
  if (dnskeyOf(dnskey).algorithm !== algorithm || keyTagOf(dnskey) !== keyTag || !isDigestKnown(digestType)) {
    return false;
  }
  return Buffer.compare(digest, digestOfKey(owner, dnskey, digestType)) === 0;
}

/** What a RRSIG record says (RFC 4034 section 3.1). */
export interface Rrsig {
  readonly typeCovered: RRType;
  readonly algorithm: number;
  /** Labels of the owner as it stands in the zone, root and wildcard label not counted. */
  readonly labels: number;
  readonly originalTtlSeconds: number;
  /** Seconds since 1970 modulo 2^32; compared by serial arithmetic (RFC 4034 section 3.1.5). */
  readonly expiration: number;
  /** As `expiration`. */
  readonly inception: number;
  readonly keyTag: number;
  readonly signer: Name;
  readonly signature: Uint8Array;
}

/** The fields of the data of a RRSIG record (RFC 4034 section 3.1). Throws ZC_RDATA on data of another type. */
export function rrsigOf(rdata: Rdata): Rrsig {
  const from = new OctetReader(octetsOfRdata('RRSIG', rdata), 'ZC_RDATA');
  return {
    typeCovered: typeMnemonic(from.u16()),
    algorithm: from.u8(),
    labels: from.u8(),
    originalTtlSeconds: from.u32(),
    expiration: from.u32(),
    inception: from.u32(),
    keyTag: from.u16(),
    signer: from.plainName(),
    signature: from.rest(),
  };
}

/** The data of a RRSIG record with these fields. Throws ZC_RDATA. */
export function rdataOfRrsig(rrsig: Rrsig): Rdata {
  const to = new OctetWriter();
  writeFields(rrsig, to);
  to.bytes(rrsig.signature);
  return rdataFromOctets('RRSIG', to.octets());
}

/** All fields but the signature. */
function writeFields(rrsig: Omit<Rrsig, 'signature'>, to: OctetWriter): void {
  to.u16(typeNumber(rrsig.typeCovered));
  to.u8(rrsig.algorithm);
  to.u8(rrsig.labels);
  to.u32(rrsig.originalTtlSeconds);
  to.u32(rrsig.expiration);
  to.u32(rrsig.inception);
  to.u16(rrsig.keyTag);
  to.bytes(octetsOfName(rrsig.signer));
}

/**
 * The octets that a RRSIG signs: its own fields without the signature, and the RRset in canonical form and order
 * (RFC 4034 sections 3.1.8.1, 6.2 and 6.3), its owner being `owner` (the wildcard where the RRset came from one).
 */
export function signedOctets(rrset: RRset, rrsig: Omit<Rrsig, 'signature'>, owner: Name): Uint8Array {
  const to = new OctetWriter({ octets: 512 });
  writeFields(rrsig, to);
  const name = octetsOfName(owner);
  const type = typeNumber(rrset.type);
  const data = rrset.data.map(value => octetsOfRdata(rrset.type, value)).sort(Buffer.compare);
  for (const octets of data) {
    to.bytes(name);
    to.u16(type);
    to.u16(1);
    to.u32(rrsig.originalTtlSeconds);
    to.u16(octets.length);
    to.bytes(octets);
  }
  return to.octets();
}
