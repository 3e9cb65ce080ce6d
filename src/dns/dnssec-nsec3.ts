import { createHash } from 'node:crypto';
import { ZonecutError } from '../error.ts';
import { hexText, parseHex } from './fields.ts';
import { base32Text } from './fields-dnssec.ts';
import { childOf, type Name, octetsOfName } from './name.ts';
import { OctetReader } from './octets.ts';
import { octetsOfRdata, parseRdata } from './rdata.ts';
import type { Rdata, RRType } from './rrset.ts';

/** Additional iterations that `nsec3Hash` does at all (RFC 5155 section 10.3 has no more for any size of key). */
export const mostNsec3Iterations = 2500;

/** How a zone hashes its names for NSEC3: with SHA-1 always, which is number 1 (RFC 5155 section 11). */
export interface Nsec3Parameters {
  /** Additional iterations; 0 for new zones (RFC 9276 section 3.1). */
  readonly iterations: number;
  /** 0 to 255 octets; none for new zones (RFC 9276 section 3.1). */
  readonly salt: Uint8Array;
}

/** What a NSEC3 record says (RFC 5155 section 3.1). */
export interface Nsec3 extends Nsec3Parameters {
  /** 1 is SHA-1. */
  readonly hashAlgorithm: number;
  /** Bit 1 is opt-out (RFC 5155 section 3.1.2.1). */
  readonly flags: number;
  /** In base32hex, lower case, as the first label of an owner is written. */
  readonly nextHash: string;
  readonly types: ReadonlySet<RRType>;
}

/** The fields of the data of a NSEC3 record (RFC 5155 section 3.1). Throws ZC_RDATA on data of another type. */
export function nsec3Of(rdata: Rdata): Nsec3 {
  const from = new OctetReader(octetsOfRdata('NSEC3', rdata), 'ZC_RDATA');
  return {
    hashAlgorithm: from.u8(),
    flags: from.u8(),
    iterations: from.u16(),
    salt: from.string(),
    nextHash: base32Text(from.string()),
    types: new Set(rdata.split(' ').slice(5)),
  };
}

/** The fields of the data of a NSEC3PARAM record (RFC 5155 section 4.1). Throws ZC_RDATA on data of another type. */
export function nsec3ParamOf(
  rdata: Rdata,
): Nsec3Parameters & { readonly hashAlgorithm: number; readonly flags: number } {
  const from = new OctetReader(octetsOfRdata('NSEC3PARAM', rdata), 'ZC_RDATA');
  return { hashAlgorithm: from.u8(), flags: from.u8(), iterations: from.u16(), salt: from.string() };
}

/** For this room: the fields before the next hash as text. */
export function nsec3Head({ iterations, salt }: Nsec3Parameters, flags: number): string {
  return `1 ${flags} ${iterations} ${salt.length === 0 ? '-' : hexText(salt)}`;
}

/** The data of the NSEC3PARAM record for `parameters` (RFC 5155 section 4). Throws ZC_RDATA. */
export function rdataOfNsec3Param(parameters: Nsec3Parameters): Rdata {
  return parseRdata('NSEC3PARAM', nsec3Head(parameters, 0));
}

/** Parameters from the salt in hexadecimal (`-` or empty for none). Throws ZC_RDATA. */
export function nsec3Parameters(iterations: number, saltHex: string): Nsec3Parameters {
  return { iterations, salt: saltHex === '-' ? new Uint8Array() : parseHex(saltHex, 'the salt') };
}

/**
 * The hash of `name` in base32hex, lower case, 32 characters (RFC 5155 section 5).
 *
 * Costs `iterations` + 1 times SHA-1. Throws ZC_LIMIT over 2500 iterations.
 */
export function nsec3Hash(name: Name, { iterations, salt }: Nsec3Parameters): string {
  if (iterations > mostNsec3Iterations) {
    throw new ZonecutError('ZC_LIMIT', `${iterations} iterations of NSEC3, ${mostNsec3Iterations} at most`, {
      hint: 'Zones use 0 (RFC 9276 section 3.1).',
    });
  }
  let digest: Uint8Array = octetsOfName(name);
  for (let left = iterations + 1; left > 0; left -= 1) {
    digest = createHash('sha1').update(digest).update(salt).digest();
  }
  return base32Text(digest);
}

/** The owner of the NSEC3 record of `name` in `zone` (RFC 5155 section 3). Throws as `nsec3Hash`, ZC_NAME when there is no room. */
export function nsec3Owner(name: Name, parameters: Nsec3Parameters, zone: Name): Name {
  return childOf(nsec3Hash(name, parameters), zone);
}
