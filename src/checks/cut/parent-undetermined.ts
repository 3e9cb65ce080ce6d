import type { Check } from './finding.ts';
import { hit, listText, remedy, serverText } from './parts.ts';
import { decidingParents } from './said.ts';

/** There is no telling which zone holds the cut. */
export const parentUndetermined: Check = {
  id: 'parent-undetermined',
  rule: 'RFC 1034 section 4.3.2',
  find: facts => {
    const { cut, given } = facts;
    if (given !== null) {
      return [];
    }
    const deciding = decidingParents(facts);
    const zones = [...new Set(deciding.map(({ parent }) => parent.zone))];
    if (zones.length === 0) {
      return [
        hit(
          facts.problem ?? `no server of the zone above ${cut} answers for it`,
          remedy(`\`zonecut trace ${cut}\` shows where the way from the root ends`),
          { seen: facts.parents.map(({ ns }) => ns), variant: 'none' },
        ),
      ];
    }
    if (zones.length === 1) {
      return [];
    }
    const said = zones.map(zone => {
      const [first] = deciding.filter(({ parent }) => parent.zone === zone);
      return first === undefined ? zone : `${zone} by ${serverText(first.parent.ns.server)}`;
    });
    return [
      hit(
        `servers disagree on the zone that holds ${cut}: ${listText(said)}`,
        remedy(`keep one of the zones; the servers of ${zones[0]} have to agree on what is below it`),
        { seen: deciding.map(({ parent }) => parent.ns) },
      ),
    ];
  },
};
