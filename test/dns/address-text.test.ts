import { isIPv6 } from 'node:net';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { addressText, ipv6Octets } from '../../src/dns/address.ts';

const part = fc.constantFrom(
  '0',
  '1',
  'ffff',
  'aBc',
  '12345',
  '::',
  ':',
  '',
  'g',
  '1.2.3.4',
  '1.2.3.04',
  '%1',
);

it('text is an IPv6 address exactly when Node takes it for one, but for scopes', () => {
  fc.assert(
    fc.property(fc.array(part, { maxLength: 9 }), fc.constantFrom(':', ''), (parts, between) => {
      const text = parts.join(between);
      expect([text, ipv6Octets(text) !== null]).toEqual([text, isIPv6(text) && !text.includes('%')]);
    }),
    { numRuns: 20_000 },
  );
});

it('16 octets are the same address as their text, which URLs write alike', () => {
  const octet = fc.oneof(fc.constant(0), fc.nat(255));
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), fc.array(octet), (base, zeros) => {
      const octets = base.map((value, at) => (zeros[at] === 0 ? 0 : value));
      const text = addressText(octets);
      expect(ipv6Octets(text)).toEqual(octets);
      if (!text.includes('.')) expect(new URL(`http://[${text}]/`).hostname).toBe(`[${text}]`);
    }),
    { numRuns: 5000 },
  );
});
