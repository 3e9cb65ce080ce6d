import { isBelow } from '../../dns/name.ts';
import type { Check } from './finding.ts';
import { add, hit, remedy, removeAll } from './parts.ts';

/** NS records between the apex of the parent zone and the cut hide the cut. Needs the data of the parent zone. */
export const cutHiddenByHigherCut: Check = {
  id: 'cut-hidden-by-higher-cut',
  rule: 'RFC 1034 section 4.3.2 step 3b',
  find: ({ cut, parentZone, given }) => {
    const apex = (parentZone ?? []).find(({ type }) => type === 'SOA')?.owner ?? null;
    const higher = (parentZone ?? []).find(
      ({ owner, type }) => type === 'NS' && apex !== null && isBelow(owner, apex) && isBelow(cut, owner),
    );
    const own = (parentZone ?? []).find(({ owner, type }) => type === 'NS' && owner === cut);
    return higher === undefined || (own === undefined && given === null)
      ? []
      : [
          hit(
            `${higher.owner} is delegated in ${apex ?? 'the parent zone'} already, so that nobody sees NS records for ${cut} there`,
            remedy(`put the NS records of ${cut} into the zone ${higher.owner}`, {
              parent: own === undefined ? [] : removeAll(own),
              registrar: [
                `in the zone ${higher.owner}: ${[...(own?.data ?? []), ...(given?.ns ?? []).map(({ name }) => name)].map(name => add(cut, 'NS', name).line).join('; ')}`,
              ],
            }),
            { subject: higher.owner },
          ),
        ];
  },
};
