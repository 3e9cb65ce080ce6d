import type { Check } from './finding.ts';
import { hit, listText, remedy, remove, serversText } from './parts.ts';
import { childWord, delegatedChildren, isDelegated } from './said.ts';
import { delegationNames } from './sets.ts';

/** No server that the parent names answers for the cut with authority. */
export const delegationDead: Check = {
  id: 'delegation-dead',
  rule: 'RFC 1034 section 4.2.2',
  find: facts => {
    const { cut } = facts;
    const children = delegatedChildren(facts);
    const words = children.map(child => childWord(child, facts));
    if (!isDelegated(facts) || words.some(({ word }) => word === 'authoritative')) {
      return [];
    }
    if (words.length > 0 && words.every(({ word }) => word === 'unknown')) {
      return [];
    }
    const names = delegationNames(facts) ?? [];
    const why = children.map((child, at) => `${serversText([child.soa.server])} ${words[at]?.text ?? ''}`);
    return [
      hit(
        why.length === 0
          ? `none of the name servers of ${cut} has an address: ${listText(names)}`
          : `no server of ${cut} answers for it: ${why.join('; ')}`,
        remedy('create the zone at these servers, name others that have it, or take the cut away', {
          parent: names.map(name => remove(cut, 'NS', name)),
        }),
        { seen: children.map(({ soa }) => soa) },
      ),
    ];
  },
};
