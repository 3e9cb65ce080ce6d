import { serverText, whatCame } from '../checks/judge.ts';
import { isBelow, type Name } from '../dns/name.ts';
import { type RRset, sameData } from '../dns/rrset.ts';
import type { Plan } from '../plan/plan.ts';
import { askAll } from '../survey/ask.ts';
import type { Server, View } from '../survey/view.ts';
import type { Run } from './context.ts';

/** RRsets that are asked for at the same time, at every server. */
const askedTogether = 8;

/** The RRsets that the steps of `plan` put into the child zone, so that the cut hides nothing that has users. */
export function copiesOf(plan: Plan): readonly RRset[] {
  return plan.steps.flatMap(({ action }) => {
    if (action.do === 'create-zone') {
      return action.seed;
    }
    return action.do === 'change-rrsets' && action.side === 'child'
      ? action.changes.flatMap(change => change.to ?? [])
      : [];
  });
}

/** The RRsets that the steps of these IDs write into the parent. */
export function writtenBy(plan: Plan, ids: readonly string[]): readonly RRset[] {
  return plan.steps.flatMap(({ id, action }) => {
    if (!ids.includes(id)) {
      return [];
    }
    const changes =
      action.do === 'change-rrsets' ? action.changes : action.do === 'change-delegation' ? action.beside : [];
    return changes.flatMap(change => change.to ?? []);
  });
}

/**
 * Asks each of `servers` for the RRsets of `open`, and takes out of `open` what all of them give. Ends at the first that
 * one of them does not give, with a line that says so; null when all are given.
 */
export async function missingCopy(
  run: Run,
  servers: readonly Server[],
  cut: Name,
  open: Set<RRset>,
): Promise<string | null> {
  while (open.size > 0) {
    const some = [...open].slice(0, askedTogether);
    const lines = await Promise.all(some.map(rrset => missingAt(run, servers, cut, rrset)));
    for (const [at, rrset] of some.entries()) {
      if (lines[at] === null) {
        open.delete(rrset);
      }
    }
    const line = lines.find(text => text !== null);
    if (line !== undefined) {
      return line;
    }
  }
  return null;
}

async function missingAt(
  run: Run,
  servers: readonly Server[],
  cut: Name,
  rrset: RRset,
): Promise<string | null> {
  const { net, signal } = run.options;
  const views = await askAll(run.world, net, servers, rrset.owner, rrset.type, signal);
  const bad = views.find(view => !shows(view, cut, rrset));
  return bad === undefined
    ? null
    : `${serverText(bad)} does not give ${rrset.owner} ${rrset.type} yet: ${whatCame(bad)}`;
}

/** Below a delegation of its own the child refers on, and its servers say no more (RFC 1034 section 4.2.1). */
function shows({ answer }: View, cut: Name, rrset: RRset): boolean {
  return (
    (answer.kind === 'answer' && sameData(answer.rrset, rrset)) ||
    (answer.kind === 'referral' && isBelow(answer.delegation.cut, cut))
  );
}
