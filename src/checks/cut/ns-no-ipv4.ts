import { noAddresses } from './families.ts';
import type { Check } from './finding.ts';

/** No name server has an IPv4 address, on one of the sides. */
export const nsNoIpv4: Check = {
  id: 'ns-no-ipv4',
  rule: 'RFC 3901 section 3, RFC 2182 section 3',
  find: facts => noAddresses(facts, 'IPv4'),
};
