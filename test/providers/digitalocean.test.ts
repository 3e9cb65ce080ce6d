import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rrsetOf } from '../../src/dns/rrset.ts';
import type { HostedZone, RRsetChange } from '../../src/providers/provider.ts';
import {
  createDigitalOceanEmulator,
  type DigitalOceanEmulator,
} from '../../src/sandbox/digitalocean/emulator.ts';
import { jsonResponse } from '../../src/sandbox/rest/json.ts';
import { absent, answering, noClock, otherKey, refused, unreachable, zoneNamed } from './bad-input.ts';
import { describeContract } from './contract.ts';
import { type FaultyRig, lines, makeRig, name, ordinary } from './rig.ts';

const apex = name('example.com.');
const token = 'dop_v1_0123456789abcdef';
const readToken = 'dop_v1_readonly';
const servers = [1, 2, 3].map(n => name(`ns${n}.digitalocean.com.`));

let emulator: DigitalOceanEmulator;

function openRig(): Promise<FaultyRig> {
  return makeRig({
    api: 'digitalocean',
    apex,
    operations: { write: 'POST record', read: 'GET records', create: 'POST domains' },
    emulate: deps => {
      const taken = [name('staging.example.test.')];
      emulator = createDigitalOceanEmulator(deps, {
        token,
        readToken,
        servers,
        taken: takenElsewhere ? taken : [],
      });
      emulator.seedZone({ name: apex, rrsets: ordinary(apex) });
      return {
        handle: request => emulator.handle(request),
        editElsewhere: owner => emulator.put(apex, rrsetOf(owner, 'A', 1800, '192.0.2.77')),
      };
    },
    cannotHold: data => data.includes('backslash'),
    environment: url => ({ ZONECUT_DIGITALOCEAN_ENDPOINT: `${url}/v2/`, DIGITALOCEAN_TOKEN: token }),
  });
}

let takenElsewhere = false;

describeContract('DigitalOcean', openRig, {
  'a wrong key': otherKey(
    { DIGITALOCEAN_TOKEN: 'dop_v1_wrong' },
    /^DigitalOcean: the credentials are not accepted: Unable to authenticate you \(401\)$/,
  ),
  'no right to write': refused('ZC_RIGHTS', /You are not authorized to perform this operation \(403\)$/, {
    arrange: rig => rig.open({ DIGITALOCEAN_TOKEN: readToken }),
  }),
  'an unknown zone': refused('ZC_ZONE_NOT_FOUND', /nowhere\.example.*could not be found/, {
    zone: zoneNamed('nowhere.example.'),
  }),
  'a zone that is locked or read-only': absent('the host locks no domain'),
  'a quota that is reached': refused('ZC_PROVIDER_REFUSED', /too many records/, {
    arrange: answering(
      'POST record',
      jsonResponse(422, { id: 'unprocessable_entity', message: 'domain has too many records' }),
    ),
  }),
  'a host that cannot be reached': unreachable,
  'clocks that are apart': noClock,
  'another account that holds the zone': refused('ZC_PROVIDER_REFUSED', /in use by another account/, {
    open: async () => {
      takenElsewhere = true;
      const rig = await openRig();
      takenElsewhere = false;
      return rig;
    },
    creates: true,
  }),
});

describe('the digitalocean driver', () => {
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
  const held = () => lines(emulator.rrsets(apex));
  const ns = rrsetOf(at('staging'), 'NS', 3600, 'ns1.example.org.', 'ns2.example.org.');
  const adding: RRsetChange = { owner: ns.owner, type: 'NS', from: null, to: ns };
  const times = Number.POSITIVE_INFINITY;

  it('tells the name servers of a zone, and that a token may read only', async () => {
    expect(zone.nameServers).toEqual(servers);
    const reader = await rig.open({ DIGITALOCEAN_TOKEN: readToken });
    expect((await reader.rights(zone)).writeRecords).toBe('no');
    expect(await reader.whoAmI()).toEqual({
      account: 'user@example.com',
      source: 'environment (DIGITALOCEAN_TOKEN)',
    });
  });

  it('goes on wherever an earlier call of the same changes was broken off between two rows', async () => {
    const to = rrsetOf(ns.owner, 'NS', 1800, 'ns2.example.org.', 'ns3.example.org.', 'ns4.example.org.');
    const change: RRsetChange = { owner: ns.owner, type: 'NS', from: ns, to };
    for (let skip = 0; skip < 4; skip += 1) {
      emulator.put(apex, ns);
      for (const operation of ['POST record', 'PUT record', 'DELETE record']) {
        const before = { 'POST record': 0, 'PUT record': 2, 'DELETE record': 3 }[operation] ?? 0;
        rig.faults.inject({
          api: 'digitalocean',
          operation,
          kind: 'throttle',
          skip: Math.max(0, skip - before),
          times,
        });
      }
      await expect(rig.provider.changeZone(zone, [change])).rejects.toMatchObject({
        code: 'ZC_PROVIDER_THROTTLED',
      });
      rig.faults.clear();
      await rig.provider.changeZone(zone, [change]);
      expect(held()).toContain(lines([to])[0]);
    }
  });

  it('takes no half of a change of others for its own', async () => {
    emulator.put(apex, { ...ns, data: ns.data.slice(0, 1) });
    const to = rrsetOf(ns.owner, 'NS', 3600, 'ns3.example.org.');
    await expect(
      rig.provider.changeZone(zone, [{ owner: ns.owner, type: 'NS', from: ns, to }]),
    ).rejects.toMatchObject({ code: 'ZC_PROVIDER_CONFLICT' });
  });

  it('writes addresses of servers below a cut before the NS, and removes them after', async () => {
    const glue = rrsetOf(at('ns1.staging'), 'A', 3600, '192.0.2.53');
    const both: readonly RRsetChange[] = [adding, { owner: glue.owner, type: 'A', from: null, to: glue }];
    const seen: string[] = [];
    const edit = () => {
      const here = emulator.rrsets(apex).filter(set => set.owner.endsWith(ns.owner));
      seen.push(
        here
          .map(set => `${set.type}${set.data.length}`)
          .sort()
          .join(' '),
      );
    };
    rig.faults.inject({ api: 'digitalocean', operation: '*', kind: 'edit-before', times, edit });
    await rig.provider.changeZone(zone, both);
    await rig.provider.changeZone(
      zone,
      both.map(({ owner, type, to }) => ({ owner, type, from: to, to: null })),
    );
    expect([...new Set(seen)]).toEqual(['', 'A1', 'A1 NS1', 'A1 NS2']);
    expect(seen.indexOf('A1')).toBeLessThan(seen.indexOf('A1 NS2'));
    expect(seen.lastIndexOf('A1')).toBeGreaterThan(seen.lastIndexOf('A1 NS1'));
  });

  it('refuses before the first request what cannot be held', async () => {
    const cases = [
      [rrsetOf(at('a'), 'TXT', 300, '""'), /TXT: text is empty/],
      [rrsetOf(at('a'), 'TXT', 300, '"a" "b"'), /split elsewhere/],
      [rrsetOf(at('a'), 'TXT', 300, `"${'x'.repeat(255)}" "${'y'.repeat(252)}"`), /at most 509 are taken/],
      [rrsetOf(at('a'), 'CAA', 300, '0 issue "ca.example; a=b"'), /has blanks/],
      [rrsetOf(at('a'), 'MX', 300, '0 .'), /an MX to nowhere/],
    ] as const;
    rig.faults.forget();
    for (const [to, sentence] of cases) {
      const change = { owner: to.owner, type: to.type, from: null, to };
      await expect(rig.provider.changeZone(zone, [adding, change])).rejects.toMatchObject({
        code: 'ZC_PROVIDER_REFUSED',
        message: expect.stringMatching(sentence),
      });
    }
    expect(rig.faults.requests).toEqual([]);
  });

  it('reads names of the zone itself, and zones of many pages', async () => {
    emulator.put(apex, rrsetOf(at('self'), 'CNAME', 300, apex));
    for (let n = 0; n < 450; n += 1) emulator.put(apex, rrsetOf(at(`h${n}`), 'A', 300, '192.0.2.1'));
    const { rrsets } = await rig.provider.readZone(zone);
    expect(rrsets.length).toBe(ordinary(apex).length + 451);
    expect(lines(rrsets)).toContain('self.example.com. 300 CNAME example.com.');
  });
});
