import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Name, parseName } from '../../src/dns/name.ts';
import { parseZoneFile } from '../../src/dns/zonefile.ts';
import { PlainLineReader } from '../../src/dns/zonefile-plain.ts';
import { type ZoneFileItem, ZoneFileReader } from '../../src/dns/zonefile-stream.ts';

const example = parseName('example.com');

function itemsOf(text: string, origin: Name, pieceLength = text.length): readonly ZoneFileItem[] {
  const reader = new ZoneFileReader({ origin, defaultTtl: 60, file: 'f' });
  const items: ZoneFileItem[] = [];
  for (let at = 0; at < text.length; at += pieceLength) {
    items.push(...reader.push(text.slice(at, at + pieceLength)));
  }
  return [...items, ...reader.end()];
}

/** The same text, so that no line is plain: each has a comment at its end. */
function commented(text: string): string {
  return text.replaceAll('\n', ';\n');
}

function isPlain(line: string): boolean {
  const scope = { origin: example, owner: example };
  return new PlainLineReader().read(`${line}\n`, 0, scope, { standard: 60, last: null }) !== null;
}

const label = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom('a', 'WWW', 'ns1', 'x-_*/', 'x'.repeat(63), 'in', 'ns', '5', '007'),
  },
  fc.constantFrom('', 'x'.repeat(64), 'a\\.b', '\\065', '@', 'ü', 'a;b', '$x', 'a(', '"a"'),
);
const name = fc.oneof(
  { weight: 8, arbitrary: fc.array(label, { minLength: 1, maxLength: 5 }).map(labels => labels.join('.')) },
  fc.constantFrom(
    '@',
    '.',
    'a.example.net.',
    `${'x'.repeat(63)}.`.repeat(3) + 'y'.repeat(61),
    '*.A.EXAMPLE.',
  ),
);
const hex = (digits: number) =>
  fc.constantFrom('aB'.repeat(digits / 2), '0'.repeat(digits - 1), 'z'.repeat(digits));
const data = fc.oneof(
  fc
    .tuple(fc.constantFrom('NS', 'ns', 'CNAME', 'Ptr', 'DNAME', 'MX', 'NSX'), name)
    .map(parts => parts.join(' ')),
  fc.constantFrom(
    'A 192.0.2.1',
    'A 192.0.2.01',
    'a 0.0.0.0',
    'A 192.0.2.256',
    'A 1.2.3',
    'A 1.2.3.4.5',
    'A 1.2.3.4 x',
  ),
  fc
    .tuple(fc.constantFrom('1', '65535', '65536', '07', '-'), fc.constantFrom('13', '256', 'RSASHA256'))
    .chain(([tag, algorithm]) =>
      fc
        .constantFrom([1, 40], [2, 64], [2, 40], [4, 96], [3, 64])
        .chain(([type = 0, digits = 0]) => hex(digits).map(text => `DS ${tag} ${algorithm} ${type} ${text}`)),
    ),
  fc.constantFrom('TXT x', 'AAAA 2001:db8::1', 'SOA a b 1 2 3 4 5', '\\# 0', 'NS', 'A \\# 4 c0000201', ''),
);
const blank = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(' ', '\t', '  ') },
  fc.constantFrom('', ' \r', '\u000b'),
);
const heads = fc.constantFrom(
  '',
  '300 ',
  'IN ',
  '300 IN ',
  'in 5\t',
  '1h ',
  'CH ',
  'IN IN ',
  '5 5 ',
  '4294967296 ',
  '0 ',
);
const line = fc
  .tuple(fc.oneof({ weight: 3, arbitrary: name }, fc.constant('')), blank, heads, data, blank)
  .map(parts => `${parts.join('')}\n`);
const texts = fc
  .array(
    fc.oneof({ weight: 12, arbitrary: line }, fc.constantFrom('$ORIGIN x\n', '$TTL 7\n', '\n', '(\n', ')\n')),
    {
      maxLength: 8,
    },
  )
  .map(lines => lines.join(''));

describe('a plain line of a zone file', () => {
  it.each([
    'a.example.com. 172800 IN NS ns1.example.net.',
    'A\t172800\tin\tns\tNS1',
    '  60 NS ns2',
    'ns1 IN 60 A 192.0.2.1',
    `a DS 1 13 2 ${'AB'.repeat(32)}  \r`,
    'www CNAME a',
  ])('is read without tokens: %s', text => {
    expect(isPlain(text)).toBe(true);
  });

  it.each([
    'a TXT x',
    'a NS b ; why',
    'a NS @',
    'a 1h NS b',
    'a CH NS b',
    'a A 192.0.2.01',
    'a\\.b NS c',
    'ü NS c',
  ])('is none: %s', text => {
    expect(isPlain(text)).toBe(false);
  });

  it('says what the same line says with a comment behind it, its place too', () => {
    const origins = fc.constantFrom(
      example,
      parseName('.'),
      parseName('o\\.dd.example'),
      parseName('x'.repeat(60)),
    );
    fc.assert(
      fc.property(texts, origins, fc.integer({ min: 1, max: 40 }), (text, origin, pieceLength) => {
        const expected = itemsOf(commented(text), origin);
        expect(itemsOf(text, origin)).toEqual(expected);
        expect(itemsOf(text, origin, pieceLength)).toEqual(expected);
      }),
      { numRuns: 3000 },
    );
  });

  it('is read wherever it stands in a long text', () => {
    const long = Array.from(
      { length: 9000 },
      (_, at) => `n${at} NS ${at % 1000 === 0 ? 'ü' : `host-${at}.example.net.`}\n`,
    ).join('');
    const items = itemsOf(long, example);
    expect(items).toEqual(itemsOf(commented(long), example));
    expect(items.filter(item => item.kind === 'problem')).toHaveLength(9);
  });
});

describe('the RRsets of a zone file', () => {
  it('gather records that stand apart, also of owners chosen to fall into one place of a table', () => {
    // Both pairs weigh the same in a polynomial of base 31, so all 512 owners have one hash.
    const owners = Array.from({ length: 512 }, (_, at) =>
      Array.from({ length: 9 }, (__, bit) => ((at >> bit) & 1 ? 'c0' : 'an')).join(''),
    );
    const others = Array.from({ length: 3000 }, (_, at) => `other-${at}`);
    const all = [...owners.slice(0, 300), ...others, ...owners.slice(300)];
    const text = [
      ...all.map(owner => `${owner} NS b`),
      ...all.map(owner => `${owner} A 192.0.2.1`),
      ...all.toReversed().map(owner => `${owner} NS a`),
    ].join('\n');
    const { rrsets, problems } = parseZoneFile(`${text}\n`, { origin: example, defaultTtl: 60 });
    expect(problems).toEqual([]);
    expect(rrsets.map(({ owner, type, data }) => `${owner} ${type} ${data.join(' ')}`)).toEqual([
      ...all.map(owner => `${owner}.example.com. NS a.example.com. b.example.com.`),
      ...all.map(owner => `${owner}.example.com. A 192.0.2.1`),
    ]);
  });
});
