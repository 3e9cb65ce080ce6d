import { soaOf } from '../../dns/rdata.ts';
import type { Server } from '../../survey/view.ts';
import type { Check } from './finding.ts';
import { hit, remedy, serversText } from './parts.ts';
import { soaIn, workingChildren } from './said.ts';

/** Servers of the cut whose SOA records differ in more than the serial. */
export const soaMismatch: Check = {
  id: 'soa-mismatch',
  rule: 'RFC 1034 section 4.2.1',
  find: facts => {
    const groups = new Map<string, Server[]>();
    for (const child of workingChildren(facts)) {
      const [data] = soaIn(child, facts.cut)?.data ?? [];
      if (data !== undefined) {
        const { mname, rname, refresh, retry, expire, minimum } = soaOf(data);
        const text = `${mname} ${rname} ${refresh} ${retry} ${expire} ${minimum}`;
        groups.set(text, [...(groups.get(text) ?? []), child.soa.server]);
      }
    }
    return groups.size < 2
      ? []
      : [
          hit(
            `the SOA records of ${facts.cut} differ in more than the serial: ${[...groups]
              .map(([text, servers]) => `${text} at ${serversText(servers)}`)
              .join('; ')}`,
            remedy('there seem to be two primaries: let one be a secondary of the other'),
            { seen: workingChildren(facts).map(({ soa }) => soa) },
          ),
        ];
  },
};
