import { diffRRsets } from '../dns/diff.ts';
import type { Name } from '../dns/name.ts';
import type { RRset } from '../dns/rrset.ts';
import type { Capabilities, HostedZone, RRsetChange, ZoneSnapshot } from '../providers/provider.ts';
import type { CutSurvey } from '../survey/survey.ts';
import type { View } from '../survey/view.ts';
import type { Party } from './plan.ts';

/** An account that takes part in a move, with what its host can do. */
type Host = Party & { readonly capabilities: Capabilities };

/** What the planner of a move must know besides the survey. */
export interface MoveOptions {
  readonly run: string;
  readonly madeBy: string;
  readonly parent: Host;
  /** Where the zone shall be. */
  readonly child: Host;
  /** Where it is. */
  readonly old: Host;
  /** What becomes of the zone at the old host when no cache leads to it any more. */
  readonly oldZone: 'delete' | 'keep';
  /** The host's ID of the zone to use where the new host has several of that name; null when not named. */
  readonly childZoneId: string | null;
  /** `cut NS` as the servers of today give it. */
  readonly childViews: readonly View[];
  /** What happens when the new host has the zone already with other records: refused unless it is to `follow` the old one, or to stay as it is. */
  readonly onDifference?: 'refuse' | 'follow' | 'keep';
  /** The NS RRset that the new zone's apex shall have in the end; the new servers with the old TTL unless given. */
  readonly apexNs?: RRset<'NS'>;
  /** The run that is taken back; null for none, as when not given. */
  readonly undoes?: string | null;
}

/** What was found and chosen before the steps of a move are laid out. */
export interface MoveGround {
  readonly survey: CutSurvey;
  readonly options: MoveOptions;
  /** The NS RRset of the cut at the parent. */
  readonly from: RRset<'NS'>;
  /** The zone at the new host; null when it is to be made. */
  readonly newZone: HostedZone | null;
  /** Its name servers; empty while nobody knows them. */
  readonly newServers: readonly Name[];
  readonly oldZone: ZoneSnapshot;
  readonly oldServers: readonly Name[];
  /** What the new zone shall hold of the old one. */
  readonly records: readonly RRset[];
  readonly copies: readonly RRsetChange[];
  /** Glue that the new servers need. */
  readonly glue: readonly RRsetChange[];
  /** Glue that only the old servers need. */
  readonly oldGlue: readonly RRset[];
}

/** The changes that make `wanted` of `present`. */
export function differencesBetween(
  present: readonly RRset[],
  wanted: readonly RRset[],
): readonly RRsetChange[] {
  const { added, removed, changed } = diffRRsets(present, wanted);
  return [
    ...changed.map(({ from, to }) => ({ owner: to.owner, type: to.type, from, to })),
    ...added.map(to => ({ owner: to.owner, type: to.type, from: null, to })),
    ...removed.map(from => ({ owner: from.owner, type: from.type, from, to: null })),
  ];
}
