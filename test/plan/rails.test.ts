import { describe, expect, test } from 'vitest';
import { parseName } from '../../src/dns/name.ts';
import { type RRset, rrsetOf } from '../../src/dns/rrset.ts';
import { planDelegate } from '../../src/plan/delegate.ts';
import { parsePlanFile, printPlanFile } from '../../src/plan/file.ts';
import type { Action, Plan, Purpose } from '../../src/plan/plan.ts';
import { checkRails } from '../../src/plan/rails.ts';
import type { RRsetChange } from '../../src/providers/provider.ts';
import { apex, cut, optionsWith, surveyWith, zoneAt } from './surveys.ts';

const api = rrsetOf(parseName('api.staging.example.com'), 'A', 300, '192.0.2.7');
const www = rrsetOf(parseName('www.example.com'), 'A', 300, '192.0.2.9');
const survey = surveyWith([api, www]);
const good = planDelegate(survey, optionsWith({ hiddenRows: 'remove' }));
const parentZone = good.observed.parentZone;
const childZone = zoneAt('route53', 'ZA', cut, ['ns1.a.child.org.']);

const adding = (to: RRset): RRsetChange => ({ owner: to.owner, type: to.type, from: null, to });
const removing = (from: RRset): RRsetChange => ({ owner: from.owner, type: from.type, from, to: null });

function withAction(action: Action): Plan {
  return { ...good, steps: [...good.steps, { id: 'evil', title: 'x', why: 'x', action }] };
}

function atParent(purpose: Purpose, ...changes: readonly RRsetChange[]): Action {
  return { do: 'change-rrsets', purpose, side: 'parent', zone: { kind: 'known', zone: parentZone }, changes };
}

function delegation(beside: readonly RRsetChange[], changes: Partial<Action> = {}): Action {
  return {
    do: 'change-delegation',
    zone: parentZone,
    cut,
    from: null,
    to: { ttl: 300, ns: { kind: 'known', servers: [parseName('ns1.staging.example.com')] } },
    beside,
    ...changes,
  } as Action;
}

test('a plan of the planner passes', () => {
  expect(() => checkRails(good)).not.toThrow();
  expect(good.steps.at(-1)?.id).toBe('remove-hidden');
});

describe('a plan is refused that', () => {
  const other = zoneAt('namecheap', 'example.net', parseName('example.net'), []);
  const rows: readonly [string, Action, RegExp][] = [
    ['removes another row of the parent', atParent('remove-hidden', removing(www)), /www\.example\.com\. A/],
    [
      'removes a hidden row that is not as it was seen',
      atParent('remove-hidden', removing({ ...api, ttl: 1 })),
      /does not list as hidden/,
    ],
    ['removes a row for another purpose', atParent('carry-back', removing(api)), /removes or copies/],
    ['copies into the parent', atParent('copy', adding(api)), /removes or copies/],
    ['carries back what is not below the cut', atParent('carry-back', adding(www)), /www\.example\.com/],
    ['writes NS past the delegation', atParent('restore', adding(rrsetOf(cut, 'NS', 1, 'a.b.'))), /NS/],
    [
      'changes another zone of the parent',
      {
        do: 'change-rrsets',
        purpose: 'restore',
        side: 'parent',
        zone: { kind: 'known', zone: other },
        changes: [],
      },
      /another zone than example\.com\./,
    ],
    ['delegates another name', delegation([], { cut: apex }), /delegates example\.com\./],
    ['delegates in another zone', delegation([], { zone: other }), /in example\.net\./],
    ['writes glue of no name server of the cut', delegation([adding(api)]), /no glue/],
    [
      'writes another type beside the NS',
      delegation([adding(rrsetOf('ns1.staging.example.com.', 'TXT', 60, '"x"'))]),
      /no glue/,
    ],
    [
      'replaces something else by NS',
      delegation([], { from: rrsetOf(cut, 'A', 60, '192.0.2.1') }),
      /replaces staging\.example\.com\. A/,
    ],
    [
      'makes another zone',
      { do: 'create-zone', apex, reference: 'x', seed: [] },
      /creates the zone example\.com\./,
    ],
    ['seeds what is not in the zone', { do: 'create-zone', apex: cut, reference: 'x', seed: [www] }, /www/],
    [
      'writes the apex NS of the child as a record',
      {
        do: 'change-rrsets',
        purpose: 'copy',
        side: 'child',
        zone: { kind: 'known', zone: childZone },
        changes: [adding(rrsetOf(cut, 'NS', 60, 'ns1.evil.net.'))],
      },
      /NS of staging/,
    ],
    [
      'deletes another zone',
      { do: 'delete-zone', side: 'child', zone: other, digest: '', records: [] },
      /deletes the zone/,
    ],
  ];
  test.each(rows)('%s', (_what, action, says) => {
    expect(() => checkRails(withAction(action))).toThrow(says);
    expect(() => parsePlanFile(printPlanFile(withAction(action)), 'plan.json')).toThrow(says);
  });

  test('deletes a zone before the caches are waited out', () => {
    const action: Action = { do: 'delete-zone', side: 'child', zone: childZone, digest: '', records: [] };
    const plan: Plan = { ...good, steps: [{ id: 'evil', title: 'x', why: 'x', action }, ...good.steps] };
    expect(() => checkRails(plan)).toThrow(/before the caches are waited out/);
  });
});
