import type { Check } from './finding.ts';
import { hit, oneMore, remedy } from './parts.ts';
import { delegationNames, zoneNames } from './sets.ts';

/** One name server only. */
export const nsSingle: Check = {
  id: 'ns-single',
  rule: 'RFC 1034 section 4.1, RFC 2182 section 5',
  find: facts => {
    const sides = [
      { where: 'the parent', names: delegationNames(facts) },
      { where: facts.cut, names: zoneNames(facts) },
    ].filter(({ names }) => names?.length === 1);
    return sides.length === 0
      ? []
      : [
          hit(
            `${sides.map(({ where, names }) => `${where} names one server, ${names?.join('')}`).join('; ')}`,
            remedy('add a second server in another network, on both sides', oneMore(facts)),
          ),
        ];
  },
};
