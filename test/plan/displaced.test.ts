import { describe, expect, test } from 'vitest';
import { type RRset, rrsetOf } from '../../src/dns/rrset.ts';
import { planDelegate } from '../../src/plan/delegate.ts';
import type { DelegateOptions } from '../../src/plan/delegate-options.ts';
import { checkRails } from '../../src/plan/rails.ts';
import { cloudflareCapabilities } from '../../src/providers/cloudflare/capabilities.ts';
import { cut, optionsWith, surveyWith } from './surveys.ts';

const parent = { id: 'cloudflare', label: 'Cloudflare', capabilities: cloudflareCapabilities };
const a = rrsetOf(cut, 'A', 300, '192.0.2.1');
const txt = rrsetOf(cut, 'TXT', 300, '"here"');
const api = rrsetOf(`api.${cut}`, 'A', 300, '192.0.2.7');

function planOf(rrsets: readonly RRset[], options: Partial<DelegateOptions> = {}) {
  const plan = planDelegate(surveyWith(rrsets), optionsWith({ parent, ...options }));
  checkRails(plan);
  return plan;
}

const gone = (rrset: RRset) => ({ owner: rrset.owner, type: rrset.type, from: rrset, to: null });

describe('at a host that holds nothing beside NS', () => {
  test('what is at the cut goes in the instant in which the NS come, and what is below stays', () => {
    const plan = planOf([a, txt, api]);
    const step = plan.steps.find(({ id }) => id === 'delegate');
    expect(step?.title).toMatch(/at Cloudflare in the place of 2 RRsets$/);
    expect(step?.action).toMatchObject({ do: 'change-delegation', beside: [gone(a), gone(txt)] });
    // The child has all of it before.
    const copied = plan.steps.findIndex(
      ({ action }) => action.do === 'create-zone' || action.do === 'change-rrsets',
    );
    expect(copied).toBeLessThan(plan.steps.findIndex(({ id }) => id === 'delegate'));
    expect(plan.observed.occluded).toEqual([a, txt, api]);
    expect(plan.observed.parentKept).toBe(planOf([api]).observed.parentKept);
  });

  test('hidden rows are removed once, where they are to be removed', () => {
    const plan = planOf([a, api], { hiddenRows: 'remove' });
    const step = plan.steps.find(({ id }) => id === 'remove-hidden');
    expect(step?.action).toMatchObject({ changes: [gone(api)] });
    expect(planOf([a], { hiddenRows: 'remove' }).steps.some(({ id }) => id === 'remove-hidden')).toBe(false);
  });

  test('nothing is deleted that was only to be hidden', () => {
    expect(() => planOf([a, api], { hidden: 'hide' })).toThrow(
      /Cloudflare holds nothing beside NS: A of .* would be deleted and not only hidden/,
    );
    expect(planOf([api], { hidden: 'hide' })).toBeDefined();
  });

  test('a row at the cut that zonecut leaves alone is a refusal, also with --hide', () => {
    const survey = surveyWith([]);
    const otherRows = [{ owner: cut, text: '1 A 192.0.2.1 (proxied)' }];
    const snapshot = { ...survey.parent.snapshot, otherRows };
    const proxied = { ...survey, parent: { ...survey.parent, snapshot } };
    for (const hidden of ['copy', 'hide'] as const) {
      expect(() => planDelegate(proxied, optionsWith({ parent, hidden }))).toThrow(
        /has a row that zonecut leaves alone \(1 A 192\.0\.2\.1 \(proxied\)\), and Cloudflare holds nothing/,
      );
    }
  });

  test('nothing goes elsewhere, and no plan of somebody else removes what it does not list', () => {
    const plan = planDelegate(surveyWith([a]), optionsWith());
    expect(plan.steps.find(({ id }) => id === 'delegate')?.action).toMatchObject({ beside: [] });
    const good = planOf([a]);
    expect(() => checkRails({ ...good, observed: { ...good.observed, occluded: [] } })).toThrow(
      /writes staging\.example\.com\. A, which is no glue/,
    );
  });
});
