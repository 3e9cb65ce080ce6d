import type { FailureCause } from '../../resolver/resolution.ts';
import type { Check } from './finding.ts';
import { dropServer, hit, remedy } from './parts.ts';
import { allNames } from './sets.ts';

const failing: ReadonlySet<FailureCause | null> = new Set(['lame', 'unreachable', 'no-address']);

/** The zone of a name server, or one on the way there, does not answer. */
export const dependsOnLameZone: Check = {
  id: 'depends-on-lame-zone',
  rule: 'RFC 1912 section 2.8',
  find: facts =>
    facts.hosts
      .filter(
        ({ name, outcome, cause }) =>
          outcome === 'failure' && failing.has(cause) && allNames(facts).includes(name),
      )
      .map(({ name, reason, zones }) =>
        hit(
          `the address of ${name} cannot be found: ${reason ?? 'its zone does not answer'}`,
          remedy(
            `${zones.at(-1) ?? 'its zone'} has to work for ${facts.cut} to work: mend it, or name another server`,
            dropServer(facts, name),
          ),
          { subject: name },
        ),
      ),
};
