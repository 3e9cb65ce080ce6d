import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rrsetOf } from '../../src/dns/rrset.ts';
import type { HostedZone, RRsetChange } from '../../src/providers/provider.ts';
import {
  createDesecEmulator,
  type DesecEmulator,
  type DesecOptions,
} from '../../src/sandbox/desec/emulator.ts';
import { jsonResponse } from '../../src/sandbox/rest/json.ts';
import { absent, answering, noClock, otherKey, refused, unreachable, zoneNamed } from './bad-input.ts';
import { describeContract } from './contract.ts';
import { type FaultyRig, lines, makeRig, name, ordinary } from './rig.ts';

const apex = name('example.com.');
const token = 'i-T3b1h_OI-H9ab8tRS98stGtURe';
const servers = [name('ns1.desec.io.'), name('ns2.desec.org.')];

let emulator: DesecEmulator;

function openRig(options: Partial<DesecOptions> = {}): Promise<FaultyRig> {
  return makeRig({
    api: 'desec',
    apex,
    operations: { write: 'PATCH rrsets', read: 'GET rrsets', create: 'POST domains' },
    emulate: deps => {
      // Accounts whose least TTL was lowered on request.
      emulator = createDesecEmulator(deps, { token, servers, minimumTtl: 60, ...options });
      emulator.seedZone({ name: apex, rrsets: ordinary(apex) });
      return {
        handle: request => emulator.handle(request),
        editElsewhere: owner => emulator.put(apex, rrsetOf(owner, 'A', 1800, '192.0.2.77')),
      };
    },
    environment: url => ({ ZONECUT_DESEC_ENDPOINT: `${url}/api/v1/`, DESEC_TOKEN: token }),
  });
}

describeContract('deSEC', () => openRig(), {
  'a wrong key': otherKey({ DESEC_TOKEN: 'wrong-token' }, /^deSEC: .*not accepted: Invalid token\. \(401\)$/),
  'no right to write': refused('ZC_RIGHTS', /You do not have permission to perform this action/, {
    arrange: answering(
      'PATCH rrsets',
      jsonResponse(403, { detail: 'You do not have permission to perform this action.' }),
    ),
  }),
  'an unknown zone': refused('ZC_ZONE_NOT_FOUND', /nowhere\.example.*Not found/, {
    zone: zoneNamed('nowhere.example.'),
  }),
  'a zone that is locked or read-only': absent('deSEC locks no domain that its owner may write'),
  'a quota that is reached': refused('ZC_PROVIDER_REFUSED', /Domain limit exceeded/, {
    open: () => openRig({ maxDomains: 1 }),
    creates: true,
  }),
  'a host that cannot be reached': unreachable,
  'clocks that are apart': noClock,
  'another account that holds the zone': refused('ZC_PROVIDER_REFUSED', /conflicts with an existing domain/, {
    arrange: answering(
      'POST domains',
      jsonResponse(400, {
        name: ['This domain name conflicts with an existing domain, or is disallowed by policy.'],
      }),
    ),
    creates: true,
  }),
});

describe('the desec driver', () => {
  let rig: FaultyRig;
  let zone: HostedZone;
  const open = async (options: Partial<DesecOptions> = {}): Promise<void> => {
    rig = await openRig(options);
    const [found] = await rig.provider.findZones(apex);
    if (found === undefined) throw new Error('no zone');
    zone = found;
  };
  beforeEach(() => open());
  afterEach(() => rig.close());

  const to = rrsetOf(name(`staging.${apex}`), 'NS', 3600, 'ns1.example.org.', 'ns2.example.org.');
  const adding: RRsetChange = { owner: to.owner, type: 'NS', from: null, to };
  const unchanged = async (work: Promise<unknown>, code: string, sentence: RegExp): Promise<void> => {
    const before = lines(emulator.rrsets(apex));
    await expect(work).rejects.toMatchObject({ code, message: expect.stringMatching(sentence) });
    expect(lines(emulator.rrsets(apex))).toEqual(before);
  };

  it('has one clear line for a wrong token, and never shows it', async () => {
    const wrong = await rig.open({ DESEC_TOKEN: 'wrong-token' });
    await unchanged(
      wrong.changeZone(zone, [adding]),
      'ZC_CREDENTIALS',
      /^deSEC: the credentials are not accepted: Invalid token. \(401\)$/,
    );
  });

  it('does not open without a token', async () => {
    await expect(rig.open({ DESEC_TOKEN: ' ' })).rejects.toMatchObject({ code: 'ZC_CREDENTIALS' });
  });

  it('says what the host says of a TTL below its least, and changes nothing', async () => {
    await rig.close();
    await open({ minimumTtl: 3600 });
    const low = { ...to, ttl: 300 };
    await unchanged(
      rig.provider.changeZone(zone, [{ ...adding, to: low }]),
      'ZC_PROVIDER_REFUSED',
      /ttl: Ensure this value is greater than or equal to 3600/,
    );
  });

  it('reads zones and lists of many pages whole', async () => {
    await rig.close();
    await open({ pageSize: 2 });
    for (const label of ['a', 'b', 'c']) emulator.seedZone({ name: name(`${label}.example.`) });
    const listed: string[] = [];
    for await (const one of rig.provider.listZones()) listed.push(one.apex);
    expect(listed.sort()).toEqual(['a.example.', 'b.example.', 'c.example.', apex]);
    const { rrsets } = await rig.provider.readZone(zone);
    expect(lines(rrsets)).toEqual(lines(ordinary(apex)));
  });

  it('hides the NS of the apex and its own mark, and leaves both alone', async () => {
    const made = await rig.provider.createZone(name('new.example.'), {
      reference: 'zonecut:1',
      seed: [rrsetOf('www.new.example.', 'A', 3600, '192.0.2.1')],
    });
    expect(made.nameServers).toEqual(servers);
    expect(lines((await rig.provider.readZone(made)).rrsets)).toEqual(['www.new.example. 3600 A 192.0.2.1']);
    expect(emulator.rrsets(made.apex).map(set => `${set.owner} ${set.type}`)).toEqual(
      expect.arrayContaining(['_zonecut.new.example. TXT', 'new.example. NS']),
    );
    await expect(rig.provider.deleteZone(made)).rejects.toMatchObject({ code: 'ZC_PROVIDER_CONFLICT' });
    const empty = await rig.provider.createZone(name('empty.example.'), { reference: 'zonecut:1' });
    await rig.provider.deleteZone(empty);
    expect(await rig.provider.findZones(empty.apex)).toEqual([]);
  });

  it('says that the account has no room for another domain', async () => {
    await rig.close();
    await open({ maxDomains: 1 });
    await expect(
      rig.provider.createZone(name('new.example.'), { reference: 'zonecut:1' }),
    ).rejects.toMatchObject({
      code: 'ZC_PROVIDER_REFUSED',
      message: expect.stringMatching(/Domain limit exceeded/),
    });
  });

  it('tells the keys with which every zone is signed, as the name servers serve them', async () => {
    const signing = await rig.provider.readSigning?.(zone);
    const dnskey = (await rig.served(apex)).find(set => set.type === 'DNSKEY');
    expect(signing).toEqual({
      state: 'signed',
      dnskeys: dnskey?.data,
      ds: [expect.stringMatching(/^\d+ 13 2 [0-9a-f]{64}$/)],
      cds: [],
    });
  });
});
