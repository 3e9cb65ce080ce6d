import { soaOf } from '../../dns/rdata.ts';
import type { Server } from '../../survey/view.ts';
import type { Check } from './finding.ts';
import { hit, remedy, serversText } from './parts.ts';
import { soaIn, workingChildren } from './said.ts';

/** Servers of the cut that are at different serials. */
export const serialSkew: Check = {
  id: 'serial-skew',
  rule: 'RFC 1034 section 4.3.5, RFC 1982',
  find: facts => {
    const groups = new Map<number, Server[]>();
    for (const child of workingChildren(facts)) {
      const [data] = soaIn(child, facts.cut)?.data ?? [];
      if (data !== undefined) {
        const { serial } = soaOf(data);
        groups.set(serial, [...(groups.get(serial) ?? []), child.soa.server]);
      }
    }
    return groups.size < 2
      ? []
      : [
          hit(
            `the servers of ${facts.cut} are at different serials: ${[...groups]
              .map(([serial, servers]) => `${serial} at ${serversText(servers)}`)
              .join('; ')}`,
            remedy('wait for the transfer; if it does not come, look at NOTIFY and AXFR between the servers'),
            { seen: workingChildren(facts).map(({ soa }) => soa) },
          ),
        ];
  },
};
