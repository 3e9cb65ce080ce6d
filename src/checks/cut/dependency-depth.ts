import { isAtOrBelow, labelCount } from '../../dns/name.ts';
import type { Check } from './finding.ts';
import { hit, remedy } from './parts.ts';

/** Zones on the way to a name server, beside the root and top-level domains, that are no cause for concern. */
const few = 3;

/** The address of a name server takes many zones to find. */
export const dependencyDepth: Check = {
  id: 'dependency-depth',
  rule: 'RFC 4697 section 2',
  find: ({ hosts, cut }) =>
    hosts.flatMap(({ name, zones }) => {
      const own = zones.filter(zone => labelCount(zone) > 1 && !isAtOrBelow(cut, zone));
      return own.length <= few
        ? []
        : [
            hit(
              `to find ${name}, a resolver has to enter ${own.length} zones: ${own.join(' ')}`,
              remedy(`a name below ${cut}, with glue, saves all of them`),
              { subject: name },
            ),
          ];
    }),
};
