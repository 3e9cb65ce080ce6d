import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dsOfKey } from '../../src/dns/dnssec.ts';
import { DnssecBudget } from '../../src/dns/dnssec-budget.ts';
import {
  type Denial,
  denialOf,
  provesInsecureDelegation,
  provesNameError,
  provesNoData,
  provesWildcard,
} from '../../src/dns/dnssec-denial.ts';
import { verifyKeys, verifyRRset } from '../../src/dns/dnssec-verify.ts';
import { faultsOfSignedZone } from '../../src/dns/dnssec-zone-check.ts';
import { type Message, makeQuery } from '../../src/dns/message.ts';
import { parseName } from '../../src/dns/name.ts';
import { parseRdata } from '../../src/dns/rdata.ts';
import { groupRecords, isType, type ResourceRecord, type RRset } from '../../src/dns/rrset.ts';
import { makeZone, rrsetAt, type Zone } from '../../src/dns/zone.ts';
import { nodeTransport } from '../../src/world/node.ts';
import { dropTestFolder, makeTestFolder, must, type Named, startNamed } from './dns-named.ts';
import { readZone, zoneText } from './dns-zones.ts';

const apex = parseName('signed.example.');
const mail = parseName(`mail.${apex}`);
const nowSeconds = Math.floor(Date.now() / 1000);

/** Signs the zone with dnssec-signzone and gives what it wrote. */
async function signWithBind(folder: string, algorithm: string, chain: readonly string[]): Promise<Zone> {
  const bits = algorithm.includes('RSA') ? ['-b', '2048'] : [];
  await must('dnssec-keygen', ['-q', '-K', folder, '-a', algorithm, ...bits, apex]);
  await must('dnssec-keygen', ['-q', '-K', folder, '-a', algorithm, ...bits, '-f', 'KSK', apex]);
  await writeFile(path.join(folder, 'zone'), zoneText);
  const args = [
    '-S',
    '-K',
    folder,
    '-d',
    folder,
    '-o',
    apex,
    '-N',
    'keep',
    '-f',
    path.join(folder, 'signed'),
    ...chain,
  ];
  await must('dnssec-signzone', [...args, path.join(folder, 'zone')]);
  return readZone(folder, 'signed', apex);
}

/** The DS records that BIND computes of the key-signing keys in a folder. */
async function dsByBind(folder: string): Promise<readonly string[]> {
  const files = (await readdir(folder)).filter(file => file.endsWith('.key'));
  const all = await Promise.all(
    files.map(async file => {
      const text = await readFile(path.join(folder, file), 'utf8');
      if (!/DNSKEY\s+257/.test(text)) return [];
      const output = await must('dnssec-dsfromkey', [
        '-a',
        'SHA-1',
        '-a',
        'SHA-256',
        '-a',
        'SHA-384',
        path.join(folder, file),
      ]);
      return output.trim().split('\n');
    }),
  );
  return all.flat();
}

const chains: readonly (readonly [string, readonly string[]])[] = [
  ['NSEC', []],
  ['NSEC3', ['-3', '-', '-H', '0']],
  ['NSEC3 with salt and iterations', ['-3', 'aabbccdd', '-H', '12']],
  ['NSEC3 with opt-out', ['-3', 'ab', '-H', '1', '-A']],
];

const algorithms: readonly (readonly [number, string, readonly number[]])[] = [
  [5, 'RSASHA1', [0]],
  [7, 'NSEC3RSASHA1', [2]],
  [8, 'RSASHA256', [0, 1]],
  [10, 'RSASHA512', [0]],
  [13, 'ECDSAP256SHA256', [0, 1, 2, 3]],
  [14, 'ECDSAP384SHA384', [0, 1]],
  [15, 'ED25519', [0, 3]],
  [16, 'ED448', [0, 1]],
];

describe('a zone that BIND signed', () => {
  for (const [number, mnemonic, which] of algorithms) {
    for (const [title, flags] of chains.filter((_, at) => which.includes(at))) {
      test(`with algorithm ${number} and ${title} verifies here, and not after a change`, async () => {
        const folder = await makeTestFolder();
        try {
          const zone = await signWithBind(folder, mnemonic, flags);
          const ds = (await dsByBind(folder)).map(line => parseRdata('DS', line.replace(/^.*\sDS\s+/, '')));
          expect(ds).toHaveLength(3);
          expect(faultsOfSignedZone(zone, { nowSeconds, ds })).toEqual([]);
          const key = rrsetAt(zone, zone.apex, 'DNSKEY')?.data.find(rdata => rdata.startsWith('257 '));
          expect(ds).toEqual(
            [1, 2, 4].map(digest => (key === undefined ? '' : dsOfKey(zone.apex, key, digest))),
          );
          const changed = makeZone(
            zone.apex,
            zone.rrsets.map(rrset => changedAddress(rrset)),
          );
          expect(faultsOfSignedZone(changed, { nowSeconds }).map(({ owner }) => owner)).toEqual([mail]);
          const later = faultsOfSignedZone(zone, { nowSeconds: nowSeconds + 40 * 86400 });
          expect(later.length).toBeGreaterThan(10);
        } finally {
          await dropTestFolder(folder);
        }
      });
    }
  }
});

function changedAddress(rrset: RRset): RRset {
  return rrset.owner === mail && rrset.type === 'A'
    ? { ...rrset, data: [parseRdata('A', '192.0.2.99')] }
    : rrset;
}

describe.each([
  ['NSEC', []],
  ['NSEC3', ['-3', 'aabbccdd', '-H', '3']],
  ['NSEC3 with opt-out', ['-3', '-', '-H', '0', '-A']],
] as const)('what named answers from a zone with %s', (title, flags) => {
  const transport = nodeTransport();
  let folder = '';
  let named: Named | null = null;
  let keys: RRset<'DNSKEY'> | null = null;

  beforeAll(async () => {
    folder = await makeTestFolder();
    const zone = await signWithBind(folder, 'ECDSAP256SHA256', flags);
    keys = rrsetAt(zone, zone.apex, 'DNSKEY');
    named = await startNamed(folder, `zone "${apex}" { type primary; file "signed"; };`);
  });

  afterAll(async () => {
    await named?.stop();
    await transport.close();
    await dropTestFolder(folder);
  });

  async function answer(name: string, type: string): Promise<Message> {
    const server = { address: named?.address ?? '', port: named?.port ?? 0 };
    const query = makeQuery(parseName(name), type, { dnssecOk: true });
    const exchange = await transport.exchange(query, server, { timeoutMs: 30_000, protocol: 'tcp' });
    if (exchange.kind !== 'response') throw new Error(`${name} ${type}: ${exchange.kind}`);
    return exchange.message;
  }

  /** Verifies every RRset of a section; gives them, and the wildcard that one came from. */
  function secured(records: readonly ResourceRecord[]): {
    rrsets: readonly RRset[];
    wildcard: string | null;
  } {
    const signatures = records.filter(({ type }) => type === 'RRSIG');
    const rrsets = groupRecords(records.filter(({ type }) => type !== 'RRSIG'));
    let wildcard: string | null = null;
    for (const rrset of rrsets) {
      if (isType(rrset, 'NS') && rrset.owner !== apex) continue;
      const of = signatures.filter(({ owner }) => owner === rrset.owner).map(({ data }) => data);
      if (keys === null) throw new Error('no keys');
      const verdict = verifyRRset(rrset, of, keys, { nowSeconds, budget: new DnssecBudget() });
      expect([rrset.owner, rrset.type, verdict.kind]).toEqual([rrset.owner, rrset.type, 'secure']);
      if (verdict.kind === 'secure') wildcard ??= verdict.wildcard;
    }
    return { rrsets, wildcard };
  }

  function denialIn(message: Message): Denial {
    return denialOf(parseName(apex), secured(message.authority).rrsets, new DnssecBudget());
  }

  test('has keys that lead from their DS', async () => {
    const message = await answer(apex, 'DNSKEY');
    const [rrset] = groupRecords(message.answer.filter(({ type }) => type === 'DNSKEY'));
    if (rrset === undefined || !isType(rrset, 'DNSKEY')) throw new Error('no keys');
    const signatures = message.answer.filter(({ type }) => type === 'RRSIG').map(({ data }) => data);
    const ds = (await dsByBind(folder)).map(line => parseRdata('DS', line.replace(/^.*\sDS\s+/, '')));
    expect(verifyKeys(rrset, signatures, ds, { nowSeconds, budget: new DnssecBudget() }).kind).toBe('secure');
  });

  test.each(['nope', 'deep.deep.nope', 'x.mail', 'y.here.wild', 'odd', 'zz'])(
    'proves that %s does not exist',
    async name => {
      const message = await answer(`${name}.${apex}`, 'A');
      expect(message.rcode).toBe('NXDOMAIN');
      const verdict = provesNameError(denialIn(message), parseName(`${name}.${apex}`));
      expect(verdict).toMatchObject({ kind: 'proven', optOut: title.includes('opt-out') });
      expect(provesNameError(denialIn(message), parseName(`mail.${apex}`)).kind).toBe('unproven');
    },
  );

  test.each([
    ['mail', 'TXT'],
    ['', 'AAAA'],
    ['b.ent', 'A'],
    ['ent', 'MX'],
    ['x.wild', 'AAAA'],
    ['*.wild', 'MX'],
    ['odd\\000name', 'TXT'],
    ['mail', 'DS'],
  ])('proves that %s has no %s', async (name, type) => {
    const owner = parseName(name === '' ? apex : `${name}.${apex}`);
    const message = await answer(owner, type);
    expect(message.rcode).toBe('NOERROR');
    const denial = denialIn(message);
    expect(provesNoData(denial, owner, type).kind).toBe('proven');
    expect(provesNameError(denial, owner).kind).toBe('unproven');
  });

  test.each([
    ['x.wild', 'A'],
    ['a.b.c.wild', 'TXT'],
  ])('lets the wildcard answer for %s', async (name, type) => {
    const message = await answer(`${name}.${apex}`, type);
    const { wildcard } = secured(message.answer);
    expect(wildcard).toBe(`*.wild.${apex}`);
    const denial = denialIn(message);
    expect(provesWildcard(denial, parseName(`${name}.${apex}`), parseName(`*.wild.${apex}`)).kind).toBe(
      'proven',
    );
    expect(provesWildcard(denial, parseName(`${name}.${apex}`), parseName(`*.${apex}`)).kind).toBe(
      'unproven',
    );
    expect(provesWildcard(denial, parseName(`here.wild.${apex}`), parseName(`*.wild.${apex}`)).kind).toBe(
      'unproven',
    );
  });

  test('has a DS at a signed delegation', async () => {
    const { rrsets } = secured((await answer(`secure.${apex}`, 'DS')).answer);
    expect(rrsets).toMatchObject([{ owner: `secure.${apex}`, type: 'DS' }]);
  });

  test.each([['insecure'], ['one.two.only']])('shows that the delegation of %s is unsigned', async name => {
    const cut = parseName(`${name}.${apex}`);
    const denial = denialIn(await answer(`www.${cut}`, 'A'));
    const verdict = provesInsecureDelegation(denial, cut);
    expect(verdict).toMatchObject({ kind: 'proven', optOut: title.includes('opt-out') });
    expect(provesNameError(denial, parseName(`www.${cut}`)).kind).toBe('unproven');
    expect(provesNoData(denial, cut, 'A').kind).toBe(title.includes('opt-out') ? 'proven' : 'unproven');
  });
});
