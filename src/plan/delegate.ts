import { childOf, isAtOrBelow, isBelow, type Name, parentOf, relativeTo } from '../dns/name.ts';
import { isType, makeRRset, type RRset, sameData } from '../dns/rrset.ts';
import { ZonecutError } from '../error.ts';
import type { Capabilities, HostedZone, RRsetChange } from '../providers/provider.ts';
import { type CutSurvey, cutBetween, snapshotOf } from '../survey/survey.ts';
import { nsShown } from '../survey/view.ts';
import { negativeBound, ttlBound } from './bound.ts';
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
  /** The host's ID of the zone to use where the child's account has several of that name; null when not named. */
  readonly childZoneId: string | null;
}

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
    parties: { parent: partyOf(options.parent), child: partyOf(options.child) },
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

function refuse(text: string, hint: string): never {
  throw new ZonecutError('ZC_PLAN_REFUSED', text, { hint });
}

function refuseWhatBreaks(survey: CutSurvey, options: DelegateOptions): void {
  const { cut, live, parent } = survey;
  const apex = parent.snapshot.zone.apex;
  if (live.apex !== apex) {
    refuse(
      `${options.parent.label} holds ${apex}, but the world finds no such zone: its servers are those of ${live.apex}`,
      `Delegate ${apex} to its own servers first (\`zonecut trace ${apex}\` shows what the world sees).`,
    );
  }
  const between = cutBetween(survey);
  if (between !== null) {
    refuse(
      `${between} is already a zone of its own between ${apex} and ${cut}, so NS records in ${apex} would have no effect`,
      `Name the host of ${between} with --parent.`,
    );
  }
  refuseOtherServers(survey, options);
  const alias = parent.snapshot.rrsets.find(
    rrset => rrset.owner === cut && (rrset.type === 'CNAME' || rrset.type === 'ALIAS'),
  );
  if (alias !== undefined) {
    refuse(
      `${cut} has a ${alias.type} record (${alias.data.join(' ')}), and nothing may stand beside it (RFC 1034 section 3.6.2)`,
      `Remove the ${alias.type} or choose another name.`,
    );
  }
  if (!options.parent.capabilities.delegates) {
    refuse(
      `${options.parent.label} cannot hold NS records below the apex`,
      'Move the parent zone to a host that can.',
    );
  }
  refuseAbove(survey);
  refuseOtherDelegation(survey, options);
}

/** What stands between the parent's apex and the cut can make NS records there void. */
function refuseAbove({ cut, parent }: CutSurvey): void {
  const apex = parent.snapshot.zone.apex;
  const above = parent.snapshot.rrsets.filter(
    rrset => isBelow(cut, rrset.owner) && isAtOrBelow(rrset.owner, apex),
  );
  const dname = above.find(rrset => rrset.type === 'DNAME');
  if (dname !== undefined) {
    refuse(
      `${dname.owner} has a DNAME record, which turns every name below it into another (RFC 6672 section 2.3)`,
      'Remove the DNAME or choose another name.',
    );
  }
  const higher = above.find(rrset => rrset.type === 'NS' && rrset.owner !== apex);
  if (higher !== undefined) {
    refuse(
      `${higher.owner} is delegated in ${apex} already, so NS records for ${cut} would be hidden`,
      `Name the host of ${higher.owner} with --parent.`,
    );
  }
  if (parent.snapshot.rrsets.some(rrset => rrset.owner === cut && rrset.type === 'DS')) {
    refuse(
      `${cut} has DS records at the parent: validating resolvers would refuse an unsigned zone there (RFC 4035 section 5.2)`,
      'Remove the DS records, wait their TTL, and try again.',
    );
  }
}

/** The account must hold the zone that the world sees, not one of the same name that nothing points at. */
function refuseOtherServers(survey: CutSurvey, options: DelegateOptions): void {
  const { live, parent } = survey;
  const assigned = parent.snapshot.zone.nameServers;
  if (assigned.length > 0 && !assigned.some(name => live.ns.data.some(target => target === name))) {
    refuse(
      `the world asks ${live.ns.data.join(' ')} about ${live.apex}, but ${options.parent.label} serves it at ${assigned.join(' ')}`,
      'Name the account that the world uses with --parent.',
    );
  }
}

function refuseOtherDelegation(survey: CutSurvey, options: DelegateOptions): void {
  const { cut, parent, child } = survey;
  const inAccount = parent.snapshot.rrsets.find(rrset => rrset.owner === cut && rrset.type === 'NS');
  const wanted = child.zones.find(zone => options.childZoneId === null || zone.id === options.childZoneId);
  const found =
    inAccount?.data.map(String) ??
    parent.views.map(view => nsShown(view.answer, cut)).find(ns => ns !== null)?.data;
  if (found === undefined) {
    return;
  }
  const servers = wanted === undefined ? [] : serversOf(wanted, child);
  const same = found.length === servers.length && found.every(ns => servers.some(server => server === ns));
  if (inAccount !== undefined && same) {
    return;
  }
  if (inAccount === undefined && wanted !== undefined && options.child.capabilities.sharesServers) {
    return;
  }
  refuse(
    `${cut} is already delegated, to ${found.join(' ')}`,
    same
      ? `\`zonecut verify ${cut}\` tells whether it works.`
      : `\`zonecut verify ${cut}\` shows it; \`zonecut undelegate ${cut}\` takes it away first.`,
  );
}

function chooseChildZone(survey: CutSurvey, options: DelegateOptions): HostedZone | null {
  const { zones } = survey.child;
  if (options.childZoneId !== null) {
    const named = zones.find(zone => zone.id === options.childZoneId);
    if (named === undefined) {
      refuse(
        `${options.child.label} has no zone ${survey.cut} with the ID ${options.childZoneId}`,
        zones.length === 0
          ? 'Leave --zone-id out to create one.'
          : `It has ${zones.map(zone => zone.id).join(', ')}.`,
      );
    }
    return named;
  }
  if (zones.length > 1) {
    refuse(
      `${options.child.label} has ${zones.length} zones named ${survey.cut}: ${zones.map(zone => zone.id).join(', ')}`,
      'Say which one with --zone-id.',
    );
  }
  if (zones.length === 0 && !options.child.capabilities.createsZones) {
    refuse(`${options.child.label} cannot create zones`, `Create ${survey.cut} there by hand and try again.`);
  }
  return zones[0] ?? null;
}

/** The RRsets of the parent that stand at or below the cut and are no delegation of it. RFC 9499 section 7. */
function hiddenBy(survey: CutSurvey): readonly RRset[] {
  const { cut, parent } = survey;
  return parent.snapshot.rrsets.filter(
    rrset =>
      isAtOrBelow(rrset.owner, cut) && !(rrset.owner === cut && (rrset.type === 'NS' || rrset.type === 'DS')),
  );
}

/**
 * The RRsets of the wildcard that answers for names at and below the cut today, as they must stand in the child zone to go
 * on answering: at its apex and at its own wildcard. RFC 4592 section 4.
 */
function wildcardCopies(survey: CutSurvey): readonly RRset[] {
  const { cut, parent } = survey;
  const { rrsets } = parent.snapshot;
  if (rrsets.some(rrset => isAtOrBelow(rrset.owner, cut))) {
    return [];
  }
  const apex = parent.snapshot.zone.apex;
  for (let above = parentOf(cut); above !== null && isAtOrBelow(above, apex); above = parentOf(above)) {
    const wildcard = childOf('*', above);
    const found = rrsets.filter(rrset => rrset.owner === wildcard && rrset.type !== 'NS');
    if (found.length > 0) {
      return found.flatMap(rrset => [
        { ...rrset, owner: cut },
        { ...rrset, owner: childOf('*', cut) },
      ]);
    }
    const encloser = above;
    if (rrsets.some(rrset => isAtOrBelow(rrset.owner, encloser))) {
      return [];
    }
  }
  return [];
}

/** What must be in the child zone before the cut is made, so that no name that answers today stops answering. */
function seedOf(
  survey: CutSurvey,
  childZone: HostedZone | null,
  hidden: readonly RRset[],
  options: DelegateOptions,
): readonly RRset[] {
  const lost = survey.parent.snapshot.otherRows.filter(row => isAtOrBelow(row.owner, survey.cut));
  const copies = [...hidden, ...wildcardCopies(survey)];
  const { types, minTtl, maxTtl } = options.child.capabilities;
  const foreign = copies.filter(
    rrset => !types.includes(rrset.type) || (rrset.type === 'CNAME' && rrset.owner === survey.cut),
  );
  const stuck = [...lost.map(row => row.text), ...foreign.map(rrset => `${rrset.owner} ${rrset.type}`)];
  if (stuck.length > 0) {
    refuse(
      `the cut would hide what ${options.child.label} cannot hold: ${stuck.join('; ')}`,
      'Move it elsewhere first, or say --hide to let it go.',
    );
  }
  const present = snapshotOf(survey.child, childZone)?.rrsets ?? [];
  return copies
    .filter(rrset => !present.some(other => other.owner === rrset.owner && other.type === rrset.type))
    .map(rrset =>
      makeRRset(rrset.owner, rrset.type, Math.min(maxTtl, Math.max(minTtl, rrset.ttl)), rrset.data),
    );
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
  return [
    ...(childZone === null ? [createStep(cut, options, seedNow)] : []),
    ...(seedLater.length === 0 ? [] : [copyStep(zone, seedLater, options)]),
    {
      id: 'prove-child',
      title: `ask every name server of the new zone for the SOA of ${cut}`,
      why: 'a delegation to servers that do not answer would break the name for everybody',
      action: { do: 'prove-child', cut, zone, ns },
    },
    ...(isDelegated(survey) ? [] : [delegateStep(survey, options, ns)]),
    {
      id: 'prove-parent',
      title: `ask every name server of ${parent.snapshot.zone.apex} for the referral`,
      why: 'a host takes a while to show a change at all of its servers',
      action: { do: 'prove-parent', cut, zone: parent.snapshot.zone, ns },
    },
    ...(isDelegated(survey) ? [] : [waitStep(survey)]),
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

/** The name servers of a zone that is there: those that its host assigned, else those that it names itself. */
function serversOf(zone: HostedZone, child: CutSurvey['child']): readonly Name[] {
  const own = snapshotOf(child, zone)?.rrsets.find(rrset => rrset.owner === zone.apex && rrset.type === 'NS');
  return zone.nameServers.length > 0 || own === undefined || !isType(own, 'NS') ? zone.nameServers : own.data;
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
  for (const caution of isDelegated(survey) ? [] : options.parent.capabilities.cautions) {
    remarks.push({ severity: 'warning', text: caution });
  }
  return remarks;
}
