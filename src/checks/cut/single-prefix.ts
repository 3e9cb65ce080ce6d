import { parseAddress } from '../../dns/address.ts';
import type { Check } from './finding.ts';
import { hit, listText, remedy } from './parts.ts';
import { delegationNs } from './sets.ts';

/** All addresses of a family are in one network. Not told in a world that is declared offline. */
export const singlePrefix: Check = {
  id: 'single-prefix',
  rule: 'RFC 2182 section 3.1',
  find: facts => {
    const addresses = facts.offline
      ? []
      : [...new Set((delegationNs(facts) ?? []).flatMap(host => host.addresses))];
    if (addresses.length === 1) {
      return [
        hit(
          `${facts.cut} is served at one address only, ${addresses.join('')}`,
          remedy('add a server in another network'),
          {
            variant: 'one-address',
          },
        ),
      ];
    }
    return [
      { family: 4, bits: 24 },
      { family: 6, bits: 48 },
    ].flatMap(({ family, bits }) => {
      const here = addresses.map(parseAddress).filter(address => address.family === family);
      const prefixes = new Set(
        here.map(({ octets }) => Buffer.from(octets.subarray(0, bits / 8)).toString('hex')),
      );
      return here.length < 2 || prefixes.size > 1
        ? []
        : [
            hit(
              `all IPv${family} addresses are in one /${bits}: ${listText(here.map(({ text }) => text))}`,
              remedy('add a server in another network: what takes this one down takes all of them down'),
              { variant: `ipv${family}` },
            ),
          ];
    });
  },
};
