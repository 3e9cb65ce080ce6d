import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rrsetOf } from '../../src/dns/rrset.ts';
import type { HostedZone, RRsetChange } from '../../src/providers/provider.ts';
import { createNs1Emulator, type Ns1Emulator, type Ns1Options } from '../../src/sandbox/ns1/emulator.ts';
import { absent, noClock, otherKey, refused, unreachable, zoneNamed } from './bad-input.ts';
import { describeContract } from './contract.ts';
import { type FaultyRig, lines, makeRig, name, ordinary } from './rig.ts';

const apex = name('example.com.');
const key = 'q1W2e3R4t5Y6u7I8o9P0';
const readKey = 'viewer-viewer-viewer';
const servers = [1, 2, 3, 4].map(n => name(`dns${n}.p08.nsone.net.`));

let emulator: Ns1Emulator;

function openRig(options: Partial<Ns1Options> = {}): Promise<FaultyRig> {
  return makeRig({
    api: 'ns1',
    apex,
    operations: { write: 'PUT record', read: 'GET zone', create: 'PUT zone' },
    emulate: deps => {
      emulator = createNs1Emulator(deps, { key, readKey, servers, maxZones: 5000, ...options });
      emulator.seedZone({ name: apex, rrsets: ordinary(apex) });
      return {
        handle: request => emulator.handle(request),
        editElsewhere: owner => emulator.put(apex, rrsetOf(owner, 'A', 1800, '192.0.2.77')),
      };
    },
    environment: url => ({ ZONECUT_NS1_ENDPOINT: `${url}/v1/`, NS1_API_KEY: key }),
  });
}

describeContract('NS1', () => openRig(), {
  'a wrong key': otherKey(
    { NS1_API_KEY: 'wrong' },
    /^NS1: the credentials are not accepted: Unauthorized \(401\)$/,
  ),
  'no right to write': refused('ZC_RIGHTS', /^NS1: PUT \/zones\/.*: permission denied \(403\)$/, {
    arrange: rig => rig.open({ NS1_API_KEY: readKey }),
  }),
  'an unknown zone': refused('ZC_ZONE_NOT_FOUND', /nowhere\.example: zone not found/, {
    zone: zoneNamed('nowhere.example.'),
  }),
  'a zone that is locked or read-only': absent('no lock of zones is documented'),
  'a quota that is reached': refused('ZC_PROVIDER_REFUSED', /zone limit exceeded/, {
    open: () => openRig({ maxZones: 1 }),
    creates: true,
  }),
  'a host that cannot be reached': unreachable,
  'clocks that are apart': noClock,
  'another account that holds the zone': refused('ZC_PROVIDER_CONFLICT', /zone already exists/, {
    open: () => openRig({ takenElsewhere: [name('staging.example.test.')] }),
    creates: true,
  }),
});

describe('the ns1 driver', () => {
  let rig: FaultyRig;
  let zone: HostedZone;
  const open = async (options: Partial<Ns1Options> = {}): Promise<void> => {
    rig = await openRig(options);
    const [found] = await rig.provider.findZones(apex);
    if (found === undefined) throw new Error('no zone');
    zone = found;
  };
  beforeEach(() => open());
  afterEach(() => rig.close());

  const at = (label: string) => name(`${label}.${apex}`);
  const adding = (to: ReturnType<typeof rrsetOf>): RRsetChange => ({
    owner: to.owner,
    type: to.type,
    from: null,
    to,
  });

  it('tells the name servers of a zone, and what a key that may only view may do', async () => {
    expect(zone.nameServers).toEqual(servers);
    const viewer = await rig.open({ NS1_API_KEY: readKey });
    expect((await viewer.rights(zone)).writeRecords).toBe('no');
    await expect(rig.open({ NS1_API_KEY: ' ' })).rejects.toMatchObject({ code: 'ZC_CREDENTIALS' });
  });

  it('shows records that are filtered or linked as other rows, and leaves them alone', async () => {
    const shown = { domain: 'geo.example.com', type: 'A', ttl: 300, id: 'x' };
    emulator.show(apex, { ...shown, tier: 3, link: null, short_answers: ['192.0.2.1', '192.0.2.2'] });
    emulator.show(apex, { ...shown, domain: 'twin.example.com', tier: 1, link: 'www.example.com' });
    const { otherRows } = await rig.provider.readZone(zone);
    expect(otherRows.map(row => row.text).sort()).toEqual([
      '300 A 192.0.2.1 (filtered)',
      '300 A 192.0.2.2 (filtered)',
      '300 A linked to www.example.com',
    ]);
    const to = rrsetOf(at('geo'), 'A', 300, '192.0.2.9');
    await expect(rig.provider.changeZone(zone, [adding(to)])).rejects.toMatchObject({
      code: 'ZC_PROVIDER_CONFLICT',
    });
    await rig.provider.changeZone(zone, [adding(rrsetOf(at('new'), 'A', 300, '192.0.2.9'))]);
    expect((await rig.provider.readZone(zone)).otherRows).toEqual(otherRows);
  });

  it('writes no text that the host would split otherwise, before anything is sent', async () => {
    const to = rrsetOf(at('txt'), 'TXT', 300, '"one" "two"');
    await expect(rig.provider.changeZone(zone, [adding(to)])).rejects.toMatchObject({
      code: 'ZC_PROVIDER_REFUSED',
      message: expect.stringMatching(/splits text at 255 octets/),
    });
    expect(rig.faults.requests.some(one => one.operation === 'PUT record')).toBe(false);
  });

  it('reads zones of many pages whole', async () => {
    await rig.close();
    await open({ pageSize: 3 });
    expect(lines((await rig.provider.readZone(zone)).rrsets)).toEqual(lines(ordinary(apex)));
  });
});
