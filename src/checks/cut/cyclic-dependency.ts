import { isAtOrBelow } from '../../dns/name.ts';
import type { Check } from './finding.ts';
import { add, hit, listText, remedy } from './parts.ts';
import { delegationNames, glueOf } from './sets.ts';

/** The zones of the name servers need the cut, or each other, to be found. */
export const cyclicDependency: Check = {
  id: 'cyclic-dependency',
  rule: 'RFC 1034 section 4.2.1, RFC 9471 section 2.3, RFC 4697 section 2',
  find: facts => {
    const { cut, hosts } = facts;
    const names = delegationNames(facts) ?? [];
    const looping = names.filter(name => {
      const host = hosts.find(found => found.name === name);
      const isBlocked = host?.outcome === 'failure' && glueOf(facts, name).length === 0;
      return isBlocked && (host.cause === 'cycle' || host.zones.some(zone => isAtOrBelow(zone, cut)));
    });
    const [first] = looping;
    return first === undefined
      ? []
      : [
          hit(
            `${listText(looping)} cannot be found without ${cut}, which cannot be found without ${looping.length === 1 ? 'it' : 'them'}`,
            remedy('add glue for one of the names, or a name server outside of the circle', {
              parent: [add(first, 'A', '<its address>'), add(cut, 'NS', '<a name server elsewhere>')],
            }),
            { subject: first, ...(looping.length === names.length ? { variant: 'all' } : {}) },
          ),
        ];
  },
};
