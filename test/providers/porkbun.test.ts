import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rrsetOf } from '../../src/dns/rrset.ts';
import type { HostedZone, RRsetChange } from '../../src/providers/provider.ts';
import {
  createPorkbunEmulator,
  type PorkbunEmulator,
  type PorkbunOptions,
} from '../../src/sandbox/porkbun/emulator.ts';
import { jsonResponse } from '../../src/sandbox/rest/json.ts';
import { absent, noClock, otherKey, refused, unreachable, zoneNamed } from './bad-input.ts';
import { describeContract } from './contract.ts';
import { type FaultyRig, makeRig, name, ordinary } from './rig.ts';

const apex = name('example.com.');
const key = 'pk1_0123456789abcdef';
const secret = 'sk1_fedcba9876543210';
const servers = ['curitiba', 'fortaleza', 'maceio', 'salvador'].map(city => name(`${city}.ns.porkbun.com.`));

let emulator: PorkbunEmulator;

function openRig(options: Partial<PorkbunOptions> = {}): Promise<FaultyRig> {
  return makeRig({
    api: 'porkbun',
    apex,
    operations: { write: 'create', read: 'retrieve', create: null },
    emulate: deps => {
      // The suite writes TTLs that are lower than the host's least.
      emulator = createPorkbunEmulator(deps, { key, secret, servers, minimumTtl: 60, ...options });
      emulator.seedZone({ name: apex, rrsets: ordinary(apex) });
      return {
        handle: request => emulator.handle(request),
        editElsewhere: owner => emulator.put(apex, rrsetOf(owner, 'A', 1800, '192.0.2.77')),
      };
    },
    environment: url => ({
      ZONECUT_PORKBUN_ENDPOINT: `${url}/api/json/v3`,
      PORKBUN_API_KEY: key,
      PORKBUN_SECRET_API_KEY: secret,
    }),
  });
}

describeContract('Porkbun', () => openRig(), {
  'a wrong key': otherKey(
    { PORKBUN_SECRET_API_KEY: 'sk1_wrong' },
    /^Porkbun: the credentials are not accepted: Invalid API key\. \(002\) \(403\)$/,
  ),
  'no right to write': refused('ZC_RIGHTS', /Domain is not opted in to API access\. \(400\)$/, {
    arrange: () => emulator.seedZone({ name: name('closed.example.'), optedIn: false }),
    zone: zoneNamed('closed.example.'),
  }),
  'an unknown zone': refused('ZC_ZONE_NOT_FOUND', /nowhere\.example: Invalid domain\. \(400\)$/, {
    zone: zoneNamed('nowhere.example.'),
  }),
  'a zone that is locked or read-only': absent('no lock of zones is documented'),
  'a quota that is reached': refused('ZC_PROVIDER_REFUSED', /unable to create the DNS record/, {
    open: () => openRig({ maxRows: 17 }),
  }),
  'a host that cannot be reached': unreachable,
  'clocks that are apart': noClock,
  'another account that holds the zone': absent('creates no zones: who registered the domain has its zone'),
});

describe('the porkbun driver', () => {
  let rig: FaultyRig;
  let zone: HostedZone;
  const open = async (options: Partial<PorkbunOptions> = {}): Promise<void> => {
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

  it('tells the name servers of a zone, and wants both keys', async () => {
    expect(zone.nameServers).toEqual(servers);
    for (const variable of ['PORKBUN_API_KEY', 'PORKBUN_SECRET_API_KEY']) {
      await expect(rig.open({ [variable]: '' })).rejects.toMatchObject({ code: 'ZC_CREDENTIALS' });
    }
  });

  it('finds out where API access is off', async () => {
    emulator.seedZone({ name: name('closed.example.'), optedIn: false });
    const [closed] = await rig.provider.findZones(name('closed.example.'));
    expect((await rig.provider.rights(closed ?? null)).writeRecords).toBe('no');
  });

  it('takes a refusal in a good answer for one, and shows no key', async () => {
    const answer = jsonResponse(200, { status: 'ERROR', message: 'Invalid record.' });
    rig.faults.inject({ api: 'porkbun', operation: 'create', kind: 'refuse', answer });
    const work = rig.provider.changeZone(zone, [adding(rrsetOf(at('x'), 'A', 600, '192.0.2.1'))]);
    await expect(work).rejects.toMatchObject({
      code: 'ZC_PROVIDER_REFUSED',
      message: 'Porkbun: Invalid record.',
    });
    rig.faults.inject({ api: 'porkbun', operation: 'retrieve', kind: 'refuse', answer, times: 9 });
    await expect(rig.provider.readZone(zone)).rejects.toMatchObject({ code: 'ZC_PROVIDER_REFUSED' });
  });

  it('keeps the notes of a row whose TTL changes', async () => {
    emulator.addRow(apex, { name: 'kept', type: 'A', content: '192.0.2.1', ttl: '600', notes: 'ask Ann' });
    const from = rrsetOf(at('kept'), 'A', 600, '192.0.2.1');
    await rig.provider.changeZone(zone, [{ owner: from.owner, type: 'A', from, to: { ...from, ttl: 900 } }]);
    expect(emulator.notesAt(apex, from.owner)).toEqual(['ask Ann']);
  });

  it('says what the host says of a TTL below its least, and refuses text that would change', async () => {
    await rig.close();
    await open({ minimumTtl: 600 });
    await expect(
      rig.provider.changeZone(zone, [adding(rrsetOf(at('x'), 'A', 300, '192.0.2.1'))]),
    ).rejects.toMatchObject({ code: 'ZC_PROVIDER_REFUSED', message: expect.stringMatching(/Invalid TTL/) });
    for (const text of ['"ends "', '"\\"begins"', '""', '"a" "b"']) {
      await expect(
        rig.provider.changeZone(zone, [adding(rrsetOf(at('x'), 'TXT', 600, text))]),
      ).rejects.toMatchObject({ code: 'ZC_PROVIDER_REFUSED' });
    }
    expect(rig.faults.requests.filter(one => one.operation === 'create')).toHaveLength(1);
  });
});
