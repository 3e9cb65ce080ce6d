import { answerIn } from '../../survey/observation.ts';
import type { Check } from './finding.ts';
import { hit, remedy, serverText } from './parts.ts';
import { decidingParents, parentWord } from './said.ts';

/** A server of the zone above does not answer. */
export const parentNoResponse: Check = {
  id: 'parent-no-response',
  rule: 'RFC 1912 section 2.8',
  find: facts => {
    const silent = facts.parents.filter(parent => parentWord(parent, facts.cut) === 'silent');
    const all = decidingParents(facts).length === 0 ? { variant: 'all' } : {};
    return silent.map(({ ns, zone }) => {
      const answer = answerIn(ns);
      return hit(
        `${serverText(ns.server)}, a server of ${zone}, does not answer: ${answer.kind === 'silent' ? answer.why : ''}`,
        remedy(
          `the delegation cannot be seen there: repair ${serverText(ns.server)}, or take it out of the NS records of ${zone}`,
        ),
        { seen: [ns], ...all },
      );
    });
  },
};
