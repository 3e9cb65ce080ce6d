import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseName } from '../../src/dns/name.ts';
import { groupRecords } from '../../src/dns/rrset.ts';
import { zoneTextOf } from '../../src/dns/text.ts';
import { parseZoneFile } from '../../src/dns/zonefile.ts';
import { maxEntryCharacters } from '../../src/dns/zonefile-entries.ts';
import {
  maxIncludedFiles,
  type ZoneFileItem,
  type ZoneFileOptions,
  ZoneFileReader,
} from '../../src/dns/zonefile-stream.ts';
import { Dice } from './generate.ts';
import { randomZoneText } from './generate-zone.ts';

const origin = parseName('example.');
const included = '$ORIGIN sub\na 60 A 192.0.2.1\n  TXT ( "b"\n "c" )\n$TTL 7\nd TXT )\n';

function itemsOf(
  pieces: readonly (string | Uint8Array)[],
  options: Partial<ZoneFileOptions> = {},
): readonly ZoneFileItem[] {
  const reader = new ZoneFileReader({ origin, ...options });
  return [...pieces.flatMap(piece => [...reader.push(piece)]), ...reader.end()];
}

/** `text` parted at `cuts`. */
function parted<T extends string | Uint8Array>(text: T, cuts: readonly number[]): T[] {
  const at = [...new Set(cuts.map(cut => cut % (text.length + 1)))].sort((a, b) => a - b);
  return [...at, text.length].map((end, index) => text.slice(at[index - 1] ?? 0, end) as T);
}

const cuts = fc.array(fc.nat(), { maxLength: 40 });
const words = [
  'a',
  ' ',
  '\n',
  '(',
  ')',
  '"',
  ';',
  '\\',
  '\\"',
  '\r\n',
  '\t',
  ' TXT ',
  'x 5 TXT ',
  '$TTL 5\n',
  'é',
];
const texts = fc.oneof(
  fc.integer().map(seed => randomZoneText(new Dice(seed))),
  fc.array(fc.constantFrom(...words), { maxLength: 60 }).map(list => list.join('')),
  fc.string({ unit: 'binary', maxLength: 60 }),
);

describe('a zone file that comes in pieces', () => {
  test('gives the same for any parting, of included files too', () => {
    fc.assert(
      fc.property(texts, cuts, cuts, (text, first, second) => {
        const whole = itemsOf([text], { include: () => included });
        const pieces = parted(text, first);
        const include = (): Iterable<string> => parted(included, second);
        expect(itemsOf(pieces, { include })).toEqual(whole);
      }),
      { numRuns: 300 },
    );
  });

  test('gives what parseZoneFile gives', () => {
    fc.assert(
      fc.property(texts, cuts, (text, at) => {
        const options = { include: (): string => included };
        const items = itemsOf(parted(text, at), options);
        const whole = parseZoneFile(text, { origin, ...options });
        expect(groupRecords(items.filter(item => item.kind === 'record'))).toEqual(whole.rrsets);
        expect(items.flatMap(({ kind, ...rest }) => (kind === 'problem' ? [rest] : []))).toEqual(
          whole.problems.filter(problem => problem.severity === 'error'),
        );
      }),
      { numRuns: 300 },
    );
  });

  test('gives the same of octets, wherever they are parted', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), texts, cuts, (noise, text, at) => {
        const octets = Uint8Array.of(...new TextEncoder().encode(text), ...noise);
        expect(itemsOf(parted(octets, at))).toEqual(itemsOf([zoneTextOf(octets)]));
      }),
      { numRuns: 300 },
    );
  });

  test('gives each record as soon as its last character is there', () => {
    const reader = new ZoneFileReader({ origin, defaultTtl: 5 });
    expect([...reader.push('a A 192.0.2.1\nb TXT ( x ; ')].map(({ line }) => line)).toEqual([1]);
    expect([...reader.push('note\n')]).toEqual([]);
    expect([...reader.push(' y )\n')]).toMatchObject([
      { kind: 'record', owner: 'b.example.', class: 'IN', ttl: 5, data: '"x" "y"', line: 2, column: 1 },
    ]);
    expect([...reader.push('c A 192.0.2.1')]).toEqual([]);
    expect([...reader.end()]).toMatchObject([{ owner: 'c.example.', line: 4 }]);
    expect(reader.next()).toBeNull();
  });

  test('keeps what is not taken for the next call', () => {
    const reader = new ZoneFileReader({ origin, defaultTtl: 5 });
    reader.push('a A 192.0.2.1\nb A 192.0.2.1\n');
    expect(reader.next()).toMatchObject({ owner: 'a.example.' });
    reader.push('c A 192.0.2.1\n');
    expect([...reader.end()].map(({ line }) => line)).toEqual([2, 3]);
  });

  test.each([
    ['characters', ['\ufeff', 'a 5 A 192.0.2.1']],
    ['octets', [Uint8Array.of(0xef), Uint8Array.of(0xbb), Uint8Array.of(0xbf), 'a 5 A 192.0.2.1']],
  ])('may begin with a byte order mark of %s', (_, pieces) => {
    expect(itemsOf(pieces)).toMatchObject([{ kind: 'record', owner: 'a.example.', column: 1 }]);
  });

  test('names file, line and column of a problem in an included file', () => {
    const items = itemsOf(['a 5 A 192.0.2.1\n$INCLUDE x\n'], { file: 'top', include: () => included });
    expect(items.filter(item => item.kind === 'problem')).toMatchObject([{ file: 'x', line: 6, column: 7 }]);
  });
});

describe('what is held', () => {
  const most = maxEntryCharacters;
  test.each([
    ['a word', 'x'.repeat(most + 1), 'a record of more than'],
    ['a string', `"${'x'.repeat(most)}`, 'a record of more than'],
    ['words in a parenthesis', `( ${'x yz\n'.repeat(most / 5 + 2)}`, 'a parenthesis is not closed within'],
  ])('%s ends at a length', (_, long, message) => {
    const text = `a 5 TXT ${long}\nlast 5 TXT x\n`;
    const whole = itemsOf([text]);
    expect(whole[0]).toMatchObject({
      kind: 'problem',
      line: 1,
      column: 9,
      message: `${message} ${most} characters`,
    });
    expect(whole.at(-1)).toMatchObject({ kind: 'record', owner: 'last.example.' });
    const ends = Array.from({ length: 40 }, (_, at) => Math.floor((at * text.length) / 39));
    expect(itemsOf(parted(text, ends))).toEqual(whole);
  });

  test('blanks and comments do not count', () => {
    const text = `a 5 TXT (${' '.repeat(maxEntryCharacters)};${'x'.repeat(maxEntryCharacters)}\n b )\n`;
    expect(itemsOf([text])).toMatchObject([{ kind: 'record', data: '"b"' }]);
  });

  test('a file that includes itself often ends at a number of files', () => {
    const items = itemsOf(['$INCLUDE x\n'], { include: () => '$INCLUDE x\n'.repeat(3) });
    expect(
      items.some(item => item.kind === 'problem' && item.message.includes(`${maxIncludedFiles} files`)),
    ).toBe(true);
    expect(items.length).toBeLessThan(4 * maxIncludedFiles);
  });

  test('all $GENERATE together end at a number of records', () => {
    const lines = '$GENERATE 1-3 h$ 5 A 192.0.2.$\n'.repeat(2);
    const items = itemsOf([lines, 'last 5 TXT x'], { maxGenerated: 4 });
    expect(items.map(({ kind, line }) => `${kind} ${line}`)).toEqual([
      'record 1',
      'record 1',
      'record 1',
      'record 2',
      'problem 2',
      'record 3',
    ]);
  });
});
