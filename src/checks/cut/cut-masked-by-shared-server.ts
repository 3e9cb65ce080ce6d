import type { Check } from './finding.ts';
import { hit, remedy } from './parts.ts';
import { decidingParents } from './said.ts';

/** The servers of the parent serve the child as well, so that nobody sees what the parent zone holds. */
export const cutMasked: Check = {
  id: 'cut-masked-by-shared-server',
  rule: 'RFC 1034 section 4.2.2',
  find: facts => {
    const { cut } = facts;
    const deciding = decidingParents(facts);
    const shared = deciding.filter(({ word }) => word === 'shared').map(({ parent }) => parent);
    const [first] = shared;
    return first === undefined || deciding.some(({ word }) => word === 'referral')
      ? []
      : [
          hit(
            `the servers of ${first.zone} serve ${cut} too and answer with its own NS records: nobody sees those of ${first.zone}`,
            remedy(`look into the data of ${first.zone}: \`${cut} NS\` has to be there`),
            { seen: shared.map(({ ns }) => ns) },
          ),
        ];
  },
};
