import { isAtOrBelow } from '../../dns/name.ts';
import type { Check } from './finding.ts';
import { add, addressType, hit, listText, remedy } from './parts.ts';
import { delegationNames, glueOf, ownAddresses } from './sets.ts';

/** The parent lacks an address of a name server below the cut for which it has others. */
export const glueIncomplete: Check = {
  id: 'glue-incomplete',
  rule: 'RFC 9471 section 3.1',
  find: facts =>
    (delegationNames(facts) ?? []).flatMap(name => {
      const [glue, own] = [glueOf(facts, name), ownAddresses(facts, name) ?? []];
      const lacking = own.filter(address => !glue.includes(address));
      return glue.length === 0 || lacking.length === 0 || !isAtOrBelow(name, facts.cut)
        ? []
        : [
            hit(
              `the zone of ${name} has ${listText(lacking)} for it too, which the parent does not give`,
              remedy('add what is missing at the parent', {
                parent: lacking.map(address => add(name, addressType(address), address)),
                registrar: [`at a registry, add the addresses to the host object ${name}`],
              }),
              { subject: name, seen: facts.parents.slice(0, 1).map(({ ns }) => ns) },
            ),
          ];
    }),
};
