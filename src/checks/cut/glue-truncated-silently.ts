import { isAtOrBelow } from '../../dns/name.ts';
import type { ParentFacts } from '../../survey/facts.ts';
import { glueIn, nsIn } from '../../survey/observation.ts';
import type { Check } from './finding.ts';
import { hit, listText, remedy, serverText } from './parts.ts';
import { decidingParents } from './said.ts';

/** A server leaves glue out of a referral that other servers of the zone give, and does not say so by TC. */
export const glueTruncatedSilently: Check = {
  id: 'glue-truncated-silently',
  rule: 'RFC 9471 section 3.1',
  find: facts => {
    const { cut } = facts;
    const referring = decidingParents(facts)
      .filter(({ word }) => word === 'referral')
      .map(({ parent }) => parent);
    return referring.flatMap(parent => {
      const lacking = (nsIn(parent.ns, cut)?.data ?? []).filter(
        name =>
          isAtOrBelow(name, cut) &&
          glueIn(parent.ns, name).length === 0 &&
          referring.some(other => isOverTcp(other) && glueIn(other.ns, name).length > 0),
      );
      return lacking.length === 0 || isOverTcp(parent)
        ? []
        : [
            hit(
              `${serverText(parent.ns.server)} leaves out the addresses of ${listText(lacking)} without saying that the answer is truncated`,
              remedy('a fault of that name server: upgrade it, or make the referral smaller'),
              { seen: [parent.ns] },
            ),
          ];
    });
  },
};

function isOverTcp({ ns }: ParentFacts): boolean {
  return ns.exchange.kind === 'response' && ns.exchange.protocol === 'tcp';
}
