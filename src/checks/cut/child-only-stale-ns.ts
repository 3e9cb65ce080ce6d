import type { Check } from './finding.ts';
import { operatorOf } from './operators.ts';
import { hit, remedy, remove, serversText } from './parts.ts';
import { childWord } from './said.ts';
import { delegationNames, isAddressless, ownNs, zoneNames } from './sets.ts';

/** A name that only the child's own NS records have, and that does not serve the zone. */
export const childOnlyStaleNs: Check = {
  id: 'child-only-stale-ns',
  rule: 'RFC 1034 section 4.2.2; Zombie Awakening, CCS 2020',
  find: facts => {
    const { cut, children } = facts;
    const above = delegationNames(facts) ?? [];
    return (zoneNames(facts) ?? [])
      .filter(name => !above.includes(name))
      .flatMap(name => {
        const here = children.filter(child => child.names.includes(name));
        const words = here.map(child => childWord(child, facts).word);
        // An address that was not found may be there all the same: only the name's own zone can say that it is not.
        const isNowhere = here.length === 0 && isAddressless(facts, name);
        const isServing =
          words.some(word => word === 'authoritative' || word === 'unknown') ||
          here.some(({ ns }) => ownNs(ns, cut).length > 0);
        if (isServing || (here.length === 0 && !isNowhere)) {
          return [];
        }
        const claim = operatorOf(name)?.claim;
        const isOpen = claim === 'open' || claim === 'edge' || claim === 'purchase';
        const where = isNowhere
          ? 'and has no address'
          : `and ${serversText(here.map(({ soa }) => soa.server))} does not serve it`;
        return [
          hit(
            `only ${cut} itself names ${name}, ${where}: resolvers that follow the child ask it all the same`,
            remedy(`take it out of the NS records of ${cut}`, { child: [remove(cut, 'NS', name)] }),
            { subject: name, seen: here.map(({ soa }) => soa), ...(isOpen ? { variant: 'dangling' } : {}) },
          ),
        ];
      });
  },
};
