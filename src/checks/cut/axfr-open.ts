import type { CutFacts, Observation } from '../../survey/facts.ts';
import type { Check } from './finding.ts';
import { hit, remedy, serverText } from './parts.ts';

/** A server of the cut that hands the whole zone to anybody. Only in a deep survey. */
export const axfrOpen: Check = {
  id: 'axfr-open',
  rule: 'RFC 5936 section 5',
  find: facts =>
    facts.children.flatMap(({ deep }) =>
      deep === undefined || !isTransfer(deep.transfer, facts)
        ? []
        : [
            hit(
              `${serverText(deep.transfer.server)} hands all of ${facts.cut} to anybody who asks (AXFR)`,
              remedy(
                'let only the other servers of the zone transfer it, by address or better by key (TSIG, RFC 8945); nothing to do where every name in it may be known',
              ),
              { seen: [deep.transfer] },
            ),
          ],
    ),
};

/** A transfer begins with the SOA record of the zone (RFC 5936 section 2.2). */
function isTransfer({ exchange }: Observation, { cut }: CutFacts): boolean {
  if (exchange.kind !== 'response' || exchange.message.rcode !== 'NOERROR') {
    return false;
  }
  const [first] = exchange.message.answer;
  return first?.type === 'SOA' && first.owner === cut;
}
