import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rrsetOf } from '../../src/dns/rrset.ts';
import type { HostedZone, RRsetChange } from '../../src/providers/provider.ts';
import { createOvhEmulator, type OvhEmulator } from '../../src/sandbox/ovh/emulator.ts';
import { absent, otherKey, refused, unreachable, zoneNamed } from './bad-input.ts';
import { describeContract } from './contract.ts';
import { type FaultyRig, lines, makeRig, name, ordinary } from './rig.ts';

const apex = name('example.com.');
const key = '7kbG7Bk7S9Nt7ZSV';
const secret = 'EXEgWIz07P0HYwtQDs7cNIqCiQaWSuHF';
const consumer = 'MtSwSrPpNjqfVSmJhLbPyr2i45lSwPU1';
const readConsumer = 'reader0123456789reader0123456789';
const servers = [name('dns104.ovh.net.'), name('ns104.ovh.net.')];

let emulator: OvhEmulator;

function openRig(clockAheadMs = 0): Promise<FaultyRig> {
  return makeRig({
    api: 'ovh',
    apex,
    clockAheadMs,
    // Signatures hold for five minutes of the host's time, and waits here pass at once.
    calendar: 'slept',
    operations: { write: 'POST record', read: 'GET records', create: null },
    emulate: deps => {
      emulator = createOvhEmulator(deps, { key, secret, consumer, readConsumer, servers });
      emulator.seedZone({ name: apex, rrsets: ordinary(apex) });
      return {
        handle: request => emulator.handle(request),
        editElsewhere: owner => emulator.put(apex, rrsetOf(owner, 'A', 1800, '192.0.2.77')),
      };
    },
    environment: url => ({
      ZONECUT_OVH_ENDPOINT: `${url}/1.0`,
      OVH_APPLICATION_KEY: key,
      OVH_APPLICATION_SECRET: secret,
      OVH_CONSUMER_KEY: consumer,
    }),
  });
}

describeContract('OVHcloud', () => openRig(), {
  'a wrong key': otherKey(
    { OVH_APPLICATION_SECRET: 'wrong' },
    /^OVHcloud: the credentials are not accepted: Invalid signature \(400\)$/,
  ),
  'no right to write': refused('ZC_RIGHTS', /This call has not been granted \(403\)$/, {
    arrange: rig => rig.open({ OVH_CONSUMER_KEY: readConsumer }),
  }),
  'an unknown zone': refused('ZC_ZONE_NOT_FOUND', /This service does not exist \(404\)$/, {
    zone: zoneNamed('nowhere.example.'),
  }),
  'a zone that is locked or read-only': absent('no lock of zones is documented'),
  'a quota that is reached': absent('no quota of records is documented (maxRecords is not known)'),
  'a host that cannot be reached': unreachable,
  'clocks that are apart': { kind: 'mended', open: () => openRig(3_600_000) },
  'another account that holds the zone': absent('creates no zones: who ordered the zone has it'),
});

describe('the ovh driver', () => {
  let rig: FaultyRig;
  let zone: HostedZone;
  beforeEach(async () => {
    rig = await openRig();
    const [found] = await rig.provider.findZones(apex);
    if (found === undefined) throw new Error('no zone');
    zone = found;
  });
  afterEach(() => rig.close());

  const at = (label: string) => name(`${label}.${apex}`);
  const ns = rrsetOf(at('staging'), 'NS', 3600, 'ns1.example.org.', 'ns2.example.org.');
  const adding: RRsetChange = { owner: ns.owner, type: 'NS', from: null, to: ns };
  const refreshes = (): number =>
    rig.faults.requests.filter(one => one.operation === 'POST refresh' && one.status === 200).length;

  it('tells the name servers of a zone, and wants all three parts of the credentials', async () => {
    expect(zone.nameServers).toEqual(servers);
    for (const variable of ['OVH_APPLICATION_KEY', 'OVH_APPLICATION_SECRET', 'OVH_CONSUMER_KEY']) {
      await expect(rig.open({ [variable]: '' })).rejects.toMatchObject({ code: 'ZC_CREDENTIALS' });
    }
    await expect(rig.open({ OVH_ENDPOINT: 'ovh-mars', ZONECUT_OVH_ENDPOINT: '' })).rejects.toMatchObject({
      code: 'ZC_CREDENTIALS',
      message: expect.stringMatching(/"ovh-mars"; there are ovh-eu, ovh-ca, ovh-us$/),
    });
  });

  it('finds out that records may not be written, and knows no stranger', async () => {
    const reader = await rig.open({ OVH_CONSUMER_KEY: readConsumer });
    expect((await reader.rights(zone)).writeRecords).toBe('no');
    for (const variable of ['OVH_APPLICATION_KEY', 'OVH_CONSUMER_KEY']) {
      const stranger = await rig.open({ [variable]: 'stranger' });
      await expect(stranger.whoAmI()).rejects.toMatchObject({ code: 'ZC_CREDENTIALS' });
    }
  });

  it('refreshes the zone once for a change, and not where nothing changed', async () => {
    await rig.provider.changeZone(zone, [adding]);
    await rig.provider.changeZone(zone, [adding]);
    expect(refreshes()).toBe(1);
    expect(lines(await rig.served(apex))).toContain(lines([ns])[0]);
  });

  it('refreshes what an earlier call had written and not refreshed', async () => {
    rig.faults.inject({
      api: 'ovh',
      operation: 'POST refresh',
      kind: 'throttle',
      times: Number.POSITIVE_INFINITY,
    });
    await expect(rig.provider.changeZone(zone, [adding])).rejects.toMatchObject({
      code: 'ZC_PROVIDER_THROTTLED',
    });
    expect(lines(await rig.served(apex))).not.toContain(lines([ns])[0]);
    rig.faults.clear();
    await rig.provider.changeZone(zone, [adding]);
    expect(lines(await rig.served(apex))).toContain(lines([ns])[0]);
  });

  it('reads the types of text that are the host’s own, the TTL of the zone and relative names', async () => {
    emulator.addRow(apex, { fieldType: 'SPF', subDomain: 'mail', target: '"v=spf1 -all"', ttl: 0 });
    emulator.addRow(apex, { fieldType: 'CNAME', subDomain: 'ftp', target: 'www', ttl: 60 });
    const { rrsets } = await rig.provider.readZone(zone);
    const spf = rrsetOf(at('mail'), 'TXT', 3600, '"v=spf1 -all"');
    expect(lines(rrsets)).toEqual(
      expect.arrayContaining([...lines([spf]), ...lines([rrsetOf(at('ftp'), 'CNAME', 60, at('www'))])]),
    );
    await rig.provider.changeZone(zone, [
      { owner: spf.owner, type: 'TXT', from: spf, to: { ...spf, ttl: 600 } },
    ]);
    expect(lines(await rig.served(apex))).toContain(lines([{ ...spf, ttl: 600 }])[0]);
  });

  it('reads a zone again of which a row is replaced while it is read', async () => {
    rig.faults.inject({
      api: 'ovh',
      operation: 'GET record',
      kind: 'edit-before',
      edit: () => emulator.put(apex, rrsetOf(at('api'), 'AAAA', 600, '2001:db8::2')),
    });
    const { rrsets } = await rig.provider.readZone(zone);
    const others = ordinary(apex).filter(set => set.owner !== at('api'));
    expect(lines(rrsets)).toEqual(lines([...others, rrsetOf(at('api'), 'AAAA', 600, '2001:db8::2')]));
    let count = 0;
    rig.faults.inject({
      api: 'ovh',
      operation: 'GET record',
      kind: 'edit-before',
      times: Number.POSITIVE_INFINITY,
      edit: () => {
        count += 1;
        emulator.put(apex, rrsetOf(at('api'), 'AAAA', 600, `2001:db8::${count}`));
      },
    });
    await expect(rig.provider.readZone(zone)).rejects.toMatchObject({ code: 'ZC_PROVIDER_RESPONSE' });
  });
});
