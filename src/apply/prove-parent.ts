import { serverText, whatCame } from '../checks/judge.ts';
import type { Name } from '../dns/name.ts';
import { ZonecutError } from '../error.ts';
import { inDomainOf } from '../plan/glue.ts';
import type { ActionOf, Step } from '../plan/plan.ts';
import { askAll, atEachAddress } from '../survey/ask.ts';
import { nsShown, type Server, type View } from '../survey/view.ts';
import { callOptions, nsOfSource, type Performance, type Run } from './context.ts';
import { missingCopy, writtenBy } from './copies.ts';
import { patienceMs, pollUntil } from './poll.ts';

/** Every server of the parent gives the referral to `ns`, or, when `ns` is null, none does any more. */
export async function* performProveParent(
  run: Run,
  step: Step,
  action: ActionOf<'prove-parent'>,
): Performance {
  const { options } = run;
  const ns = action.ns === null ? null : nsOfSource(run, action.ns);
  const wanted = ns === null ? null : [...ns].sort().join(' ');
  const servers = await parentServers(run, action.zone.apex);
  const limitMs = patienceMs(options.providers.parent.capabilities.visibleWithinMs);
  yield* pollUntil(run, step, limitMs, async () => {
    const views = await askAll(run.world, options.net, servers, action.cut, 'NS', options.signal);
    const bad = views.filter(
      view =>
        !(showsDelegation(view, action.cut, wanted) && (ns === null || showsGlue(view, action.cut, ns))) &&
        !isServedByMover(run, view, action.cut) &&
        !unroutable(view, views),
    );
    const what = wanted === null ? 'have let go of the delegation' : 'give the new delegation';
    const text = `${views.length - bad.length} of ${views.length} servers of ${action.zone.apex} ${what}`;
    const [first] = bad;
    return {
      done: bad.length === 0,
      text: first === undefined ? text : `${text}; ${serverText(first)}: ${whatCame(first)}`,
      value: null,
    };
  });
  return { note: `${servers.length} servers of ${action.zone.apex} agree` };
}

/** Whether a referral carries an address of each of `ns` that cannot be found without it. RFC 9471 section 3.1. */
function showsGlue({ answer }: View, cut: Name, ns: readonly Name[]): boolean {
  return (
    answer.kind !== 'referral' ||
    inDomainOf(ns, cut).every(name => answer.delegation.glue.some(({ owner }) => owner === name))
  );
}

/** Every server of the parent gives the RRsets that earlier steps wrote there, now that nothing hides them. */
export async function* performProveRecords(
  run: Run,
  step: Step,
  action: ActionOf<'prove-records'>,
): Performance {
  const servers = await parentServers(run, action.zone.apex);
  const limitMs = patienceMs(run.options.providers.parent.capabilities.visibleWithinMs);
  const written = writtenBy(run.state.plan, action.steps);
  const open = new Set(written);
  yield* pollUntil(run, step, limitMs, async () => {
    const line = await missingCopy(run, servers, action.zone.apex, open);
    const text = `${written.length - open.size} of ${written.length} RRsets are given by every server of ${action.zone.apex}`;
    return { done: line === null, text: line === null ? text : `${text}; ${line}`, value: null };
  });
  return { note: `${servers.length} servers of ${action.zone.apex} give ${written.length} RRsets` };
}

/** Whether nothing is held against a silent server: this machine has no route there, and it answers at another address. */
export function unroutable(view: View, all: readonly View[]): boolean {
  return (
    view.answer.kind === 'silent' &&
    view.answer.why === 'no route' &&
    all.some(other => other.server.name === view.server.name && other.answer.kind !== 'silent')
  );
}

/**
 * Whether a parent's server shows the NS set `wanted` for the cut; with null, whether it shows no delegation.
 *
 * A server that holds both zones answers for the child itself (RFC 1034 section 4.3.2), which says nothing of the parent's
 * records: those were read back at the host.
 */
function showsDelegation(view: View, cut: Name, wanted: string | null): boolean {
  const shown = nsShown(view.answer, cut);
  if (wanted !== null) {
    return shown !== null && [...shown.data].sort().join(' ') === wanted;
  }
  return (
    view.answer.kind !== 'silent' &&
    view.answer.kind !== 'error' &&
    (shown === null || view.answer.kind === 'answer')
  );
}

/**
 * Whether in a move a server of the parent answers from one of the two zones, which it serves too (RFC 1034 section 4.3.2): the
 * zone at a host that cannot change the NS of its apex names that host's own servers. What the parent holds was read back.
 */
function isServedByMover({ state: { plan } }: Run, { server, answer }: View, cut: Name): boolean {
  const shown = answer.kind === 'answer' ? nsShown(answer, cut) : null;
  return (
    plan.intent.kind === 'move' &&
    shown !== null &&
    answer.kind === 'answer' &&
    answer.authoritative &&
    shown.data.some(name => name === server.name)
  );
}

/** The servers of the zone `apex`, as the root leads to them now. Throws ZC_STEP_FAILED when it does not. */
export async function parentServers(run: Run, apex: Name): Promise<readonly Server[]> {
  const { net } = run.options;
  const zone = await net.resolver.zoneOf(apex, { cache: false, ...callOptions(run) });
  if (zone.kind === 'failure') {
    throw new ZonecutError('ZC_STEP_FAILED', `no path from the root leads to ${apex}: ${zone.reason}`, {
      hint: `Nothing is lost; go on with \`zonecut resume ${run.state.plan.run}\`.`,
    });
  }
  return atEachAddress(zone.servers);
}
