import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rrsetOf } from '../../src/dns/rrset.ts';
import type { HostedZone, RRsetChange } from '../../src/providers/provider.ts';
import { jsonResponse } from '../../src/sandbox/rest/json.ts';
import {
  createVultrEmulator,
  type VultrEmulator,
  type VultrOptions,
} from '../../src/sandbox/vultr/emulator.ts';
import { absent, answering, noClock, otherKey, refused, unreachable, zoneNamed } from './bad-input.ts';
import { describeContract } from './contract.ts';
import { type FaultyRig, lines, makeRig, name, ordinary } from './rig.ts';

const apex = name('example.com.');
const token = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
const readToken = 'READONLY';
const servers = [name('ns1.vultr.com.'), name('ns2.vultr.com.')];

let emulator: VultrEmulator;

function openRig(options: Partial<VultrOptions> = {}): Promise<FaultyRig> {
  return makeRig({
    api: 'vultr',
    apex,
    operations: { write: 'POST record', read: 'GET records', create: 'POST domains' },
    emulate: deps => {
      emulator = createVultrEmulator(deps, { token, readToken, servers, ...options });
      emulator.seedZone({ name: apex, rrsets: ordinary(apex) });
      return {
        handle: request => emulator.handle(request),
        editElsewhere: owner => emulator.put(apex, rrsetOf(owner, 'A', 1800, '192.0.2.77')),
      };
    },
    cannotHold: data => data.includes('backslash'),
    environment: url => ({ ZONECUT_VULTR_ENDPOINT: `${url}/v2/`, VULTR_API_KEY: token }),
  });
}

describeContract('Vultr', () => openRig(), {
  'a wrong key': otherKey(
    { VULTR_API_KEY: 'wrong' },
    /^Vultr: the credentials are not accepted: Invalid API token\. \(401\)$/,
  ),
  'no right to write': refused('ZC_RIGHTS', /Check your user permissions\. \(403\)$/, {
    arrange: rig => rig.open({ VULTR_API_KEY: readToken }),
  }),
  'an unknown zone': refused('ZC_ZONE_NOT_FOUND', /nowhere\.example.*Invalid domain/, {
    zone: zoneNamed('nowhere.example.'),
  }),
  'a zone that is locked or read-only': absent('the host locks no domain'),
  'a quota that is reached': refused('ZC_PROVIDER_REFUSED', /limit of records/, {
    arrange: answering(
      'POST record',
      jsonResponse(400, { error: 'Domain has reached its limit of records', status: 400 }),
    ),
  }),
  'a host that cannot be reached': unreachable,
  'clocks that are apart': noClock,
  'another account that holds the zone': refused('ZC_PROVIDER_REFUSED', /in use by another account/, {
    open: () => openRig({ taken: [name('staging.example.test.')] }),
    creates: true,
  }),
});

describe('the vultr driver', () => {
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
  const adding = (to: ReturnType<typeof rrsetOf>): RRsetChange => ({
    owner: to.owner,
    type: to.type,
    from: null,
    to,
  });

  it('tells the name servers of a zone, who we are, and that a key may read only', async () => {
    expect(zone.nameServers).toEqual(servers);
    const reader = await rig.open({ VULTR_API_KEY: readToken });
    expect((await reader.rights(zone)).writeRecords).toBe('no');
    expect(await reader.whoAmI()).toEqual({
      account: 'user@example.com',
      source: 'environment (VULTR_API_KEY)',
    });
  });

  it('refuses before the first request what cannot be held', async () => {
    const cases = [
      [rrsetOf(at('a'), 'TXT', 300, '"say \\"hello\\""'), /quotes and backslashes/],
      [rrsetOf(at('a'), 'TXT', 300, '"a" "b"'), /split elsewhere/],
      [rrsetOf(at('a'), 'CAA', 300, '0 issue "ca.example; a=b"'), /has blanks/],
      [rrsetOf(at('a'), 'MX', 300, '0 .'), /an MX to nowhere/],
    ] as const;
    rig.faults.forget();
    for (const [to, sentence] of cases) {
      await expect(rig.provider.changeZone(zone, [adding(to)])).rejects.toMatchObject({
        code: 'ZC_PROVIDER_REFUSED',
        message: expect.stringMatching(sentence),
      });
    }
    expect(rig.faults.requests).toEqual([]);
  });

  it('says what the host says of a TTL that is too small', async () => {
    const to = rrsetOf(at('a'), 'A', 60, '192.0.2.1');
    await expect(rig.provider.changeZone(zone, [adding(to)])).rejects.toMatchObject({
      code: 'ZC_PROVIDER_REFUSED',
      message: expect.stringMatching(/Invalid TTL, the minimum is 120/),
    });
  });

  it('reads zones of many pages whole', async () => {
    for (let n = 0; n < 1100; n += 1) emulator.put(apex, rrsetOf(at(`h${n}`), 'A', 300, '192.0.2.1'));
    const { rrsets } = await rig.provider.readZone(zone);
    expect(rrsets.length).toBe(ordinary(apex).length + 1100);
    expect(lines(rrsets)).toContain('h1099.example.com. 300 A 192.0.2.1');
  });
});
