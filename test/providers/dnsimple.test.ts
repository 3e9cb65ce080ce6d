import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rrsetOf } from '../../src/dns/rrset.ts';
import type { HostedZone, RRsetChange } from '../../src/providers/provider.ts';
import {
  createDnsimpleEmulator,
  type DnsimpleEmulator,
  type DnsimpleOptions,
} from '../../src/sandbox/dnsimple/emulator.ts';
import { absent, noClock, otherKey, refused, unreachable } from './bad-input.ts';
import { describeContract } from './contract.ts';
import { type FaultyRig, lines, makeRig, name, ordinary } from './rig.ts';

const apex = name('example.com.');
const token = 'dnsimple_a_0123456789abcdefghij';
const readToken = 'dnsimple_a_reader';
const servers = [name('ns1.dnsimple.com.'), name('ns2.dnsimple-edge.net.'), name('ns3.dnsimple.com.')];

let emulator: DnsimpleEmulator;

function openRig(options: Partial<DnsimpleOptions> = {}): Promise<FaultyRig> {
  return makeRig({
    api: 'dnsimple',
    apex,
    operations: { write: 'POST record', read: 'GET records', create: null },
    emulate: deps => {
      emulator = createDnsimpleEmulator(deps, { token, readToken, accounts: [731], servers, ...options });
      emulator.seedZone({ name: apex, rrsets: ordinary(apex) });
      return {
        handle: request => emulator.handle(request),
        editElsewhere: owner => emulator.put(apex, rrsetOf(owner, 'A', 1800, '192.0.2.77')),
      };
    },
    environment: url => ({ ZONECUT_DNSIMPLE_ENDPOINT: `${url}/v2`, DNSIMPLE_OAUTH_TOKEN: token }),
  });
}

describeContract('DNSimple', () => openRig(), {
  'a wrong key': otherKey(
    { DNSIMPLE_OAUTH_TOKEN: 'wrong', DNSIMPLE_ACCOUNT: '731' },
    /^DNSimple: the credentials are not accepted: Authentication failed \(401\)$/,
  ),
  'no right to write': refused('ZC_RIGHTS', /Permission Denied\. Required Scope: zones:\*:write \(403\)$/, {
    arrange: rig => rig.open({ DNSIMPLE_OAUTH_TOKEN: readToken }),
  }),
  'an unknown zone': refused('ZC_ZONE_NOT_FOUND', /Zone `nowhere\.example` not found/, {
    zone: zone => ({ ...zone, apex: name('nowhere.example.'), id: '731/nowhere.example' }),
  }),
  'a zone that is locked or read-only': absent(
    'no lock of zones is documented; secondary zones are left out',
  ),
  'a quota that is reached': absent('no quota of records is documented (maxRecords is not known)'),
  'a host that cannot be reached': unreachable,
  'clocks that are apart': noClock,
  'another account that holds the zone': refused(
    'ZC_PROVIDER_REFUSED',
    /^DNSimple: which account is meant is not clear: the token opens 731 and 732$/,
    { open: () => openRig({ accounts: [731, 732] }) },
  ),
});

describe('the dnsimple driver', () => {
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

  it('tells the name servers of a zone, and what a token that may only read may do', async () => {
    expect(zone.nameServers).toEqual([...servers].sort());
    const reader = await rig.open({ DNSIMPLE_OAUTH_TOKEN: readToken });
    expect((await reader.rights(zone)).writeRecords).toBe('no');
    await expect(rig.open({ DNSIMPLE_OAUTH_TOKEN: '' })).rejects.toMatchObject({ code: 'ZC_CREDENTIALS' });
  });

  it('leaves secondary zones out', async () => {
    emulator.seedZone({ name: name('second.example.'), secondary: true });
    const listed: string[] = [];
    for await (const one of rig.provider.listZones()) listed.push(one.apex);
    expect(listed).toEqual([apex]);
    expect(await rig.provider.findZones(name('second.example.'))).toEqual([]);
  });

  it('looks into the account that is named', async () => {
    await rig.close();
    rig = await openRig({ accounts: [731, 732] });
    const second = await rig.open({ DNSIMPLE_ACCOUNT: '732' });
    expect(await second.findZones(apex)).toEqual([]);
    const first = await rig.open({ DNSIMPLE_ACCOUNT: '731' });
    expect((await first.findZones(apex)).map(one => one.id)).toEqual(['731/example.com']);
  });

  it('shows rows of some regions, and what is no record of the DNS, as other rows, and leaves them alone', async () => {
    emulator.addRow(apex, { name: 'near', type: 'A', content: '192.0.2.1', ttl: 60, regions: ['SV1'] });
    const before = await rig.provider.readZone(zone);
    expect(before.otherRows).toEqual([{ owner: at('near'), text: '60 A 192.0.2.1 (in SV1)' }]);
    await rig.provider.changeZone(zone, [adding]);
    expect((await rig.provider.readZone(zone)).otherRows).toEqual(before.otherRows);
  });

  it('goes on where an earlier call was broken off between two rows', async () => {
    const second = { api: 'dnsimple', operation: 'POST record', kind: 'throttle', skip: 1 } as const;
    rig.faults.inject({ ...second, times: Number.POSITIVE_INFINITY });
    await expect(rig.provider.changeZone(zone, [adding])).rejects.toMatchObject({
      code: 'ZC_PROVIDER_THROTTLED',
    });
    expect(emulator.rrsets(apex).find(set => set.owner === ns.owner)?.data).toHaveLength(1);
    rig.faults.clear();
    await rig.provider.changeZone(zone, [adding]);
    expect(lines(emulator.rrsets(apex))).toContain(lines([ns])[0]);
  });
});
