import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rrsetOf } from '../../src/dns/rrset.ts';
import type { HostedZone, RRsetChange } from '../../src/providers/provider.ts';
import {
  type CloudflareEmulator,
  type CloudflareOptions,
  createCloudflareEmulator,
} from '../../src/sandbox/cloudflare/emulator.ts';
import { jsonResponse } from '../../src/sandbox/rest/json.ts';
import { answering, noClock, otherKey, refused, unreachable } from './bad-input.ts';
import { describeContract } from './contract.ts';
import { type FaultyRig, lines, makeRig, name, ordinary } from './rig.ts';

const apex = name('example.com.');
const token = 'v1_0123456789abcdefghijklmnopqrstuvwxyz-A';
const readToken = 'v1_readonly_0123456789abcdefghijklmnopqrs';
const account = '8d76151cc3a22bf025f36489c7a0be23';
const servers = [name('blakely.ns.cloudflare.com.'), name('vin.ns.cloudflare.com.')];

let emulator: CloudflareEmulator;

function openRig(options: Partial<CloudflareOptions> = {}): Promise<FaultyRig> {
  return makeRig({
    api: 'cloudflare',
    apex,
    operations: { write: 'POST batch', read: 'GET dns_records', create: 'POST zones' },
    emulate: deps => {
      emulator = createCloudflareEmulator(deps, { token, readToken, account, servers, ...options });
      emulator.seedZone({ name: apex, rrsets: ordinary(apex) });
      return {
        handle: request => emulator.handle(request),
        editElsewhere: owner => emulator.put(apex, rrsetOf(owner, 'A', 1800, '192.0.2.77')),
      };
    },
    environment: url => ({
      ZONECUT_CLOUDFLARE_ENDPOINT: `${url}/client/v4/`,
      CLOUDFLARE_API_TOKEN: token,
    }),
  });
}

const refusal = (code: number, message: string): object => ({
  result: null,
  success: false,
  errors: [{ code, message }],
  messages: [],
});

describeContract('Cloudflare', () => openRig(), {
  'a wrong key': otherKey(
    { CLOUDFLARE_API_TOKEN: `${token}x` },
    /^Cloudflare: the credentials are not accepted: Invalid access token \(code 9109\) \(403\)$/,
  ),
  'no right to write': refused('ZC_RIGHTS', /Authentication error \(code 10000\) \(403\)$/, {
    arrange: rig => rig.open({ CLOUDFLARE_API_TOKEN: readToken }),
  }),
  'an unknown zone': refused('ZC_ZONE_NOT_FOUND', /Invalid zone identifier/, {
    zone: zone => ({ ...zone, id: 'f'.repeat(32) }),
  }),
  'a zone that is locked or read-only': refused('ZC_RIGHTS', /You cannot use this API for domains with/, {
    arrange: answering(
      'POST batch',
      jsonResponse(403, refusal(1038, 'You cannot use this API for domains with a .cf, .ga or .tk TLD')),
    ),
  }),
  'a quota that is reached': refused('ZC_PROVIDER_REFUSED', /Record quota exceeded/, {
    open: () => openRig({ quotas: { records: 14, batch: 200 } }),
  }),
  'a host that cannot be reached': unreachable,
  'clocks that are apart': noClock,
  'another account that holds the zone': refused(
    'ZC_PROVIDER_CONFLICT',
    /^Cloudflare: the token opens 2 accounts that hold example\.com\.: 8d76\w+, f+$/,
    {
      open: async () => {
        const rig = await openRig();
        emulator.seedZone({ name: apex, account: 'f'.repeat(32) });
        return rig;
      },
    },
  ),
});

describe('the cloudflare driver', () => {
  let rig: FaultyRig;
  let zone: HostedZone;
  const open = async (options: Partial<CloudflareOptions> = {}): Promise<void> => {
    rig = await openRig(options);
    const [found] = await rig.provider.findZones(apex);
    if (found === undefined) throw new Error('no zone');
    zone = found;
  };
  const reopen = async (options: Partial<CloudflareOptions>): Promise<void> => {
    await rig.close();
    await open(options);
  };
  beforeEach(() => open());
  afterEach(() => rig.close());

  const at = (label: string) => name(`${label}.${apex}`);
  const ns = rrsetOf(at('staging'), 'NS', 3600, 'ns1.example.org.', 'ns2.example.org.');
  const adding: RRsetChange = { owner: ns.owner, type: 'NS', from: null, to: ns };
  const held = () => lines(emulator.rrsets(apex));
  const unchanged = async (work: Promise<unknown>, code: string, sentence: RegExp): Promise<void> => {
    const before = held();
    await expect(work).rejects.toMatchObject({ code, message: expect.stringMatching(sentence) });
    expect(held()).toEqual(before);
  };

  it('knows a token without form, and one that may read only', async () => {
    const wrong = await rig.open({ CLOUDFLARE_API_TOKEN: 'short' });
    await unchanged(wrong.whoAmI(), 'ZC_CREDENTIALS', /Invalid format for Authorization header/);
    const reader = await rig.open({ CLOUDFLARE_API_TOKEN: readToken });
    expect((await reader.rights(zone)).writeRecords).toBe('no');
  });

  it('takes a token by each of its names', async () => {
    for (const variable of ['CLOUDFLARE_DNS_API_TOKEN', 'CF_DNS_API_TOKEN', 'CF_API_TOKEN']) {
      const provider = await rig.open({ CLOUDFLARE_API_TOKEN: '', [variable]: token });
      expect(await provider.whoAmI()).toEqual({
        account: 'account 8d76',
        source: `environment (${variable})`,
      });
    }
    await expect(rig.open({ CLOUDFLARE_API_TOKEN: '' })).rejects.toMatchObject({ code: 'ZC_CREDENTIALS' });
  });

  it('shows proxied rows as other rows, and leaves them and what people wrote beside rows alone', async () => {
    const proxied = { type: 'A', name: 'shop.example.com', content: '192.0.2.1', proxied: true, ttl: 1 };
    emulator.addRow(apex, proxied);
    emulator.addRow(apex, { type: 'A', name: 'note', content: '192.0.2.2', comment: 'ask Ann', ttl: 1 });
    const before = await rig.provider.readZone(zone);
    expect(before.otherRows).toEqual([{ owner: at('shop'), text: '1 A 192.0.2.1 (proxied)' }]);
    expect(lines(before.rrsets)).toContain('note.example.com. 300 A 192.0.2.2');
    await rig.provider.changeZone(zone, [adding]);
    expect((await rig.provider.readZone(zone)).otherRows).toEqual(before.otherRows);
    expect(lines(await rig.served(apex))).toContain('shop.example.com. 300 A 104.16.132.229');
    const to = rrsetOf(at('shop'), 'A', 300, '192.0.2.9');
    await unchanged(
      rig.provider.changeZone(zone, [{ owner: to.owner, type: 'A', from: null, to }]),
      'ZC_PROVIDER_CONFLICT',
      /is there with data that zonecut cannot read/,
    );
  });

  it('puts NS in the place of addresses in one request, and back', async () => {
    const a = rrsetOf(ns.owner, 'A', 300, '192.0.2.1', '192.0.2.2');
    emulator.put(apex, a);
    await unchanged(
      rig.provider.changeZone(zone, [adding]),
      'ZC_PROVIDER_REFUSED',
      /non-NS records already exist with that host/,
    );
    const swap: readonly RRsetChange[] = [{ owner: a.owner, type: 'A', from: a, to: null }, adding];
    rig.faults.forget();
    await rig.provider.changeZone(zone, swap);
    expect(rig.faults.requests.filter(one => one.method === 'POST')).toHaveLength(1);
    expect(held()).toContain(lines([ns])[0]);
    await rig.provider.changeZone(
      zone,
      swap.map(({ owner, type, from, to }) => ({ owner, type, from: to, to: from })),
    );
    expect(held()).toContain(lines([a])[0]);
  });

  it('changes the TTL of rows in their place', async () => {
    emulator.addRow(apex, {
      type: 'NS',
      name: 'staging',
      content: 'ns1.example.org',
      comment: 'keep',
      ttl: 1,
    });
    const from = rrsetOf(ns.owner, 'NS', 300, 'ns1.example.org.');
    const digests = [];
    for (const ttl of [600, 300]) {
      const now = (await rig.provider.readZone(zone)).rrsets.find(set => set.owner === ns.owner);
      await rig.provider.changeZone(zone, [
        { owner: ns.owner, type: 'NS', from: now ?? null, to: { ...from, ttl } },
      ]);
      digests.push((await rig.provider.readZone(zone)).digest);
    }
    expect(held()).toContain(lines([from])[0]);
    expect(new Set(digests).size).toBe(2);
    // What somebody wrote beside the row is still there: without it the digest is another.
    await rig.provider.changeZone(zone, [{ owner: ns.owner, type: 'NS', from, to: null }]);
    await rig.provider.changeZone(zone, [{ owner: ns.owner, type: 'NS', from: null, to: from }]);
    expect(digests).not.toContain((await rig.provider.readZone(zone)).digest);
  });

  it('sends at most 200 rows at once, and goes on where a call was broken off between two requests', async () => {
    await reopen({ quotas: { records: 1000, batch: 200 } });
    const changes = Array.from({ length: 250 }, (_, n): RRsetChange => {
      const to = rrsetOf(at(`h${n}`), 'A', 300, '192.0.2.1');
      return { owner: to.owner, type: 'A', from: null, to };
    });
    const write = { api: 'cloudflare', operation: 'POST batch', times: Number.POSITIVE_INFINITY } as const;
    rig.faults.inject({ ...write, kind: 'throttle', skip: 1 });
    await expect(rig.provider.changeZone(zone, changes)).rejects.toMatchObject({
      code: 'ZC_PROVIDER_THROTTLED',
    });
    rig.faults.clear();
    await rig.provider.changeZone(zone, changes);
    expect(emulator.rrsets(apex).filter(set => set.owner.startsWith('h'))).toHaveLength(250);
  });

  it('says so of NS that are those of the zone, and of more than ten', async () => {
    const own = { ...adding, to: rrsetOf(ns.owner, 'NS', 3600, ...servers) };
    await unchanged(rig.provider.changeZone(zone, [own]), 'ZC_PROVIDER_REFUSED', /DNS Validation Error/);
    const many = Array.from({ length: 11 }, (_, n) => `ns${n}.example.org.`);
    const crowd = { ...adding, to: rrsetOf(ns.owner, 'NS', 3600, ...many) };
    await unchanged(rig.provider.changeZone(zone, [crowd]), 'ZC_PROVIDER_REFUSED', /More than 10 NS/);
  });

  it('says that a subdomain gets no zone on a smaller plan, and that the account is not ours', async () => {
    await reopen({ subdomains: false });
    const creating = rig.provider.createZone(at('staging'), { reference: 'zonecut:1' });
    await unchanged(creating, 'ZC_PROVIDER_REFUSED', /root domain and not any subdomains/);
    const other = await rig.open({ CLOUDFLARE_ACCOUNT_ID: 'f'.repeat(32) });
    const foreign = other.createZone(name('other.example.'), { reference: 'zonecut:1' });
    await unchanged(foreign, 'ZC_RIGHTS', /Permission denied/);
  });

  it('looks into the one account that is named', async () => {
    emulator.seedZone({ name: apex, account: 'f'.repeat(32) });
    const one = await rig.open({ CLOUDFLARE_ACCOUNT_ID: account });
    expect(await one.findZones(apex)).toEqual([zone]);
  });

  it('gives its mark to a zone that was made without, but not to one that holds records', async () => {
    const fresh = name('fresh.example.');
    emulator.seedZone({ name: fresh });
    const made = await rig.provider.createZone(fresh, { reference: 'zonecut:1' });
    expect((await rig.provider.readZone(made)).rrsets).toEqual([]);
    expect(emulator.rrsets(fresh).map(set => set.owner)).toContain('_zonecut.fresh.example.');
    const used = name('used.example.');
    emulator.seedZone({ name: used, rrsets: [rrsetOf(used, 'A', 300, '192.0.2.1')] });
    await expect(rig.provider.createZone(used, { reference: 'zonecut:1' })).rejects.toMatchObject({
      code: 'ZC_PROVIDER_CONFLICT',
    });
  });

  it('reads lists of many pages whole', async () => {
    for (let n = 0; n < 120; n += 1) emulator.seedZone({ name: name(`z${n}.example.`) });
    const listed: string[] = [];
    for await (const one of rig.provider.listZones()) listed.push(one.apex);
    expect(new Set(listed).size).toBe(121);
  });
});
