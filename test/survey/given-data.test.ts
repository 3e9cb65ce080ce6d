import { describe, expect, test } from 'vitest';
import { AsnTable } from '../../src/survey/asn-table.ts';
import { parseCloudRanges, rentedAmong } from '../../src/survey/cloud-ranges.ts';
import { rangeOfPrefix } from '../../src/survey/prefix.ts';
import { parseRdap } from '../../src/survey/rdap.ts';

describe('a table of origins', () => {
  const originOf = (address: string, ...lines: readonly string[]): readonly number[] | undefined => {
    const table = new AsnTable([address]);
    for (const line of lines) table.line(line);
    return table.origins[0]?.asns;
  };

  test.each([
    ['pyasn', '192.0.2.0/24\t64500'],
    ['pyasn, IPv6', '2001:db8::/32\t64500'],
    ['pfx2as', '192.0.2.0\t24\t64500'],
    ['pfx2as, IPv6', '2001:db8::\t32\t64500'],
    ['iptoasn', '192.0.2.0\t192.0.2.255\t64500\tZZ\tA NAME, WITH A COMMA'],
    ['iptoasn, IPv6', '2001:db8::\t2001:db8:ffff:ffff:ffff:ffff:ffff:ffff\t64500\tZZ\tNAME'],
    ['iptoasn, numbers', '3221225984\t3221226239\t64500\tZZ\tNAME'],
    ['blanks', '192.0.2.0/24 AS64500'],
    ['commas and quotes', '"192.0.2.0","192.0.2.255","64500","Name"'],
  ])('is read as %s writes it', (_, line) => {
    expect(originOf(line.includes('::') ? '2001:db8::53' : '192.0.2.53', line)).toEqual([64500]);
  });

  test.each([['192.0.2.0/24\t64500_64501'], ['192.0.2.0/24\t{64500,64501}'], ['192.0.2.0\t24\t64500,64501']])(
    'has several origins: %s',
    line => {
      expect(originOf('192.0.2.53', line)).toEqual([64500, 64501]);
    },
  );

  test('gives the narrowest range, in whatever order the lines come', () => {
    const lines = ['192.0.0.0/16 1', '192.0.2.0/25 3', '192.0.2.0/24 2', '0.0.0.0/0 9'];
    expect(originOf('192.0.2.53', ...lines)).toEqual([3]);
    expect(originOf('192.0.2.53', ...lines.toReversed())).toEqual([3]);
    expect(originOf('192.0.2.153', ...lines)).toEqual([2]);
  });

  test('says nothing of what nobody announces, nor of another family', () => {
    expect(originOf('192.0.2.53', '192.0.2.0\t192.0.2.255\t0\tNone\tNot routed')).toBeUndefined();
    expect(originOf('192.0.2.53', '::/0 64500')).toBeUndefined();
  });

  test('counts the lines that are no row, and knows the first of them', () => {
    const table = new AsnTable(['192.0.2.53']);
    const odd = [
      'prefix asn',
      '192.0.2.0/33 1',
      '192.0.2.9 192.0.2.1 1',
      '192.0.2.0/24',
      '192.0.2.0/24 4294967296',
    ];
    for (const line of ['; comment', '', '192.0.2.0/24 64500', ...odd, '# comment']) table.line(line);
    expect(table.counts).toEqual({ lines: 1 + odd.length, odd: odd.length, firstOdd: 4 });
    table.begin();
    expect(table.counts).toEqual({ lines: 0, odd: 0, firstOdd: 0 });
    expect(table.origins).toHaveLength(1);
  });
});

test.each([
  ['192.0.2.0/24', '192.0.2.0', '192.0.2.255'],
  ['192.0.2.77/31', '192.0.2.76', '192.0.2.77'],
  ['0.0.0.0/0', '0.0.0.0', '255.255.255.255'],
])('the prefix %s is from %s to %s', (prefix, first, last) => {
  const range = rangeOfPrefix(prefix);
  expect([range?.first.join('.'), range?.last.join('.')]).toEqual([first, last]);
});

describe('the list of a cloud', () => {
  const aws = {
    syncToken: '1',
    createDate: '2026-01-02-03-04-05',
    prefixes: [
      { ip_prefix: '192.0.2.0/24', region: 'eu-west-1', service: 'AMAZON' },
      { ip_prefix: '192.0.2.0/25', region: 'eu-west-1', service: 'EC2' },
      { ip_prefix: '198.51.100.0/24', region: 'GLOBAL', service: 'ROUTE53' },
    ],
    ipv6_prefixes: [{ ipv6_prefix: '2001:db8::/32', region: 'GLOBAL', service: 'GLOBALACCELERATOR' }],
  };
  const google = {
    creationTime: '2026-01-02T03:04:05.6',
    prefixes: [
      { ipv4Prefix: '192.0.2.0/24', service: 'Google Cloud', scope: 'europe-west1' },
      { ipv6Prefix: '2001:db8::/32' },
    ],
  };
  const azure = {
    changeNumber: 7,
    cloud: 'Public',
    values: [
      { name: 'AzureCloud', properties: { region: '', addressPrefixes: ['192.0.2.0/24'] } },
      {
        name: 'AzureCloud.westeurope',
        properties: { region: 'westeurope', addressPrefixes: ['192.0.2.0/25'] },
      },
      { name: 'Storage', properties: { region: '', addressPrefixes: ['198.51.100.0/24'] } },
    ],
  };
  const found = (json: object): readonly unknown[] =>
    rentedAmong(['192.0.2.53', '198.51.100.53', '2001:db8::53'], parseCloudRanges(JSON.stringify(json)));

  test('of AWS counts where customers get addresses', () => {
    const asOf = '2026-01-02';
    expect(found(aws)).toEqual([
      { address: '192.0.2.53', cloud: 'AWS', prefix: '192.0.2.0/25', place: 'eu-west-1', asOf },
      { address: '2001:db8::53', cloud: 'AWS', prefix: '2001:db8::/32', place: 'GLOBAL', asOf },
    ]);
  });

  test('of Google counts whole', () => {
    const asOf = '2026-01-02';
    expect(found(google)).toEqual([
      { address: '192.0.2.53', cloud: 'Google', prefix: '192.0.2.0/24', place: 'europe-west1', asOf },
      { address: '2001:db8::53', cloud: 'Google', prefix: '2001:db8::/32', place: null, asOf },
    ]);
  });

  test('of Azure counts by its regions', () => {
    expect(found(azure)).toEqual([
      { address: '192.0.2.53', cloud: 'Azure', prefix: '192.0.2.0/25', place: 'westeurope', asOf: null },
    ]);
  });

  test.each([
    ['[]', 'it is no JSON object'],
    ['nothing', 'it is no JSON object'],
    ['{}', 'neither ip-ranges.json of AWS'],
    ['{"prefixes":[]}', 'neither ip-ranges.json of AWS'],
    ['{"prefixes":[7]}', '"prefixes" has something else than objects'],
    ['{"prefixes":[{"ipv4Prefix":"192.0.2.0/40"}]}', '"192.0.2.0/40" is no prefix'],
    ['{"prefixes":[{"ip_prefix":"192.0.2.0/24","service":"ROUTE53"}]}', 'no range that customers get'],
  ])('is refused with what is wrong in it: %s', (text, message) => {
    expect(() => parseCloudRanges(text)).toThrow(message);
  });
});

describe('RDAP', () => {
  const domain = (more: object = {}): object => ({
    objectClassName: 'domain',
    ldhName: 'Example.NET',
    status: ['active'],
    events: [{ eventAction: 'expiration', eventDate: '2026-02-03T04:05:06+01:00' }],
    ...more,
  });
  const known = {
    domain: 'example.net.',
    expiresAt: '2026-02-03T03:05:06.000Z',
    asOf: null,
    status: ['active'],
  };

  test('is one answer, an array, or the result of a search', () => {
    expect(parseRdap(JSON.stringify(domain()))).toEqual([known]);
    expect(parseRdap(JSON.stringify([domain(), domain()]))).toEqual([known, known]);
    expect(parseRdap(JSON.stringify({ domainSearchResults: [domain()] }))).toEqual([known]);
  });

  test('may say nothing of an end', () => {
    expect(parseRdap(JSON.stringify(domain({ events: undefined })))).toEqual([{ ...known, expiresAt: null }]);
  });

  test.each([
    ['', 'it is no JSON'],
    ['7', 'it is no JSON object'],
    ['{}', 'objectClassName is missing'],
    ['{"errorCode":404,"title":"Not Found"}', 'it is an RDAP error, 404 (Not Found)'],
    ['{"objectClassName":"entity"}', 'objectClassName is "entity", wanted is "domain"'],
    ['{"objectClassName":"domain"}', 'ldhName is missing'],
    [JSON.stringify(domain({ events: {} })), 'events is no array'],
    [
      JSON.stringify(domain({ events: [{ eventAction: 'expiration', eventDate: 'soon' }] })),
      'is "soon", no date',
    ],
    [JSON.stringify([domain(), {}]), 'response 2: objectClassName is missing'],
  ])('is refused with what is wrong in it: %s', (text, message) => {
    expect(() => parseRdap(text)).toThrow(message);
  });
});
