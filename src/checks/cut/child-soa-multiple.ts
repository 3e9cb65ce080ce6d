import type { Check } from './finding.ts';
import { hit, remedy, removeAll, serverText } from './parts.ts';
import { soaIn } from './said.ts';

/** A server gives several SOA records. */
export const childSoaMultiple: Check = {
  id: 'child-soa-multiple',
  rule: 'RFC 2181 section 6.1, RFC 1035 section 5.2',
  find: ({ children, cut }) =>
    children.flatMap(child => {
      const soa = soaIn(child, cut);
      return soa === null || soa.data.length < 2
        ? []
        : [
            hit(
              `${serverText(child.soa.server)} gives ${soa.data.length} SOA records for ${cut}`,
              remedy('keep one', { child: removeAll(soa).slice(1) }),
              { seen: [child.soa] },
            ),
          ];
    }),
};
