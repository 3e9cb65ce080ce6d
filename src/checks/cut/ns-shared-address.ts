import type { Name } from '../../dns/name.ts';
import type { Check } from './finding.ts';
import { addressType, hit, listText, remedy } from './parts.ts';
import { delegationNs, type NsHost, zoneNs } from './sets.ts';

/** Two NS names that lead to one address: one server in truth. */
export const nsSharedAddress: Check = {
  id: 'ns-shared-address',
  rule: 'RFC 1034 section 4.1, RFC 2182 section 3',
  find: facts => {
    const sides: readonly (readonly NsHost[])[] = [delegationNs(facts) ?? [], zoneNs(facts) ?? []];
    const shared = new Map<string, ReadonlySet<Name>>();
    for (const hosts of sides) {
      for (const address of new Set(hosts.flatMap(host => host.addresses))) {
        const names = hosts.filter(host => host.addresses.includes(address)).map(({ name }) => name);
        if (names.length > 1) {
          shared.set(address, new Set([...(shared.get(address) ?? []), ...names]));
        }
      }
    }
    const isOne = sides.some(
      hosts => hosts.length > 1 && new Set(hosts.flatMap(host => host.addresses)).size === 1,
    );
    return [...shared].map(([address, names]) => {
      const [, second = ''] = [...names];
      return hit(
        `${listText([...names].sort())} are one server: all have the address ${address}`,
        remedy(`give ${second} an address of its own, ${addressType(address)}, in another network`),
        { ...(isOne ? { variant: 'one' } : {}) },
      );
    });
  },
};
