import { relativeTo } from '../dns/name.ts';
import type { RRset } from '../dns/rrset.ts';
import { dsShown } from '../survey/security.ts';
import type { CutSurvey } from '../survey/survey.ts';
import { ttlBound } from './bound.ts';
import type { DelegateOptions } from './delegate-options.ts';
import type { Step } from './plan.ts';
import { dsAtParent, manualDs } from './sign.ts';

/**
 * The steps that take the DS of the cut away, prove that it is gone and wait until no cache holds it; none when there is none.
 *
 * They come before keys, NS or zone go: a validator that holds a DS refuses a child without the keys (RFC 4035 section 5.2).
 */
export function dsRemovalSteps(survey: CutSurvey, options: Pick<DelegateOptions, 'parent'>): readonly Step[] {
  const from = dsAtParent(survey);
  if (from === null) {
    return [];
  }
  const { cut, parent } = survey;
  const { zone } = parent.snapshot;
  return [
    options.parent.capabilities.writesDs
      ? {
          id: 'remove-ds',
          title: `remove the DS records of ${relativeTo(cut, zone.apex)} from ${zone.apex} at ${options.parent.label}`,
          why: 'DS goes first: until then validating resolvers insist on the keys',
          action: { do: 'change-ds', zone, cut, from, to: null },
        }
      : manualDs(survey, options, from.ttl, null),
    {
      id: 'prove-no-ds',
      title: `ask every name server of ${zone.apex} that the DS records are gone`,
      why: 'a host takes a while to show a change at all of its servers',
      action: { do: 'prove-ds', cut, zone, ds: null },
    },
    {
      id: 'wait-ds',
      title: 'wait until no cache can hold the DS records any more',
      why: 'a resolver that holds them refuses answers that the keys do not sign',
      action: { do: 'wait-out', bounds: [ttlBound(longestOf(survey, from), zone.apex)] },
    },
  ];
}

/** The DS RRset with the longest TTL among what the account has and what the servers give. */
function longestOf({ security }: CutSurvey, from: RRset): RRset {
  return security.ds.reduce(
    (best, view) =>
      (dsShown(view) ?? []).length > 0 && view.answer.kind === 'answer' && view.answer.rrset.ttl > best.ttl
        ? view.answer.rrset
        : best,
    from,
  );
}
