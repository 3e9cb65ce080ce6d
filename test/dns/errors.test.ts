import { describe, expect, test } from 'vitest';
import { parseName } from '../../src/dns/name.ts';
import { parseRdata, rdataFromOctets } from '../../src/dns/rdata.ts';
import { decodeMessage } from '../../src/dns/wire.ts';
import { parseZoneFile } from '../../src/dns/zonefile.ts';
import { isZonecutError } from '../../src/error.ts';

function octetsOf(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
}

/** Code and sentence of what `run` throws. */
function fault(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (isZonecutError(error)) return `${error.code} ${error.message}`;
    throw error;
  }
  return 'nothing is thrown';
}

const rule = /\bRFC \d{3,5}\b|the registry of types/;

const names: readonly string[] = [
  '',
  'a..b',
  '.a',
  'x'.repeat(64),
  `${'a.'.repeat(130)}`,
  'a\\',
  'a\\25',
  'a\\256',
  'ä.example',
];

const datas: readonly (readonly [type: string, text: string])[] = [
  ['A', '192.0.2'],
  ['A', '192.0.2.1 x'],
  ['A', ''],
  ['AAAA', '::g'],
  ['MX', '70000 a.'],
  ['MX', 'ten a.'],
  ['SOA', 'a. b. 1 2x 3 4 5'],
  ['SOA', 'a. b. 1'],
  ['TXT', '"open'],
  ['TXT', 'a;b'],
  ['TXT', `"${'x'.repeat(256)}"`],
  ['TXT', '(a'],
  ['TXT', 'a)'],
  ['TXT', '\\999'],
  ['DS', '1 13 2 00'],
  ['DS', '1 13 2 0'],
  ['DS', '1 13 2'],
  ['DNSKEY', '256 3 13 !!'],
  ['DNSKEY', '256 3 FOO AA=='],
  ['RRSIG', 'A 13 1 60 20260230000000 20260101000000 1 a.b. AAAA'],
  ['RRSIG', 'A 13 1 60 20260201000000 20260101000000 1 a.b. AAAA'],
  ['NSEC', 'a. NOTYPE'],
  ['NSEC', 'a.'],
  ['NSEC3', '1 0 0 - zz A'],
  ['NSEC3', '1 0 0 zz 00 A'],
  ['CAA', '0 is-sue ";"'],
  ['LOC', '91 N 0 E 0'],
  ['LOC', '1 N 1 E 1 99999999999m'],
  ['SVCB', '1 . alpn'],
  ['SVCB', '1 . foo=1'],
  ['SVCB', '1 . port=1 port=2'],
  ['SVCB', '1 . no-default-alpn'],
  ['SVCB', '1 . mandatory=port'],
  ['SVCB', '1 . ipv4hint=::1'],
  ['HTTPS', '1 . key65536=1'],
  ['APL', '3:1.2.3.4/8'],
  ['APL', '1:1.2.3.4/33'],
  ['IPSECKEY', '1 4 1 . AAAA'],
  ['IPSECKEY', '1 1 1 ::1 AAAA'],
  ['HIP', '2 zz AAAA'],
  ['TLSA', '3 1 1'],
  ['SSHFP', '1 1 00'],
  ['ZONEMD', '1 1 1 00'],
  ['EUI48', '00-00'],
  ['NID', '1 1:2:3'],
  ['CERT', 'NOPE 1 1 AAAA'],
  ['WKS', '192.0.2.1 tcp nope'],
  ['GPOS', 'x 1 1'],
  ['NSAP', '47'],
  ['X25', '"a" b'],
  ['NULL', 'abc'],
  ['A', '\\# 4 01'],
  ['A', '\\# 5 0102030405'],
  ['AMTRELAY', '1 2 0 .'],
  ['DSYNC', 'A FOO 1 a.'],
  ['URI', '1 1 ""'],
  ['NS', '"a."'],
  ['NS', 'a..b'],
  ['CSYNC', '1 1 A BAD'],
  ['A6', '129 ::'],
  ['ATMA', 'xyz'],
  ['TKEY', 'a. 1 2 3 WHAT 0 0'],
  ['OPT', 'x'],
];

const octets: readonly (readonly [type: string, hex: string])[] = [
  ['A', '0102'],
  ['A', '0102030405'],
  ['AAAA', '00'],
  ['NS', '0161'],
  ['NS', '40'],
  ['NS', 'c00c'],
  ['TXT', ''],
  ['TXT', '05 61'],
  ['DS', '0001 0d 02 00'],
  ['NSEC', '00'],
  ['NSEC', '00 0000'],
  ['NSEC', '00 0021'],
  ['NSEC', '00 000140 000140'],
  ['NSEC', '00 000200 00'],
  ['LOC', '00 ff 00 00'],
  ['SVCB', '0001 00 0001'],
  ['SVCB', '0001 00 0003 0001 00'],
  ['SVCB', '0001 00 0003 0002 0001 0002 0000'],
  ['APL', '0001 08 01 00'],
  ['CAA', '00 00'],
  ['HIP', '00 00 0000'],
  ['NSEC3', '01 00 0000 00 00'],
  ['IPSECKEY', '00 00 01'],
];

const header = (counts: string): string => `0001 8000 ${counts}`;

const packets: readonly string[] = [
  '00',
  '00010000',
  header('0001 0000 0000 0000'),
  `${header('0001 0000 0000 0000')}0161`,
  `${header('0001 0000 0000 0000')}01610000010001ff`,
  `${header('0001 0000 0000 0000')}c00c00010001`,
  `${header('0001 0000 0000 0000')}4100010001`,
  `${header('0000 0001 0000 0000')}00 0001 0001 00000000 0005 01020304`,
  `${header('0000 0001 0000 0000')}00 0001 0001 00000000 0003 010203`,
  `${header('0000 0001 0000 0000')}00 0029 1000 00000000 0000`,
  header('0000 0000 0000 0002') + '00 0029 1000 00000000 0000'.repeat(2),
  `${header('0000 0000 0000 0001')}0161 00 0029 1000 00000000 0000`,
  `${header('0000 0000 0000 0001')}00 0029 1000 00000000 0003 000a00`,
  `${header('0000 0001 0000 0000')}00 00fa 00ff 00000000 0000`,
  `${header('0000 0001 0000 0000')}00 0002 0001 00000000 0002 c000`,
];

const zones: readonly string[] = [
  'a 60 IN A 1.2.3',
  ' 60 A 192.0.2.1',
  'a A 192.0.2.1',
  'a 60 CH A 192.0.2.1',
  'a 60 FOO x',
  'a 60 IN ANY x',
  'a 99999999999 A 192.0.2.1',
  'a 60 TXT "open',
  'a 60 TXT ( x',
  'a 60 TXT x )',
  '$FOO',
  '$ORIGIN',
  '$TTL 1z',
  '$INCLUDE x',
  '$GENERATE 5-1 a A 1.2.3.4',
  '$GENERATE 1-3 a',
  '$GENERATE 1-3 a${ A 1.2.3.4',
  '$TTL 1 2',
  'a..b 60 A 192.0.2.1',
  'a 60 TXT \x01',
  'a 60 A 192.0.2.1 x',
  '"a" 60 A 192.0.2.1',
];

/** The place of what is wrong in one text; the end of the text needs none. */
const placeInText =
  /at column \d+|at character \d+|character \d+ is|the data ends where|is not closed|^ZC_NAME the name is/;

describe('an error names the place, the value and the rule', () => {
  test.each(names)('of the name %j', text => {
    const message = fault(() => parseName(text));
    expect(message).toMatch(/^ZC_NAME /);
    expect(message).toMatch(placeInText);
    expect(message).toMatch(rule);
    expect(message).toContain(text === '' ? 'empty' : JSON.stringify(text).slice(0, 200).replace(/"$/, ''));
  });

  test.each(datas)('of the text of %s: %s', (type, text) => {
    const message = fault(() => parseRdata(type, text));
    expect(message).toMatch(/^ZC_(RDATA|NAME) /);
    expect(message).toMatch(placeInText);
    expect(message).toMatch(rule);
    expect(namesValue(message, text)).toBe(true);
  });

  test.each(octets)('of the octets of %s: %s', (type, hex) => {
    const message = fault(() => rdataFromOctets(type, octetsOf(hex)));
    expect(message).toMatch(/^ZC_RDATA /);
    expect(message).toMatch(/\(at octet \d+\)/);
    expect(message).toMatch(rule);
  });

  test.each(packets)('of the message %s', hex => {
    const message = fault(() => decodeMessage(octetsOf(hex)));
    expect(message).toMatch(/^ZC_WIRE /);
    expect(message).toMatch(/\(at octet \d+\)/);
    expect(message).toMatch(rule);
  });

  test.each(zones)('of the zone file %j', text => {
    const { problems } = parseZoneFile(`; one line\n${text}\n`, { origin: parseName('example.') });
    expect(problems.length).toBeGreaterThan(0);
    for (const { line, column, message, hint } of problems) {
      expect(line).toBe(2);
      expect(column).toBeGreaterThan(0);
      expect(`${message} ${hint}`).toMatch(rule);
    }
  });
});

/** Whether the sentence quotes part of what was given, counts it, or says that it is missing. */
function namesValue(message: string, text: string): boolean {
  const quoted = [...message.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([value]) => String(JSON.parse(value)));
  if (quoted.some(value => value !== '' && text.includes(value.replace(/\.\.\.$/, '')))) return true;
  return / \d+ (octets|labels|pairs|of|follow)|^\S+ \d|is given twice|ends where|no value|without|not there|no text|kind \d|latitude|given/.test(
    message,
  );
}

test.each([
  [
    'A',
    '192.0.2',
    'ZC_RDATA the address is an IPv4 address such as 192.0.2.1, not "192.0.2" (A: RFC 1035 section 3.4.1), at column 1',
  ],
  [
    'A',
    '192.0.2.1 x',
    'ZC_RDATA more than the type has fields for: "x" (A: RFC 1035 section 3.4.1), at column 11',
  ],
  [
    'MX',
    '70000 a.',
    'ZC_RDATA the preference is a number from 0 to 65535, not "70000" (MX: RFC 1035 section 3.3.9), at column 1',
  ],
  ['NS', 'a..b', 'ZC_NAME a label is empty at character 3 (RFC 1035 section 3.1): "a..b", at column 1'],
  ['TXT', 'a;b', 'ZC_RDATA a bare ";" at column 2: "a;b" (TXT: RFC 1035 section 3.3.14)'],
  ['SVCB', '1 . port=1 port=2', 'ZC_RDATA port is given twice (RFC 9460 section 2.1), at column 12'],
])('the text of %s: %s is refused in these words', (type, text, message) => {
  expect(fault(() => parseRdata(type, text))).toBe(message);
});

test.each([
  ['a 60 A 192.0.2.1 x', 18, 'more than the type has fields for: "x" (A: RFC 1035 section 3.4.1)'],
  [
    'a 60 A (\n 192.0.2\n)',
    2,
    'the address is an IPv4 address such as 192.0.2.1, not "192.0.2" (A: RFC 1035 section 3.4.1)',
  ],
  ['a 60 FOO x', 6, 'no record type has the mnemonic "FOO" (RFC 1035 section 5.1)'],
])('the zone file %j is refused in these words, at column %d', (text, column, message) => {
  const { problems } = parseZoneFile(text, { origin: parseName('example.') });
  expect(problems).toMatchObject([{ column, message }]);
});
