import { dsMatches, isDigestKnown, type Rrsig, rrsigOf, signedOctets } from './dnssec.ts';
import { isAlgorithmKnown, isSignature } from './dnssec-algorithms.ts';
import type { DnssecBudget, DnssecLimit } from './dnssec-budget.ts';
import { type ZoneKey, zoneKeysOf } from './dnssec-keys.ts';
import { ancestorsOf, isAtOrBelow, labelCount, type Name, wildcardAt } from './name.ts';
import { dsOf } from './rdata.ts';
import type { Rdata, RRset } from './record.ts';
import { compareSerials } from './serial.ts';

/** Why one signature does not count. */
export type SignatureFault =
  /** The signer is not the zone of the keys, or the owner is not in it (RFC 4035 section 5.3.1). */
  | 'signer'
  /** More labels than the owner has, fewer than the zone, or a wildcard where none may be (RFC 4035 section 5.3.1). */
  | 'labels'
  | 'not-yet-valid'
  | 'expired'
  /** The algorithm is not known. */
  | 'algorithm'
  /** No key has that tag and algorithm. */
  | 'no-key'
  /** The key's octets are no key. */
  | 'bad-key'
  | 'bad-signature';

/** One signature that does not count, and why. */
export interface FaultySignature {
  readonly keyTag: number;
  readonly algorithm: number;
  readonly fault: SignatureFault;
  /** A sentence with what was found. */
  readonly problem: string;
}

/** What the signatures of an RRset say about it. */
export type RRsetVerdict =
  | {
      readonly kind: 'secure';
      readonly signature: Rrsig;
      /** The data of the DNSKEY that verified it. */
      readonly key: Rdata;
      /** The wildcard that the RRset came from; then the name's absence has to be proven too (RFC 4035 section 5.3.4). */
      readonly wildcard: Name | null;
      /** Seconds for which it may be kept (RFC 4035 section 5.3.3). */
      readonly ttlSeconds: number;
    }
  /** No signature counts; `faults` is empty when there is none for the type. */
  | { readonly kind: 'bogus'; readonly faults: readonly FaultySignature[] }
  /** The budget ended before a signature held: to be treated as bogus. */
  | { readonly kind: 'limit'; readonly limit: DnssecLimit };

/** By what time and with how much work signatures are verified. */
export interface VerifyOptions {
  /** The time now, in seconds since 1970. */
  readonly nowSeconds: number;
  /** Shared by the whole look-up. */
  readonly budget: DnssecBudget;
}

/**
 * Verifies `rrset` by `signatures`, data of the RRSIG records at its owner, with the DNSKEY RRset of the zone
 * (RFC 4035 section 5.3).
 *
 * `keys` must have been verified before (`verifyKeys`); its owner is the zone that must have signed. One signature that
 * holds is enough. An NSEC or NSEC3 that came from a wildcard does not count: it would prove what its zone never said.
 */
export function verifyRRset(
  rrset: RRset,
  signatures: readonly Rdata[],
  keys: RRset<'DNSKEY'>,
  options: VerifyOptions,
): RRsetVerdict {
  return verifyWith(rrset, signatures, keys.owner, zoneKeysOf(keys), options);
}

function verifyWith(
  rrset: RRset,
  signatures: readonly Rdata[],
  zone: Name,
  keys: readonly ZoneKey[],
  options: VerifyOptions,
): RRsetVerdict {
  const faults: FaultySignature[] = [];
  let limit: DnssecLimit | null = null;
  for (const rdata of signatures) {
    const signature = rrsigOf(rdata);
    if (signature.typeCovered !== rrset.type) continue;
    const fault = faultBeforeWork(rrset, signature, zone, options.nowSeconds);
    if (fault !== null) {
      faults.push(faulty(signature, ...fault));
      continue;
    }
    const tried = tryKeys(rrset, signature, keys, options.budget);
    if (tried.kind === 'secure') return secure(rrset, signature, tried.key, options.nowSeconds);
    if (tried.kind === 'limit') limit = tried.limit;
    else faults.push(faulty(signature, tried.fault, tried.problem));
    if (limit === 'validations') break;
  }
  return limit === null ? { kind: 'bogus', faults } : { kind: 'limit', limit };
}

function faulty({ keyTag, algorithm }: Rrsig, fault: SignatureFault, problem: string): FaultySignature {
  return { keyTag, algorithm, fault, problem };
}

/** What is wrong with a signature before any cryptography (RFC 4035 section 5.3.1), null when nothing is. */
function faultBeforeWork(
  { owner, type }: RRset,
  signature: Rrsig,
  zone: Name,
  nowSeconds: number,
): readonly [SignatureFault, string] | null {
  const { signer, labels, algorithm, inception, expiration } = signature;
  if (signer !== zone) return ['signer', `signed by ${signer}, not by the zone ${zone}`];
  if (!isAtOrBelow(owner, zone) || (type === 'DS' && owner === zone)) {
    return ['signer', `the zone ${zone} does not hold ${owner} ${type}`];
  }
  const own = signedLabels(owner);
  if (labels > own || labels < labelCount(zone)) {
    return ['labels', `${labels} labels, ${labelCount(zone)} to ${own} are possible`];
  }
  if (labels < own && (type === 'NSEC' || type === 'NSEC3')) {
    return ['labels', `an ${type} that came from a wildcard`];
  }
  const now = Math.floor(nowSeconds) % 0x100000000;
  if (!(compareSerials(inception, now) <= 0)) return ['not-yet-valid', `valid from ${dateText(inception)}`];
  if (!(compareSerials(now, expiration) <= 0)) return ['expired', `valid to ${dateText(expiration)}`];
  return isAlgorithmKnown(algorithm) ? null : ['algorithm', `algorithm ${algorithm} is not known`];
}

/** Labels of `owner` as RRSIG counts them: without the root and without the wildcard label (RFC 4034 section 3.1.3). */
export function signedLabels(owner: Name): number {
  return labelCount(owner) - (owner.startsWith('*.') ? 1 : 0);
}

function dateText(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}

/** The wildcard that the signature says the RRset came from, null when it says none. */
function wildcardOf(owner: Name, labels: number): Name | null {
  if (labels >= signedLabels(owner)) return null;
  const encloser = ancestorsOf(owner)[labelCount(owner) - labels];
  return encloser === undefined ? null : wildcardAt(encloser);
}

type Tried =
  | { readonly kind: 'secure'; readonly key: ZoneKey }
  | { readonly kind: 'faulty'; readonly fault: SignatureFault; readonly problem: string }
  | { readonly kind: 'limit'; readonly limit: DnssecLimit };

function tryKeys(rrset: RRset, signature: Rrsig, keys: readonly ZoneKey[], budget: DnssecBudget): Tried {
  const { algorithm, keyTag } = signature;
  const candidates = keys.filter(key => key.keyTag === keyTag && key.algorithm === algorithm);
  if (candidates.length === 0) {
    return {
      kind: 'faulty',
      fault: 'no-key',
      problem: `no key has the tag ${keyTag} and algorithm ${algorithm}`,
    };
  }
  const owner = wildcardOf(rrset.owner, signature.labels) ?? rrset.owner;
  const octets = signedOctets(rrset, signature, owner);
  let readable = false;
  for (const key of candidates.slice(0, budget.keysPerTag)) {
    if (!budget.takeValidation()) return { kind: 'limit', limit: 'validations' };
    const object = key.publicKeyObject();
    if (object === null) continue;
    readable = true;
    if (isSignature(algorithm, object, octets, signature.signature)) return { kind: 'secure', key };
  }
  if (candidates.length > budget.keysPerTag) return { kind: 'limit', limit: 'keys-per-tag' };
  return readable
    ? { kind: 'faulty', fault: 'bad-signature', problem: `the signature is not that of the key ${keyTag}` }
    : {
        kind: 'faulty',
        fault: 'bad-key',
        problem: `the octets of the key ${keyTag} are no key of algorithm ${algorithm}`,
      };
}

function secure(rrset: RRset, signature: Rrsig, key: ZoneKey, nowSeconds: number): RRsetVerdict {
  const left = (signature.expiration - (Math.floor(nowSeconds) % 0x100000000) + 0x100000000) % 0x100000000;
  return {
    kind: 'secure',
    signature,
    key: key.rdata,
    wildcard: wildcardOf(rrset.owner, signature.labels),
    ttlSeconds: Math.min(rrset.ttl, signature.originalTtlSeconds, left),
  };
}

/** What the DS RRset of the parent, or a trust anchor in that form, says about the keys of a zone. */
export type KeysVerdict =
  | Extract<RRsetVerdict, { readonly kind: 'secure' }>
  /** Every DS has an algorithm or digest type that is not known: the zone counts as unsigned (RFC 4035 section 5.2). */
  | { readonly kind: 'insecure' }
  /** `matched` is false when no DS stands for any of the keys; `faults` is empty when there is no signature. */
  | { readonly kind: 'bogus'; readonly matched: boolean; readonly faults: readonly FaultySignature[] }
  | { readonly kind: 'limit'; readonly limit: DnssecLimit };

/**
 * Verifies the DNSKEY RRset of a zone by `signatures` and by `ds`, verified data of its DS RRset or of trust anchors
 * (RFC 4035 section 5.2; `dsOfKey` makes a DS of a key that is trusted).
 *
 * SHA-1 digests are passed over when another one is known (RFC 4509 section 3). At most 8 DS are compared with keys.
 */
export function verifyKeys(
  keys: RRset<'DNSKEY'>,
  signatures: readonly Rdata[],
  ds: readonly Rdata[],
  options: VerifyOptions,
): KeysVerdict {
  const known = ds.filter(rdata => {
    const { algorithm, digestType } = dsOf(rdata);
    return isAlgorithmKnown(algorithm) && isDigestKnown(digestType);
  });
  if (known.length === 0) return { kind: 'insecure' };
  const strong = known.filter(rdata => dsOf(rdata).digestType !== 1);
  const usable = strong.length > 0 ? strong : known;
  const trusted = new Set<ZoneKey>();
  let crowded = usable.length > options.budget.dsTried;
  for (const rdata of usable.slice(0, options.budget.dsTried)) {
    const { keyTag, algorithm } = dsOf(rdata);
    const candidates = zoneKeysOf(keys).filter(key => key.keyTag === keyTag && key.algorithm === algorithm);
    if (candidates.length > options.budget.keysPerTag) crowded = true;
    for (const key of candidates.slice(0, options.budget.keysPerTag)) {
      if (dsMatches(keys.owner, rdata, key.rdata)) trusted.add(key);
    }
  }
  const verdict = verifyWith(keys, signatures, keys.owner, [...trusted], options);
  if (verdict.kind !== 'bogus') return verdict;
  return crowded ? { kind: 'limit', limit: 'ds-tried' } : { ...verdict, matched: trusted.size > 0 };
}
