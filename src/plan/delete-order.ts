import { longestBound } from './bound.ts';
import { type ActionOf, knownServers, type Plan, type Step } from './plan.ts';

/** What a check of a plan found in it. */
export interface PlanHit {
  /** The step that is wrong. */
  readonly step: string;
  /** One sentence for people, lower case: what the step does. */
  readonly text: string;
  /** Seconds for which caches can lead to the zone after the parent has let go of it; null where the plan does not tell. */
  readonly boundSeconds: number | null;
  readonly remedy: string;
}

/** A check of plans: a rule of the DNS that no plan may break, whoever wrote it. */
export interface PlanCheck {
  readonly id: string;
  readonly rule: string;
  /** Reads the plan and nothing else. */
  find(plan: Plan): readonly PlanHit[];
}

/**
 * A plan that deletes a zone of the cut while the parent, or a cache, still sends people to its servers: a stranger who makes the zone there
 * answers for the cut (RFC 9499 section 7, "dangling").
 */
export const deleteOrder: PlanCheck = {
  id: 'delete-order',
  rule: 'RFC 1034 section 4.2.2, RFC 9499 section 7 (dangling)',
  find: plan =>
    plan.steps.flatMap((step, at) =>
      step.action.do === 'delete-zone' ? hitsOf(plan, step, at, step.action) : [],
    ),
};

type Delegation = ActionOf<'change-delegation'>;

function hitsOf(plan: Plan, step: Step, at: number, action: ActionOf<'delete-zone'>): readonly PlanHit[] {
  const before = plan.steps.slice(0, at);
  const changedAt = before.findLastIndex(({ action: { do: what } }) => what === 'change-delegation');
  const last = delegationOf(before[changedAt]);
  const next = last === null ? delegationOf(plan.steps.slice(at).find(isDelegation)) : null;
  const boundSeconds = (last ?? next)?.from?.ttl ?? null;
  const text = problemOf(action, last, next, waitedSeconds(before.slice(changedAt + 1)));
  return text === null ? [] : [{ step: step.id, text, boundSeconds, remedy: remedyOf(plan, boundSeconds) }];
}

/** What is wrong with the deletion; `waited` is null when nothing is waited for since the parent changed. */
function problemOf(
  { zone, side }: ActionOf<'delete-zone'>,
  last: Delegation | null,
  next: Delegation | null,
  waited: number | null,
): string | null {
  const { apex } = zone;
  const own: readonly string[] = zone.nameServers;
  const sent = namesOf(last?.to ?? null);
  // In a move the zone that goes can name the servers of the one that stays beside its own.
  const isSent =
    side === 'old' ? own.every(name => sent.includes(name)) : sent.some(name => own.includes(name));
  if (sent.length > 0 && own.length > 0 && isSent) {
    return `deletes the zone ${apex}, to whose servers the parent is made to send before`;
  }
  if (next !== null && namesOf(next.from).some(name => own.includes(name))) {
    return `deletes the zone ${apex} while ${next.zone.apex} still delegates to it`;
  }
  if (waited === null) {
    return `deletes the zone ${apex} before the caches are waited out`;
  }
  const held = last?.from?.ttl ?? 0;
  return waited < held
    ? `deletes the zone ${apex} ${waited} s after the parent let go of it, and caches lead there for ${held} s`
    : null;
}

function remedyOf({ intent: { cut }, parties }: Plan, boundSeconds: number | null): string {
  const wait = boundSeconds === null ? 'wait until no cache leads there' : `wait ${boundSeconds} s at least`;
  return `Remove NS and DS of ${cut} at ${parties.parent.label}, ${wait}, then delete the zone.`;
}

function isDelegation({ action }: Step): boolean {
  return action.do === 'change-delegation';
}

function delegationOf(step: Step | undefined): Delegation | null {
  return step?.action.do === 'change-delegation' ? step.action : null;
}

/** The servers that a delegation is known to have. */
function namesOf(ns: Delegation['from'] | Delegation['to']): readonly string[] {
  if (ns === null) {
    return [];
  }
  return 'data' in ns ? ns.data : knownServers(ns.ns);
}

/** Seconds that the steps wait together; null when none waits. */
function waitedSeconds(steps: readonly Step[]): number | null {
  const waits = steps.flatMap(({ action }) =>
    action.do === 'wait-out' ? [longestBound(action.bounds)?.seconds ?? 0] : [],
  );
  return waits.length === 0 ? null : waits.reduce((sum, seconds) => sum + seconds, 0);
}
