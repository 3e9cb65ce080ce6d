import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Name } from '../../src/dns/name.ts';
import { relativeTo } from '../../src/dns/name.ts';
import { mxOf, txtOf } from '../../src/dns/rdata.ts';
import type { RRset } from '../../src/dns/rrset.ts';
import { rrsetOf } from '../../src/dns/rrset.ts';
import { domainParts } from '../../src/providers/namecheap/domain.ts';
import { parametersOf } from '../../src/providers/namecheap/hosts.ts';
import type { Row } from '../../src/providers/namecheap/rows.ts';
import { rowsWithout } from '../../src/providers/namecheap/rows.ts';
import type { HostedZone, RRsetChange } from '../../src/providers/provider.ts';
import type { NamecheapEmulator } from '../../src/sandbox/namecheap/emulator.ts';
import { createNamecheapEmulator } from '../../src/sandbox/namecheap/emulator.ts';
import { absent, noClock, otherKey, refused, unreachable, zoneNamed } from './bad-input.ts';
import { describeContract } from './contract.ts';
import { type FaultyRig, lines, makeRig, name, ordinary } from './rig.ts';

const apex = name('example.com.');
const servers = [name('dns1.registrar-servers.com.'), name('dns2.registrar-servers.com.')];

function rowsOf(
  rrset: RRset,
): readonly { name: string; type: string; address: string; mxPref?: number; ttl: number }[] {
  return rrset.data.map(data => {
    const row = { name: relativeTo(rrset.owner, apex), type: rrset.type, ttl: rrset.ttl };
    if (rrset.type === 'MX') return { ...row, address: mxOf(data).exchange, mxPref: mxOf(data).preference };
    return { ...row, address: rrset.type === 'TXT' ? Buffer.concat(txtOf(data)).toString() : data };
  });
}

const foreign = (owner: Name): { name: string; type: string; address: string } => ({
  name: relativeTo(owner, apex),
  type: 'A',
  address: '192.0.2.77',
});

let emulator: NamecheapEmulator;

function openRig(): Promise<FaultyRig> {
  return makeRig({
    api: 'namecheap',
    apex,
    operations: {
      write: 'namecheap.domains.dns.setHosts',
      read: 'namecheap.domains.dns.getHosts',
      create: null,
    },
    emulate: deps => {
      emulator = createNamecheapEmulator(deps, { servers, apiUser: 'zonecut', apiKey: 'k3y+with/odd=chars' });
      emulator.seedDomain({
        name: 'example.com',
        rows: [
          ...ordinary(apex).flatMap(rowsOf),
          { name: 'go', type: 'URL301', address: 'http://example.org/?a=1&b=<2>' },
          { name: 'auto', type: 'A', address: '192.0.2.3', ttl: 1799 },
        ],
        hidden: [rrsetOf(name(`_sip._tcp.${apex}`), 'SRV', 1800, '1 2 5060 sip.example.org.')],
      });
      return {
        handle: request => emulator.handle(request),
        editElsewhere: owner => emulator.edit('example.com', rows => [...rows, foreign(owner)]),
      };
    },
    environment: url => ({
      NAMECHEAP_API_USER: 'zonecut',
      NAMECHEAP_API_KEY: 'k3y+with/odd=chars',
      NAMECHEAP_CLIENT_IP: '127.0.0.1',
      ZONECUT_NAMECHEAP_ENDPOINT: `${url}/xml.response`,
    }),
  });
}

describeContract('Namecheap', openRig, {
  'a wrong key': otherKey({ NAMECHEAP_API_KEY: 'wrong' }, /^Namecheap: .*1011102/),
  'no right to write': refused('ZC_RIGHTS', /2030166: Edit permission for domain/, {
    arrange: () => emulator.seedDomain({ name: 'shared.org', rights: ['whoisguard'] }),
    zone: zoneNamed('shared.org.'),
  }),
  'an unknown zone': refused('ZC_ZONE_NOT_FOUND', /2019166/, { zone: zoneNamed('nowhere.org.') }),
  'a zone that is locked or read-only': refused('ZC_PROVIDER_REFUSED', /2030288: .*proper DNS servers/, {
    arrange: () => emulator.seedDomain({ name: 'elsewhere.org', customServers: ['ns1.example.org'] }),
    zone: zoneNamed('elsewhere.org.'),
  }),
  'a quota that is reached': refused('ZC_PROVIDER_REFUSED', /150/, {
    changes: () =>
      Array.from({ length: 150 }, (_, at) => {
        const to = rrsetOf(name(`n${at}.${apex}`), 'A', 300, '192.0.2.1');
        return { owner: to.owner, type: 'A', from: null, to };
      }),
  }),
  'a host that cannot be reached': unreachable,
  'clocks that are apart': noClock,
  'another account that holds the zone': absent('creates no zones: who registered the domain has its zone'),
});

describe('Namecheap', () => {
  let rig: FaultyRig;
  let zone: HostedZone;
  beforeEach(async () => {
    rig = await openRig();
    const [found] = await rig.provider.findZones(apex);
    if (found === undefined) throw new Error('no zone');
    zone = found;
  });
  afterEach(() => rig.close());

  const to = rrsetOf(name(`staging.${apex}`), 'NS', 1800, 'ns1.example.org.', 'ns2.example.org.');
  const adding: RRsetChange = { owner: to.owner, type: 'NS', from: null, to };
  /** All that a row says, without the numbers that Namecheap gives anew. */
  const rows = (domain = 'example.com'): readonly string[] =>
    emulator
      .rows(domain)
      .map(row =>
        JSON.stringify([
          row.name,
          row.type,
          row.address,
          row.type === 'MX' ? row.mxPref : 0,
          row.ttl,
          row.isDdnsEnabled,
        ]),
      )
      .sort();

  it('keeps every other row as it is to the last letter, and hidden SRV records', async () => {
    const before = rows();
    const mail = emulator.domains()[0]?.emailType;
    await rig.provider.changeZone(zone, [adding]);
    expect(rows().filter(row => !row.startsWith('["staging"'))).toEqual(before);
    expect(emulator.domains()[0]?.emailType).toBe(mail);
    expect((await rig.served(apex)).map(set => set.type)).toContain('SRV');
    await rig.provider.changeZone(zone, [{ owner: to.owner, type: 'NS', from: to, to: null }]);
    expect(rows()).toEqual(before);
  });

  it('shows rows that are no records', async () => {
    expect((await rig.provider.readZone(zone)).otherRows).toEqual([
      { owner: name(`go.${apex}`), text: expect.stringContaining('URL301') },
    ]);
  });

  const unkeepable = [
    { title: 'hosted mail', seed: { emailType: 'OX' as const, rows: [] }, words: 'EmailType OX' },
    { title: 'mail at Google', seed: { emailType: 'GMAIL' as const, rows: [] }, words: 'EmailType GMAIL' },
    {
      title: 'Dynamic DNS',
      seed: { rows: [{ name: 'home', type: 'A', address: '192.0.2.1', isDdnsEnabled: true }] },
      words: 'Dynamic DNS',
    },
  ];
  for (const { title, seed, words } of unkeepable) {
    it(`does not write a zone with ${title}`, async () => {
      emulator.seedDomain({ name: 'kept.org', ...seed });
      const [kept] = await rig.provider.findZones(name('kept.org.'));
      if (kept === undefined) throw new Error('no zone');
      const ns = rrsetOf(name('staging.kept.org.'), 'NS', 1800, 'ns1.example.org.');
      const before = rows('kept.org');
      await expect(
        rig.provider.changeZone(kept, [{ owner: ns.owner, type: 'NS', from: null, to: ns }]),
      ).rejects.toMatchObject({ code: 'ZC_PROVIDER_REFUSED', message: expect.stringContaining(words) });
      expect(rows('kept.org')).toEqual(before);
    });
  }

  const refused = [
    { title: 'NS at the apex', set: rrsetOf(apex, 'NS', 1800, 'ns1.example.org.') },
    { title: 'NS at the wildcard', set: rrsetOf(name(`*.${apex}`), 'NS', 1800, 'ns1.example.org.') },
    { title: 'a TTL that is too small', set: rrsetOf(name(`a.${apex}`), 'A', 59, '192.0.2.1') },
    { title: 'a TTL that is too large', set: rrsetOf(name(`a.${apex}`), 'A', 60001, '192.0.2.1') },
    {
      title: 'a host part of 61 characters',
      set: rrsetOf(name(`${'a'.repeat(61)}.${apex}`), 'A', 300, '192.0.2.1'),
    },
    { title: 'DS', set: rrsetOf(name(`a.${apex}`), 'DS', 1800, `1 13 2 ${'ab'.repeat(32)}`) },
    {
      title: '151 records',
      set: rrsetOf(name(`a.${apex}`), 'A', 300, ...Array.from({ length: 140 }, (_, i) => `192.0.2.${i}`)),
    },
  ];
  for (const { title, set } of refused) {
    it(`refuses ${title} before anything is sent`, async () => {
      const change = { owner: set.owner, type: set.type, from: null, to: set };
      await expect(rig.provider.changeZone(zone, [change])).rejects.toMatchObject({
        code: 'ZC_PROVIDER_REFUSED',
      });
      expect(rig.faults.requests.some(one => one.operation === 'namecheap.domains.dns.setHosts')).toBe(false);
    });
  }

  it('puts back what is missing after a write, and says so', async () => {
    const before = rows();
    rig.faults.inject({
      api: 'namecheap',
      operation: 'namecheap.domains.dns.getHosts',
      kind: 'edit-before',
      skip: 1,
      edit: () => emulator.edit('example.com', all => all.filter(row => row.name !== 'www')),
    });
    await expect(rig.provider.changeZone(zone, [adding])).rejects.toMatchObject({
      code: 'ZC_PROVIDER_CONFLICT',
      message: expect.stringContaining('the missing rows were put back, and the change is made'),
    });
    expect(rows().filter(row => !row.startsWith('["staging"'))).toEqual(before);
    expect(rows().length).toBe(before.length + to.data.length);
  });

  it('puts back the rows of before when the host loses one in each write of the change', async () => {
    const before = rows();
    rig.faults.inject({
      api: 'namecheap',
      operation: 'namecheap.domains.dns.getHosts',
      kind: 'edit-before',
      skip: 1,
      times: Number.POSITIVE_INFINITY,
      edit: () =>
        emulator.edit('example.com', all =>
          all.some(row => row.name === 'staging') ? all.filter(row => row.name !== 'www') : all,
        ),
    });
    await expect(rig.provider.changeZone(zone, [adding])).rejects.toMatchObject({
      code: 'ZC_PROVIDER_CONFLICT',
      message: expect.stringContaining('the rows of before were put back'),
    });
    expect(rows()).toEqual(before);
  });

  it('keeps what somebody adds while it puts back what is missing', async () => {
    const before = rows();
    rig.faults.inject({
      api: 'namecheap',
      operation: 'namecheap.domains.dns.getHosts',
      kind: 'edit-before',
      skip: 1,
      edit: () =>
        emulator.edit('example.com', all => [
          ...all.filter(row => row.name !== 'www'),
          foreign(name(`foreign.${apex}`)),
        ]),
    });
    await expect(rig.provider.changeZone(zone, [adding])).rejects.toMatchObject({
      code: 'ZC_PROVIDER_CONFLICT',
    });
    expect(rows().filter(row => !/^\["(foreign|staging)"/.test(row))).toEqual(before);
    expect(rows().length).toBe(before.length + 1 + to.data.length);
  });

  const lossesOfRows = [
    { title: 'the host loses a row twice', readings: 3 },
    { title: 'the rows of before have to come back', readings: Number.POSITIVE_INFINITY },
  ];

  for (const { title, readings } of lossesOfRows) {
    it(`keeps what somebody added when ${title}`, async () => {
      const before = rows();
      let isAdded = false;
      rig.faults.inject({
        api: 'namecheap',
        operation: 'namecheap.domains.dns.getHosts',
        kind: 'edit-before',
        skip: 1,
        times: readings,
        edit: () => {
          emulator.edit('example.com', all =>
            all.some(row => row.name === 'staging') ? all.filter(row => row.name !== 'www') : all,
          );
          if (!isAdded) {
            rig.editElsewhere(name(`foreign.${apex}`));
            isAdded = true;
          }
        },
      });
      await expect(rig.provider.changeZone(zone, [adding])).rejects.toMatchObject({
        code: 'ZC_PROVIDER_CONFLICT',
      });
      expect(rows().filter(row => !/^\["(foreign|staging)"/.test(row))).toEqual(before);
      expect(rows().filter(row => row.startsWith('["foreign"'))).toHaveLength(1);
    });
  }

  // Simulated seed 3001531: the row that was replaced came back beside the one in its place.
  for (const { title, readings } of lossesOfRows) {
    it(`keeps what somebody put in the place of a row, and that alone, when ${title}`, async () => {
      const isWww = (row: string): boolean => row.startsWith('["www"');
      const before = rows();
      let isReplaced = false;
      rig.faults.inject({
        api: 'namecheap',
        operation: 'namecheap.domains.dns.getHosts',
        kind: 'edit-before',
        skip: 1,
        times: readings,
        edit: () => {
          emulator.edit('example.com', all => all.filter(row => row.name !== 'staging'));
          if (!isReplaced) {
            emulator.edit('example.com', all => [
              ...all.filter(row => row.name !== 'www'),
              { name: 'www', type: 'CNAME', address: 'elsewhere.example.net.' },
            ]);
            isReplaced = true;
          }
        },
      });
      await expect(rig.provider.changeZone(zone, [adding])).rejects.toMatchObject({
        code: 'ZC_PROVIDER_CONFLICT',
      });
      expect(rows().filter(isWww)).toEqual([expect.stringContaining('elsewhere.example.net')]);
      expect(rows().filter(row => !isWww(row) && !row.startsWith('["staging"'))).toEqual(
        before.filter(row => !isWww(row)),
      );
    });
  }

  it('keeps what somebody puts in the place of a row right after the write', async () => {
    rig.faults.inject({
      api: 'namecheap',
      operation: 'namecheap.domains.dns.getHosts',
      kind: 'edit-before',
      skip: 1,
      edit: () =>
        emulator.edit('example.com', all => [
          ...all.filter(row => row.name !== 'www'),
          { name: 'www', type: 'CNAME', address: 'elsewhere.example.net.' },
        ]),
    });
    await expect(rig.provider.changeZone(zone, [adding])).rejects.toMatchObject({
      code: 'ZC_PROVIDER_CONFLICT',
      message: expect.stringContaining('nothing was lost'),
    });
    expect(rows().filter(row => row.startsWith('["www"')).length).toBe(1);
    expect(rows().some(row => row.includes('elsewhere.example.net'))).toBe(true);
  });

  it('keeps what somebody adds right after the write, and says so', async () => {
    rig.faults.inject({
      api: 'namecheap',
      operation: 'namecheap.domains.dns.getHosts',
      kind: 'edit-before',
      skip: 1,
      edit: () => rig.editElsewhere(name(`foreign.${apex}`)),
    });
    await expect(rig.provider.changeZone(zone, [adding])).rejects.toMatchObject({
      code: 'ZC_PROVIDER_CONFLICT',
      message: expect.stringContaining('nothing was lost'),
    });
    const served = lines(await rig.served(apex));
    expect(served).toContain(`foreign.${apex} 1800 A 192.0.2.77`);
    expect(served).toContain(lines([to])[0]);
    await rig.provider.changeZone(zone, [adding]);
  });

  it('cannot see an edit in the instant between its last read and its write', async () => {
    // FIXME: Namecheap has no version, lock or precondition, and gives every row a new number on each write: nothing that
    // the API shows afterwards tells such an edit from none.
    rig.faults.inject({
      api: 'namecheap',
      operation: 'namecheap.domains.dns.setHosts',
      kind: 'edit-before',
      edit: () => rig.editElsewhere(name(`foreign.${apex}`)),
    });
    await rig.provider.changeZone(zone, [adding]);
    expect(rows().some(row => row.includes('foreign'))).toBe(false);
  });

  it('lists domains whose records are here, page by page', async () => {
    for (let index = 0; index < 130; index += 1) {
      emulator.seedDomain({
        name: `d${index}.co.uk`,
        ...(index % 10 === 0 ? { customServers: ['ns1.example.org', 'ns2.example.org'] } : {}),
      });
    }
    const listed: string[] = [];
    for await (const one of rig.provider.listZones()) listed.push(one.apex);
    expect(listed.length).toBe(118);
    expect((await rig.provider.findZones(name('d1.co.uk.'))).length).toBe(1);
    expect(await rig.provider.findZones(name('d10.co.uk.'))).toEqual([]);
    const elsewhere: HostedZone = { ...zone, apex: name('d10.co.uk.'), id: 'd10.co.uk' };
    await expect(rig.provider.readZone(elsewhere)).rejects.toMatchObject({ code: 'ZC_PROVIDER_REFUSED' });
  });

  const strangers = [
    { title: 'a wrong key', environment: { NAMECHEAP_API_KEY: 'wrong' }, hint: 'NAMECHEAP_API_KEY' },
    {
      title: 'an address that is not on the whitelist',
      environment: { NAMECHEAP_CLIENT_IP: '192.0.2.1' },
      hint: 'whitelist',
    },
  ];
  for (const { title, environment, hint } of strangers) {
    it(`says what to look at for ${title}`, async () => {
      const provider = await rig.open(environment);
      await expect(provider.whoAmI()).rejects.toMatchObject({
        code: 'ZC_CREDENTIALS',
        hint: expect.stringContaining(hint),
      });
    });
  }

  const missing = ['NAMECHEAP_API_USER', 'NAMECHEAP_API_KEY', 'NAMECHEAP_CLIENT_IP'];
  for (const variable of missing) {
    it(`wants ${variable}`, async () => {
      await expect(rig.open({ [variable]: '' })).rejects.toMatchObject({
        code: 'ZC_CREDENTIALS',
        message: expect.stringContaining(variable),
      });
    });
  }

  const rights = [
    { title: 'all', rights: 'all' as const, expected: 'yes' },
    { title: 'hosts', rights: ['hosts'], expected: 'yes' },
    { title: 'dns', rights: ['dns'], expected: 'yes' },
    { title: 'none of the records', rights: ['whoisguard'], expected: 'no' },
  ];
  for (const { title, rights: granted, expected } of rights) {
    it(`may write with the right ${title}: ${expected}`, async () => {
      emulator.seedDomain({ name: 'shared.org', rights: granted });
      const shared: HostedZone = { ...zone, apex: name('shared.org.'), id: 'shared.org' };
      expect((await rig.provider.rights(shared)).writeRecords).toBe(expected);
    });
  }
});

describe('a row', () => {
  const row: Row = {
    host: 'www',
    type: 'CNAME',
    address: 'example.org.',
    mxPref: '10',
    ttl: '1799',
    active: true,
    dynamic: false,
  };
  const same: readonly Partial<Row>[] = [
    { ttl: '1800' },
    { address: 'EXAMPLE.org' },
    { host: 'WWW' },
    { mxPref: '0' },
  ];
  const other: readonly Partial<Row>[] = [
    { ttl: '300' },
    { address: 'example.com.' },
    { host: 'ftp' },
    { type: 'ALIAS' },
    { active: false },
    { dynamic: true },
  ];
  for (const change of same) {
    it(`means the same with ${JSON.stringify(change)}`, () =>
      expect(rowsWithout([row], [{ ...row, ...change }])).toEqual([]));
  }
  for (const change of other) {
    it(`means something else with ${JSON.stringify(change)}`, () =>
      expect(rowsWithout([row], [{ ...row, ...change }])).toEqual([row]));
  }

  it('counts as often as it is there', () => {
    expect(rowsWithout([row, row, row], [row]).length).toBe(2);
    expect(rowsWithout([row], [row, row])).toEqual([]);
  });

  it('is sent as it came, with the kind of mail', () => {
    expect(parametersOf({ emailType: 'FWD', rows: [row] })).toEqual({
      EmailType: 'FWD',
      HostName1: 'www',
      RecordType1: 'CNAME',
      Address1: 'example.org.',
      MXPref1: '10',
      TTL1: '1799',
    });
    const mx: Row = { ...row, type: 'MX' };
    expect(parametersOf({ emailType: null, rows: [mx] })).toMatchObject({ EmailType: 'MX' });
  });
});

describe('a domain', () => {
  const cases = [
    ['example.com.', 'example', 'com'],
    ['example.co.uk.', 'example', 'co.uk'],
    ['example.github.io.', null, null],
    ['www.example.com.', null, null],
    ['co.uk.', null, null],
    ['com.', null, null],
    ['.', null, null],
    ['xn--bcher-kva.de.', 'xn--bcher-kva', 'de'],
  ] as const;
  for (const [apexText, sld, tld] of cases) {
    it(`${apexText} is ${sld === null ? 'none' : `${sld} at ${tld}`}`, () => {
      expect(domainParts(name(apexText))).toEqual(sld === null ? null : { SLD: sld, TLD: tld });
    });
  }
});
