import { nsIn } from '../../survey/observation.ts';
import type { Check } from './finding.ts';
import { hit, remedy } from './parts.ts';
import { decidingParents, workingChildren } from './said.ts';

/** How far apart the TTLs may be. */
const factor = 10;

/** Parent and child let their NS records be kept for very different times. */
export const nsTtlMismatch: Check = {
  id: 'ns-ttl-mismatch',
  rule: 'RFC 2181 section 5.2 (within one set), draft-ietf-dnsop-ns-revalidation',
  find: facts => {
    const { cut } = facts;
    const above = decidingParents(facts).find(({ word }) => word === 'referral')?.parent.ns;
    const own = workingChildren(facts)
      .map(({ ns }) => ns)
      .find(ns => nsIn(ns, cut) !== null);
    if (above === undefined || own === undefined) {
      return [];
    }
    const [parentTtl, childTtl] = [nsIn(above, cut)?.ttl ?? 0, nsIn(own, cut)?.ttl ?? 0];
    return Math.max(parentTtl, childTtl) <= factor * Math.max(1, Math.min(parentTtl, childTtl))
      ? []
      : [
          hit(
            `the NS records of ${cut} may be kept ${parentTtl} s as the parent has them, and ${childTtl} s as ${cut} has them`,
            remedy('give both the same TTL: some resolvers go by the parent, others by the child'),
            { seen: [above, own] },
          ),
        ];
  },
};
