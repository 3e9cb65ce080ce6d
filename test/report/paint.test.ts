import { describe, expect, test } from 'vitest';
import { parseDuration } from '../../src/cli/commands/duration.ts';
import { countText, durationText, tableText } from '../../src/report/paint.ts';

describe('a duration in words', () => {
  const rows: readonly [number, string][] = [
    [-1, '0 s'],
    [0, '0 s'],
    [0.2, '1 s'],
    [59, '59 s'],
    [59.5, '1 min 00 s'],
    [61, '1 min 01 s'],
    [3599, '59 min 59 s'],
    [3600, '1 h 00 min'],
    [86_399, '23 h 59 min'],
    [86_400, '1 d 00 h'],
    [172_800, '2 d 00 h'],
  ];
  test.each(rows)('%d s is %s', (seconds, text) => {
    expect(durationText(seconds)).toBe(text);
  });
});

describe('a duration that a user types', () => {
  const rows: readonly [string, number][] = [
    ['90', 90],
    ['90s', 90],
    ['15m', 900],
    ['2h', 7200],
    ['1d', 86_400],
  ];
  test.each(rows)('%s is %i s', (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds);
  });
  test.each(['', 's', '1w', '-1s', '1.5h', '1 s', '1h30m', '9999999999'])('"%s" is none', text => {
    expect(() => parseDuration(text)).toThrow(/is no duration/);
  });
});

test('a count has its noun', () => {
  expect([0, 1, 2].map(count => countText(count, 'record'))).toEqual(['0 records', '1 record', '2 records']);
});

describe('a table', () => {
  test('has its columns below each other and no blanks at the ends', () => {
    expect(
      tableText(
        [
          ['a', 'bbb', 'c'],
          ['aa', '', 'c'],
          ['a', 'b', ''],
        ],
        ' ',
      ),
    ).toBe(' a   bbb  c\n aa       c\n a   b\n');
  });
  test('does not count the sequences of colours', () => {
    expect(
      tableText([
        ['\u001b[32ma\u001b[39m', 'x'],
        ['aa', 'x'],
      ]),
    ).toBe('\u001b[32ma\u001b[39m   x\naa  x\n');
  });
  test('of no rows is nothing', () => {
    expect(tableText([])).toBe('');
  });
});
