import { isAtOrBelow } from '../../dns/name.ts';
import type { Check } from './finding.ts';
import { dropServer, hit, remedy } from './parts.ts';
import { allNames } from './sets.ts';

/** The domain of a name server can be registered by anybody. */
export const nsDomainUnregistered: Check = {
  id: 'ns-domain-unregistered',
  rule: 'RFC 1912 section 2.8; Unresolved Issues, IMC 2020',
  find: facts =>
    facts.registries
      .filter(({ outcome }) => outcome === 'unregistered')
      .flatMap(({ domain }) =>
        allNames(facts)
          .filter(name => isAtOrBelow(name, domain))
          .map(name =>
            hit(
              `the domain ${domain} of the name server ${name} is not registered: whoever registers it answers for ${facts.cut}`,
              remedy(
                `take ${name} out of the NS records today, or register ${domain}`,
                dropServer(facts, name),
              ),
              { subject: name },
            ),
          ),
      ),
};
