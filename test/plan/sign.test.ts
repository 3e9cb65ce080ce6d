import { describe, expect, test } from 'vitest';
import { type RRset, rrsetOf } from '../../src/dns/rrset.ts';
import { planDelegate } from '../../src/plan/delegate.ts';
import type { DelegateOptions } from '../../src/plan/delegate-options.ts';
import { planMove } from '../../src/plan/move.ts';
import { changesAfter, type Step } from '../../src/plan/plan.ts';
import { checkRails } from '../../src/plan/rails.ts';
import { planUndelegate } from '../../src/plan/undelegate.ts';
import { planUnsign } from '../../src/plan/unsign.ts';
import { dynCapabilities } from '../../src/providers/dyn/capabilities.ts';
import { rfc2136Capabilities } from '../../src/providers/rfc2136/capabilities.ts';
import { route53Capabilities } from '../../src/providers/route53/capabilities.ts';
import { bogus, insecure, type Security, secure } from '../../src/resolver/security.ts';
import type { KeyView } from '../../src/survey/keys.ts';
import type { CutSurvey } from '../../src/survey/survey.ts';
import { dsOf, keyView, newKey } from './keys.ts';
import { cut, optionsWith, serversOf, snapshotOf, surveyWith, viewOf, zoneAt } from './surveys.ts';

const key = newKey();
const ns = rrsetOf(cut, 'NS', 1800, ...serversOf('a'));
const ds = rrsetOf(cut, 'DS', 7200, dsOf(key));
const zone = zoneAt('route53', 'ZA', cut, serversOf('a'));
const child = { zones: [zone], snapshots: [snapshotOf(zone, rrsetOf(cut, 'A', 43_200, '192.0.2.1'))] };
const atRoute53: Partial<DelegateOptions> = {
  parent: { id: 'route53', label: 'Route 53 (me)', capabilities: route53Capabilities },
};

function securityWith(parent: Security | null, keys: readonly KeyView[] = []): CutSurvey['security'] {
  const ofZone = { state: 'signed', ds: [dsOf(key)], dnskeys: [], cds: [] } as const;
  return { parent, ds: [], keys, signings: keys.length === 0 ? [] : [{ zone: 'ZA', signing: ofZone }] };
}

function newCut(
  security: CutSurvey['security'],
  options: Partial<DelegateOptions>,
): ReturnType<typeof planDelegate> {
  return planDelegate(surveyWith([], { security }), optionsWith({ ...atRoute53, ...options }));
}

function kindsOf(steps: readonly Step[]): readonly string[] {
  return steps.map(({ action }) => action.do);
}

describe('a delegation that is signed', () => {
  test('has keys before anybody is sent there, and its DS from its first instant', () => {
    expect(kindsOf(newCut(securityWith(secure), { sign: true }).steps)).toEqual([
      'create-zone',
      'sign-zone',
      'prove-child',
      'prove-signed',
      'change-delegation',
      'prove-parent',
      'prove-ds',
      'wait-out',
      'prove-chain',
      'prove-resolvers',
    ]);
  });

  test('may leave only its last wait to later', () => {
    const plan = newCut(securityWith(secure), { sign: true });
    const waits = plan.steps.filter(({ action }) => action.do === 'wait-out');
    expect(waits.map(step => [step.id, changesAfter(plan, step)])).toEqual([['wait-out', false]]);
  });

  test('writes DS of proven keys only, together with the NS records', () => {
    const { steps } = newCut(securityWith(secure), { sign: true });
    const [cutting] = steps.flatMap(({ action }) => (action.do === 'change-delegation' ? [action] : []));
    expect(cutting?.ds).toEqual({ ttl: 3600, ds: { kind: 'of-keys', step: 'prove-signed' } });
    const early = steps.filter(({ id }) => id !== 'prove-signed');
    expect(() => checkRails({ ...newCut(securityWith(secure), { sign: true }), steps: early })).toThrow(
      /writes DS of .* whose keys no step before it proves/,
    );
  });

  test('has its DS when nobody holds what was before, where the host cannot write both at once', () => {
    const parent = {
      id: 'dyn',
      label: 'Dyn (me)',
      capabilities: { ...dynCapabilities, atomicBatches: false },
    };
    const kinds = kindsOf(newCut(securityWith(secure), { sign: true, parent }).steps);
    expect(kinds.slice(kinds.indexOf('change-delegation'))).toEqual([
      'change-delegation',
      'prove-parent',
      'wait-out',
      'prove-signed',
      'change-ds',
      'prove-ds',
      'wait-out',
      'prove-chain',
      'prove-resolvers',
    ]);
  });

  test('has DS by hand where the host takes none', () => {
    const { steps } = planDelegate(
      surveyWith([], { security: securityWith(secure) }),
      optionsWith({ sign: true }),
    );
    expect(kindsOf(steps)).toContain('manual');
    expect(kindsOf(steps)).not.toContain('change-ds');
    expect(kindsOf(steps)).toContain('prove-ds');
  });

  test('is not, unless asked for; a secure parent is told of', () => {
    const plan = newCut(securityWith(secure), {});
    expect(kindsOf(plan.steps)).not.toContain('sign-zone');
    expect(plan.remarks.map(({ text }) => text)).toContainEqual(expect.stringMatching(/--sign makes/));
    expect(newCut(securityWith(secure), { sign: false }).remarks).toEqual([]);
  });

  test('waits for the unsigned data of a child in use before its DS', () => {
    const survey = surveyWith([ns], {
      child,
      holder: cut,
      security: { ...securityWith(secure, [keyView([])]), signings: [] },
    });
    const { steps } = planDelegate(survey, optionsWith({ ...atRoute53, sign: true }));
    expect(kindsOf(steps)).toEqual([
      'sign-zone',
      'prove-child',
      'prove-signed',
      'prove-parent',
      'wait-out',
      'prove-signed',
      'change-ds',
      'prove-ds',
      'wait-out',
      'prove-chain',
      'prove-resolvers',
    ]);
    const wait = steps.find(({ id }) => id === 'wait-unsigned')?.action;
    expect(wait?.do === 'wait-out' ? wait.bounds.map(({ seconds }) => seconds) : []).toEqual([300, 43_200]);
  });

  test('writes no DS that is there', () => {
    const survey = surveyWith([ns, ds], {
      child,
      holder: cut,
      security: securityWith(secure, [keyView([key])]),
    });
    const kinds = kindsOf(planDelegate(survey, optionsWith(atRoute53)).steps);
    expect(kinds).toEqual(['prove-child', 'prove-signed', 'prove-parent', 'prove-chain', 'prove-resolvers']);
  });
});

describe('a zone that its host signs by its own configuration', () => {
  const made = zoneAt('rfc2136', 'ZA', cut, serversOf('a'));
  const survey = surveyWith([], {
    child: { zones: [made], snapshots: [snapshotOf(made)] },
    security: { ...securityWith(secure, [keyView([key])]), keys: [] },
  });
  const atBind = {
    ...atRoute53,
    child: { id: 'rfc2136', label: 'BIND', capabilities: rfc2136Capabilities },
  };

  test('gets its DS as others do, and is not told to sign', () => {
    const kinds = kindsOf(planDelegate(survey, optionsWith({ ...atBind, sign: true })).steps);
    expect(kinds).not.toContain('sign-zone');
    expect(kinds.indexOf('prove-signed')).toBeLessThan(kinds.indexOf('change-delegation'));
    expect(kinds).toContain('prove-ds');
  });

  test('offers it', () => {
    expect(planDelegate(survey, optionsWith(atBind)).remarks).toContainEqual(
      expect.objectContaining({ offers: 'sign' }),
    );
  });

  test('does not when it is not signed', () => {
    const unsigned = { ...survey, security: { ...survey.security, signings: [] } };
    expect(() => planDelegate(unsigned, optionsWith({ ...atBind, sign: true }))).toThrow(
      /does not sign zones/,
    );
  });
});

describe('a new cut over names that answer', () => {
  const www = rrsetOf(cut, 'A', 300, '192.0.2.1');
  const warned = (parent: Security | null, rows = [www], sign = false): readonly string[] =>
    planDelegate(
      surveyWith(rows, { security: securityWith(parent) }),
      optionsWith({ ...atRoute53, sign }),
    ).remarks.flatMap(({ severity, text }) => (severity === 'warning' ? [text] : []));

  test('says for how long a validator with a proof of no cut can refuse the child of a secure zone', () => {
    expect(warned(secure)).toEqual([
      expect.stringMatching(/lately got .* refuses .* for 1802 s .*for a minute.*--sign/),
    ]);
  });

  test('has no such time with a DS from the first instant, in a zone that is not secure, or where nothing answers', () => {
    expect(warned(secure, [www], true)).toEqual([]);
    expect(warned(insecure('no DS above'))).toEqual([]);
    expect(warned(null)).toEqual([]);
    expect(warned(secure, [])).toEqual([]);
  });
});

describe('signing is refused', () => {
  const rows: readonly [string, CutSurvey['security'], Partial<DelegateOptions>, RegExp][] = [
    ['at a host that does not sign', securityWith(secure), dynChild(), /does not sign zones/],
    [
      'below a zone that is not secure',
      securityWith(insecure('no DS above')),
      {},
      /prove nothing.*no DS above/,
    ],
    ['below a zone that is bogus', securityWith(bogus('bad signature')), {}, /prove nothing.*bad signature/],
  ];
  test.each(rows)('%s', (_where, security, options, says) => {
    expect(() => newCut(security, { sign: true, ...options })).toThrow(says);
  });

  function dynChild(): Partial<DelegateOptions> {
    return { child: { id: 'dyn', label: 'Dyn (me)', capabilities: dynCapabilities } };
  }
});

describe('a delegation is refused, and says how it is mended', () => {
  const rows: readonly [string, readonly KeyView[], RegExp][] = [
    ['when DS stand and nobody serves the name', [], /no server shows keys/],
    ['when DS stand and the child has no keys', [keyView([])], /serve no keys/],
    ['when DS stand for other keys', [keyView([newKey()])], /none of the keys/],
  ];
  test.each(rows)('%s', (_when, keys, says) => {
    const survey = surveyWith(keys.length === 0 ? [ds] : [ns, ds], {
      child,
      security: { ...securityWith(secure, keys), signings: [] },
    });
    let thrown: unknown;
    try {
      planDelegate(survey, optionsWith(atRoute53));
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({
      code: 'ZC_PLAN_REFUSED',
      message: expect.stringMatching(says),
      hint: expect.stringContaining(`zonecut unsign ${cut}`),
    });
  });
});

describe('the way back', () => {
  const survey = surveyWith([ns, ds], {
    child,
    holder: cut,
    security: securityWith(secure, [keyView([key])]),
  });
  const hosts = { run: 'k7m2q9xw', madeBy: '0.0.0', child: { id: 'route53', label: 'Route 53 (me)' } };
  const parent = optionsWith(atRoute53).parent;

  test('of a delegation takes DS first, and NS, keys and zone when no cache holds it', () => {
    const plan = planUndelegate(survey, {
      ...hosts,
      parent,
      zone: 'delete',
      names: 'let-go',
      childViews: [],
    });
    expect(kindsOf(plan.steps)).toEqual([
      'change-ds',
      'prove-ds',
      'wait-out',
      'change-delegation',
      'prove-parent',
      'wait-out',
      'change-delegation',
      'prove-parent',
      'wait-out',
      'unsign-zone',
      'delete-zone',
    ]);
    const changes = plan.steps.flatMap(({ action }) =>
      action.do === 'change-delegation' ? [[action.from?.ttl, action.to?.ttl]] : [],
    );
    // A validator that remembers the cut when it is gone refuses what the child says.
    expect(changes).toEqual([
      [1800, 0],
      [0, undefined],
    ]);
    expect(plan.observed.parentKept).toBe(0);
  });

  test('of signing takes DS first, and the keys when no cache holds them, nor keys that they proved', () => {
    const { steps } = planUnsign(survey, { ...hosts, parent });
    expect(kindsOf(steps)).toEqual(['change-ds', 'prove-ds', 'wait-out', 'prove-chain', 'unsign-zone']);
    const wait = steps.find(({ action }) => action.do === 'wait-out')?.action;
    expect(wait?.do === 'wait-out' ? wait.bounds.map(({ seconds }) => seconds) : []).toEqual([
      7200,
      7200 + 900,
    ]);
  });

  test('waits as long as the longest TTL with which any server gives the DS', () => {
    const answer = { kind: 'answer', rrset: { ...ds, ttl: 86_400 }, authoritative: true } as const;
    const late = { ...survey, security: { ...survey.security, ds: [viewOf(answer)] } };
    const { steps } = planUnsign(late, { ...hosts, parent });
    const wait = steps.find(({ action }) => action.do === 'wait-out')?.action;
    expect(wait?.do === 'wait-out' ? wait.bounds.map(({ seconds }) => seconds) : []).toEqual([
      86_400,
      86_400 + 900,
    ]);
  });

  test('takes DS by hand where the host takes none', () => {
    const { steps } = planUnsign(survey, { ...hosts, parent: optionsWith().parent });
    expect(steps[0]?.action).toMatchObject({ do: 'manual', goal: { cut, ds: null } });
  });

  test('is refused when there is nothing to take away', () => {
    const plain = surveyWith([ns], { child, security: securityWith(secure) });
    expect(() => planUnsign(plain, { ...hosts, parent })).toThrow(/has no DS records/);
  });
});

describe('servers that serve the secure parent too', () => {
  const atDyn = { id: 'dyn', label: 'Dyn (me)', capabilities: dynCapabilities };
  const both = { parent: atDyn, child: atDyn };
  const user = rrsetOf(cut, 'A', 300, '192.0.2.7');

  test('get no new zone over names that answer', () => {
    const make = (rrsets: readonly RRset[], parent: Security): unknown =>
      planDelegate(surveyWith(rrsets, { security: securityWith(parent) }), optionsWith(both));
    expect(() => make([user], secure)).toThrow(/validating resolvers would refuse 1 RRsets/);
    expect(make([], secure)).toBeDefined();
    expect(make([user], insecure('no DS'))).toBeDefined();
  });

  test('lose no cut whose names are carried back', () => {
    const shared = rrsetOf(cut, 'NS', 300, 'ns1.host.net.', 'ns2.host.net.');
    const take = (parent: Security, names: 'carry-back' | 'let-go'): unknown =>
      planUndelegate(surveyWith([shared], { holder: cut, security: securityWith(parent) }), {
        ...{ run: 'k7m2q9xw', madeBy: '0.0.0', parent: atDyn, child: null, zone: 'keep', childViews: [] },
        names,
      });
    expect(() => take(secure, 'carry-back')).toThrow(/answer from that zone until it is deleted/);
    expect(take(secure, 'let-go')).toBeDefined();
    expect(take(insecure('no DS'), 'carry-back')).toBeDefined();
  });

  test('lose no cut whose names are carried back, whatever the servers are called that serve both', () => {
    const plain = surveyWith([ns], { holder: cut, security: securityWith(secure) });
    const views = [viewOf({ kind: 'answer', rrset: ns, authoritative: true })];
    const survey = { ...plain, parent: { ...plain.parent, views } };
    expect(() =>
      planUndelegate(survey, {
        ...{ run: 'k7m2q9xw', madeBy: '0.0.0', parent: atDyn, child: null, zone: 'keep', childViews: [] },
      }),
    ).toThrow(/ns1\.host\.net\. serve .* answer from that zone until it is deleted/);
  });
});

describe('a move of a signed cut', () => {
  const old = zoneAt('dyn', 'staging.example.com', cut, serversOf('a'));
  const www = rrsetOf(cut, 'MX', 300, '10 mail.example.com.');
  const survey = surveyWith([ns, ds], {
    old: { zones: [old], snapshots: [snapshotOf(old, ns, www)] },
    holder: cut,
    security: securityWith(secure, [keyView([key])]),
  });
  const dyn = { id: 'dyn', label: 'Dyn (me)', capabilities: dynCapabilities };
  const route53 = optionsWith().child;
  const base = { run: 'k7m2q9xw', madeBy: '0.0.0', parent: optionsWith(atRoute53).parent, old: dyn };
  const rest = { ...base, oldZone: 'delete', childZoneId: null, childViews: [] } as const;

  test('goes insecure first, and is secure again when nobody knows the old servers', () => {
    const plan = planMove(survey, { ...rest, child: route53 });
    checkRails(plan);
    const ids = plan.steps.map(({ id }) => id);
    const order = ['sign-zone', 'prove-signed', 'remove-ds', 'prove-no-ds', 'delegate-both', 'delegate-new'];
    const late = ['wait-out', 'prove-keys', 'publish-ds', 'prove-ds', 'prove-chain', 'delete-old'];
    const places = [...order, ...late].map(id => ids.indexOf(id));
    expect(places).not.toContain(-1);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    const wait = plan.steps.find(({ id }) => id === 'wait-ds')?.action;
    expect(wait?.do === 'wait-out' ? wait.bounds.map(({ seconds }) => seconds) : []).toEqual([
      7200,
      7200 + 900,
    ]);
    expect(plan.remarks[0]?.text).toMatch(/goes insecure before it moves, and is secure again/);
  });

  test('gets DS with the TTL of the old ones, and is secure again at a host that signs by its own configuration', () => {
    const made = zoneAt('rfc2136', 'ZA', cut, serversOf('c'));
    const bind = { id: 'rfc2136', label: 'BIND', capabilities: rfc2136Capabilities };
    const there = { ...survey, child: { zones: [made], snapshots: [snapshotOf(made)] } };
    const plan = planMove(there, { ...rest, child: bind });
    expect(kindsOf(plan.steps)).not.toContain('sign-zone');
    expect(plan.steps.find(({ id }) => id === 'publish-ds')?.action).toMatchObject({ to: { ttl: 7200 } });
    expect(plan.remarks[0]?.text).toMatch(/is secure again with the keys of BIND/);
  });

  test("loses its DS before the parent's own servers answer from a new zone", () => {
    const parent = { ...base.parent, capabilities: { ...route53Capabilities, sharesServers: true } };
    const child = { ...route53, capabilities: parent.capabilities };
    const ids = planMove(survey, { ...rest, parent, child }).steps.map(({ id }) => id);
    expect(ids.indexOf('wait-ds')).toBeLessThan(ids.indexOf('create-zone'));
    expect(ids.filter(id => id === 'remove-ds')).toHaveLength(1);
  });

  test("gets its DS when the parent's own servers answer from the old zone no more", () => {
    const views = [viewOf({ kind: 'answer', rrset: ns, authoritative: true })];
    const shared = { ...survey, parent: { ...survey.parent, views } };
    const ids = planMove(shared, { ...rest, child: route53 }).steps.map(({ id }) => id);
    expect(ids.indexOf('publish-ds')).toBeGreaterThan(ids.indexOf('delete-old'));
    const kept = planMove(shared, { ...rest, oldZone: 'keep', child: route53 });
    expect(kept.steps.map(({ id }) => id)).not.toContain('publish-ds');
    expect(kept.remarks[0]?.text).toMatch(/stays so, since .* zone that is kept at Dyn/);
  });

  test('stays insecure at a host that does not sign', () => {
    const plan = planMove(survey, { ...rest, child: { ...dyn, id: 'other', label: 'Other' } });
    const kinds = kindsOf(plan.steps);
    expect(kinds.filter(kind => kind === 'change-ds').length).toBe(1);
    expect(kinds).not.toContain('sign-zone');
    expect(plan.remarks[0]?.text).toMatch(/stays so, since Other does not sign/);
  });
});

describe('a zone that a person has to make', () => {
  const old = zoneAt('dyn', 'staging.example.com', cut, serversOf('a'));
  const survey = surveyWith([ns], { old: { zones: [old], snapshots: [snapshotOf(old, ns)] }, holder: cut });
  const dyn = { id: 'dyn', label: 'Dyn (me)', capabilities: dynCapabilities };
  const bind = { id: 'rfc2136', label: 'BIND', capabilities: rfc2136Capabilities };
  const hosts = { run: 'k7m2q9xw', madeBy: '0.0.0', parent: optionsWith(atRoute53).parent, old: dyn };
  const plan = planMove(survey, {
    ...hosts,
    child: bind,
    oldZone: 'keep',
    childZoneId: null,
    childViews: [],
  });

  test('comes first, with the lines to type, and does not name the old servers', () => {
    const [first] = plan.steps;
    expect(first?.action).toMatchObject({
      do: 'zone-by-hand',
      foreign: serversOf('a'),
      instructions: expect.arrayContaining([expect.stringContaining(`rndc addzone ${cut.slice(0, -1)} `)]),
    });
    checkRails(plan);
  });

  test('is the one of the cut', () => {
    const other = rrsetOf('www.example.com.', 'A', 300, '192.0.2.1').owner;
    const steps = plan.steps.map(step =>
      step.action.do === 'zone-by-hand' ? { ...step, action: { ...step.action, apex: other } } : step,
    );
    expect(() => checkRails({ ...plan, steps })).toThrow(/has somebody make the zone www/);
  });

  test('is refused where nobody can make it', () => {
    const nobody = { ...bind, capabilities: { ...rfc2136Capabilities, zoneByHand: [] } };
    expect(() => planDelegate(surveyWith([]), optionsWith({ child: nobody }))).toThrow(/cannot create zones/);
  });
});

describe('locks', () => {
  test('come when the rows are proven', () => {
    const plan = newCut(securityWith(secure), { sign: true, protect: 'lock' });
    const kinds = kindsOf(plan.steps);
    expect(kinds.filter(kind => kind === 'protect').length).toBe(2);
    expect(kinds.indexOf('protect')).toBe(kinds.indexOf('prove-parent') + 1);
    expect(kinds.lastIndexOf('protect')).toBe(kinds.indexOf('prove-ds') + 1);
  });

  test('are refused where the host has none', () => {
    const survey = surveyWith([], { security: securityWith(null) });
    expect(() => planDelegate(survey, optionsWith({ protect: 'lock' }))).toThrow(/locks no records/);
  });

  test('are lifted before what they lock changes, and others stay', () => {
    const locked = surveyWith([ns, ds], {
      child,
      holder: cut,
      security: securityWith(secure, [keyView([key])]),
    });
    const locks = [
      { owner: cut, type: 'NS' },
      { owner: cut, type: 'DS' },
      { owner: locked.parent.snapshot.zone.apex, type: 'NS' },
    ];
    const survey = { ...locked, parent: { ...locked.parent, locks } };
    const hosts = { run: 'k7m2q9xw', madeBy: '0.0.0', parent: optionsWith(atRoute53).parent };
    const back = planUndelegate(survey, { ...hosts, child: null, zone: 'keep', childViews: [] });
    const unsigned = planUnsign(survey, { ...hosts, child: null });
    for (const { steps } of [back, unsigned]) {
      expect(steps[0]?.action).toMatchObject({ do: 'unprotect', rrsets: locks.slice(0, 2) });
    }
  });
});
