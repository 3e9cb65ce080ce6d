import { wireOctets } from '../../dns/name.ts';
import type { Check } from './finding.ts';
import { hit, remedy } from './parts.ts';
import { delegationNames } from './sets.ts';

/** Names beyond which each one more costs more than it gives (RFC 2182 section 5). */
const enough = 7;
/** Names that the referral of the root had room for in 512 octets. */
const most = 13;
/** Octets of an NS record and an A and an AAAA record whose names compress. */
const recordOctets = 12 + 16 + 28;

/** More name servers than are of use. */
export const nsTooMany: Check = {
  id: 'ns-too-many',
  rule: 'RFC 2182 section 5',
  find: facts => {
    const names = delegationNames(facts) ?? [];
    const octets = names.reduce((sum, name) => sum + wireOctets(name) + recordOctets, 0);
    return names.length <= enough
      ? []
      : [
          hit(
            `${facts.cut} has ${names.length} name servers, ${enough} are plenty: they take up to ${octets} octets of every referral`,
            remedy('take away those that stand beside others'),
            { ...(names.length > most ? { variant: 'very-many' } : {}) },
          ),
        ];
  },
};
