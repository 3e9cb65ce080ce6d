import type { Check } from './finding.ts';
import { sacrificialOf } from './operators.ts';
import { dropServer, hit, remedy } from './parts.ts';
import { allNames } from './sets.ts';

/** A name server that a registrar renamed when its domain was deleted. */
export const nsSacrificial: Check = {
  id: 'ns-sacrificial',
  rule: 'RFC 9874 section 4',
  find: facts =>
    allNames(facts).flatMap(name => {
      const found = sacrificialOf(name);
      return found === null
        ? []
        : [
            hit(
              `the name server ${name} looks like one that a registrar renamed when its domain was deleted`,
              remedy('set a new name server', {
                ...dropServer(facts, name),
                registrar: [`replace the host object ${name} in the delegation`],
              }),
              { subject: name, ...(found.safe ? { variant: 'safe' } : {}) },
            ),
          ];
    }),
};
