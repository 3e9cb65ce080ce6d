import { type Name, relativeTo } from '../dns/name.ts';
import { type RRset, sameData } from '../dns/rrset.ts';
import type { HostedZone, RRsetChange } from '../providers/provider.ts';
import { type CutSurvey, snapshotOf } from '../survey/survey.ts';
import { negativeBound, ttlBound, waitSecondsOf } from './bound.ts';
import { chooseChildZone, serversOf, zoneByHandStep } from './child-zone.ts';
import { type DelegateOptions, refuse } from './delegate-options.ts';
import { refuseWhatBreaks } from './delegate-refusals.ts';
import { displacedBy, removalOf } from './displaced.ts';
import { rrsetsText, ttlAt } from './fit.ts';
import { glueChanges, isGlueOf, withoutAddress } from './glue.ts';
import { planHead } from './head.ts';
import { hiddenBy, rowsBelow, seedOf } from './hidden.ts';
import { lockSteps } from './locks.ts';
import type { Bound, DsSet, NsSource, Party, Plan, Remark, Step, ZoneSource } from './plan.ts';
import { hiddenRemovalSteps } from './removal.ts';
import { signingRemarks, signingSteps } from './sign.ts';

/** What was found and chosen before the steps are laid out. */
interface Ground {
  readonly survey: CutSurvey;
  readonly options: DelegateOptions;
  /** The child's zone; null when it is to be made. */
  readonly childZone: HostedZone | null;
  /** The name servers of the child; empty while nobody knows them. */
  readonly servers: readonly Name[];
  /** What the cut hides in the parent. */
  readonly hidden: readonly RRset[];
  /** Those of them that go with the cut; see `displacedBy`. */
  readonly displaced: readonly RRset[];
  /** What the child zone must get before the cut. */
  readonly seed: readonly RRset[];
  readonly glue: readonly RRsetChange[];
}

/**
 * The plan that delegates `survey.cut`: child first, proven, then the parent, proven, then the caches (make before break).
 *
 * Throws ZC_PLAN_REFUSED when the delegation would break something or is already made elsewhere.
 */
export function planDelegate(survey: CutSurvey, options: DelegateOptions): Plan {
  refuseWhatBreaks(survey, options);
  const ground = groundOf(survey, options);
  const steps = stepsOf(ground);
  const { snapshot } = survey.parent;
  return {
    ...planHead(survey, options),
    intent: { kind: 'delegate', cut: survey.cut, undoes: options.undoes ?? null },
    parties: { parent: partyOf(options.parent), child: partyOf(options.child), old: null },
    observed: {
      parentZone: snapshot.zone,
      parentDigest: snapshot.digest,
      parentKept:
        snapshot.rrsets.length +
        snapshot.otherRows.length -
        ground.displaced.length -
        removalsOf(ground).length,
      childZone: ground.childZone,
      childDigest: snapshotOf(survey.child, ground.childZone)?.digest ?? null,
      oldZone: null,
      oldDigest: null,
      occluded: ground.hidden,
    },
    remarks: remarksOf(ground, steps),
    steps,
  };
}

function groundOf(survey: CutSurvey, options: DelegateOptions): Ground {
  const childZone = chooseChildZone(survey, options);
  const servers = childZone === null ? [] : serversOf(childZone, survey.child);
  const seed = seedOf(survey, childZone, options);
  const own = [...(snapshotOf(survey.child, childZone)?.rrsets ?? []), ...seed];
  const [lost] = withoutAddress(survey.cut, servers, own);
  if (lost !== undefined) {
    refuse(
      `${lost} lies in what is delegated to it, and the zone ${survey.cut} has no address for it (RFC 9471 section 2.1)`,
      `Add A or AAAA records of ${lost} to the zone at ${options.child.label}.`,
    );
  }
  const { rrsets } = survey.parent.snapshot;
  const reverted = revertsOf(options).filter(({ from }) => from !== null && isGlueOf(from, servers));
  const glue = [
    ...reverted,
    ...glueChanges(survey.cut, servers, own, rrsets, options.parent.capabilities).filter(
      change => !reverted.some(other => other.owner === change.owner && other.type === change.type),
    ),
  ];
  if (glue.length > 0 && !options.parent.capabilities.writesGlue) {
    refuse(
      `${options.parent.label} holds no addresses below a cut, and ${glue[0]?.owner} needs one (RFC 9471 section 2.1)`,
      'Choose name servers whose names lie elsewhere.',
    );
  }
  const hidden = hiddenBy(survey, servers);
  const displaced = isDelegated(survey) ? [] : displacedBy(survey, hidden, options);
  return { survey, options, childZone, servers, hidden, displaced, seed, glue };
}

/** The changes that the rows of the parent are given explicitly; see `DelegateOptions.hiddenRows`. */
function revertsOf({ hiddenRows = 'keep' }: DelegateOptions): readonly RRsetChange[] {
  return typeof hiddenRows === 'string' ? [] : hiddenRows;
}

function partyOf(host: Party): Party {
  return { id: host.id, label: host.label };
}

function boundsOf({ survey, hidden }: Ground): readonly Bound[] {
  const { parent, cut, live } = survey;
  if (parent.soas.length === 0) {
    refuse(
      `none of the servers of ${live.apex} (${live.ns.data.join(' ')}) gave its SOA`,
      `\`zonecut trace ${cut}\` shows what they answer.`,
    );
  }
  const old = hidden.filter(rrset => rrset.owner === cut);
  return [negativeBound(parent.soas), ...old.map(rrset => ttlBound(rrset, live.apex))];
}

function stepsOf(ground: Ground): readonly Step[] {
  const { survey, options, childZone, servers, seed } = ground;
  const { cut, parent } = survey;
  const ns: NsSource =
    childZone === null ? { kind: 'of-zone', step: 'create-zone' } : { kind: 'known', servers };
  const zone: ZoneSource =
    childZone === null ? { kind: 'created', step: 'create-zone' } : { kind: 'known', zone: childZone };
  const seedNow = childZone === null && options.child.capabilities.seedsAtomically ? seed : [];
  const seedLater = seedNow.length > 0 ? [] : seed;
  const signing = signingSteps(survey, options, zone, ns);
  return [
    ...(childZone === null ? [createStep(cut, options, seedNow)] : []),
    ...(seedLater.length === 0 ? [] : [copyStep(zone, seedLater, options)]),
    ...signing.early.filter(step => step.action.do === 'sign-zone'),
    {
      id: 'prove-child',
      title: `ask every name server of the new zone for the SOA of ${cut}`,
      why: 'a delegation to servers that do not answer would break the name for everybody',
      action: { do: 'prove-child', cut, zone, ns, records: 'copied' },
    },
    ...signing.early.filter(step => step.action.do !== 'sign-zone'),
    ...(isDelegated(survey) && ground.glue.length === 0 ? [] : [delegateStep(ground, ns, signing.withCut)]),
    {
      id: 'prove-parent',
      title: `ask every name server of ${parent.snapshot.zone.apex} for the referral`,
      why: 'a host takes a while to show a change at all of its servers',
      action: { do: 'prove-parent', cut, zone: parent.snapshot.zone, ns },
    },
    ...lockSteps(survey, options, ['NS']),
    ...signing.proof,
    ...(isDelegated(survey) ? [] : [waitStep(ground)]),
    ...signing.late,
    {
      id: 'prove-resolvers',
      title: `ask everybody for the NS and the SOA of ${cut}`,
      why: 'it is done when the parent, the child and the resolvers say the same',
      action: { do: 'prove-resolvers', cut, ns },
    },
    ...cleanUpSteps(ground),
  ];
}

/** Whether the account of the parent holds the delegation already; that it is to the right servers was made sure before. */
function isDelegated({ cut, parent }: CutSurvey): boolean {
  return parent.snapshot.rrsets.some(rrset => rrset.owner === cut && rrset.type === 'NS');
}

function delegateStep({ survey, options, glue, displaced }: Ground, ns: NsSource, ds: DsSet | null): Step {
  const { cut, parent } = survey;
  const { zone, rrsets } = parent.snapshot;
  const from = rrsets.find(rrset => rrset.owner === cut && rrset.type === 'NS') ?? null;
  const { capabilities } = options.parent;
  const ttl = from?.ttl ?? ttlAt(capabilities, options.nsTtl ?? capabilities.defaultNsTtl);
  const what = `${ds === null ? 'NS records' : 'NS and DS records'}${glue.length === 0 ? '' : ' and the glue'}`;
  const place = displaced.length === 0 ? '' : ` in the place of ${rrsetsText(displaced.length)}`;
  return {
    id: 'delegate',
    title: `write the ${what} of ${relativeTo(cut, zone.apex)} into ${zone.apex} at ${options.parent.label}${place}`,
    why: 'this is the cut: from here on resolvers are sent on to the child',
    action: {
      do: 'change-delegation',
      zone,
      cut,
      from,
      to: { ttl, ns },
      ...(ds === null ? {} : { ds }),
      beside: [...glue, ...displaced.map(removalOf)],
    },
  };
}

function waitStep(ground: Ground): Step {
  return {
    id: 'wait-out',
    title: 'wait until no cache can hold the old answer any more',
    why: 'a resolver that was asked before the cut goes on giving what it remembers',
    action: { do: 'wait-out', bounds: boundsOf(ground) },
  };
}

function createStep(cut: Name, options: DelegateOptions, seed: readonly RRset[]): Step {
  if (!options.child.capabilities.createsZones) {
    return zoneByHandStep(cut, options, []);
  }
  return {
    id: 'create-zone',
    title: `create the zone ${cut} at ${options.child.label}${seed.length === 0 ? '' : ` with ${seed.length} copied RRsets`}`,
    why: 'the child comes first: nobody is sent to it yet',
    action: { do: 'create-zone', apex: cut, reference: `zonecut:${options.run}`, seed },
  };
}

function copyStep(zone: ZoneSource, seed: readonly RRset[], options: DelegateOptions): Step {
  return {
    id: 'copy-records',
    title: `copy ${rrsetsText(seed.length)} that the cut would hide to ${options.child.label}`,
    why: 'names that answer today go on answering from the child',
    action: {
      do: 'change-rrsets',
      purpose: 'copy',
      side: 'child',
      zone,
      changes: seed.map(to => ({ owner: to.owner, type: to.type, from: null, to })),
    },
  };
}

/** The rows of the parent that go when all is done, exactly as they were seen. */
function removalsOf({ options, hidden, displaced, servers }: Ground): readonly RRsetChange[] {
  const { hiddenRows = 'keep' } = options;
  if (hiddenRows === 'keep') {
    return [];
  }
  const changes = hiddenRows === 'remove' ? hidden.map(removalOf) : hiddenRows;
  return changes.filter(
    ({ owner, type, from }) =>
      from !== null &&
      !isGlueOf(from, servers) &&
      !displaced.some(gone => gone.owner === owner && gone.type === type),
  );
}

function cleanUpSteps(ground: Ground): readonly Step[] {
  const { options, survey } = ground;
  return hiddenRemovalSteps(survey.parent.snapshot.zone, options.parent, removalsOf(ground));
}

/**
 * A secure parent proved until now that no cut is there. A validator that holds such a proof (any NSEC or NSEC3 of the name, so
 * also of a type that it lacks) takes what a child without DS says for data of the parent that lacks the parent's signature, and
 * refuses it until the proof has expired (RFC 4035 section 5.2). The last proof is given in the instant before the cut.
 */
function secureRemarks({ survey, options, hidden }: Ground, isSecureAtOnce: boolean): readonly Remark[] {
  const { cut, live, parent, security } = survey;
  const seconds = parent.soas.length === 0 ? 0 : waitSecondsOf([negativeBound(parent.soas)]);
  if (security.parent?.kind !== 'secure' || hidden.length === 0 || isDelegated(survey) || isSecureAtOnce) {
    return [];
  }
  const remedy =
    options.child.capabilities.signs && options.sign !== true ? '. With --sign it takes it at once' : '';
  return [
    {
      severity: 'warning',
      text: `${live.apex} is secure: a validating resolver that lately got the proof that ${cut} is no cut, as with the answer that it has no record of some type, refuses what a child without DS says, for ${seconds} s (the negative TTL), and some remember a refusal for a minute${remedy}`,
    },
  ];
}

function remarksOf(ground: Ground, steps: readonly Step[]): readonly Remark[] {
  const { survey, options, childZone, hidden } = ground;
  const remarks: Remark[] = [];
  if (isDelegated(survey)) {
    remarks.push({
      severity: 'note',
      text: `${survey.cut} is delegated to these servers already: its NS records are not written`,
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
  const differing = rowsBelow(survey).filter(rrset =>
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
  const isSecureAtOnce = steps.some(
    ({ action }) => action.do === 'change-delegation' && action.ds !== undefined,
  );
  remarks.push(...secureRemarks(ground, isSecureAtOnce), ...signingRemarks(survey, options));
  for (const caution of isDelegated(survey) ? [] : options.parent.capabilities.cautions) {
    remarks.push({ severity: 'warning', text: caution });
  }
  return remarks;
}
