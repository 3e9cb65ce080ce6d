import { whatCame } from '../judge.ts';
import type { Check } from './finding.ts';
import { hit, remedy, serverText } from './parts.ts';
import { decidingParents, parentWord, viewOf } from './said.ts';

/** A server of the zone above answers, and not as one. */
export const parentServerLame: Check = {
  id: 'parent-server-lame',
  rule: 'RFC 1912 section 2.8',
  find: facts => {
    const lame = facts.parents.filter(parent => parentWord(parent, facts.cut) === 'lame');
    const all = decidingParents(facts).length === 0 ? { variant: 'all' } : {};
    return lame.map(({ ns, zone }) =>
      hit(
        `${serverText(ns.server)} does not answer as a server of ${zone}: ${whatCame(viewOf(ns))}`,
        remedy(
          `the delegation cannot be seen there: repair ${zone} at ${serverText(ns.server)}, or take it out of its NS records`,
        ),
        { seen: [ns], ...all },
      ),
    );
  },
};
