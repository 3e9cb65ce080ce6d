import { getDomain } from 'tldts';
import { isAtOrBelow } from '../../dns/name.ts';
import type { Check } from './finding.ts';
import { operatorOf } from './operators.ts';
import { hit, remedy } from './parts.ts';
import { delegationNames } from './sets.ts';

/** All name servers are with one operator. */
export const singleProvider: Check = {
  id: 'single-provider',
  rule: 'RFC 2182 section 3.1',
  find: facts => {
    const names = (delegationNames(facts) ?? []).filter(name => !isAtOrBelow(name, facts.cut));
    const operators = new Set(
      names.map(
        name => operatorOf(name)?.name ?? getDomain(name.slice(0, -1), { validateHostname: false }) ?? name,
      ),
    );
    return names.length < 2 || names.length < (delegationNames(facts) ?? []).length || operators.size > 1
      ? []
      : [
          hit(
            `all name servers of ${facts.cut} are with ${[...operators].join('')}`,
            remedy(
              'where that is not enough, add a second operator; a signed zone needs keys of both (RFC 8901)',
            ),
          ),
        ];
  },
};
