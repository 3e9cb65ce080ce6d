import { relativeTo } from '../dns/name.ts';
import { delegationBounds } from './bound.ts';
import { type MendGround, sameSet } from './mend-ground.ts';
import type { MendTarget } from './mend-target.ts';
import { type ActionOf, knownServers, type NsSource, type Remark, type Step } from './plan.ts';

/** Name servers of a cut, fewer than which leave it without a reserve (RFC 1034 section 4.1, RFC 2182 section 5). */
const reserve = 2;

/**
 * The steps that make both sides name what `target` says: every server that is to be named answers first, then the zone names it
 * itself, then the parent sends to it. Where a server that works is named no more, the parent names both sets until no cache knows
 * the old one alone. None when neither side changes.
 */
export function nsSteps(ground: MendGround, target: MendTarget, copies: boolean): readonly Step[] {
  const { agreed, from } = ground;
  if (!target.atParent && target.own === null && !copies) {
    return [];
  }
  const old = { ttl: target.ttl, ns: known([...new Set([...from.data, ...target.names])].sort()) };
  const isGradual = target.atParent && from.data.some(name => agreed.goingThoughWorking.includes(name));
  const next = { ttl: target.ttl, ns: known(target.names) };
  const first = isGradual ? target.glue.filter(({ to }) => to !== null) : target.glue;
  const last = isGradual ? target.glue.filter(({ to }) => to === null) : [];
  return [
    proveChild(ground, target, copies),
    ...ownStep(ground, target),
    ...(isGradual
      ? [
          delegateStep(ground, 'delegate-both', from, old, first),
          proveParent(ground, 'prove-both', old.ns),
          waitStep(ground, 'wait-both'),
          delegateStep(ground, 'delegate', old, next, last),
        ]
      : target.atParent
        ? [delegateStep(ground, 'delegate', from, next, first)]
        : []),
    ...(target.atParent ? [proveParent(ground, 'prove-parent', next.ns)] : []),
  ];
}

function known(servers: MendTarget['names']): Extract<NsSource, { readonly kind: 'known' }> {
  return { kind: 'known', servers };
}

function proveChild({ survey, childZone, agreed }: MendGround, target: MendTarget, copies: boolean): Step {
  const { cut } = survey;
  const working = target.names.filter(name => agreed.working.includes(name));
  return {
    id: 'prove-child',
    title: `ask every name server that is to be named for the SOA of ${cut}`,
    why: 'a delegation to servers that do not answer would break the name for everybody',
    action: {
      do: 'prove-child',
      cut,
      zone: childZone === null ? null : { kind: 'known', zone: childZone },
      ns: known(working.length === 0 ? target.names : working),
      records: copies ? 'copied' : 'none',
    },
  };
}

function ownStep({ survey, options, childZone, apex }: MendGround, { own }: MendTarget): readonly Step[] {
  if (own === null || childZone === null) {
    return [];
  }
  return [
    {
      id: 'name-servers',
      title: `let the zone at ${options.child?.label} name the servers that serve it`,
      why: 'resolvers prefer what a zone says of itself (RFC 2181 section 5.4.1)',
      action: {
        do: 'change-apex-ns',
        side: 'child',
        cut: survey.cut,
        zone: { kind: 'known', zone: childZone },
        from: apex,
        ttl: own.ttl,
        ns: known(own.names),
      },
    },
  ];
}

function delegateStep(
  { survey, options }: MendGround,
  id: string,
  from: NonNullable<ActionOf<'change-delegation'>['from']>,
  to: NonNullable<ActionOf<'change-delegation'>['to']>,
  beside: ActionOf<'change-delegation'>['beside'],
): Step {
  const { cut, parent } = survey;
  const { zone } = parent.snapshot;
  const isSame = 'data' in from && from.ttl === to.ttl && sameSet(from.data, knownServers(to.ns));
  const what = [...(isSame ? [] : ['the NS records']), ...(beside.length === 0 ? [] : ['the glue'])];
  const also = id === 'delegate-both' ? ', the old ones among them for a while' : '';
  return {
    id,
    title: `write ${what.join(' and ')} of ${relativeTo(cut, zone.apex)} into ${zone.apex} at ${options.parent.label}${also}`,
    why: isSame
      ? 'an address that is missing or wrong sends resolvers nowhere'
      : 'a server that is named and does not serve the zone makes names slow, and fail at times',
    action: { do: 'change-delegation', zone, cut, from, to, beside },
  };
}

function proveParent({ survey }: MendGround, id: string, ns: NsSource): Step {
  const { zone } = survey.parent.snapshot;
  return {
    id,
    title: `ask every name server of ${zone.apex} for the referral`,
    why: 'a host takes a while to show a change at all of its servers',
    action: { do: 'prove-parent', cut: survey.cut, zone, ns },
  };
}

/** The wait until no cache goes by the NS RRsets of before. */
export function waitStep({ survey, options, from, apex }: MendGround, id: string): Step {
  const own = options.nsViews.flatMap(({ answer }) => (answer.kind === 'answer' ? [answer.rrset] : []));
  return {
    id,
    title: 'wait until no cache knows the servers of before',
    why: 'until then a resolver may ask a server that is named no more',
    action: {
      do: 'wait-out',
      bounds: delegationBounds(
        [from],
        [...own, ...(apex === null ? [] : [apex])],
        survey.parent.snapshot.zone.apex,
      ),
    },
  };
}

/** What somebody should know before a set becomes small. */
export function nsRemarks({ from, agreed }: MendGround, { names }: MendTarget): readonly Remark[] {
  const left = names.filter(name => agreed.working.includes(name));
  const gone = from.data.filter(name => !names.includes(name));
  return gone.length > 0 && left.length < reserve
    ? [
        {
          severity: 'warning',
          text: `${left.join(' ')} is the only name server that is left: ${gone.join(' ')} ${gone.length === 1 ? 'does' : 'do'} not serve the zone, and a zone should have two that do (RFC 1034 section 4.1)`,
        },
      ]
    : [];
}
