import { describe, expect, it } from 'vitest';
import { parseName } from '../../src/dns/name.ts';
import { defaultLimits } from '../../src/resolver/limits.ts';
import {
  advance,
  afterMinimised,
  enterZone,
  giveUp,
  type Minimiser,
  nextQuestion,
} from '../../src/resolver/minimiser.ts';

describe('the minimiser', () => {
  it('shows one label at a time for four steps, then enough to end in ten', () => {
    const labels = Array.from({ length: 60 }, (_, at) => `l${at}`);
    const wanted = { name: parseName(`${labels.join('.')}.com`), type: 'TXT' };
    let minimiser = enterZone(parseName('com'), null, true);
    const shown: number[] = [];
    for (;;) {
      const question = nextQuestion(minimiser, wanted, defaultLimits);
      shown.push(question.name.split('.').length - 1);
      if (question === wanted) {
        break;
      }
      expect(question.type).toBe('A');
      minimiser = advance(minimiser, question.name);
    }
    expect(shown).toEqual([2, 3, 4, 5, 15, 25, 34, 43, 52, 61]);
  });

  it('asks the whole question when one label is left, or none', () => {
    const wanted = { name: parseName('www.example.com'), type: 'MX' };
    expect(nextQuestion(enterZone(parseName('example.com'), null, true), wanted, defaultLimits)).toBe(wanted);
    expect(nextQuestion(enterZone(wanted.name, null, true), wanted, defaultLimits)).toBe(wanted);
    expect(nextQuestion(enterZone(parseName('com'), null, true), wanted, defaultLimits).name).toBe(
      'example.com.',
    );
  });

  it('asks the whole question when it is off, has given up or stumbled three times', () => {
    const wanted = { name: parseName('a.b.example.com'), type: 'A' };
    const start = enterZone(parseName('com'), null, true);
    expect(nextQuestion(enterZone(parseName('com'), null, false), wanted, defaultLimits)).toBe(wanted);
    expect(nextQuestion(giveUp(start), wanted, defaultLimits)).toBe(wanted);
    const context = { limits: defaultLimits, stopAtAbsence: false };
    const stumble = (before: Minimiser): Minimiser =>
      afterMinimised(before, wanted.name, { kind: 'refused' }, context).minimiser;
    const twice = stumble(stumble(start));
    expect(nextQuestion(twice, wanted, defaultLimits)).not.toBe(wanted);
    expect(nextQuestion(stumble(twice), wanted, defaultLimits)).toBe(wanted);
  });
});
