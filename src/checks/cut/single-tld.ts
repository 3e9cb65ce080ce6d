import { labelsOf } from '../../dns/name.ts';
import type { Check } from './finding.ts';
import { hit, remedy } from './parts.ts';
import { delegationNames } from './sets.ts';

/** All NS names are in one top-level domain, and it is another than that of the cut. */
export const singleTld: Check = {
  id: 'single-tld',
  rule: 'RFC 2182 section 3.1',
  find: facts => {
    const names = delegationNames(facts) ?? [];
    const tlds = new Set(names.map(name => labelsOf(name).at(-1)));
    const [tld] = tlds;
    return names.length < 2 || tlds.size > 1 || tld === labelsOf(facts.cut).at(-1)
      ? []
      : [
          hit(
            `all name servers of ${facts.cut} have names in ${tld}, on which it would not depend otherwise`,
            remedy('name some of them in another top-level domain'),
          ),
        ];
  },
};
