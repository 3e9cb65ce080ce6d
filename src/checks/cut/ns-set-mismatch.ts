import type { Name } from '../../dns/name.ts';
import type { CutFacts } from '../../survey/facts.ts';
import type { Check } from './finding.ts';
import { add, hit, listText, remedy, remove } from './parts.ts';
import { childWord } from './said.ts';
import { delegationNames, zoneNames } from './sets.ts';

/** Parent and child name different servers, and some in common. */
export const nsSetMismatch: Check = {
  id: 'ns-set-mismatch',
  rule: 'RFC 1034 section 4.2.2',
  find: facts => {
    const { cut } = facts;
    const [above, own] = [delegationNames(facts), zoneNames(facts)];
    if (above === null || own === null || own.length === 0) {
      return [];
    }
    const parentOnly = above.filter(name => !own.includes(name));
    const childOnly = own.filter(name => !above.includes(name));
    if (parentOnly.length + childOnly.length === 0 || parentOnly.length === above.length) {
      return [];
    }
    const isLame = parentOnly.some(name => isLameAt(facts, name));
    const said = [
      ...(parentOnly.length > 0 ? [`only the parent names ${listText(parentOnly)}`] : []),
      ...(childOnly.length > 0 ? [`only ${cut} itself names ${listText(childOnly)}`] : []),
    ];
    return [
      hit(
        said.join('; '),
        remedy('make both sides equal: take away what does not serve the zone, and name the rest on both', {
          parent: [
            ...childOnly.map(name => add(cut, 'NS', name)),
            ...parentOnly.filter(name => isLameAt(facts, name)).map(name => remove(cut, 'NS', name)),
          ],
          child: parentOnly.filter(name => !isLameAt(facts, name)).map(name => add(cut, 'NS', name)),
        }),
        {
          seen: [
            ...facts.parents.slice(0, 1).map(({ ns }) => ns),
            ...facts.children.slice(0, 1).map(({ ns }) => ns),
          ],
          ...(isLame ? { variant: 'lame' } : {}),
        },
      ),
    ];
  },
};

function isLameAt(facts: CutFacts, name: Name): boolean {
  const here = facts.children.filter(child => child.names.includes(name));
  return here.every(child => !['authoritative', 'unknown'].includes(childWord(child, facts).word));
}
