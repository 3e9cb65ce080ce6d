import { describe, expect, test } from 'vitest';
import { diffRRsets } from '../../src/dns/diff.ts';
import { parseName } from '../../src/dns/name.ts';
import { groupRecords, makeRRset, type RRset, recordsOf, rrsetOf, sameRRset } from '../../src/dns/rrset.ts';
import {
  cutsOf,
  lookup,
  makeZone,
  negativeTtlOf,
  occludedBy,
  rrsetAt,
  soaRRset,
  wildcardCovering,
  type Zone,
} from '../../src/dns/zone.ts';
import { zoneCheckFaults } from '../../src/dns/zone-check.ts';
import { parseZoneFile } from '../../src/dns/zonefile.ts';

const apex = parseName('example.com');

function rrsets(text: string): readonly RRset[] {
  const { rrsets: all, problems } = parseZoneFile(text, { origin: apex, defaultTtl: 300 });
  expect(problems).toEqual([]);
  return all;
}

function zoneOf(text: string): Zone {
  return makeZone(apex, rrsets(`@ 3600 SOA ns1 host 1 2 3 4 60\n@ NS ns1\nns1 A 192.0.2.1\n${text}`));
}

const zone = zoneOf(`
www CNAME web
web A 192.0.2.2
a.b.ent TXT x
*.wild A 192.0.2.3
*.wild TXT w
host.wild MX 1 ns1
deep.host.wild A 192.0.2.4
*.cwild CNAME web
dev NS ns.dev
dev NS ns.other
dev NS ns1
dev DS 1 8 240 aa
ns.dev A 192.0.2.5
ns.dev AAAA 2001:db8::5
www.dev A 192.0.2.6
other NS ns.other
ns.other A 192.0.2.7
sub.dev NS x.
old DNAME new
below.old A 192.0.2.8
`);

describe('lookup', () => {
  test.each([
    ['web', 'A', 'answer 192.0.2.2'],
    ['web', 'AAAA', 'nodata'],
    ['www', 'A', 'cname web.example.com.'],
    ['www', 'CNAME', 'answer web.example.com.'],
    ['nope', 'A', 'nxdomain'],
    ['b.ent', 'A', 'nodata'],
    ['ent', 'A', 'nodata'],
    ['c.ent', 'A', 'nxdomain'],
    ['x.wild', 'A', 'answer 192.0.2.3 by *.wild.example.com.'],
    ['x.y.wild', 'A', 'answer 192.0.2.3 by *.wild.example.com.'],
    ['x.wild', 'MX', 'nodata'],
    ['*.wild', 'A', 'answer 192.0.2.3'],
    ['wild', 'A', 'nodata'],
    ['host.wild', 'A', 'nodata'],
    ['x.host.wild', 'A', 'nxdomain'],
    ['x.cwild', 'A', 'cname web.example.com. by *.cwild.example.com.'],
    ['dev', 'A', 'referral dev.example.com.'],
    ['dev', 'NS', 'referral dev.example.com.'],
    ['dev', 'DS', 'answer 1 8 240 aa'],
    ['www.dev', 'A', 'referral dev.example.com.'],
    ['ns.dev', 'A', 'referral dev.example.com.'],
    ['sub.dev', 'DS', 'referral dev.example.com.'],
    ['other', 'DS', 'nodata'],
    ['old', 'A', 'nodata'],
    ['old', 'DNAME', 'answer new.example.com.'],
    ['x.old', 'A', 'dname x.new.example.com.'],
    ['below.old', 'A', 'dname below.new.example.com.'],
    [`${'a.'.repeat(116)}b.old`, 'A', 'dname null'],
    ['@', 'NS', 'answer ns1.example.com.'],
  ])('%s %s is %s', (name, type, wanted) => {
    const full = name === '@' ? apex : parseName(`${name}.example.com`);
    // A target that is too long can only come from a longer DNAME target.
    const found =
      wanted === 'dname null'
        ? lookup(zoneOf(`old DNAME ${'n'.repeat(30)}.new`), full, type)
        : lookup(zone, full, type);
    expect(summary(found)).toBe(wanted);
  });

  function summary(found: ReturnType<typeof lookup>): string {
    switch (found.kind) {
      case 'answer':
      case 'cname':
        return `${found.kind} ${found.rrset.data.join(' ')}${found.wildcard === null ? '' : ` by ${found.wildcard}`}`;
      case 'dname':
        return `dname ${found.target}`;
      case 'referral':
        return `referral ${found.delegation.cut}`;
      default:
        return found.kind;
    }
  }

  test('a wildcard answers under the name that was asked', () => {
    const found = lookup(zone, parseName('q.wild.example.com'), 'A');
    expect(found.kind === 'answer' && found.rrset.owner).toBe('q.wild.example.com.');
  });

  test('a name outside the zone is a fault', () => {
    expect(() => lookup(zone, parseName('example.org'), 'A')).toThrow(
      expect.objectContaining({ code: 'ZC_ZONE' }),
    );
  });
});

test('cuts have in-domain and sibling glue, and nothing of the zone itself', () => {
  const cuts = cutsOf(zone);
  expect(cuts.map(cut => cut.cut)).toEqual(['dev.example.com.', 'other.example.com.']);
  expect(cuts[0]?.glue.map(set => `${set.owner} ${set.type}`)).toEqual([
    'ns.dev.example.com. A',
    'ns.dev.example.com. AAAA',
    'ns.other.example.com. A',
  ]);
  expect(cuts[0]?.ds?.data).toEqual(['1 8 240 aa']);
  expect(cuts[1]?.ds).toBeNull();
});

test('what stands below a cut and is no glue is occluded', () => {
  const [dev] = cutsOf(zone);
  if (dev === undefined) throw new Error('no cut');
  const occluded = occludedBy(zone, dev).map(set => `${set.owner} ${set.type}`);
  expect(occluded).toEqual(['www.dev.example.com. A', 'sub.dev.example.com. NS']);
  expect(occludedBy(rrsets('dev MX 1 a.\nadev A 192.0.2.1'), dev).map(set => set.type)).toEqual(['MX']);
});

test('wildcards cover names that do not exist, and only those', () => {
  const covering = (name: string) => wildcardCovering(zone, parseName(`${name}.example.com`));
  expect(covering('x.wild')).toBe('*.wild.example.com.');
  expect(covering('x.y.wild')).toBe('*.wild.example.com.');
  expect(covering('host.wild')).toBeNull();
  expect(covering('x.host.wild')).toBeNull();
  expect(covering('x')).toBeNull();
  expect(wildcardCovering(zone, parseName('x.org'))).toBeNull();
});

test('the negative TTL is the lower of TTL and MINIMUM', () => {
  expect(negativeTtlOf(soaRRset(zone))).toBe(60);
  expect(negativeTtlOf(rrsetOf('a.', 'SOA', 5, 'a. b. 1 2 3 4 60'))).toBe(5);
});

describe('makeZone refuses', () => {
  const good = '@ SOA ns1 host 1 2 3 4 60\n@ NS ns1\n';
  test.each([
    ['no SOA', '@ NS ns1', /no SOA/],
    ['no NS', '@ SOA ns1 host 1 2 3 4 60', /no NS/],
    ['two SOA', `${good}@ SOA ns1 host 2 2 3 4 60`, /2 SOA records/],
    ['a SOA below', `${good}x SOA ns1 host 2 2 3 4 60`, /belongs at the apex/],
    ['names outside', `${good}x.org. A 192.0.2.1`, /lies outside/],
    ['a CNAME and other data', `${good}x CNAME y\nx A 192.0.2.1`, /CNAME and A beside/],
    ['two CNAMEs', `${good}x CNAME y\nx CNAME z`, /2 CNAME records/],
  ])('%s', (_, text, message) => {
    expect(() => makeZone(apex, rrsets(text))).toThrow(message);
    expect(() => makeZone(apex, rrsets(text))).toThrow(expect.objectContaining({ code: 'ZC_ZONE' }));
  });

  test('the same owner and type twice', () => {
    expect(() => makeZone(apex, [...zone.rrsets, rrsetOf('web.example.com.', 'A', 1, '192.0.2.9')])).toThrow(
      /twice/,
    );
  });
});

test('a zone that contradicts itself is told', () => {
  expect(zoneCheckFaults(zone)).toEqual([]);
  expect(zoneCheckFaults(zoneOf('@ CDNSKEY 257 3 15 AQ=='))).toEqual([expect.stringMatching(/CDNSKEY/)]);
  expect(zoneCheckFaults(zoneOf('@ CDS 1 15 240 AA'))).toEqual([expect.stringMatching(/CDS/)]);
  expect(zoneCheckFaults(zoneOf('@ CDS 0 0 0 00'))).toEqual([]);
  expect(zoneCheckFaults(zoneOf('_dns SVCB 1 ns1 alpn=h2'))).toEqual([expect.stringMatching(/dohpath/)]);
  expect(zoneCheckFaults(zoneOf('_dns SVCB 1 ns1 alpn=dot'))).toEqual([]);
  expect(zoneCheckFaults(zoneOf('x NSEC3 1 0 0 - 2t7b4g4vsa5smi47k61mv5bv1a22bojr'))).toEqual([
    expect.stringMatching(/no hash/),
  ]);
});

describe('RRsets', () => {
  test('hold each value once, in canonical order', () => {
    const rrset = rrsetOf('A.example.', 'A', 1, '192.0.2.10', '192.0.2.9', '192.0.2.10');
    expect(rrset).toEqual({ owner: 'a.example.', type: 'A', ttl: 1, data: ['192.0.2.9', '192.0.2.10'] });
    expect(sameRRset(rrset, rrsetOf('a.example.', 'A', 1, '192.0.2.9', '192.0.2.10'))).toBe(true);
    expect(sameRRset(rrset, { ...rrset, ttl: 2 })).toBe(false);
    expect(sameRRset(rrset, rrsetOf('a.example.', 'A', 1, '192.0.2.9'))).toBe(false);
  });

  test.each([-1, 1.5, 2147483648, Number.NaN])('refuse a TTL of %d', ttl => {
    expect(() => rrsetOf('a.', 'A', ttl, '192.0.2.1')).toThrow(expect.objectContaining({ code: 'ZC_ZONE' }));
  });

  test('refuse to be empty', () => {
    expect(() => makeRRset(apex, 'A', 1, [])).toThrow(expect.objectContaining({ code: 'ZC_ZONE' }));
  });

  test('are grouped from records with the lowest TTL', () => {
    const [first, second] = [rrsetOf('a.', 'A', 5, '192.0.2.2'), rrsetOf('a.', 'A', 3, '192.0.2.1')];
    const other = recordsOf(rrsetOf('a.', 'TXT', 9, 'x')).map(record => ({ ...record, class: 'CH' }));
    expect(groupRecords([...recordsOf(first), ...other, ...recordsOf(second)])).toEqual([
      rrsetOf('a.', 'A', 3, '192.0.2.1', '192.0.2.2'),
    ]);
  });

  test('differ by owner and type', () => {
    const [a, b, c] = [
      rrsetOf('a.', 'A', 1, '192.0.2.1'),
      rrsetOf('b.', 'A', 1, '192.0.2.1'),
      rrsetOf('c.', 'A', 1, '192.0.2.1'),
    ];
    const changed = rrsetOf('b.', 'A', 2, '192.0.2.1');
    expect(diffRRsets([a, b], [c, changed, a])).toEqual({
      added: [c],
      removed: [],
      changed: [{ from: b, to: changed }],
      same: [a],
    });
    expect(diffRRsets([a], [])).toEqual({ added: [], removed: [a], changed: [], same: [] });
  });
});

test('a zone gives its RRsets by owner and type', () => {
  expect(rrsetAt(zone, parseName('web.example.com'), 'A')?.data).toEqual(['192.0.2.2']);
  expect(rrsetAt(zone, parseName('x.wild.example.com'), 'A')).toBeNull();
});
