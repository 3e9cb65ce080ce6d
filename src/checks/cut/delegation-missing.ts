import type { Check } from './finding.ts';
import { add, hit, remedy } from './parts.ts';
import { decidingParents, isDelegated, parentZoneName } from './said.ts';

/** No server of a zone above shows a delegation. */
export const delegationMissing: Check = {
  id: 'delegation-missing',
  rule: 'RFC 1034 sections 4.2.2 and 4.3.2',
  find: facts => {
    const { cut } = facts;
    if (isDelegated(facts)) {
      return [];
    }
    const seen = decidingParents(facts).map(({ parent }) => parent.ns);
    const zone = parentZoneName(facts);
    const advice = remedy(
      `in ${zone ?? 'the zone above'}: add the NS records of ${cut}, and glue for names below it`,
      {
        parent: [add(cut, 'NS', '<each name server>')],
      },
    );
    return seen.length > 0
      ? [hit(`${zone} has no NS records for ${cut}`, advice, { seen })]
      : [hit(`no server says that ${cut} is delegated`, advice, { variant: 'unseen' })];
  },
};
