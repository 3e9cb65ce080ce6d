import type { Delegation } from '../dns/delegation.ts';
import type { Name } from '../dns/name.ts';
import type { Exchange } from '../world/world.ts';
import type { Verdict } from './classify.ts';
import type { Attempt } from './query.ts';

/** What one server of a level said. */
export interface TraceServer {
  readonly name: Name;
  /** Null when the name has no address that can be found; then nothing was asked. */
  readonly address: string | null;
  readonly from: 'hints' | 'glue' | 'resolved';
  readonly exchange: Exchange | null;
  readonly verdict: Verdict | { readonly kind: 'no-address' };
  /** The delegation that it refers to; null when it gives none. */
  readonly referral: Delegation | null;
  /** Milliseconds of the last exchange; null when there was no response. */
  readonly rttMs: number | null;
  readonly attempts: readonly Attempt[];
}

/** All servers of one zone on the way, asked the same question. */
export interface Level {
  readonly zone: Name;
  /** The names of its servers, as the level above gives them. */
  readonly ns: readonly Name[];
  readonly servers: readonly TraceServer[];
  /** Whether all servers that said something said the same; silence is no disagreement. */
  readonly agrees: boolean;
  /** The different things that were said, the most frequent first; each with those who said it. */
  readonly opinions: readonly { readonly said: string; readonly servers: readonly string[] }[];
  /** The zone that most servers refer to; null at the last level. */
  readonly next: Name | null;
}
