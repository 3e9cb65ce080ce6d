import { parse } from 'tldts';
import { isBelow, type Name, parseName, rootName } from '../../dns/name.ts';
import type { CutFacts } from '../../survey/facts.ts';
import type { Check } from './finding.ts';
import { add, hit, remedy, remove } from './parts.ts';
import { parentZoneName } from './said.ts';
import { allNames, ownAddresses } from './sets.ts';

/** An NS name with the zone's own name behind another full name: the final dot was forgotten. */
export const nsMissingDot: Check = {
  id: 'ns-missing-dot',
  rule: 'RFC 1035 section 5.1',
  find: facts =>
    allNames(facts).flatMap(name => {
      const meant = (ownAddresses(facts, name) ?? []).length > 0 ? null : meantBy(facts, name);
      if (meant === null) {
        return [];
      }
      const lines = [remove(facts.cut, 'NS', name), add(facts.cut, 'NS', meant)];
      return [
        hit(
          `the name server ${name} does not resolve: ${meant} seems to be meant, and the final dot was forgotten`,
          remedy(`write ${meant} with the final dot`, { parent: lines, child: lines }),
          { subject: name },
        ),
      ];
    }),
};

/** The full name before the zone's own, when there is one of at least three labels that ends in a public suffix. */
function meantBy(facts: CutFacts, name: Name): Name | null {
  for (const zone of [facts.cut, parentZoneName(facts)]) {
    if (zone !== null && zone !== rootName && isBelow(name, zone)) {
      const head = name.slice(0, -zone.length);
      const { isIcann, domain } = parse(head.slice(0, -1), { validateHostname: false });
      if (isIcann === true && domain !== null && domain !== head.slice(0, -1)) {
        return parseName(head);
      }
    }
  }
  return null;
}
