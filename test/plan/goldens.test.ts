import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { parseName } from '../../src/dns/name.ts';
import { isType, type RRset, rrsetOf } from '../../src/dns/rrset.ts';
import { planAdopt } from '../../src/plan/adopt.ts';
import { planDelegate } from '../../src/plan/delegate.ts';
import { parsePlanFile, printPlanFile } from '../../src/plan/file.ts';
import { planMove } from '../../src/plan/move.ts';
import type { Action, Plan } from '../../src/plan/plan.ts';
import { misfitOf, planJsonSchema } from '../../src/plan/schema.ts';
import { planUndelegate } from '../../src/plan/undelegate.ts';
import { type Back, delegationOf, undelegationOf } from '../../src/plan/undo.ts';
import { dynCapabilities } from '../../src/providers/dyn/capabilities.ts';
import { rfc2136Capabilities } from '../../src/providers/rfc2136/capabilities.ts';
import { route53Capabilities } from '../../src/providers/route53/capabilities.ts';
import { plainPaint } from '../../src/report/paint.ts';
import { planText } from '../../src/report/plan-text.ts';
import { secure } from '../../src/resolver/security.ts';
import { cut, optionsWith, serversOf, snapshotOf, surveyWith, viewOf, zoneAt } from './surveys.ts';

// UPDATE_GOLDENS=1 npx vitest run test/plan/goldens.test.ts writes all of them anew, to be read in review.
const rewrites = process.env['UPDATE_GOLDENS'] === '1';
const folder = path.join(import.meta.dirname, 'goldens');
const schemaFile = path.join(import.meta.dirname, '../../schemas/plan-v1.json');

const www = rrsetOf(parseName('www.example.com'), 'A', 300, '192.0.2.1');
const api = rrsetOf(parseName('api.staging.example.com'), 'A', 300, '192.0.2.7');
const mail = rrsetOf(cut, 'MX', 600, '10 mx.example.com.');
const oldZone = zoneAt('dyn', 'staging.example.com', cut, serversOf('a'));
const newZone = zoneAt('route53', 'ZB', cut, serversOf('b'));
const ns = rrsetOf(cut, 'NS', 1800, ...serversOf('a'));
const ownNs = rrsetOf(cut, 'NS', 86_400, ...serversOf('a'));
const dyn = { id: 'dyn', label: 'Dyn (me)', capabilities: dynCapabilities };
const route53 = { id: 'route53', label: 'Route 53 (me)', capabilities: route53Capabilities };
const namecheap = optionsWith().parent;
const old = { zones: [oldZone], snapshots: [snapshotOf(oldZone, ownNs, api, mail)] };
const childViews = isType(ownNs, 'NS') ? [viewOf({ kind: 'answer', rrset: ownNs, authoritative: true })] : [];
const base = { run: 'k7m2q9xw', madeBy: '0.0.0', parent: namecheap };
const back: Back = { ...base, run: 'abcdefgh', child: dyn, childViews };

function delegation(): Plan {
  return planDelegate(surveyWith([www, api]), optionsWith({ hiddenRows: 'remove' }));
}

function undelegation(): Plan {
  const survey = surveyWith([www, ns], { child: old });
  return planUndelegate(survey, { ...base, child: dyn, zone: 'delete', childViews });
}

/** The plan that takes `plan`, done to its end, back. */
function undoing(plan: Plan): Plan {
  const started = new Set(plan.steps.map(step => step.id));
  if (plan.intent.kind === 'delegate') {
    const parent: readonly RRset[] = [www, rrsetOf(cut, 'NS', 1800, ...serversOf('b'))];
    const child = { zones: [newZone], snapshots: [snapshotOf(newZone, api)] };
    const survey = surveyWith(parent, { child });
    const done = { plan, started, created: newZone };
    return planUndelegate(
      survey,
      undelegationOf(done, survey, { ...back, child: route53, childViews: [] }, 'refuse'),
    );
  }
  const survey = surveyWith([www, api, mail]);
  return planDelegate(survey, delegationOf({ plan, started, created: null }, survey, back));
}

const plans: Readonly<Record<string, () => Plan>> = {
  delegate: delegation,
  'delegate-signed-by-hand': () => {
    const security = { parent: secure, ds: [], keys: [], signings: [] };
    return planDelegate(surveyWith([www], { security }), optionsWith({ sign: true }));
  },
  'delegate-signed': () => {
    const security = { parent: secure, ds: [], keys: [], signings: [] };
    return planDelegate(surveyWith([www], { security }), optionsWith({ sign: true, parent: route53 }));
  },
  'delegate-zone-by-hand': () =>
    planDelegate(
      surveyWith([www]),
      optionsWith({ child: { id: 'rfc2136', label: 'BIND', capabilities: rfc2136Capabilities } }),
    ),
  undelegate: undelegation,
  move: () =>
    planMove(surveyWith([www, ns], { old }), {
      ...base,
      child: route53,
      old: dyn,
      oldZone: 'delete',
      childZoneId: null,
      childViews,
    }),
  adopt: () => {
    const from = rrsetOf(cut, 'NS', 1800, ...serversOf('a').slice(0, 1), 'ns1.lame.net.');
    const adoption = planAdopt(surveyWith([www, from], { child: old }), {
      ...base,
      child: dyn,
      childZoneId: null,
      childViews,
    });
    if (adoption.plan === null) {
      throw new Error('a delegation to a lame server is to be mended');
    }
    return adoption.plan;
  },
  'undo-delegate': () => undoing(delegation()),
  'undo-undelegate': () => undoing(undelegation()),
};

/** The text of a golden, which is written first when goldens are rewritten. */
function golden(file: string, text: string): string {
  if (rewrites) {
    writeFileSync(file, text);
  }
  return readFileSync(file, 'utf8');
}

describe('a plan reads as it was reviewed', () => {
  test.each(Object.keys(plans))('%s', name => {
    const plan = plans[name]?.();
    if (plan === undefined) {
      throw new Error(`no plan ${name}`);
    }
    const [text, json] = [planText(plan, plainPaint), printPlanFile(plan)];
    expect(text).toBe(golden(path.join(folder, `${name}.txt`), text));
    expect(json).toBe(golden(path.join(folder, `${name}.json`), json));
  });
});

describe('the JSON Schema that is shipped', () => {
  const made = `${JSON.stringify(planJsonSchema(), null, 2)}\n`;
  const shipped = z.fromJSONSchema(JSON.parse(golden(schemaFile, made)));
  const files = readdirSync(folder).filter(file => file.endsWith('.json'));

  test('is what the code reads plan files by', () => {
    expect(readFileSync(schemaFile, 'utf8')).toBe(made);
  });

  test.each(files)('takes %s, and so does the reader of plan files', file => {
    const text = readFileSync(path.join(folder, file), 'utf8');
    expect(shipped.safeParse(JSON.parse(text)).error).toBeUndefined();
    expect(parsePlanFile(text, file).schema).toBe('zonecut/plan/v1');
  });

  test('refuses another member, a missing one, and an action that does not exist', () => {
    const text = readFileSync(path.join(folder, 'delegate.json'), 'utf8');
    const broken = [
      text.replace('"madeBy"', '"extra": 1, "madeBy"'),
      text.replace(/"madeBy": "[^"]*",/, ''),
      text.replace('"do": "prove-parent"', '"do": "trust-parent"'),
      text.replace('"ttl": 1800', '"ttl": -1'),
    ];
    for (const one of broken) {
      expect(one).not.toBe(text);
      expect(shipped.safeParse(JSON.parse(one)).success).toBe(false);
      expect(misfitOf(JSON.parse(one))).not.toBeNull();
    }
  });

  test('knows every kind of action', () => {
    // The compiler holds this list to the union; the schema is held to the list.
    const kinds: Readonly<Record<Action['do'], true>> = {
      'create-zone': true,
      'zone-by-hand': true,
      'change-rrsets': true,
      'prove-child': true,
      'change-apex-ns': true,
      'follow-edits': true,
      'change-delegation': true,
      'prove-parent': true,
      'prove-records': true,
      'wait-out': true,
      'prove-resolvers': true,
      'delete-zone': true,
      'sign-zone': true,
      'prove-signed': true,
      'change-ds': true,
      'prove-ds': true,
      'prove-chain': true,
      'unsign-zone': true,
      protect: true,
      unprotect: true,
      manual: true,
    };
    for (const kind of Object.keys(kinds)) {
      expect(made).toContain(`"${kind}"`);
    }
  });
});
