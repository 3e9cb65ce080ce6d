import { relativeTo } from '../dns/name.ts';
import { isType, type RRset } from '../dns/rrset.ts';
import { nsShown } from '../survey/view.ts';
import { delegationBounds } from './bound.ts';
import { zoneByHandStep } from './child-zone.ts';
import { contentDigest, ownRecords, rrsetsText } from './fit.ts';
import { unlockSteps } from './locks.ts';
import type { MoveGround } from './move-ground.ts';
import { type SignedMove, signedMove } from './move-signed.ts';
import type { NsSource, Step, ZoneSource } from './plan.ts';

/**
 * Seconds; the TTL of the NS sets in between is not longer, so that they are soon forgotten, nor is it longer than that of the
 * parent's: who learned a set in between from a zone shall not hold it longer than who learned it from the parent.
 */
const longestUnionTtl = 3600;

/** What the steps refer to. */
interface Sources {
  readonly zone: ZoneSource;
  /** The servers of the new zone. */
  readonly fresh: NsSource;
  /** Those of both. */
  readonly both: NsSource;
  /** The NS RRset that the old zone gives for itself, with its longest TTL; null when it was not seen. */
  readonly ownNs: RRset | null;
  readonly unionTtl: number;
}

/** The steps of a move, in the order in which at every instant whoever is asked gives the same. */
export function moveSteps(ground: MoveGround): readonly Step[] {
  const sources = sourcesOf(ground);
  const signed = signedMove(ground, sources.zone, sources.fresh);
  return [
    ...unlockSteps(ground.survey, ground.options.parent),
    ...signed.first,
    ...childSteps(ground, sources, signed),
    ...signed.leave,
    ...unionSteps(ground, sources),
    ...switchSteps(ground, sources),
    ...endSteps(ground, sources, signed),
  ];
}

function sourcesOf(ground: MoveGround): Sources {
  const { newZone, newServers, oldServers, from } = ground;
  const fresh: NsSource =
    newZone === null ? { kind: 'of-zone', step: 'create-zone' } : { kind: 'known', servers: newServers };
  const ownNs = longestOwn(ground);
  return {
    zone: newZone === null ? { kind: 'created', step: 'create-zone' } : { kind: 'known', zone: newZone },
    fresh,
    both:
      newZone === null
        ? { kind: 'union', of: [{ kind: 'known', servers: oldServers }, fresh] }
        : { kind: 'known', servers: [...new Set([...oldServers, ...newServers])].sort() },
    ownNs,
    unionTtl: Math.min(longestUnionTtl, ownNs?.ttl ?? from.ttl, from.ttl),
  };
}

function longestOwn({ survey, options, oldZone }: MoveGround): RRset | null {
  const { cut } = survey;
  const seen = options.childViews.flatMap(view => {
    const ns = nsShown(view.answer, cut);
    return ns !== null && view.answer.kind === 'answer' ? [ns] : [];
  });
  const held = oldZone.rrsets.filter(rrset => rrset.owner === cut && isType(rrset, 'NS'));
  return [...seen, ...held].reduce<RRset | null>(
    (best, ns) => (best === null || ns.ttl > best.ttl ? ns : best),
    null,
  );
}

/** The NS RRset of the old zone's apex as its account shows it; null where it does not. */
function heldNs({ oldZone }: MoveGround): RRset | null {
  return oldZone.rrsets.find(rrset => rrset.owner === oldZone.zone.apex && isType(rrset, 'NS')) ?? null;
}

function childSteps(ground: MoveGround, sources: Sources, signed: SignedMove): readonly Step[] {
  const { zone, fresh } = sources;
  const { survey, options, newZone, oldServers, records, copies } = ground;
  const { cut } = survey;
  const { child } = options;
  const seeds = newZone === null && child.capabilities.seedsAtomically;
  const make: Step = {
    id: 'create-zone',
    title: `create the zone ${cut} at ${child.label}${seeds ? ` with ${rrsetsText(records.length)} of the old one` : ''}`,
    why: 'the new zone comes first: nobody is sent to it yet',
    action: { do: 'create-zone', apex: cut, reference: `zonecut:${options.run}`, seed: seeds ? records : [] },
  };
  const create = child.capabilities.createsZones ? make : zoneByHandStep(cut, options, oldServers);
  const copy: Step = {
    id: 'copy-records',
    title: `copy ${rrsetsText(copies.length)} from ${options.old.label} to ${child.label}`,
    why: 'both zones answer alike before anybody is sent to the new one',
    action: { do: 'change-rrsets', purpose: 'copy', side: 'child', zone, changes: copies },
  };
  return [
    ...(newZone === null ? [create] : []),
    ...(seeds || copies.length === 0 ? [] : [copy]),
    ...signed.sign,
    // Before the proof: what a zone says of itself at first may be kept for days by whoever is sent to it too early.
    ...unionAt(ground, sources, 'child'),
    {
      id: 'prove-child',
      title: `ask every name server of the new zone for every record of ${cut}`,
      why: 'a server that lacks a record would break a name as soon as it is asked',
      action: { do: 'prove-child', cut, zone, ns: fresh, records: 'all' },
    },
  ];
}

/** Lets the zone at one of the hosts name the servers of both; nothing where its host writes no NS at an apex. */
function unionAt(
  ground: MoveGround,
  { zone, both, unionTtl }: Sources,
  side: 'child' | 'old',
): readonly Step[] {
  const host = ground.options[side];
  return host.capabilities.writesApexNs
    ? [
        {
          id: `union-at-${side === 'child' ? 'new' : 'old'}`,
          title: `let the zone at ${host.label} name the servers of both hosts`,
          why: 'resolvers prefer what a zone says of itself (RFC 2181 section 5.4.1)',
          action: {
            do: 'change-apex-ns',
            side,
            cut: ground.survey.cut,
            zone: side === 'child' ? zone : { kind: 'known', zone: ground.oldZone.zone },
            from: side === 'old' ? heldNs(ground) : null,
            ttl: unionTtl,
            ns: both,
          },
        },
      ]
    : [];
}

function unionSteps(ground: MoveGround, sources: Sources): readonly Step[] {
  const { zone, fresh, both, ownNs } = sources;
  const { survey, options, from, oldZone, records, glue } = ground;
  const { cut, parent } = survey;
  const parentZone = parent.snapshot.zone;
  return [
    {
      id: 'follow-first',
      title: `bring what was edited at ${options.old.label} since to ${options.child.label}`,
      why: 'from here on the new servers are asked too, and give every name that the old ones give',
      action: { do: 'follow-edits', cut, old: oldZone.zone, zone, records },
    },
    {
      id: 'prove-child-first',
      title: `ask every name server of the new zone for what came`,
      why: 'a host takes a while to show a change at all of its servers',
      action: { do: 'prove-child', cut, zone, ns: fresh, records: 'all' },
    },
    ...unionAt(ground, sources, 'old'),
    ...(isBoth(from, both) && glue.length === 0 ? [] : [delegateBothStep(ground, both)]),
    {
      id: 'prove-both',
      title: `ask every name server of ${parentZone.apex} for the referral to both`,
      why: 'a host takes a while to show a change at all of its servers',
      action: { do: 'prove-parent', cut, zone: parentZone, ns: both },
    },
    {
      id: 'prove-servers',
      title: `ask every name server of both hosts for the SOA of ${cut}`,
      why: 'a resolver may choose any of them',
      action: { do: 'prove-child', cut, zone, ns: both, records: 'none' },
    },
    {
      id: 'wait-out-old',
      title: 'wait until no cache knows the old servers alone',
      why: 'whoever knows both finds an answer, whatever becomes of one of them',
      action: {
        do: 'wait-out',
        bounds: delegationBounds(
          [from, ...setsAtParent(ground)],
          ownNs === null ? [] : [ownNs],
          parentZone.apex,
        ),
      },
    },
  ];
}

function delegateBothStep({ survey, options, from, glue }: MoveGround, both: NsSource): Step {
  const { zone } = survey.parent.snapshot;
  return {
    id: 'delegate-both',
    title: `let the NS records of ${relativeTo(survey.cut, zone.apex)} in ${zone.apex} at ${options.parent.label} name the servers of both hosts`,
    why: 'whoever is asked from here on, old or new, gives the same',
    action: {
      do: 'change-delegation',
      zone,
      cut: survey.cut,
      from,
      to: { ttl: from.ttl, ns: both },
      beside: glue,
    },
  };
}

/** Whether the parent names the servers of both already: a move that was left half made. */
function isBoth(from: RRset, both: NsSource): boolean {
  return both.kind === 'known' && [...from.data].sort().join(' ') === [...both.servers].sort().join(' ');
}

function setsAtParent({ survey }: MoveGround): readonly RRset[] {
  return survey.parent.views.flatMap(view =>
    view.answer.kind === 'referral' ? (nsShown(view.answer, survey.cut) ?? []) : [],
  );
}

function switchSteps(ground: MoveGround, { zone, fresh, both, ownNs }: Sources): readonly Step[] {
  const { survey, options, from, oldZone, records } = ground;
  const { cut, parent } = survey;
  const parentZone = parent.snapshot.zone;
  const apex = (side: 'child' | 'old'): readonly Step[] =>
    options[side].capabilities.writesApexNs
      ? [
          {
            id: `new-at-${side === 'child' ? 'new' : 'old'}`,
            title: `let the zone at ${options[side].label} name the new servers`,
            why: 'who comes to either learns the new ones',
            action: {
              do: 'change-apex-ns',
              side,
              cut,
              zone: side === 'child' ? zone : { kind: 'known', zone: oldZone.zone },
              from: null,
              ttl:
                side === 'child'
                  ? (options.apexNs?.ttl ?? ownNs?.ttl ?? from.ttl)
                  : Math.min(longestUnionTtl, ownNs?.ttl ?? from.ttl),
              ns:
                side === 'child' && options.apexNs !== undefined
                  ? { kind: 'known', servers: options.apexNs.data }
                  : fresh,
            },
          },
        ]
      : [];
  return [
    {
      id: 'follow-edits',
      title: `bring what was edited at ${options.old.label} meanwhile to ${options.child.label}`,
      why: 'the wait can be long, and people go on working',
      action: { do: 'follow-edits', cut, old: oldZone.zone, zone, records },
    },
    {
      id: 'prove-child-again',
      title: `ask every name server of the new zone for every record of ${cut} once more`,
      why: 'they are about to be the only ones',
      action: { do: 'prove-child', cut, zone, ns: fresh, records: 'all' },
    },
    // Before the parent, for where its own servers hold one of the zones: they give what that zone says of itself.
    ...apex('child'),
    ...apex('old'),
    {
      id: 'delegate-new',
      title: `let the NS records of ${relativeTo(cut, parentZone.apex)} in ${parentZone.apex} at ${options.parent.label} name the new servers`,
      why: 'nobody new is sent to the old host; those who know it still get the same answers there',
      action: {
        do: 'change-delegation',
        zone: parentZone,
        cut,
        from: { ttl: from.ttl, ns: both },
        to: { ttl: from.ttl, ns: fresh },
        beside: [],
      },
    },
    {
      id: 'prove-parent',
      title: `ask every name server of ${parentZone.apex} for the referral to the new servers`,
      why: 'a host takes a while to show a change at all of its servers',
      action: { do: 'prove-parent', cut, zone: parentZone, ns: fresh },
    },
    {
      id: 'prove-servers-again',
      title: `ask every name server of both hosts for the NS records of ${cut}`,
      why: 'the last wait begins when the last of them names the new servers',
      action: { do: 'prove-child', cut, zone, ns: both, records: 'none' },
    },
  ];
}

function endSteps(
  ground: MoveGround,
  { fresh, ownNs, unionTtl }: Sources,
  signed: SignedMove,
): readonly Step[] {
  const { survey, options, from, oldZone, oldGlue } = ground;
  const { cut, parent } = survey;
  const parentZone = parent.snapshot.zone;
  const oldStays = !options.old.capabilities.writesApexNs && ownNs !== null;
  const named: readonly RRset[] = oldStays ? [ownNs] : [{ ...(ownNs ?? from), ttl: unionTtl }];
  return [
    {
      id: 'wait-out',
      title: 'wait until no cache knows the old servers',
      why: 'a zone that is deleted while caches lead to it can be claimed by a stranger',
      action: { do: 'wait-out', bounds: delegationBounds([from], named, parentZone.apex) },
    },
    ...signed.enter,
    {
      id: 'prove-resolvers',
      title: `ask everybody for the NS and the SOA of ${cut}`,
      why: 'it is done when the parent, the child and the resolvers say the same',
      action: { do: 'prove-resolvers', cut, ns: fresh },
    },
    ...(oldGlue.length === 0
      ? []
      : [
          {
            id: 'remove-glue',
            title: `remove the glue of the old servers from ${parentZone.apex} at ${options.parent.label}`,
            why: 'no delegation needs it any more',
            action: {
              do: 'change-rrsets' as const,
              purpose: 'remove-hidden' as const,
              side: 'parent' as const,
              zone: { kind: 'known' as const, zone: parentZone },
              changes: oldGlue.map(rrset => ({
                owner: rrset.owner,
                type: rrset.type,
                from: rrset,
                to: null,
              })),
            },
          },
        ]),
    ...(options.oldZone === 'keep'
      ? []
      : [
          ...signed.end,
          {
            id: 'delete-old',
            title: `delete the zone ${cut} at ${options.old.label}`,
            why: 'nothing leads to it any more',
            action: {
              do: 'delete-zone' as const,
              side: 'old' as const,
              zone: oldZone.zone,
              digest: contentDigest(ownRecords(oldZone)),
              records: ownRecords(oldZone),
            },
          },
          ...signed.last,
        ]),
  ];
}
