import type { CutFacts, OriginFacts } from '../../survey/facts.ts';
import type { Check, Hit } from './finding.ts';
import { hit, listText, remedy } from './parts.ts';
import { delegationNs } from './sets.ts';

/** All addresses of a family are announced by one autonomous system. Only where a table of origins was given. */
export const singleAsn: Check = {
  id: 'single-asn',
  rule: 'RFC 2182 section 3.1',
  find: facts => {
    const origins = facts.beside?.origins;
    return origins === undefined
      ? []
      : [...hitsOf(facts, origins, 'ipv4'), ...hitsOf(facts, origins, 'ipv6')];
  },
};

function hitsOf(facts: CutFacts, origins: readonly OriginFacts[], family: 'ipv4' | 'ipv6'): readonly Hit[] {
  const named = new Set((delegationNs(facts) ?? []).flatMap(({ addresses }) => addresses));
  const addresses = [...named].filter(address => address.includes(':') === (family === 'ipv6'));
  const known = addresses.map(address => origins.find(origin => origin.address === address));
  const shared = known.reduce<readonly number[] | null>((left, origin) => {
    const here = origin?.asns ?? [];
    return left === null ? here : left.filter(asn => here.includes(asn));
  }, null);
  // An address that the table does not have may be anywhere.
  return addresses.length < 2 || shared === null || shared.length === 0
    ? []
    : [
        hit(
          `all ${family === 'ipv4' ? 'IPv4' : 'IPv6'} addresses are announced by AS${shared[0]}: ${listText(addresses)}`,
          remedy('add a server in another network: what takes this one down takes all of them down'),
          { variant: family },
        ),
      ];
}
