import { specialRange } from '../../dns/address.ts';
import type { Check } from './finding.ts';
import { addressType, hit, remedy, remove } from './parts.ts';
import { allNames, glueOf, inOrder, ownAddresses } from './sets.ts';

/** A name server at an address that the Internet does not reach. */
export const addressNotGlobal: Check = {
  id: 'address-not-global',
  rule: 'RFC 6890',
  find: facts =>
    (facts.offline ? [] : allNames(facts)).flatMap(name => {
      const glue = glueOf(facts, name);
      const own = ownAddresses(facts, name) ?? [];
      return inOrder([...glue, ...own]).flatMap(address => {
        const range = specialRange(address);
        const line = remove(name, addressType(address), address);
        return range === null
          ? []
          : [
              hit(
                `${name} has the address ${address}, a ${range} address: the Internet does not reach it`,
                remedy('private addresses belong into a private view: give the server a public one', {
                  parent: glue.includes(address) ? [line] : [],
                  child: own.includes(address) ? [line] : [],
                }),
                { subject: name, servers: [{ name, address }] },
              ),
            ];
      });
    }),
};
