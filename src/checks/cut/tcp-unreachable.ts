import { whatCame } from '../judge.ts';
import type { Check } from './finding.ts';
import { hit, remedy, serverText } from './parts.ts';
import { viewOf } from './said.ts';

/** A server that answers over UDP, and not over TCP. */
export const tcpUnreachable: Check = {
  id: 'tcp-unreachable',
  rule: 'RFC 7766 section 5, RFC 9210 section 3',
  find: ({ children }) =>
    children.flatMap(({ soa, tcp }) =>
      tcp === null ||
      soa.exchange.kind !== 'response' ||
      tcp.exchange.kind === 'response' ||
      tcp.exchange.kind === 'not-asked'
        ? []
        : [
            hit(
              `${serverText(tcp.server)} answers over UDP and not over TCP: ${whatCame(viewOf(tcp))}`,
              remedy(`open TCP port 53 at ${tcp.server.address}: large answers come no other way`),
              { seen: [tcp] },
            ),
          ],
    ),
};
