import type { Check } from './finding.ts';
import { lameCheck } from './lame.ts';

/** A server of the cut refers to a zone above it. */
export const lameUpwardReferral: Check = lameCheck(
  'lame-upward-referral',
  'RFC 1912 section 2.8',
  'configure the zone there',
);
