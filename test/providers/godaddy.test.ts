import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rrsetOf } from '../../src/dns/rrset.ts';
import type { HostedZone, RRsetChange } from '../../src/providers/provider.ts';
import { createGodaddyEmulator, type GodaddyEmulator } from '../../src/sandbox/godaddy/emulator.ts';
import { jsonResponse } from '../../src/sandbox/rest/json.ts';
import { absent, answering, noClock, otherKey, refused, unreachable, zoneNamed } from './bad-input.ts';
import { describeContract } from './contract.ts';
import { type FaultyRig, lines, makeRig, name, ordinary } from './rig.ts';

const apex = name('example.com.');
const [key, secret] = ['dKy_0123456789', 'S3cret+odd/"signs"'];
const servers = [name('ns09.domaincontrol.com.'), name('ns10.domaincontrol.com.')];

let emulator: GodaddyEmulator;

function openRig(minTtl = 60): Promise<FaultyRig> {
  return makeRig({
    api: 'godaddy',
    apex,
    operations: { write: 'PUT record', read: 'GET records', create: null },
    emulate: deps => {
      emulator = createGodaddyEmulator(deps, { key, secret, servers, minTtl });
      emulator.seedZone({ name: apex, rrsets: ordinary(apex) });
      return {
        handle: request => emulator.handle(request),
        editElsewhere: owner => emulator.put(apex, rrsetOf(owner, 'A', 1800, '192.0.2.77')),
      };
    },
    environment: url => ({
      ZONECUT_GODADDY_ENDPOINT: `${url}/v1`,
      GODADDY_API_KEY: key,
      GODADDY_API_SECRET: secret,
    }),
  });
}

describeContract('GoDaddy', () => openRig(), {
  'a wrong key': otherKey(
    { GODADDY_API_SECRET: 'wrong' },
    /^GoDaddy: .*not accepted: UNABLE_TO_AUTHENTICATE: .* \(401\)$/,
  ),
  'no right to write': refused('ZC_RIGHTS', /ACCESS_DENIED: .*open to accounts with 10 domains/, {
    arrange: answering(
      'PUT record',
      jsonResponse(403, { code: 'ACCESS_DENIED', message: 'Authenticated user is not allowed access' }),
    ),
  }),
  'an unknown zone': refused('ZC_ZONE_NOT_FOUND', /NOT_FOUND: Domain nowhere\.example not found/, {
    zone: zoneNamed('nowhere.example.'),
  }),
  'a zone that is locked or read-only': absent('a domain that is not active is left out'),
  'a quota that is reached': absent('no quota of records is documented (maxRecords is not known)'),
  'a host that cannot be reached': unreachable,
  'clocks that are apart': noClock,
  'another account that holds the zone': absent('creates no zones: who registered the domain has its zone'),
});

describe('the godaddy driver', () => {
  let rig: FaultyRig;
  let zone: HostedZone;
  const open = async (minTtl: number): Promise<void> => {
    rig = await openRig(minTtl);
    const [found] = await rig.provider.findZones(apex);
    if (found === undefined) throw new Error('no zone');
    zone = found;
  };
  beforeEach(() => open(600));
  afterEach(() => rig.close());

  const at = (label: string) => name(`${label}.${apex}`);
  const ns = rrsetOf(at('staging'), 'NS', 3600, 'ns1.example.org.', 'ns2.example.org.');
  const changes: readonly RRsetChange[] = [{ owner: ns.owner, type: 'NS', from: null, to: ns }];

  it('tells the name servers of a zone', () => expect(zone.nameServers).toEqual(servers));

  it('does not open without key and secret', async () => {
    for (const variable of ['GODADDY_API_KEY', 'GODADDY_API_SECRET']) {
      await expect(rig.open({ [variable]: '' })).rejects.toMatchObject({
        code: 'ZC_CREDENTIALS',
        message: `GoDaddy: ${variable} is not set`,
      });
    }
  });

  it('leaves out domains that are not active, or served elsewhere', async () => {
    emulator.seedZone({ name: name('old.example.'), shown: { status: 'CANCELLED' } });
    emulator.seedZone({ name: name('away.example.'), shown: { nameServers: ['ns-1.awsdns-01.org'] } });
    const listed: string[] = [];
    for await (const one of rig.provider.listZones()) listed.push(one.apex);
    expect(listed).toEqual([apex]);
    for (const other of ['old.example.', 'away.example.']) {
      expect(await rig.provider.findZones(name(other))).toEqual([]);
    }
  });

  it('says what the host says of a TTL below its least', async () => {
    const to = { ...ns, ttl: 60 };
    await expect(
      rig.provider.changeZone(zone, [{ owner: ns.owner, type: 'NS', from: null, to }]),
    ).rejects.toMatchObject({
      code: 'ZC_PROVIDER_REFUSED',
      message: expect.stringMatching(/INVALID_BODY: .*records\[0\]\.ttl is not between 600 and 604800/),
    });
    expect(lines(emulator.rrsets(apex)).join()).not.toContain('staging');
  });

  it('reads SRV, whose first labels stand apart, and targets that are the apex', async () => {
    const srv = rrsetOf(at('_sip._tcp.voice'), 'SRV', 3600, '10 20 5060 sip.example.org.');
    emulator.put(apex, srv);
    const { rrsets } = await rig.provider.readZone(zone);
    expect(lines(rrsets)).toContain(lines([srv])[0]);
    expect(lines(rrsets)).toContain(`www.${apex} 300 CNAME ${apex}`);
  });

  it('reads no zone whose pages do not fit together', async () => {
    for (let n = 0; n < 600; n += 1) emulator.put(apex, rrsetOf(at(`h${n}`), 'A', 3600, '192.0.2.1'));
    expect((await rig.provider.readZone(zone)).rrsets.length).toBe(ordinary(apex).length + 600);
    const answer = jsonResponse(200, [{ data: '192.0.2.1', name: 'h9', ttl: 3600, type: 'A' }]);
    rig.faults.inject({ api: 'godaddy', operation: 'GET records', kind: 'refuse', answer, skip: 1 });
    await expect(rig.provider.readZone(zone)).rejects.toMatchObject({
      code: 'ZC_PROVIDER_RESPONSE',
      message: expect.stringMatching(/do not go on where a page of them ended/),
    });
  });

  it('touches the records of one name and type only', async () => {
    await rig.provider.changeZone(zone, changes);
    const asked = rig.faults.requests.filter(one => one.method === 'PUT').map(one => one.path);
    expect(asked).toEqual(['/v1/domains/example.com/records/NS/staging']);
  });

  it('says that it cannot write text that is split elsewhere', async () => {
    const to = rrsetOf(at('odd'), 'TXT', 3600, '"one" "two"');
    await expect(
      rig.provider.changeZone(zone, [{ owner: to.owner, type: 'TXT', from: null, to }]),
    ).rejects.toMatchObject({
      code: 'ZC_PROVIDER_REFUSED',
      message: expect.stringMatching(/split elsewhere/),
    });
  });
});
