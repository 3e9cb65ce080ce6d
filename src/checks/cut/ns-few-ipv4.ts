import { fewAddresses } from './families.ts';
import type { Check } from './finding.ts';

/** One name server only has an IPv4 address, on one of the sides. */
export const nsFewIpv4: Check = {
  id: 'ns-few-ipv4',
  rule: 'RFC 3901 section 3, RFC 2182 section 3',
  find: facts => fewAddresses(facts, 'IPv4'),
};
