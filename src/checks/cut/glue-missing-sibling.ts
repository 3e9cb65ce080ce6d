import { isAtOrBelow, isBelow } from '../../dns/name.ts';
import type { Check } from './finding.ts';
import { add, addressType, hit, remedy } from './parts.ts';
import { decidingParents, parentZoneName } from './said.ts';
import { delegationNames, glueOf } from './sets.ts';

/** A name server below another cut of the same parent, for which the parent gives no address. */
export const glueMissingSibling: Check = {
  id: 'glue-missing-sibling',
  rule: 'RFC 9471 sections 2.2, 2.3 and 3.2',
  find: facts => {
    const { cut, hosts } = facts;
    const zone = parentZoneName(facts);
    const seen = decidingParents(facts)
      .filter(({ word }) => word === 'referral')
      .map(({ parent }) => parent.ns);
    if (zone === null || seen.length === 0) {
      return [];
    }
    return (delegationNames(facts) ?? []).flatMap(name => {
      const host = hosts.find(found => found.name === name);
      const isSibling =
        isBelow(name, zone) &&
        !isAtOrBelow(name, cut) &&
        (host?.zones.some(other => isBelow(other, zone) && isAtOrBelow(name, other)) ?? false);
      if (!isSibling || glueOf(facts, name).length > 0) {
        return [];
      }
      return [
        hit(
          `${name} is in another zone below ${zone}, whose servers give no address for it with the referral`,
          remedy(`${zone} may give its addresses too, which saves every resolver a look-up`, {
            parent: (host?.addresses ?? []).map(address => add(name, addressType(address), address)),
          }),
          { subject: name, seen: seen.slice(0, 1), ...(host?.cause === 'cycle' ? { variant: 'cycle' } : {}) },
        ),
      ];
    });
  },
};
