import type { Name } from '../dns/name.ts';

/** Ids of findings that `zonecut check` has as well: each is that of a check. */
export const sharedCodes = [
  'parent-undetermined',
  'parent-no-response',
  'delegation-missing',
  'parent-inconsistent',
  'child-is-alias',
  'ns-unresolvable',
  'lame-rcode',
  'lame-not-authoritative',
  'lame-upward-referral',
  'lame-no-response',
  'lame-broken-response',
  'child-ns-missing',
  'ns-set-mismatch',
  'serial-skew',
  'ds-unsigned-zone',
  'ds-no-match',
  'dnskey-not-signed-by-ds',
  'ds-algorithm-unsigned',
  'child-signing-inconsistent',
  'dnskey-unavailable',
  'rrsig-expired',
  'cds-update-pending',
  'cds-delete',
  'cds-invalid',
  'cds-untrusted',
  'cds-inconsistent',
  'csync-pending',
  'old-servers-still-answer',
] as const;

/** Ids of what only a proof can find, which knows what a run wrote, what resolvers say and what a validator makes of it. */
export const proofCodes = ['ns-set-unexpected', 'chain-bogus', 'resolver-old', 'resolver-error'] as const;

/** Ids of what changed at a delegation that is under watch; docs/adopt.md tells them. */
export const driftCodes = ['drift-ns', 'drift-ds', 'drift-glue', 'drift-zone-gone'] as const;

/** What a proof or a drift can show. Those of proofs have a page each in docs/checks. */
export type FindingCode =
  | (typeof sharedCodes)[number]
  | (typeof proofCodes)[number]
  | (typeof driftCodes)[number];

/** `error`: names fail or can fail; `warning`: something is odd and nothing fails yet. */
export type Severity = 'error' | 'warning';

/** One thing that is wrong, where, and what to do. */
export interface Finding {
  readonly code: FindingCode;
  readonly severity: Severity;
  /** The cut. */
  readonly subject: Name;
  /** The server that shows it, as `name (address)`; null when it is about all of them. */
  readonly server: string | null;
  readonly text: string;
  readonly remedy: string;
}
