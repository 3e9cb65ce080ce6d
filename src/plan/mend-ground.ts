import type { CutFinding } from '../checks/cut/finding.ts';
import { isType, type RRset } from '../dns/rrset.ts';
import type { Capabilities, HostedZone, ZoneSnapshot } from '../providers/provider.ts';
import type { CutFacts } from '../survey/facts.ts';
import { type CutSurvey, snapshotOf } from '../survey/survey.ts';
import type { View } from '../survey/view.ts';
import { serversOf } from './child-zone.ts';
import { refuse } from './delegate-options.ts';
import { type AgreedNames, agreedNames } from './mend-names.ts';
import type { Party, Remark, Step } from './plan.ts';

type Host = Party & { readonly capabilities: Capabilities };

/** What the planner must know besides the survey of the accounts. */
export interface MendOptions {
  readonly run: string;
  readonly madeBy: string;
  readonly parent: Host;
  /** Where the zone of the cut is; null when none of the accounts has it. */
  readonly child: Host | null;
  /** What the whole world shows of the cut, and what is wrong with it. */
  readonly facts: CutFacts;
  readonly findings: readonly CutFinding[];
  /** `cut SOA` and `cut NS` as the servers of the cut answer a moment later. */
  readonly soaViews: readonly View[];
  readonly nsViews: readonly View[];
}

/** What was found and chosen before the steps are laid out. */
export interface MendGround {
  readonly survey: CutSurvey;
  readonly options: MendOptions;
  /** The NS RRset of the cut in the account of the parent. */
  readonly from: RRset<'NS'>;
  readonly childZone: HostedZone | null;
  /** What is in that zone; null when none of the accounts has it. */
  readonly child: ZoneSnapshot | null;
  /** The zone's own NS RRset as its host shows it; null where it does not. */
  readonly apex: RRset<'NS'> | null;
  readonly agreed: AgreedNames;
}

/** Steps of one kind of mending, with what belongs to them. */
export interface Mending {
  readonly steps: readonly Step[];
  readonly remarks: readonly Remark[];
  /** RRsets of the parent that are hidden by the cut. */
  readonly hidden: readonly RRset[];
  mends(finding: CutFinding): boolean;
}

/** Reads the two accounts beside what the world shows. `from` is the NS RRset of the cut at the parent. */
export function mendGround(survey: CutSurvey, options: MendOptions, from: RRset<'NS'>): MendGround {
  const { facts, findings, soaViews } = options;
  const childZone = zoneOfCut(survey, options, from);
  const child = snapshotOf(survey.child, childZone);
  const apex = child?.rrsets.find(rrset => rrset.owner === survey.cut && rrset.type === 'NS') ?? null;
  return {
    survey,
    options,
    from,
    childZone,
    child,
    apex: apex !== null && isType(apex, 'NS') ? apex : null,
    agreed: agreedNames({
      facts,
      findings,
      again: soaViews,
      assigned: options.child?.capabilities.writesApexNs === false ? (childZone?.nameServers ?? []) : [],
      ofAccount: childZone === null ? [] : serversOf(childZone, survey.child),
    }),
  };
}

/** Of the zones of that name in the child's account the one that the parent or the zone itself leads to. */
function zoneOfCut(
  { cut, child }: CutSurvey,
  { child: host }: MendOptions,
  from: RRset<'NS'>,
): HostedZone | null {
  const [only, second] = child.zones;
  if (second === undefined) {
    return only ?? null;
  }
  const asked = child.zones.filter(zone =>
    serversOf(zone, child).some(server => from.data.some(ns => ns === server)),
  );
  const [found, other] = asked;
  if (found === undefined || other !== undefined) {
    refuse(
      `${host?.label} has ${child.zones.length} zones named ${cut}: ${child.zones.map(({ id }) => id).join(', ')}`,
      'Delete or rename those that the world does not use, so that it is clear which one is meant.',
    );
  }
  return found;
}

/** Whether both hold the same texts, in whatever order. */
export function sameSet(a: readonly string[], b: readonly string[]): boolean {
  return [...a].sort().join(' ') === [...b].sort().join(' ');
}
