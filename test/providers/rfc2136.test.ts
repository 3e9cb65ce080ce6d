import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RRset } from '../../src/dns/rrset.ts';
import { rrsetOf } from '../../src/dns/rrset.ts';
import { makeTsigKey } from '../../src/dns/tsig-key.ts';
import type { HostedZone, Provider, RRsetChange } from '../../src/providers/provider.ts';
import { driverNamed } from '../../src/providers/registry.ts';
import { type BindEmulator, createBindEmulator } from '../../src/sandbox/bind/emulator.ts';
import { createFaults } from '../../src/sandbox/faults.ts';
import type { NameServers } from '../../src/sandbox/name-servers.ts';
import { listenOctets } from '../../src/world/listen.ts';
import { nodeRandom } from '../../src/world/node.ts';
import { nodeStreams } from '../../src/world/streams.ts';
import type { World } from '../../src/world/world.ts';
import { absent, otherKey, refused, unreachable, zoneNamed } from './bad-input.ts';
import { describeContract } from './contract.ts';
import { type FaultyRig, freePort, lines, name, noDns, ordinary, testClock } from './rig.ts';

const apex = name('example.com.');
const secret = 'c2VjcmV0IG9mIHRoZSB1cGRhdGUga2V5IGluIHRlc3Rz';
const owner = makeTsigKey('zonecut', 'hmac-sha256', secret);
const reader = makeTsigKey('reader', 'hmac-sha256', secret);
const guest = makeTsigKey('guest', 'hmac-sha512', secret);
const servers = [name('ns1.hosting.example.'), name('ns2.hosting.example.')];

let emulator: BindEmulator;
let port = 0;

async function openRig(clockAheadSeconds = 0): Promise<FaultyRig> {
  const clock = testClock();
  const faults = createFaults();
  const zones = new Map<string, readonly RRset[]>();
  const nameServers: NameServers = {
    publish: (key, zone) => void zones.set(key, zone.rrsets),
    withdraw: key => void zones.delete(key),
    settled: () => Promise.resolve(),
  };
  const deps = { clock: { ...clock, now: () => Date.now() }, random: nodeRandom, nameServers, faults };
  emulator = createBindEmulator(deps, {
    keys: [
      { key: owner },
      { key: reader, updates: [] },
      { key: guest, transfers: [name('other.example.')], updates: [name(`staging.${apex}`)] },
    ],
    servers,
    clockAheadSeconds,
  });
  emulator.seedZone({ name: apex, rrsets: ordinary(apex) });
  const listener = await listenOctets({ address: '127.0.0.1', port: 0 }, emulator.respond);
  port = listener.endpoint.port;
  const world: World = {
    clock,
    random: nodeRandom,
    dns: noDns,
    streams: nodeStreams,
    http: { send: () => Promise.reject(new Error('UPDATE needs no HTTP')) },
  };
  const open = async (environment: Readonly<Record<string, string>>): Promise<Provider> =>
    await (await driverNamed('rfc2136').load())(world, {
      environment: {
        RFC2136_NAMESERVER: `127.0.0.1:${listener.endpoint.port}`,
        RFC2136_TSIG_KEY: 'zonecut',
        RFC2136_TSIG_SECRET: secret,
        RFC2136_DNS_TIMEOUT: '0.25',
        RFC2136_ZONES: apex,
        ...environment,
      },
      readFile: async path => files.get(path) ?? null,
    });
  return {
    api: 'rfc2136',
    provider: await open({}),
    faults,
    apex,
    throttledCode: 'ZC_PROVIDER_UNAVAILABLE',
    operations: { write: 'UPDATE', read: 'AXFR', create: null },
    clock,
    writes: async () => faults.requests.filter(one => one.operation === 'UPDATE').length,
    served: async wanted =>
      [...zones.values()].flat().filter(set => set.owner === wanted || set.owner.endsWith(`.${wanted}`)),
    editElsewhere: async at => emulator.put(apex, rrsetOf(at, 'A', 1800, '192.0.2.77')),
    open,
    openUnreachable: async () => open({ RFC2136_NAMESERVER: `127.0.0.1:${await freePort()}` }),
    close: () => listener.close(),
  };
}

/** What `readFile` of the settings finds. */
const files = new Map<string, string>();

describeContract('A name server with dynamic update', openRig, {
  'a wrong key': otherKey(
    { RFC2136_TSIG_SECRET: 'AAAA' },
    /another secret for the key zonecut\. \(BADSIG\)$/,
  ),
  'no right to write': refused(
    'ZC_RIGHTS',
    /the key reader\. may not change this in example\.com\. \(REFUSED\)/,
    {
      arrange: rig => rig.open({ RFC2136_TSIG_KEY: 'reader' }),
    },
  ),
  'an unknown zone': refused('ZC_ZONE_NOT_FOUND', /no zone nowhere\.example\. \(NOTAUTH\)$/, {
    zone: zoneNamed('nowhere.example.'),
  }),
  'a zone that is locked or read-only': refused('ZC_RIGHTS', /may not change this in .*\(REFUSED\)/, {
    arrange: () => emulator.freeze(apex),
  }),
  'a quota that is reached': absent('name servers count neither zones nor records'),
  'a host that cannot be reached': unreachable,
  'clocks that are apart': refused('ZC_CREDENTIALS', /s ahead of this machine's, .*300 s \(BADTIME\)$/, {
    open: () => openRig(1000),
  }),
  'another account that holds the zone': absent('a server has one set of zones, and no accounts'),
});

describe('the rfc2136 driver', () => {
  let rig: FaultyRig;
  let zone: HostedZone;
  const open = async (clockAheadSeconds = 0): Promise<void> => {
    rig = await openRig(clockAheadSeconds);
    zone = { provider: 'rfc2136', id: 'example.com', apex, nameServers: servers, reference: null };
  };
  beforeEach(() => open());
  afterEach(() => rig.close());

  const to = rrsetOf(name(`staging.${apex}`), 'NS', 1800, 'ns1.example.org.', 'ns2.example.org.');
  const adding: RRsetChange = { owner: to.owner, type: 'NS', from: null, to };
  const unchanged = async (work: Promise<unknown>, code: string, sentence: RegExp): Promise<void> => {
    const before = lines(emulator.rrsets(apex));
    await expect(work).rejects.toMatchObject({ code, message: expect.stringMatching(sentence) });
    expect(lines(emulator.rrsets(apex))).toEqual(before);
  };

  it('reads a zone of 1201 records, in many messages of which few are signed', async () => {
    for (let at = 0; at < 1201; at += 1) {
      emulator.put(apex, rrsetOf(name(`host${at}.${apex}`), 'A', 300, '192.0.2.1'));
    }
    const { rrsets } = await rig.provider.readZone(zone);
    expect(rrsets.filter(set => set.owner.startsWith('host'))).toHaveLength(1201);
  });

  it('takes the server at its word only when nobody was faster: the prerequisites decide', async () => {
    rig.faults.inject({
      api: 'rfc2136',
      operation: 'UPDATE',
      kind: 'edit-before',
      edit: () => emulator.put(apex, rrsetOf(to.owner, 'NS', 60, 'ns.elsewhere.example.')),
    });
    await expect(rig.provider.changeZone(zone, [adding])).rejects.toMatchObject({
      code: 'ZC_PROVIDER_CONFLICT',
      message: expect.stringContaining('ns.elsewhere.example.'),
    });
    const codes = rig.faults.requests.filter(one => one.operation === 'UPDATE').map(one => one.status);
    expect(codes).toEqual([7]);
  });

  it('says so when the server passes over a change in silence', async () => {
    const ds = rrsetOf(name(`signed.${apex}`), 'DS', 60, `1 13 2 ${'ab'.repeat(32)}`);
    await unchanged(
      rig.provider.changeZone(zone, [{ owner: ds.owner, type: 'DS', from: null, to: ds }]),
      'ZC_PROVIDER_CONFLICT',
      /answered NOERROR, but the zone example\.com\. reads back otherwise: signed\.example\.com\. DS is absent/,
    );
  });

  it('has one clear line for a key that the server does not know, or that has another secret', async () => {
    const stranger = await rig.open({ RFC2136_TSIG_KEY: 'stranger' });
    await unchanged(
      stranger.whoAmI(),
      'ZC_CREDENTIALS',
      /knows no key stranger\. for hmac-sha256 \(BADKEY\)/,
    );
    const wrong = await rig.open({ RFC2136_TSIG_SECRET: 'AAAA' });
    await unchanged(
      wrong.changeZone(zone, [adding]),
      'ZC_CREDENTIALS',
      /another secret for the key zonecut\. \(BADSIG\)/,
    );
    expect(rig.faults.requests.every(one => one.status === 9)).toBe(true);
  });

  it('has one clear line for clocks that are apart', async () => {
    for (const ahead of [1000, -1000]) {
      await rig.close();
      await open(ahead);
      await unchanged(
        rig.provider.changeZone(zone, [adding]),
        'ZC_CREDENTIALS',
        ahead > 0
          ? /(999|1000|1001) s ahead of this machine's.*BADTIME/
          : /(999|1000|1001) s behind this machine's.*BADTIME/,
      );
    }
  });

  it('has one clear line for rights that are missing, and finds them out beforehand', async () => {
    const asGuest = { RFC2136_TSIG_KEY: 'guest', RFC2136_TSIG_ALGORITHM: 'hmac-sha512' };
    const provider = await rig.open(asGuest);
    await unchanged(
      provider.readZone(zone),
      'ZC_RIGHTS',
      /key guest\. may not transfer the zone example\.com\. \(REFUSED\)/,
    );
    expect(await provider.rights(zone, { owner: to.owner })).toEqual({
      readZones: 'no',
      createZones: 'no',
      writeRecords: 'yes',
    });
    const other = { owner: name(`www.${apex}`) };
    expect((await provider.rights(zone, other)).writeRecords).toBe('no');
    expect((await provider.rights(zone)).writeRecords).toBe('unknown');
    expect((await rig.provider.rights(zone)).writeRecords).toBe('yes');
    expect(lines(emulator.rrsets(apex))).toEqual(lines(await rig.served(apex)));
  });

  it('has one clear line for a zone that is not there, and for a server that is not', async () => {
    const nowhere = { ...zone, id: 'nowhere.example', apex: name('nowhere.example.') };
    await unchanged(
      rig.provider.readZone(nowhere),
      'ZC_ZONE_NOT_FOUND',
      /no zone nowhere\.example\. \(NOTAUTH\)/,
    );
    expect(await rig.provider.findZones(nowhere.apex)).toEqual([]);
    await rig.close();
    await expect(rig.provider.readZone(zone)).rejects.toMatchObject({
      code: 'ZC_PROVIDER_UNAVAILABLE',
      message: expect.stringMatching(/^the name server 127\.0\.0\.1:\d+: .*cannot be reached \(refused\)$/),
    });
  });

  it('says what to type for a zone that it cannot create', async () => {
    await expect(rig.provider.createZone(name('new.example.'), { reference: 'r' })).rejects.toMatchObject({
      code: 'ZC_PROVIDER_REFUSED',
      hint: expect.stringMatching(
        /rndc addzone new\.example '\{[\s\S]*knotc conf-set zone\.domain new\.example/,
      ),
    });
  });

  it('refuses what no UPDATE can say before anything is sent', async () => {
    const ns = rrsetOf(apex, 'NS', 3600, ...servers);
    await unchanged(
      rig.provider.changeZone(zone, [{ owner: apex, type: 'NS', from: ns, to: null }]),
      'ZC_PROVIDER_REFUSED',
      /cannot be left without NS/,
    );
    const many = Array.from({ length: 300 }, (_, at) =>
      rrsetOf(name(`big${at}.${apex}`), 'TXT', 60, `"${'x'.repeat(250)}"`),
    );
    await unchanged(
      rig.provider.changeZone(
        zone,
        many.map(set => ({ owner: set.owner, type: 'TXT', from: null, to: set })),
      ),
      'ZC_PROVIDER_REFUSED',
      /300 changes do not fit into one UPDATE message/,
    );
    expect(rig.faults.requests).toEqual([]);
  });

  it('tells what a signed zone shows of its keys', async () => {
    expect(await rig.provider.readSigning?.(zone)).toEqual({
      state: 'unsigned',
      ds: [],
      dnskeys: [],
      cds: [],
    });
    const key =
      '257 3 13 mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+GqJxpVXckHAeF+KkxLbxILfDLUT0rAK9iUzy1L53eKGQ==';
    emulator.put(apex, rrsetOf(apex, 'DNSKEY', 3600, key));
    const ds = (await rig.provider.readSigning?.(zone))?.ds;
    expect(ds).toEqual([expect.stringMatching(/^\d+ 13 2 [0-9a-f]{64}$/)]);
    expect(await rig.provider.readSigning?.(zone)).toMatchObject({ state: 'signing', dnskeys: [key] });
    emulator.put(apex, rrsetOf(apex, 'CDS', 3600, `7 13 2 ${'cd'.repeat(32)}`));
    expect((await rig.provider.readSigning?.(zone))?.ds).toEqual([`7 13 2 ${'cd'.repeat(32)}`]);
  });

  describe('finds its key', () => {
    const fileText = `key "zonecut" { algorithm hmac-sha256; secret "${secret}"; };\n`;
    const cases = [
      ['in a file as tsig-keygen prints it', { RFC2136_TSIG_FILE: '/one.key' }, null],
      [
        'by its name in a file of several',
        { RFC2136_TSIG_FILE: '/two.key', RFC2136_TSIG_KEY: 'ZoneCut' },
        null,
      ],
      [
        'not in a file of several without its name',
        { RFC2136_TSIG_FILE: '/two.key' },
        /has 2 keys: zonecut\. other\./,
      ],
      [
        'not in a file that is not there',
        { RFC2136_TSIG_FILE: '/no.key' },
        /names \/no\.key, which cannot be read/,
      ],
      [
        'not in a file of another kind',
        { RFC2136_TSIG_FILE: '/bad.key' },
        /the file \/bad\.key: this is no key file/,
      ],
      ['not without a name', { RFC2136_TSIG_SECRET: secret }, /RFC2136_TSIG_KEY is not/],
      [
        'not when it is no base64',
        { RFC2136_TSIG_SECRET: 'p@ss', RFC2136_TSIG_KEY: 'zonecut' },
        /is not base64/,
      ],
      ['not at all', {}, /neither RFC2136_TSIG_FILE nor RFC2136_TSIG_SECRET is set/],
      [
        'not without a server',
        { RFC2136_NAMESERVER: '', RFC2136_TSIG_FILE: '/one.key' },
        /RFC2136_NAMESERVER is not set/,
      ],
      [
        'not with a server by name',
        { RFC2136_NAMESERVER: 'ns1.example.com', RFC2136_TSIG_FILE: '/one.key' },
        /no address of a server/,
      ],
    ] as const;
    for (const [title, environment, problem] of cases) {
      it(title, async () => {
        files.set('/one.key', fileText);
        files.set('/two.key', `${fileText}key other { algorithm hmac-sha256; secret "AAAA"; };\n`);
        files.set('/bad.key', 'options { };\n');
        const opening = rig.open({ RFC2136_TSIG_KEY: '', RFC2136_TSIG_SECRET: '', ...environment });
        if (problem === null) {
          const { account, source } = await (await opening).whoAmI();
          expect([account, source]).toEqual(['zonecut', `file (${environment.RFC2136_TSIG_FILE})`]);
        } else {
          await expect(opening).rejects.toMatchObject({
            code: 'ZC_CREDENTIALS',
            message: expect.stringMatching(problem),
          });
        }
        expect(port).toBeGreaterThan(0);
      });
    }
  });
});
