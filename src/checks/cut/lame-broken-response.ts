import type { Check } from './finding.ts';
import { lameCheck } from './lame.ts';

/** A server of the cut answers with authority, and with something else than the SOA record of the zone. */
export const lameBrokenResponse: Check = lameCheck(
  'lame-broken-response',
  'RFC 1035 section 4.1.1',
  'create the zone there, or mend the server',
);
