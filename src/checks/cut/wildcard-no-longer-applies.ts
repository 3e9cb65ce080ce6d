import { parentOf, wildcardAt } from '../../dns/name.ts';
import type { Check, RemedyLine } from './finding.ts';
import { hit, remedy, removeAll } from './parts.ts';

/** A wildcard of the parent that answers for names below the cut until that is made. Needs the data of the parent zone. */
export const wildcardNoLongerApplies: Check = {
  id: 'wildcard-no-longer-applies',
  rule: 'RFC 4592 sections 2.2.1 and 4.2',
  find: ({ cut, parentZone }) => {
    const above = parentOf(cut);
    const wildcard = above === null ? null : wildcardAt(above);
    const found = (parentZone ?? []).filter(
      ({ owner, type }) => owner === wildcard && type !== 'RRSIG' && type !== 'NSEC',
    );
    const copies = found
      .map(rrset => ({ ...rrset, owner: wildcardAt(cut) }))
      .flatMap(removeAll)
      .map(({ line }): RemedyLine => ({ change: 'add', line }));
    return found.length === 0
      ? []
      : [
          hit(
            `${wildcard} (${found.map(({ type }) => type).join(', ')}) does not answer for names below ${cut} once that is a cut`,
            remedy(`give ${cut} the names that it should have, or a wildcard of its own`, { child: copies }),
          ),
        ];
  },
};
