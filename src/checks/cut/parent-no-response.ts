import { answerIn } from '../../survey/observation.ts';
import type { Check } from './finding.ts';
import { hit, remedy, serverText } from './parts.ts';
import { decidingParents, hasNoRoute, parentWord } from './said.ts';

/** A server of the zone above does not answer. */
export const parentNoResponse: Check = {
  id: 'parent-no-response',
  rule: 'RFC 1912 section 2.8',
  find: facts => {
    const all = decidingParents(facts).length === 0 ? { variant: 'all' } : {};
    return facts.parents.flatMap(parent => {
      const isSilent = parentWord(parent, facts.cut) === 'silent';
      const { ns, ds, zone } = parent;
      const seen = isSilent ? ns : ds;
      const answer = seen === null ? null : answerIn(seen);
      return seen === null ||
        answer?.kind !== 'silent' ||
        seen.exchange.kind === 'not-asked' ||
        hasNoRoute(seen)
        ? []
        : [
            hit(
              `${serverText(seen.server)}, a server of ${zone}, does not answer${isSilent ? '' : ' for DS'}: ${answer.why}`,
              remedy(
                `the delegation cannot be seen there: repair ${serverText(seen.server)}, or take it out of the NS records of ${zone}`,
              ),
              { seen: [seen], ...all },
            ),
          ];
    });
  },
};
