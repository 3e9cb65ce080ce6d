import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rrsetOf } from '../../src/dns/rrset.ts';
import type { HostedZone, RRsetChange } from '../../src/providers/provider.ts';
import {
  createLinodeEmulator,
  type LinodeEmulator,
  type LinodeOptions,
} from '../../src/sandbox/linode/emulator.ts';
import { noClock, otherKey, refused, unreachable } from './bad-input.ts';
import { describeContract } from './contract.ts';
import { type FaultyRig, lines, makeRig, name, ordinary } from './rig.ts';

const apex = name('example.com.');
const token = '0123456789abcdef0123456789abcdef';
const readToken = 'readonly';
const servers = [1, 2, 3, 4, 5].map(n => name(`ns${n}.linode.com.`));

let emulator: LinodeEmulator;

function openRig(options: Partial<LinodeOptions> = {}): Promise<FaultyRig> {
  return makeRig({
    api: 'linode',
    apex,
    operations: { write: 'POST record', read: 'GET records', create: 'POST domains' },
    emulate: deps => {
      emulator = createLinodeEmulator(deps, { token, readToken, servers, ...options });
      emulator.seedZone({ name: apex, rrsets: ordinary(apex) });
      return {
        handle: request => emulator.handle(request),
        editElsewhere: owner => emulator.put(apex, rrsetOf(owner, 'A', 1800, '192.0.2.77')),
      };
    },
    cannotHold: data => data.startsWith('128 '),
    environment: url => ({ ZONECUT_LINODE_ENDPOINT: `${url}/v4/`, LINODE_TOKEN: token }),
  });
}

describeContract('Linode', () => openRig(), {
  'a wrong key': otherKey(
    { LINODE_TOKEN: 'wrong' },
    /^Linode: the credentials are not accepted: Invalid Token \(401\)$/,
  ),
  'no right to write': refused('ZC_RIGHTS', /Your OAuth token is not authorized/, {
    arrange: rig => rig.open({ LINODE_TOKEN: readToken }),
  }),
  'an unknown zone': refused('ZC_ZONE_NOT_FOUND', /Not found \(404\)$/, {
    zone: zone => ({ ...zone, id: '1' }),
  }),
  'a zone that is locked or read-only': refused('ZC_PROVIDER_REFUSED', /records of a slave domain/, {
    open: async () => {
      const rig = await openRig();
      emulator.removeZone(apex);
      emulator.seedZone({ name: apex, rrsets: ordinary(apex), slave: true });
      return rig;
    },
  }),
  'a quota that is reached': refused('ZC_PROVIDER_REFUSED', /limited to 14 records/, {
    open: () => openRig({ maxRecords: 14 }),
  }),
  'a host that cannot be reached': unreachable,
  'clocks that are apart': noClock,
  'another account that holds the zone': refused('ZC_PROVIDER_REFUSED', /domain: DNS zone already exists/, {
    open: () => openRig({ taken: [name('staging.example.test.')] }),
    creates: true,
  }),
});

describe('the linode driver', () => {
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

  it('tells the name servers of a zone, who we are, and that a token may read only', async () => {
    expect(zone.nameServers).toEqual(servers);
    const reader = await rig.open({ LINODE_TOKEN: readToken });
    expect((await reader.rights(zone)).writeRecords).toBe('no');
    expect(await reader.whoAmI()).toEqual({ account: 'user', source: 'environment (LINODE_TOKEN)' });
  });

  it('refuses before the first request what cannot be held', async () => {
    const cases = [
      [rrsetOf(at('a'), 'NS', 1800, 'ns1.example.org.'), /the TTL is 1800; the host takes 300, 3600,/],
      [rrsetOf(at('*.a'), 'NS', 300, 'ns1.example.org.'), /NS at a wildcard/],
      [rrsetOf(at('_sip._tcp.a'), 'SRV', 300, '0 0 1 sip.example.org.'), /of the apex only/],
      [rrsetOf(at('a'), 'CAA', 300, '128 issue "ca.example"'), /the flags of CAA are 128/],
      [rrsetOf(at('a'), 'CAA', 300, '0 issue "ca.example; a=b"'), /has blanks/],
      [rrsetOf(at('a'), 'TXT', 300, '"a" "b"'), /split elsewhere/],
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

  it('reads rows without a TTL as those of the zone, and zones of many pages', async () => {
    for (let n = 0; n < 600; n += 1) emulator.put(apex, rrsetOf(at(`h${n}`), 'A', 86_400, '192.0.2.1'));
    const { rrsets } = await rig.provider.readZone(zone);
    expect(rrsets.length).toBe(ordinary(apex).length + 600);
    expect(lines(rrsets)).toContain('h0.example.com. 86400 A 192.0.2.1');
  });
});
