import { describe, expect, test } from 'vitest';
import { planDelegate } from '../../src/plan/delegate.ts';
import { digestOf } from '../../src/plan/digest.ts';
import { parsePlanFile, printPlanFile } from '../../src/plan/file.ts';
import { optionsWith, surveyWith } from './surveys.ts';

const plan = planDelegate(surveyWith([]), optionsWith());
const text = printPlanFile(plan);

test('a plan comes out of its file as it went in', () => {
  expect(parsePlanFile(text, 'plan.json')).toEqual(plan);
});

test('the digest does not depend on the order of members, nor on layout', () => {
  const reversed = Object.fromEntries(Object.entries(plan).reverse());
  expect(digestOf({ ...plan, ...reversed })).toBe(digestOf(plan));
  const packed = JSON.stringify(JSON.parse(text));
  expect(parsePlanFile(packed, 'plan.json')).toEqual(plan);
});

describe('a file is refused', () => {
  const rows: readonly [string, string, RegExp][] = [
    ['that is not JSON', 'delegate', /plan\.json is not JSON/],
    ['that is empty', '', /is not JSON/],
    ['that is other JSON', '[1]', /no plan of zonecut/],
    [
      'of another version',
      text.replace('zonecut/plan/v1', 'zonecut/plan/v2'),
      /zonecut\/plan\/v2.*reads zonecut\/plan\/v1/,
    ],
    ['without its digest', text.replace(/"digest": "sha256:[0-9a-f]+",/, ''), /was edited/],
    ['with another name server', text.replaceAll('namecheap', 'dyn'), /was edited/],
    ['with a member more', text.replace('"schema"', '"extra": 1, "schema"'), /was edited/],
  ];
  test.each(rows)('%s', (_what, edited, says) => {
    let caught: unknown = null;
    try {
      parsePlanFile(edited, 'plan.json');
    } catch (error) {
      caught = error;
    }
    expect(caught).toMatchObject({
      code: 'ZC_PLAN_FILE',
      message: expect.stringMatching(says),
      hint: expect.any(String),
    });
  });

  test('in which any one digit was changed', () => {
    const digits = [...text.matchAll(/\d/g)].map(match => match.index);
    for (const at of digits.filter((_, index) => index % 7 === 0)) {
      const digit = (Number(text[at]) + 1) % 10;
      expect(() => parsePlanFile(text.slice(0, at) + digit + text.slice(at + 1), 'plan.json')).toThrow(
        /plan/,
      );
    }
  });
});
