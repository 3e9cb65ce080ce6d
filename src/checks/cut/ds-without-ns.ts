import type { Check } from './finding.ts';
import { hit, remedy, removeAll } from './parts.ts';

/** DS records in the parent zone at a name without NS records. Needs the data of the parent zone. */
export const dsWithoutNs: Check = {
  id: 'ds-without-ns',
  rule: 'RFC 4035 section 2.4',
  find: ({ cut, parentZone }) => {
    const here = (parentZone ?? []).filter(({ owner }) => owner === cut);
    const ds = here.filter(({ type }) => type === 'DS');
    return ds.length === 0 || here.some(({ type }) => type === 'NS')
      ? []
      : [
          hit(
            `the parent zone has DS records for ${cut} and no NS records`,
            remedy('add the NS records, or take the DS records away', { parent: ds.flatMap(removeAll) }),
          ),
        ];
  },
};
