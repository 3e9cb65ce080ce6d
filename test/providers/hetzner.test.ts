import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rrsetOf } from '../../src/dns/rrset.ts';
import type { HostedZone, RRsetChange } from '../../src/providers/provider.ts';
import {
  createHetznerEmulator,
  type HetznerEmulator,
  type HetznerOptions,
} from '../../src/sandbox/hetzner/emulator.ts';
import { noClock, otherKey, refused, unreachable } from './bad-input.ts';
import { describeContract } from './contract.ts';
import { type FaultyRig, lines, makeRig, name, ordinary } from './rig.ts';

const apex = name('example.com.');
const token = 'hcloud0123456789abcdef';
const readToken = 'hcloudreadonly';
const servers = ['helium.ns.hetzner.de.', 'hydrogen.ns.hetzner.com.', 'oxygen.ns.hetzner.com.'].map(name);

let emulator: HetznerEmulator;

function openRig(options: Partial<HetznerOptions> = {}): Promise<FaultyRig> {
  return makeRig({
    api: 'hetzner',
    apex,
    operations: { write: 'POST rrset', read: 'GET rrsets', create: 'POST zones' },
    emulate: deps => {
      emulator = createHetznerEmulator(deps, { token, readToken, servers, ...options });
      emulator.seedZone({ name: apex, rrsets: ordinary(apex) });
      return {
        handle: request => emulator.handle(request),
        editElsewhere: owner => emulator.put(apex, rrsetOf(owner, 'A', 1800, '192.0.2.77')),
      };
    },
    environment: url => ({ ZONECUT_HETZNER_ENDPOINT: `${url}/v1/`, HCLOUD_TOKEN: token }),
  });
}

const at = (label: string) => name(`${label}.${apex}`);
const ns = rrsetOf(at('staging'), 'NS', 3600, 'ns1.example.org.', 'ns2.example.org.');
const adding: RRsetChange = { owner: ns.owner, type: 'NS', from: null, to: ns };

describeContract('Hetzner', () => openRig(), {
  'a wrong key': otherKey(
    { HCLOUD_TOKEN: 'wrong' },
    /^Hetzner: the credentials are not accepted: unable to authenticate \(unauthorized\) \(401\)$/,
  ),
  'no right to write': refused('ZC_RIGHTS', /only allowed to perform GET requests \(token_readonly\)/, {
    arrange: rig => rig.open({ HCLOUD_TOKEN: readToken }),
  }),
  'an unknown zone': refused('ZC_ZONE_NOT_FOUND', /Zone not found \(not_found\)/, {
    zone: zone => ({ ...zone, id: '1' }),
  }),
  'a zone that is locked or read-only': refused('ZC_PROVIDER_REFUSED', /RRSet is protected \(protected\)/, {
    arrange: () => {
      emulator.put(apex, ns);
      emulator.protect(apex, ns.owner, 'NS');
    },
    changes: () => [{ owner: ns.owner, type: 'NS', from: ns, to: null }],
  }),
  'a quota that is reached': refused('ZC_RIGHTS', /zone limit exceeded \(resource_limit_exceeded\)/, {
    open: () => openRig({ maxZones: 1 }),
    creates: true,
  }),
  'a host that cannot be reached': unreachable,
  'clocks that are apart': noClock,
  'another account that holds the zone': refused('ZC_PROVIDER_CONFLICT', /in use by another project/, {
    open: () => openRig({ taken: [name('staging.example.test.')] }),
    creates: true,
  }),
});

describe('the hetzner driver', () => {
  let rig: FaultyRig;
  let zone: HostedZone;
  const open = async (options: Partial<HetznerOptions> = {}): Promise<void> => {
    rig = await openRig(options);
    const [found] = await rig.provider.findZones(apex);
    if (found === undefined) throw new Error('no zone');
    zone = found;
  };
  beforeEach(() => open());
  afterEach(() => rig.close());

  const held = () => lines(emulator.rrsets(apex));
  const times = Number.POSITIVE_INFINITY;

  it('tells the name servers of a zone, and that a token may read only', async () => {
    expect(zone.nameServers).toEqual(servers);
    const reader = await rig.open({ HCLOUD_TOKEN: readToken });
    expect(await reader.rights(zone)).toEqual({ readZones: 'yes', createZones: 'no', writeRecords: 'no' });
  });

  it('makes a zone that appears with its records and its label', async () => {
    const www = rrsetOf(name('www.new.example.'), 'A', 300, '192.0.2.1');
    const made = await rig.provider.createZone(name('new.example.'), { reference: 'zonecut:1', seed: [www] });
    expect(rig.faults.requests.filter(one => one.operation === 'POST rrset')).toEqual([]);
    expect(lines((await rig.provider.readZone(made)).rrsets)).toEqual(lines([www]));
  });

  it('says what the host says of an action that failed', async () => {
    await rig.close();
    await open({ actionsFail: true });
    await expect(rig.provider.changeZone(zone, [adding])).rejects.toMatchObject({
      code: 'ZC_PROVIDER_REFUSED',
      message: expect.stringMatching(/^Hetzner: create_rrset failed: Action failed \(action_failed\)$/),
    });
  });

  it('goes on where a call was broken off between the records and the TTL', async () => {
    emulator.put(apex, ns);
    const to = rrsetOf(ns.owner, 'NS', 600, 'ns3.example.org.');
    const change: RRsetChange = { owner: ns.owner, type: 'NS', from: ns, to };
    rig.faults.inject({ api: 'hetzner', operation: 'POST rrset', kind: 'throttle', skip: 1, times });
    await expect(rig.provider.changeZone(zone, [change])).rejects.toMatchObject({
      code: 'ZC_PROVIDER_THROTTLED',
    });
    rig.faults.clear();
    expect(held()).toContain(lines([{ ...to, ttl: 3600 }])[0]);
    await rig.provider.changeZone(zone, [change]);
    expect(held()).toContain(lines([to])[0]);
  });

  it('keeps what people wrote beside a record that stays', async () => {
    emulator.put(apex, ns);
    emulator.comment(apex, ns, 'ask Ann');
    const to = rrsetOf(ns.owner, 'NS', 3600, ...ns.data, 'ns3.example.org.');
    await rig.provider.changeZone(zone, [{ owner: ns.owner, type: 'NS', from: ns, to }]);
    await rig.provider.changeZone(zone, [{ owner: ns.owner, type: 'NS', from: to, to: ns }]);
    const { digest } = await rig.provider.readZone(zone);
    // It is still there: without it the zone is another.
    emulator.comment(apex, ns, '');
    expect((await rig.provider.readZone(zone)).digest).not.toBe(digest);
  });

  it('notices an RRset that somebody else makes between its read and its write', async () => {
    const other = rrsetOf(ns.owner, 'NS', 3600, 'ns9.example.org.');
    rig.faults.inject({
      api: 'hetzner',
      operation: 'POST rrset',
      kind: 'edit-before',
      edit: () => emulator.put(apex, other),
    });
    await expect(rig.provider.changeZone(zone, [adding])).rejects.toMatchObject({
      code: 'ZC_PROVIDER_CONFLICT',
    });
    expect(held()).toContain(lines([other])[0]);
  });
});
