import type { Delegated } from '../checks/drift.ts';
import { isType, type RRset } from '../dns/rrset.ts';
import type { RRsetChange } from '../providers/provider.ts';
import type { RunState } from './journal.ts';

/** The delegation that a run left at the parent and its zone; null when it left none, or is not that far. */
export function delegationLeft({ plan, results }: RunState): Delegated | null {
  const left = plan.steps.flatMap(({ id, action }) => {
    const result = results.get(id);
    return result === undefined ? [] : [{ action, result }];
  });
  const created = left.find(({ result }) => result.zone !== undefined)?.result.zone;
  const zone = created ?? plan.observed.childZone;
  const proven = left.findLast(({ action }) => action.do === 'prove-parent');
  const written = left.findLast(({ action }) => action.do === 'change-delegation')?.result.ns;
  const known =
    proven?.action.do === 'prove-parent' && proven.action.ns?.kind === 'known'
      ? proven.action.ns.servers
      : undefined;
  const ns = written ?? known;
  if (plan.intent.kind === 'undelegate' || zone === null || ns === undefined || proven === undefined) {
    return null;
  }
  const ds = left.findLast(({ result }) => result.ds !== undefined)?.result.ds ?? [];
  const glue = left.flatMap(({ action }) =>
    action.do === 'change-delegation' ? action.beside.flatMap(change => change.to ?? []) : [],
  );
  return {
    cut: plan.intent.cut,
    ns: [...ns].sort(),
    ds,
    glue: glue.filter(rrset => isType(rrset, 'A') || isType(rrset, 'AAAA')),
    zone,
  };
}

/** What has become of the delegation `kept` by a run of `check --fix`, or by what takes one back; null when the cut is gone. */
export function delegationMended({ plan, results }: RunState, kept: Delegated): Delegated | null {
  let { ns, ds, glue } = kept;
  let isGone = false;
  for (const { id, action } of plan.steps) {
    const result = results.get(id);
    if (result !== undefined && action.do === 'change-delegation') {
      isGone = action.to === null;
      ns = [...(result.ns ?? ns)].sort();
      glue = glueAfter(glue, action.beside);
    } else if (result !== undefined && (action.do === 'change-ds' || action.do === 'manual')) {
      ds = result.ds ?? [];
    }
  }
  return isGone ? null : { ...kept, ns, ds, glue };
}

function glueAfter(glue: readonly RRset[], changes: readonly RRsetChange[]): readonly RRset[] {
  const isChanged = ({ owner, type }: RRset): boolean =>
    changes.some(change => change.owner === owner && change.type === type);
  const written = changes.flatMap(({ to }) => to ?? []).filter(({ type }) => type === 'A' || type === 'AAAA');
  return [...glue.filter(rrset => !isChanged(rrset)), ...written];
}
