import { describe, expect, test } from 'vitest';
import type { Message } from '../../src/dns/message.ts';
import { decodeMessage } from '../../src/dns/wire.ts';
import { paddedQuery, paddedResponse } from '../../src/world/padding.ts';
import { answerTo, queryFor } from './sockets.ts';

/** How many octets of padding are in a message; null without the option. */
function paddingOf(octets: Uint8Array): number | null {
  const option = decodeMessage(octets).edns?.options.find(({ code }) => code === 12);
  return option === undefined ? null : option.data.length;
}

const plain = queryFor('a.test');
const padded: Message = decodeMessage(paddedQuery(plain));

describe('paddedQuery', () => {
  test.each(['a.test', 'b'.repeat(60), `${'c'.repeat(60)}.${'d'.repeat(60)}`])(
    'fills %s up to a block',
    name => {
      const octets = paddedQuery(queryFor(name));
      expect(octets.length % 128).toBe(0);
      expect(paddingOf(octets)).toBeLessThan(128);
    },
  );

  test('keeps other options, puts padding last and only once', () => {
    const { edns } = plain;
    const cookie = { code: 10, data: new Uint8Array(8) };
    const old = { code: 12, data: new Uint8Array(300) };
    const query = { ...plain, edns: edns === null ? null : { ...edns, options: [old, cookie] } };
    const octets = paddedQuery(query);
    expect(octets.length).toBe(128);
    expect(decodeMessage(octets).edns?.options.map(({ code }) => code)).toEqual([10, 12]);
  });

  test('adds nothing without EDNS', () => {
    expect(paddedQuery({ ...plain, edns: null }).length).toBeLessThan(30);
  });
});

describe('paddedResponse', () => {
  const cases: readonly (readonly [string, Message, Message, number, number | null])[] = [
    ['a padded query', padded, answerTo(padded), 468, 413],
    ['a padded query, at length', padded, answerTo(padded, 40), 936, 257],
    ['a query with EDNS and no padding', plain, answerTo(plain), 51, null],
    ['a query without EDNS', { ...plain, edns: null }, answerTo({ ...plain, edns: null }), 40, null],
  ];
  test.each(cases)('to %s', (_, query, response, octets, padding) => {
    const made = paddedResponse(query, response);
    expect([made.length, paddingOf(made)]).toEqual([octets, padding]);
  });

  test('leaves a response alone that has no room for it', () => {
    const large = answerTo(padded, 254);
    const records = Array.from({ length: 16 }, () => large.answer).flat();
    const made = paddedResponse(padded, { ...large, answer: records });
    expect(made.length).toBeLessThanOrEqual(65535);
  });
});
