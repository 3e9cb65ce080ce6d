import { expect, test } from 'vitest';
import { isAddress, parseAddress, reverseNameOf, specialRange } from '../../src/dns/address.ts';

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['2001:DB8::1', '2001:db8::1'],
  ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
  ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
  ['::', '::'],
  ['1::', '1::'],
  ['::ffff:192.0.2.1', '::ffff:192.0.2.1'],
  ['::192.0.2.1', '::c000:201'],
  ['1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8'],
  ['1:0:3:4:5:6:7:8', '1:0:3:4:5:6:7:8'],
])('%s is %s', (text, canonical) => {
  expect(parseAddress(text).text).toBe(canonical);
});

test.each([
  '',
  '1.2.3',
  '1.2.3.256',
  '01.2.3.4',
  '1.2.3.4.5',
  ':::',
  '1::2::3',
  '1:2:3:4:5:6:7',
  '::g',
  'fe80::1%eth0',
  '1:2:3:4:5:6:7:8::',
])('%j is no address', text => {
  expect(isAddress(text)).toBe(false);
  expect(() => parseAddress(text)).toThrow(expect.objectContaining({ code: 'ZC_RDATA' }));
});

test.each([
  ['8.8.8.8', null],
  ['2001:4860:4860::8888', null],
  ['192.175.48.6', null],
  ['127.1.2.3', 'loopback'],
  ['::1', 'loopback'],
  ['10.0.0.1', 'private'],
  ['fd00::1', 'private'],
  ['169.254.0.1', 'link-local'],
  ['fe80::1', 'link-local'],
  ['0.1.2.3', 'unspecified'],
  ['::', 'unspecified'],
  ['224.0.0.1', 'multicast'],
  ['ff02::1', 'multicast'],
  ['255.255.255.255', 'broadcast'],
  ['100.64.0.1', 'shared (carrier-grade NAT)'],
  ['192.0.2.1', 'reserved'],
  ['2001:db8::1', 'reserved'],
  ['4000::1', 'reserved'],
  ['::ffff:127.0.0.1', 'loopback'],
  ['64:ff9b::7f00:1', 'loopback'],
  ['2002:a00:1::1', 'private'],
])('the range of %s is %s', (text, range) => {
  expect(specialRange(text)).toBe(range);
});

test('addresses have reverse names', () => {
  expect(reverseNameOf(parseAddress('192.0.2.1'))).toBe('1.2.0.192.in-addr.arpa.');
  expect(reverseNameOf(parseAddress('2001:db8::1'))).toBe(
    '1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa.',
  );
});
