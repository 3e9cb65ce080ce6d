import type { RRset } from '../dns/rrset.ts';
import { isZonecutError, ZonecutError } from '../error.ts';
import { waitSecondsOf } from '../plan/bound.ts';
import type { Action, Step } from '../plan/plan.ts';
import type { HostedZone, Provider } from '../providers/provider.ts';
import { type Proof, viewRecursive } from '../survey/proof.ts';
import { nsShown } from '../survey/view.ts';
import { callOptions, nsOfSource, nsRRset, type Performance, type Run, zoneOfSource } from './context.ts';
import type { StepResult } from './journal.ts';
import { performProveChild, performProveParent, performProveResolvers } from './prove.ts';

type ActionOf<D extends Action['do']> = Extract<Action, { readonly do: D }>;

/** Milliseconds between two looks at the resolvers during a wait, at least; a long wait looks a hundred times in all. */
const leastLookMs = 1000;
const looksPerWait = 100;

/** Performs `step`. Every action can be performed again after a crash at any point: it looks first whether it is done. */
export async function* perform(run: Run, step: Step): Performance {
  const { action } = step;
  switch (action.do) {
    case 'create-zone':
      return await createZone(run, action);
    case 'change-rrsets':
      return await changeRRsets(run, action);
    case 'prove-child':
      return yield* performProveChild(run, step, action);
    case 'change-delegation':
      return await changeDelegation(run, action);
    case 'prove-parent':
      return yield* performProveParent(run, step, action);
    case 'wait-out':
      return yield* performWaitOut(run, step);
    case 'prove-resolvers':
      return yield* performProveResolvers(run, step, action);
    case 'delete-zone':
      return await deleteZone(run, action);
  }
}

/** The moment at which the wait of `step` is over, when it begins now; undefined for steps that do not wait. */
export function deadlineOf(run: Run, step: Step): number | undefined {
  return step.action.do === 'wait-out'
    ? run.world.clock.now() + waitSecondsOf(step.action.bounds) * 1000
    : undefined;
}

function childProvider(run: Run): Provider {
  const { child } = run.options.providers;
  if (child === null) {
    throw new ZonecutError(
      'ZC_USAGE',
      "the plan changes a zone at the child's host, and no such host is given",
    );
  }
  return child;
}

async function createZone(run: Run, action: ActionOf<'create-zone'>): Promise<StepResult> {
  const provider = childProvider(run);
  const zone = await provider.createZone(action.apex, {
    reference: action.reference,
    seed: action.seed,
    ...callOptions(run),
  });
  const ns = await nameServersOf(run, provider, zone);
  return { zone, ns, note: `zone ${zone.id} with ${ns.join(' ')}` };
}

/** The servers that the host assigned, or those that the zone itself names. */
async function nameServersOf(
  run: Run,
  provider: Provider,
  zone: HostedZone,
): Promise<HostedZone['nameServers']> {
  if (zone.nameServers.length > 0) {
    return zone.nameServers;
  }
  const { rrsets } = await provider.readZone(zone, callOptions(run));
  const ns = rrsets.find((rrset): rrset is RRset<'NS'> => rrset.owner === zone.apex && rrset.type === 'NS');
  return ns?.data ?? [];
}

async function changeRRsets(run: Run, action: ActionOf<'change-rrsets'>): Promise<StepResult> {
  const provider = action.side === 'parent' ? run.options.providers.parent : childProvider(run);
  await provider.changeZone(zoneOfSource(run, action.zone), action.changes, callOptions(run));
  return { note: `${action.changes.length} RRsets written and read back` };
}

async function changeDelegation(run: Run, action: ActionOf<'change-delegation'>): Promise<StepResult> {
  const { parent } = run.options.providers;
  const to = action.to === null ? null : nsRRset(action.cut, action.to.ttl, nsOfSource(run, action.to.ns));
  if (to !== null && action.to?.ns.kind === 'of-zone' && !(await run.options.confirmRows(to))) {
    throw new ZonecutError(
      'ZC_CANCELLED',
      `the parent was not touched; the zone ${action.cut} is there and nothing leads to it`,
      {
        hint: `\`zonecut resume ${run.state.plan.run}\` goes on; \`zonecut undelegate ${action.cut}\` removes it.`,
      },
    );
  }
  await parent.changeZone(
    action.zone,
    [{ owner: action.cut, type: 'NS', from: action.from, to }],
    callOptions(run),
  );
  return to === null
    ? { note: `the NS records of ${action.cut} are gone from ${action.zone.apex}, all else is as before` }
    : { ns: to.data, note: `${to.data.length} NS records written and read back, all else is as before` };
}

async function* performWaitOut(run: Run, step: Step): Performance {
  const { world, options, state } = run;
  const { clock } = world;
  const deadlineMs = state.deadlines.get(step.id) ?? deadlineOf(run, step) ?? clock.now();
  const delegating = state.plan.intent.kind === 'delegate';
  const lookMs = Math.max(leastLookMs, (deadlineMs - clock.now()) / looksPerWait);
  let recursive: Proof['recursive'] = [];
  let looked = Number.NEGATIVE_INFINITY;
  while (clock.now() < deadlineMs) {
    if (delegating && clock.elapsed() - looked >= lookMs) {
      recursive = await viewRecursive(world, options.net, state.plan.intent.cut, options.signal);
      looked = clock.elapsed();
    }
    yield { kind: 'waiting', step, deadlineMs, nowMs: clock.now(), recursive };
    if (
      options.until === 'resolvers' &&
      delegating &&
      recursive.length > 0 &&
      recursive.every(view => agrees(run, view))
    ) {
      return {
        note: `${recursive.length} resolvers have the new answer; others may hold the old one until ${timeText(deadlineMs)}`,
      };
    }
    await clock.sleep(Math.min(1000, Math.max(0, deadlineMs - clock.now())), options.signal);
  }
  return { note: `no cache holds the old answer since ${timeText(deadlineMs)}` };
}

function agrees(run: Run, view: Proof['recursive'][number]): boolean {
  const { cut } = run.state.plan.intent;
  const wanted = [...run.results.values()].find(result => result.ns !== undefined)?.ns ?? [];
  const shown = nsShown(view.ns.answer, cut);
  return (
    shown !== null &&
    [...shown.data].sort().join(' ') === [...wanted].sort().join(' ') &&
    view.soa.answer.kind === 'answer'
  );
}

/** `12:03:11Z` of a moment. */
export function timeText(ms: number): string {
  return `${new Date(ms).toISOString().slice(11, 19)}Z`;
}

async function deleteZone(run: Run, action: ActionOf<'delete-zone'>): Promise<StepResult> {
  const provider = childProvider(run);
  try {
    const { digest } = await provider.readZone(action.zone, callOptions(run));
    if (digest !== action.digest && !run.state.started.has('delete-zone')) {
      throw new ZonecutError(
        'ZC_PLAN_STALE',
        `the zone ${action.zone.apex} changed since the plan was made, and was not deleted`,
        {
          hint: `Nothing leads to it any more. \`zonecut undelegate ${action.zone.apex}\` plans again.`,
        },
      );
    }
  } catch (error) {
    if (!isZonecutError(error, 'ZC_ZONE_NOT_FOUND')) {
      throw error;
    }
  }
  await provider.deleteZone(action.zone, { purge: true, ...callOptions(run) });
  return { note: `the zone ${action.zone.apex} is gone` };
}
