import { generateKeyPairSync } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { dnskeyOf, dsOfKey, keyTagOf, rdataOfDnskey, rdataOfRrsig, rrsigOf } from '../../src/dns/dnssec.ts';
import { DnssecBudget, type DnssecLimits } from '../../src/dns/dnssec-budget.ts';
import {
  keyObjectOf,
  makeSigningKey,
  parsePrivateKeyFile,
  type SigningKey,
  signingKeyOf,
} from '../../src/dns/dnssec-keys.ts';
import { signaturesOf, signRRset } from '../../src/dns/dnssec-sign.ts';
import { type RRsetVerdict, verifyKeys, verifyRRset } from '../../src/dns/dnssec-verify.ts';
import { parseName } from '../../src/dns/name.ts';
import { parseRdata } from '../../src/dns/rdata.ts';
import { makeRRset, type Rdata, type RRset, rrsetOf } from '../../src/dns/rrset.ts';

const zone = parseName('example.com');
const nowSeconds = 1_790_000_000;
const validity = { inceptionSeconds: nowSeconds - 100, expirationSeconds: nowSeconds + 1000 };
const ed25519 = (secureEntryPoint = false): SigningKey =>
  makeSigningKey(generateKeyPairSync('ed25519').privateKey, { secureEntryPoint });
const key = ed25519();
const keysOf = (...data: readonly Rdata[]): RRset<'DNSKEY'> => makeRRset(zone, 'DNSKEY', 3600, data);
const keys = keysOf(key.dnskey);
const www = rrsetOf('www.example.com.', 'A', 300, '192.0.2.1', '192.0.2.2');
const signature = signRRset(www, key, zone, validity);

function verdictOf(
  rrset: RRset,
  signatures: readonly Rdata[],
  by = keys,
  limits: DnssecLimits = {},
  now = nowSeconds,
): RRsetVerdict {
  return verifyRRset(rrset, signatures, by, { nowSeconds: now, budget: new DnssecBudget(limits) });
}

function summary(verdict: RRsetVerdict | { readonly kind: 'insecure' }): string {
  if (verdict.kind === 'limit') return `limit ${verdict.limit}`;
  return verdict.kind === 'bogus' ? `bogus ${verdict.faults.map(({ fault }) => fault).join()}` : verdict.kind;
}

/** The signature with some of its fields changed. */
const altered = (change: Parameters<typeof rdataOfRrsig>[0] | object): Rdata =>
  rdataOfRrsig({ ...rrsigOf(signature), ...change });

describe('an RRset', () => {
  test('is secure, whatever the order of its data, and may be kept as long as the least of its times says', () => {
    expect(verdictOf(www, [signature])).toMatchObject({
      kind: 'secure',
      key: key.dnskey,
      wildcard: null,
      ttlSeconds: 300,
    });
    expect(summary(verdictOf({ ...www, data: [...www.data].reverse() }, [signature]))).toBe('secure');
    expect(verdictOf({ ...www, ttl: 20 }, [signature])).toMatchObject({ ttlSeconds: 20 });
    expect(verdictOf({ ...www, ttl: 9000 }, [signature])).toMatchObject({ ttlSeconds: 300 });
    expect(verdictOf(www, [signature], keys, {}, nowSeconds + 990)).toMatchObject({ ttlSeconds: 10 });
  });

  test.each<readonly [string, RRset, readonly Rdata[], string]>([
    ['without signatures', www, [], 'bogus '],
    ['with a signature for another type only', www, [altered({ typeCovered: 'AAAA' })], 'bogus '],
    ['with other data', rrsetOf(www.owner, 'A', 300, '192.0.2.1'), [signature], 'bogus bad-signature'],
    ['at another owner', { ...www, owner: parseName('wwx.example.com') }, [signature], 'bogus bad-signature'],
    ['signed by another zone', www, [altered({ signer: parseName('com') })], 'bogus signer'],
    ['outside the zone', rrsetOf('www.example.org.', 'A', 300, '192.0.2.1'), [signature], 'bogus signer'],
    ['with more labels than it has', www, [altered({ labels: 4 })], 'bogus labels'],
    ['with a tag that no key has', www, [altered({ keyTag: key.keyTag ^ 1 })], 'bogus no-key'],
    ['with an algorithm that is not known', www, [altered({ algorithm: 253 })], 'bogus algorithm'],
    [
      'with a signature that is too short',
      www,
      [altered({ signature: new Uint8Array(63) })],
      'bogus bad-signature',
    ],
    ['with an empty signature', www, [altered({ signature: new Uint8Array(1) })], 'bogus bad-signature'],
    ['with another original TTL', www, [altered({ originalTtlSeconds: 301 })], 'bogus bad-signature'],
    [
      'with one good signature among bad ones',
      www,
      [altered({ labels: 4 }), altered({ expiration: 1 }), signature],
      'secure',
    ],
    [
      'DS at the apex of the zone itself',
      rrsetOf(zone, 'DS', 300, `1 15 2 ${'00'.repeat(32)}`),
      [altered({ typeCovered: 'DS', labels: 2 })],
      'bogus signer',
    ],
  ])('%s is judged', (_, rrset, signatures, expected) => {
    expect(summary(verdictOf(rrset, signatures))).toBe(expected);
  });

  test('that a wildcard gave is secure, and says so', () => {
    const wildcard = rrsetOf('*.example.com.', 'TXT', 300, '"x"');
    const by = signRRset(wildcard, key, zone, validity);
    expect(rrsigOf(by).labels).toBe(2);
    for (const [owner, found] of [
      ['a.example.com', '*.example.com.'],
      ['a.b.c.example.com', '*.example.com.'],
      ['*.example.com', null],
    ] as const) {
      expect(verdictOf({ ...wildcard, owner: parseName(owner) }, [by])).toMatchObject({
        kind: 'secure',
        wildcard: found,
      });
    }
  });

  test.each(['NSEC', 'NSEC3'])('of type %s never comes from a wildcard', type => {
    const data = type === 'NSEC' ? 'b.example.com. A' : '1 0 0 - 0p9mhaveqvm6t7vbl5lop2u3t2rp3tom A';
    const wildcard = rrsetOf('*.example.com.', type, 300, data);
    const by = signRRset(wildcard, key, zone, validity);
    expect(summary(verdictOf(wildcard, [by]))).toBe('secure');
    expect(summary(verdictOf({ ...wildcard, owner: parseName('a.example.com') }, [by]))).toBe('bogus labels');
  });

  test('is judged by times that go round after 2106 (RFC 4034 section 3.1.5)', () => {
    const late = 0x100000000 - 50;
    const around = signRRset(www, key, zone, { inceptionSeconds: late, expirationSeconds: late + 100 });
    expect(rrsigOf(around)).toMatchObject({ inception: late, expiration: 50 });
    const at = (now: number): string => summary(verdictOf(www, [around], keys, {}, now));
    expect([late - 1, late, late + 60, late + 100, late + 101].map(at)).toEqual([
      'bogus not-yet-valid',
      'secure',
      'secure',
      'secure',
      'bogus expired',
    ]);
  });

  test.each([
    ['is no zone key', 0, 3],
    ['is revoked', 0x180, 3],
    ['is of another protocol', 0x100, 2],
  ])('is not secured by a key that %s', (_, flags, protocol) => {
    const rdata = rdataOfDnskey({ ...dnskeyOf(key.dnskey), flags, protocol });
    const by = altered({ keyTag: keyTagOf(rdata) });
    expect(summary(verdictOf(www, [by], keysOf(rdata)))).toBe('bogus no-key');
  });
});

describe('octets that are no key', () => {
  const rsa = (modulus: number, exponent: string): string =>
    `0${exponent.length / 2}${exponent}${'ff'.repeat(modulus)}`;
  test.each([
    ['RSA with a modulus of 500 bits', 8, `0103${'0f'}${'ff'.repeat(62)}`],
    ['RSA with a modulus of 4104 bits', 8, rsa(513, '010001')],
    ['RSA with an exponent of 9 octets', 8, rsa(256, '010000000000000001')],
    ['RSA with a leading zero', 8, `0103${'00'}${'ff'.repeat(256)}`],
    ['RSA of 1000 bits for SHA-512', 10, `0103${'ff'.repeat(125)}`],
    ['RSA that ends in its exponent', 8, '0301'],
    ['RSA with a length of 0', 8, '000000'],
    ['a point that is not on the curve', 13, '01'.repeat(64)],
    ['a point that is too short', 14, '01'.repeat(95)],
    ['Ed25519 of 31 octets', 15, '01'.repeat(31)],
    ['Ed448 of 58 octets', 16, '01'.repeat(58)],
    ['an algorithm that is not known', 200, '01'.repeat(32)],
  ])('%s are found so', (_, algorithm, hex) => {
    expect(
      keyObjectOf(rdataOfDnskey({ flags: 256, protocol: 3, algorithm, publicKey: Buffer.from(hex, 'hex') })),
    ).toBeNull();
  });

  test('leave what they signed bogus, and cost as much as a wrong signature', () => {
    const rdata = rdataOfDnskey({
      flags: 256,
      protocol: 3,
      algorithm: 13,
      publicKey: new Uint8Array(64).fill(1),
    });
    const budget = new DnssecBudget();
    const by = altered({ keyTag: keyTagOf(rdata), algorithm: 13, signature: new Uint8Array(64) });
    expect(summary(verifyRRset(www, [by], keysOf(rdata), { nowSeconds, budget }))).toBe('bogus bad-key');
    expect(budget.validationsLeft).toBe(15);
  });
});

/** Keys that share the tag of `key`: two octets changed so that the sum stays. */
function withOneTag(count: number): readonly Rdata[] {
  const { publicKey } = dnskeyOf(key.dnskey);
  const found: Rdata[] = [];
  for (let step = 1; found.length < count; step += 1) {
    const copy = publicKey.slice();
    copy[0] = ((copy[0] ?? 0) + step) & 0xff;
    copy[2] = ((copy[2] ?? 0) - step) & 0xff;
    const rdata = rdataOfDnskey({ flags: 256, protocol: 3, algorithm: 15, publicKey: copy });
    if (keyTagOf(rdata) === key.keyTag) found.push(rdata);
  }
  return found;
}

describe('work', () => {
  test('ends after 16 validations, however many signatures there are', () => {
    const wrong = Array.from({ length: 100 }, (_, at) => altered({ signature: new Uint8Array(64).fill(at) }));
    const budget = new DnssecBudget();
    expect(summary(verifyRRset(www, wrong, keys, { nowSeconds, budget }))).toBe('limit validations');
    expect(budget.validationsLeft).toBe(0);
    expect(summary(verifyRRset(www, [signature], keys, { nowSeconds, budget }))).toBe('limit validations');
    expect(summary(verdictOf(www, [...wrong, signature], keys, { validations: 101 }))).toBe('secure');
  });

  test('tries 4 keys of one tag at most for a signature', () => {
    const others = withOneTag(8);
    const budget = new DnssecBudget();
    const wrong = altered({ signature: new Uint8Array(64) });
    expect(summary(verifyRRset(www, [wrong], keysOf(...others), { nowSeconds, budget }))).toBe(
      'limit keys-per-tag',
    );
    expect(budget.validationsLeft).toBe(12);
    expect(summary(verdictOf(www, [wrong], keysOf(...others.slice(0, 4))))).toBe('bogus bad-signature');
    expect(summary(verdictOf(www, [signature], keysOf(...others.slice(0, 3), key.dnskey)))).toBe('secure');
  });

  test('of KeyTrap, many keys with one tag times many signatures, ends as soon', () => {
    const wrong = Array.from({ length: 50 }, (_, at) => altered({ signature: new Uint8Array(64).fill(at) }));
    const budget = new DnssecBudget();
    expect(verifyRRset(www, wrong, keysOf(...withOneTag(50)), { nowSeconds, budget }).kind).toBe('limit');
    expect(budget.validationsLeft).toBe(0);
  });
});

describe('the keys of a zone', () => {
  const entry = ed25519(true);
  const both = keysOf(key.dnskey, entry.dnskey);
  const signatures = signaturesOf(both, [entry], zone, validity).data;
  const ds = (digestType: number, of = entry): Rdata => dsOfKey(zone, of.dnskey, digestType);
  const broken = parseRdata('DS', `${entry.keyTag} 15 2 ${'00'.repeat(32)}`);
  const judged = (trusted: readonly Rdata[], by = signatures): string =>
    summary(verifyKeys(both, by, trusted, { nowSeconds, budget: new DnssecBudget() }));

  test.each<readonly [string, readonly Rdata[], string]>([
    ['a DS with SHA-256', [ds(2)], 'secure'],
    ['a DS with SHA-384', [ds(4)], 'secure'],
    ['a DS with SHA-1 alone', [ds(1)], 'secure'],
    ['a good DS among bad ones', [broken, ds(2, key), ds(4)], 'secure'],
    ['a DS with SHA-1 beside a bad one with SHA-256', [ds(1), broken], 'bogus '],
    ['a DS for a key that did not sign the keys', [ds(2, key)], 'bogus no-key'],
    ['a DS for no key', [parseRdata('DS', `1 15 2 ${'00'.repeat(32)}`)], 'bogus '],
    [
      'only a DS with an unknown algorithm',
      [parseRdata('DS', `${entry.keyTag} 200 2 ${'00'.repeat(32)}`)],
      'insecure',
    ],
    [
      'only a DS with an unknown digest',
      [parseRdata('DS', `${entry.keyTag} 15 200 ${'00'.repeat(32)}`)],
      'insecure',
    ],
    ['no DS', [], 'insecure'],
  ])('with %s are judged', (_, trusted, expected) => {
    expect(judged(trusted)).toMatch(new RegExp(`^${expected}`));
  });

  test('with more than 8 DS are compared with the first 8', () => {
    const many = Array.from({ length: 9 }, (_, at) => parseRdata('DS', `${at} 15 2 ${'00'.repeat(32)}`));
    expect(judged([...many, ds(2)])).toBe('limit ds-tried');
    expect(judged([...many.slice(0, 7), ds(2)])).toBe('secure');
  });

  test('need a signature by a key that a DS stands for', () => {
    expect(judged([ds(2)], signaturesOf(both, [key], zone, validity).data)).toBe('bogus no-key');
    expect(judged([ds(2)], [])).toBe('bogus ');
  });

  test('are told apart when no DS stands for one, and when such a key did not sign', () => {
    const options = { nowSeconds, budget: new DnssecBudget() };
    expect(verifyKeys(both, signatures, [broken], options)).toMatchObject({ matched: false });
    expect(verifyKeys(both, signatures, [ds(2, key)], options)).toMatchObject({ matched: true });
    expect(verifyKeys(both, [], [ds(2)], options)).toMatchObject({ matched: true, faults: [] });
  });
});

describe('a key for signing', () => {
  test('is refused when it is not the one of its DNSKEY, or cannot sign a zone', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    expect(() => signingKeyOf(key.dnskey, privateKey)).toThrow('not that of the DNSKEY');
    expect(() => signingKeyOf(key.dnskey, publicKey)).toThrow('a public key signs nothing');
    expect(() => makeSigningKey(privateKey, { algorithm: 13, secureEntryPoint: true })).toThrow(
      'no key of DNSSEC algorithm 13',
    );
    const old = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey;
    expect(() => makeSigningKey(old, { algorithm: 7, secureEntryPoint: true })).toThrow(
      'nothing is signed with DNSSEC algorithm 7',
    );
    const revoked = rdataOfDnskey({ ...dnskeyOf(key.dnskey), flags: 0x180 });
    expect(() => signingKeyOf(revoked, key.privateKey)).toThrow('flags 384');
  });

  test('signs only what its zone holds, for a time that is one', () => {
    expect(() => signRRset(www, key, parseName('example.org'), validity)).toThrow('is not in the zone');
    for (const expirationSeconds of [nowSeconds - 100, nowSeconds + 0x80000000]) {
      expect(() => signRRset(www, key, zone, { ...validity, expirationSeconds })).toThrow(
        'signatures valid from',
      );
    }
  });

  test.each([
    ['', 'the line "Private-key-format" is missing'],
    ['Private-key-format: v2.0\nAlgorithm: 15', 'its format is "v2.0"'],
    ['Private-key-format: v1.3\nAlgorithm: 3 (DSA)', 'its algorithm is "3 (DSA)"'],
    [
      'Private-key-format: v1.3\nAlgorithm: 15\nPrivateKey: c2VjcmV0',
      'its fields are no key of algorithm 15',
    ],
    ['Private-key-format: v1.3\nAlgorithm: 8\nModulus: c2VjcmV0', 'its fields are no key of algorithm 8'],
    [
      `Private-key-format: v1.3\nAlgorithm: 13\nPrivateKey: ${Buffer.alloc(32).toString('base64')}`,
      'its fields are no key of algorithm 13',
    ],
    [
      `Private-key-format: v1.3\nAlgorithm: 13\nPrivateKey: ${Buffer.alloc(33, 1).toString('base64')}`,
      'its fields are no key of algorithm 13',
    ],
    ['Private-key-format: v1.3\nAlgorithm: 13\nPrivateKey: ', 'its fields are no key of algorithm 13'],
  ])('is not read from %j, and the error does not show what was there', (text, sentence) => {
    expect(() => parsePrivateKeyFile(text)).toThrow(sentence);
    try {
      parsePrivateKeyFile(text);
    } catch (error) {
      expect(inspect(error)).not.toContain('c2VjcmV0');
    }
  });
});
