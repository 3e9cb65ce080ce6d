import { noAddresses } from './families.ts';
import type { Check } from './finding.ts';

/** No name server has an IPv6 address, on one of the sides. */
export const nsNoIpv6: Check = {
  id: 'ns-no-ipv6',
  rule: 'RFC 4472 section 1.3, RFC 3901 section 3',
  find: facts => noAddresses(facts, 'IPv6'),
};
