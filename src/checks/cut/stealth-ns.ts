import type { Check } from './finding.ts';
import { add, hit, remedy, remove } from './parts.ts';
import { childWord } from './said.ts';
import { delegationNames, zoneNames } from './sets.ts';

/** A server that the child names and the parent does not, and that serves the zone. */
export const stealthNs: Check = {
  id: 'stealth-ns',
  rule: 'RFC 9499 section 6',
  find: facts => {
    const { cut } = facts;
    const above = delegationNames(facts) ?? [];
    return (zoneNames(facts) ?? [])
      .filter(name => !above.includes(name))
      .flatMap(name => {
        const seen = facts.children
          .filter(child => child.names.includes(name) && childWord(child, facts).word === 'authoritative')
          .map(({ soa }) => soa);
        return seen.length === 0
          ? []
          : [
              hit(
                `${name} serves ${cut}, which names it; the parent does not`,
                remedy(`name it at the parent as well, or take it out of ${cut}`, {
                  parent: [add(cut, 'NS', name)],
                  child: [remove(cut, 'NS', name)],
                }),
                { subject: name, seen },
              ),
            ];
      });
  },
};
