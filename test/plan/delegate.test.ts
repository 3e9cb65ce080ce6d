import { describe, expect, test } from 'vitest';
import { parseName } from '../../src/dns/name.ts';
import { isType, type RRset, rrsetOf } from '../../src/dns/rrset.ts';
import { negativeBound, ttlBound, waitSecondsOf } from '../../src/plan/bound.ts';
import { planDelegate } from '../../src/plan/delegate.ts';
import type { DelegateOptions } from '../../src/plan/delegate-options.ts';
import type { Action } from '../../src/plan/plan.ts';
import { dynCapabilities } from '../../src/providers/dyn/capabilities.ts';
import type { CutSurvey } from '../../src/survey/survey.ts';
import {
  apex,
  cut,
  optionsWith,
  serversOf,
  snapshotOf,
  soaWith,
  surveyWith,
  viewOf,
  zoneAt,
} from './surveys.ts';

const www = rrsetOf(parseName('www.example.com'), 'A', 300, '192.0.2.1');
const api = rrsetOf(parseName('api.staging.example.com'), 'A', 300, '192.0.2.7');
const zoneA = zoneAt('route53', 'ZA', cut, serversOf('a'));
const zoneB = zoneAt('route53', 'ZB', cut, serversOf('b'));
const dyn: Partial<DelegateOptions> = {
  child: { id: 'dyn', label: 'Dyn (me)', capabilities: dynCapabilities },
};

function actionsOf(survey: CutSurvey, options: Partial<DelegateOptions> = {}): readonly Action[] {
  return planDelegate(survey, optionsWith(options)).steps.map(step => step.action);
}

function seedOf(actions: readonly Action[]): readonly string[] {
  const rrsets = actions.flatMap(action =>
    action.do === 'create-zone'
      ? action.seed
      : action.do === 'change-rrsets'
        ? action.changes.flatMap(change => change.to ?? [])
        : [],
  );
  return rrsets.map(set => `${set.owner} ${set.ttl} ${set.type} ${set.data.join(' | ')}`);
}

describe('the order', () => {
  test('is child, proof, parent, proof, caches, proof', () => {
    expect(actionsOf(surveyWith([www])).map(action => action.do)).toEqual([
      'create-zone',
      'prove-child',
      'change-delegation',
      'prove-parent',
      'wait-out',
      'prove-resolvers',
    ]);
  });

  test('has the copies between the zone and its proof, or in the zone where the host can', () => {
    const kinds = (options: Partial<DelegateOptions>): readonly string[] =>
      actionsOf(surveyWith([www, api]), options).map(action => action.do);
    expect(kinds({}).slice(0, 3)).toEqual(['create-zone', 'change-rrsets', 'prove-child']);
    expect(kinds(dyn).slice(0, 2)).toEqual(['create-zone', 'prove-child']);
    for (const options of [{}, dyn]) {
      expect(seedOf(actionsOf(surveyWith([www, api]), options))).toEqual([
        'api.staging.example.com. 300 A 192.0.2.7',
      ]);
    }
  });
});

describe('the records that are copied', () => {
  const wild = rrsetOf(parseName('*.example.com'), 'A', 300, '192.0.2.9');
  const rows: readonly [string, readonly RRset[], readonly string[]][] = [
    ['none, when nothing stands there', [www], []],
    ['what stands below', [www, api], ['api.staging.example.com. 300 A 192.0.2.7']],
    [
      'what stands at the cut itself',
      [rrsetOf(cut, 'MX', 600, '10 mx.example.com.')],
      ['staging.example.com. 600 MX 10 mx.example.com.'],
    ],
    [
      'what the wildcard above answers with',
      [wild],
      ['staging.example.com. 300 A 192.0.2.9', '*.staging.example.com. 300 A 192.0.2.9'],
    ],
    // RFC 4592 section 3.3.1: what exists at or below the name keeps the wildcard away.
    [
      'not the wildcard, when something exists below',
      [wild, api],
      ['api.staging.example.com. 300 A 192.0.2.7'],
    ],
    [
      'nothing of a name that only ends alike',
      [rrsetOf(parseName('notstaging.example.com'), 'A', 300, '192.0.2.8')],
      [],
    ],
  ];
  test.each(rows)('%s', (_what, rrsets, copies) => {
    expect(seedOf(actionsOf(surveyWith(rrsets)))).toEqual(copies);
  });

  test('are let go with hidden: hide, and the plan warns', () => {
    const plan = planDelegate(surveyWith([api]), optionsWith({ hidden: 'hide' }));
    expect(seedOf(plan.steps.map(step => step.action))).toEqual([]);
    expect(plan.remarks).toContainEqual({ severity: 'warning', text: expect.stringContaining('--hide') });
    expect(plan.observed.occluded).toEqual([api]);
  });

  test('are not those that the child has already; one that differs stays, with a warning', () => {
    const own = rrsetOf(api.owner, 'A', 60, '203.0.113.1');
    const child = { zones: [zoneA], snapshots: [snapshotOf(zoneA, own)] };
    const plan = planDelegate(surveyWith([api], { child }), optionsWith());
    expect(seedOf(plan.steps.map(step => step.action))).toEqual([]);
    expect(plan.remarks).toContainEqual({
      severity: 'warning',
      text: expect.stringMatching(/differs in the child/),
    });
  });

  test('keep within the TTLs of the child', () => {
    const capabilities = { ...dynCapabilities, minTtl: 60, maxTtl: 3600 };
    const child = { id: 'dyn', label: 'Dyn', capabilities };
    const rrsets = [rrsetOf(cut, 'TXT', 5, '"a"'), rrsetOf(api.owner, 'A', 86_400, '192.0.2.7')];
    expect(seedOf(actionsOf(surveyWith(rrsets), { child })).map(text => text.split(' ')[1])).toEqual([
      '60',
      '3600',
    ]);
  });
});

describe('a host that takes some TTLs only', () => {
  const capabilities = { ...dynCapabilities, minTtl: 300, maxTtl: 7200, ttls: [300, 3600, 7200] };
  const host = { id: 'dyn', label: 'Dyn (me)', capabilities };

  test('gets the next lower one of what is copied', () => {
    const rrsets = [rrsetOf(cut, 'TXT', 5, '"a"'), rrsetOf(api.owner, 'A', 5000, '192.0.2.7')];
    const plan = planDelegate(surveyWith(rrsets), optionsWith({ child: host }));
    const seed = seedOf(plan.steps.map(step => step.action));
    expect(seed.map(text => text.split(' ')[1])).toEqual(['300', '3600']);
  });

  test('gets one of them for the NS, whatever --ttl says', () => {
    for (const [nsTtl, ttl] of [
      [null, capabilities.ttls.includes(capabilities.defaultNsTtl) ? capabilities.defaultNsTtl : 300],
      [4000, 3600],
      [60, 300],
      [99_999, 7200],
    ]) {
      const actions = actionsOf(surveyWith([]), { parent: host, nsTtl: nsTtl ?? null });
      expect(actions.find(action => action.do === 'change-delegation')).toMatchObject({ to: { ttl } });
    }
  });
});

describe('servers that serve the parent too, at a host whose new zones begin empty', () => {
  const capabilities = { ...dynCapabilities, seedsAtomically: false };
  const host = { id: 'dyn', label: 'Dyn (me)', capabilities };

  test('get no new zone over names that answer, since those would be gone until they are written', () => {
    const both = { parent: host, child: host };
    expect(() => planDelegate(surveyWith([api]), optionsWith(both))).toThrow(
      /takes effect at once and empty: 1 RRsets/,
    );
    expect(planDelegate(surveyWith([]), optionsWith(both))).toBeDefined();
    expect(planDelegate(surveyWith([api]), optionsWith({ child: host }))).toBeDefined();
  });
});

describe('the child zone', () => {
  test('is used when there is one', () => {
    const child = { zones: [zoneA], snapshots: [snapshotOf(zoneA)] };
    const plan = planDelegate(surveyWith([www], { child }), optionsWith());
    expect(plan.steps[0]?.action).toMatchObject({
      do: 'prove-child',
      ns: { kind: 'known', servers: zoneA.nameServers },
    });
    expect(plan.observed).toMatchObject({ childZone: zoneA, childDigest: 'digest of ZA' });
  });

  test('is the one of the ID when there are several, and its own content is what was observed', () => {
    const child = { zones: [zoneA, zoneB], snapshots: [snapshotOf(zoneA, api), snapshotOf(zoneB)] };
    const plan = planDelegate(surveyWith([api], { child }), optionsWith({ childZoneId: 'ZB' }));
    expect(plan.observed).toMatchObject({ childZone: zoneB, childDigest: 'digest of ZB' });
    expect(seedOf(plan.steps.map(step => step.action)).length).toBe(1);
  });
});

describe('the NS at the parent', () => {
  const ttlOf = (survey: CutSurvey, options: Partial<DelegateOptions> = {}): unknown =>
    actionsOf(survey, options).flatMap(action =>
      action.do === 'change-delegation' ? [action.to?.ttl] : [],
    )[0];
  test('have the TTL that was asked for, else that of the host', () => {
    expect(ttlOf(surveyWith([www]))).toBe(1800);
    expect(ttlOf(surveyWith([www]), { nsTtl: 60 })).toBe(60);
  });
});

describe('a plan is refused', () => {
  const ns = rrsetOf(cut, 'NS', 300, 'ns1.elsewhere.net.');
  const soa = soaWith(1, 1);
  if (!isType(ns, 'NS')) {
    throw new Error('an NS RRset is one');
  }
  const rows: readonly [string, CutSurvey, Partial<DelegateOptions>, RegExp][] = [
    ['over a CNAME', surveyWith([rrsetOf(cut, 'CNAME', 300, 'www.example.com.')]), {}, /CNAME record/],
    ['over another delegation', surveyWith([ns]), {}, /already delegated, to ns1\.elsewhere\.net\./],
    [
      'over another delegation that only the servers show',
      surveyWith([], {
        parent: {
          ...surveyWith([]).parent,
          views: [viewOf({ kind: 'referral', delegation: { cut, ns, ds: null, glue: [] } })],
        },
      }),
      {},
      /already delegated/,
    ],
    [
      'below another cut',
      surveyWith([], { holder: parseName('x.example.com') }),
      {},
      /x\.example\.com\. is already a zone/,
    ],
    [
      'below a delegation that leads nowhere',
      surveyWith([rrsetOf(parseName('b.example.com'), 'NS', 300, 'ns.gone.net.')], {
        cut: parseName('a.b.example.com'),
      }),
      {},
      /b\.example\.com\. is delegated/,
    ],
    ['below a DNAME', surveyWith([rrsetOf(apex, 'DNAME', 300, 'example.net.')]), {}, /DNAME/],
    ['where DS stand', surveyWith([rrsetOf(cut, 'DS', 300, `1 13 2 ${'ab'.repeat(32)}`)]), {}, /DS records/],
    [
      'when the world sees another zone',
      surveyWith([], { live: { ...surveyWith([]).live, apex: parseName('com') } }),
      {},
      /the world finds no such zone/,
    ],
    [
      'when the world asks other servers',
      surveyWith([], {
        parent: {
          ...surveyWith([]).parent,
          snapshot: snapshotOf(zoneAt('route53', 'Z', apex, ['ns.other.net'])),
        },
      }),
      {},
      /the world asks ns1\.host\.net\. ns2\.host\.net\./,
    ],
    [
      'with several zones of the name',
      surveyWith([], { child: { zones: [zoneA, zoneB], snapshots: [snapshotOf(zoneA), snapshotOf(zoneB)] } }),
      {},
      /has 2 zones named/,
    ],
    ['with an ID that is none', surveyWith([]), { childZoneId: 'ZX' }, /no zone .* with the ID ZX/],
    [
      'over what the child cannot hold',
      surveyWith([rrsetOf(api.owner, 'HINFO', 300, '"a" "b"')]),
      {},
      /cannot hold.*HINFO/,
    ],
    [
      'when no server gave the SOA that bounds the wait',
      surveyWith([], { parent: { ...surveyWith([]).parent, soas: [] } }),
      {},
      /gave its SOA/,
    ],
  ];
  test.each(rows)('%s', (_when, survey, options, says) => {
    expect(soa.ttl).toBe(1);
    let caught: unknown = null;
    try {
      planDelegate(survey, optionsWith(options));
    } catch (error) {
      caught = error;
    }
    expect(caught).toMatchObject({
      code: 'ZC_PLAN_REFUSED',
      message: expect.stringMatching(says),
      hint: expect.any(String),
    });
  });
});

describe('the time that caches hold on', () => {
  // RFC 2308 section 5: the lower of the SOA's TTL and MINIMUM.
  const negative: readonly [number, number, number][] = [
    [3601, 1801, 1801],
    [900, 86_400, 900],
    [0, 3600, 0],
  ];
  test.each(negative)('of a negative answer with TTL %i and MINIMUM %i is %i', (ttl, minimum, seconds) => {
    expect(negativeBound([soaWith(ttl, minimum)]).seconds).toBe(seconds);
  });

  test('of several SOAs is the longest', () => {
    expect(negativeBound([soaWith(60, 60), soaWith(300, 300), soaWith(10, 900)]).seconds).toBe(300);
  });

  test('in all is a second more than the longest, and nothing without any', () => {
    const bounds = [negativeBound([soaWith(60, 60)]), ttlBound(www, 'example.com.')];
    expect(waitSecondsOf(bounds)).toBe(301);
    expect(waitSecondsOf([])).toBe(0);
  });

  test('counts records that stood at the cut itself', () => {
    const old = rrsetOf(cut, 'A', 7200, '192.0.2.1');
    const [wait] = actionsOf(surveyWith([old])).filter(action => action.do === 'wait-out');
    expect(wait?.do === 'wait-out' ? wait.bounds.map(bound => bound.seconds) : []).toEqual([1801, 7200]);
  });
});
