import { isAtOrBelow } from '../../dns/name.ts';
import type { Check } from './finding.ts';
import { isGlueTrusted } from './glue.ts';
import { add, addressType, hit, listText, remedy, remove } from './parts.ts';
import { delegationNames, glueOf, ownAddresses } from './sets.ts';

/** The parent has an address of a name server that the name's own zone has not. */
export const glueMismatch: Check = {
  id: 'glue-mismatch',
  rule: 'RFC 1034 section 4.2.2',
  find: facts =>
    (delegationNames(facts) ?? []).flatMap(name => {
      const [glue, own] = [glueOf(facts, name), ownAddresses(facts, name)];
      const wrong = own === null ? [] : glue.filter(address => !own.includes(address));
      // A name elsewhere that has no address at all is another fault; see `ns-unresolvable`.
      const isLost = own?.length === 0 && !isAtOrBelow(name, facts.cut);
      if (own === null || wrong.length === 0 || isLost || !isGlueTrusted(facts, name)) {
        return [];
      }
      return [
        hit(
          `the parent has ${listText(wrong)} for ${name}, whose own zone has ${own.length === 0 ? 'no address' : listText(own)}`,
          remedy('correct the glue at the parent, or the address in the zone of the name', {
            parent: [
              ...wrong.map(address => remove(name, addressType(address), address)),
              ...own
                .filter(address => !glue.includes(address))
                .map(address => add(name, addressType(address), address)),
            ],
            registrar: [`at a registry, set the addresses of the host object ${name}`],
          }),
          {
            subject: name,
            servers: wrong.map(address => ({ name, address })),
            seen: facts.parents.slice(0, 1).map(({ ns }) => ns),
          },
        ),
      ];
    }),
};
