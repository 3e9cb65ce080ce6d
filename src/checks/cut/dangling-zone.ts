import { claimText, claimVariant, sharesOf } from './dangling.ts';
import type { Check } from './finding.ts';
import { hit, listText, remedy, remove } from './parts.ts';
import { workingChildren } from './said.ts';
import { delegationNames } from './sets.ts';

/** No server of the cut holds the zone any more, and somebody else may create it there. */
export const danglingZone: Check = {
  id: 'dangling-zone',
  rule: 'RFC 1912 section 2.8 (lame delegation); Sitting Ducks, 2024',
  find: facts => {
    const { cut } = facts;
    return workingChildren(facts).length > 0
      ? []
      : sharesOf(facts)
          .filter(({ gone }) => gone.length > 0)
          .map(({ operator, claim, gone }) => {
            const names = [...new Set(gone.flatMap(child => child.names))];
            return hit(
              `${cut} is delegated to ${listText(names)} of ${operator}, ${claimText(claim)}, and no server holds it`,
              remedy(
                `create ${cut} in your own account there and compare the name servers that it gets, or take the cut away at once`,
                {
                  parent: (delegationNames(facts) ?? []).map(name => remove(cut, 'NS', name)),
                },
              ),
              { variant: claimVariant(claim), seen: gone.map(({ soa }) => soa) },
            );
          });
  },
};
