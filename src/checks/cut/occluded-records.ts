import { rrsetOf } from '../../dns/rrset.ts';
import { occludedBy } from '../../dns/zone.ts';
import type { Check, RemedyLine } from './finding.ts';
import { hit, remedy, removeAll } from './parts.ts';
import { delegationNames } from './sets.ts';

/** Records at or below the cut in the parent zone that nobody sees. Needs the data of the parent zone. */
export const occludedRecords: Check = {
  id: 'occluded-records',
  rule: 'RFC 2136 section 7.18, RFC 5936 section 3.5, RFC 9499 section 7 (occluded name)',
  find: facts => {
    const { cut, parentZone } = facts;
    const names = delegationNames(facts);
    if (parentZone === null || names === null) {
      return [];
    }
    const ns = rrsetOf(cut, 'NS', 0, ...names);
    const hidden = occludedBy(parentZone, { cut, ns, ds: null, glue: [] }).filter(
      // Addresses that were glue once are told by `glue-extra`.
      ({ owner, type }) => owner === cut || (type !== 'A' && type !== 'AAAA'),
    );
    const lines = hidden.flatMap(removeAll);
    const copies = lines.map(({ line }): RemedyLine => ({ change: 'add', line }));
    return hidden.length === 0
      ? []
      : [
          hit(
            `the cut hides ${lines.length === 1 ? 'a record' : `${lines.length} records`} of the parent zone: ${hidden.map(({ owner, type }) => `${owner} ${type}`).join(', ')}`,
            remedy(
              'copy them into the zone of the cut where they are still wanted, then take them out of the parent',
              {
                child: copies,
                parent: lines,
              },
            ),
            { ...(facts.given === null ? {} : { variant: 'planned' }) },
          ),
        ];
  },
};
