import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rrsetOf } from '../../src/dns/rrset.ts';
import type { HostedZone, RRsetChange } from '../../src/providers/provider.ts';
import { createGandiEmulator, type GandiEmulator } from '../../src/sandbox/gandi/emulator.ts';
import { jsonResponse } from '../../src/sandbox/rest/json.ts';
import { absent, answering, noClock, otherKey, refused, unreachable, zoneNamed } from './bad-input.ts';
import { describeContract } from './contract.ts';
import { type FaultyRig, lines, makeRig, name, ordinary } from './rig.ts';

const apex = name('example.com.');
const token = 'pat_0123456789+odd/"signs"';
const servers = [name('ns-14-a.gandi.net.'), name('ns-160-b.gandi.net.'), name('ns-225-c.gandi.net.')];

let emulator: GandiEmulator;

function openRig(): Promise<FaultyRig> {
  return makeRig({
    api: 'gandi',
    apex,
    operations: { write: 'PUT record', read: 'GET records', create: null },
    emulate: deps => {
      emulator = createGandiEmulator(deps, { token, servers });
      emulator.seedZone({ name: apex, rrsets: ordinary(apex) });
      return {
        handle: request => emulator.handle(request),
        editElsewhere: owner => emulator.put(apex, rrsetOf(owner, 'A', 1800, '192.0.2.77')),
      };
    },
    environment: url => ({ ZONECUT_GANDI_ENDPOINT: `${url}/v5/`, GANDI_PERSONAL_ACCESS_TOKEN: token }),
  });
}

describeContract('Gandi LiveDNS', openRig, {
  'a wrong key': otherKey(
    { GANDI_PERSONAL_ACCESS_TOKEN: 'wrong-token' },
    /^Gandi: .*not accepted: .* \(401\)$/,
  ),
  'no right to write': refused('ZC_RIGHTS', /Access was denied to this resource/, {
    arrange: answering(
      'PUT record',
      jsonResponse(403, {
        code: 403,
        message: 'Access was denied to this resource.',
        object: 'HTTPForbidden',
        cause: 'Forbidden',
      }),
    ),
  }),
  'an unknown zone': refused('ZC_ZONE_NOT_FOUND', /nowhere\.example.*could not be found/, {
    zone: zoneNamed('nowhere.example.'),
  }),
  'a zone that is locked or read-only': absent('LiveDNS locks no zone that its owner may write'),
  'a quota that is reached': absent('no quota of records is documented (maxRecords is not known)'),
  'a host that cannot be reached': unreachable,
  'clocks that are apart': noClock,
  'another account that holds the zone': absent('creates no zones: who registered the domain has its zone'),
});

describe('the gandi driver', () => {
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
  const glue = rrsetOf(at('ns1.staging'), 'A', 3600, '192.0.2.53');
  const changes: readonly RRsetChange[] = [ns, glue].map(to => ({
    owner: to.owner,
    type: to.type,
    from: null,
    to,
  }));
  const unchanged = async (work: Promise<unknown>, code: string, sentence: RegExp): Promise<void> => {
    const before = lines(emulator.rrsets(apex));
    await expect(work).rejects.toMatchObject({ code, message: expect.stringMatching(sentence) });
    expect(lines(emulator.rrsets(apex))).toEqual(before);
  };

  it('tells the name servers of a zone', () => expect(zone.nameServers).toEqual(servers));

  it('has one clear line for a wrong token, and never shows it', async () => {
    const wrong = await rig.open({ GANDI_PERSONAL_ACCESS_TOKEN: 'wrong-token' });
    await unchanged(
      wrong.changeZone(zone, changes),
      'ZC_CREDENTIALS',
      /^Gandi: the credentials are not accepted/,
    );
    await expect(wrong.whoAmI()).rejects.toMatchObject({ code: 'ZC_CREDENTIALS' });
  });

  it('does not open without a token', async () => {
    await expect(rig.open({ GANDI_PERSONAL_ACCESS_TOKEN: '' })).rejects.toMatchObject({
      code: 'ZC_CREDENTIALS',
    });
  });

  it('says what the host says of a TTL below its least', () =>
    unchanged(
      rig.provider.changeZone(zone, [{ owner: ns.owner, type: 'NS', from: null, to: { ...ns, ttl: 60 } }]),
      'ZC_PROVIDER_REFUSED',
      /rrset_ttl: 60 is not between 300 and 2592000/,
    ));

  it('writes no type that the host does not take, and asks nothing', async () => {
    const set = rrsetOf(at('web'), 'HTTPS', 300, '1 . alpn="h2"');
    rig.faults.forget();
    await unchanged(
      rig.provider.changeZone(zone, [{ owner: set.owner, type: 'HTTPS', from: null, to: set }]),
      'ZC_PROVIDER_REFUSED',
      /this type cannot be written there/,
    );
    expect(rig.faults.requests).toEqual([]);
  });

  it('reads zones of many pages whole', async () => {
    for (let n = 0; n < 250; n += 1) emulator.put(apex, rrsetOf(at(`h${n}`), 'A', 300, '192.0.2.1'));
    const { rrsets } = await rig.provider.readZone(zone);
    expect(rrsets.length).toBe(ordinary(apex).length + 250);
  });

  it('goes on where an earlier call of the same changes was broken off between two RRsets', async () => {
    rig.faults.inject({
      api: 'gandi',
      operation: 'PUT record',
      kind: 'throttle',
      skip: 1,
      times: Number.POSITIVE_INFINITY,
    });
    await expect(rig.provider.changeZone(zone, changes)).rejects.toMatchObject({
      code: 'ZC_PROVIDER_THROTTLED',
    });
    // The addresses come first, so that nobody is sent to servers that cannot be found.
    expect(lines(emulator.rrsets(apex))).toContain(lines([glue])[0]);
    expect(lines(emulator.rrsets(apex))).not.toContain(lines([ns])[0]);
    rig.faults.clear();
    await rig.provider.changeZone(zone, changes);
    expect(lines(emulator.rrsets(apex))).toEqual(expect.arrayContaining([...lines([ns, glue])]));
  });

  it('puts NS in the place of a CNAME', async () => {
    const [www] = ordinary(apex).filter(set => set.type === 'CNAME');
    if (www === undefined) throw new Error('no CNAME');
    const to = rrsetOf(www.owner, 'NS', 300, 'ns1.example.org.');
    await rig.provider.changeZone(zone, [
      { owner: www.owner, type: 'NS', from: null, to },
      { owner: www.owner, type: 'CNAME', from: www, to: null },
    ]);
    expect(lines(emulator.rrsets(apex))).toContain(lines([to])[0]);
  });
});
