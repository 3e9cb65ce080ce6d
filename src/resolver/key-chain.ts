import { dnskeyOf, dsMatches, isDigestKnown, keyTagOf, type Rrsig, rrsigOf } from '../dns/dnssec.ts';
import { isAlgorithmKnown } from '../dns/dnssec-algorithms.ts';
import { type VerifyOptions, verifyKeys } from '../dns/dnssec-verify.ts';
import { dsOf } from '../dns/rdata.ts';
import type { Rdata, RRset } from '../dns/rrset.ts';
import { compareSerials } from '../dns/serial.ts';
import { type Evidence, signaturesFor } from './scrub.ts';

/** A DS record, of a parent or of a trust anchor, and what it comes to. */
export interface DsUse {
  readonly keyTag: number;
  readonly algorithm: number;
  readonly digestType: number;
  /**
   * `signs`: the key that it stands for is there and signed the keys. `silent`: it is there, and no signature of it holds.
   * `missing`: it is not there. `unknown`: the algorithm or the digest type is not known.
   */
  readonly key: 'signs' | 'silent' | 'missing' | 'unknown';
}

/** A DNSKEY record, in short. */
export interface KeyUse {
  readonly keyTag: number;
  readonly algorithm: number;
  readonly flags: number;
}

/** How the keys of a zone hang on what is above it. */
export interface KeyChain {
  readonly from: 'anchor' | 'parent';
  readonly ds: readonly DsUse[];
  /** Empty when none was found. */
  readonly keys: readonly KeyUse[];
}

/** The keys of a zone as one server gives them. */
export interface FoundKeys {
  readonly rrset: RRset<'DNSKEY'>;
  readonly evidence: Evidence;
}

/** What each of `ds` comes to with the keys that were found; null for a zone without any. */
export function keyChainOf(
  from: KeyChain['from'],
  ds: readonly Rdata[],
  found: FoundKeys | null,
  options: VerifyOptions,
): KeyChain {
  const keys = found?.rrset.data ?? [];
  return {
    from,
    ds: ds.map(rdata => {
      const { keyTag, algorithm, digestType } = dsOf(rdata);
      return { keyTag, algorithm, digestType, key: useOf(rdata, found, options) };
    }),
    keys: keys.map(rdata => {
      const { algorithm, flags } = dnskeyOf(rdata);
      return { keyTag: keyTagOf(rdata), algorithm, flags };
    }),
  };
}

function useOf(ds: Rdata, found: FoundKeys | null, options: VerifyOptions): DsUse['key'] {
  const { algorithm, digestType } = dsOf(ds);
  if (!isAlgorithmKnown(algorithm) || !isDigestKnown(digestType)) {
    return 'unknown';
  }
  if (found === null || !found.rrset.data.some(key => dsMatches(found.rrset.owner, ds, key))) {
    return 'missing';
  }
  const verdict = verifyKeys(found.rrset, signaturesFor(found.rrset, found.evidence), [ds], options);
  return verdict.kind === 'secure' ? 'signs' : 'silent';
}

/** When the first of some signatures ends. */
export interface SignatureEnd {
  /** What it signs, such as `www.example.com. A`. */
  readonly of: string;
  /** RFC 3339. */
  readonly at: string;
  readonly leftSeconds: number;
  /** Whether less than a tenth of its time is left: signers renew well before that. */
  readonly isNear: boolean;
}

const nearPart = 0.1;

/** The signature of all in `evidences` that ends first; null when there is none. */
export function firstEnd(evidences: readonly Evidence[], nowSeconds: number): SignatureEnd | null {
  let first: { readonly of: string; readonly signature: Rrsig } | null = null;
  for (const { owner, data } of evidences.flatMap(({ signatures }) => signatures)) {
    for (const rdata of data) {
      const signature = rrsigOf(rdata);
      if (first === null || compareSerials(signature.expiration, first.signature.expiration) < 0) {
        first = { of: `${owner} ${signature.typeCovered}`, signature };
      }
    }
  }
  return first === null ? null : endOf(first.of, first.signature, nowSeconds);
}

function endOf(of: string, { inception, expiration }: Rrsig, nowSeconds: number): SignatureEnd {
  const now = Math.floor(nowSeconds);
  // The time is told modulo 2^32 (RFC 4034 section 3.1.5).
  const leftSeconds = ((expiration - (now % wrap) + wrap + wrap / 2) % wrap) - wrap / 2;
  const wholeSeconds = (expiration - inception + wrap) % wrap;
  return {
    of,
    at: new Date((now + leftSeconds) * 1000).toISOString(),
    leftSeconds,
    isNear: leftSeconds < nearPart * wholeSeconds,
  };
}

const wrap = 2 ** 32;
