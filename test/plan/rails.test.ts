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

  describe('deletes a zone to which the parent or a cache still leads', () => {
    const ns = rrsetOf(cut, 'NS', 3600, 'ns1.a.child.org.');
    const step = (id: string, action: Action): Plan['steps'][number] => ({
      id,
      title: 'x',
      why: 'x',
      action,
    });
    const remove = step('undelegate', delegation([], { from: ns, to: null } as Partial<Action>));
    const goes = step('delete-zone', {
      do: 'delete-zone',
      side: 'child',
      zone: childZone,
      digest: '',
      records: [],
    });
    const wait = (seconds: number): Plan['steps'][number] =>
      step('wait-out', { do: 'wait-out', bounds: [{ seconds, holds: 'x', reason: 'x' }] });
    const kept = step(
      'shorten',
      delegation([], {
        from: ns,
        to: { ttl: 60, ns: { kind: 'known', servers: childZone.nameServers } },
      } as Partial<Action>),
    );
    const rows: readonly [string, readonly Plan['steps'][number][], RegExp][] = [
      [
        'before it goes at the parent',
        [goes, remove, wait(3600)],
        /while example\.com\. still delegates to it/,
      ],
      ['before the wait', [remove, goes, wait(3600)], /before the caches are waited out/],
      ['with the wait before the parent', [wait(3600), remove, goes], /before the caches are waited out/],
      ['after too short a wait', [remove, wait(3599), goes], /3599 s after .* lead there for 3600 s/],
      [
        'that the parent is made to name',
        [kept, wait(3600), goes],
        /to whose servers the parent is made to send/,
      ],
      ['without a word of either', [goes], /before the caches are waited out/],
    ];
    test.each(rows)('%s', (_what, steps, says) => {
      const plan: Plan = { ...good, steps };
      const refusal = (act: () => unknown): unknown => {
        try {
          return act();
        } catch (error) {
          return error;
        }
      };
      for (const error of [
        refusal(() => checkRails(plan)),
        refusal(() => parsePlanFile(printPlanFile(plan), 'plan.json')),
      ]) {
        expect(error).toMatchObject({ code: 'ZC_PLAN_REFUSED', message: expect.stringMatching(says) });
        expect(error).toMatchObject({ message: expect.stringContaining('[delete-order]; nothing was done') });
        const bound = steps.length === 1 ? 'until no cache leads there' : '3600 s at least';
        expect(error).toMatchObject({ hint: expect.stringContaining(`wait ${bound}, then delete the zone`) });
      }
    });

    test('and not when caches have let go of it', () => {
      expect(() => checkRails({ ...good, steps: [remove, wait(3600), goes] })).not.toThrow();
      expect(() => checkRails({ ...good, steps: [remove, wait(1800), wait(1800), goes] })).not.toThrow();
    });
  });
});
