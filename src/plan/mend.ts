import type { CutFinding } from '../checks/cut/finding.ts';
import { isAtLeast } from '../checks/cut/judge.ts';
import { delegationNames } from '../checks/cut/sets.ts';
import type { Name } from '../dns/name.ts';
import { isType } from '../dns/rrset.ts';
import type { RRsetName } from '../providers/provider.ts';
import type { CutSurvey } from '../survey/survey.ts';
import { refuseUnused } from './delegate-refusals.ts';
import { planHead } from './head.ts';
import { unlockSteps } from './locks.ts';
import { danglingMending } from './mend-dangling.ts';
import { type DsMending, mendDs } from './mend-ds.ts';
import { type MendGround, type Mending, type MendOptions, mendGround, sameSet } from './mend-ground.ts';
import { type HiddenMending, mendHidden } from './mend-hidden.ts';
import { nsRemarks, nsSteps, waitStep } from './mend-ns.ts';
import { type MendTarget, mendTarget } from './mend-target.ts';
import { isChange, type Plan, type Remark, type Step } from './plan.ts';

/** What these accounts can do about the findings of a cut, and what they cannot. */
export interface Mend {
  /** Null when nothing can be mended here. */
  readonly plan: Plan | null;
  /** Findings that are warnings or worse and that the plan does not mend: somebody else's, or somebody's to decide. */
  readonly left: readonly CutFinding[];
  /** Why there is no plan although these accounts could do something; null where that is not so. */
  readonly why: string | null;
}

/**
 * The plan that mends what the findings of a cut say, as far as the account of the parent, and that of the zone where there is one,
 * can: only NS, DS and glue of the cut, the zone's own NS, and what the cut hides.
 *
 * What breaks validation goes first, then comes what is new and proven, then goes what is superfluous. Throws ZC_PLAN_REFUSED where
 * the world does not ask the zone of the parent's account.
 */
export function planMend(survey: CutSurvey, options: MendOptions): Mend {
  const { findings } = options;
  refuseUnused(survey, options);
  const from = survey.parent.snapshot.rrsets.find(({ owner, type }) => owner === survey.cut && type === 'NS');
  if (from === undefined || !isType(from, 'NS')) {
    return { plan: null, left: worthMending(findings), why: null };
  }
  const given = delegationNames(options.facts) ?? [];
  if (!sameSet(from.data, given)) {
    return { plan: null, left: worthMending(findings), why: underWay(survey, options, from.data, given) };
  }
  const ground = mendGround(survey, options, from);
  const isDangling = findings.some(({ id }) => id === 'dangling-zone') && ground.agreed.names.length === 0;
  const mending = isDangling ? danglingMending(ground) : mendingOf(ground);
  return {
    plan: mending.steps.some(({ action }) => isChange(action)) ? planOf(ground, mending) : null,
    left: worthMending(findings).filter(finding => !mending.mends(finding)),
    why: null,
  };
}

function worthMending(findings: readonly CutFinding[]): readonly CutFinding[] {
  return findings.filter(({ severity }) => isAtLeast(severity, 'warning'));
}

/** What to tell of servers of the parent that give another NS set than its account holds: nobody should plan on top of such a change. */
function underWay(
  { cut, parent }: CutSurvey,
  { parent: host }: MendOptions,
  held: readonly Name[],
  given: readonly Name[],
): string {
  const heldText = `${host.label} holds the NS records ${[...held].sort().join(', ')} of ${cut}`;
  const givenText = given.length === 0 ? 'give none of them' : `give ${[...given].sort().join(', ')}`;
  return `${heldText}, and the servers of ${parent.snapshot.zone} ${givenText}: a change is under way there. Nothing is planned on top of it: check again when they say the same`;
}

function mendingOf(ground: MendGround): Mending {
  const target = mendTarget(ground);
  const ds = mendDs(ground, target);
  const hidden = mendHidden(ground, target);
  const parts = [target, ds, hidden];
  const mends = (finding: CutFinding): boolean => parts.some(part => part.mends(finding));
  return {
    mends,
    hidden: hidden.hidden,
    remarks: nsRemarks(ground, target),
    steps: stepsOf(ground, target, ds, hidden, mends),
  };
}

function stepsOf(
  ground: MendGround,
  target: MendTarget,
  ds: DsMending,
  hidden: HiddenMending,
  mends: (finding: CutFinding) => boolean,
): readonly Step[] {
  const { survey, options } = ground;
  const ns = nsSteps(ground, target, hidden.copies.length > 0);
  const changes = [...ds.early, ...hidden.copies, ...ns, ...ds.late];
  if (changes.length === 0) {
    return hidden.removals;
  }
  const waits = target.atParent || target.own !== null;
  const wait = waitStep(ground, 'wait-out');
  const bounds = [...(waits && wait.action.do === 'wait-out' ? wait.action.bounds : []), ...ds.bounds];
  const locked = lockedTypes(survey);
  const isSound = options.findings.every(finding => !isAtLeast(finding.severity, 'error') || mends(finding));
  return [
    ...unlockSteps(survey, options.parent),
    ...changes,
    ...relockSteps(survey, options, locked),
    ...(bounds.length === 0 ? [] : [{ ...wait, action: { do: 'wait-out', bounds } } as const]),
    // What is left would be found again, and is told as left.
    ...(isSound ? [proveResolvers(survey.cut, target.names)] : []),
    ...hidden.removals,
  ];
}

function proveResolvers(cut: Name, servers: readonly Name[]): Step {
  return {
    id: 'prove-resolvers',
    title: `ask everybody for the NS and the SOA of ${cut}`,
    why: 'it is done when the parent, the child and the resolvers say the same',
    action: { do: 'prove-resolvers', cut, ns: { kind: 'known', servers } },
  };
}

function lockedTypes({ cut, parent }: CutSurvey): readonly RRsetName[] {
  return (parent.locks ?? []).filter(({ owner, type }) => owner === cut && (type === 'NS' || type === 'DS'));
}

/** What was locked before is locked afterwards. */
function relockSteps(
  survey: CutSurvey,
  { parent }: MendOptions,
  locked: readonly RRsetName[],
): readonly Step[] {
  return locked.length === 0
    ? []
    : [
        {
          id: 'lock',
          title: `lock the ${locked.map(({ type }) => type).join(' and ')} records of ${survey.cut} at ${parent.label} again`,
          why: 'they were locked before',
          action: { do: 'protect', zone: survey.parent.snapshot.zone, rrsets: locked },
        },
      ];
}

function planOf({ survey, options, childZone, child }: MendGround, mending: Mending): Plan {
  const { cut, parent } = survey;
  const { parent: host } = options;
  const touched = mending.steps.flatMap(({ action }) => touchedAtParent(action));
  return {
    ...planHead(survey, options),
    intent: { kind: 'mend', cut, undoes: null },
    parties: {
      parent: { id: host.id, label: host.label },
      child: options.child === null ? null : { id: options.child.id, label: options.child.label },
      old: null,
    },
    observed: {
      parentZone: parent.snapshot.zone,
      parentDigest: parent.snapshot.digest,
      parentKept:
        parent.snapshot.rrsets.filter(({ owner, type }) => !touched.includes(`${owner} ${type}`)).length +
        parent.snapshot.otherRows.length,
      childZone,
      childDigest: child?.digest ?? null,
      oldZone: null,
      oldDigest: null,
      occluded: mending.hidden,
    },
    remarks: [
      ...mending.remarks,
      ...(touched.length === 0
        ? []
        : host.capabilities.cautions.map((text): Remark => ({ severity: 'warning', text }))),
    ],
    steps: mending.steps,
  };
}

/** Owner and type of what an action changes in the zone of the parent. */
function touchedAtParent(action: Step['action']): readonly string[] {
  switch (action.do) {
    case 'change-delegation':
      return [`${action.cut} NS`, ...action.beside.map(({ owner, type }) => `${owner} ${type}`)];
    case 'change-ds':
      return [`${action.cut} DS`];
    case 'change-rrsets':
      return action.side === 'parent' ? action.changes.map(({ owner, type }) => `${owner} ${type}`) : [];
    default:
      return [];
  }
}
