import { describe, expect, test } from 'vitest';
import { parseName } from '../../src/dns/name.ts';
import { isType, type RRset, rrsetOf } from '../../src/dns/rrset.ts';
import { planMove } from '../../src/plan/move.ts';
import type { MoveOptions } from '../../src/plan/move-ground.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { checkRails } from '../../src/plan/rails.ts';
import { dynCapabilities } from '../../src/providers/dyn/capabilities.ts';
import type { HostedZone } from '../../src/providers/provider.ts';
import { route53Capabilities } from '../../src/providers/route53/capabilities.ts';
import type { CutSurvey } from '../../src/survey/survey.ts';
import { cut, optionsWith, serversOf, snapshotOf, surveyWith, viewOf, zoneAt } from './surveys.ts';

const api = rrsetOf(parseName('api.staging.example.com'), 'A', 300, '192.0.2.7');
const oldZone = zoneAt('dyn', 'staging.example.com', cut, serversOf('a'));
const newZone = zoneAt('route53', 'ZB', cut, serversOf('b'));
const ns = rrsetOf(cut, 'NS', 1800, ...serversOf('a'));
const ownNs = rrsetOf(cut, 'NS', 86_400, ...serversOf('a'));
const dyn = { id: 'dyn', label: 'Dyn (me)', capabilities: dynCapabilities };
const route53 = { id: 'route53', label: 'Route 53 (me)', capabilities: route53Capabilities };
const writing = { ...dyn, capabilities: { ...dynCapabilities, writesApexNs: true } };

interface Given {
  readonly parent?: readonly RRset[];
  readonly old?: readonly RRset[];
  readonly child?: CutSurvey['child'];
  readonly options?: Partial<MoveOptions>;
  readonly survey?: Partial<CutSurvey>;
}

function planOf({ parent = [ns], old = [api], child, options = {}, survey = {} }: Given): Plan {
  const snapshot = snapshotOf(oldZone, ownNs, ...old);
  const found = surveyWith(parent, {
    old: { zones: [oldZone], snapshots: [snapshot] },
    ...(child === undefined ? {} : { child }),
    ...survey,
  });
  const own = isType(ownNs, 'NS') ? [viewOf({ kind: 'answer', rrset: ownNs, authoritative: true })] : [];
  const plan = planMove(found, {
    run: 'k7m2q9xw',
    madeBy: '0.0.0',
    parent: optionsWith().parent,
    child: route53,
    old: dyn,
    oldZone: 'delete',
    childZoneId: null,
    childViews: own,
    ...options,
  });
  checkRails(plan);
  return plan;
}

const idsOf = (plan: Plan): readonly string[] => plan.steps.map(step => step.id);
const waitsOf = (plan: Plan): readonly (readonly number[])[] =>
  plan.steps.flatMap(({ action }) =>
    action.do === 'wait-out' ? [action.bounds.map(bound => bound.seconds)] : [],
  );

describe('the order', () => {
  const head = ['create-zone', 'copy-records', 'union-at-new', 'prove-child'];
  const first = ['follow-first', 'prove-child-first'];
  const middle = [
    'delegate-both',
    'prove-both',
    'prove-servers',
    'wait-out-old',
    'follow-edits',
    'prove-child-again',
  ];
  const rows: readonly [string, Given, readonly string[]][] = [
    [
      'is new zone, both, caches, new, caches, old zone; apex NS where the host can',
      {},
      [
        ...head,
        ...first,
        ...middle,
        'new-at-new',
        'delegate-new',
        'prove-parent',
        'prove-servers-again',
        'wait-out',
        'prove-resolvers',
        'delete-old',
      ],
    ],
    [
      'has both zones name both where both can, and ends without a deletion when the old is kept',
      { options: { old: writing, oldZone: 'keep' } },
      [
        ...head,
        ...first,
        'union-at-old',
        ...middle,
        'new-at-new',
        'new-at-old',
        'delegate-new',
        'prove-parent',
        'prove-servers-again',
        'wait-out',
        'prove-resolvers',
      ],
    ],
  ];
  test.each(rows)('%s', (_what, given, ids) => {
    expect(idsOf(planOf(given))).toEqual(ids);
  });

  test('makes and copies nothing when the new zone is there with the same records', () => {
    const child = { zones: [newZone], snapshots: [snapshotOf(newZone, api)] };
    const plan = planOf({ child });
    expect(idsOf(plan).slice(0, 2)).toEqual(['union-at-new', 'prove-child']);
    expect(plan.steps.find(step => step.id === 'delegate-both')?.action).toMatchObject({
      from: ns,
      to: { ttl: 1800, ns: { kind: 'known', servers: [...serversOf('a'), ...serversOf('b')].sort() } },
    });
  });
});

describe('the waits', () => {
  // The parent's TTL is 1800 s; the old zone gives its own NS for 86400 s.
  const rows: readonly [string, Given, readonly (readonly number[])[]][] = [
    [
      'are both of the old TTL where the old zone cannot name others',
      {},
      [
        [1800, 88_200],
        [1800, 88_200],
      ],
    ],
    [
      'are short the second time where it names others with a short TTL',
      { options: { old: writing } },
      [
        [1800, 88_200],
        [1800, 3600],
      ],
    ],
  ];
  test.each(rows)('%s', (_what, given, waits) => {
    expect(waitsOf(planOf(given))).toEqual(waits);
  });
});

describe('a zone that was moved away and kept', () => {
  // Its host tells name servers in the zone itself, which names those that it was moved to.
  const kept = zoneAt('route53', 'ZB', cut, serversOf('a'));
  const child = { zones: [kept], snapshots: [snapshotOf(kept, ownNs, api)] };

  test('is not moved to while it names the servers that are to be retired', () => {
    expect(() => planOf({ child })).toThrow(/names .* names too/);
  });

  test('is moved back to with the servers that it had', () => {
    const apexNs = rrsetOf(cut, 'NS', 300, ...serversOf('b'));
    const plan = planOf({ child, options: isType(apexNs, 'NS') ? { apexNs } : {} });
    const found = plan.steps.find(step => step.id === 'delegate-new')?.action;
    expect(found).toMatchObject({ to: { ns: { kind: 'known', servers: serversOf('b') } } });
  });

  test('is moved back to from a move that got as far as naming both', () => {
    const both = [...serversOf('a'), ...serversOf('b')];
    const holding = (zone: HostedZone): CutSurvey['child'] => {
      const named = { ...zone, nameServers: both.map(one => parseName(one)) };
      return { zones: [named], snapshots: [snapshotOf(named, rrsetOf(cut, 'NS', 300, ...both), api)] };
    };
    const given = { child: holding(newZone), survey: { old: holding(oldZone) } };
    expect(() => planOf(given)).toThrow(/names .* names too/);
    const apexNs = rrsetOf(cut, 'NS', 300, ...serversOf('b'));
    const plan = planOf({ ...given, options: isType(apexNs, 'NS') ? { apexNs } : {} });
    const found = plan.steps.find(step => step.id === 'delegate-new')?.action;
    expect(found).toMatchObject({ to: { ns: { kind: 'known', servers: serversOf('b') } } });
  });

  test('has its own servers where its host chose them', () => {
    const chosen = { zones: [newZone], snapshots: [snapshotOf(newZone, ownNs, api)] };
    const found = planOf({ child: chosen }).steps.find(step => step.id === 'delegate-new')?.action;
    expect(found).toMatchObject({ to: { ns: { kind: 'known', servers: serversOf('b') } } });
  });
});

test('glue of the new servers goes with both sets, that of the old ones goes last', () => {
  const oldServer = parseName('ns1.staging.example.com');
  const newServer = parseName('ns2.staging.example.com');
  const glue = rrsetOf(oldServer, 'A', 1800, '192.0.2.53');
  const own = rrsetOf(oldServer, 'A', 300, '192.0.2.53');
  const fresh = rrsetOf(newServer, 'A', 300, '192.0.2.54');
  const from = rrsetOf(cut, 'NS', 1800, oldServer);
  const inDomain = { ...oldZone, nameServers: [oldServer] };
  const target = { ...newZone, nameServers: [newServer] };
  const plan = planOf({
    parent: [from, glue],
    child: { zones: [target], snapshots: [snapshotOf(target, own, fresh)] },
    survey: { old: { zones: [inDomain], snapshots: [snapshotOf(inDomain, from, own, fresh)] } },
  });
  const both = plan.steps.find(step => step.id === 'delegate-both')?.action;
  expect(both?.do === 'change-delegation' ? both.beside : []).toEqual([
    { owner: newServer, type: 'A', from: null, to: fresh },
  ]);
  expect(idsOf(plan).slice(-2)).toEqual(['remove-glue', 'delete-old']);
  expect(plan.observed.occluded).toEqual([glue]);
});

describe('a plan is refused', () => {
  const ds = rrsetOf(cut, 'DS', 300, `1 13 2 ${'ab'.repeat(32)}`);
  const rows: readonly [string, Given, RegExp][] = [
    ['when nothing is delegated', { parent: [] }, /is not delegated/],
    ['while DS stand for keys that nobody serves', { parent: [ns, ds] }, /has DS records/],
    ['to the host where it is', { options: { old: { ...dyn, id: 'route53' } } }, /the host of/],
    [
      'when a third host serves the zone too',
      { parent: [rrsetOf(cut, 'NS', 300, ...serversOf('a'), 'ns.third.net.')] },
      /ns\.third\.net\. too/,
    ],
    [
      'when the old host is not who is asked',
      { parent: [rrsetOf(cut, 'NS', 300, 'ns.third.net.')] },
      /no such zone on these servers/,
    ],
    [
      'over types that the new host cannot hold',
      { old: [api, rrsetOf(cut, 'HINFO', 60, '"a" "b"')] },
      /cannot hold.*HINFO/,
    ],
    [
      'over more records than it may hold',
      {
        old: [api, rrsetOf(cut, 'MX', 60, '1 a.example.')],
        options: { child: { ...route53, capabilities: { ...route53Capabilities, maxRecords: 1 } } },
      },
      /holds 2 records; Route 53 \(me\) allows 1/,
    ],
    [
      'when the new host has another zone of the name',
      { child: { zones: [newZone], snapshots: [snapshotOf(newZone, { ...api, ttl: 60 })] } },
      /api\.staging\.example\.com\. A is 60 192\.0\.2\.7 there, 300/,
    ],
  ];
  test.each(rows)('%s', (_when, given, says) => {
    expect(() => planOf(given)).toThrow(says);
  });
});

describe('a move from which there is no way back but by the parent', () => {
  const warnings = (given: Given): readonly string[] =>
    planOf(given).remarks.flatMap(({ severity, text }) => (severity === 'warning' ? [text] : []));
  const away = { child: dyn, old: route53 };
  test('says so where new zones can be on the servers of the parent, which name no others', () => {
    const parent = { ...optionsWith().parent, id: 'dyn' };
    expect(warnings({ options: { ...away, parent } })).toContainEqual(
      expect.stringMatching(
        /only by way of example\.com\. \(`zonecut undelegate`, then `zonecut delegate`\)/,
      ),
    );
    const able = { ...away, parent, child: writing };
    expect(warnings({ options: able }).join()).not.toContain('by way of');
  });

  test('says nothing where the parent is elsewhere', () => {
    expect(warnings({ options: away }).join()).not.toContain('by way of');
  });
});
