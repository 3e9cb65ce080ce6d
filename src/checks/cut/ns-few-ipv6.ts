import { fewAddresses } from './families.ts';
import type { Check } from './finding.ts';

/** One name server only has an IPv6 address, on one of the sides. */
export const nsFewIpv6: Check = {
  id: 'ns-few-ipv6',
  rule: 'RFC 4472 section 1.3, RFC 3901 section 3',
  find: facts => fewAddresses(facts, 'IPv6'),
};
