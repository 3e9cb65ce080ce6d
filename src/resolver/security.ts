import type { DenialVerdict } from '../dns/dnssec-denial-verdict.ts';
import type { RRsetVerdict, SignatureFault } from '../dns/dnssec-verify.ts';

/** Codes of Extended DNS Errors about DNSSEC (RFC 8914 section 4). */
export const dnssecErrors = {
  unsupportedAlgorithm: 1,
  unsupportedDigest: 2,
  indeterminate: 5,
  bogus: 6,
  signatureExpired: 7,
  signatureNotYetValid: 8,
  dnskeyMissing: 9,
  rrsigsMissing: 10,
  noZoneKeyBit: 11,
  nsecMissing: 12,
  unsupportedNsec3Iterations: 27,
} as const;

/**
 * What a validator says about data (RFC 4033 section 5).
 *
 * `secure`: a chain of signatures leads from a trust anchor to it. `insecure`: it is proven that there is no such chain.
 * `indeterminate`: no trust anchor is above it. `bogus`: there should be a chain, and it does not hold.
 */
export type Security =
  | { readonly kind: 'secure' }
  | { readonly kind: 'insecure'; readonly reason: string; readonly errorCode: number | null }
  | { readonly kind: 'indeterminate' }
  /** `errorCode` is that of an Extended DNS Error (RFC 8914 section 4). */
  | { readonly kind: 'bogus'; readonly reason: string; readonly errorCode: number };

/** The verdict on data that a chain leads to. */
export const secure: Security = { kind: 'secure' };

/** The verdict on data that no trust anchor is above. */
export const indeterminate: Security = { kind: 'indeterminate' };

/** A verdict of `bogus`. */
export function bogus(reason: string, errorCode: number = dnssecErrors.bogus): Security {
  return { kind: 'bogus', reason, errorCode };
}

/** A verdict of `insecure`. */
export function insecure(reason: string, errorCode: number | null = null): Security {
  return { kind: 'insecure', reason, errorCode };
}

/** Why the signatures of what `what` names do not hold. */
export function bogusSignatures(
  what: string,
  verdict: Exclude<RRsetVerdict, { readonly kind: 'secure' }>,
): Security {
  if (verdict.kind === 'limit') {
    return bogus(`the signatures of ${what} cost more than the limit of ${verdict.limit} allows`);
  }
  const [fault] = verdict.faults;
  if (fault === undefined) {
    return bogus(`${what} has no signature`, dnssecErrors.rrsigsMissing);
  }
  return bogus(`the signature of ${what} does not count: ${fault.problem}`, faultCodes[fault.fault]);
}

const faultCodes: Readonly<Record<SignatureFault, number>> = {
  signer: dnssecErrors.bogus,
  labels: dnssecErrors.bogus,
  'not-yet-valid': dnssecErrors.signatureNotYetValid,
  expired: dnssecErrors.signatureExpired,
  algorithm: dnssecErrors.unsupportedAlgorithm,
  'no-key': dnssecErrors.dnskeyMissing,
  'bad-key': dnssecErrors.bogus,
  'bad-signature': dnssecErrors.bogus,
};

/** What a denial says about what it should prove. An opt-out span proves no more than that it may be so. */
export function securityOfDenial(what: string, verdict: DenialVerdict): Security {
  switch (verdict.kind) {
    case 'proven':
      return verdict.optOut ? insecure(`${what} is denied by an opt-out span`) : secure;
    case 'insecure':
      return insecure(
        `${what} is denied by NSEC3 with ${verdict.iterations} iterations`,
        dnssecErrors.unsupportedNsec3Iterations,
      );
    case 'unproven':
      return bogus(`it is not proven that there is no ${what}: ${verdict.problem}`, dnssecErrors.nsecMissing);
    case 'limit':
      return bogus(`the proof that there is no ${what} costs more than the limit of ${verdict.limit} allows`);
  }
}
