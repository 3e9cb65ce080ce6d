import { describe, expect, test } from 'vitest';
import { parseName } from '../../src/dns/name.ts';
import { isType, type RRset, rrsetOf } from '../../src/dns/rrset.ts';
import type { Action } from '../../src/plan/plan.ts';
import { checkRails } from '../../src/plan/rails.ts';
import { planUndelegate, type UndelegateOptions } from '../../src/plan/undelegate.ts';
import { namecheapCapabilities } from '../../src/providers/namecheap/capabilities.ts';
import type { Capabilities } from '../../src/providers/provider.ts';
import { apex, cut, serversOf, snapshotOf, surveyWith, viewOf, zoneAt } from './surveys.ts';

const zone = zoneAt('route53', 'ZA', cut, serversOf('a'));
const ns = rrsetOf(cut, 'NS', 1800, ...serversOf('a'));
const api = rrsetOf(parseName('api.staging.example.com'), 'A', 300, '192.0.2.7');
const mail = rrsetOf(cut, 'MX', 600, '10 mx.example.com.');
const deep = rrsetOf(parseName('deep.staging.example.com'), 'NS', 600, 'ns1.elsewhere.net.');
const ns1 = parseName('ns1.staging.example.com');
const inDomain = rrsetOf(cut, 'NS', 1800, ns1, 'ns2.elsewhere.net.');

function planOf(
  parent: readonly RRset[],
  child: readonly RRset[],
  limits: Partial<Capabilities> = {},
  changes: Partial<UndelegateOptions> = {},
) {
  const own = [rrsetOf(cut, 'SOA', 900, 'ns1.a.child.org. h.child.org. 1 1 1 1 1'), { ...ns, ttl: 172_800 }];
  const survey = surveyWith(parent, {
    child: { zones: [zone], snapshots: [snapshotOf(zone, ...own, ...child)] },
  });
  const plan = planUndelegate(survey, {
    run: 'k7m2q9xw',
    madeBy: '0.0.0',
    parent: {
      id: 'namecheap',
      label: 'Namecheap (me)',
      capabilities: { ...namecheapCapabilities, ...limits },
    },
    child: { id: 'route53', label: 'Route 53 (me)' },
    zone: 'delete',
    names: 'carry-back',
    restored: [],
    undoes: null,
    childViews: [],
    ...changes,
  });
  checkRails(plan);
  return plan;
}

const lineOf = (set: RRset | null): string =>
  set === null ? '' : `${set.owner} ${set.ttl} ${set.type} ${set.data.join(' | ')}`;

/** `before > after` of every RRset that the actions change. */
function changesOf(
  actions: readonly Action[],
  kind: 'change-rrsets' | 'change-delegation',
): readonly string[] {
  return actions.flatMap(action => {
    const list =
      action.do === 'change-rrsets' ? action.changes : action.do === 'change-delegation' ? action.beside : [];
    return action.do === kind ? list.map(({ from, to }) => `${lineOf(from)} > ${lineOf(to)}`) : [];
  });
}

test('the order is records, NS, proof of both, caches, zone, proof', () => {
  const { steps } = planOf([ns], [api]);
  expect(steps.map(step => step.id)).toEqual([
    'carry-back',
    'undelegate',
    'prove-parent',
    'prove-records',
    'wait-out',
    'delete-zone',
    'prove-end',
  ]);
});

describe('into the parent goes', () => {
  const rows: readonly [string, readonly RRset[], readonly RRset[], readonly string[], readonly string[]][] =
    [
      ['nothing of a zone with SOA and NS only', [ns], [], [], []],
      [
        'all else, deeper delegations too',
        [ns],
        [api, mail, deep],
        [
          ' > api.staging.example.com. 300 A 192.0.2.7',
          ' > staging.example.com. 600 MX 10 mx.example.com.',
          ' > deep.staging.example.com. 600 NS ns1.elsewhere.net.',
        ],
        [],
      ],
      ['not what the parent hides alike already', [ns, api], [api], [], []],
      [
        'what the child has in place of what the parent hides',
        [ns, rrsetOf(api.owner, 'A', 300, '192.0.2.1')],
        [api],
        ['api.staging.example.com. 300 A 192.0.2.1 > api.staging.example.com. 300 A 192.0.2.7'],
        [],
      ],
      [
        'with the NS, and not before, what takes the place of glue',
        [inDomain, rrsetOf(ns1, 'A', 1800, '192.0.2.53')],
        [rrsetOf(ns1, 'A', 300, '192.0.2.54')],
        [],
        ['ns1.staging.example.com. 1800 A 192.0.2.53 > ns1.staging.example.com. 300 A 192.0.2.54'],
      ],
      [
        'nothing in place of glue that the child does not know',
        [inDomain, rrsetOf(ns1, 'AAAA', 1800, '2001:db8::53')],
        [],
        [],
        ['ns1.staging.example.com. 1800 AAAA 2001:db8::53 > '],
      ],
      [
        'nothing in place of glue that another delegation needs',
        [inDomain, rrsetOf(ns1, 'A', 1800, '192.0.2.53'), rrsetOf(`other.${apex}`, 'NS', 1800, ns1)],
        [],
        [],
        [],
      ],
    ];
  test.each(rows)('%s', (_what, parent, child, before, beside) => {
    const actions = planOf(parent, child).steps.map(step => step.action);
    expect(changesOf(actions, 'change-rrsets')).toEqual(before);
    expect(changesOf(actions, 'change-delegation')).toEqual(beside);
  });
});

test('a TTL that the parent does not take becomes the nearest, and the plan says so', () => {
  const { steps, remarks } = planOf([ns], [rrsetOf(api.owner, 'A', 5, '192.0.2.7')]);
  expect(
    changesOf(
      steps.map(step => step.action),
      'change-rrsets',
    ),
  ).toEqual([' > api.staging.example.com. 60 A 192.0.2.7']);
  expect(remarks).toContainEqual({ severity: 'note', text: expect.stringMatching(/TTL of 5 s; Namecheap/) });
});

test('hidden rows that the child does not have answer again, and the plan warns', () => {
  const { remarks } = planOf([ns, api], []);
  expect(remarks).toContainEqual({ severity: 'warning', text: expect.stringMatching(/answers again/) });
});

test('at a host that refuses rows below a cut all goes in one batch', () => {
  const actions = planOf([ns], [api], { holdsOccluded: false }).steps.map(step => step.action);
  expect(changesOf(actions, 'change-rrsets')).toEqual([]);
  expect(changesOf(actions, 'change-delegation')).toEqual([' > api.staging.example.com. 300 A 192.0.2.7']);
});

test('what an earlier run took away is put back when names are let go', () => {
  const changes = { names: 'let-go', restored: [api], undoes: 'abcdefgh' } as const;
  const { steps, intent } = planOf([ns], [mail], {}, changes);
  expect(
    changesOf(
      steps.map(step => step.action),
      'change-rrsets',
    ),
  ).toEqual([' > api.staging.example.com. 300 A 192.0.2.7']);
  expect(intent.undoes).toBe('abcdefgh');
});

describe('a plan is refused', () => {
  const srv = rrsetOf(`_sip._tcp.${cut}`, 'SRV', 300, '1 1 5060 sip.example.com.');
  const rows: readonly [string, () => unknown, RegExp][] = [
    ['over types that the parent cannot hold, with a list', () => planOf([ns], [srv, api]), /_sip.* SRV/],
    [
      'over more records than the parent may hold',
      () => planOf([ns], [api, mail], { maxRecords: 3 }),
      /would hold 4 records; Namecheap \(me\) allows 3/,
    ],
    [
      'at a host that neither hides rows nor changes several at once',
      () => planOf([ns], [api], { holdsOccluded: false, atomicBatches: false }),
      /one RRset at a time/,
    ],
    [
      'when the names answer and their host is not named',
      () => {
        const own = rrsetOf(cut, 'NS', 300, ...serversOf('a'));
        const childViews = isType(own, 'NS')
          ? [viewOf({ kind: 'answer', rrset: own, authoritative: true })]
          : [];
        return planOf([ns], [], {}, { child: null, childViews });
      },
      /answers at 1 name servers/,
    ],
  ];
  test.each(rows)('%s', (_when, plan, says) => {
    expect(plan).toThrow(says);
  });
});
