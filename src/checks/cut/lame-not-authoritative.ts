import type { Check } from './finding.ts';
import { lameCheck } from './lame.ts';

/** A server of the cut answers without authority. */
export const lameNotAuthoritative: Check = lameCheck(
  'lame-not-authoritative',
  'RFC 2181 section 6.1, RFC 1034 section 4.2.1',
  'it answers from a cache or forwards: configure it as a primary or secondary of the zone',
);
