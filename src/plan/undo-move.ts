import { isType, type RRset } from '../dns/rrset.ts';
import type { CutSurvey } from '../survey/survey.ts';
import { ttlBound } from './bound.ts';
import { contentDigest, ownRecords } from './fit.ts';
import { planHead } from './head.ts';
import type { Bound, Plan, Step } from './plan.ts';
import type { Back, Done } from './undo.ts';

/**
 * The plan that gives up a move before the parent named anybody new: the zone that stays names its own servers again, and the
 * new one goes. `back.child` is the host where the zone stays; `survey.old` has the zone that was made.
 */
export function planMoveGivenUp(survey: CutSurvey, done: Done, back: Back, other: Back['child']): Plan {
  const { cut, parent, child } = survey;
  const stays = child.snapshots.find(({ zone }) => zone.id === done.plan.observed.oldZone?.id) ?? null;
  const made = survey.old?.snapshots.find(({ zone }) => zone.id === done.created?.id) ?? null;
  const { snapshot } = parent;
  return {
    ...planHead(survey, back),
    intent: { kind: 'move', cut, undoes: done.plan.run },
    parties: {
      parent: { id: back.parent.id, label: back.parent.label },
      child: { id: back.child.id, label: back.child.label },
      old: { id: other.id, label: other.label },
    },
    observed: {
      parentZone: snapshot.zone,
      parentDigest: snapshot.digest,
      parentKept: snapshot.rrsets.length + snapshot.otherRows.length,
      childZone: stays?.zone ?? null,
      childDigest: stays?.digest ?? null,
      oldZone: made?.zone ?? null,
      oldDigest: made?.digest ?? null,
      occluded: [],
    },
    remarks: [{ severity: 'note', text: 'the parent was not touched, and is not' }],
    steps: stepsOf(survey, done, back, other),
  };
}

function stepsOf(survey: CutSurvey, done: Done, { child }: Back, other: Back['child']): readonly Step[] {
  const { cut } = survey;
  const union = done.plan.steps.find(step => step.id === 'union-at-old');
  const zone = done.plan.observed.oldZone;
  const apex = union?.action.do === 'change-apex-ns' && done.started.has(union.id) ? union.action : null;
  const restore: readonly Step[] =
    apex === null || apex.from === null || !isType(apex.from, 'NS') || zone === null
      ? []
      : [
          {
            id: 'restore-apex',
            title: `let the zone at ${child.label} name its own servers alone again`,
            why: 'nobody new learns of the others',
            action: {
              do: 'change-apex-ns',
              side: 'child',
              cut,
              zone: { kind: 'known', zone },
              from: null,
              ttl: apex.from.ttl,
              ns: { kind: 'known', servers: apex.from.data },
            },
          },
          {
            id: 'prove-apex',
            title: `ask every name server of ${child.label} for the NS records of ${cut}`,
            why: 'the wait begins when the last of them names its own servers alone',
            action: {
              do: 'prove-child',
              cut,
              zone: { kind: 'known', zone },
              ns: { kind: 'known', servers: apex.from.data },
              records: 'none',
            },
          },
        ];
  const made = survey.old?.snapshots.find(snapshot => snapshot.zone.id === done.created?.id);
  return [
    ...restore,
    {
      id: 'wait-out',
      title: 'wait until no cache leads to the zone that was made',
      why: 'a zone that is deleted while caches lead to it can be claimed by a stranger',
      action: {
        do: 'wait-out',
        bounds:
          apex === null || apex.from === null
            ? []
            : boundsOf({ ...apex.from, ttl: apex.ttl }, made?.rrsets ?? []),
      },
    },
    ...(made === undefined
      ? []
      : [
          {
            id: 'delete-made',
            title: `delete the zone ${cut} that the run made at ${other.label}`,
            why: 'nothing leads to it',
            action: {
              do: 'delete-zone' as const,
              side: 'old' as const,
              zone: made.zone,
              digest: contentDigest(ownRecords(made)),
              records: ownRecords(made),
            },
          },
        ]),
  ];
}

/**
 * How long caches can lead to the zone that was made: by the NS RRset of both hosts, and then by the one that the new host's own
 * servers gave to who came to them in the last second of it.
 */
function boundsOf(both: RRset, made: readonly RRset[]): readonly Bound[] {
  const first = ttlBound(both, 'the zone that stays');
  return [
    first,
    ...made
      .filter(({ owner, type }) => owner === both.owner && type === 'NS')
      .map(({ ttl }) => ({
        seconds: first.seconds + ttl,
        holds: `the NS records of ${both.owner} that the zone that was made gave to who came in the last second of those`,
        reason: 'the TTL in the one zone and then that in the other (RFC 2181 section 5.4.1)',
      })),
  ];
}
