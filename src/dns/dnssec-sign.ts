import { ZonecutError } from '../error.ts';
import { rdataOfRrsig, signedOctets } from './dnssec.ts';
import { signatureOf } from './dnssec-algorithms.ts';
import type { SigningKey } from './dnssec-keys.ts';
import { signedLabels } from './dnssec-verify.ts';
import { isAtOrBelow, type Name } from './name.ts';
import { makeRRset, type Rdata, type RRset } from './rrset.ts';

/** From when to when signatures are valid, in seconds since 1970; at most 2^31 - 1 seconds apart (RFC 4034 section 3.1.5). */
export interface Validity {
  readonly inceptionSeconds: number;
  readonly expirationSeconds: number;
}

/**
 * The data of the RRSIG record of `rrset` by `key`, a key of `zone` (RFC 4034 section 3).
 *
 * Signatures of ECDSA (13, 14) differ from one run to the next, all others do not. Throws ZC_ZONE when the zone does not
 * hold the owner, ZC_USAGE when `validity` ends before it begins or lasts too long.
 */
export function signRRset(rrset: RRset, key: SigningKey, zone: Name, validity: Validity): Rdata {
  const inception = Math.floor(validity.inceptionSeconds);
  const expiration = Math.floor(validity.expirationSeconds);
  if (!(expiration > inception) || expiration - inception > 0x7fffffff) {
    throw new ZonecutError('ZC_USAGE', `signatures valid from ${inception} to ${expiration}`, {
      hint: 'The end comes after the beginning, by less than 68 years.',
    });
  }
  if (!isAtOrBelow(rrset.owner, zone))
    throw new ZonecutError('ZC_ZONE', `${rrset.owner} is not in the zone ${zone}`);
  const fields = {
    typeCovered: rrset.type,
    algorithm: key.algorithm,
    labels: signedLabels(rrset.owner),
    originalTtlSeconds: rrset.ttl,
    expiration: modulo(expiration),
    inception: modulo(inception),
    keyTag: key.keyTag,
    signer: zone,
  };
  const signature = signatureOf(key.algorithm, key.privateKey, signedOctets(rrset, fields, rrset.owner));
  return rdataOfRrsig({ ...fields, signature });
}

function modulo(seconds: number): number {
  return ((seconds % 0x100000000) + 0x100000000) % 0x100000000;
}

/** The RRSIG RRset of `rrset` by all of `keys`, with its TTL (RFC 4034 section 3). Throws as `signRRset`, ZC_ZONE without keys. */
export function signaturesOf(
  rrset: RRset,
  keys: readonly SigningKey[],
  zone: Name,
  validity: Validity,
): RRset<'RRSIG'> {
  return makeRRset(
    rrset.owner,
    'RRSIG',
    rrset.ttl,
    keys.map(key => signRRset(rrset, key, zone, validity)),
  );
}
