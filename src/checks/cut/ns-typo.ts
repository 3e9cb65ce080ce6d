import { getDomain } from 'tldts';
import type { Name } from '../../dns/name.ts';
import type { Check } from './finding.ts';
import { add, hit, remedy, remove } from './parts.ts';
import { allNames } from './sets.ts';

/** An NS name whose domain is one letter away from that of another. */
export const nsTypo: Check = {
  id: 'ns-typo',
  rule: 'RFC 1912 section 2.8',
  find: facts => {
    const names = allNames(facts);
    if (names.length < 3) return [];
    const domains = new Map(names.map(name => [name, domainOf(name)]));
    return names.flatMap(name => {
      const domain = domains.get(name) ?? null;
      const isAlone = [...domains.values()].filter(other => other === domain).length === 1;
      const near = [...new Set(domains.values())].find(
        other => other !== null && domain !== null && other !== domain && isOneEdit(domain, other),
      );
      const others = [...domains.values()].filter(other => other === near).length;
      if (domain === null || near == null || !isAlone || others < 2) {
        return [];
      }
      const meant = `${name.slice(0, -domain.length - 1)}${near}.`;
      const lines = [remove(facts.cut, 'NS', name), add(facts.cut, 'NS', meant)];
      const registered = facts.registries.find(registry => registry.domain === `${domain}.`)?.outcome;
      return [
        hit(
          `the name server ${name} is one letter away from ${near}: is ${meant} meant?`,
          remedy(`correct the name if ${meant} is meant`, { parent: lines, child: lines }),
          { subject: name, ...(registered === 'unregistered' ? { variant: 'unregistered' } : {}) },
        ),
      ];
    });
  },
};

function domainOf(name: Name): string | null {
  return getDomain(name.slice(0, -1), { validateHostname: false });
}

/** Whether one letter more, less, other, or two changed places make one of the other; digits that count do not. */
function isOneEdit(a: string, b: string): boolean {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at += 1;
  const [restA, restB] = [a.slice(at), b.slice(at)];
  if (/^\d/.test(restA) && /^\d/.test(restB)) return false;
  return (
    restA.slice(1) === restB.slice(1) ||
    restA.slice(1) === restB ||
    restA === restB.slice(1) ||
    (restA[0] === restB[1] && restA[1] === restB[0] && restA.slice(2) === restB.slice(2))
  );
}
