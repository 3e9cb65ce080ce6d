import { soaOf } from '../../dns/rdata.ts';
import { groupRecords } from '../../dns/rrset.ts';
import type { CutFacts, Observation } from '../../survey/facts.ts';
import { nsIn } from '../../survey/observation.ts';
import type { Check } from './finding.ts';
import { hit, remedy } from './parts.ts';
import { decidingParents, dsIn, soaIn, workingChildren } from './said.ts';

/** Seconds for which resolvers remember a failure at most (RFC 9520 section 3.2). */
const failureSeconds = 300;

/** How long resolvers may go on with what they have when something about the cut is changed. */
export const propagationBound: Check = {
  id: 'propagation-bound',
  rule: 'RFC 2308 section 5, RFC 9077, RFC 9520 section 3.2',
  find: facts => {
    const { cut } = facts;
    const above = decidingParents(facts).find(({ word }) => word === 'referral')?.parent;
    const child = workingChildren(facts).find(({ ns }) => nsIn(ns, cut) !== null);
    if (above === undefined || child === undefined) {
      return [];
    }
    const parentNs = nsIn(above.ns, cut)?.ttl ?? 0;
    const childNs = nsIn(child.ns, cut)?.ttl ?? 0;
    const glue = longest(above.ns, ['A', 'AAAA']);
    const ds = dsIn(above, cut)?.ttl ?? null;
    const parts = [
      `other name servers within ${Math.max(parentNs, childNs)} s (NS: parent ${parentNs}, child ${childNs})`,
      ...(glue > 0
        ? [`another address of one within ${Math.max(glue, longest(child.ns, ['A', 'AAAA']))} s`]
        : []),
      ...(ds === null ? [] : [`other DS records within ${ds} s`]),
      ...(negativeSeconds(facts) === null
        ? []
        : [`a name that is new in the zone within ${negativeSeconds(facts)} s`]),
      `the repair of a server within ${failureSeconds} s`,
    ];
    return [
      hit(
        `all resolvers see ${parts.join(', ')}`,
        remedy('put new NS records on the old servers first: resolvers refresh theirs from them'),
        {
          seen: [above.ns, child.ns],
        },
      ),
    ];
  },
};

/** The longest TTL in the additional section of one of `types`; 0 for none. */
function longest({ exchange }: Observation, types: readonly string[]): number {
  const records = exchange.kind === 'response' ? exchange.message.additional : [];
  return Math.max(
    0,
    ...groupRecords(records)
      .filter(({ type }) => types.includes(type))
      .map(({ ttl }) => ttl),
  );
}

/** Seconds that the absence of a name in the zone may be remembered; null where no SOA record tells. */
function negativeSeconds(facts: CutFacts): number | null {
  const [soa] = workingChildren(facts).flatMap(child => soaIn(child, facts.cut) ?? []);
  const [data] = soa?.data ?? [];
  return soa === undefined || data === undefined ? null : Math.min(soa.ttl, soaOf(data).minimum);
}
