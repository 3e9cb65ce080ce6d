import { type Name, relativeTo } from '../dns/name.ts';
import { isType, type RRset } from '../dns/rrset.ts';
import { ZonecutError } from '../error.ts';
import type { Capabilities, HostedZone } from '../providers/provider.ts';
import { type CutSurvey, snapshotOf } from '../survey/survey.ts';
import { nsShown, type View } from '../survey/view.ts';
import { ttlBound } from './bound.ts';
import { dsRemovalSteps } from './ds-removal.ts';
import { unlockSteps } from './locks.ts';
import { type Bound, type Party, type Plan, planSchema, type Remark, type Step } from './plan.ts';
import { signedZone, unsignStep } from './unsign.ts';

/** What the planner must know besides the survey. */
export interface UndelegateOptions {
  readonly run: string;
  readonly madeBy: string;
  readonly parent: Party & { readonly capabilities: Capabilities };
  /** Where the child zone is; null when only the delegation shall go. */
  readonly child: Party | null;
  /** What becomes of the child zone when no cache leads to it any more. */
  readonly zone: 'delete' | 'keep';
  /** `cut NS` as the child's own servers give it: caches may hold that set for its TTL too. */
  readonly childViews: readonly View[];
}

/**
 * The plan that removes the delegation of `survey.cut`: NS at the parent first, then the caches, then the zone, so that at
 * no instant anybody is sent to a zone that is gone.
 *
 * Throws ZC_PLAN_REFUSED when there is nothing to remove, or when several zones could be meant.
 */
export function planUndelegate(survey: CutSurvey, options: UndelegateOptions): Plan {
  const { cut, parent, child } = survey;
  const from = parent.snapshot.rrsets.find(rrset => rrset.owner === cut && rrset.type === 'NS') ?? null;
  const zone = options.child === null ? null : theZone(survey, options.child.label, from);
  if (from === null && zone === null) {
    throw new ZonecutError(
      'ZC_PLAN_REFUSED',
      `${cut} is not delegated: ${parent.snapshot.zone.apex} has no NS records for it`,
      {
        hint: `\`zonecut trace ${cut}\` shows what the world finds.`,
      },
    );
  }
  return {
    schema: planSchema,
    madeBy: options.madeBy,
    madeAt: new Date(survey.takenAtMs).toISOString(),
    run: options.run,
    intent: { kind: 'undelegate', cut },
    parties: {
      parent: { id: options.parent.id, label: options.parent.label },
      child: options.child,
      old: null,
    },
    observed: {
      parentZone: parent.snapshot.zone,
      parentDigest: parent.snapshot.digest,
      parentKept:
        parent.snapshot.rrsets.length +
        parent.snapshot.otherRows.length -
        parent.snapshot.rrsets.filter(({ owner, type }) => owner === cut && (type === 'NS' || type === 'DS'))
          .length,
      childZone: zone,
      childDigest: snapshotOf(child, zone)?.digest ?? null,
      occluded: [],
    },
    remarks: remarksOf(survey, zone, options),
    steps: stepsOf(survey, options, from, zone),
  };
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
): readonly Step[] {
  const { cut, parent } = survey;
  const parentZone = parent.snapshot.zone;
  const bounds = boundsOf(cut, parentZone.apex, from, options.childViews);
  const unlock = unlockSteps(survey, options.parent);
  const removal: readonly Step[] =
    from === null
      ? [...unlock, ...dsRemovalSteps(survey, options)]
      : [
          ...unlock,
          ...dsRemovalSteps(survey, options),
          {
            id: 'undelegate',
            title: `remove the NS records of ${relativeTo(cut, parentZone.apex)} from ${parentZone.apex} at ${options.parent.label}`,
            why: 'the parent goes first: nobody new is sent to the child',
            action: { do: 'change-delegation', zone: parentZone, cut, from, to: null },
          },
          {
            id: 'prove-parent',
            title: `ask every name server of ${parentZone.apex} that the referral is gone`,
            why: 'a host takes a while to show a change at all of its servers',
            action: { do: 'prove-parent', cut, zone: parentZone, ns: null },
          },
        ];
  if (zone === null || options.zone === 'keep' || options.child === null) {
    return removal;
  }
  return [
    ...removal,
    {
      id: 'wait-out',
      title: 'wait until no cache leads to the child any more',
      why: 'a zone that is deleted while caches lead to it can be claimed by a stranger',
      action: { do: 'wait-out', bounds },
    },
    ...(signedZone(survey)?.id === zone.id ? [unsignStep(survey, zone, options.child.label)] : []),
    {
      id: 'delete-zone',
      title: `delete the zone ${cut} at ${options.child.label}`,
      why: 'nothing leads to it any more',
      action: { do: 'delete-zone', zone, digest: snapshotOf(survey.child, zone)?.digest ?? '' },
    },
  ];
}

/** The NS set of the parent and that of the child: resolvers hold the one or the other (RFC 2181 section 5.4.1). */
function boundsOf(
  cut: Name,
  parentApex: Name,
  from: RRset | null,
  childViews: readonly View[],
): readonly Bound[] {
  const ownSets = childViews.flatMap(view => {
    const ns = nsShown(view.answer, cut);
    return ns !== null && view.answer.kind === 'answer' ? [ns] : [];
  });
  const longest = ownSets.reduce<RRset<'NS'> | null>(
    (best, ns) => (best === null || ns.ttl > best.ttl ? ns : best),
    null,
  );
  return [
    ...(from !== null && isType(from, 'NS') ? [ttlBound(from, parentApex)] : []),
    ...(longest === null ? [] : [ttlBound(longest, `the child's own servers`)]),
  ];
}

function remarksOf(
  survey: CutSurvey,
  zone: HostedZone | null,
  options: UndelegateOptions,
): readonly Remark[] {
  const own = (snapshotOf(survey.child, zone)?.rrsets ?? []).filter(
    rrset => !(rrset.owner === survey.cut && (rrset.type === 'SOA' || rrset.type === 'NS')),
  );
  const cautions = options.parent.capabilities.cautions.map(
    (text): Remark => ({ severity: 'warning', text }),
  );
  if (zone === null || own.length === 0) {
    return cautions;
  }
  const names = own.slice(0, 5).map(rrset => `${rrset.owner} ${rrset.type}`);
  const more = own.length > names.length ? ` and ${own.length - names.length} more` : '';
  const fate = options.zone === 'delete' ? 'are deleted with the zone' : 'stop answering';
  return [
    ...cautions,
    { severity: 'warning', text: `${own.length} RRsets of the child ${fate}: ${names.join(', ')}${more}` },
  ];
}
