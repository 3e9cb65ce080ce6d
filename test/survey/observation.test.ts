import { expect, test } from 'vitest';
import { parseName } from '../../src/dns/name.ts';
import type { Observation } from '../../src/survey/facts.ts';
import { answerIn, rrsetsIn } from '../../src/survey/observation.ts';

const cut = parseName('staging.example.com');

function unasked(why: string): Observation {
  const server = { name: null, address: '192.0.2.1' };
  return { server, question: { name: cut, type: 'NS' }, exchange: { kind: 'not-asked', why }, packets: 0 };
}

test('what an observation says is read once, and of each its own', () => {
  const [one, other] = [unasked('one'), unasked('other')];
  expect(answerIn(one)).toEqual({ kind: 'silent', why: 'one' });
  expect(answerIn(other)).toEqual({ kind: 'silent', why: 'other' });
  expect(answerIn(one)).toBe(answerIn(one));
  expect(rrsetsIn(one)).toBe(rrsetsIn(one));
});
