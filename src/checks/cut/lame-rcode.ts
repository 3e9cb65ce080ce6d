import type { Check } from './finding.ts';
import { lameCheck } from './lame.ts';

/** A server of the cut answers with an error: it does not hold the zone. */
export const lameRcode: Check = lameCheck(
  'lame-rcode',
  'RFC 1912 section 2.8, RFC 9499 section 7 (lame delegation)',
  'create the zone there',
);
