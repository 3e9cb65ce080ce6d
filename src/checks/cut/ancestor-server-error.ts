import { answerIn } from '../../survey/observation.ts';
import { whatCame } from '../judge.ts';
import type { Check } from './finding.ts';
import { hit, remedy, serverText } from './parts.ts';
import { hasNoRoute, viewOf } from './said.ts';

/** A server further up does not do its part. */
export const ancestorServerError: Check = {
  id: 'ancestor-server-error',
  rule: 'RFC 1034 section 4.3.2',
  find: facts =>
    facts.walk
      .filter(({ seen }) => {
        const { kind } = answerIn(seen);
        return (
          seen.exchange.kind !== 'not-asked' && !hasNoRoute(seen) && (kind === 'error' || kind === 'silent')
        );
      })
      .map(({ zone, seen }) =>
        hit(
          `${serverText(seen.server)}, a server of ${zone}, fails: ${whatCame(viewOf(seen))}`,
          remedy(`nothing in the zone above ${facts.cut} can mend it: tell the operator of ${zone}`),
          { seen: [seen], subject: zone },
        ),
      ),
};
