import { describe, expect, test } from 'vitest';
import { isType, rrsetOf } from '../../src/dns/rrset.ts';
import { planUndelegate, type UndelegateOptions } from '../../src/plan/undelegate.ts';
import { namecheapCapabilities } from '../../src/providers/namecheap/capabilities.ts';
import type { CutSurvey } from '../../src/survey/survey.ts';
import { cut, serversOf, snapshotOf, surveyWith, viewOf, zoneAt } from './surveys.ts';

const zoneA = zoneAt('route53', 'ZA', cut, serversOf('a'));
const zoneB = zoneAt('route53', 'ZB', cut, serversOf('b'));
const ns = rrsetOf(cut, 'NS', 1800, ...serversOf('a'));
const both = { zones: [zoneB, zoneA], snapshots: [snapshotOf(zoneB), snapshotOf(zoneA)] };
const one = { zones: [zoneA], snapshots: [snapshotOf(zoneA, rrsetOf(cut, 'A', 60, '192.0.2.1'))] };

function optionsWith(changes: Partial<UndelegateOptions> = {}): UndelegateOptions {
  return {
    run: 'k7m2q9xw',
    madeBy: '0.0.0',
    parent: { id: 'namecheap', label: 'Namecheap (me)', capabilities: namecheapCapabilities },
    child: { id: 'route53', label: 'Route 53 (me)' },
    zone: 'delete',
    names: 'let-go',
    restored: [],
    undoes: null,
    childViews: [],
    ...changes,
  };
}

describe('the order', () => {
  const rows: readonly [string, CutSurvey, Partial<UndelegateOptions>, readonly string[]][] = [
    [
      'is parent, proof, caches, zone',
      surveyWith([ns], { child: one }),
      {},
      ['change-delegation', 'prove-parent', 'wait-out', 'delete-zone'],
    ],
    [
      'ends at the parent when the zone is kept',
      surveyWith([ns], { child: one }),
      { zone: 'keep' },
      ['change-delegation', 'prove-parent'],
    ],
    [
      'ends at the parent when no child is named',
      surveyWith([ns]),
      { child: null },
      ['change-delegation', 'prove-parent'],
    ],
    [
      'begins with the wait when the delegation is gone already',
      surveyWith([], { child: one }),
      {},
      ['wait-out', 'delete-zone'],
    ],
  ];
  test.each(rows)('%s', (_what, survey, options, kinds) => {
    expect(planUndelegate(survey, optionsWith(options)).steps.map(step => step.action.do)).toEqual(kinds);
  });
});

test('the wait covers the NS of the parent, and then those of the child that were taken in their last second', () => {
  const own = rrsetOf(cut, 'NS', 172_800, ...serversOf('a'));
  if (!isType(own, 'NS')) {
    throw new Error('an NS RRset is one');
  }
  const childViews = [viewOf({ kind: 'answer', rrset: own, authoritative: true })];
  const { steps } = planUndelegate(surveyWith([ns], { child: one }), optionsWith({ childViews }));
  const bounds = steps.flatMap(step => (step.action.do === 'wait-out' ? step.action.bounds : []));
  expect(bounds.map(bound => bound.seconds)).toEqual([1800, 174_600]);
});

test('of several zones the one that is delegated to is deleted, as it was seen', () => {
  const { steps, observed } = planUndelegate(surveyWith([ns], { child: both }), optionsWith());
  expect(steps.at(-1)?.action).toMatchObject({ do: 'delete-zone', zone: zoneA, digest: 'digest of ZA' });
  expect(observed).toMatchObject({ childZone: zoneA, childDigest: 'digest of ZA' });
});

test('the records that go with the zone are named', () => {
  const { remarks } = planUndelegate(surveyWith([ns], { child: one }), optionsWith());
  expect(remarks).toContainEqual({
    severity: 'warning',
    text: expect.stringMatching(/1 RRsets.*staging\.example\.com\. A/),
  });
});

describe('a plan is refused', () => {
  const rows: readonly [string, CutSurvey, RegExp][] = [
    ['when there is neither delegation nor zone', surveyWith([]), /is not delegated/],
    ['when several zones could be meant', surveyWith([], { child: both }), /has 2 zones/],
  ];
  test.each(rows)('%s', (_when, survey, says) => {
    expect(() => planUndelegate(survey, optionsWith())).toThrow(says);
  });
});
