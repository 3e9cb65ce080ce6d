import { DnssecBudget } from '../../dns/dnssec-budget.ts';
import { denialOf, provesInsecureDelegation } from '../../dns/dnssec-denial.ts';
import { groupRecords } from '../../dns/rrset.ts';
import type { CutFacts, ParentFacts } from '../../survey/facts.ts';
import type { Check } from './finding.ts';
import { hit, remedy, serverText } from './parts.ts';
import { decidingParents, dsIn } from './said.ts';

/** A signed parent that does not prove that the cut has no DS records. */
export const insecureProofMissing: Check = {
  id: 'insecure-proof-missing',
  rule: 'RFC 4035 sections 3.1.4.1 and 5.2, RFC 6840 section 4.4, RFC 5155 section 8.9',
  find: facts =>
    decidingParents(facts)
      .filter(
        ({ word, parent }) =>
          word === 'referral' && dsIn(parent, facts.cut) === null && isSecure(facts, parent),
      )
      .flatMap(({ parent }) => {
        const { ns, zone } = parent;
        const records = ns.exchange.kind === 'response' ? ns.exchange.message.authority : [];
        const verdict = provesInsecureDelegation(
          denialOf(zone, groupRecords(records), new DnssecBudget()),
          facts.cut,
        );
        return verdict.kind === 'proven'
          ? []
          : [
              hit(
                `${serverText(ns.server)} sends neither DS records of ${facts.cut} nor a proof that there are none, though ${zone} is signed`,
                remedy(`sign ${zone} again: validating resolvers refuse the referral`),
                { seen: [ns] },
              ),
            ];
      }),
};

/** Whether the zone above the cut has DS records itself, as the walk down met them. */
function isSecure({ walk }: CutFacts, { zone }: ParentFacts): boolean {
  return walk.some(
    ({ seen: { exchange } }) =>
      exchange.kind === 'response' &&
      exchange.message.authority.some(({ owner, type }) => owner === zone && type === 'DS'),
  );
}
