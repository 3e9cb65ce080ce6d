import type { Name } from '../dns/name.ts';

/** What a check can find; each has a paragraph in docs/verify.md. */
export type FindingCode =
  | 'parent-undetermined'
  | 'parent-no-response'
  | 'delegation-missing'
  | 'parent-inconsistent'
  | 'child-is-alias'
  | 'ns-unresolvable'
  | 'lame-rcode'
  | 'lame-not-authoritative'
  | 'lame-upward-referral'
  | 'lame-no-response'
  | 'lame-broken-response'
  | 'child-ns-missing'
  | 'ns-set-mismatch'
  | 'ns-set-unexpected'
  | 'serial-skew'
  | 'ds-inconsistent'
  | 'ds-without-keys'
  | 'keys-broken'
  | 'chain-bogus'
  | 'cds-unmet'
  | 'cds-inconsistent'
  | 'csync-unmet'
  | 'resolver-old'
  | 'drift-ns'
  | 'drift-ds'
  | 'drift-glue'
  | 'drift-zone-gone'
  | 'resolver-error';

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
