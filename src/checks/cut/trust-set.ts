import { isAtOrBelow, type Name } from '../../dns/name.ts';
import type { Check } from './finding.ts';
import { operatorOf } from './operators.ts';
import { hit, listText, remedy } from './parts.ts';
import { allNames } from './sets.ts';

/** Every zone elsewhere whose owner could answer for the cut. */
export const trustSet: Check = {
  id: 'trust-set',
  rule: 'RFC 4697 section 2, RFC 2182 section 3',
  find: facts => {
    const names = allNames(facts);
    const zones = [
      ...new Set(facts.hosts.filter(({ name }) => names.includes(name)).flatMap(host => host.zones)),
    ]
      .filter((zone: Name) => !isAtOrBelow(facts.cut, zone))
      .toSorted();
    const operators = [...new Set(names.flatMap(name => operatorOf(name)?.name ?? []))];
    return zones.length === 0
      ? []
      : [
          hit(
            `whoever controls ${listText(zones)} controls ${facts.cut}${operators.length === 0 ? '' : ` (name servers of ${listText(operators)})`}`,
            remedy('nothing to do where you trust all of them'),
          ),
        ];
  },
};
