import { isZonecutError, ZonecutError } from '../error.ts';
import { contentDigest, ownRecords } from '../plan/fit.ts';
import type { ActionOf, Step } from '../plan/plan.ts';
import type { HostedZone } from '../providers/provider.ts';
import { askAll, locate } from '../survey/ask.ts';
import {
  type ApplyEvent,
  callOptions,
  digestLeft,
  nameServersOf,
  type Performance,
  providerOf,
  type Run,
  zoneOfSource,
} from './context.ts';
import type { StepResult } from './journal.ts';
import { changeKeeping, keepWhole } from './kept-rows.ts';
import { patienceMs, pollUntil } from './poll.ts';

/** Makes the zone, or finds the one that an earlier try made. */
export async function performCreateZone(run: Run, action: ActionOf<'create-zone'>): Promise<StepResult> {
  const provider = providerOf(run, 'child');
  const zone = await provider.createZone(action.apex, {
    reference: action.reference,
    seed: action.seed,
    ...callOptions(run),
  });
  const ns = await nameServersOf(run, provider, zone);
  return { zone, ns, note: `zone ${zone.id} with ${ns.join(' ')}` };
}

/** Writes RRsets into the zone of one side. */
export async function performChangeRRsets(
  run: Run,
  step: Step,
  action: ActionOf<'change-rrsets'>,
): Promise<StepResult> {
  const provider = providerOf(run, action.side);
  const lost = await changeKeeping(run, step, provider, zoneOfSource(run, action.zone), action.changes);
  const done =
    action.purpose === 'remove-hidden' ? 'removed, all else is as before' : 'written and read back';
  return { note: `${action.changes.length} RRsets ${done}${lost}` };
}

/**
 * Deletes the zone, unless it changed since it was looked at, and sees its servers let go of it: who makes a zone of that name
 * there next would take the answers of the old one for those of the new. Servers that never do are named, and hold up nothing.
 */
export async function* performDeleteZone(run: Run, step: Step, action: ActionOf<'delete-zone'>): Performance {
  const provider = providerOf(run, action.side);
  try {
    const snapshot = await provider.readZone(action.zone, callOptions(run));
    const left = digestLeft(run);
    // In a move both zones were written since: what counts is what users see, as it was when both were last compared.
    const digest = action.side === 'old' ? contentDigest(ownRecords(snapshot)) : snapshot.digest;
    if (!(await keepWhole(run, step, snapshot, digest === (left ?? action.digest)))) {
      throw new ZonecutError(
        'ZC_PLAN_STALE',
        `the zone ${action.zone.apex} changed since the plan was made, and was not deleted`,
        {
          hint:
            action.side === 'old'
              ? `Nothing leads to it any more. What was edited there last is nowhere else: bring it to the new zone, delete the old one by hand, then \`zonecut resume ${run.state.plan.run}\`.`
              : `Nothing leads to it any more. \`zonecut undelegate ${action.zone.apex}\` plans again.`,
        },
      );
    }
  } catch (error) {
    if (!isZonecutError(error, 'ZC_ZONE_NOT_FOUND')) {
      throw error;
    }
  }
  await provider.deleteZone(action.zone, { purge: true, ...callOptions(run) });
  const left = yield* untilLetGo(run, step, action.zone, provider.capabilities.visibleWithinMs);
  return { note: `the zone ${action.zone.apex} is gone${left}` };
}

/** Asks the servers of a zone that is deleted until none answers from it; what is to be said when one goes on. */
async function* untilLetGo(
  run: Run,
  step: Step,
  { apex, nameServers }: HostedZone,
  visibleWithinMs: number,
): AsyncGenerator<ApplyEvent, string> {
  const { net, signal } = run.options;
  const { servers } = await locate(net, nameServers, signal);
  try {
    return yield* pollUntil(run, step, patienceMs(visibleWithinMs), async () => {
      const views = await askAll(run.world, net, servers, apex, 'SOA', signal);
      const holding = views.filter(({ answer }) => answer.kind === 'answer' && answer.authoritative);
      const text = `${views.length - holding.length} of ${views.length} servers have let go of ${apex}`;
      return { done: holding.length === 0, text, value: '' };
    });
  } catch (error) {
    if (!isZonecutError(error, 'ZC_STEP_FAILED')) {
      throw error;
    }
    return `; ${error.message}, to which nothing leads any more`;
  }
}
