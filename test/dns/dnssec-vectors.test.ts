import { describe, expect, test } from 'vitest';
import { dnskeyOf, dsOfKey, keyTagOf, rrsigOf } from '../../src/dns/dnssec.ts';
import { DnssecBudget } from '../../src/dns/dnssec-budget.ts';
import { dnskeyOfKeyObject, parsePrivateKeyFile, signingKeyOf } from '../../src/dns/dnssec-keys.ts';
import { signRRset } from '../../src/dns/dnssec-sign.ts';
import { verifyRRset } from '../../src/dns/dnssec-verify.ts';
import { parseName } from '../../src/dns/name.ts';
import { parseRdata } from '../../src/dns/rdata.ts';
import { type RRset, rrsetOf } from '../../src/dns/rrset.ts';

/** The examples of the RFCs, as facts. Those of RFC 8080 are as its verified erratum 4935 has them. */
interface Example {
  readonly title: string;
  readonly zone: string;
  readonly dnskey: string;
  readonly keyTag: number;
  readonly ds: string | null;
  /** The value of the field PrivateKey. */
  readonly privateKey: string | null;
  readonly rrset: RRset;
  readonly rrsig: string;
  /** Whether signing gives these very octets again. */
  readonly repeats: boolean;
}

const examples: readonly Example[] = [
  {
    title: 'RFC 5702 section 6.1 (RSA/SHA-256)',
    zone: 'example.net.',
    dnskey:
      '256 3 8 AwEAAcFcGsaxxdgiuuGmCkVImy4h99CqT7jwY3pexPGcnUFtR2Fh36BponcwtkZ4cAgtvd4Qs8PkxUdp6p/DlUmObdk=',
    keyTag: 9033,
    ds: null,
    privateKey: null,
    rrset: rrsetOf('www.example.net.', 'A', 3600, '192.0.2.91'),
    rrsig:
      'A 8 3 3600 20300101000000 20000101000000 9033 example.net. ' +
      'kRCOH6u7l0QGy9qpC9l1sLncJcOKFLJ7GhiUOibu4teYp5VE9RncriShZNz85mwlMgNEacFYK/lPtPiVYP4bwg==',
    repeats: false,
  },
  {
    title: 'RFC 5702 section 6.2 (RSA/SHA-512)',
    zone: 'example.net.',
    dnskey:
      '256 3 10 AwEAAdHoNTOW+et86KuJOWRDp1pndvwb6Y83nSVXXyLA3DLroROUkN6X0O6pnWnjJQujX/AyhqFDxj13tOnD9u/1kTg7cV6rklMrZDtJCQ5P' +
      'Cl/D7QNPsgVsMu1J2Q8gpMpztNFLpPBz1bWXjDtaR7ZQBlZ3PFY12ZTSncorffcGmhOL',
    keyTag: 3740,
    ds: null,
    privateKey: null,
    rrset: rrsetOf('www.example.net.', 'A', 3600, '192.0.2.91'),
    rrsig:
      'A 10 3 3600 20300101000000 20000101000000 3740 example.net. ' +
      'tsb4wnjRUDnB1BUi+t6TMTXThjVnG+eCkWqjvvjhzQL1d0YRoOe0CbxrVDYd0xDtsuJRaeUw1ep94PzEWzr0iGYgZBWm/zpq+9fOuagYJRfDqfRe' +
      'KBzMweOLDiNa8iP5g9vMhpuv6OPlvpXwm9Sa9ZXIbNl1MBGk0fthPgxdDLw=',
    repeats: false,
  },
  {
    title: 'RFC 6605 section 6.1 (ECDSA P-256)',
    zone: 'example.net.',
    dnskey:
      '257 3 13 GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edbkrSqQpF64cYbcB7wNcP+e+MAnLr+Wi9xMWyQLc8NAA==',
    keyTag: 55648,
    ds: '55648 13 2 b4c8c1fe2e7477127b27115656ad6256f424625bf5c1e2770ce6d6e37df61d17',
    privateKey: 'GU6SnQ/Ou+xC5RumuIUIuJZteXT2z0O/ok1s38Et6mQ=',
    rrset: rrsetOf('www.example.net.', 'A', 3600, '192.0.2.1'),
    rrsig:
      'A 13 3 3600 20100909100439 20100812100439 55648 example.net. ' +
      'qx6wLYqmh+l9oCKTN6qIc+bw6ya+KJ8oMz0YP107epXAyGmt+3SNruPFKG7tZoLBLlUzGGus7ZwmwWep666VCw==',
    repeats: false,
  },
  {
    title: 'RFC 6605 section 6.2 (ECDSA P-384)',
    zone: 'example.net.',
    dnskey:
      '257 3 14 xKYaNhWdGOfJ+nPrL8/arkwf2EY3MDJ+SErKivBVSum1w/egsXvSADtNJhyem5RCOpgQ6K8X1DRSEkrbYQ+OB+v8/uX45NBwY8rp65F6Glur' +
      '8I/mlVNgF6W/qTI37m40',
    keyTag: 10771,
    ds: '10771 14 4 72d7b62976ce06438e9c0bf319013cf801f09ecc84b8d7e9495f27e305c6a9b0563a9b5f4d288405c3008a946df983d6',
    privateKey: 'WURgWHCcYIYUPWgeLmiPY2DJJk02vgrmTfitxgqcL4vwW7BOrbawVmVe0d9V94SR',
    rrset: rrsetOf('www.example.net.', 'A', 3600, '192.0.2.1'),
    rrsig:
      'A 14 3 3600 20100909102025 20100812102025 10771 example.net. ' +
      '/L5hDKIvGDyI1fcARX3z65qrmPsVz73QD1Mr5CEqOiLP95hxQouuroGCeZOvzFaxsT8Glr74hbavRKayJNuydCuzWTSSPdz7wnqXL5bdcJzusdnI' +
      '0RSMROxxwGipWcJm',
    repeats: false,
  },
  {
    title: 'RFC 8080 section 6.1, first key (Ed25519)',
    zone: 'example.com.',
    dnskey: '257 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=',
    keyTag: 3613,
    ds: '3613 15 2 3aa5ab37efce57f737fc1627013fee07bdf241bd10f3b1964ab55c78e79a304b',
    privateKey: 'ODIyNjAzODQ2MjgwODAxMjI2NDUxOTAyMDQxNDIyNjI=',
    rrset: rrsetOf('example.com.', 'MX', 3600, '10 mail.example.com.'),
    rrsig:
      'MX 15 2 3600 1440021600 1438207200 3613 example.com. ' +
      'oL9krJun7xfBOIWcGHi7mag5/hdZrKWw15jPGrHpjQeRAvTdszaPD+QLs3fx8A4M3e23mRZ9VrbpMngwcrqNAg==',
    repeats: true,
  },
  {
    title: 'RFC 8080 section 6.1, second key (Ed25519)',
    zone: 'example.com.',
    dnskey: '257 3 15 zPnZ/QwEe7S8C5SPz2OfS5RR40ATk2/rYnE9xHIEijs=',
    keyTag: 35217,
    ds: '35217 15 2 401781b934e392de492ec77ae2e15d70f6575a1c0bc59c5275c04ebe80c6614c',
    privateKey: 'DSSF3o0s0f+ElWzj9E/Osxw8hLpk55chkmx0LYN5WiY=',
    rrset: rrsetOf('example.com.', 'MX', 3600, '10 mail.example.com.'),
    rrsig:
      'MX 15 2 3600 1440021600 1438207200 35217 example.com. ' +
      'zXQ0bkYgQTEFyfLyi9QoiY6D8ZdYo4wyUhVioYZXFdT410QPRITQSqJSnzQoSm5poJ7gD7AQR0O7KuI5k2pcBg==',
    repeats: true,
  },
  {
    title: 'RFC 8080 section 6.2, first key (Ed448)',
    zone: 'example.com.',
    dnskey: '257 3 16 3kgROaDjrh0H2iuixWBrc8g2EpBBLCdGzHmn+G2MpTPhpj/OiBVHHSfPodx1FYYUcJKm1MDpJtIA',
    keyTag: 9713,
    ds: null,
    privateKey: 'xZ+5Cgm463xugtkY5B0Jx6erFTXp13rYegst0qRtNsOYnaVpMx0Z/c5EiA9x8wWbDDct/U3FhYWA',
    rrset: rrsetOf('example.com.', 'MX', 3600, '10 mail.example.com.'),
    rrsig:
      'MX 16 2 3600 1440021600 1438207200 9713 example.com. ' +
      '3cPAHkmlnxcDHMyg7vFC34l0blBhuG1qpwLmjInI8w1CMB29FkEAIJUA0amxWndkmnBZ6SKiwZSAxGILn/NBtOXft0+Gj7FSvOKxE/07+4RQvE58' +
      '1N3Aj/JtIyaiYVdnYtyMWbSNyGEY2213WKsJlwEA',
    repeats: true,
  },
];

const keyFile = (algorithm: number, privateKey: string): string =>
  `Private-key-format: v1.3\nAlgorithm: ${algorithm} (NAME)\nPrivateKey: ${privateKey}\nCreated: 20200101000000\n`;

describe.each(examples)('$title', example => {
  const dnskey = parseRdata('DNSKEY', example.dnskey);
  const zone = parseName(example.zone);
  const keys = rrsetOf(zone, 'DNSKEY', 3600, example.dnskey);
  const rrsig = parseRdata('RRSIG', example.rrsig);
  const { algorithm, inception, expiration } = rrsigOf(rrsig);
  const verdict = (rrset: RRset, nowSeconds = inception): string => {
    const found = verifyRRset(rrset, [rrsig], keys, { nowSeconds, budget: new DnssecBudget() });
    return found.kind === 'bogus' ? found.faults.map(({ fault }) => fault).join() : found.kind;
  };

  test('has its key tag', () => {
    expect(keyTagOf(dnskey)).toBe(example.keyTag);
  });

  test('verifies, at both ends of its time and not beyond them', () => {
    expect(verdict(example.rrset)).toBe('secure');
    expect(verdict(example.rrset, expiration)).toBe('secure');
    expect(verdict(example.rrset, inception - 1)).toBe('not-yet-valid');
    expect(verdict(example.rrset, expiration + 1)).toBe('expired');
  });

  test('verifies whatever TTL a cache has left, and not with other data', () => {
    expect(verdict({ ...example.rrset, ttl: 17 })).toBe('secure');
    const other = example.rrset.type === 'A' ? '192.0.2.2' : '11 mail.example.com.';
    expect(verdict(rrsetOf(example.rrset.owner, example.rrset.type, 3600, other))).toBe('bad-signature');
  });

  const { ds, privateKey } = example;
  if (ds !== null) {
    test('has its DS', () => {
      expect(dsOfKey(zone, dnskey, Number(ds.split(' ')[2]))).toBe(ds);
    });
  }

  if (privateKey !== null) {
    test('has the public key of its private key, and signs what verifies', () => {
      const read = parsePrivateKeyFile(keyFile(algorithm, privateKey));
      expect(read.algorithm).toBe(algorithm);
      expect(dnskeyOfKeyObject(read.privateKey, algorithm, 257)).toBe(dnskey);
      const validity = { inceptionSeconds: inception, expirationSeconds: expiration };
      const signed = signRRset(example.rrset, signingKeyOf(dnskey, read.privateKey), zone, validity);
      if (example.repeats) expect(signed).toBe(rrsig);
      const again = verifyRRset(example.rrset, [signed], keys, {
        nowSeconds: inception,
        budget: new DnssecBudget(),
      });
      expect(again.kind).toBe('secure');
    });
  }
});

/** Keys that dnssec-keygen of BIND 9.18 made, until one came whose number begins with a zero octet, which it does not write. */
const shortKeys = [
  {
    title: '31 octets of ECDSAP256SHA256',
    dnskey:
      '256 3 13 swN/hCl5mqkzUzheVxip8WZNMvx1TKS+DqJnKqvrMIFX9yarp1tFIQNQIDwunC4PMMussq/Jx+9jQsDlb4Z6IA==',
    privateKey: 'xSuTPilwoamvRGv/Vka5drl6km1OcYlfpU/GdPNiHw==',
  },
  {
    title: '47 octets of ECDSAP384SHA384',
    dnskey:
      '256 3 14 iHlLQ72cO7UVPJNvLY6NayDp68G17chQmD5U9eAb01Z/fCcwZLRXtSXaETmlVVynKz5jN9G+OpWkLrswg7dEvsd8e6axMpjc9SHe' +
      'A9SNRGrIRcBZ6kNID02Itz2LeYNl',
    privateKey: 'v/WVsCTDhWzl7mPuAJLK9qyyUVzOKwyFmP3HtRwuIkO4VYR27yP9AVGY2KkxEpQ=',
  },
];

test.each(shortKeys)('a private key file with $title is that of its DNSKEY', ({ dnskey, privateKey }) => {
  const rdata = parseRdata('DNSKEY', dnskey);
  const { algorithm } = dnskeyOf(rdata);
  const read = parsePrivateKeyFile(keyFile(algorithm, privateKey));
  expect(dnskeyOfKeyObject(read.privateKey, algorithm, 256)).toBe(rdata);
});

describe('key tags and digests', () => {
  const owner = parseName('dskey.example.com');
  const dnskey = parseRdata(
    'DNSKEY',
    '256 3 5 AQOeiiR0GOMYkDshWoSKz9XzfwJr1AYtsmx3TGkJaNXVbfi/2pHm822aJ5iI9BMzNXxeYCmZDRD99WYwYqUSdjMmmAphXdvxegXd/M5+X7Or' +
      'zKBaMbCVdFLUUh6DhweJBjEVv5f2wwjM9XzcnOf+EPbtG9DMBmADjFDc2w/rljwvFw==',
  );

  test('are those of RFC 4034 section 5.4 and RFC 4509 section 2.3', () => {
    expect(keyTagOf(dnskey)).toBe(60485);
    expect(dsOfKey(owner, dnskey, 1)).toBe('60485 5 1 2bb183af5f22588179a53b0a98631fad1a292118');
    expect(dsOfKey(owner, dnskey, 2)).toBe(
      '60485 5 2 d4b7d520e7bb5f0f67674a0cceb1e3e0614b93c4f9e99b8383f6a1e4469da50a',
    );
  });

  test('of algorithm 1 are taken from the modulus (RFC 4034 appendix B.1)', () => {
    expect(
      keyTagOf(parseRdata('DNSKEY', `256 3 1 ${Buffer.from('0103aabb1234ff', 'hex').toString('base64')}`)),
    ).toBe(0x1234);
  });

  test('need a digest type that is known', () => {
    expect(() => dsOfKey(owner, dnskey, 3)).toThrow('digest type 3');
  });
});
