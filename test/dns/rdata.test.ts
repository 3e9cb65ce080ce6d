import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { knownTypes, parseType, typeMnemonic, typeNumber } from '../../src/dns/iana.ts';
import { parseName } from '../../src/dns/name.ts';
import {
  dsOf,
  mxOf,
  namesIn,
  octetsOfRdata,
  parseRdata,
  rdataFromOctets,
  rdataOfSoa,
  soaOf,
  srvOf,
  txtOf,
} from '../../src/dns/rdata.ts';
import { formats } from '../../src/dns/rdata-types.ts';
import { isZonecutError } from '../../src/error.ts';

const digest = '00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff';

/** A text of every type, as it is written and, where it differs, as it is canonical. */
const samples: readonly (readonly [type: string, text: string, canonical?: string])[] = [
  ['A', '192.0.2.1'],
  ['NS', 'NS1.Example.com', 'ns1.example.com.'],
  ['MD', 'a.'],
  ['MF', 'a.'],
  ['CNAME', 'a\\.b.example.', 'a\\046b.example.'],
  ['SOA', 'ns. host\\.master.x. 1 2h 1h30m 1w 300', 'ns. host\\046master.x. 1 7200 5400 604800 300'],
  ['MB', 'a.'],
  ['MG', 'a.'],
  ['MR', 'a.'],
  ['WKS', '192.0.2.1 TCP smtp 80 domain', '192.0.2.1 6 25 53 80'],
  ['PTR', 'a.'],
  ['HINFO', 'PC "Net BSD"', '"PC" "Net BSD"'],
  ['MINFO', 'a. b.'],
  ['MX', '10 Mail.', '10 mail.'],
  ['TXT', 'a "b;c" "\\"\\\\\\000é"', '"a" "b;c" "\\"\\\\\\000\\195\\169"'],
  ['RP', 'a. b.'],
  ['AFSDB', '1 a.'],
  ['X25', '"311061700956"'],
  ['ISDN', '"150862028003217" "004"'],
  ['ISDN', '"150862028003217"'],
  ['RT', '10 a.'],
  ['NSAP', '0x47.0005.80', '0x47000580'],
  ['NSAP-PTR', 'a.'],
  ['SIG', 'A 5 1 3600 20040101000000 20030101000000 1 a. AQ=='],
  ['KEY', '256 3 5 AQ=='],
  ['KEY', '49152 3 0'],
  ['PX', '10 a. b.'],
  ['GPOS', '"-32.6882" "116.8652" "10.0"'],
  ['AAAA', '2001:DB8:0:0::1', '2001:db8::1'],
  ['LOC', '42 21 54 N 71 06 18 W -24m 30m', '42 21 54.000 N 71 6 18.000 W -24.00m 30.00m 10000.00m 10.00m'],
  ['NXT', 'a. A MX NXT'],
  ['EID', 'abcd'],
  ['NIMLOC', 'abcd'],
  ['SRV', '1 2 3 Target.', '1 2 3 target.'],
  ['ATMA', '+61.2.0000.0000', '+61200000000'],
  ['NAPTR', '100 10 "u" "sip+E2U" "!^.*$!sip:info@example.com!" .'],
  ['KX', '10 a.'],
  ['CERT', '1 2 RSASHA256 AQ==', 'PKIX 2 8 AQ=='],
  ['A6', '64 ::1:2:3:4 prefix.'],
  ['A6', '0 2001:db8::1'],
  ['A6', '128 prefix.'],
  ['DNAME', 'a.'],
  ['SINK', '64 1 AQ=='],
  ['APL', '1:192.168.32.0/21 !1:192.168.38.0/28 2:ff00::/8'],
  ['DS', `60485 RSASHA256 SHA-256 ${digest.toUpperCase()}`, `60485 8 2 ${digest}`],
  ['SSHFP', `1 2 ${digest}`],
  ['IPSECKEY', '10 1 2 192.0.2.38 AQNR'],
  ['IPSECKEY', '10 0 0 .'],
  ['IPSECKEY', '10 3 2 My.Gate. AQNR'],
  [
    'RRSIG',
    'A 13 2 300 20301231000000 1893456000 1 Example. AQ==',
    'A 13 2 300 20301231000000 20300101000000 1 example. AQ==',
  ],
  ['NSEC', 'B.example. A MX TYPE1234 CAA', 'B.example. A MX CAA TYPE1234'],
  ['DNSKEY', '257 3 ED25519 AQ==', '257 3 15 AQ=='],
  ['DHCID', 'AAIB'],
  [
    'NSEC3',
    '1 1 12 AABB 2T7B4G4VSA5SMI47K61MV5BV1A22BOJR A NS',
    '1 1 12 aabb 2t7b4g4vsa5smi47k61mv5bv1a22bojr A NS',
  ],
  ['NSEC3', '1 0 0 - 2t7b4g4vsa5smi47k61mv5bv1a22bojr'],
  ['NSEC3PARAM', '1 0 0 -'],
  ['TLSA', '3 1 1 00 11', '3 1 1 0011'],
  ['SMIMEA', '3 1 1 0011'],
  ['HIP', '2 200100107b1a AQNR rvs.a. rvs.b.'],
  ['NINFO', '"a"'],
  ['RKEY', '0 3 5 AQ=='],
  ['TALINK', 'a. b.'],
  ['CDS', '0 0 0 00'],
  ['CDNSKEY', '0 3 0 AA=='],
  ['OPENPGPKEY', 'AQ=='],
  ['CSYNC', '66 3 A NS AAAA'],
  ['ZONEMD', '1 1 240 00112233445566778899aabb'],
  ['SVCB', '0 Foo.Example.'],
  ['SVCB', '1 . port=53 alpn=h2,h3', '1 . alpn="h2,h3" port=53'],
  ['SVCB', '16 f. alpn="f\\\\\\\\oo\\\\,bar,h2"', '16 f. alpn="f\\\\\\\\oo\\\\,bar,h2"'],
  [
    'HTTPS',
    '1 . mandatory=port,alpn alpn=h2 port=1 key667="a\\210b"',
    '1 . mandatory=alpn,port alpn="h2" port=1 key667="a\\210b"',
  ],
  [
    'HTTPS',
    '1 . alpn=h2 no-default-alpn ipv4hint=192.0.2.1 ech=AQ== ipv6hint=2001:DB8::1 dohpath=/q{?dns} ohttp',
    '1 . alpn="h2" no-default-alpn ipv4hint=192.0.2.1 ech=AQ== ipv6hint=2001:db8::1 dohpath="/q{?dns}" ohttp',
  ],
  ['DSYNC', 'CDS notify 5300 a.', 'CDS NOTIFY 5300 a.'],
  ['HHIT', 'AQ=='],
  ['BRID', 'AQ=='],
  ['SPF', '"v=spf1 -all"'],
  ['NID', '10 14:4fff:ff20:ee64', '10 0014:4fff:ff20:ee64'],
  ['L32', '10 10.1.2.0'],
  ['L64', '10 2001:0db8:1140:1000'],
  ['LP', '10 A.', '10 A.'],
  ['EUI48', '00-00-5E-00-53-2A', '00-00-5e-00-53-2a'],
  ['EUI64', '00-00-5e-ef-10-00-00-2a'],
  ['TKEY', 'gss. 20300101000000 20310101000000 3 NOERROR 1 AQ== 0'],
  ['TSIG', 'hmac-sha256. 1700000000 300 1 AQ== 7 BADSIG 0'],
  ['URI', '10 1 "ftp://a.example/"'],
  ['CAA', '128 Issue "ca.example; x=1"'],
  ['AVC', '"a"'],
  ['DOA', '0 0 1 "text/plain" Zm9v'],
  ['DOA', '0 0 1 "" -'],
  ['AMTRELAY', '10 1 3 Relay.'],
  ['AMTRELAY', '10 0 2 2001:db8::15'],
  ['RESINFO', '"qnamemin" "exterr=15"'],
  ['WALLET', '"BTC" "x"'],
  ['CLA', '"TCP-V4"'],
  ['IPN', '100.100', '429496729700'],
  ['TA', `1 8 2 ${digest}`],
  ['DLV', `1 8 2 ${digest}`],
  ['TYPE65280', '\\# 3 01 02 03', '\\# 3 010203'],
  ['NULL', '\\# 1 00'],
];

test.each(samples.map(([type, text, canonical]) => ({ type, text, canonical: canonical ?? text })))(
  '$type $text',
  ({ type, text, canonical }) => {
    const rdata = parseRdata(type, text);
    expect(rdata).toBe(canonical);
    const octets = octetsOfRdata(type, rdata);
    expect(rdataFromOctets(type, octets)).toBe(rdata);
    expect(parseRdata(type, `\\# ${octets.length} ${Buffer.from(octets).toString('hex')}`)).toBe(rdata);
  },
);

test('every format of the table has a sample', () => {
  const sampled = new Set(samples.map(([type]) => type));
  expect([...formats.keys()].filter(type => !sampled.has(type) && type !== 'OPT')).toEqual([]);
});

const refused: readonly (readonly [type: string, text: string])[] = [
  ['A', '192.0.2'],
  ['A', '192.0.2.1 192.0.2.2'],
  ['A', ''],
  ['A', '"192.0.2.1"'],
  ['A', '\\# 3 010203'],
  ['A', '\\# 4 010203'],
  ['AAAA', '::1::'],
  ['NS', 'a..b'],
  ['NS', '@'],
  ['MX', 'ten a.'],
  ['MX', '65536 a.'],
  ['TXT', ''],
  ['TXT', `"${'a'.repeat(256)}"`],
  ['TXT', 'v=spf1; all'],
  ['TXT', '"a'],
  ['TXT', '(a'],
  ['SOA', 'a. b. 1 2 3 4'],
  ['DS', '1 8 2 00'],
  ['DNSKEY', '257 3 8 AQ'],
  ['RRSIG', 'A 13 0 300 20301231000000 20300101000000 1 example. AQ=='],
  ['RRSIG', 'A 13 1 300 20301331000000 20300101000000 1 example. AQ=='],
  ['NSEC', 'a. FOO'],
  ['NSEC', 'a.'],
  ['NSEC3', '1 0 0 - CPNMU==='],
  ['LOC', '91 0 0 N 0 0 0 E 0m'],
  ['CAA', '0 "" "x"'],
  ['CAA', '0 issue'],
  ['CAA', '256 issue "x"'],
  ['SVCB', '1 . alpn=h2 alpn=h3'],
  ['SVCB', '1 . mandatory=port'],
  ['SVCB', '1 . no-default-alpn'],
  ['SVCB', '1 . ohttp=1'],
  ['SVCB', '1 . "alpn=h2"'],
  ['SVCB', '1 . dohpath=/q'],
  ['EUI48', '00-00-5e-00-53'],
  ['IPSECKEY', '10 0 2 .'],
  ['IPSECKEY', '10 4 2 a. AQ=='],
  ['URI', '1 1 ""'],
  ['NULL', 'anything'],
  ['TYPE65280', 'anything'],
];

test.each(refused)('%s refuses %j', (type, text) => {
  expect(() => parseRdata(type, text)).toThrow(
    expect.objectContaining({ code: expect.stringMatching(/^ZC_(RDATA|NAME)$/) }),
  );
});

test('relative names get the origin, or are absolute without one', () => {
  expect(parseRdata('MX', '10 mail', parseName('example.com'))).toBe('10 mail.example.com.');
  expect(parseRdata('NS', '@', parseName('example.com'))).toBe('example.com.');
  expect(parseRdata('SVCB', '1 Svc', parseName('example.com'))).toBe('1 Svc.example.com.');
  expect(parseRdata('MX', '10 mail.example.com')).toBe('10 mail.example.com.');
});

describe('what data says', () => {
  test('SOA', () => {
    const soa = soaOf(parseRdata('SOA', 'ns.a. host.a. 4294967295 1 2 3 4'));
    expect(soa).toEqual({
      mname: 'ns.a.',
      rname: 'host.a.',
      serial: 4294967295,
      refresh: 1,
      retry: 2,
      expire: 3,
      minimum: 4,
    });
    expect(rdataOfSoa(soa)).toBe('ns.a. host.a. 4294967295 1 2 3 4');
  });

  test('MX, SRV, DS, TXT', () => {
    expect(mxOf(parseRdata('MX', '10 a.'))).toEqual({ preference: 10, exchange: 'a.' });
    expect(srvOf(parseRdata('SRV', '1 2 3 a.'))).toEqual({ priority: 1, weight: 2, port: 3, target: 'a.' });
    expect(dsOf(parseRdata('DS', '1 8 240 0102'))).toEqual({
      keyTag: 1,
      algorithm: 8,
      digestType: 240,
      digest: Uint8Array.of(1, 2),
    });
    expect(txtOf(parseRdata('TXT', '"a\\000" ""'))).toEqual([Uint8Array.of(97, 0), new Uint8Array()]);
  });

  test.each([
    ['NS', 'a.', ['a.']],
    ['MX', '10 a.', ['a.']],
    ['SRV', '1 2 3 a.', ['a.']],
    ['SRV', '1 2 3 .', []],
    ['HTTPS', '1 A. port=1', ['a.']],
    ['NAPTR', '1 1 "" "" "" a.', ['a.']],
    ['TXT', 'a.', []],
    ['TYPE999', '\\# 1 00', []],
  ])('names in %s %s', (type, text, names) => {
    expect(namesIn(type, parseRdata(type, text))).toEqual(names);
  });
});

test('numbers and mnemonics of types', () => {
  expect(typeNumber('https')).toBe(65);
  expect(typeNumber('TYPE65')).toBe(65);
  expect(parseType('type65')).toBe('HTTPS');
  expect(typeMnemonic(65280)).toBe('TYPE65280');
  for (const bad of ['TYPE65536', 'TYPE01', 'TYPE', '65', ''])
    expect(() => typeNumber(bad)).toThrow(/no record type/);
});

/** Octets that are near to legal data: those of a sample with a few of them changed, taken away or added. */
const nearlyLegal = fc
  .tuple(
    fc.constantFrom(...samples),
    fc.array(fc.tuple(fc.nat(), fc.nat(255), fc.constantFrom('set', 'cut', 'add')), { maxLength: 4 }),
  )
  .map(([[type, text], edits]) => {
    const octets = [...octetsOfRdata(type, parseRdata(type, text))];
    for (const [at, value, edit] of edits)
      octets.splice(at % (octets.length + 1), edit === 'add' ? 0 : 1, ...(edit === 'cut' ? [] : [value]));
    return { type, octets: Uint8Array.from(octets) };
  });

function valueOrRefusal(type: string, octets: Uint8Array): string | null {
  try {
    return rdataFromOctets(type, octets);
  } catch (error) {
    if (!isZonecutError(error, 'ZC_RDATA', 'ZC_NAME')) throw error;
    return null;
  }
}

function staysItself(type: string, octets: Uint8Array): void {
  const text = valueOrRefusal(type, octets);
  if (text === null) return;
  const rdata = parseRdata(type, text);
  expect(rdata).toBe(text);
  expect(rdataFromOctets(type, octetsOfRdata(type, rdata))).toBe(text);
}

test('octets are data whose text gives them back, or are refused', () => {
  fc.assert(
    fc.property(nearlyLegal, ({ type, octets }) => staysItself(type, octets)),
    { numRuns: 3000 },
  );
  fc.assert(fc.property(fc.constantFrom(...knownTypes), fc.uint8Array({ maxLength: 60 }), staysItself), {
    numRuns: 3000,
  });
});

test('text is data or is refused, whatever it is', () => {
  const words = fc.constantFrom(
    'a.',
    '1',
    '"x"',
    '\\#',
    '(',
    ')',
    '@',
    '::1',
    '192.0.2.1',
    'AQ==',
    '-',
    'alpn=',
    '"',
    '\\',
    ';',
    'A',
    '\\300',
  );
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(words, { maxLength: 9 }).map(list => list.join(' ')),
  );
  fc.assert(
    fc.property(fc.constantFrom(...knownTypes), texts, (type, text) => {
      try {
        parseRdata(type, text);
      } catch (error) {
        if (!isZonecutError(error, 'ZC_RDATA', 'ZC_NAME')) throw error;
      }
    }),
    { numRuns: 3000 },
  );
});
