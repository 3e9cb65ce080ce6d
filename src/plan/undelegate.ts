import type { Name } from '../dns/name.ts';
import type { RRset } from '../dns/rrset.ts';
import { ZonecutError } from '../error.ts';
import type { Capabilities, HostedZone, RRsetChange } from '../providers/provider.ts';
import { type CutSurvey, snapshotOf } from '../survey/survey.ts';
import { nsShown, type View } from '../survey/view.ts';
import { delegationBounds } from './bound.ts';
import { type CarryBack, carryBack, carryNothing } from './carry-back.ts';
import { refuse } from './delegate-options.ts';
import { dsRemovalSteps } from './ds-removal.ts';
import { ownRecords, rrsetsText } from './fit.ts';
import { planHead } from './head.ts';
import { unlockSteps } from './locks.ts';
import type { NsSet, Party, Plan, Remark, Step } from './plan.ts';
import { delegationRemovalSteps } from './removal.ts';
import { refuseSharedRemoval } from './shared.ts';
import { shortNs } from './short-ns.ts';
import { signedZone, unsignStep } from './unsign.ts';

/** What the planner must know besides the survey. */
export interface UndelegateOptions {
  readonly run: string;
  readonly madeBy: string;
  readonly parent: Party & { readonly capabilities: Capabilities };
  /** Where the child zone is; null when only the delegation shall go. */
  readonly child: (Party & { readonly capabilities?: Capabilities }) | null;
  /** What becomes of the child zone when no cache leads to it any more. */
  readonly zone: 'delete' | 'keep';
  /** What becomes of the names of the child: the parent gets its records first (unless given), or they go. */
  readonly names?: 'carry-back' | 'let-go';
  /** RRsets that an earlier run took from the parent, to be put back; see `Intent.undoes`. */
  readonly restored?: readonly RRset[];
  /** What an earlier run wrote into a child zone that was there before, the other way round; made when no cache leads there. */
  readonly childChanges?: readonly RRsetChange[];
  /** The run that is taken back; null for none. */
  readonly undoes?: string | null;
  /** `cut NS` as the child's own servers give it: caches may hold that set for its TTL too. */
  readonly childViews: readonly View[];
}

/**
 * The plan that removes the delegation of `survey.cut`: the child's records into the parent, where the cut still hides them,
 * then NS at the parent, then the caches, then the zone. So no name stops answering, and at no instant anybody is sent to a
 * zone that is gone.
 *
 * Throws ZC_PLAN_REFUSED when there is nothing to remove, when several zones could be meant, or when names would stop
 * answering and nobody said so.
 */
export function planUndelegate(survey: CutSurvey, options: UndelegateOptions): Plan {
  const { cut, parent, child } = survey;
  const from = parent.snapshot.rrsets.find(rrset => rrset.owner === cut && rrset.type === 'NS') ?? null;
  const zone = options.child === null ? null : theZone(survey, options.child.label, from);
  refuseNothing(survey, from, zone);
  if (options.names !== 'let-go') {
    refuseSharedRemoval(survey, from);
  }
  const carried = carriedBy(survey, options, from, zone);
  const ds = parent.snapshot.rrsets.filter(({ owner, type }) => owner === cut && type === 'DS');
  const gone = new Set([from, ...ds, ...carried.beside.map(change => change.from)]);
  return {
    ...planHead(survey, options),
    intent: { kind: 'undelegate', cut, undoes: options.undoes ?? null },
    parties: {
      parent: { id: options.parent.id, label: options.parent.label },
      child: options.child === null ? null : { id: options.child.id, label: options.child.label },
      old: null,
    },
    observed: {
      parentZone: parent.snapshot.zone,
      parentDigest: parent.snapshot.digest,
      parentKept:
        parent.snapshot.rrsets.filter(rrset => !gone.has(rrset)).length + parent.snapshot.otherRows.length,
      childZone: zone,
      childDigest: snapshotOf(child, zone)?.digest ?? null,
      oldZone: null,
      oldDigest: null,
      occluded: [],
    },
    remarks: remarksOf(survey, from, zone, options, carried),
    steps: stepsOf(survey, options, from, zone, carried),
  };
}

function refuseNothing({ cut, parent }: CutSurvey, from: RRset | null, zone: HostedZone | null): void {
  if (from === null && zone === null) {
    refuse(
      `${cut} is not delegated: ${parent.snapshot.zone.apex} has no NS records for it`,
      `\`zonecut trace ${cut}\` shows what the world finds.`,
    );
  }
}

/** What goes back into the parent. Throws ZC_PLAN_REFUSED when names answer that nobody said to let go, and none can be read. */
function carriedBy(
  survey: CutSurvey,
  options: UndelegateOptions,
  from: RRset | null,
  zone: HostedZone | null,
): CarryBack {
  const snapshot = snapshotOf(survey.child, zone);
  if (options.names === 'let-go' || from === null) {
    return { ...carryNothing(survey, from, options.restored ?? []), remarks: [] };
  }
  if (snapshot !== null) {
    return carryBack(survey, from, snapshot, options.parent);
  }
  const serving = options.childViews.filter(({ answer }) => answer.kind === 'answer' && answer.authoritative);
  if (serving.length > 0) {
    refuse(
      options.child === null
        ? `${survey.cut} answers at ${serving.length} name servers, and its records are known only to a host that is not named`
        : `${survey.cut} answers at ${serving.length} name servers, and ${options.child.label} has no such zone`,
      'Name its host with --child, so that the records go back into the parent; or say --no-carry-back to let the names go.',
    );
  }
  return { ...carryNothing(survey, from, options.restored ?? []), remarks: [] };
}

function theZone(survey: CutSurvey, label: string, from: RRset | null): HostedZone | null {
  const { zones } = survey.child;
  if (zones.length <= 1) {
    return zones[0] ?? null;
  }
  const delegatedTo = zones.filter(zone =>
    zone.nameServers.some(ns => from?.data.some(target => String(target) === ns)),
  );
  const [only] = delegatedTo;
  if (only === undefined || delegatedTo.length > 1) {
    throw new ZonecutError(
      'ZC_PLAN_REFUSED',
      `${label} has ${zones.length} zones named ${survey.cut}: ${zones.map(z => z.id).join(', ')}`,
      {
        hint: 'Say --keep-zone, and delete the right one by hand.',
      },
    );
  }
  return only;
}

function stepsOf(
  survey: CutSurvey,
  options: UndelegateOptions,
  from: RRset | null,
  zone: HostedZone | null,
  carried: CarryBack,
): readonly Step[] {
  const deletes = zone !== null && options.zone === 'delete' && options.child !== null;
  const carries = carried.before.length + carried.beside.length > 0;
  const short = from === null ? null : shortNs(survey, options, from, setsOf(survey, from, options), zone);
  const proof = carries ? proveStep(survey, options, carried) : [];
  const takesBack = zone === null || deletes ? [] : takeBackStep(options, zone);
  const last: readonly Step[] = deletes
    ? [
        ...(signedZone(survey)?.id === zone.id ? [unsignStep(survey, zone, options.child.label)] : []),
        deleteStep(survey, options.child.label, zone),
        ...proof.map(step => ({ ...step, id: 'prove-end' })),
      ]
    : [];
  return [
    ...unlockSteps(survey, options.parent),
    ...dsRemovalSteps(survey, options, 'old-keys'),
    ...carryStep(survey, options, carried),
    ...(short?.steps ?? []),
    ...removalSteps(survey, options, short?.from ?? null, carried),
    ...proof,
    ...(deletes || ((carries || takesBack.length > 0) && zone !== null)
      ? [waitStep(survey, short ?? setsOf(survey, from, options))]
      : []),
    ...takesBack,
    ...last,
  ];
}

function takeBackStep({ child, childChanges = [] }: UndelegateOptions, zone: HostedZone): readonly Step[] {
  return child === null || childChanges.length === 0
    ? []
    : [
        {
          id: 'restore-child',
          title: `take ${rrsetsText(childChanges.length)} out of the zone ${zone.apex} at ${child.label} again`,
          why: 'the zone was there before, without them',
          action: {
            do: 'change-rrsets',
            purpose: 'restore',
            side: 'child',
            zone: { kind: 'known', zone },
            changes: childChanges,
          },
        },
      ];
}

function carryStep(
  { parent }: CutSurvey,
  options: UndelegateOptions,
  { before }: CarryBack,
): readonly Step[] {
  if (before.length === 0) {
    return [];
  }
  const { apex } = parent.snapshot.zone;
  const restores = options.names === 'let-go';
  return [
    {
      id: 'carry-back',
      title: restores
        ? `put ${rrsetsText(before.length)} back into ${apex} at ${options.parent.label}`
        : `write ${rrsetsText(before.length)} of the child into ${apex} at ${options.parent.label}`,
      why: 'the cut hides them until it goes, and from that instant on they answer',
      action: {
        do: 'change-rrsets',
        purpose: restores ? 'restore' : 'carry-back',
        side: 'parent',
        zone: { kind: 'known', zone: parent.snapshot.zone },
        changes: before,
      },
    },
  ];
}

function removalSteps(
  survey: CutSurvey,
  { parent }: UndelegateOptions,
  from: RRset | NsSet | null,
  { beside }: CarryBack,
): readonly Step[] {
  const why = 'the parent goes first: nobody new is sent to the child';
  return from === null ? [] : delegationRemovalSteps(survey, parent, from, beside, why);
}

function proveStep(
  { cut, parent }: CutSurvey,
  options: UndelegateOptions,
  { before, beside }: CarryBack,
): readonly Step[] {
  const { zone } = parent.snapshot;
  const written = [...before, ...beside].filter(change => change.to !== null).length;
  return written === 0
    ? []
    : [
        {
          id: 'prove-records',
          title: `ask every name server of ${zone.apex} for what ${options.names === 'let-go' ? 'is back' : "was the child's"}`,
          why: 'who asks the parent from now on must get what the child gives',
          action: {
            do: 'prove-records',
            cut,
            zone,
            steps: [
              ...(before.length === 0 ? [] : ['carry-back']),
              ...(beside.length === 0 ? [] : ['undelegate']),
            ],
          },
        },
      ];
}

function waitStep({ parent }: CutSurvey, { above, below }: NsSets): Step {
  return {
    id: 'wait-out',
    title: 'wait until no cache leads to the child any more',
    why: 'a zone that is deleted while caches lead to it can be claimed by a stranger',
    action: { do: 'wait-out', bounds: delegationBounds(above, below, parent.snapshot.zone.apex) },
  };
}

function deleteStep(survey: CutSurvey, label: string, zone: HostedZone): Step {
  const snapshot = snapshotOf(survey.child, zone);
  return {
    id: 'delete-zone',
    title: `delete the zone ${survey.cut} at ${label}`,
    why: 'nothing leads to it any more',
    action: {
      do: 'delete-zone',
      side: 'child',
      zone,
      digest: snapshot?.digest ?? '',
      records: snapshot === null ? [] : ownRecords(snapshot),
    },
  };
}

/** NS RRsets of the cut that resolvers hold: of the parent, and then of the child itself. */
interface NsSets {
  readonly above: readonly RRset[];
  readonly below: readonly RRset[];
}

function setsOf({ cut, parent }: CutSurvey, from: RRset | null, { childViews }: UndelegateOptions): NsSets {
  return {
    above: [...(from === null ? [] : [from]), ...setsIn(cut, parent.views, 'referral')],
    below: setsIn(cut, childViews, 'answer'),
  };
}

function setsIn(cut: Name, views: readonly View[], kind: 'referral' | 'answer'): readonly RRset[] {
  return views.flatMap(view => {
    const ns = nsShown(view.answer, cut);
    return ns !== null && view.answer.kind === kind ? [ns] : [];
  });
}

function remarksOf(
  survey: CutSurvey,
  from: RRset | null,
  zone: HostedZone | null,
  options: UndelegateOptions,
  carried: CarryBack,
): readonly Remark[] {
  const snapshot = snapshotOf(survey.child, zone);
  const own = snapshot === null ? [] : ownRecords(snapshot);
  const cautions = options.parent.capabilities.cautions.map(
    (text): Remark => ({ severity: 'warning', text }),
  );
  const short = from === null ? null : shortNs(survey, options, from, setsOf(survey, from, options), zone);
  const remarks = [...cautions, ...carried.remarks, ...(short?.remarks ?? [])];
  if (zone === null || own.length === 0 || options.names !== 'let-go' || (options.undoes ?? null) !== null) {
    return remarks;
  }
  const names = own.slice(0, 5).map(rrset => `${rrset.owner} ${rrset.type}`);
  const more = own.length > names.length ? ` and ${own.length - names.length} more` : '';
  const fate = options.zone === 'delete' ? 'are deleted with the zone' : 'stop answering';
  return [
    ...remarks,
    { severity: 'warning', text: `${own.length} RRsets of the child ${fate}: ${names.join(', ')}${more}` },
  ];
}
