import { isAtOrBelow } from '../../dns/name.ts';
import { isType } from '../../dns/rrset.ts';
import type { Check } from './finding.ts';
import { hit, listText, remedy, removeAll } from './parts.ts';
import { delegationNames } from './sets.ts';

/** Addresses below the cut in the parent zone that no NS record of it names. Needs the data of the parent zone. */
export const glueExtra: Check = {
  id: 'glue-extra',
  rule: 'RFC 9499 section 7 (glue records)',
  find: ({ parentZone, ...facts }) => {
    const { cut } = facts;
    const named = delegationNames({ ...facts, parentZone }) ?? [];
    const inData = (parentZone ?? []).flatMap(rrset =>
      rrset.owner === cut && isType(rrset, 'NS') ? rrset.data : [],
    );
    const stray = (parentZone ?? []).filter(
      ({ owner, type }) =>
        (type === 'A' || type === 'AAAA') &&
        owner !== cut &&
        isAtOrBelow(owner, cut) &&
        !named.some(name => name === owner) &&
        !inData.some(name => name === owner),
    );
    return inData.length === 0 || stray.length === 0
      ? []
      : [
          hit(
            `the parent zone has addresses below ${cut} that none of its NS records names: ${listText(stray.map(({ owner }) => owner))}`,
            remedy('take them away once nothing below the cut needs them', {
              parent: stray.flatMap(removeAll),
            }),
          ),
        ];
  },
};
