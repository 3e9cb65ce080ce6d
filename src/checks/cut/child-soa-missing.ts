import { answerIn } from '../../survey/observation.ts';
import type { Check } from './finding.ts';
import { hit, remedy, serverText } from './parts.ts';

/** A server answers for the cut with authority and has no SOA record there. */
export const childSoaMissing: Check = {
  id: 'child-soa-missing',
  rule: 'RFC 2181 section 6.1, RFC 1035 section 5.2',
  find: ({ children, cut }) =>
    children
      .filter(({ soa, ns }) => {
        const [first, second] = [answerIn(soa), answerIn(ns)];
        const isNodata = first.kind === 'nodata' && first.authoritative;
        return isNodata && second.kind === 'answer' && second.authoritative && second.rrset.owner === cut;
      })
      .map(({ soa, ns }) =>
        hit(
          `${serverText(soa.server)} has NS records at ${cut} and no SOA record`,
          remedy('a zone has exactly one SOA record, at its apex', {
            child: [
              {
                change: 'add',
                line: `${cut} 3600 IN SOA <primary> <mailbox> <serial> 7200 3600 1209600 3600`,
              },
            ],
          }),
          { seen: [soa, ns] },
        ),
      ),
};
