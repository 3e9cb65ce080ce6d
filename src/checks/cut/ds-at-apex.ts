import type { Check } from './finding.ts';
import { signedAt } from './keyed.ts';
import { hit, remedy, removeAll, serverText } from './parts.ts';
import { workingChildren } from './said.ts';

/** DS records of the cut in the zone of the cut itself. They are asked for there in a wide survey only. */
export const dsAtApex: Check = {
  id: 'ds-at-apex',
  rule: 'RFC 4035 section 2.4',
  find: facts => {
    const above = new Set(facts.parents.map(({ ns }) => ns.server.address));
    return workingChildren(facts)
      .filter(({ address }) => !above.has(address))
      .flatMap(child => {
        const ds = signedAt(child, 'DS');
        return ds === null
          ? []
          : [
              hit(
                `${serverText(ds.seen.server)} has DS records of ${facts.cut} in that zone itself, where nobody looks for them`,
                remedy('take them away: they belong into the zone above', { child: removeAll(ds.rrset) }),
                { seen: [ds.seen] },
              ),
            ];
      });
  },
};
