import { isExcused, judge, lameness, serverText, whatCame } from '../checks/judge.ts';
import type { Name } from '../dns/name.ts';
import type { RRset } from '../dns/rrset.ts';
import { ZonecutError } from '../error.ts';
import type { ActionOf, Step } from '../plan/plan.ts';
import { askAll, atEachAddress, locate } from '../survey/ask.ts';
import { proveCut, viewChild } from '../survey/proof.ts';
import { nsShown, type Server, type View } from '../survey/view.ts';
import { callOptions, nsOfSource, type Performance, type Run } from './context.ts';
import { copiesOf, missingCopy } from './copies.ts';
import { patienceMs, pollUntil, type Round } from './poll.ts';

/** Milliseconds that the last proof is repeated when something disagrees: a resolver that just let go asks anew. */
const proofPatienceMs = 10_000;

/** Every server of the child zone answers `cut SOA` with authority, and gives all that was copied there. */
export async function* performProveChild(run: Run, step: Step, action: ActionOf<'prove-child'>): Performance {
  const ns = nsOfSource(run, action.ns);
  const limitMs = patienceMs(run.options.providers.child?.capabilities.visibleWithinMs);
  const open = new Set(copiesOf(run.state.plan));
  const count = yield* pollUntil(run, step, limitMs, () => askChild(run, action.cut, ns, open));
  return { ns, note: `${ns.length} name servers at ${count} addresses answer with authority` };
}

/** One round of questions to the child's servers; its value is the number of their addresses. */
async function askChild(run: Run, cut: Name, ns: readonly Name[], open: Set<RRset>): Promise<Round<number>> {
  const { world, options } = run;
  const { servers, lost } = await locate(options.net, ns, options.signal);
  const views = (await viewChild(world, options.net, servers, cut, options.signal)).map(({ soa }) => soa);
  const lame = views.flatMap(view => {
    const why = isExcused(view, views, cut) ? null : lameness(view, cut);
    return why === null ? [] : [{ name: view.server.name, text: `${serverText(view)} ${why.text}` }];
  });
  const failing = new Set<Name | null>([...lost, ...lame.map(({ name }) => name)]);
  const text = `${ns.length - failing.size} of ${ns.length} name servers answer for ${cut} with authority`;
  const answering = views.filter(view => lameness(view, cut) === null).map(view => view.server);
  const problem =
    lost.map(name => `${name} has no address`)[0] ??
    lame[0]?.text ??
    (open.size === 0 ? null : await missingCopy(run, answering, cut, open));
  return {
    done: problem === null,
    text: problem === null ? text : `${text}; ${problem}`,
    value: views.length,
  };
}

/** Every server of the parent gives the referral to `ns`, or, when `ns` is null, none does any more. */
export async function* performProveParent(
  run: Run,
  step: Step,
  action: ActionOf<'prove-parent'>,
): Performance {
  const { options } = run;
  const wanted = action.ns === null ? null : [...nsOfSource(run, action.ns)].sort().join(' ');
  const servers = await parentServers(run, action.zone.apex);
  const limitMs = patienceMs(options.providers.parent.capabilities.visibleWithinMs);
  yield* pollUntil(run, step, limitMs, async () => {
    const views = await askAll(run.world, options.net, servers, action.cut, 'NS', options.signal);
    const bad = views.filter(view => !showsDelegation(view, action.cut, wanted) && !unroutable(view, views));
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

/** Parent, child and the resolvers say the same of the cut. */
export async function* performProveResolvers(
  run: Run,
  step: Step,
  action: ActionOf<'prove-resolvers'>,
): Performance {
  const { world, options } = run;
  const expected = action.ns === null ? null : nsOfSource(run, action.ns);
  const recursive = options.until === 'authoritative' ? 'leave' : 'ask';
  const begun = world.clock.elapsed();
  for (;;) {
    const proof = await proveCut(world, options.net, action.cut, {
      recursive,
      ...callOptions(run),
    });
    const errors = judge(proof, expected).filter(finding => finding.severity === 'error');
    const [first] = errors;
    if (first === undefined || world.clock.elapsed() - begun > proofPatienceMs) {
      yield { kind: 'proof', step, proof };
    }
    if (first === undefined) {
      const resolvers = proof.recursive.length === 0 ? '' : ` and ${proof.recursive.length} resolvers`;
      return {
        note: `${proof.parent.length} servers of the parent, ${proof.child.length} of the child${resolvers} agree`,
      };
    }
    if (world.clock.elapsed() - begun > proofPatienceMs) {
      throw new ZonecutError(
        'ZC_VERIFY',
        `${first.server === null ? '' : `${first.server}: `}${first.text}`,
        {
          hint: `${first.remedy}; then \`zonecut resume ${run.state.plan.run}\`.`,
        },
      );
    }
    await world.clock.sleep(500, options.signal);
  }
}
