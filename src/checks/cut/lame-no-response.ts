import type { Check } from './finding.ts';
import { lameCheck } from './lame.ts';

/** A server of the cut does not answer. */
export const lameNoResponse: Check = lameCheck(
  'lame-no-response',
  'RFC 1034 section 4.2.2, RFC 1912 section 2.8',
  'it is down, behind a firewall, or elsewhere: start it, or correct its address',
);
