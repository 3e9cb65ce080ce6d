import { isAtOrBelow, type Name } from '../dns/name.ts';
import { sameRRset } from '../dns/rrset.ts';
import { ZonecutError } from '../error.ts';
import type { RRsetChange } from '../providers/provider.ts';
import { deleteOrder } from './delete-order.ts';
import { type Action, type ActionOf, type DsSource, knownServers, type Plan } from './plan.ts';

/**
 * Throws ZC_PLAN_REFUSED unless `plan` keeps to its cut: at the parent it changes NS, DS and glue of the one cut, and below it
 * what it says that it carries back, restores or removes; elsewhere only zones of exactly the cut's name, and those not before
 * nobody is sent there (`deleteOrder`).
 *
 * Every plan passes here before its first step, whoever made it: a plan file too, and a run that goes on.
 */
export function checkRails(plan: Plan): void {
  const [deletion] = deleteOrder.find(plan);
  if (deletion !== undefined) {
    const { step, text, remedy } = deletion;
    throw new ZonecutError(
      'ZC_PLAN_REFUSED',
      `step ${step} of the plan ${text} [${deleteOrder.id}]; nothing was done`,
      { hint: remedy },
    );
  }
  for (const { id, action } of plan.steps) {
    const problem = problemOf(plan, action);
    if (problem !== null) {
      throw new ZonecutError('ZC_PLAN_REFUSED', `step ${id} of the plan ${problem}; nothing was done`, {
        hint: `A plan for ${plan.intent.cut} changes NS, DS and glue of that cut and what it lists as copied, carried back or hidden. Plan again.`,
      });
    }
  }
}

function problemOf(plan: Plan, action: Action): string | null {
  const { cut } = plan.intent;
  switch (action.do) {
    case 'create-zone':
      return action.apex === cut
        ? firstProblem(
            action.seed.map(to => inChild(cut, { owner: to.owner, type: to.type, from: null, to })),
          )
        : `creates the zone ${action.apex}`;
    case 'zone-by-hand':
      return action.apex === cut ? null : `has somebody make the zone ${action.apex}`;
    case 'change-rrsets':
      return action.side === 'parent' ? atParent(plan, action) : atChild(plan, action);
    case 'change-delegation':
      return delegationProblem(plan, action);
    case 'delete-zone':
      return action.zone.apex === cut ? null : `deletes the zone ${action.zone.apex}`;
    case 'sign-zone':
      return action.zone.kind === 'created' || action.zone.zone.apex === cut
        ? null
        : `signs the zone ${action.zone.zone.apex}`;
    case 'unsign-zone':
      return action.zone.apex === cut ? null : `takes the keys of ${action.zone.apex} away`;
    case 'change-ds':
      return dsProblem(plan, action);
    case 'protect':
    case 'unprotect':
      return lockProblem(plan, action);
    case 'manual':
      return action.goal.cut === cut ? null : `has somebody change ${action.goal.cut}`;
    case 'change-apex-ns':
      return apexProblem(plan, action);
    case 'follow-edits':
      return followProblem(cut, action);
    case 'prove-child':
    case 'prove-parent':
    case 'prove-records':
    case 'prove-resolvers':
    case 'prove-signed':
    case 'prove-ds':
    case 'prove-chain':
      return action.cut === cut ? null : `is about ${action.cut}`;
    case 'wait-out':
      return null;
  }
}

function firstProblem(problems: readonly (string | null)[]): string | null {
  return problems.find(problem => problem !== null) ?? null;
}

/** The child zone's SOA and apex NS are its host's; all else in it is the user's, and below the apex. */
function inChild(cut: Name, { owner, type }: RRsetChange): string | null {
  if (!isAtOrBelow(owner, cut)) {
    return `writes ${owner} ${type} into the zone ${cut}`;
  }
  return owner === cut && (type === 'SOA' || type === 'NS') ? `writes the ${type} of ${cut}'s apex` : null;
}

function atChild(plan: Plan, { zone, changes }: ActionOf<'change-rrsets'>): string | null {
  const { cut } = plan.intent;
  return zone.kind === 'known' && zone.zone.apex !== cut
    ? `changes the zone ${zone.zone.apex}`
    : firstProblem(changes.map(change => inChild(cut, change)));
}

function atParent(plan: Plan, { zone, changes, purpose }: ActionOf<'change-rrsets'>): string | null {
  const { cut } = plan.intent;
  const { parentZone, occluded } = plan.observed;
  if (zone.kind !== 'known' || zone.zone.id !== parentZone.id || zone.zone.apex !== parentZone.apex) {
    return `changes another zone than ${parentZone.apex}`;
  }
  return firstProblem(
    changes.map(({ owner, type, from, to }) => {
      if (!isAtOrBelow(owner, cut) || (owner === cut && ['NS', 'DS', 'SOA'].includes(type))) {
        return `writes ${owner} ${type} into ${parentZone.apex}`;
      }
      if (purpose === 'copy' || (to === null && purpose !== 'remove-hidden')) {
        return `removes or copies ${owner} ${type} at the parent`;
      }
      const listed = from !== null && occluded.some(rrset => sameRRset(rrset, from));
      return purpose === 'remove-hidden' && !listed
        ? `removes ${owner} ${type}, which the plan does not list as hidden`
        : null;
    }),
  );
}

function delegationProblem(plan: Plan, action: ActionOf<'change-delegation'>): string | null {
  const { cut } = plan.intent;
  const { parentZone, occluded } = plan.observed;
  const { zone, from, to, ds, beside } = action;
  if (zone.id !== parentZone.id || zone.apex !== parentZone.apex || action.cut !== cut) {
    return `delegates ${action.cut} in ${zone.apex}`;
  }
  if (cut === parentZone.apex || !isAtOrBelow(cut, parentZone.apex)) {
    return `delegates ${cut}, which is not below ${parentZone.apex}`;
  }
  if (from !== null && 'owner' in from && (from.owner !== cut || from.type !== 'NS')) {
    return `replaces ${from.owner} ${from.type} by NS records`;
  }
  if (ds !== undefined && !(to !== null && from === null && isProvenBefore(plan, action, ds.ds))) {
    return `writes DS of ${cut} whose keys no step before it proves`;
  }
  const servers = new Set<string>([
    ...(to === null ? [] : knownServers(to.ns)),
    ...(from === null ? [] : 'data' in from ? from.data : knownServers(from.ns)),
  ]);
  return firstProblem(
    beside.map(({ owner, type, ...change }) => {
      const isGlue = (type === 'A' || type === 'AAAA') && servers.has(owner);
      const isBelow = isAtOrBelow(owner, cut) && !(owner === cut && ['NS', 'DS', 'SOA'].includes(type));
      // When the delegation goes, what the child answered takes its place in the same instant.
      // At a host that holds nothing beside NS, what the plan lists as hidden goes in the instant in which they come.
      const gone = owner === cut && change.to === null ? change.from : null;
      const isDisplaced = gone !== null && isBelow && occluded.some(rrset => sameRRset(rrset, gone));
      return (isGlue && isAtOrBelow(owner, parentZone.apex)) || (to === null && isBelow) || isDisplaced
        ? null
        : `writes ${owner} ${type}, which is no glue of ${cut}`;
    }),
  );
}

/** Whether the keys that `ds` stands for are proven before a new cut has it: nobody can have taken the child for insecure by then. */
function isProvenBefore(plan: Plan, action: Action, ds: DsSource): boolean {
  const before = plan.steps.slice(
    0,
    plan.steps.findIndex(step => step.action === action),
  );
  return (
    ds.kind === 'of-keys' && before.some(step => step.id === ds.step && step.action.do === 'prove-signed')
  );
}

/** The NS RRset of a child's apex may change in a move only, and only at the two zones. */
function apexProblem(plan: Plan, { side, cut, zone }: ActionOf<'change-apex-ns'>): string | null {
  const apex = zone.kind === 'known' ? zone.zone.apex : plan.intent.cut;
  return side !== 'parent' && cut === plan.intent.cut && apex === cut
    ? null
    : `changes the NS RRset of the apex ${apex}`;
}

function followProblem(cut: Name, { old, zone, ...action }: ActionOf<'follow-edits'>): string | null {
  const apexes = [action.cut, old.apex, ...(zone.kind === 'known' ? [zone.zone.apex] : [])];
  const other = apexes.find(apex => apex !== cut);
  return other === undefined ? null : `copies into or from the zone ${other}`;
}

function dsProblem(plan: Plan, { zone, cut, from }: ActionOf<'change-ds'>): string | null {
  const { parentZone } = plan.observed;
  if (zone.id !== parentZone.id || zone.apex !== parentZone.apex || cut !== plan.intent.cut) {
    return `changes DS of ${cut} in ${zone.apex}`;
  }
  return from === null || (from.owner === cut && from.type === 'DS')
    ? null
    : `replaces ${from.owner} ${from.type} by DS records`;
}

function lockProblem(plan: Plan, { zone, rrsets }: ActionOf<'protect' | 'unprotect'>): string | null {
  const other = rrsets.find(({ owner }) => owner !== plan.intent.cut);
  return zone.apex === plan.observed.parentZone.apex && other === undefined
    ? null
    : `locks ${other?.owner ?? zone.apex}`;
}
