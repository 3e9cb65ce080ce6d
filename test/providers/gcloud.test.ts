import { generateKeyPairSync } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dsOfKey } from '../../src/dns/dnssec.ts';
import { rrsetOf } from '../../src/dns/rrset.ts';
import type { HostedZone, RRsetChange } from '../../src/providers/provider.ts';
import { createGcloudEmulator, type GcloudEmulator } from '../../src/sandbox/gcloud/emulator.ts';
import { absent, refused, unreachable } from './bad-input.ts';
import { describeContract } from './contract.ts';
import { type FaultyRig, lines, makeRig, name, ordinary } from './rig.ts';

const apex = name('example.com.');
const servers = [1, 2, 3, 4].map(n => name(`ns-cloud-c${n}.googledomains.com.`));
const project = 'a-project-209418';
const writer = `zonecut@${project}.iam.gserviceaccount.com`;
const reader = `reader@${project}.iam.gserviceaccount.com`;

const pairOf = () =>
  generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
const [pair, other] = [pairOf(), pairOf()];

/** A key file as the console makes it. */
const keyFile = (url: string, email: string, key: string): string =>
  JSON.stringify({
    type: 'service_account',
    project_id: project,
    private_key_id: '0123456789abcdef',
    private_key: key,
    client_email: email,
    token_uri: `${url}/token`,
  });

let emulator: GcloudEmulator;

function openRig(maxZones = 100): Promise<FaultyRig> {
  return makeRig({
    api: 'gcloud',
    apex,
    calendar: 'slept',
    operations: { write: 'POST changes', read: 'GET rrsets', create: 'POST managedZones' },
    files: url => ({
      '/keys/writer.json': keyFile(url, writer, pair.privateKey),
      '/keys/reader.json': keyFile(url, reader, pair.privateKey),
      '/keys/wrong.json': keyFile(url, writer, other.privateKey),
      '/keys/nobody.json': JSON.stringify({ type: 'external_account' }),
      '/home/user/.config/gcloud/application_default_credentials.json': JSON.stringify({
        type: 'authorized_user',
        client_id: 'a-client.apps.googleusercontent.com',
        client_secret: 'a client secret',
        refresh_token: '1//refresh',
        quota_project_id: project,
        token_uri: `${url}/token`,
      }),
    }),
    emulate: deps => {
      emulator = createGcloudEmulator(deps, {
        project,
        accounts: [
          { email: writer, publicKey: pair.publicKey, mayWrite: true, refreshToken: '1//refresh' },
          { email: reader, publicKey: pair.publicKey, mayWrite: false },
        ],
        servers,
        maxZones,
      });
      emulator.seedZone({ name: apex, rrsets: ordinary(apex) });
      return {
        handle: request => emulator.handle(request),
        editElsewhere: owner => emulator.put(apex, rrsetOf(owner, 'A', 1800, '192.0.2.77')),
      };
    },
    environment: url => ({
      GOOGLE_APPLICATION_CREDENTIALS: '/keys/writer.json',
      ZONECUT_GCLOUD_ENDPOINT: `${url}/dns/v1`,
      HOME: '/home/user',
    }),
  });
}

describeContract('Google Cloud DNS', () => openRig(), {
  'a wrong key': refused(
    'ZC_CREDENTIALS',
    /^Google Cloud DNS: the credentials are not accepted: invalid_grant: Invalid JWT Signature\. \(400\)$/,
    { arrange: rig => rig.open({ GOOGLE_APPLICATION_CREDENTIALS: '/keys/wrong.json' }) },
  ),
  'no right to write': refused('ZC_RIGHTS', /Forbidden \[forbidden\]/, {
    arrange: rig => rig.open({ GOOGLE_APPLICATION_CREDENTIALS: '/keys/reader.json' }),
  }),
  'an unknown zone': refused('ZC_ZONE_NOT_FOUND', /named 'nowhere' does not exist/, {
    zone: zone => ({ ...zone, apex: name('nowhere.example.'), id: 'nowhere' }),
  }),
  'a zone that is locked or read-only': absent('Cloud DNS locks no public zone'),
  'a quota that is reached': refused('ZC_PROVIDER_REFUSED', /quotaExceeded/, {
    open: () => openRig(1),
    creates: true,
  }),
  'a host that cannot be reached': unreachable,
  'clocks that are apart': refused(
    'ZC_CREDENTIALS',
    /Invalid JWT: Token must be a short-lived token.*the clock of this machine is 17 minutes ahead of the host's$/,
    {
      arrange: rig => {
        rig.clock.skew(17 * 60_000);
        return rig.open({});
      },
    },
  ),
  'another account that holds the zone': refused('ZC_PROVIDER_REFUSED', /verify ownership/, {
    arrange: () => emulator.takeElsewhere(name('staging.example.test.')),
    creates: true,
  }),
});

describe('the gcloud driver', () => {
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
  const changes: readonly RRsetChange[] = [{ owner: ns.owner, type: 'NS', from: null, to: ns }];

  it('tells the name servers of a zone', () => expect(zone.nameServers).toEqual(servers));

  it('asks for one token, and for another when that is near its end', async () => {
    const tokens = (): number => rig.faults.requests.filter(one => one.operation === 'POST token').length;
    await Promise.all([1, 2, 3].map(() => rig.provider.readZone(zone)));
    expect(tokens()).toBe(1);
    await rig.clock.sleep(3590_000);
    await rig.provider.readZone(zone);
    expect(tokens()).toBe(2);
  });

  it('opens with what gcloud saved for who is signed in', async () => {
    const provider = await rig.open({ GOOGLE_APPLICATION_CREDENTIALS: '' });
    await provider.changeZone(zone, changes);
    expect(lines(emulator.rrsets(apex))).toContain(lines([ns])[0]);
    expect((await provider.whoAmI()).source).toMatch(/application_default_credentials\.json$/);
  });

  it('does not open where something is missing, and says what', async () => {
    const cases = [
      ['/nowhere.json', /the file \/nowhere\.json cannot be read/],
      ['/keys/nobody.json', /names? no project/],
    ] as const;
    for (const [file, message] of cases) {
      await expect(rig.open({ GOOGLE_APPLICATION_CREDENTIALS: file })).rejects.toMatchObject({
        code: 'ZC_CREDENTIALS',
        message: expect.stringMatching(message),
      });
    }
    await expect(
      rig.open({ GOOGLE_APPLICATION_CREDENTIALS: '/keys/nobody.json', GOOGLE_CLOUD_PROJECT: project }),
    ).rejects.toMatchObject({ message: expect.stringMatching(/external_account.*are not read/) });
  });

  it('knows beforehand of an account that may only read', async () => {
    const provider = await rig.open({ GOOGLE_APPLICATION_CREDENTIALS: '/keys/reader.json' });
    expect((await provider.rights(zone)).writeRecords).toBe('no');
  });

  it('shows all zones of one name, and no private ones', async () => {
    emulator.seedZone({ name: name('other.example.'), shown: { visibility: 'private' } });
    expect(await rig.provider.findZones(name('other.example.'))).toEqual([]);
    const listed: string[] = [];
    for await (const one of rig.provider.listZones()) listed.push(one.apex);
    expect(listed).toEqual([apex]);
  });

  it('leaves RRsets alone that are no plain records', async () => {
    emulator.put(apex, { ...rrsetOf(apex, 'CNAME', 300, 'cdn.example.org.'), type: 'ALIAS' });
    const { otherRows } = await rig.provider.readZone(zone);
    expect(otherRows).toEqual([{ owner: apex, text: '300 ALIAS cdn.example.org.' }]);
    await rig.provider.changeZone(zone, changes);
    expect((await rig.provider.readZone(zone)).otherRows).toEqual(otherRows);
  });

  it('tells DS and keys of a zone that is signed', async () => {
    const signed = name('signed.example.');
    const digest = 'AB'.repeat(32);
    const common = { algorithm: 'ecdsap256sha256', isActive: true, publicKey: 'AAAA', keyTag: 4711 };
    emulator.seedZone({
      name: signed,
      shown: { dnssecConfig: { state: 'on' } },
      keys: [
        { ...common, type: 'keySigning', digests: [{ type: 'sha256', digest }] },
        { ...common, type: 'zoneSigning', publicKey: 'AAAB', digests: [] },
      ],
    });
    const [found] = await rig.provider.findZones(signed);
    if (found === undefined) throw new Error('no zone');
    expect(await rig.provider.readSigning?.(found)).toEqual({
      state: 'signed',
      ds: [`4711 13 2 ${digest.toLowerCase()}`],
      dnskeys: ['256 3 13 AAAB', '257 3 13 AAAA'],
      cds: [],
    });
    expect((await rig.provider.readSigning?.(zone))?.state).toBe('unsigned');
  });

  it('lets the host sign a zone once, with keys that are served, and takes that back', async () => {
    rig.faults.inject({ api: 'gcloud', operation: 'PATCH managedZone', kind: 'reset-after' });
    const signing = await rig.provider.signZone?.(zone);
    expect(signing).toMatchObject({ state: 'signed', cds: [] });
    expect(await rig.provider.signZone?.(zone)).toEqual(signing);
    const served = await rig.served(apex);
    expect(served.find(set => set.type === 'DNSKEY')?.data).toEqual(signing?.dnskeys);
    const [entry] = signing?.dnskeys.filter(key => String(key).startsWith('257 ')) ?? [];
    expect(signing?.ds).toEqual(entry === undefined ? null : [dsOfKey(apex, entry)]);
    await rig.provider.changeZone(zone, changes);
    expect(lines(emulator.rrsets(apex))).toContain(lines([ns])[0]);
    rig.faults.inject({ api: 'gcloud', operation: 'PATCH managedZone', kind: 'reset-after' });
    await rig.provider.unsignZone?.(zone);
    await rig.provider.unsignZone?.(zone);
    expect((await rig.provider.readSigning?.(zone))?.state).toBe('unsigned');
    expect((await rig.served(apex)).some(set => set.type === 'DNSKEY')).toBe(false);
  });

  it('deletes no record that comes just before an empty zone is deleted', async () => {
    const fresh = await rig.provider.createZone(name('staging.example.test.'), { reference: 'zonecut:1' });
    const put = (label: string) => (): void =>
      emulator.put(fresh.apex, rrsetOf(`${label}.${fresh.apex}`, 'A', 300, '192.0.2.1'));
    const edit = { api: 'gcloud', kind: 'edit-before' } as const;
    // One comes when the zone has been looked at, if it is looked at again; one before it is deleted.
    rig.faults.inject({ ...edit, operation: 'GET rrsets', skip: 1, edit: put('early') });
    rig.faults.inject({ ...edit, operation: 'DELETE managedZone', edit: put('late') });
    rig.faults.forget();
    await expect(rig.provider.deleteZone(fresh)).rejects.toMatchObject({ code: 'ZC_PROVIDER_CONFLICT' });
    expect(rig.faults.requests.map(one => one.operation)).not.toContain('POST changes');
    expect(lines(emulator.rrsets(fresh.apex)).join()).toContain('late.');
  });

  it('waits where the host asks for fewer requests by a 403', async () => {
    rig.faults.inject({ api: 'gcloud', operation: 'POST changes', kind: 'throttle', times: 2 });
    const before = rig.clock.slept();
    await rig.provider.changeZone(zone, changes);
    expect(rig.clock.slept()).toBeGreaterThan(before);
  });

  it('writes more than one change takes, change by change, and empties a zone as large to delete it', async () => {
    const fresh = await rig.provider.createZone(name('staging.example.test.'), { reference: 'zonecut:1' });
    const sets = Array.from({ length: 2300 }, (_, n) =>
      rrsetOf(`h${n}.${fresh.apex}`, 'A', 300, '192.0.2.1'),
    );
    await rig.provider.changeZone(
      fresh,
      sets.map(to => ({ owner: to.owner, type: to.type, from: null, to })),
    );
    expect(emulator.rrsets(fresh.apex).length).toBe(2301);
    await rig.provider.deleteZone(fresh, { purge: true });
    expect(emulator.zones()).toEqual([apex]);
  });
});
