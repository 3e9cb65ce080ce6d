import type { Plan, Step } from '../../src/plan/plan.ts';

/** A fault that is planted in zonecut, to see whether the judges find it. */
export interface Mutation {
  readonly name: string;
  /** Spoils a plan. */
  readonly plan?: (plan: Plan) => Plan;
}

/** The faults, each of the kind that a planner could have. */
export const mutations: readonly Mutation[] = [
  {
    // The NS records are written before the child has what the cut hides, and before anybody asked its servers.
    name: 'parent-first',
    plan: plan => reordered(plan, 'change-delegation', ['change-rrsets', 'prove-child']),
  },
  { name: 'drop-record', plan: plan => edited(plan, withoutOneCopy) },
  { name: 'no-wait', plan: plan => edited(plan, withoutWait) },
];

function edited(plan: Plan, edit: (step: Step) => Step): Plan {
  return { ...plan, steps: plan.steps.map(edit) };
}

/** The steps that do `what`, before those that do one of `others`. */
function reordered(plan: Plan, what: Step['action']['do'], others: readonly Step['action']['do'][]): Plan {
  const moved = plan.steps.filter(step => step.action.do === what);
  const rest = plan.steps.filter(step => step.action.do !== what);
  const at = rest.findIndex(step => others.includes(step.action.do));
  return at < 0 ? plan : { ...plan, steps: [...rest.slice(0, at), ...moved, ...rest.slice(at)] };
}

function withoutOneCopy(step: Step): Step {
  const { action } = step;
  switch (action.do) {
    case 'create-zone':
      return { ...step, action: { ...action, seed: action.seed.slice(1) } };
    case 'change-rrsets':
      return { ...step, action: { ...action, changes: action.changes.slice(1) } };
    default:
      return step;
  }
}

function withoutWait(step: Step): Step {
  return step.action.do === 'wait-out' ? { ...step, action: { ...step.action, bounds: [] } } : step;
}
