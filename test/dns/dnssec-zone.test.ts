import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rrsigOf } from '../../src/dns/dnssec.ts';
import { DnssecBudget } from '../../src/dns/dnssec-budget.ts';
import {
  denialOf,
  provesInsecureDelegation,
  provesNameError,
  provesNoData,
  provesWildcard,
} from '../../src/dns/dnssec-denial.ts';
import { makeSigningKey } from '../../src/dns/dnssec-keys.ts';
import { canonicalSortKey } from '../../src/dns/dnssec-layout.ts';
import { nsec3Hash, nsec3Of, nsec3Owner, nsec3Parameters } from '../../src/dns/dnssec-nsec3.ts';
import { type DenialChain, type SignedZone, signZone } from '../../src/dns/dnssec-zone.ts';
import { faultsOfSignedZone } from '../../src/dns/dnssec-zone-check.ts';
import {
  ancestorsOf,
  compareNames,
  isAtOrBelow,
  type Name,
  nameFromOctets,
  parseName,
} from '../../src/dns/name.ts';
import { isType, type RRset, rrsetOf } from '../../src/dns/rrset.ts';
import { lookup, makeZone, nameExists, rrsetAt, type Zone } from '../../src/dns/zone.ts';

const apex = parseName('example');
const nowSeconds = 1_790_000_000;
const validity = { inceptionSeconds: nowSeconds - 100, expirationSeconds: nowSeconds + 1000 };
const keys = [true, false].map(secureEntryPoint =>
  makeSigningKey(generateKeyPairSync('ed25519').privateKey, { secureEntryPoint }),
);
const none = nsec3Parameters(0, '-');
const chains: readonly (readonly [string, DenialChain])[] = [
  ['NSEC', { kind: 'nsec' }],
  ['NSEC3', { kind: 'nsec3', parameters: none, optOut: false }],
  ['NSEC3 with opt-out', { kind: 'nsec3', parameters: nsec3Parameters(2, 'abcd'), optOut: true }],
];

const soa = rrsetOf(apex, 'SOA', 3600, 'ns.example. host.example. 1 2 3 4 600');
const ns = rrsetOf(apex, 'NS', 3600, 'ns.example.');
const ds = `1 15 2 ${'00'.repeat(32)}`;
const zoneOf = (...rrsets: readonly RRset[]): Zone => makeZone(apex, [soa, ns, ...rrsets]);
const signed = (zone: Zone, denial: DenialChain): SignedZone => signZone(zone, keys, { ...validity, denial });

describe('the hash of NSEC3', () => {
  const parameters = nsec3Parameters(12, 'aabbccdd');

  test.each([
    ['example', '0p9mhaveqvm6t7vbl5lop2u3t2rp3tom'],
    ['a.example', '35mthgpgcu1qg68fab165klnsnk3dpvl'],
    ['ai.example', 'gjeqe526plbf1g8mklp59enfd789njgi'],
    ['ns1.example', '2t7b4g4vsa5smi47k61mv5bv1a22bojr'],
    ['ns2.example', 'q04jkcevqvmu85r014c7dkba38o0ji5r'],
    ['w.example', 'k8udemvp1j2f7eg6jebps17vp3n8i58h'],
    ['*.w.example', 'r53bq7cc2uvmubfu5ocmm6pers9tk9en'],
    ['x.w.example', 'b4um86eghhds6nea196smvmlo4ors995'],
    ['y.w.example', 'ji6neoaepv8b5o6k4ev33abha8ht9fgc'],
    ['x.y.w.example', '2vptu5timamqttgl4luu9kg21e0aor3s'],
    ['xx.example', 't644ebqk9bibcna874givr6joj62mlhv'],
    ['2t7b4g4vsa5smi47k61mv5bv1a22bojr.example', 'kohar7mbb8dc2ce8a9qvl8hon4k53uhi'],
    ['A.EXAMPLE', '35mthgpgcu1qg68fab165klnsnk3dpvl'],
  ])('of %s is that of RFC 5155 appendix A', (name, hash) => {
    expect(nsec3Hash(parseName(name), parameters)).toBe(hash);
    expect(nsec3Owner(parseName(name), parameters, apex)).toBe(`${hash}.example.`);
  });

  test('is not computed with more than 2500 iterations', () => {
    expect(() => nsec3Hash(apex, nsec3Parameters(2501, '-'))).toThrow('2501 iterations');
  });
});

test('names sort as compareNames has them (RFC 4034 section 6.1)', () => {
  const label = fc
    .uint8Array({ minLength: 1, maxLength: 4 })
    .map(octets => octets.map(octet => (octet > 200 ? octet % 3 : octet)));
  const name = fc
    .array(label, { maxLength: 4 })
    .map(labels =>
      nameFromOctets(Uint8Array.from([...labels.flatMap(octets => [octets.length, ...octets]), 0])),
    );
  fc.assert(
    fc.property(name, name, (a, b) => {
      const [left, right] = [canonicalSortKey(a), canonicalSortKey(b)];
      expect(Math.sign(compareNames(a, b))).toBe(left < right ? -1 : left > right ? 1 : 0);
    }),
    { numRuns: 3000, seed: 4034 },
  );
});

describe('a signed zone', () => {
  const zone = zoneOf(
    rrsetOf('a.b.c.example.', 'A', 300, '192.0.2.1'),
    rrsetOf('sub.example.', 'NS', 300, 'ns.sub.example.'),
    rrsetOf('ns.sub.example.', 'A', 300, '192.0.2.2'),
    rrsetOf('safe.example.', 'NS', 300, 'ns.example.'),
    rrsetOf('safe.example.', 'DS', 300, ds),
    rrsetOf('old.example.', 'DNAME', 300, 'new.test.'),
    rrsetOf('under.old.example.', 'A', 300, '192.0.2.3'),
    rrsetOf(apex, 'CDS', 300, ds),
  );

  test('has its chain in order, without glue and what a DNAME hides', () => {
    const { rrsets } = signed(zone, { kind: 'nsec' });
    expect(
      rrsets.filter(({ type }) => type === 'NSEC').map(({ owner, data, ttl }) => `${owner} ${ttl} ${data}`),
    ).toEqual([
      'example. 600 a.b.c.example. NS SOA RRSIG NSEC DNSKEY CDS',
      'a.b.c.example. 600 old.example. A RRSIG NSEC',
      'old.example. 600 safe.example. DNAME RRSIG NSEC',
      'safe.example. 600 sub.example. NS DS RRSIG NSEC',
      'sub.example. 600 example. NS RRSIG NSEC',
    ]);
  });

  test('has RRSIG records with the TTL of what they cover, right behind it', () => {
    const { rrsets } = signed(zone, { kind: 'nsec' });
    for (const [at, rrset] of rrsets.entries()) {
      if (rrset.type !== 'RRSIG') continue;
      const before = rrsets[at - 1];
      expect(before).toMatchObject({ owner: rrset.owner, ttl: rrset.ttl });
      expect(rrset.data.map(data => rrsigOf(data).typeCovered)).toEqual([before?.type]);
    }
    const unsigned = rrsets.filter((rrset, at) => rrset.type !== 'RRSIG' && rrsets[at + 1]?.type !== 'RRSIG');
    expect(unsigned.map(({ owner, type }) => `${owner} ${type}`).sort()).toEqual([
      'ns.sub.example. A',
      'safe.example. NS',
      'sub.example. NS',
      'under.old.example. A',
    ]);
  });

  test('has its keys and CDS signed by the secure entry point, all else by the other key', () => {
    const { rrsets } = signed(zone, { kind: 'nsec' });
    const [entry, other] = keys.map(({ keyTag }) => keyTag);
    for (const rrset of rrsets.filter(({ type }) => type === 'RRSIG')) {
      const [{ typeCovered, keyTag } = { typeCovered: '', keyTag: 0 }, ...more] = rrset.data.map(rrsigOf);
      expect(more).toEqual([]);
      expect([typeCovered, keyTag]).toEqual([
        typeCovered,
        ['DNSKEY', 'CDS'].includes(typeCovered) ? entry : other,
      ]);
    }
  });

  test('has empty non-terminals in NSEC3, and with opt-out no unsigned delegation', () => {
    const owners = (optOut: boolean): readonly string[] =>
      signed(zone, { kind: 'nsec3', parameters: none, optOut })
        .rrsets.filter(({ type }) => type === 'NSEC3')
        .map(({ owner }) => owner);
    const hashed = (...names: readonly string[]): readonly string[] =>
      names.map(name => nsec3Owner(parseName(name), none, apex)).sort();
    expect(owners(false)).toEqual(
      hashed(
        'example',
        'c.example',
        'b.c.example',
        'a.b.c.example',
        'sub.example',
        'safe.example',
        'old.example',
      ),
    );
    expect(owners(true)).toEqual(
      hashed('example', 'c.example', 'b.c.example', 'a.b.c.example', 'safe.example', 'old.example'),
    );
  });

  test('lists RRSIG in NSEC3 only where something is signed', () => {
    const { rrsets } = signed(zone, { kind: 'nsec3', parameters: none, optOut: false });
    const typesAt = (name: string): string => {
      const owner = nsec3Owner(parseName(name), none, apex);
      return rrsets
        .filter(rrset => rrset.owner === owner && rrset.type === 'NSEC3')
        .map(({ data }) => data.join().split(' ').slice(5).join(' '))
        .join();
    };
    expect(typesAt('b.c.example')).toBe('');
    expect(typesAt('sub.example')).toBe('NS');
    expect(typesAt('safe.example')).toBe('NS DS RRSIG');
    expect(typesAt('a.b.c.example')).toBe('A RRSIG');
    expect(typesAt('example')).toBe('NS SOA RRSIG DNSKEY NSEC3PARAM CDS');
  });

  test.each(chains)('with %s has no faults, and stays the same zone when it is signed again', (_, denial) => {
    const first = signed(zone, denial);
    expect(faultsOfSignedZone(first.zone, { nowSeconds })).toEqual([]);
    const again = signed(first.zone, denial);
    expect(again.rrsets).toEqual(first.rrsets);
    for (const [, other] of chains) {
      expect(faultsOfSignedZone(signed(first.zone, other).zone, { nowSeconds })).toEqual([]);
    }
  });

  test.each(chains)('with %s shows each fault that is put into it', (_, denial) => {
    const { zone: good } = signed(zone, denial);
    for (const [at, rrset] of good.rrsets.entries()) {
      if (
        ['ns.sub.example.', 'under.old.example.'].includes(rrset.owner) ||
        ['SOA', 'NSEC3PARAM', 'NS'].includes(rrset.type)
      )
        continue;
      const without = { apex, rrsets: good.rrsets.filter((_rrset, other) => other !== at) };
      expect([rrset.owner, rrset.type, faultsOfSignedZone(without, { nowSeconds }).length > 0]).toEqual([
        rrset.owner,
        rrset.type,
        true,
      ]);
    }
    expect(faultsOfSignedZone(good, { nowSeconds: nowSeconds + 2000 }).length).toBeGreaterThan(5);
    expect(faultsOfSignedZone(good, { nowSeconds, ds: [] }).map(({ problem }) => problem)).toMatchObject([
      expect.stringContaining('no DS leads'),
    ]);
  });

  test('is not made without keys, nor with more than 50 iterations', () => {
    expect(() => signZone(zone, [], { ...validity, denial: { kind: 'nsec' } })).toThrow('no key signs');
    expect(() =>
      signed(zone, { kind: 'nsec3', parameters: nsec3Parameters(51, '-'), optOut: false }),
    ).toThrow('51 iterations');
  });
});

/** Names of few labels, so that zones and questions meet often. */
const nameBelow = fc
  .array(fc.constantFrom('a', 'b', 'c', '*', '\\001', 'z'), { minLength: 1, maxLength: 4 })
  .map(labels => parseName(`${labels.join('.')}.example`));

const rrsetSomewhere = fc.oneof(
  nameBelow.map(owner => [rrsetOf(owner, 'A', 300, '192.0.2.1')]),
  nameBelow.map(owner => [rrsetOf(owner, 'TXT', 300, '"x"')]),
  nameBelow.map(owner => [rrsetOf(owner, 'CNAME', 300, 'target.test.')]),
  nameBelow.map(owner => [rrsetOf(owner, 'NS', 300, 'ns.test.')]),
  nameBelow.map(owner => [rrsetOf(owner, 'NS', 300, 'ns.test.'), rrsetOf(owner, 'DS', 300, ds)]),
  nameBelow.map(owner => [rrsetOf(owner, 'DNAME', 300, 'target.test.')]),
);

/** A zone of some of these RRsets: what would make it none is left out. */
const someZone = fc.array(rrsetSomewhere, { maxLength: 10 }).map(groups => {
  let zone = zoneOf();
  for (const group of groups) {
    const first = group[0];
    // Wildcards that are cuts or aliases of subtrees are against RFC 4592 section 4 and RFC 6672 section 3.3.
    if (first === undefined || (first.owner.startsWith('*') && first.type !== 'A' && first.type !== 'TXT'))
      continue;
    try {
      zone = makeZone(apex, [...zone.rrsets, ...group]);
    } catch {
      // This one does not go with the others.
    }
  }
  return zone;
});

/** What the whole chain of the zone proves about a question; opt-out proofs are told apart, as they prove less. */
function proofsOf(
  chain: readonly RRset[],
  name: Name,
  type: string,
): Readonly<Record<'nameError' | 'noData', string>> {
  const denial = denialOf(apex, chain, new DnssecBudget({ nsec3Hashes: 50 }));
  const [nameError, noData] = [provesNameError(denial, name), provesNoData(denial, name, type)].map(
    verdict => (verdict.kind === 'proven' && verdict.optOut ? 'opt-out' : verdict.kind),
  );
  return { nameError: nameError ?? '', noData: noData ?? '' };
}

describe.each(chains)('what %s proves', (_, denial) => {
  test('is what the zone says, for any zone and question', () => {
    fc.assert(
      fc.property(
        someZone,
        fc.array(fc.tuple(nameBelow, fc.constantFrom('A', 'TXT', 'DS', 'MX')), {
          minLength: 1,
          maxLength: 6,
        }),
        (zone, questions) => {
          const chain = signed(zone, denial).rrsets.filter(({ type }) => type === 'NSEC' || type === 'NSEC3');
          for (const [name, type] of questions) checkQuestion(zone, chain, name, type);
        },
      ),
      { numRuns: 150, seed: 5155 },
    );
  });

  function checkQuestion(zone: Zone, chain: readonly RRset[], name: Name, type: string): void {
    const found = lookup(zone, name, type);
    const proofs = proofsOf(chain, name, type);
    const context = `${name} ${type} ${found.kind}`;
    // With opt-out an empty non-terminal may be left out of the chain; what lies at or below it is then not proven away.
    const closest = ancestorsOf(name).find(up => nameExists(zone, up)) ?? apex;
    const isOptOut = denial.kind === 'nsec3' && denial.optOut;
    const isHidden =
      isOptOut && !chain.some(({ owner }) => owner === nsec3Owner(closest, denial.parameters, apex));
    const allowed = ['proven', ...(isOptOut ? ['opt-out'] : []), ...(isHidden ? ['unproven'] : [])];
    switch (found.kind) {
      case 'nxdomain':
        expect([context, allowed.includes(proofs.nameError)]).toEqual([context, true]);
        expect([context, proofs.noData === 'proven']).toEqual([context, false]);
        break;
      case 'nodata':
        expect([context, allowed.includes(proofs.noData)]).toEqual([context, true]);
        expect([context, proofs.nameError === 'proven']).toEqual([context, false]);
        break;
      default:
        expect([context, proofs.nameError === 'proven', proofs.noData === 'proven']).toEqual([
          context,
          false,
          false,
        ]);
    }
    const denied = denialOf(apex, chain, new DnssecBudget({ nsec3Hashes: 50 }));
    if (found.kind === 'referral') {
      const verdict = provesInsecureDelegation(denied, found.delegation.cut);
      expect([context, verdict.kind]).toEqual([
        context,
        found.delegation.ds === null ? 'proven' : 'unproven',
      ]);
    }
    if (
      (found.kind === 'answer' || found.kind === 'cname') &&
      found.wildcard !== null &&
      found.wildcard !== name
    ) {
      expect([context, provesWildcard(denied, name, found.wildcard).kind]).toEqual([context, 'proven']);
    }
    if (found.kind === 'answer' && found.wildcard === null) {
      const above = parseName(`*.${name.slice(name.indexOf('.') + 1)}`);
      if (isAtOrBelow(above, apex))
        expect([context, provesWildcard(denied, name, above).kind]).toEqual([context, 'unproven']);
    }
  }
});

describe('a proof', () => {
  const zone = zoneOf(
    rrsetOf('a.example.', 'A', 300, '192.0.2.1'),
    rrsetOf('cut.example.', 'NS', 300, 'ns.test.'),
  );
  const chain = (denial: DenialChain): readonly RRset[] =>
    signed(zone, denial).rrsets.filter(({ type }) => type === 'NSEC' || type === 'NSEC3');
  const nsec3 = chain({ kind: 'nsec3', parameters: none, optOut: false });
  const missing = parseName('x.y.z.example');

  test('ends at 8 hashes of NSEC3, and says so', () => {
    const deep = parseName('1.2.3.4.5.6.7.8.9.example');
    const budget = new DnssecBudget();
    expect(provesNameError(denialOf(apex, nsec3, budget), deep)).toEqual({
      kind: 'limit',
      limit: 'nsec3-hashes',
    });
    expect(budget.nsec3HashesLeft).toBe(0);
    expect(provesNameError(denialOf(apex, nsec3, new DnssecBudget({ nsec3Hashes: 20 })), deep).kind).toBe(
      'proven',
    );
  });

  test('hashes each name once', () => {
    const budget = new DnssecBudget();
    const denial = denialOf(apex, nsec3, budget);
    expect(provesNameError(denial, missing).kind).toBe('proven');
    const left = budget.nsec3HashesLeft;
    expect(provesNameError(denial, missing).kind).toBe('proven');
    expect(budget.nsec3HashesLeft).toBe(left);
  });

  test('with more than 50 iterations makes the answer insecure, at no cost', () => {
    const many = nsec3.map(rrset =>
      rrsetOf(rrset.owner, 'NSEC3', 600, rrset.data.join().replace(/^1 0 0 /, '1 0 51 ')),
    );
    const budget = new DnssecBudget();
    expect(provesNameError(denialOf(apex, many, budget), missing)).toEqual({
      kind: 'insecure',
      iterations: 51,
    });
    expect(budget.nsec3HashesLeft).toBe(8);
  });

  test.each([
    ['an unknown hash algorithm', /^1 0/, '2 0'],
    ['unknown flags', /^1 0/, '1 2'],
  ])('does not rest on records with %s', (_, pattern, replacement) => {
    const odd = nsec3.map(rrset =>
      rrsetOf(rrset.owner, 'NSEC3', 600, rrset.data.join().replace(pattern, replacement)),
    );
    expect(provesNameError(denialOf(apex, odd, new DnssecBudget()), missing).kind).toBe('unproven');
  });

  test('needs each of its records: any one of three may be missing, and it is none', () => {
    const needed = ['example', 'z.example', '*.example'].map(name => nsec3Hash(parseName(name), none));
    const uses = (rrset: RRset): boolean => {
      const own = rrset.owner.slice(0, 32);
      const { nextHash } = nsec3Of(rrset.data[0] ?? parseNever());
      return needed.some(
        hash =>
          hash === own || (own < nextHash ? own < hash && hash < nextHash : hash > own || hash < nextHash),
      );
    };
    for (const rrset of nsec3.filter(uses)) {
      const without = nsec3.filter(other => other !== rrset);
      expect(provesNameError(denialOf(apex, without, new DnssecBudget()), parseName('z.example')).kind).toBe(
        'unproven',
      );
    }
  });

  test('of the parent at a cut says nothing about the child (RFC 6840 section 4.1)', () => {
    for (const denial of [
      { kind: 'nsec' } as const,
      { kind: 'nsec3', parameters: none, optOut: false } as const,
    ]) {
      const found = denialOf(apex, chain(denial), new DnssecBudget({ nsec3Hashes: 50 }));
      const cut = parseName('cut.example');
      expect(provesNoData(found, cut, 'DS').kind).toBe('proven');
      expect(provesNoData(found, cut, 'A').kind).toBe('unproven');
      expect(provesNameError(found, parseName('www.cut.example')).kind).toBe('unproven');
      expect(provesInsecureDelegation(found, cut).kind).toBe('proven');
      expect(provesInsecureDelegation(found, parseName('a.example')).kind).toBe('unproven');
    }
  });

  test('of the child at its apex says nothing about DS (RFC 6840 section 4.2)', () => {
    const nsec = rrsetOf(apex, 'NSEC', 600, 'a.example. NS SOA RRSIG NSEC DNSKEY');
    expect(provesNoData(denialOf(apex, [nsec], new DnssecBudget()), apex, 'DS').kind).toBe('unproven');
    expect(provesNoData(denialOf(apex, [nsec], new DnssecBudget()), apex, 'MX').kind).toBe('proven');
  });

  test('is for names of its zone, and needs records', () => {
    expect(
      provesNameError(denialOf(apex, nsec3, new DnssecBudget()), parseName('example.org')),
    ).toMatchObject({ kind: 'unproven' });
    expect(provesNameError(denialOf(apex, [], new DnssecBudget()), missing)).toMatchObject({
      problem: expect.stringContaining('neither NSEC nor NSEC3'),
    });
  });
});

function parseNever(): never {
  throw new Error('no data');
}

test('the zone to look things up in answers with its signatures', () => {
  const { zone } = signed(zoneOf(rrsetOf('a.example.', 'A', 300, '192.0.2.1')), { kind: 'nsec' });
  const set = rrsetAt(zone, parseName('a.example'), 'RRSIG');
  expect(
    set !== null && isType(set, 'RRSIG') && set.data.map(data => rrsigOf(data).typeCovered).sort(),
  ).toEqual(['A', 'NSEC']);
});
