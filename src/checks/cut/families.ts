import type { CutFacts } from '../../survey/facts.ts';
import type { Hit } from './finding.ts';
import { hit, listText, remedy } from './parts.ts';
import { delegationNames, delegationNs, type NsHost, zoneNs } from './sets.ts';

/** A family of addresses. */
export type Family = 'IPv4' | 'IPv6';

/** What is found where one address of `family` alone leads to the zone, as a side has it. */
export function fewAddresses(facts: CutFacts, family: Family): readonly Hit[] {
  const sides = sidesWith(facts, family, 1);
  const named = sides.map(({ where, hosts }) => {
    const [one] = hosts.filter(host => familyOf(host, family).length > 0);
    return `${where}, that of ${one?.name ?? 'one server'}`;
  });
  return sides.length === 0
    ? []
    : [
        hit(
          `one ${family} address alone leads to the zone: ${listText(named)}`,
          remedy(`give another name server an ${typeOf(family)} record`),
        ),
      ];
}

/** What is found where no NS name of a side has an address of `family`, and some have another. */
export function noAddresses(facts: CutFacts, family: Family): readonly Hit[] {
  const sides = sidesWith(facts, family, 0);
  return sides.length === 0
    ? []
    : [
        hit(
          `no name server has an ${family} address ${listText(sides.map(({ where }) => where))}: who has only ${family} cannot ask any`,
          remedy(`give the name servers ${typeOf(family)} records`),
        ),
      ];
}

interface Side {
  readonly where: string;
  readonly hosts: readonly NsHost[];
}

/** The sides with exactly `count` different addresses of `family`; those without any address at all do not count. */
function sidesWith(facts: CutFacts, family: Family, count: number): readonly Side[] {
  if (delegationNames(facts) === null) {
    return [];
  }
  const sides: readonly Side[] = [
    { where: 'as the parent has it', hosts: delegationNs(facts) ?? [] },
    { where: `as ${facts.cut} itself has it`, hosts: zoneNs(facts) ?? [] },
  ];
  return sides.filter(
    ({ hosts }) =>
      hosts.some(({ addresses }) => addresses.length > 0) &&
      new Set(hosts.flatMap(host => familyOf(host, family))).size === count,
  );
}

function familyOf({ addresses }: NsHost, family: Family): readonly string[] {
  return addresses.filter(address => address.includes(':') === (family === 'IPv6'));
}

function typeOf(family: Family): string {
  return family === 'IPv4' ? 'A' : 'AAAA';
}
