import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rrsetOf } from '../../src/dns/rrset.ts';
import type { HostedZone, RRsetChange } from '../../src/providers/provider.ts';
import { type AzureEmulator, createAzureEmulator } from '../../src/sandbox/azure/emulator.ts';
import { absent, noClock, otherKey, refused, unreachable } from './bad-input.ts';
import { describeContract } from './contract.ts';
import { type FaultyRig, lines, makeRig, name, ordinary } from './rig.ts';

const apex = name('example.com.');
const servers = ['com', 'net', 'org', 'info'].map((tld, at) => name(`ns${at + 1}-05.azure-dns.${tld}.`));
const tenant = '11111111-aaaa-bbbb-cccc-000000000001';
const subscription = '22222222-aaaa-bbbb-cccc-000000000002';
const group = 'dns-test';
const secret = 'a+secret/with~odd=signs';

let emulator: AzureEmulator;

function openRig(maxRecordSets = 10_000): Promise<FaultyRig> {
  return makeRig({
    api: 'azure',
    apex,
    operations: { write: 'PUT recordset', read: 'GET recordsets', create: 'PUT zone' },
    emulate: deps => {
      emulator = createAzureEmulator(deps, {
        tenant,
        subscription,
        group,
        applications: [
          { id: 'writer', secret, mayWrite: true },
          { id: 'reader', secret, mayWrite: false },
        ],
        servers,
        maxRecordSets,
      });
      emulator.seedZone({ name: apex, rrsets: ordinary(apex) });
      return {
        handle: request => emulator.handle(request),
        editElsewhere: owner => emulator.put(apex, rrsetOf(owner, 'A', 1800, '192.0.2.77')),
      };
    },
    environment: url => ({
      AZURE_TENANT_ID: tenant,
      AZURE_CLIENT_ID: 'writer',
      AZURE_CLIENT_SECRET: secret,
      AZURE_SUBSCRIPTION_ID: subscription,
      AZURE_RESOURCE_GROUP: group,
      AZURE_AUTHORITY_HOST: `${url}/`,
      ZONECUT_AZURE_ENDPOINT: url,
    }),
  });
}

describeContract('Azure DNS', () => openRig(), {
  'a wrong key': otherKey(
    { AZURE_CLIENT_SECRET: 'wrong' },
    /^Azure DNS: the credentials are not accepted: invalid_client: AADSTS7000215: Invalid client secret provided\. \(401\)$/,
  ),
  'no right to write': refused('ZC_RIGHTS', /AuthorizationFailed: The client 'reader'/, {
    arrange: rig => rig.open({ AZURE_CLIENT_ID: 'reader' }),
  }),
  'an unknown zone': refused('ZC_ZONE_NOT_FOUND', /ResourceNotFound/, {
    zone: zone => ({
      ...zone,
      apex: name('nowhere.example.'),
      id: zone.id.replace('example.com', 'nowhere.example'),
    }),
  }),
  'a zone that is locked or read-only': refused('ZC_PROVIDER_CONFLICT', /ScopeLocked: .*remove the lock/, {
    arrange: () => emulator.lock(apex),
  }),
  'a quota that is reached': refused('ZC_PROVIDER_REFUSED', /maximum number of record sets/, {
    open: () => openRig(ordinary(apex).length + 2),
  }),
  'a host that cannot be reached': unreachable,
  'clocks that are apart': noClock,
  'another account that holds the zone': absent(
    'a zone of any name can be made by anybody, at other servers',
  ),
});

describe('the azure driver', () => {
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

  it('does not open where something is missing, and says what', async () => {
    for (const variable of [
      'AZURE_TENANT_ID',
      'AZURE_CLIENT_ID',
      'AZURE_CLIENT_SECRET',
      'AZURE_SUBSCRIPTION_ID',
    ]) {
      await expect(rig.open({ [variable]: '' })).rejects.toMatchObject({
        code: 'ZC_CREDENTIALS',
        message: `Azure DNS: ${variable} is not set`,
      });
    }
  });

  it('lists the whole subscription where no group is named, and makes no zone there', async () => {
    emulator.seedZone({ name: name('other.example.'), group: 'another' });
    emulator.seedZone({ name: name('hidden.example.'), zoneType: 'Private' });
    const wide = await rig.open({ AZURE_RESOURCE_GROUP: '' });
    const listed: string[] = [];
    for await (const one of wide.listZones()) listed.push(one.apex);
    expect(listed).toEqual(['example.com.', 'other.example.']);
    expect(await rig.provider.findZones(name('other.example.'))).toEqual([]);
    expect((await wide.rights(null)).createZones).toBe('no');
    await expect(
      wide.createZone(name('staging.example.test.'), { reference: 'zonecut:1' }),
    ).rejects.toMatchObject({
      code: 'ZC_PROVIDER_REFUSED',
      message: expect.stringMatching(/RESOURCE_GROUP/),
    });
  });

  it('knows beforehand of an application that may only read', async () => {
    const provider = await rig.open({ AZURE_CLIENT_ID: 'reader' });
    expect((await provider.rights(zone)).writeRecords).toBe('no');
  });

  it('lets the metadata of a record set go along with a change of it', async () => {
    const metadata = { owner: 'the web team' };
    const old = rrsetOf(at('api'), 'AAAA', 600, '2001:db8::1');
    emulator.put(apex, old, metadata);
    const to = rrsetOf(at('api'), 'AAAA', 600, '2001:db8::2');
    await rig.provider.changeZone(zone, [{ owner: to.owner, type: 'AAAA', from: old, to }]);
    expect(lines(emulator.rrsets(apex))).toContain(lines([to])[0]);
    expect(emulator.metadataOf(apex, to.owner, 'AAAA')).toEqual(metadata);
  });

  it('leaves aliases of a resource alone', async () => {
    emulator.put(apex, { ...rrsetOf(at('cdn'), 'CNAME', 300, 'cdn.example.org.'), type: 'ALIAS' });
    const { otherRows } = await rig.provider.readZone(zone);
    expect(otherRows).toEqual([{ owner: at('cdn'), text: expect.stringMatching(/^300 ALIAS \{"id"/) }]);
    await rig.provider.changeZone(zone, changes);
    expect((await rig.provider.readZone(zone)).otherRows).toEqual(otherRows);
  });

  it('goes on where an earlier call of the same changes was broken off between two RRsets', async () => {
    const glue = rrsetOf(at('ns1.staging'), 'A', 3600, '192.0.2.53');
    const both = [...changes, { owner: glue.owner, type: 'A', from: null, to: glue }];
    rig.faults.inject({
      api: 'azure',
      operation: 'PUT recordset',
      kind: 'throttle',
      skip: 1,
      times: Number.POSITIVE_INFINITY,
    });
    await expect(rig.provider.changeZone(zone, both)).rejects.toMatchObject({
      code: 'ZC_PROVIDER_THROTTLED',
    });
    rig.faults.clear();
    await rig.provider.changeZone(zone, both);
    expect(lines(emulator.rrsets(apex))).toEqual(expect.arrayContaining([...lines([ns, glue])]));
  });

  it('says that it cannot write text that is no UTF-8', async () => {
    const to = rrsetOf(at('odd'), 'TXT', 300, '"\\200\\201"');
    await expect(
      rig.provider.changeZone(zone, [{ owner: to.owner, type: 'TXT', from: null, to }]),
    ).rejects.toMatchObject({
      code: 'ZC_PROVIDER_REFUSED',
      message: expect.stringMatching(/no text in UTF-8/),
    });
  });
});
