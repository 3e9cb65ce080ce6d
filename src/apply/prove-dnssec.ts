import { serverText, whatCame } from '../checks/judge.ts';
import type { Name } from '../dns/name.ts';
import type { RRset } from '../dns/rrset.ts';
import { printRRset } from '../dns/zonefile.ts';
import { ZonecutError } from '../error.ts';
import type { ActionOf, Step } from '../plan/plan.ts';
import { askAll } from '../survey/ask.ts';
import { dsShown, validated } from '../survey/security.ts';
import type { ApplyEvent, Performance, Run } from './context.ts';
import { dsRRset } from './perform-dnssec.ts';
import { patienceMs, pollUntil, type Round } from './poll.ts';
import { parentServers, unroutable } from './prove-parent.ts';

/** Milliseconds that validation is tried again when it does not hold: a server may be late. */
const chainPatienceMs = 30_000;
/** Milliseconds that a process waits for something that is done by hand: a day. The run itself stays open. */
export const manualPatienceMs = 86_400_000;
/** Milliseconds between two looks at the parent's servers while something is done by hand. */
const manualPauseMs = 10_000;

/** Every server of the parent gives the DS that are wanted, or none. */
export async function* performProveDs(run: Run, step: Step, action: ActionOf<'prove-ds'>): Performance {
  const wanted = dsRRset(run, action.cut, 0, action.ds);
  const limitMs = patienceMs(run.options.providers.parent.capabilities.visibleWithinMs);
  const count = yield* pollUntil(run, step, limitMs, () => askDs(run, action.zone.apex, action.cut, wanted));
  return { note: `${count} servers of ${action.zone.apex} agree` };
}

/** One round of questions for the DS of `cut` at the servers of `apex`; its value is the number of their addresses. */
async function askDs(run: Run, apex: Name, cut: Name, wanted: RRset | null): Promise<Round<number>> {
  const { world, options } = run;
  const servers = await parentServers(run, apex);
  const views = await askAll(world, options.net, servers, cut, 'DS', options.signal);
  const text = setText(wanted?.data ?? []);
  const bad = views.filter(view => {
    const shown = dsShown(view);
    return !(shown !== null && setText(shown) === text) && !unroutable(view, views);
  });
  const [first] = bad;
  const what = wanted === null ? 'give no DS records' : 'give the DS records';
  const line = `${views.length - bad.length} of ${views.length} servers of ${apex} ${what}`;
  return {
    done: first === undefined,
    text: first === undefined ? line : `${line}; ${serverText(first)}: ${whatCame(first)}`,
    value: views.length,
  };
}

function setText(data: readonly string[]): string {
  return [...data].sort().join('\n');
}

/** A validator that knows nothing yet finds the cut as it shall be. */
export async function* performProveChain(run: Run, step: Step, action: ActionOf<'prove-chain'>): Performance {
  const { net, signal } = run.options;
  if (net.trust === undefined) {
    return { note: 'not validated from the root: no trust anchor is known here' };
  }
  yield* pollUntil(run, step, chainPatienceMs, async () => {
    const security = await validated(net, action.cut, signal);
    const kind = security?.kind ?? 'indeterminate';
    const reason = security?.kind === 'bogus' || security?.kind === 'insecure' ? `: ${security.reason}` : '';
    // Where nothing above is secure there is no chain to prove; what counts then is that nothing is bogus.
    const done = action.expected === 'insecure' ? kind !== 'bogus' && kind !== 'secure' : kind === 'secure';
    return { done, text: `${action.cut} is ${kind}${reason}`, value: null };
  });
  return { note: `${action.cut} is ${action.expected} for a validator that starts at the root` };
}

/** Shows what a person has to do, and looks at the parent's servers until it is done. */
export async function* performManual(run: Run, step: Step, action: ActionOf<'manual'>): Performance {
  const { cut, zone, ds } = action.goal;
  const wanted = dsRRset(run, cut, action.ttl, ds);
  const { clock } = run.world;
  const begun = clock.elapsed();
  let shown = false;
  let said = '';
  for (;;) {
    const round = await askDs(run, zone, cut, wanted);
    if (round.done) {
      return { ...(wanted === null ? {} : { ds: wanted.data }), note: round.text };
    }
    if (!shown) {
      shown = true;
      yield manualEvent(step, action, wanted);
    }
    if (round.text !== said) {
      said = round.text;
      yield { kind: 'progress', step, text: `waiting for you: ${round.text}` };
    }
    if (clock.elapsed() - begun + manualPauseMs > manualPatienceMs) {
      throw new ZonecutError('ZC_PENDING', `not done yet: ${round.text}`, {
        hint: `Nothing is lost; \`zonecut resume ${run.state.plan.run}\` looks again.`,
      });
    }
    await clock.sleep(manualPauseMs, run.options.signal);
  }
}

function manualEvent(step: Step, action: ActionOf<'manual'>, wanted: RRset | null): ApplyEvent {
  return {
    kind: 'manual',
    step,
    where: action.where,
    instructions: action.instructions,
    rows: wanted === null ? '' : printRRset(wanted),
  };
}
