// biome-ignore-all lint/suspicious/noTemplateCurlyInString: $GENERATE writes its modifiers so
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { generatedLines, parseRange } from '../../src/dns/generate.ts';
import { parseName } from '../../src/dns/name.ts';
import { zoneTextOf } from '../../src/dns/text.ts';
import { makeZone } from '../../src/dns/zone.ts';
import { parseZoneFile, printRRset, printZoneFile, type ZoneFileOptions } from '../../src/dns/zonefile.ts';
import { maxIncludeDepth } from '../../src/dns/zonefile-stream.ts';

const origin = parseName('example.com');

function linesOf(text: string, options: Partial<ZoneFileOptions> = {}): readonly string[] {
  const { rrsets, problems } = parseZoneFile(text, { origin, defaultTtl: 60, ...options });
  expect(problems.filter(problem => problem.severity === 'error')).toEqual([]);
  return rrsets.flatMap(rrset => printRRset(rrset).trimEnd().split('\n'));
}

describe('a zone file', () => {
  test.each<[string, string, readonly string[]]>([
    ['relative owners', 'www A 192.0.2.1', ['www.example.com. 60 IN A 192.0.2.1']],
    ['the origin itself', '@ MX 10 mail', ['example.com. 60 IN MX 10 mail.example.com.']],
    [
      'the last owner',
      'a A 192.0.2.1\n  TXT x\n\tTXT y',
      ['a.example.com. 60 IN A 192.0.2.1', 'a.example.com. 60 IN TXT "x"', 'a.example.com. 60 IN TXT "y"'],
    ],
    [
      'TTL and class in either order',
      'a 1h IN A 192.0.2.1\nb IN 5 A 192.0.2.1\nc CLASS1 A 192.0.2.1',
      [
        'a.example.com. 3600 IN A 192.0.2.1',
        'b.example.com. 5 IN A 192.0.2.1',
        'c.example.com. 60 IN A 192.0.2.1',
      ],
    ],
    [
      'owners that look like types',
      'mx MX 1 a\nin IN A 192.0.2.1\n5 5 A 192.0.2.1',
      [
        'mx.example.com. 60 IN MX 1 a.example.com.',
        'in.example.com. 60 IN A 192.0.2.1',
        '5.example.com. 5 IN A 192.0.2.1',
      ],
    ],
    [
      'parentheses and comments',
      'a ( ; one\n TXT ( x ) ; two\n "y;z" ) ; three',
      ['a.example.com. 60 IN TXT "x" "y;z"'],
    ],
    [
      '$ORIGIN',
      '$ORIGIN dev\na A 192.0.2.1\n$ORIGIN org.\na A 192.0.2.1',
      ['a.dev.example.com. 60 IN A 192.0.2.1', 'a.org. 60 IN A 192.0.2.1'],
    ],
    [
      '$TTL',
      'a A 192.0.2.1\n$TTL 1d\nb A 192.0.2.1',
      ['a.example.com. 60 IN A 192.0.2.1', 'b.example.com. 86400 IN A 192.0.2.1'],
    ],
    [
      'carriage returns and no line end',
      'a A 192.0.2.1\r\nb A 192.0.2.1',
      ['a.example.com. 60 IN A 192.0.2.1', 'b.example.com. 60 IN A 192.0.2.1'],
    ],
    ['a byte order mark', '\ufeffa A 192.0.2.1', ['a.example.com. 60 IN A 192.0.2.1']],
    [
      'types by number',
      'a TYPE1 192.0.2.1\nb TYPE65280 \\# 2 00ff',
      ['a.example.com. 60 IN A 192.0.2.1', 'b.example.com. 60 IN TYPE65280 \\# 2 00ff'],
    ],
    ['escaped owners', 'a\\.b\\032c A 192.0.2.1', ['a\\046b\\032c.example.com. 60 IN A 192.0.2.1']],
    ['strings side by side', 'a TXT "x""y"', ['a.example.com. 60 IN TXT "x" "y"']],
    ['nothing', '\n ; only a comment\n\t\n', []],
  ])('takes %s', (_, text, lines) => {
    expect(linesOf(text)).toEqual(lines);
  });

  test('without $TTL takes the last TTL, and for a SOA its MINIMUM', () => {
    const text = '@ SOA a b 1 2 3 4 77\n@ NS a\na 5 A 192.0.2.1\nb A 192.0.2.1';
    const { rrsets, problems } = parseZoneFile(text, { origin });
    expect(problems).toEqual([]);
    expect(rrsets.map(rrset => rrset.ttl)).toEqual([77, 77, 5, 5]);
  });

  test('octets outside ASCII are kept one by one', () => {
    const octets = Uint8Array.of(0xe9, 0x20, ...new TextEncoder().encode('TXT "'), 0xff, 0x22);
    expect(linesOf(zoneTextOf(octets))).toEqual(['\\233.example.com. 60 IN TXT "\\255"']);
  });
});

describe('a problem has its place and does not end the reading', () => {
  test.each([
    ['a bad address', 'ok A 192.0.2.1\nbad A 1.2.3', 2, 7, /IPv4/],
    ['an unknown type', 'a BOGUS x', 1, 3, /mnemonic "BOGUS"/],
    ['a meta type', 'a AXFR x', 1, 3, /no type of data/],
    ['another class', 'a CH A 192.0.2.1', 1, 3, /only IN/],
    ['no owner', '  A 192.0.2.1', 1, 3, /without an owner/],
    ['an open quote', 'a TXT "x', 1, 7, /quote is not closed/],
    ['an open parenthesis', 'a TXT ( x', 1, 7, /parenthesis is not closed/],
    ['a stray parenthesis', 'a TXT x )', 1, 9, /not opened/],
    ['too much data', 'a A 192.0.2.1 x', 1, 15, /more than the type has fields/],
    ['a bad name', 'a..b A 192.0.2.1', 1, 1, /label is empty/],
    ['a bad directive', '$FOO x', 1, 1, /no directive/],
    ['a bad TTL', '$TTL x', 1, 6, /TTL is a number/],
    ['a TTL that is too long', 'a 2147483648 A 192.0.2.1', 1, 3, /0 to 2147483647/],
    ['more for a directive', '$ORIGIN a b', 1, 11, /more than the directive/],
    ['an include that cannot be', '$INCLUDE x', 1, 10, /no other file/],
    ['a bad range', '$GENERATE 3-1 a A 192.0.2.1', 1, 11, /a range is/],
    ['data on a later line', 'a SOA a b (\n 1\n x 3 4 5 )', 3, 2, /refresh/],
  ])('%s', (_, text, line, column, message) => {
    const { rrsets, problems } = parseZoneFile(`${text}\nlast A 192.0.2.9\n`, {
      origin,
      defaultTtl: 1,
      file: 'zone',
    });
    const errors = problems.filter(problem => problem.severity === 'error');
    expect(errors[0]).toMatchObject({ file: 'zone', line, column, message: expect.stringMatching(message) });
    if (!text.includes('( x')) expect(rrsets.at(-1)?.owner).toBe('last.example.com.');
  });

  test('no TTL at all', () => {
    expect(parseZoneFile('a A 192.0.2.1', { origin }).problems[0]?.hint).toMatch(/\$TTL/);
  });

  test('TTLs that differ in a set are a warning, and the lower counts', () => {
    const { rrsets, problems } = parseZoneFile('a 5 A 192.0.2.1\na 3 A 192.0.2.2', { origin });
    expect(problems).toMatchObject([
      { severity: 'warning', line: 2, message: expect.stringMatching(/lower counts/) },
    ]);
    expect(rrsets[0]?.ttl).toBe(3);
  });

  test('their number is bounded', () => {
    const { problems } = parseZoneFile('x FOO x\n'.repeat(3000), { origin });
    expect(problems.length).toBe(1001);
    expect(problems.at(-1)?.message).toBe('and 2000 more problems');
  });
});

describe('$INCLUDE', () => {
  const files: Readonly<Record<string, string>> = {
    a: '$ORIGIN org.\nx A 192.0.2.1\n',
    loop: 'x A 192.0.2.1\n$INCLUDE loop\n',
  };
  const include = (file: string): string | null => files[file] ?? null;

  test('leaves origin and owner of the including file alone', () => {
    expect(linesOf('o TXT o\n$INCLUDE a\n TXT p\ny A 192.0.2.2', { include })).toEqual([
      'o.example.com. 60 IN TXT "o"',
      'o.example.com. 60 IN TXT "p"',
      'x.org. 60 IN A 192.0.2.1',
      'y.example.com. 60 IN A 192.0.2.2',
    ]);
  });

  test('may give the origin of the included file', () => {
    expect(linesOf('$INCLUDE b net.', { include: () => 'x A 192.0.2.1' })).toEqual([
      'x.net. 60 IN A 192.0.2.1',
    ]);
  });

  test('ends at a depth, and misses files by name', () => {
    const { problems } = parseZoneFile('$INCLUDE loop\n$INCLUDE none', { origin, defaultTtl: 1, include });
    expect(problems.map(problem => problem.message)).toEqual([
      `$INCLUDE goes deeper than ${maxIncludeDepth} files: loop (RFC 1035 section 5.1)`,
      '$INCLUDE of a file that cannot be read: none (RFC 1035 section 5.1)',
    ]);
  });
});

describe('$GENERATE', () => {
  test.each([
    ['1-3', 'h$ A 10.0.0.$', ['h1 A 10.0.0.1', 'h2 A 10.0.0.2', 'h3 A 10.0.0.3']],
    ['0-4/2', '$', ['0', '2', '4']],
    ['9-10', '${10,3,d}', ['019', '020']],
    ['10-10', '${0,4,x} ${0,0,X} ${0,0,o}', ['000a A 12']],
    ['1024-1024', '${0,3,n}', ['0.0.4']],
    ['5-5', '\\$ $$ \\a$', ['$ $ \\a5']],
    ['5-5', '${-2}', ['3']],
  ])('%s %s', (range, template, lines) => {
    expect([...generatedLines(parseRange(range), template)]).toEqual(lines);
  });

  test.each([
    ['1-3/', '$'],
    ['1-3/0', '$'],
    ['0-65536', '$'],
    ['1-1', '${1000'],
    ['1-1', '${1,0,q}'],
    ['1-1', '${2147483647}'],
  ])('%s %s is refused', (range, template) => {
    expect(() => [...generatedLines(parseRange(range), template)]).toThrow(
      expect.objectContaining({ code: 'ZC_ZONEFILE' }),
    );
  });

  test('makes records where it stands', () => {
    expect(linesOf('$GENERATE 1-2 h$ 5 A 10.0.0.$')).toEqual([
      'h1.example.com. 5 IN A 10.0.0.1',
      'h2.example.com. 5 IN A 10.0.0.2',
    ]);
  });
});

test('a printed zone is parsed to the same zone, the SOA first and owners in canonical order', () => {
  const text = `z A 192.0.2.1\n@ NS a\n@ SOA a b 1 2 3 4 5\na.b TXT "x\\"\\000"\nb HTTPS 1 . alpn=h2\n`;
  const { rrsets } = parseZoneFile(text, { origin, defaultTtl: 1 });
  const printed = printZoneFile(makeZone(origin, rrsets));
  expect(printed.split('\n').map(line => line.split(' ')[0])).toEqual([
    'example.com.',
    'example.com.',
    'b.example.com.',
    'a.b.example.com.',
    'z.example.com.',
    '',
  ]);
  expect(printed.startsWith('example.com. 1 IN SOA ')).toBe(true);
  const again = parseZoneFile(printed, { origin: parseName('.') });
  expect(again.problems).toEqual([]);
  expect(printZoneFile(makeZone(origin, again.rrsets))).toBe(printed);
});

test('no text makes the parser throw, and what it takes survives printing', () => {
  const words = fc.constantFrom(
    'a',
    '@',
    '$ORIGIN',
    '$TTL',
    '$GENERATE',
    '1-3',
    'IN',
    'A',
    'TXT',
    'MX',
    '192.0.2.1',
    '5',
    '"x',
    '"',
    '(',
    ')',
    ';',
    '\n',
    '\n ',
    '\\',
    '\\010',
    'NSEC',
    '.',
    'é',
    '\0',
    '${1,',
    'SVCB',
    'alpn="h2"',
  );
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(words, { maxLength: 30 }).map(list => list.join(' ')),
  );
  fc.assert(
    fc.property(texts, text => {
      const { rrsets } = parseZoneFile(text, { origin, defaultTtl: 1 });
      const printed = rrsets.map(printRRset).join('');
      const again = parseZoneFile(printed, { origin });
      expect(again.problems).toEqual([]);
      expect(again.rrsets.map(printRRset).join('')).toBe(printed);
    }),
    { numRuns: 3000 },
  );
});
