import { isAtOrBelow } from '../../dns/name.ts';
import { nsIn } from '../../survey/observation.ts';
import type { Check } from './finding.ts';
import { add, addressType, hit, remedy } from './parts.ts';
import { decidingParents, workingChildren } from './said.ts';
import { delegationNames, glueOf, ownAddresses } from './sets.ts';

/** A name server below the cut without glue: nobody can find it through the parent. */
export const glueMissing: Check = {
  id: 'glue-missing',
  rule: 'RFC 1034 section 4.2.1, RFC 9471 section 3.1',
  find: facts => {
    const { cut, given } = facts;
    const referring = decidingParents(facts).filter(({ word }) => word === 'referral');
    const seen = referring
      .map(({ parent }) => parent.ns)
      .filter(ns => ns.exchange.kind === 'response' && !ns.exchange.message.truncated);
    if (given === null && seen.length === 0) {
      return [];
    }
    const only = workingChildren(facts).every(({ from }) => from === 'child-only')
      ? { variant: 'unreachable' }
      : {};
    return (delegationNames(facts) ?? [])
      .filter(name => isAtOrBelow(name, cut) && glueOf(facts, name).length === 0)
      .map(name => {
        const own = ownAddresses(facts, name) ?? [];
        return hit(
          `${name} is below ${cut}, and the parent gives no address for it`,
          remedy('add its addresses at the parent', {
            parent:
              own.length > 0
                ? own.map(address => add(name, addressType(address), address))
                : [add(name, 'A', '<its address>')],
          }),
          {
            subject: name,
            seen: seen.filter(ns => nsIn(ns, cut)?.data.some(target => target === name)),
            ...only,
          },
        );
      });
  },
};
