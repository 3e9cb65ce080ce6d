import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rrsetOf } from '../../src/dns/rrset.ts';
import type { HostedZone, RRsetChange } from '../../src/providers/provider.ts';
import {
  createNamecomEmulator,
  type NamecomEmulator,
  type NamecomOptions,
} from '../../src/sandbox/namecom/emulator.ts';
import { absent, noClock, otherKey, refused, unreachable, zoneNamed } from './bad-input.ts';
import { describeContract } from './contract.ts';
import { type FaultyRig, lines, makeRig, name, ordinary } from './rig.ts';

const apex = name('example.com.');
const [user, token] = ['somebody', '0123456789abcdef0123'];
const servers = ['ns1cvw', 'ns2fkr', 'ns3cna', 'ns4blx'].map(label => name(`${label}.name.com.`));

let emulator: NamecomEmulator;

function openRig(options: Partial<NamecomOptions> = {}): Promise<FaultyRig> {
  return makeRig({
    api: 'namecom',
    apex,
    operations: { write: 'POST record', read: 'GET records', create: null },
    emulate: deps => {
      emulator = createNamecomEmulator(deps, { user, token, servers, ...options });
      emulator.seedZone({ name: apex, rrsets: ordinary(apex) });
      return {
        handle: request => emulator.handle(request),
        editElsewhere: owner => emulator.put(apex, rrsetOf(owner, 'A', 1800, '192.0.2.77')),
      };
    },
    environment: url => ({
      ZONECUT_NAMECOM_ENDPOINT: `${url}/v4`,
      NAMECOM_USERNAME: user,
      NAMECOM_API_TOKEN: token,
    }),
  });
}

describeContract('name.com', () => openRig(), {
  'a wrong key': otherKey(
    { NAMECOM_API_TOKEN: 'wrong' },
    /^name\.com: the credentials are not accepted: Unauthenticated \(401\)$/,
  ),
  'no right to write': refused('ZC_RIGHTS', /^name\.com: POST .*: Permission Denied \(403\)$/, {
    open: () => openRig({ readOnly: [apex] }),
  }),
  'an unknown zone': refused('ZC_ZONE_NOT_FOUND', /nowhere\.example.*: Not Found \(404\)$/, {
    zone: zoneNamed('nowhere.example.'),
  }),
  'a zone that is locked or read-only': absent(
    'the lock of a domain is against its transfer; records can be written',
  ),
  'a quota that is reached': absent('no quota of records is documented (maxRecords is not known)'),
  'a host that cannot be reached': unreachable,
  'clocks that are apart': noClock,
  'another account that holds the zone': absent('creates no zones: who registered the domain has its zone'),
});

describe('the namecom driver', () => {
  let rig: FaultyRig;
  let zone: HostedZone;
  const open = async (options: Partial<NamecomOptions> = {}): Promise<void> => {
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

  it('tells the name servers of a zone, and wants user and token, of which no message shows the token', async () => {
    expect(zone.nameServers).toEqual(servers);
    for (const variable of ['NAMECOM_USERNAME', 'NAMECOM_API_TOKEN']) {
      await expect(rig.open({ [variable]: ' ' })).rejects.toMatchObject({ code: 'ZC_CREDENTIALS' });
    }
  });

  it('finds out that records may not be written', async () => {
    await rig.close();
    await open({ readOnly: [apex] });
    expect((await rig.provider.rights(zone)).writeRecords).toBe('no');
  });

  it('reads zones and lists of many pages whole', async () => {
    await rig.close();
    await open({ pageSize: 3 });
    for (const label of ['a', 'b', 'c']) emulator.seedZone({ name: name(`${label}.example.`) });
    const listed: string[] = [];
    for await (const one of rig.provider.listZones()) listed.push(one.apex);
    expect(listed.sort()).toEqual(['a.example.', 'b.example.', 'c.example.', apex]);
    const { rrsets } = await rig.provider.readZone(zone);
    expect(lines(rrsets)).toEqual(lines(ordinary(apex)));
    const [empty] = await rig.provider.findZones(name('a.example.'));
    expect(empty === undefined ? null : (await rig.provider.readZone(empty)).rrsets).toEqual([]);
  });

  it('writes text of several strings with quotes, and no text that would be another', async () => {
    const two = rrsetOf(at('two'), 'TXT', 300, '"one" "two"');
    await rig.provider.changeZone(zone, [adding(two)]);
    expect(lines(await rig.served(apex))).toContain(lines([two])[0]);
    for (const text of ['""', '"\\"begins"', `"${'x'.repeat(255)}" "${'y'.repeat(255)}"`]) {
      await expect(
        rig.provider.changeZone(zone, [adding(rrsetOf(at('x'), 'TXT', 300, text))]),
      ).rejects.toMatchObject({ code: 'ZC_PROVIDER_REFUSED' });
    }
  });
});
