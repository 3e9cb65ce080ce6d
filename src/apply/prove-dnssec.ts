import { serverText, whatCame } from '../checks/judge.ts';
import type { Name } from '../dns/name.ts';
import type { RRset } from '../dns/rrset.ts';
import type { ActionOf, Step } from '../plan/plan.ts';
import { askAll } from '../survey/ask.ts';
import { dsShown, validated } from '../survey/security.ts';
import type { Performance, Run } from './context.ts';
import { dsRRset } from './perform-dnssec.ts';
import { patienceMs, pollUntil, type Round } from './poll.ts';
import { parentServers, unroutable } from './prove-parent.ts';

/** Milliseconds that validation is tried again when it does not hold: a server may be late. */
const chainPatienceMs = 30_000;

/** Every server of the parent gives the DS that are wanted, or none. */
export async function* performProveDs(run: Run, step: Step, action: ActionOf<'prove-ds'>): Performance {
  const wanted = dsRRset(run, action.cut, 0, action.ds);
  const limitMs = patienceMs(run.options.providers.parent.capabilities.visibleWithinMs);
  const count = yield* pollUntil(run, step, limitMs, () => askDs(run, action.zone.apex, action.cut, wanted));
  return { note: `${count} servers of ${action.zone.apex} agree` };
}

/** One round of questions for the DS of `cut` at the servers of `apex`; its value is the number of their addresses. */
export async function askDs(run: Run, apex: Name, cut: Name, wanted: RRset | null): Promise<Round<number>> {
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
