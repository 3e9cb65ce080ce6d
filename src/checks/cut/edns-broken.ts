import type { Check } from './finding.ts';
import { hit, remedy, serverText } from './parts.ts';

/** A server that cannot be asked with EDNS, or leaves it out of its answers. */
export const ednsBroken: Check = {
  id: 'edns-broken',
  rule: 'RFC 6891 sections 6.1.1 and 7',
  find: ({ children }) =>
    children.flatMap(({ soa }) => {
      const { exchange, withoutEdns } = soa;
      const isBare = exchange.kind === 'response' && exchange.message.edns === null;
      const isGood = exchange.kind === 'response' && ['NOERROR', 'NXDOMAIN'].includes(exchange.message.rcode);
      return withoutEdns === true || (isBare && isGood)
        ? [
            hit(
              withoutEdns === true
                ? `${serverText(soa.server)} answers only when it is asked without EDNS`
                : `${serverText(soa.server)} answers a query with EDNS without it`,
              remedy('upgrade the name server, or the firewall before it'),
              { seen: [soa] },
            ),
          ]
        : [];
    }),
};
