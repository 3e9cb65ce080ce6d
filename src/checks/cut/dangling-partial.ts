import { claimText, claimVariant, sharesOf } from './dangling.ts';
import type { Check } from './finding.ts';
import { hit, listText, remedy, remove } from './parts.ts';
import { workingChildren } from './said.ts';

/** Some servers of the cut hold the zone, and others of an operator of many customers do not. */
export const danglingPartial: Check = {
  id: 'dangling-partial',
  rule: 'RFC 1912 section 2.8 (lame delegation); Sitting Ducks, 2024',
  find: facts => {
    const { cut } = facts;
    return workingChildren(facts).length === 0
      ? []
      : sharesOf(facts)
          .filter(({ gone, claim }) => gone.length > 0 && claim !== null)
          .map(({ operator, claim, gone }) => {
            const names = [...new Set(gone.flatMap(child => child.names))];
            const lines = names.map(name => remove(cut, 'NS', name));
            return hit(
              `${listText(names)} of ${operator}, ${claimText(claim)}, ${names.length === 1 ? 'does' : 'do'} not hold ${cut}: one server is enough for an attacker`,
              remedy('take these names out of the NS records', { parent: lines, child: lines }),
              { variant: claimVariant(claim), seen: gone.map(({ soa }) => soa) },
            );
          });
  },
};
