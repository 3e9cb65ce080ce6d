import { parseRdata } from '../../src/dns/rdata.ts';
import type { Plan, Step } from '../../src/plan/plan.ts';
import type { Http } from '../../src/world/world.ts';
import { blindToEdits } from './blind-to-edits.ts';
import type { Case } from './case.ts';
import { withoutReadBack } from './no-read-back.ts';

/** A fault that is planted in zonecut, to see whether the judges find it. */
export interface Mutation {
  readonly name: string;
  /** Whether a case gives it something to spoil; every case does unless given. */
  readonly applies?: (told: Case) => boolean;
  /** Spoils a plan. */
  readonly plan?: (plan: Plan) => Plan;
  /** Spoils what its drivers see. */
  readonly http?: (http: Http) => Http;
}

/** The faults, each of the kind that a planner could have. */
export const mutations: readonly Mutation[] = [
  {
    // The NS records are written before the child has what the cut hides, and before anybody asked its servers.
    name: 'parent-first',
    applies: told => told.hidden.length > 0,
    plan: plan => reordered(plan, 'change-delegation', ['change-rrsets', 'prove-child']),
  },
  {
    name: 'drop-record',
    applies: told => told.hidden.length > 0,
    plan: plan => edited(plan, withoutOneCopy),
  },
  {
    // A DS is published right after the NS records that is of no key that the child has.
    name: 'ds-early',
    applies: told => told.sign && told.parent === 'route53' && told.undo === null,
    plan: plan => ({ ...plan, steps: plan.steps.flatMap(withKnownDs) }),
  },
  // The driver of a host that takes whole zones believes that what it wrote is there.
  { name: 'no-read-back', applies: told => told.losses > 0, http: withoutReadBack },
  {
    // What people add to a zone at Dyn while it moves is not seen.
    name: 'blind-to-edits',
    applies: told =>
      told.child === 'dyn' &&
      told.parent !== 'dyn' &&
      told.jobs.includes('move') &&
      told.childEdits.some(({ afterMs, rrset }) => rrset.type === 'TXT' && afterMs < 20_000),
    http: blindToEdits,
  },
  {
    // What does not fit at the parent is said, and left.
    name: 'adopt-as-is',
    applies: told => told.jobs.includes('adopt'),
    plan: plan =>
      plan.intent.kind === 'adopt'
        ? { ...plan, steps: plan.steps.filter(({ action }) => action.do === 'wait-out') }
        : plan,
  },
  { name: 'no-wait', plan: plan => edited(plan, withoutWait) },
  {
    name: 'no-wait-back',
    applies: told => told.jobs.includes('undelegate'),
    plan: plan => (plan.intent.kind === 'undelegate' ? edited(plan, withoutWait) : plan),
  },
  {
    name: 'delete-before-ns',
    applies: told => told.jobs.includes('undelegate'),
    plan: plan => reordered(plan, 'delete-zone', ['change-delegation', 'prove-parent', 'wait-out']),
  },
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

/** The DS of a key that nobody has after the NS records, in place of those that come with them, and nobody looks. */
function withKnownDs(step: Step): readonly Step[] {
  const { action } = step;
  if ((action.do === 'prove-ds' && action.ds !== null) || action.do === 'prove-chain') {
    return [];
  }
  if (action.do !== 'change-delegation' || action.ds === undefined) {
    return [step];
  }
  const { ds, ...cutting } = action;
  const data = [parseRdata('DS', `1 13 2 ${'ab'.repeat(32)}`)];
  const { zone, cut } = action;
  const to = { ttl: ds.ttl, ds: { kind: 'known', data } } as const;
  return [
    { ...step, action: cutting },
    { ...step, id: 'publish-ds', action: { do: 'change-ds', zone, cut, from: null, to } },
  ];
}

function withoutWait(step: Step): Step {
  return step.action.do === 'wait-out' ? { ...step, action: { ...step.action, bounds: [] } } : step;
}
