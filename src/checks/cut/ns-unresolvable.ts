import { isAtOrBelow } from '../../dns/name.ts';
import type { Check } from './finding.ts';
import { dropServer, hit, remedy } from './parts.ts';
import { allNames, delegationNames, glueOf, ownAddresses } from './sets.ts';

/** An NS name has no address. */
export const nsUnresolvable: Check = {
  id: 'ns-unresolvable',
  rule: 'RFC 1034 section 4.2.1, RFC 1912 section 2.8',
  find: facts => {
    const lost = allNames(facts).filter(name => {
      const [own, glue] = [ownAddresses(facts, name), glueOf(facts, name)];
      return (
        (own ?? []).length === 0 &&
        (glue.length === 0 || (own !== null && facts.given === null && !isAtOrBelow(name, facts.cut)))
      );
    });
    const named = delegationNames(facts) ?? [];
    const all = named.length > 0 && named.every(name => lost.includes(name)) ? { variant: 'all' } : {};
    return lost.map(name => {
      const host = facts.hosts.find(found => found.name === name);
      const why = isAtOrBelow(name, facts.cut)
        ? 'it is below the cut, and there is no glue for it'
        : host?.outcome === 'nxdomain'
          ? 'no such name'
          : (host?.reason ?? 'its zone has no A or AAAA record for it');
      return hit(
        `the name server ${name} has no address: ${why}`,
        remedy(`give ${name} an address, or take it out of the NS records`, dropServer(facts, name)),
        { subject: name, ...all },
      );
    });
  },
};
