import type { Check } from './finding.ts';
import { signedAt } from './keyed.ts';
import { add, hit, remedy, remove } from './parts.ts';
import { workingChildren } from './said.ts';
import { delegationNames, zoneNames } from './sets.ts';

/** The child asks its parent for other NS records than it has. CSYNC is asked for in a wide survey only. */
export const csyncPending: Check = {
  id: 'csync-pending',
  rule: 'RFC 7477 sections 2.1 and 3',
  find: facts => {
    const { cut } = facts;
    const csync = workingChildren(facts).flatMap(child => signedAt(child, 'CSYNC') ?? [])[0];
    const types = csync?.rrset.data[0]?.split(' ').slice(2) ?? [];
    const [above, own] = [delegationNames(facts) ?? [], zoneNames(facts) ?? []];
    const missing = own.filter(name => !above.includes(name));
    const extra = above.filter(name => !own.includes(name));
    return csync === undefined || !types.includes('NS') || missing.length + extra.length === 0
      ? []
      : [
          hit(
            `${cut} asks its parent to take over its own NS records (CSYNC), which differ`,
            remedy('publish the NS records that the child names', {
              parent: [
                ...missing.map(name => add(cut, 'NS', name)),
                ...extra.map(name => remove(cut, 'NS', name)),
              ],
            }),
            { seen: [csync.seen] },
          ),
        ];
  },
};
