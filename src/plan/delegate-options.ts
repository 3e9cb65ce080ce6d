import type { RRset } from '../dns/rrset.ts';
import { ZonecutError } from '../error.ts';
import type { Capabilities, RRsetChange } from '../providers/provider.ts';
import type { Party } from './plan.ts';

/** What the planner must know besides the survey. */
export interface DelegateOptions {
  /** The ID of the run; see `Plan.run`. */
  readonly run: string;
  /** The version of zonecut. */
  readonly madeBy: string;
  readonly parent: Party & { readonly capabilities: Capabilities };
  readonly child: Party & { readonly capabilities: Capabilities };
  /** Seconds; the TTL of the NS RRset at the parent. The host's default when null. */
  readonly nsTtl: number | null;
  /** What to do with records that the cut hides: copy them into the child zone first, or let them go. */
  readonly hidden: 'copy' | 'hide';
  /**
   * What becomes of the rows that the cut hides in the parent, once no cache can differ: `keep` them, `remove` them, or make
   * exactly these changes. Kept unless given.
   */
  readonly hiddenRows?: 'keep' | 'remove' | readonly RRsetChange[];
  /** RRsets that the child zone shall have beside what the cut hides: those of a zone that is made again. None unless given. */
  readonly records?: readonly RRset[];
  /** The run that is taken back; null for none, as when not given. */
  readonly undoes?: string | null;
  /** The host's ID of the zone to use where the child's account has several of that name; null when not named. */
  readonly childZoneId: string | null;
  /** Whether the child shall be signed and its DS published: told so, told not to, or not told. */
  readonly sign?: boolean;
  /** Whether the delegation is locked at the parent's host when it is proven; not unless said. */
  readonly protect?: 'lock';
}

/** Throws ZC_PLAN_REFUSED: what was found, and what to do. */
export function refuse(text: string, hint: string): never {
  throw new ZonecutError('ZC_PLAN_REFUSED', text, { hint });
}
