import { relativeTo } from '../dns/name.ts';
import type { RRset } from '../dns/rrset.ts';
import { signedIn } from '../survey/keys.ts';
import { dsShown } from '../survey/security.ts';
import type { CutSurvey } from '../survey/survey.ts';
import { ttlBound } from './bound.ts';
import type { DelegateOptions } from './delegate-options.ts';
import type { Bound, Step } from './plan.ts';
import { dsAtParent, manualDs } from './sign.ts';

/** What answers for the cut when its DS are gone: data that its `old-keys` sign or the parent's, or `anything`. */
type Afterwards = 'old-keys' | 'anything';

/**
 * The steps that take the DS of the cut away, prove that it is gone and wait until no cache holds it; none when there is none.
 *
 * They come before keys, NS or zone go: a validator that holds a DS refuses a child without the keys (RFC 4035 section 5.2). So
 * does one that holds keys which it proved by the DS, for the TTL of the keys, whatever became of the DS meanwhile.
 */
export function dsRemovalSteps(
  survey: CutSurvey,
  options: Pick<DelegateOptions, 'parent'>,
  afterwards: Afterwards,
): readonly Step[] {
  const from = dsAtParent(survey);
  if (from === null) {
    return [];
  }
  const { cut, parent } = survey;
  const { zone } = parent.snapshot;
  const ds = longestOf(survey, from);
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
      title: `wait until no cache can hold the DS records${afterwards === 'anything' ? ', or the keys that they proved,' : ''} any more`,
      why: 'a resolver that holds them refuses answers that the keys do not sign',
      action: {
        do: 'wait-out',
        bounds: [ttlBound(ds, zone.apex), ...(afterwards === 'anything' ? keyBounds(survey, ds) : [])],
      },
    },
  ];
}

/** How long a validator can hold on to the keys: for their TTL, which can begin in the last second of the DS. RFC 4035 section 5.3.3. */
function keyBounds({ cut, parent, security }: CutSurvey, ds: RRset): readonly Bound[] {
  const keys = security.keys.flatMap(view => signedIn(view, 'DNSKEY')?.rrset ?? []);
  return keys.length === 0
    ? []
    : [
        {
          seconds: ds.ttl + Math.max(...keys.map(({ ttl }) => ttl)),
          holds: `the DNSKEY records of ${cut}, proven in the last second of those`,
          reason: `the TTL of DS at ${parent.snapshot.zone.apex} and then that of DNSKEY at the child's own servers (RFC 4035 section 5.3.3)`,
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
