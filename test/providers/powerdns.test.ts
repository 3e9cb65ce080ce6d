import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rrsetOf } from '../../src/dns/rrset.ts';
import type { HostedZone, RRsetChange } from '../../src/providers/provider.ts';
import { textResponse } from '../../src/sandbox/emulation.ts';
import { createPowerdnsEmulator, type PowerdnsEmulator } from '../../src/sandbox/powerdns/emulator.ts';
import { absent, answering, noClock, otherKey, refused, unreachable, zoneNamed } from './bad-input.ts';
import { describeContract } from './contract.ts';
import { type FaultyRig, lines, makeRig, name, ordinary } from './rig.ts';

const apex = name('example.com.');
const apiKey = 'k3y/with+odd="signs"';
const servers = [name('ns1.hosting.example.'), name('ns2.hosting.example.')];

let emulator: PowerdnsEmulator;

function openRig(): Promise<FaultyRig> {
  return makeRig({
    api: 'powerdns',
    apex,
    operations: { write: 'PATCH zone', read: 'GET zone', create: 'POST zones' },
    emulate: deps => {
      emulator = createPowerdnsEmulator(deps, { apiKey, servers });
      emulator.seedZone({ name: apex, rrsets: ordinary(apex) });
      return {
        handle: request => emulator.handle(request),
        editElsewhere: owner => emulator.put(apex, rrsetOf(owner, 'A', 1800, '192.0.2.77')),
      };
    },
    environment: url => ({
      PDNS_API_URL: `${url}/api/v1/`,
      PDNS_API_KEY: apiKey,
      PDNS_NAMESERVERS: servers.join(', '),
    }),
  });
}

describeContract('PowerDNS', openRig, {
  'a wrong key': otherKey(
    { PDNS_API_KEY: 'wrong-key' },
    /^PowerDNS: the key of PDNS_API_KEY is not accepted/,
  ),
  'no right to write': refused('ZC_RIGHTS', /^PowerDNS: PATCH .*: Forbidden \(403\)$/, {
    // The server has one key, which may all; what stands before it can keep some from some.
    arrange: answering('PATCH zone', textResponse(403, 'text/plain', 'Forbidden')),
  }),
  'an unknown zone': refused('ZC_ZONE_NOT_FOUND', /nowhere\.example.*\(404\)$/, {
    zone: zoneNamed('nowhere.example.'),
  }),
  'a zone that is locked or read-only': absent('PowerDNS locks no zone; its API writes zones of every kind'),
  'a quota that is reached': absent('PowerDNS counts neither zones nor records'),
  'a host that cannot be reached': unreachable,
  'clocks that are apart': noClock,
  'another account that holds the zone': absent('a server has one set of zones, and no accounts'),
});

describe('the powerdns driver', () => {
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
  const unchanged = async (work: Promise<unknown>, code: string, sentence: RegExp): Promise<void> => {
    const before = lines(emulator.rrsets(apex));
    await expect(work).rejects.toMatchObject({ code, message: expect.stringMatching(sentence) });
    expect(lines(emulator.rrsets(apex))).toEqual(before);
  };

  it('has one clear line for a wrong key, and never shows the key', async () => {
    const wrong = await rig.open({ PDNS_API_KEY: 'wrong-key' });
    await unchanged(
      wrong.changeZone(zone, [adding]),
      'ZC_CREDENTIALS',
      /^PowerDNS: the key of PDNS_API_KEY is not accepted \(401\)$/,
    );
  });

  it.each([
    ['no address', { PDNS_API_URL: '' }, /not both set/],
    ['no key', { PDNS_API_KEY: '' }, /not both set/],
    ['an address of something else', { PDNS_API_URL: 'dns.example.com' }, /no address of HTTP/],
  ])('does not open with %s', async (_title, environment, problem) => {
    await expect(rig.open(environment)).rejects.toMatchObject({
      code: 'ZC_CREDENTIALS',
      message: expect.stringMatching(problem),
    });
  });

  it('says that another server than PowerDNS answers', async () => {
    const other = await rig.open({ PDNS_SERVER_NAME: 'somewhere' });
    await expect(other.whoAmI()).rejects.toMatchObject({ code: 'ZC_PROVIDER_RESPONSE' });
  });

  it('creates no zone unless it is said which name servers it gets', async () => {
    const provider = await rig.open({ PDNS_NAMESERVERS: '' });
    expect(provider.capabilities.createsZones).toBe(false);
    await unchanged(
      provider.createZone(name('new.example.'), { reference: 'zonecut:1' }),
      'ZC_PROVIDER_REFUSED',
      /not said which name servers it gets/,
    );
    expect((await provider.rights(null)).createZones).toBe('no');
  });

  it('gives a new zone an SOA that names its first server where nobody configured one', async () => {
    const made = await rig.provider.createZone(name('new.example.'), { reference: 'zonecut:1' });
    const soa = (await rig.provider.readZone(made)).rrsets.find(set => set.type === 'SOA');
    expect(soa?.data[0]).toMatch(
      /^ns1\.hosting\.example\. hostmaster\.new\.example\. \d{10} 10800 3600 604800 3600$/,
    );
    expect(made.reference).toBe('zonecut:1');
  });

  it('remembers a long reference by what stands for it', async () => {
    const reference = `zonecut:${'x'.repeat(90)}`;
    const first = await rig.provider.createZone(name('new.example.'), { reference });
    expect(await rig.provider.createZone(name('new.example.'), { reference })).toEqual(first);
    expect(first.reference?.length).toBeLessThanOrEqual(40);
  });

  it('keeps records that are switched off, and types of PowerDNS itself', async () => {
    const at = name(`mixed.${apex}`);
    emulator.putSet(apex, {
      name: at,
      type: 'A',
      ttl: 300,
      records: [
        { content: '192.0.2.1', disabled: false },
        { content: '192.0.2.2', disabled: true },
      ],
    });
    emulator.putSet(apex, {
      name: name(`alias.${apex}`),
      type: 'ALIAS',
      ttl: 300,
      records: [{ content: 'example.org.', disabled: false }],
    });
    const { otherRows } = await rig.provider.readZone(zone);
    expect(otherRows.map(row => row.text).sort()).toEqual([
      '300 A 192.0.2.2 (disabled)',
      '300 ALIAS example.org.',
    ]);
    const from = rrsetOf(at, 'A', 300, '192.0.2.1');
    await rig.provider.changeZone(zone, [{ owner: at, type: 'A', from, to: null }]);
    expect((await rig.provider.readZone(zone)).otherRows).toEqual(otherRows);
  });

  it('writes data in the spelling that the API wants, and no other data', async () => {
    const set = rrsetOf(name(`web.${apex}`), 'HTTPS', 300, '1 . alpn="h2,h3"', '2 . alpn="h2"');
    await rig.provider.changeZone(zone, [{ owner: set.owner, type: 'HTTPS', from: null, to: set }]);
    expect(lines(await rig.served(apex))).toContain(lines([set])[0]);
    const refused = rig.faults.requests.filter(one => one.status === 422);
    expect(refused).toHaveLength(2);
  });

  it('writes no keys that the server would not serve', async () => {
    const key =
      '257 3 13 mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+GqJxpVXckHAeF+KkxLbxILfDLUT0rAK9iUzy1L53eKGQ==';
    const set = rrsetOf(apex, 'DNSKEY', 300, key);
    const change: RRsetChange = { owner: apex, type: 'DNSKEY', from: null, to: set };
    await unchanged(rig.provider.changeZone(zone, [change]), 'ZC_PROVIDER_REFUSED', /written and not served/);
    const other = await rig.open({ PDNS_DIRECT_DNSKEY: 'yes' });
    expect(other.capabilities.addsForeignKeys).toBe(true);
    await other.changeZone(zone, [change]);
  });

  it('signs once, tells what the name servers then serve, and takes it away again', async () => {
    const unsigned = { state: 'unsigned', ds: [], dnskeys: [], cds: [] };
    expect(await rig.provider.readSigning?.(zone)).toEqual(unsigned);
    const signing = await rig.provider.signZone?.(zone);
    expect(await rig.provider.signZone?.(zone)).toEqual(signing);
    const data = async (type: string): Promise<readonly string[]> =>
      (await rig.served(apex)).find(set => set.type === type && set.owner === apex)?.data ?? [];
    expect(await data('DNSKEY')).toEqual(signing?.dnskeys);
    expect(await data('CDS')).toEqual(signing?.ds);
    expect(signing?.cds).toEqual(signing?.ds);
    expect(signing?.ds).toEqual([expect.stringMatching(/^\d+ 13 2 [0-9a-f]{64}$/)]);
    await rig.provider.unsignZone?.(zone);
    await rig.provider.unsignZone?.(zone);
    expect(await rig.provider.readSigning?.(zone)).toEqual(unsigned);
    expect(await data('DNSKEY')).toEqual([]);
  });
});
