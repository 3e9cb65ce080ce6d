import { isZonecutError, messageOf, ZonecutError } from '../error.ts';
import { digestOf } from '../plan/digest.ts';
import { changesAfter, type Plan, type Step, tidiesUp } from '../plan/plan.ts';
import { checkRails } from '../plan/rails.ts';
import type { Provider } from '../providers/provider.ts';
import type { World } from '../world/world.ts';
import type { ApplyEvent, ApplyOptions, Run } from './context.ts';
import { runStateOf, type StepResult } from './journal.ts';
import { perform } from './perform.ts';
import { deadlineOf } from './wait.ts';

/** Steps that are about caches: all before them is about authoritative servers. */
const cacheSteps: readonly Step['action']['do'][] = ['wait-out', 'prove-resolvers'];

/**
 * Begins a run of `plan`: nothing may have changed since it was made.
 *
 * Throws ZC_PLAN_REFUSED when the plan touches more than its cut (see `checkRails`), and ZC_PLAN_STALE when the zone of the parent
 * or of the child is not as the plan saw it, before anything is touched.
 */
export async function* startRun(
  world: World,
  plan: Plan,
  options: ApplyOptions,
): AsyncGenerator<ApplyEvent, void> {
  checkRails(plan);
  await refuseStale(plan, options);
  await options.journal.append({ kind: 'run-started', at: timestamp(world), plan, digest: digestOf(plan) });
  yield* goOn(world, options);
}

/** Goes on with the run of `options.journal` where it was left, doing nothing twice. */
export async function* resumeRun(world: World, options: ApplyOptions): AsyncGenerator<ApplyEvent, void> {
  await options.journal.append({ kind: 'run-resumed', at: timestamp(world) });
  yield* goOn(world, options);
}

async function refuseStale(plan: Plan, options: ApplyOptions): Promise<void> {
  const { observed, intent } = plan;
  await refuseChanged(
    options.providers.parent,
    observed.parentZone.apex,
    observed.parentDigest,
    async provider => {
      return (await provider.readZone(observed.parentZone)).digest;
    },
  );
  const { child, old } = options.providers;
  const { oldZone, oldDigest } = observed;
  if (old !== null && oldZone !== null && oldDigest !== null) {
    const read = async (provider: Provider): Promise<string> => (await provider.readZone(oldZone)).digest;
    await refuseChanged(old, intent.cut, oldDigest, read);
  }
  if (child === null) {
    return;
  }
  if (observed.childZone !== null && observed.childDigest !== null) {
    const zone = observed.childZone;
    await refuseChanged(
      child,
      intent.cut,
      observed.childDigest,
      async provider => (await provider.readZone(zone)).digest,
    );
  } else if (
    observed.childZone === null &&
    // A person may have made it by now.
    !plan.steps.some(({ action }) => action.do === 'zone-by-hand') &&
    (intent.kind === 'delegate' || intent.kind === 'move') &&
    (await child.findZones(intent.cut)).length > 0
  ) {
    throw stale(`${child.label} has a zone ${intent.cut} now, which it did not have when the plan was made`);
  }
}

async function refuseChanged(
  provider: Provider,
  apex: string,
  digest: string,
  read: (p: Provider) => Promise<string>,
): Promise<void> {
  if ((await read(provider)) !== digest) {
    throw stale(`${apex} at ${provider.label} changed since the plan was made`);
  }
}

function stale(text: string): ZonecutError {
  return new ZonecutError('ZC_PLAN_STALE', `${text}; nothing was done`, {
    hint: 'Make a new plan and look at it again.',
  });
}

async function* goOn(world: World, options: ApplyOptions): AsyncGenerator<ApplyEvent, void> {
  const state = runStateOf(options.journal.events);
  if (state === null) {
    throw new ZonecutError(
      'ZC_JOURNAL',
      'the journal holds no plan, so nothing was done and there is nothing to go on with',
    );
  }
  checkRails(state.plan);
  const run: Run = { world, options, state, results: new Map(state.results) };
  let deadlineMs: number | null = null;
  let isLeft = false;
  for (const step of state.plan.steps) {
    const kept = state.results.get(step.id);
    if (kept !== undefined) {
      yield { kind: 'step-kept', step, result: kept };
      continue;
    }
    if (leavesOpen(run, step)) {
      isLeft = true;
      deadlineMs = yield* performOpen(run, step, deadlineMs);
      continue;
    }
    if (isLeft && tidiesUp(step.action)) {
      continue;
    }
    yield* performStep(run, step);
    deadlineMs = state.deadlines.get(step.id) ?? deadlineMs;
  }
  const late = deadlineMs !== null && world.clock.now() < deadlineMs;
  const open = late || (isLeft && state.plan.steps.some(({ action }) => tidiesUp(action)));
  if (!open) {
    await options.journal.append({ kind: 'run-finished', at: timestamp(world) });
  }
  yield { kind: 'finished', open, deadlineMs };
}

/** Whether `step` is not to be finished now: whoever asks for the authoritative servers only leaves the caches for later. */
function leavesOpen(run: Run, step: Step): boolean {
  const { options, state } = run;
  return (
    options.until === 'authoritative' &&
    state.plan.intent.kind === 'delegate' &&
    cacheSteps.includes(step.action.do) &&
    !changesAfter(state.plan, step)
  );
}

/** Notes when the wait will be over without waiting, and proves what can be proven now: the run stays open. */
async function* performOpen(
  run: Run,
  step: Step,
  waitMs: number | null,
): AsyncGenerator<ApplyEvent, number | null> {
  yield { kind: 'step-started', step };
  const { world, state, options } = run;
  if (step.action.do !== 'wait-out') {
    const result = yield* perform(run, step);
    yield { kind: 'step-finished', step, result };
    return waitMs;
  }
  const known = state.deadlines.get(step.id);
  const deadlineMs = known ?? deadlineOf(run, step) ?? world.clock.now();
  if (known === undefined) {
    await options.journal.append({ kind: 'step-started', at: timestamp(world), step: step.id, deadlineMs });
  }
  yield { kind: 'waiting', step, deadlineMs, nowMs: world.clock.now(), resolvers: [] };
  return deadlineMs;
}

async function* performStep(run: Run, step: Step): AsyncGenerator<ApplyEvent, void> {
  const { world, options, state, results } = run;
  const { journal } = options;
  yield { kind: 'step-started', step };
  const known = state.deadlines.get(step.id);
  const deadlineMs = known ?? deadlineOf(run, step);
  if (!state.started.has(step.id) || known === undefined) {
    await journal.append({
      kind: 'step-started',
      at: timestamp(world),
      step: step.id,
      ...(deadlineMs === undefined ? {} : { deadlineMs }),
    });
  }
  const current: Run =
    deadlineMs === undefined
      ? run
      : { ...run, state: { ...state, deadlines: new Map([...state.deadlines, [step.id, deadlineMs]]) } };
  let result: StepResult;
  try {
    result = yield* perform(current, step);
  } catch (error) {
    if (options.signal?.aborted !== true) {
      const code = isZonecutError(error) ? error.code : 'ZC_INTERNAL';
      await journal.append({
        kind: 'step-failed',
        at: timestamp(world),
        step: step.id,
        code,
        message: messageOf(error),
      });
    }
    throw error;
  }
  await journal.append({ kind: 'step-finished', at: timestamp(world), step: step.id, result });
  results.set(step.id, result);
  yield { kind: 'step-finished', step, result };
}

function timestamp(world: World): string {
  return new Date(world.clock.now()).toISOString();
}
