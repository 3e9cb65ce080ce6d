import type { Name } from '../dns/name.ts';
import { isType, type RRset } from '../dns/rrset.ts';
import type { Capabilities, HostedZone, RRsetChange } from '../providers/provider.ts';
import { type CutSurvey, snapshotOf } from '../survey/survey.ts';
import { nsShown, type View } from '../survey/view.ts';
import { delegationBounds } from './bound.ts';
import { serversOf } from './child-zone.ts';
import { refuse } from './delegate-options.ts';
import { glueChanges } from './glue.ts';
import { planHead } from './head.ts';
import type { Party, Plan, Step } from './plan.ts';

type Host = Party & { readonly capabilities: Capabilities };

/** What the planner must know besides the survey. */
export interface AdoptOptions {
  readonly run: string;
  readonly madeBy: string;
  readonly parent: Host;
  readonly child: Host;
  /** The host's ID of the zone, where there are several of that name; null when not named. */
  readonly childZoneId: string | null;
  /** `cut NS` as the child's own servers give it. */
  readonly childViews: readonly View[];
}

/** A delegation that somebody made, and what of it does not fit its zone. */
export interface Adoption {
  readonly zone: HostedZone;
  /** The NS RRset at the parent. */
  readonly from: RRset<'NS'>;
  /** Sentences; empty when all fits. */
  readonly differences: readonly string[];
  /** What mends them; null when there is nothing to mend. */
  readonly plan: Plan | null;
}

/**
 * Looks at the delegation of `survey.cut` that stands, and plans what mends it: NS and glue at the parent, and the NS of the zone's
 * apex, as the zone's host has its servers.
 *
 * Throws ZC_PLAN_REFUSED when there is no delegation, or it is not clear which zone is meant.
 */
export function planAdopt(survey: CutSurvey, options: AdoptOptions): Adoption {
  const { cut, parent } = survey;
  const from = parent.snapshot.rrsets.find(rrset => rrset.owner === cut && rrset.type === 'NS');
  if (from === undefined || !isType(from, 'NS')) {
    refuse(
      `${cut} is not delegated in ${parent.snapshot.zone.apex} at ${options.parent.label}`,
      `\`zonecut delegate ${cut}\` delegates it.`,
    );
  }
  const zone = zoneFor(survey, options, from);
  const mending = mendingOf(survey, options, zone, from);
  return {
    zone,
    from,
    differences: mending.differences,
    plan: mending.differences.length === 0 ? null : planOf(survey, options, zone, from, mending),
  };
}

function zoneFor({ cut, child }: CutSurvey, options: AdoptOptions, from: RRset<'NS'>): HostedZone {
  const named = child.zones.filter(zone => options.childZoneId === null || zone.id === options.childZoneId);
  const asked = named.filter(zone =>
    serversOf(zone, child).some(server => from.data.some(ns => ns === server)),
  );
  const found = asked.length > 0 ? asked : named;
  const [only, second] = found;
  if (only === undefined || second !== undefined) {
    refuse(
      only === undefined
        ? `${cut} is delegated to ${from.data.join(' ')}, and ${options.child.label} has no such zone`
        : `${options.child.label} has ${found.length} zones named ${cut}: ${found.map(zone => zone.id).join(', ')}`,
      only === undefined ? 'Name the host that holds it with --child.' : 'Say which one with --zone-id.',
    );
  }
  return only;
}

interface Mending {
  readonly differences: readonly string[];
  readonly servers: readonly Name[];
  /** Whether the NS RRset at the parent changes. */
  readonly atParent: boolean;
  readonly glue: readonly RRsetChange[];
  /** The NS RRset of the zone's apex when it is to change; null when it fits, or cannot be changed. */
  readonly apex: RRset | null;
}

function mendingOf(survey: CutSurvey, options: AdoptOptions, zone: HostedZone, from: RRset<'NS'>): Mending {
  const { cut, parent, child } = survey;
  const own = snapshotOf(child, zone)?.rrsets ?? [];
  const servers = serversOf(zone, child);
  const glue = options.parent.capabilities.writesGlue
    ? glueChanges(cut, servers, own, parent.snapshot.rrsets, options.parent.capabilities)
    : [];
  const apex = own.find(rrset => rrset.owner === zone.apex && rrset.type === 'NS') ?? null;
  const atParent = setText(from.data) !== setText(servers);
  const atApex = apex !== null && setText(apex.data) !== setText(servers);
  return {
    servers,
    atParent,
    glue,
    apex: atApex && options.child.capabilities.writesApexNs ? apex : null,
    differences: [
      ...(atParent
        ? [`the parent names ${setText(from.data)}; the zone is served by ${setText(servers)}`]
        : []),
      ...glue.map(({ owner, type }) => `the parent lacks the glue ${owner} ${type} as the zone has it`),
      ...(atApex && options.child.capabilities.writesApexNs
        ? [`the zone itself names ${setText(apex.data)}; it is served by ${setText(servers)}`]
        : []),
    ],
  };
}

function setText(names: readonly string[]): string {
  return [...names].sort().join(' ');
}

function planOf(
  survey: CutSurvey,
  options: AdoptOptions,
  zone: HostedZone,
  from: RRset<'NS'>,
  mending: Mending,
): Plan {
  const { snapshot } = survey.parent;
  return {
    ...planHead(survey, options),
    intent: { kind: 'adopt', cut: survey.cut, undoes: null },
    parties: {
      parent: { id: options.parent.id, label: options.parent.label },
      child: { id: options.child.id, label: options.child.label },
      old: null,
    },
    observed: {
      parentZone: snapshot.zone,
      parentDigest: snapshot.digest,
      parentKept: snapshot.rrsets.length + snapshot.otherRows.length - (mending.atParent ? 1 : 0),
      childZone: zone,
      childDigest: snapshotOf(survey.child, zone)?.digest ?? null,
      oldZone: null,
      oldDigest: null,
      occluded: [],
    },
    remarks: options.parent.capabilities.cautions.map(text => ({ severity: 'warning', text })),
    steps: stepsOf(survey, options, zone, from, mending),
  };
}

function stepsOf(
  survey: CutSurvey,
  options: AdoptOptions,
  zone: HostedZone,
  from: RRset<'NS'>,
  { servers, atParent, glue, apex }: Mending,
): readonly Step[] {
  const { cut, parent } = survey;
  const parentZone = parent.snapshot.zone;
  const source = { kind: 'known', zone } as const;
  const ns = { kind: 'known', servers } as const;
  const own = options.childViews.flatMap(view =>
    view.answer.kind === 'answer' ? (nsShown(view.answer, cut) ?? []) : [],
  );
  const atApex: Step = {
    id: 'name-servers',
    title: `let the zone at ${options.child.label} name the servers that serve it`,
    why: 'resolvers prefer what a zone says of itself (RFC 2181 section 5.4.1)',
    action: {
      do: 'change-apex-ns',
      side: 'child',
      cut,
      zone: source,
      from: apex,
      ttl: apex?.ttl ?? from.ttl,
      ns,
    },
  };
  const atDelegation: Step = {
    id: 'delegate',
    title: `let the delegation in ${parentZone.apex} at ${options.parent.label} name the servers of the zone`,
    why: 'a server that is named and does not serve the zone makes names slow, and fail at times',
    action: {
      do: 'change-delegation',
      zone: parentZone,
      cut,
      from,
      to: { ttl: from.ttl, ns },
      beside: glue,
    },
  };
  return [
    {
      id: 'prove-child',
      title: `ask every name server of the zone for the SOA of ${cut}`,
      why: 'a delegation to servers that do not answer would break the name for everybody',
      action: { do: 'prove-child', cut, zone: source, ns, records: 'none' },
    },
    ...(apex === null ? [] : [atApex]),
    ...(atParent || glue.length > 0 ? [atDelegation] : []),
    {
      id: 'prove-parent',
      title: `ask every name server of ${parentZone.apex} for the referral`,
      why: 'a host takes a while to show a change at all of its servers',
      action: { do: 'prove-parent', cut, zone: parentZone, ns },
    },
    {
      id: 'wait-out',
      title: 'wait until no cache knows the servers of before',
      why: 'until then a resolver may ask a server that is named no more',
      action: { do: 'wait-out', bounds: delegationBounds([from], own, parentZone.apex) },
    },
    {
      id: 'prove-resolvers',
      title: `ask everybody for the NS and the SOA of ${cut}`,
      why: 'it is done when the parent, the child and the resolvers say the same',
      action: { do: 'prove-resolvers', cut, ns },
    },
  ];
}
