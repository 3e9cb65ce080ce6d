import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nameFromUser, unicodeOf } from '../../src/dns/idn.ts';
import {
  ancestorsOf,
  childOf,
  commonAncestor,
  compareNames,
  isAtOrBelow,
  isBelow,
  labelCount,
  labelsOf,
  nameFromOctets,
  octetsOfName,
  parentOf,
  parseName,
  parseNameAt,
  relativeTo,
  rootName,
  wildcardAt,
} from '../../src/dns/name.ts';

/** Names of any octets, up to the limits. */
const anyName = fc
  .array(fc.uint8Array({ minLength: 1, maxLength: 63 }), { maxLength: 4 })
  .filter(labels => labels.reduce((sum, label) => sum + label.length + 1, 1) <= 255)
  .map(labels => nameFromOctets(Uint8Array.from([...labels.flatMap(label => [label.length, ...label]), 0])));

describe('parseName', () => {
  test.each([
    ['example.com', 'example.com.'],
    ['Example.COM.', 'example.com.'],
    ['.', '.'],
    ['a\\.b.example', 'a\\046b.example.'],
    ['a\\046b.example', 'a\\046b.example.'],
    ['\\065bc', 'abc.'],
    ['a\\\\b', 'a\\092b.'],
    ['_443._tcp.x', '_443._tcp.x.'],
    ['0/25.2.0.192.in-addr.arpa', '0/25.2.0.192.in-addr.arpa.'],
    ['a b', 'a\\032b.'],
    ['\\000\\255', '\\000\\255.'],
    [`${'a'.repeat(63)}.x`, `${'a'.repeat(63)}.x.`],
  ])('takes %s', (text, name) => {
    expect(parseName(text)).toBe(name);
  });

  test.each([
    '',
    '..',
    'a..b',
    '.a',
    'a\\',
    'a\\25',
    'a\\256',
    `${'a'.repeat(64)}.x`,
    'é.x',
    'a\tb',
    `${'a.'.repeat(127)}b`,
  ])('refuses %j', text => {
    expect(() => parseName(text)).toThrow(expect.objectContaining({ code: 'ZC_NAME' }));
  });

  test('takes 127 labels of one octet and 255 octets in all', () => {
    expect(labelCount(parseName('a.'.repeat(127)))).toBe(127);
    expect(octetsOfName(parseName('a.'.repeat(127))).length).toBe(255);
  });
});

test('relative names get the origin', () => {
  const origin = parseName('example.com');
  expect(parseNameAt('@', origin)).toBe('example.com.');
  expect(parseNameAt('www', origin)).toBe('www.example.com.');
  expect(parseNameAt('www.', origin)).toBe('www.');
  expect(parseNameAt('www', rootName)).toBe('www.');
  expect(() => parseNameAt('a.'.repeat(125).slice(0, -1), origin)).toThrow(/255 at most/);
  expect(relativeTo(origin, origin)).toBe('@');
  expect(relativeTo(parseName('a.b.example.com'), origin)).toBe('a.b');
  expect(relativeTo(parseName('aexample.com'), origin)).toBe('aexample.com.');
  expect(relativeTo(parseName('a'), rootName)).toBe('a');
});

test('a dot inside a label makes no ancestor', () => {
  const zone = parseName('example.com');
  expect(isAtOrBelow(parseName('a\\.example.com'), zone)).toBe(false);
  expect(isAtOrBelow(parseName('aexample.com'), zone)).toBe(false);
  expect(isBelow(zone, zone)).toBe(false);
  expect(isAtOrBelow(zone, rootName)).toBe(true);
  expect(childOf('a\\.b', zone)).toBe('a\\046b.example.com.');
  expect(() => childOf('a.b', zone)).toThrow(/not one label/);
});

test('names have parents, ancestors and labels', () => {
  const name = parseName('a.b.c');
  expect(labelsOf(name)).toEqual(['a', 'b', 'c']);
  expect(labelsOf(rootName)).toEqual([]);
  expect(parentOf(parseName('c'))).toBe('.');
  expect(parentOf(rootName)).toBeNull();
  expect(ancestorsOf(name)).toEqual(['a.b.c.', 'b.c.', 'c.', '.']);
  expect(commonAncestor(name, parseName('x.b.c'))).toBe('b.c.');
  expect(commonAncestor(name, parseName('x'))).toBe('.');
  expect(wildcardAt(name)).toBe('*.a.b.c.');
});

test('canonical order is that of RFC 4034 section 6.1', () => {
  const sorted = [
    'example',
    'a.example',
    'yljkjljk.a.example',
    'Z.a.example',
    'zABC.a.EXAMPLE',
    'z.example',
    '\\001.z.example',
    '*.z.example',
    '\\200.z.example',
  ].map(parseName);
  expect([...sorted].reverse().sort(compareNames)).toEqual(sorted);
});

test('octets and text of a name give one another', () => {
  fc.assert(
    fc.property(anyName, name => {
      expect(nameFromOctets(octetsOfName(name))).toBe(name);
      expect(parseName(name)).toBe(name);
      expect(name).toMatch(/^(\.|([a-z0-9_*/-]|\\\d{3}|\.)+\.)$/);
    }),
  );
});

test('below is what the labels say', () => {
  fc.assert(
    fc.property(anyName, anyName, (a, b) => {
      const [left, right] = [labelsOf(a), labelsOf(b)];
      const below =
        left.length >= right.length &&
        right.every((label, at) => left[left.length - right.length + at] === label);
      expect(isAtOrBelow(a, b)).toBe(below);
      expect(Math.sign(compareNames(a, b)) + Math.sign(compareNames(b, a))).toBe(0);
    }),
  );
});

describe('names as people type them', () => {
  test.each([
    ['bücher.example', 'xn--bcher-kva.example.', 'bücher.example'],
    ['BÜCHER.Example', 'xn--bcher-kva.example.', 'bücher.example'],
    ['faß.de', 'xn--fa-hia.de.', 'faß.de'],
    ['日本語。jp', 'xn--wgv71a119e.jp.', '日本語.jp'],
    ['_dmarc.bücher.example', '_dmarc.xn--bcher-kva.example.', '_dmarc.bücher.example'],
    ['a.example.', 'a.example.', 'a.example'],
    ['xn--a.example', 'xn--a.example.', 'xn--a.example'],
  ])('%s', (text, name, shown) => {
    expect(nameFromUser(text)).toBe(name);
    expect(unicodeOf(parseName(name))).toBe(shown);
  });

  test.each(['"a.example"', 'http://a.example', 'a b.example', 'a\u200d.example', 'a,b'])(
    'refuses %j',
    text => {
      expect(() => nameFromUser(text)).toThrow(expect.objectContaining({ code: 'ZC_NAME' }));
    },
  );
});
