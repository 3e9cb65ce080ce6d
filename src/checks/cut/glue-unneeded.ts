import { isAtOrBelow } from '../../dns/name.ts';
import type { Check } from './finding.ts';
import { addressType, hit, listText, remedy, remove } from './parts.ts';
import { parentZoneName } from './said.ts';
import { delegationNames, glueOf, ownAddresses } from './sets.ts';

/** An address with the referral for a name that the parent has no say in, and that is elsewhere in truth. */
export const glueUnneeded: Check = {
  id: 'glue-unneeded',
  rule: 'RFC 1034 section 4.2.1, RFC 2181 section 5.4.1',
  find: facts => {
    const zone = parentZoneName(facts);
    if (facts.given !== null || zone === null) {
      return [];
    }
    return (delegationNames(facts) ?? []).flatMap(name => {
      const own = ownAddresses(facts, name);
      const stray =
        isAtOrBelow(name, zone) || own === null
          ? []
          : glueOf(facts, name).filter(address => !own.includes(address));
      return stray.length === 0
        ? []
        : [
            hit(
              `the parent sends ${listText(stray)} for ${name}, which is not below ${zone} and is elsewhere`,
              remedy('take the address away: resolvers must not trust it', {
                parent: stray.map(address => remove(name, addressType(address), address)),
              }),
              { subject: name, seen: facts.parents.slice(0, 1).map(({ ns }) => ns) },
            ),
          ];
    });
  },
};
