import type { Name } from '../dns/name.ts';
import type { Rdata, RRset } from '../dns/rrset.ts';
import type { HostedZone, ProviderId, RRsetChange, RRsetName } from '../providers/provider.ts';

/** The version of the plan's shape; a file with another one is refused (ZC_PLAN_FILE). */
export const planSchema = 'zonecut/plan/v1';

/** Which host an action is carried out at: that of the parent zone, of the child zone, or the one that the child leaves. */
export type Side = 'parent' | 'child' | 'old';

/** What the user wants. */
export interface Intent {
  readonly kind: 'delegate' | 'undelegate' | 'move' | 'adopt' | 'unsign' | 'mend';
  readonly cut: Name;
  /** The run whose work this plan takes back; null for a plan that stands for itself. */
  readonly undoes: string | null;
}

/**
 * Why RRsets are written: `copy` what the cut would hide into the child zone, `carry-back` the child's records into the
 * parent before its delegation goes, `remove-hidden` what a cut hides in the parent, `restore` what an earlier run took away.
 */
export type Purpose = 'copy' | 'carry-back' | 'remove-hidden' | 'restore';

/** An account that takes part. */
export interface Party {
  readonly id: ProviderId;
  /** For people; see `Provider.label`. */
  readonly label: string;
}

/** The accounts of a plan. */
export interface Parties {
  readonly parent: Party;
  /** Where the child zone is or shall be; null when only the parent is changed. */
  readonly child: Party | null;
  /** The host that the child zone leaves in a move; null in every other plan. */
  readonly old: Party | null;
}

/**
 * The NS RRset that a delegation shall have: given outright, the servers of the zone that step `step` creates, or all servers
 * of several sources.
 */
export type NsSource =
  | { readonly kind: 'known'; readonly servers: readonly Name[] }
  | { readonly kind: 'of-zone'; readonly step: string }
  | { readonly kind: 'union'; readonly of: readonly NsSource[] };

/** An NS RRset of the cut whose servers need not be known yet. */
export interface NsSet {
  /** Seconds. */
  readonly ttl: number;
  readonly ns: NsSource;
}

/** Whether servers of `source` become known only when a zone is made. */
export function isLate(source: NsSource): boolean {
  switch (source.kind) {
    case 'known':
      return false;
    case 'of-zone':
      return true;
    case 'union':
      return source.of.some(isLate);
  }
}

/** The servers of `source` that are known already. */
export function knownServers(source: NsSource): readonly Name[] {
  switch (source.kind) {
    case 'known':
      return source.servers;
    case 'of-zone':
      return [];
    case 'union':
      return source.of.flatMap(knownServers);
  }
}

/** The DS RRset that a delegation shall have: its data, or what step `step` proved that the child's keys stand for. */
export type DsSource =
  | { readonly kind: 'known'; readonly data: readonly Rdata[] }
  | { readonly kind: 'of-keys'; readonly step: string };

/** A DS RRset of the cut whose data need not be known yet. */
export interface DsSet {
  /** Seconds. */
  readonly ttl: number;
  readonly ds: DsSource;
}

/** What a manual step is done for, which zonecut then looks for at every server of the parent. */
export interface ManualGoal {
  readonly cut: Name;
  /** The zone whose servers are asked. */
  readonly zone: Name;
  /** The DS RRset that they shall give; null for none. */
  readonly ds: DsSource | null;
}

/** A zone: one that is there, or the one that step `step` creates. */
export type ZoneSource =
  | { readonly kind: 'known'; readonly zone: HostedZone }
  | { readonly kind: 'created'; readonly step: string };

/** Why caches can hold an old answer, and for how long. */
export interface Bound {
  /** Whole seconds. */
  readonly seconds: number;
  /** What is held, such as "the answer that the name does not exist". */
  readonly holds: string;
  /** Where the number was read and the rule it follows. */
  readonly reason: string;
}

/** One thing to do. The set is closed: `perform` in apply/ has one case for each. */
export type Action =
  | {
      readonly do: 'create-zone';
      readonly apex: Name;
      /** Makes the call safe to repeat; see `Provider.createZone`. */
      readonly reference: string;
      readonly seed: readonly RRset[];
    }
  /** A zone that a person makes at a host that makes none by API: it is shown, waited for, and looked for in the account. */
  | {
      readonly do: 'zone-by-hand';
      readonly apex: Name;
      /** Who can do it and where. */
      readonly where: string;
      /** What to do, a line each. */
      readonly instructions: readonly string[];
      /** Servers that it must not name: those of the zone that moves there. */
      readonly foreign: readonly Name[];
    }
  | {
      readonly do: 'change-rrsets';
      readonly purpose: Purpose;
      readonly side: Side;
      readonly zone: ZoneSource;
      readonly changes: readonly RRsetChange[];
    }
  | {
      readonly do: 'prove-child';
      readonly cut: Name;
      /** Null where none of the accounts has the zone; then its servers are where the DNS says. */
      readonly zone: ZoneSource | null;
      readonly ns: NsSource;
      /** What each server must give beside the SOA: what the plan copied, all that the zone holds, or nothing. */
      readonly records: 'copied' | 'all' | 'none';
    }
  /** Makes the NS RRset of the child's apex at one host name these servers. */
  | {
      readonly do: 'change-apex-ns';
      readonly side: Side;
      readonly cut: Name;
      readonly zone: ZoneSource;
      /** What it must be now; null for what its host gave it, or an earlier step. */
      readonly from: RRset | null;
      /** Seconds. */
      readonly ttl: number;
      readonly ns: NsSource;
    }
  /** Brings into the new zone what was edited in the old one since `records` were read of it. */
  | {
      readonly do: 'follow-edits';
      readonly cut: Name;
      readonly old: HostedZone;
      readonly zone: ZoneSource;
      /** What the new zone holds of the old one when nobody edits anything. */
      readonly records: readonly RRset[];
    }
  | {
      readonly do: 'change-delegation';
      readonly zone: HostedZone;
      readonly cut: Name;
      /** The NS RRset of the cut as it must be now, or as an earlier step left it; null when there must be none. */
      readonly from: RRset | NsSet | null;
      /** What it shall be; null removes the delegation. */
      readonly to: NsSet | null;
      /** The DS RRset that a new cut has from its first instant; none when absent. */
      readonly ds?: DsSet;
      /** Glue of the cut, and what takes its place when the delegation goes: written in one batch with the NS RRset. */
      readonly beside: readonly RRsetChange[];
    }
  | {
      readonly do: 'prove-parent';
      readonly cut: Name;
      readonly zone: HostedZone;
      readonly ns: NsSource | null;
    }
  /** Every server of the parent gives what the steps of these IDs wrote into it. */
  | {
      readonly do: 'prove-records';
      readonly cut: Name;
      readonly zone: HostedZone;
      readonly steps: readonly string[];
    }
  | { readonly do: 'wait-out'; readonly bounds: readonly Bound[] }
  | { readonly do: 'prove-resolvers'; readonly cut: Name; readonly ns: NsSource | null }
  | {
      readonly do: 'delete-zone';
      readonly side: Side;
      readonly zone: HostedZone;
      /** `ZoneSnapshot.digest` of what is deleted, of the old zone in a move its `contentDigest`: what changed since is left. */
      readonly digest: string;
      /** The zone's records but SOA and the NS of its apex: with them it can be made again. */
      readonly records: readonly RRset[];
    }
  /** Lets the child's host sign the zone, and waits until it says that it does. */
  | { readonly do: 'sign-zone'; readonly zone: ZoneSource }
  /** Every server of the child serves one set of keys, and signatures that a validator would take. */
  | {
      readonly do: 'prove-signed';
      readonly cut: Name;
      readonly zone: ZoneSource | null;
      readonly ns: NsSource;
    }
  | {
      readonly do: 'change-ds';
      readonly zone: HostedZone;
      readonly cut: Name;
      /** The DS RRset of the cut as it must be now; null when there must be none. */
      readonly from: RRset | null;
      /** What it shall be; null removes it. */
      readonly to: DsSet | null;
    }
  | {
      readonly do: 'prove-ds';
      readonly cut: Name;
      readonly zone: HostedZone;
      readonly ds: DsSource | null;
    }
  /** A validator that knows nothing yet finds the cut secure, or, when it shall not be, insecure and not bogus. */
  | { readonly do: 'prove-chain'; readonly cut: Name; readonly expected: 'secure' | 'insecure' }
  /** `digest` is that of the zone when the plan was made. */
  | {
      readonly do: 'unsign-zone';
      readonly side: Side;
      readonly zone: HostedZone;
      readonly digest: string;
    }
  /** Locks RRsets at the host of the parent, or unlocks them. */
  | { readonly do: 'protect' | 'unprotect'; readonly zone: HostedZone; readonly rrsets: readonly RRsetName[] }
  /** Something that a person does where zonecut cannot; it is shown, waited for, and looked for in the DNS. */
  | {
      readonly do: 'manual';
      /** Who can do it and where, such as "whoever runs example.com at Namecheap". */
      readonly where: string;
      /** What to do, a sentence a line; the rows to paste follow them. */
      readonly instructions: readonly string[];
      /** Seconds; the TTL of the rows. */
      readonly ttl: number;
      readonly goal: ManualGoal;
    };

/** The action of that kind. */
export type ActionOf<D extends Action['do']> = Extract<Action, { readonly do: D }>;

/** Actions that only look or wait; all others change something, or have somebody change it. */
const lookingActions: ReadonlySet<Action['do']> = new Set<Action['do']>([
  'prove-child',
  'prove-parent',
  'prove-records',
  'wait-out',
  'prove-resolvers',
  'prove-signed',
  'prove-ds',
  'prove-chain',
]);

/** Whether `action` changes something, or has somebody change it. */
export function isChange(action: Action): boolean {
  return !lookingActions.has(action.do);
}

/** Whether some step of `plan` after `step` changes what answers: then what comes before must be over, not under way. */
export function changesAfter(plan: Plan, step: Step): boolean {
  const at = plan.steps.findIndex(({ id }) => id === step.id);
  return plan.steps.slice(at + 1).some(({ action }) => isChange(action) && !tidiesUp(action));
}

/** Whether `action` only takes away what nobody can ask for any more: it can be left to a later command. */
export function tidiesUp(action: Action): boolean {
  return action.do === 'change-rrsets' && action.purpose === 'remove-hidden';
}

/** One step of a plan. */
export interface Step {
  /** Unique in its plan, such as `create-zone`. */
  readonly id: string;
  /** One line for people: what will be done. */
  readonly title: string;
  /** One sentence: why here, why now. */
  readonly why: string;
  readonly action: Action;
}

/** Something that the user should know before saying yes. */
export interface Remark {
  readonly severity: 'note' | 'warning';
  readonly text: string;
  /** What could be had besides, so that somebody who is there can be asked; absent for nothing. */
  readonly offers?: 'sign';
}

/** What was read of the two sides when the plan was made; `apply` refuses when it is not so any more. */
export interface Observed {
  readonly parentZone: HostedZone;
  /** `ZoneSnapshot.digest` of the parent zone. */
  readonly parentDigest: string;
  /** The RRsets and other rows of the parent zone that stay as they are. */
  readonly parentKept: number;
  readonly childZone: HostedZone | null;
  readonly childDigest: string | null;
  /** The zone that a move leaves; null in every other plan. */
  readonly oldZone: HostedZone | null;
  readonly oldDigest: string | null;
  /** RRsets of the parent that the cut hides (RFC 9499 section 7, "occluded name"). */
  readonly occluded: readonly RRset[];
}

/**
 * What zonecut will do, as data: it can be printed, saved, reviewed, applied later and resumed.
 *
 * Every change carries what must be there before it (`from`), so a plan that has gone stale changes nothing.
 */
export interface Plan {
  readonly schema: typeof planSchema;
  /** The version of zonecut that made it. */
  readonly madeBy: string;
  /** RFC 3339, UTC. */
  readonly madeAt: string;
  /** The run that applies it has this ID; eight letters and digits. */
  readonly run: string;
  readonly intent: Intent;
  readonly parties: Parties;
  readonly observed: Observed;
  readonly remarks: readonly Remark[];
  readonly steps: readonly Step[];
}
