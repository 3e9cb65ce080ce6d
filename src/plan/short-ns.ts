import { isType, type RRset } from '../dns/rrset.ts';
import type { Capabilities, HostedZone } from '../providers/provider.ts';
import type { CutSurvey } from '../survey/survey.ts';
import { delegationBounds } from './bound.ts';
import type { NsSet, Party, Remark, Step } from './plan.ts';

/** What a delegation in a secure zone is made into before it is removed. */
export interface ShortNs {
  readonly steps: readonly Step[];
  /** The NS RRset as it is then; that of today where nothing is shortened. */
  readonly from: RRset | NsSet;
  /** TTLs that caches can hold on to then, for the wait after the removal: the parent's and the child's own. */
  readonly above: readonly RRset[];
  readonly below: readonly RRset[];
  readonly remarks: readonly Remark[];
}

/** The hosts of a removal, with what they can do. */
export interface ShortNsHosts {
  readonly parent: Party & { readonly capabilities: Capabilities };
  readonly child: (Party & { readonly capabilities?: Capabilities }) | null;
}

/**
 * The steps that shorten the NS RRsets of a cut in a secure zone, before the cut goes.
 *
 * When it is gone the parent proves that no cut is there. A validator that still knows the old name servers then takes what they
 * say for data of the parent that lacks the parent's signature, and refuses it, until its NS RRset has expired (RFC 4035 section
 * 5.2). So that one must not be held: its TTL becomes the lowest that each host takes, and the old one is waited out.
 */
export function shortNs(
  survey: CutSurvey,
  hosts: ShortNsHosts,
  from: RRset,
  sets: { readonly above: readonly RRset[]; readonly below: readonly RRset[] },
  zone: HostedZone | null,
): ShortNs {
  const { parent, security } = survey;
  const plain = { steps: [], from, ...sets, remarks: [] };
  if (security.parent?.kind !== 'secure' || !isType(from, 'NS')) {
    return plain;
  }
  const ttl = Math.min(from.ttl, hosts.parent.capabilities.minTtl);
  const [own] = sets.below;
  const child = hosts.child;
  const lowest = child?.capabilities?.writesApexNs === true ? child.capabilities.minTtl : null;
  const ownTtl = own === undefined ? null : Math.min(own.ttl, lowest ?? own.ttl);
  const apex =
    zone === null || own === undefined || lowest === null || own.ttl <= lowest ? null : { zone, own };
  const left = ttl + (ownTtl ?? 0);
  const remarks: readonly Remark[] =
    left === 0
      ? []
      : [
          {
            severity: 'warning',
            text: `${parent.snapshot.zone.apex} is secure: once the cut is gone, a validating resolver that still knows its name servers refuses what they say, for ${left} s at most`,
          },
        ];
  if (from.ttl <= ttl && apex === null) {
    return { ...plain, remarks };
  }
  return {
    steps: shortSteps(survey, hosts.parent.label, { from, ttl, sets, apex, ownTtl }),
    from: { ttl, ns: { kind: 'known', servers: from.data } },
    above: [{ ...from, ttl }],
    below: sets.below.map(set => ({ ...set, ttl: ownTtl ?? set.ttl })),
    remarks,
  };
}

/** What is shortened, and to what. */
interface Shortening {
  readonly from: RRset<'NS'>;
  readonly ttl: number;
  readonly sets: { readonly above: readonly RRset[]; readonly below: readonly RRset[] };
  readonly apex: { readonly zone: HostedZone; readonly own: RRset } | null;
  readonly ownTtl: number | null;
}

function shortSteps({ cut, parent }: CutSurvey, label: string, now: Shortening): readonly Step[] {
  const parentZone = parent.snapshot.zone;
  const servers = now.from.data;
  const at: readonly Step[] =
    now.apex === null || now.ownTtl === null || !isType(now.apex.own, 'NS')
      ? []
      : [
          {
            id: 'shorten-child',
            title: `let caches keep the child's own NS records of ${cut} for ${now.ownTtl} s only`,
            why: 'resolvers prefer what a zone says of itself (RFC 2181 section 5.4.1)',
            action: {
              do: 'change-apex-ns',
              side: 'child',
              cut,
              zone: { kind: 'known', zone: now.apex.zone },
              from: null,
              ttl: now.ownTtl,
              ns: { kind: 'known', servers: now.apex.own.data },
            },
          },
        ];
  return [
    ...at,
    {
      id: 'shorten-parent',
      title: `let caches keep the NS records of ${cut} in ${parentZone.apex} for ${now.ttl} s only`,
      why: 'a validator that remembers the cut when it is gone refuses what the child says (RFC 4035 section 5.2)',
      action: {
        do: 'change-delegation',
        zone: parentZone,
        cut,
        from: now.from,
        to: { ttl: now.ttl, ns: { kind: 'known', servers } },
        beside: [],
      },
    },
    {
      id: 'prove-short',
      title: `ask every name server of ${parentZone.apex} for the referral`,
      why: 'a host takes a while to show a change at all of its servers',
      action: { do: 'prove-parent', cut, zone: parentZone, ns: { kind: 'known', servers } },
    },
    {
      id: 'wait-short',
      title: 'wait until no cache holds the NS records for longer',
      why: `what ${label} gave before keeps its TTL`,
      action: {
        do: 'wait-out',
        bounds: delegationBounds([now.from, ...now.sets.above], now.sets.below, parentZone.apex),
      },
    },
  ];
}
