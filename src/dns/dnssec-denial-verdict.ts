import type { DnssecLimit } from './dnssec-budget.ts';
import type { Name } from './name.ts';

/** What NSEC or NSEC3 records of a response say about what was asked. */
export type DenialVerdict =
  | {
      readonly kind: 'proven';
      /** The deepest name above that exists, where the proof has one. */
      readonly closestEncloser: Name | null;
      /**
       * Whether the proof rests on an opt-out span: an unsigned delegation may hide there, so that the answer is not to be
       * called authenticated (RFC 5155 section 9.2), and DS is absent without the delegation being shown.
       */
      readonly optOut: boolean;
    }
  /** More than 50 iterations: the answer counts as insecure, not as bogus (RFC 9276 section 3.2). */
  | { readonly kind: 'insecure'; readonly iterations: number }
  | { readonly kind: 'unproven'; readonly problem: string }
  /** The budget ended before the proof did: to be treated as bogus. */
  | { readonly kind: 'limit'; readonly limit: DnssecLimit };

/** For this room: a proof that was found. */
export function proven(closestEncloser: Name | null, optOut: boolean): DenialVerdict {
  return { kind: 'proven', closestEncloser, optOut };
}

/** For this room: what is missing of a proof. */
export function unproven(problem: string): DenialVerdict {
  return { kind: 'unproven', problem };
}
