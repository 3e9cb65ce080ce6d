import type { Check } from './finding.ts';
import { hit, remedy, serverText } from './parts.ts';

/** A server of the cut that offers to resolve for everybody. */
export const recursionOffered: Check = {
  id: 'recursion-offered',
  rule: 'RFC 5358 section 4',
  find: ({ children }) =>
    children
      .filter(({ soa }) => soa.exchange.kind === 'response' && soa.exchange.message.recursionAvailable)
      .map(({ soa }) =>
        hit(
          `${serverText(soa.server)} offers recursion (RA)`,
          remedy(
            'turn recursion off where a zone is served: it is used in attacks, and answers from a cache',
          ),
          { seen: [soa] },
        ),
      ),
};
