import { whatCame } from '../judge.ts';
import type { Check } from './finding.ts';
import { add, hit, remedy, serverText } from './parts.ts';
import { viewOf, workingChildren } from './said.ts';
import { delegationNames, ownNs } from './sets.ts';

/** A server of the cut gives no NS records for its apex. */
export const childNsMissing: Check = {
  id: 'child-ns-missing',
  rule: 'RFC 1034 section 4.2.1',
  find: facts => {
    const { cut } = facts;
    return workingChildren(facts)
      .filter(({ ns }) => ownNs(ns, cut).length === 0)
      .map(({ ns }) =>
        hit(
          `${serverText(ns.server)} gives no NS records for ${cut}: ${whatCame(viewOf(ns))}`,
          remedy(`add the NS records at ${cut} itself`, {
            child: (delegationNames(facts) ?? []).map(name => add(cut, 'NS', name)),
          }),
          { seen: [ns] },
        ),
      );
  },
};
