import { ttlBound } from './bound.ts';
import { carryNothing } from './carry-back.ts';
import { dsRemovalSteps } from './ds-removal.ts';
import { hiddenBy } from './hidden.ts';
import { unlockSteps } from './locks.ts';
import type { MendGround, Mending } from './mend-ground.ts';
import { delegationRemovalSteps } from './removal.ts';
import { dsAtParent } from './sign.ts';

/** Checks that are content when the cut is gone. */
const goneChecks = /^(dangling-|delegation-dead$|lame-|ns-|glue-|ds-|child-|single-|depends-|dependency-)/;

/**
 * The cut goes, with its DS records and glue: no server holds its zone, and whoever makes it there answers in its name. Nothing answers
 * today, so nothing is waited for but the caches that lead there.
 */
export function danglingMending(ground: MendGround): Mending {
  const { survey, options, from } = ground;
  const { cut, parent } = survey;
  const { zone } = parent.snapshot;
  const { beside } = carryNothing(survey, from, []);
  const hidden = hiddenBy(survey, from.data);
  const ds = dsAtParent(survey);
  const removal = dsRemovalSteps(survey, options, 'old-keys').filter(
    ({ action }) => action.do !== 'wait-out',
  );
  const undelegate = delegationRemovalSteps(
    survey,
    options.parent,
    from,
    beside,
    'nobody holds the zone that they lead to, and a stranger who makes it answers for all names in it',
  );
  // What a person does can take long: the NS records do not wait for it.
  const steps = options.parent.capabilities.writesDs
    ? [...removal, ...undelegate]
    : [...undelegate, ...removal];
  return {
    mends: ({ id }) => goneChecks.test(id),
    hidden,
    remarks: [
      {
        severity: 'warning',
        text: `${cut} is not delegated any more afterwards: to have it again, delegate it anew`,
      },
      ...hidden.map(
        ({ owner, type, data }) =>
          ({
            severity: 'warning',
            text: `${owner} ${type} ${data.join(' | ')}, which the cut hides in the parent, answers again`,
          }) as const,
      ),
    ],
    steps: [
      ...unlockSteps(survey, options.parent),
      ...steps,
      {
        id: 'wait-out',
        title: 'wait until no cache leads to these servers any more',
        why: 'until then a stranger who makes the zone there still reaches those who ask such a cache',
        action: {
          do: 'wait-out',
          bounds: [ttlBound(from, zone.apex), ...(ds === null ? [] : [ttlBound(ds, zone.apex)])],
        },
      },
    ],
  };
}
