import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { ZonecutError } from '../../src/error.ts';
import { printFacts } from '../../src/survey/facts-file.ts';
import { parseFacts } from '../../src/survey/facts-schema.ts';
import { bundlesIn, runBundle } from '../conformance/checks.ts';
import { parseBundle } from '../conformance/checks-bundle.ts';

let healthy = '';

beforeAll(async () => {
  const text = readFileSync('test/checks/scenarios/healthy/signed.json', 'utf8');
  healthy = printFacts((await runBundle(parseBundle(text))).facts);
});

test('facts of every scenario are read as they were written', async () => {
  for (const { path } of bundlesIn('test/checks/scenarios')) {
    const { facts } = await runBundle(parseBundle(readFileSync(path, 'utf8')));
    expect(parseFacts(printFacts(facts))).toEqual(JSON.parse(JSON.stringify(facts)));
  }
});

/** What reading `text` is refused with. */
function refusal(text: string): string {
  try {
    parseFacts(text);
  } catch (error) {
    if (error instanceof ZonecutError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return 'none';
}

describe('a file of facts is refused', () => {
  const whole: readonly (readonly [string, string, string])[] = [
    ['that is empty', '', 'it is not JSON'],
    ['that is cut off', '{"schema":"zonecut/facts/v1","cut"', 'it is not JSON'],
    ['that holds a list', '[]', 'it has no `schema`, and facts have zonecut/facts/v1'],
    ['that holds null', 'null', 'it has no `schema`, and facts have zonecut/facts/v1'],
    [
      'of another version',
      '{"schema":"zonecut/facts/v9"}',
      'schema is "zonecut/facts/v9", this zonecut reads zonecut/facts/v1',
    ],
    ['without a member', '{"schema":"zonecut/facts/v1"}', 'cut: nothing was found, allowed is a text'],
  ];
  test.each(whole)('%s', (_what, text, why) => {
    expect(refusal(text)).toBe(`ZC_USAGE: the text holds no facts that this version reads: ${why}`);
  });

  const edited: readonly (readonly [string, string, unknown, string])[] = [
    [
      'with a name that is none',
      'cut',
      'sub..test.',
      '"sub..test." was found, allowed is a domain name: absolute, lower case, as in a zone file',
    ],
    [
      'with a name that is not canonical',
      'children.0.names.0',
      'NS1.test.',
      '"NS1.test." was found, allowed is a domain name: absolute, lower case, as in a zone file',
    ],
    [
      'with an address that is none',
      'children.0.address',
      '15.0.1',
      '"15.0.1" was found, allowed is an IPv4 or IPv6 address',
    ],
    [
      'with a word that is not known',
      'children.0.from',
      'parent',
      '"parent" was found, allowed is "delegation", "child-only"',
    ],
    [
      'with an outcome that is not known',
      'parents.0.ns.exchange.kind',
      'lost',
      '"lost" was found, allowed is one of the kinds that this zonecut knows',
    ],
    ['with a text for a number', 'takenAtMs', 'today', '"today" was found, allowed is a number'],
    [
      'with a TTL below zero',
      'parents.0.ns.exchange.message.authority.0.ttl',
      -1,
      '-1 was found, allowed is a whole number, 0 to 2147483647',
    ],
    ['with a part of a millisecond', 'takenAtMs', 0.5, '0.5 was found, allowed is a whole number'],
    [
      'with data of another type',
      'children.0.soa.exchange.message.answer.0.data',
      '192.0.2.1',
      '"192.0.2.1" was found, allowed is the data of a record of type SOA',
    ],
    ['with an object for a list', 'walk', {}, '{} was found, allowed is a list'],
  ];
  test.each(edited)('%s', (_what, at, value, why) => {
    expect(refusal(edit(at, value))).toBe(
      `ZC_USAGE: the text holds no facts that this version reads: ${at}: ${why}`,
    );
  });

  test('with a member that is not known', () => {
    expect(refusal(edit('children.0.mood', 'good'))).toBe(
      'ZC_USAGE: the text holds no facts that this version reads: children.0: mood is not known there',
    );
  });
});

/** The facts of the healthy world with another value at one place. */
function edit(at: string, value: unknown): string {
  const facts: unknown = JSON.parse(healthy);
  const way = at.split('.');
  const last = way.pop() ?? '';
  const place = way.reduce<unknown>((from, key) => Reflect.get(Object(from), key), facts);
  Reflect.set(Object(place), last, value);
  return JSON.stringify(facts);
}
