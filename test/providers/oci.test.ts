import { generateKeyPairSync } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rrsetOf } from '../../src/dns/rrset.ts';
import type { HostedZone, RRsetChange } from '../../src/providers/provider.ts';
import { createOciEmulator, type OciEmulator } from '../../src/sandbox/oci/emulator.ts';
import { otherKey, refused, unreachable } from './bad-input.ts';
import { describeContract } from './contract.ts';
import { type FaultyRig, lines, makeRig, name, ordinary } from './rig.ts';

const apex = name('example.com.');
const servers = [1, 2, 3, 4].map(n => name(`ns${n}.p68.dns.oraclecloud.net.`));
const tenancy = 'ocid1.tenancy.oc1..aaaaaaaatenancy';
const compartment = 'ocid1.compartment.oc1..aaaaaaaacompartment';
const user = 'ocid1.user.oc1..aaaaaaaaqqqqqqqqwxyz';
const reader = 'ocid1.user.oc1..aaaaaaaareader';
const fingerprint = '20:3b:97:13:55:1c:5b:0d:d3:37:d8:50:4e:c5:3a:34';

const pairOf = () =>
  generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
const pair = pairOf();
const locked = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'a passphrase' },
});

/** As Oracle's console and command line write it. */
const config = `[DEFAULT]
user=${user}
fingerprint=${fingerprint}
key_file=~/.oci/key.pem
tenancy=${tenancy}
region=us-ashburn-1

[LOCKED]
user = ${reader}
fingerprint = ${fingerprint}
key_file = ~/.oci/locked.pem
pass_phrase = a passphrase
tenancy = ${tenancy}
region = us-ashburn-1
`;

const byEnvironment: Readonly<Record<string, string>> = {
  OCI_CLI_TENANCY: tenancy,
  OCI_CLI_USER: user,
  OCI_CLI_FINGERPRINT: fingerprint,
  OCI_CLI_KEY_CONTENT: pair.privateKey,
  OCI_CLI_REGION: 'us-ashburn-1',
};

const unset = Object.fromEntries(Object.keys(byEnvironment).map(key => [key, '']));

let emulator: OciEmulator;

function openRig(maxZones = 1000): Promise<FaultyRig> {
  return makeRig({
    api: 'oci',
    apex,
    calendar: 'slept',
    operations: { write: 'PATCH records', read: 'GET records', create: 'POST zones' },
    files: () => ({
      '/home/user/.oci/config': config,
      '/home/user/.oci/key.pem': `${pair.privateKey}OCI_API_KEY\n`,
      '/home/user/.oci/locked.pem': locked.privateKey,
    }),
    emulate: deps => {
      emulator = createOciEmulator(deps, {
        compartment,
        users: [
          { tenancy, user, fingerprint, publicKey: pair.publicKey, mayWrite: true },
          { tenancy, user: reader, fingerprint, publicKey: locked.publicKey, mayWrite: false },
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
      ...byEnvironment,
      OCI_COMPARTMENT_OCID: compartment,
      ZONECUT_OCI_ENDPOINT: `${url}/20180115`,
      HOME: '/home/user',
    }),
  });
}

describeContract('OCI DNS', () => openRig(), {
  'a wrong key': otherKey(
    { OCI_CLI_KEY_CONTENT: pairOf().privateKey },
    /^OCI DNS: the credentials are not accepted: NotAuthenticated: .* \(401\)$/,
  ),
  'no right to write': refused('ZC_RIGHTS', /NotAuthorizedOrNotFound/, {
    arrange: rig => rig.open({ ...unset, OCI_CLI_PROFILE: 'LOCKED' }),
  }),
  'an unknown zone': refused('ZC_ZONE_NOT_FOUND', /NotAuthorizedOrNotFound/, {
    zone: zone => ({ ...zone, apex: name('nowhere.example.'), id: 'ocid1.dns-zone.oc1..nowhere' }),
  }),
  'a zone that is locked or read-only': refused('ZC_PROVIDER_CONFLICT', /IncorrectState: .*UPDATING/, {
    arrange: () => emulator.setState(apex, 'UPDATING'),
  }),
  'a quota that is reached': refused('ZC_PROVIDER_REFUSED', /LimitExceeded/, {
    open: () => openRig(1),
    creates: true,
  }),
  'a host that cannot be reached': unreachable,
  'clocks that are apart': refused(
    'ZC_CREDENTIALS',
    /not within allowed clock skew.*the clock of this machine is 17 minutes ahead of the host's$/,
    { arrange: rig => rig.clock.skew(17 * 60_000) },
  ),
  'another account that holds the zone': refused('ZC_PROVIDER_CONFLICT', /already exists/, {
    arrange: () => emulator.takeElsewhere(name('staging.example.test.')),
    creates: true,
  }),
});

describe('the oci driver', () => {
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

  it('says who signs, in short, and where that is from', async () => {
    expect(await rig.provider.whoAmI()).toEqual({
      account: 'ocid1.user.oc1..aaaa…wxyz',
      source: 'environment (OCI_CLI_USER)',
    });
  });

  it("signs with a profile of the configuration of Oracle's command line", async () => {
    const provider = await rig.open(unset);
    await provider.changeZone(zone, changes);
    expect(lines(emulator.rrsets(apex))).toContain(lines([ns])[0]);
    expect((await provider.whoAmI()).source).toBe('/home/user/.oci/config (profile DEFAULT)');
  });

  it('opens a private key with its passphrase', async () => {
    const provider = await rig.open({ ...unset, OCI_CLI_PROFILE: 'LOCKED' });
    expect((await provider.readZone(zone)).rrsets.length).toBeGreaterThan(5);
    await expect(
      rig.open({ ...unset, OCI_CLI_PROFILE: 'LOCKED', OCI_CLI_PASSPHRASE: 'another' }),
    ).rejects.toMatchObject({ code: 'ZC_CREDENTIALS', message: expect.stringMatching(/cannot be read/) });
  });

  it('does not open where something is missing, and says what', async () => {
    const cases = [
      [{ ...unset, OCI_CLI_PROFILE: 'NONE' }, /neither OCI_CLI_TENANCY nor tenancy in .*config is set/],
      [{ OCI_CLI_KEY_CONTENT: 'no key' }, /the private key cannot be read/],
      [{ OCI_CLI_KEY_CONTENT: '', OCI_CLI_KEY_FILE: '/nowhere' }, /the file \/nowhere cannot be read/],
    ] as const;
    for (const [environment, message] of cases) {
      await expect(rig.open(environment)).rejects.toMatchObject({
        code: 'ZC_CREDENTIALS',
        message: expect.stringMatching(message),
      });
    }
  });

  it('knows beforehand of a user who may only read', async () => {
    const provider = await rig.open({ ...unset, OCI_CLI_PROFILE: 'LOCKED' });
    expect((await provider.rights(zone, { owner: ns.owner })).writeRecords).toBe('no');
    const fresh = name('staging.example.test.');
    await expect(provider.createZone(fresh, { reference: 'zonecut:1' })).rejects.toMatchObject({
      code: 'ZC_RIGHTS',
    });
  });

  it('writes more than one request takes, request by request', async () => {
    const sets = Array.from({ length: 1300 }, (_, n) => rrsetOf(at(`h${n}`), 'A', 300, '192.0.2.1'));
    await rig.provider.changeZone(
      zone,
      sets.map(to => ({ owner: to.owner, type: to.type, from: null, to })),
    );
    expect(lines(emulator.rrsets(apex))).toEqual(expect.arrayContaining([...lines(sets)]));
  });

  it('leaves rows alone that are no records of the DNS', async () => {
    emulator.put(apex, { ...rrsetOf(apex, 'CNAME', 300, 'cdn.example.org.'), type: 'ALIAS' });
    const { otherRows } = await rig.provider.readZone(zone);
    expect(otherRows).toEqual([{ owner: apex, text: '300 ALIAS cdn.example.org.' }]);
    await rig.provider.changeZone(zone, changes);
    expect((await rig.provider.readZone(zone)).otherRows).toEqual(otherRows);
  });
});
