import type { Observation } from '../../survey/facts.ts';
import type { Check } from './finding.ts';
import { hit, remedy, serversText } from './parts.ts';
import { workingChildren } from './said.ts';
import { ownNs } from './sets.ts';

/** Servers of the cut give different NS sets. */
export const childNsInconsistent: Check = {
  id: 'child-ns-inconsistent',
  rule: 'RFC 1034 section 4.2.2',
  find: facts => {
    const groups = new Map<string, Observation[]>();
    for (const { ns } of workingChildren(facts)) {
      const text = ownNs(ns, facts.cut).toSorted().join(' ');
      groups.set(text, text === '' ? [] : [...(groups.get(text) ?? []), ns]);
    }
    const said = [...groups].filter(([, seen]) => seen.length > 0);
    return said.length < 2
      ? []
      : [
          hit(
            `the servers of ${facts.cut} give ${said.length} different NS sets: ${said
              .map(([text, seen]) => `${text} at ${serversText(seen.map(({ server }) => server))}`)
              .join('; ')}`,
            remedy(
              'a transfer lags, or there are two primaries: compare the serials, and give all servers one zone',
            ),
            { seen: said.flatMap(([, seen]) => seen) },
          ),
        ];
  },
};
