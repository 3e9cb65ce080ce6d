import { type Name, relativeTo } from '../dns/name.ts';
import { type RRset, sameData } from '../dns/rrset.ts';
import type { HostedZone, RRsetChange } from '../providers/provider.ts';
import { type CutSurvey, snapshotOf } from '../survey/survey.ts';
import { negativeBound, ttlBound } from './bound.ts';
import { chooseChildZone, serversOf } from './child-zone.ts';
import { type DelegateOptions, refuse } from './delegate-options.ts';
import { refuseWhatBreaks } from './delegate-refusals.ts';
import { hiddenBy, seedOf } from './hidden.ts';
import { lockSteps } from './locks.ts';
import {
  type Bound,
  type NsSource,
  type Party,
  type Plan,
  planSchema,
  type Remark,
  type Step,
  type ZoneSource,
} from './plan.ts';
import { signingRemarks, signingSteps } from './sign.ts';

/**
 * The plan that delegates `survey.cut`: child first, proven, then the parent, proven, then the caches (make before break).
 *
 * Throws ZC_PLAN_REFUSED when the delegation would break something or is already made elsewhere.
 */
export function planDelegate(survey: CutSurvey, options: DelegateOptions): Plan {
  refuseWhatBreaks(survey, options);
  const childZone = chooseChildZone(survey, options);
  const hidden = hiddenBy(survey);
  const seed = options.hidden === 'copy' ? seedOf(survey, childZone, hidden, options) : [];
  const steps = stepsOf(survey, options, childZone, seed);
  const { snapshot } = survey.parent;
  return {
    schema: planSchema,
    madeBy: options.madeBy,
    madeAt: new Date(survey.takenAtMs).toISOString(),
    run: options.run,
    intent: { kind: 'delegate', cut: survey.cut },
    parties: { parent: partyOf(options.parent), child: partyOf(options.child), old: null },
    observed: {
      parentZone: snapshot.zone,
      parentDigest: snapshot.digest,
      parentKept: snapshot.rrsets.length + snapshot.otherRows.length,
      childZone,
      childDigest: snapshotOf(survey.child, childZone)?.digest ?? null,
      occluded: hidden,
    },
    remarks: remarksOf(survey, options, childZone, hidden),
    steps,
  };
}

function partyOf(host: Party): Party {
  return { id: host.id, label: host.label };
}

function boundsOf(survey: CutSurvey): readonly Bound[] {
  const { parent, cut, live } = survey;
  if (parent.soas.length === 0) {
    refuse(
      `none of the servers of ${live.apex} (${live.ns.data.join(' ')}) gave its SOA`,
      `\`zonecut trace ${cut}\` shows what they answer.`,
    );
  }
  const old = hiddenBy(survey).filter(rrset => rrset.owner === cut);
  return [negativeBound(parent.soas), ...old.map(rrset => ttlBound(rrset, live.apex))];
}

function stepsOf(
  survey: CutSurvey,
  options: DelegateOptions,
  childZone: HostedZone | null,
  seed: readonly RRset[],
): readonly Step[] {
  const { cut, parent } = survey;
  const known: NsSource | null =
    childZone === null ? null : { kind: 'known', servers: serversOf(childZone, survey.child) };
  const ns: NsSource = known ?? { kind: 'of-zone', step: 'create-zone' };
  const zone: ZoneSource =
    childZone === null ? { kind: 'created', step: 'create-zone' } : { kind: 'known', zone: childZone };
  const seedNow = childZone === null && options.child.capabilities.seedsAtomically ? seed : [];
  const seedLater: readonly RRsetChange[] = (seedNow.length > 0 ? [] : seed).map(rrset => ({
    owner: rrset.owner,
    type: rrset.type,
    from: null,
    to: rrset,
  }));
  const signing = signingSteps(survey, options, zone, ns);
  return [
    ...(childZone === null ? [createStep(cut, options, seedNow)] : []),
    ...(seedLater.length === 0 ? [] : [copyStep(zone, seedLater, options)]),
    ...signing.early.filter(step => step.action.do === 'sign-zone'),
    {
      id: 'prove-child',
      title: `ask every name server of the new zone for the SOA of ${cut}`,
      why: 'a delegation to servers that do not answer would break the name for everybody',
      action: { do: 'prove-child', cut, zone, ns },
    },
    ...signing.early.filter(step => step.action.do !== 'sign-zone'),
    ...(isDelegated(survey) ? [] : [delegateStep(survey, options, ns)]),
    {
      id: 'prove-parent',
      title: `ask every name server of ${parent.snapshot.zone.apex} for the referral`,
      why: 'a host takes a while to show a change at all of its servers',
      action: { do: 'prove-parent', cut, zone: parent.snapshot.zone, ns },
    },
    ...lockSteps(survey, options, ['NS']),
    ...(isDelegated(survey) ? [] : [waitStep(survey)]),
    ...signing.late,
    {
      id: 'prove-resolvers',
      title: `ask everybody for the NS and the SOA of ${cut}`,
      why: 'it is done when the parent, the child and the resolvers say the same',
      action: { do: 'prove-resolvers', cut, ns },
    },
  ];
}

/** Whether the account of the parent holds the delegation already; that it is to the right servers was made sure before. */
function isDelegated({ cut, parent }: CutSurvey): boolean {
  return parent.snapshot.rrsets.some(rrset => rrset.owner === cut && rrset.type === 'NS');
}

function delegateStep({ cut, parent }: CutSurvey, options: DelegateOptions, ns: NsSource): Step {
  const { zone } = parent.snapshot;
  const ttl = options.nsTtl ?? options.parent.capabilities.defaultNsTtl;
  return {
    id: 'delegate',
    title: `write the NS records of ${relativeTo(cut, zone.apex)} into ${zone.apex} at ${options.parent.label}`,
    why: 'this is the cut: from here on resolvers are sent on to the child',
    action: { do: 'change-delegation', zone, cut, from: null, to: { ttl, ns } },
  };
}

function waitStep(survey: CutSurvey): Step {
  return {
    id: 'wait-out',
    title: 'wait until no cache can hold the old answer any more',
    why: 'a resolver that was asked before the cut goes on giving what it remembers',
    action: { do: 'wait-out', bounds: boundsOf(survey) },
  };
}

function createStep(cut: Name, options: DelegateOptions, seed: readonly RRset[]): Step {
  return {
    id: 'create-zone',
    title: `create the zone ${cut} at ${options.child.label}${seed.length === 0 ? '' : ` with ${seed.length} copied RRsets`}`,
    why: 'the child comes first: nobody is sent to it yet',
    action: { do: 'create-zone', apex: cut, reference: `zonecut:${options.run}`, seed },
  };
}

function copyStep(zone: ZoneSource, changes: readonly RRsetChange[], options: DelegateOptions): Step {
  return {
    id: 'copy-records',
    title: `copy ${changes.length} RRsets that the cut would hide to ${options.child.label}`,
    why: 'names that answer today go on answering from the child',
    action: { do: 'change-rrsets', side: 'child', zone, changes },
  };
}

function remarksOf(
  survey: CutSurvey,
  options: DelegateOptions,
  childZone: HostedZone | null,
  hidden: readonly RRset[],
): readonly Remark[] {
  const remarks: Remark[] = [];
  if (isDelegated(survey)) {
    remarks.push({
      severity: 'note',
      text: `${survey.cut} is delegated to these servers already: nothing is written at the parent`,
    });
  }
  const present = snapshotOf(survey.child, childZone)?.rrsets ?? [];
  if (childZone !== null) {
    const size = present.length;
    remarks.push({
      severity: 'note',
      text: `the zone ${survey.cut} is in ${options.child.label} already (${childZone.id}, ${size} RRsets) and is used as it stands`,
    });
  }
  if (hidden.length > 0 && options.hidden === 'hide') {
    remarks.push({
      severity: 'warning',
      text: `${hidden.length} RRsets of the parent stop answering, because you said --hide`,
    });
  }
  const differing = hidden.filter(rrset =>
    present.some(
      other => other.owner === rrset.owner && other.type === rrset.type && !sameData(other, rrset),
    ),
  );
  for (const rrset of differing) {
    remarks.push({
      severity: 'warning',
      text: `${rrset.owner} ${rrset.type} differs in the child zone; the child's stays`,
    });
  }
  remarks.push(...signingRemarks(survey, options));
  for (const caution of isDelegated(survey) ? [] : options.parent.capabilities.cautions) {
    remarks.push({ severity: 'warning', text: caution });
  }
  return remarks;
}
