import { describe, expect, test } from 'vitest';
import data from '../../src/checks/cut/operators.json' with { type: 'json' };
import { operatorOf, parseOperators, sacrificialOf } from '../../src/checks/cut/operators.ts';
import { parseName } from '../../src/dns/name.ts';

describe('the operator of a name server', () => {
  const rows: readonly (readonly [string, string | null, string | null])[] = [
    ['ns-1024.awsdns-00.org', 'Amazon Route 53', 'edge'],
    ['ns1-07.azure-dns.com', 'Azure DNS', 'edge'],
    ['ns-cloud-e1.googledomains.com', 'Google Cloud DNS', 'edge'],
    ['ns1.digitalocean.com', 'DigitalOcean', 'open'],
    ['ns5.he.net', 'Hurricane Electric', 'open'],
    ['ns1.reg.ru', 'Reg.ru', 'purchase'],
    ['ns1abc.name.com', 'Name.com', 'purchase'],
    ['ada.ns.cloudflare.com', 'Cloudflare', 'set-match'],
    ['pdns1.ultradns.net', 'UltraDNS', 'protected'],
    ['ns-123-a.gandi.net', 'Gandi', 'protected'],
    ['a.dns.gandi.net', 'Gandi', 'protected'],
    ['dns1.p01.nsone.net', 'NS1', 'closed'],
    ['a1-2.akam.net', 'Akamai', null],
    ['ns1.google.com', 'Google', 'private'],
    ['ns5.twdcns.co.uk', 'Disney', 'private'],
    ['ns1.digitalocean.com.example.org', null, null],
    ['xns1.digitalocean.com', null, null],
    ['ns1.digitaloceanxcom', null, null],
    ['ns4.digitalocean.com', null, null],
    ['ns1.example.com', null, null],
  ];
  test.each(rows)('%s is with %s, which makes zones: %s', (name, operator, claim) => {
    const found = operatorOf(parseName(name));
    expect([found?.name ?? null, found?.claim ?? null]).toEqual([operator, claim]);
  });
});

describe('a name that a registrar made of another', () => {
  const rows: readonly (readonly [string, boolean | null])[] = [
    ['dropthishost-8cedef7b-b807-4fc8-9029-351a766325fe.biz', false],
    ['pleasedropthishost15965.example.biz', false],
    ['ns1.lamedelegation.org', false],
    ['ns1.lame-delegation-servers.org', null],
    ['ns1.old.invalid', true],
    ['a1b2.empty.as112.arpa', true],
    ['ns1.invalid.example', null],
    ['ns1.example.com', null],
  ];
  test.each(rows)('%s: safe is %s', (name, safe) => {
    expect(sacrificialOf(parseName(name))?.safe ?? null).toBe(safe);
  });
});

describe('the data of operators', () => {
  test('has the shape, no operator twice, and a policy only with a source', () => {
    const { operators, asOf } = parseOperators(data);
    expect(new Set(operators.map(({ name }) => name)).size).toBe(operators.length);
    expect(operators.filter(({ source }) => source === null).map(({ name, claim }) => [name, claim])).toEqual(
      [['Akamai', null]],
    );
    expect(Date.parse(asOf)).toBeGreaterThan(0);
  });

  const good = {
    name: 'One',
    patterns: ['ns\\.one\\.example'],
    claim: 'open',
    source: 'https://one.example',
  };
  const rows: readonly (readonly [string, object, string])[] = [
    ['without a version', { schema: 'zonecut/operators/v2' }, 'schema is not zonecut/operators/v1'],
    ['without a day', { asOf: 'today' }, 'asOf is no day'],
    ['without operators', { operators: {} }, 'operators is no list'],
    ['without sacrificial names', { sacrificial: null }, 'sacrificial is no list'],
    ['with an operator without a name', { operators: [{ ...good, name: '' }] }, 'an operator has no name'],
    ['with no pattern', { operators: [{ ...good, patterns: [] }] }, 'One: patterns'],
    ['with a broken pattern', { operators: [{ ...good, patterns: ['('] }] }, 'One: patterns'],
    ['with an unknown policy', { operators: [{ ...good, claim: 'maybe' }] }, 'One: claim is maybe'],
    [
      'with a policy without a source',
      { operators: [{ ...good, source: null }] },
      'One: claim without a source',
    ],
    [
      'with a source that is no place',
      { operators: [{ ...good, source: 'hearsay' }] },
      'One: source is hearsay',
    ],
    [
      'with an empty sacrificial pattern',
      { sacrificial: [{ pattern: '', safe: true, source: null }] },
      'sacrificial:  is no pattern',
    ],
    [
      'with a sacrificial name of unknown safety',
      { sacrificial: [{ pattern: 'x', source: null }] },
      'sacrificial: x: safe or source',
    ],
  ];
  test.each(rows)('is refused %s', (_what, change, why) => {
    const whole = { schema: 'zonecut/operators/v1', asOf: '2026-01-01', operators: [good], sacrificial: [] };
    expect(() => parseOperators(whole)).not.toThrow();
    expect(() => parseOperators({ ...whole, ...change })).toThrow(`operators.json: ${why}`);
  });
});
