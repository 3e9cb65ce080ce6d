import type { Check } from './finding.ts';
import { add, hit, listText, remedy, remove } from './parts.ts';
import { delegationNames, zoneNames } from './sets.ts';

/** Parent and child have no name server in common. */
export const nsSetDisjoint: Check = {
  id: 'ns-set-disjoint',
  rule: 'RFC 1034 section 4.2.2',
  find: facts => {
    const { cut } = facts;
    const [above, own] = [delegationNames(facts) ?? [], zoneNames(facts) ?? []];
    return above.length === 0 || own.length === 0 || above.some(name => own.includes(name))
      ? []
      : [
          hit(
            `the parent names ${listText(above)}, ${cut} itself ${listText(own)}: no server is in both`,
            remedy('this looks like half of a move: finish it, so that both sides name the same servers', {
              parent: [
                ...own.map(name => add(cut, 'NS', name)),
                ...above.map(name => remove(cut, 'NS', name)),
              ],
            }),
            { seen: facts.children.slice(0, 1).map(({ ns }) => ns) },
          ),
        ];
  },
};
