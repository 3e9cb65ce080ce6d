import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dsOfKey } from '../../src/dns/dnssec.ts';
import { parseRdata } from '../../src/dns/rdata.ts';
import { type Rdata, rrsetOf } from '../../src/dns/rrset.ts';
import type { HostedZone } from '../../src/providers/provider.ts';
import type { Route53Emulator } from '../../src/sandbox/route53/emulator.ts';
import { createRoute53Emulator, type Route53Options } from '../../src/sandbox/route53/emulator.ts';
import { absent, otherKey, refused, unreachable } from './bad-input.ts';
import { describeContract } from './contract.ts';
import { type FaultyRig, lines, makeRig, name, ordinary } from './rig.ts';

const apex = name('example.com.');
const key = { id: 'AKIAZONECUTEXAMPLE01', secret: 'q1w2e3r4/t5y6u7i8+o9p0' };
const reader = {
  id: 'AKIAZONECUTREADER002',
  secret: 'reader',
  allows: ['ListHostedZones', 'ListHostedZonesByName', 'GetHostedZone', 'ListResourceRecordSets'],
};
const servers = ['com', 'net', 'org', 'co.uk'].flatMap(tld =>
  Array.from({ length: 16 }, (_, index) => name(`ns-${index}.awsdns-${tld.length}${index}.${tld}.`)),
);

const kmsKey = 'arn:aws:kms:us-east-1:123456789012:key/5a9d0c27';

let emulator: Route53Emulator;
const emptyRdata: Rdata = parseRdata('DNSKEY', '257 3 13 AA==');
/** What the parent of the zone publishes as its DS. */
let above: readonly Rdata[] = [];
/** Whether the settings name a key to sign with. */
let named = true;

/** Changes that find the zone busy with another. */
let busy = 0;
const priorRequest = {
  status: 400,
  headers: { 'content-type': 'text/xml' },
  body: new TextEncoder().encode(
    '<?xml version="1.0"?>\n<ErrorResponse xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><Error><Type>Sender</Type><Code>PriorRequestNotComplete</Code><Message>The request was rejected because Route 53 was still processing a prior request.</Message></Error><RequestId>0</RequestId></ErrorResponse>',
  ),
};

function openRig(options: Partial<Route53Options> = {}, clockAheadMs = 0): Promise<FaultyRig> {
  return makeRig({
    clockAheadMs,
    api: 'route53',
    apex,
    operations: {
      write: 'ChangeResourceRecordSets',
      read: 'ListResourceRecordSets',
      create: 'CreateHostedZone',
    },
    emulate: deps => {
      emulator = createRoute53Emulator(deps, {
        servers,
        keys: [key, reader],
        kmsKeys: [kmsKey],
        dsAbove: () => above,
        ...options,
      });
      const id = emulator.seedZone({ name: apex, rrsets: ordinary(apex) });
      busy = 0;
      return {
        handle: request => {
          if (busy === 0 || !request.url.includes('/rrset') || request.method !== 'POST')
            return emulator.handle(request);
          busy -= 1;
          return priorRequest;
        },
        editElsewhere: owner => emulator.put(id, rrsetOf(owner, 'A', 1800, '192.0.2.77')),
      };
    },
    environment: url => ({
      AWS_ACCESS_KEY_ID: key.id,
      AWS_SECRET_ACCESS_KEY: key.secret,
      AWS_ENDPOINT_URL_ROUTE_53: url,
      ...(named ? { ZONECUT_ROUTE53_KMS_KEY: kmsKey } : {}),
    }),
  });
}

describeContract('Route 53', () => openRig(), {
  'a wrong key': otherKey({ AWS_SECRET_ACCESS_KEY: 'wr0ng/s3cret' }, /^Route 53: .*SignatureDoesNotMatch/),
  'no right to write': refused('ZC_RIGHTS', /^Route 53: ChangeResourceRecordSets: AccessDenied/, {
    arrange: rig => rig.open({ AWS_ACCESS_KEY_ID: reader.id, AWS_SECRET_ACCESS_KEY: reader.secret }),
  }),
  'an unknown zone': refused('ZC_ZONE_NOT_FOUND', /NoSuchHostedZone/, {
    zone: zone => ({ ...zone, id: 'Z00000000NOSUCHZONE00' }),
  }),
  'a zone that is locked or read-only': refused('ZC_PROVIDER_REFUSED', /InvalidChangeBatch: .*protected/, {
    arrange: async (rig, zone) => {
      await rig.provider.protect?.(zone, [{ owner: name(`old.${apex}`), type: 'NS' }]);
    },
    changes: () => {
      const from = rrsetOf(name(`old.${apex}`), 'NS', 3600, 'ns1.example.org.', 'ns2.example.org.');
      return [{ owner: from.owner, type: 'NS', from, to: null }];
    },
  }),
  'a quota that is reached': refused('ZC_PROVIDER_REFUSED', /TooManyHostedZones/, {
    open: () => openRig({ maxZones: 1 }),
    creates: true,
  }),
  'a host that cannot be reached': unreachable,
  'clocks that are apart': { kind: 'mended', open: () => openRig({}, 3_600_000) },
  'another account that holds the zone': absent(
    'every account may hold a zone of that name (allowsSameApex); its name servers tell which one the world uses',
  ),
});

describe('the signing of Route 53', () => {
  let rig: FaultyRig;
  let zone: HostedZone;
  const open = async (withKey: boolean): Promise<void> => {
    named = withKey;
    above = [];
    rig = await openRig();
    const [found] = await rig.provider.findZones(apex);
    if (found === undefined) throw new Error('no zone');
    zone = found;
  };
  afterEach(async () => {
    named = true;
    await rig.close();
  });
  const state = (): readonly [boolean, number] => {
    const found = emulator.zones().find(one => one.name === apex);
    return [found?.zsk != null, found?.ksks.size ?? 0];
  };

  it('is done once, tells the DS, and is taken away again', async () => {
    await open(true);
    expect(await rig.provider.readSigning?.(zone)).toEqual({
      state: 'unsigned',
      ds: [],
      dnskeys: [],
      cds: [],
    });
    const signed = await rig.provider.signZone?.(zone);
    expect(signed).toMatchObject({ state: 'signed', cds: [] });
    expect(signed?.ds[0]).toBe(dsOfKey(apex, signed?.dnskeys[0] ?? emptyRdata));
    expect(await rig.provider.signZone?.(zone)).toEqual(signed);
    expect(state()).toEqual([true, 1]);
    await rig.provider.unsignZone?.(zone);
    await rig.provider.unsignZone?.(zone);
    expect(state()).toEqual([false, 0]);
  });

  it('comes to its end when answers are lost', async () => {
    await open(true);
    for (const operation of ['CreateKeySigningKey', 'EnableHostedZoneDNSSEC']) {
      rig.faults.inject({ api: 'route53', operation, kind: 'reset-after', times: 1 });
    }
    expect((await rig.provider.signZone?.(zone))?.state).toBe('signed');
    for (const operation of ['DisableHostedZoneDNSSEC', 'DeactivateKeySigningKey', 'DeleteKeySigningKey']) {
      rig.faults.inject({ api: 'route53', operation, kind: 'reset-after', times: 1 });
    }
    await rig.provider.unsignZone?.(zone);
    expect(state()).toEqual([false, 0]);
  });

  it('stays while the parent has its DS', async () => {
    await open(true);
    above = (await rig.provider.signZone?.(zone))?.ds ?? [];
    await expect(rig.provider.unsignZone?.(zone)).rejects.toMatchObject({
      code: 'ZC_PROVIDER_REFUSED',
      message: expect.stringContaining('KeySigningKeyInParentDSRecord'),
    });
    expect(state()).toEqual([true, 1]);
  });

  it('that broke off does not keep the zone from being deleted', async () => {
    await open(true);
    rig.faults.inject({
      api: 'route53',
      operation: 'EnableHostedZoneDNSSEC',
      kind: 'error-before',
      times: 10,
    });
    await expect(rig.provider.signZone?.(zone)).rejects.toMatchObject({ code: 'ZC_PROVIDER_UNAVAILABLE' });
    expect(state()).toEqual([false, 1]);
    await rig.provider.deleteZone(zone, { purge: true });
    expect(emulator.zones().some(one => one.name === apex)).toBe(false);
  });

  it('keeps the zone from being deleted, and every record in it', async () => {
    await open(true);
    await rig.provider.signZone?.(zone);
    const before = lines(await rig.served(apex));
    await expect(rig.provider.deleteZone(zone, { purge: true })).rejects.toMatchObject({
      code: 'ZC_PROVIDER_CONFLICT',
      hint: expect.stringContaining('zonecut unsign'),
    });
    expect(lines(await rig.served(apex))).toEqual(before);
  });

  it('is not offered without a key of KMS', async () => {
    await open(false);
    expect([rig.provider.signZone, rig.provider.capabilities.signs]).toEqual([undefined, false]);
    expect(rig.provider.unsignZone).toBeDefined();
  });

  it('has locks, which refuse changes until they are lifted', async () => {
    await open(true);
    const www = name(`locked.${apex}`);
    const locked = [{ owner: www, type: 'A' }];
    emulator.put(zone.id, rrsetOf(www, 'A', 300, '192.0.2.1'));
    await rig.provider.protect?.(zone, locked);
    await rig.provider.protect?.(zone, locked);
    expect(await rig.provider.protections?.(zone)).toEqual(locked);
    const from = rrsetOf(www, 'A', 300, '192.0.2.1');
    const change = [{ owner: www, type: 'A', from, to: null }];
    await expect(rig.provider.changeZone(zone, change)).rejects.toThrow(/protected/);
    await rig.provider.unprotect?.(zone, locked);
    await rig.provider.unprotect?.(zone, locked);
    await rig.provider.changeZone(zone, change);
    expect(await rig.provider.protections?.(zone)).toEqual([]);
  });
});

describe('Route 53', () => {
  let rig: FaultyRig;
  let zone: HostedZone;
  beforeEach(async () => {
    rig = await openRig();
    const [found] = await rig.provider.findZones(apex);
    if (found === undefined) throw new Error('no zone');
    zone = found;
  });
  afterEach(() => rig.close());

  /** A zone that holds so many sets of one type. */
  async function seeded(count: number, type: string, data: string): Promise<HostedZone> {
    const rrsets = Array.from({ length: count }, (_, index) =>
      rrsetOf(name(`n${index}.big.test.`), type, 300, data),
    );
    emulator.seedZone({ name: name('big.test.'), rrsets });
    const [big] = await rig.provider.findZones(name('big.test.'));
    if (big === undefined) throw new Error('no zone');
    return big;
  }

  it('follows the pages of a zone of 1201 names to the end', async () => {
    const big = await seeded(1201, 'A', '192.0.2.1');
    const { rrsets } = await rig.provider.readZone(big);
    expect(rrsets.filter(set => set.type === 'A').length).toBe(1201);
  });

  it('follows the pages of an account of 230 zones, and leaves private ones out', async () => {
    for (let index = 0; index < 230; index += 1) {
      emulator.seedZone({ name: name(`z${index}.test.`), isPrivate: index % 10 === 0 });
    }
    const listed: string[] = [];
    for await (const one of rig.provider.listZones()) listed.push(one.apex);
    expect(listed.filter(one => one.endsWith('.test.')).length).toBe(207);
    expect(await rig.provider.findZones(name('z10.test.'))).toEqual([]);
    expect((await rig.provider.findZones(name('z11.test.'))).length).toBe(1);
  });

  it('finds every zone of one apex', async () => {
    const ids = [
      emulator.seedZone({ name: name('twice.test.') }),
      emulator.seedZone({ name: name('twice.test.') }),
    ];
    const found = await rig.provider.findZones(name('twice.test.'));
    expect(found.map(one => one.id).sort()).toEqual(ids.sort());
  });

  it('shows aliases, keeps them, and refuses to change them', async () => {
    const owner = name(`alias.${apex}`);
    emulator.putRecordSet(zone.id, {
      name: owner,
      type: 'A',
      identifier: null,
      weight: null,
      ttl: null,
      values: [],
      alias: { hostedZoneId: zone.id, dnsName: `www.${apex}`, evaluateTargetHealth: false },
    });
    const before = await rig.provider.readZone(zone);
    expect(before.otherRows).toEqual([{ owner, text: expect.stringContaining('AliasTarget') }]);
    const to = rrsetOf(owner, 'A', 300, '192.0.2.1');
    await expect(rig.provider.changeZone(zone, [{ owner, type: 'A', from: null, to }])).rejects.toMatchObject(
      { code: 'ZC_PROVIDER_CONFLICT' },
    );
    const staging = rrsetOf(name(`staging.${apex}`), 'NS', 300, 'ns1.example.org.');
    await rig.provider.changeZone(zone, [{ owner: staging.owner, type: 'NS', from: null, to: staging }]);
    expect((await rig.provider.readZone(zone)).otherRows).toEqual(before.otherRows);
  });

  it('waits while the zone is busy with another change', async () => {
    const to = rrsetOf(name(`staging.${apex}`), 'NS', 300, 'ns1.example.org.');
    busy = 3;
    await rig.provider.changeZone(zone, [{ owner: to.owner, type: 'NS', from: null, to }]);
    expect(busy).toBe(0);
    expect(lines(await rig.served(apex))).toContain(lines([to])[0]);
    busy = 100;
    await expect(
      rig.provider.changeZone(zone, [{ owner: to.owner, type: 'NS', from: to, to: null }]),
    ).rejects.toMatchObject({ code: 'ZC_PROVIDER_THROTTLED' });
  });

  it('notices a foreign edit between read and write by the host itself', async () => {
    const owner = name(`staging.${apex}`);
    const to = rrsetOf(owner, 'A', 300, '192.0.2.1');
    rig.faults.inject({
      api: 'route53',
      operation: 'ChangeResourceRecordSets',
      kind: 'edit-before',
      edit: () => rig.editElsewhere(owner),
    });
    await expect(rig.provider.changeZone(zone, [{ owner, type: 'A', from: null, to }])).rejects.toMatchObject(
      {
        code: 'ZC_PROVIDER_CONFLICT',
      },
    );
    expect(lines(await rig.served(apex))).toContain(`${owner} 1800 A 192.0.2.77`);
  });

  it('says so when its change is gone again right after the write', async () => {
    const to = rrsetOf(name(`staging.${apex}`), 'NS', 300, 'ns1.example.org.');
    rig.faults.inject({
      api: 'route53',
      operation: 'ListResourceRecordSets',
      kind: 'edit-before',
      skip: 1,
      edit: () => emulator.remove(zone.id, to.owner, 'NS'),
    });
    await expect(
      rig.provider.changeZone(zone, [{ owner: to.owner, type: 'NS', from: null, to }]),
    ).rejects.toMatchObject({
      code: 'ZC_PROVIDER_CONFLICT',
      message: expect.stringContaining('reads back otherwise'),
    });
  });

  it('purges a zone that needs several batches', async () => {
    await rig.provider.deleteZone(await seeded(2100, 'TXT', '"0123456789abcdef"'), { purge: true });
    expect(emulator.zones().map(one => one.name)).toEqual([apex]);
  });

  it('refuses a change that is too large for one batch, before it is sent', async () => {
    const changes = Array.from({ length: 1001 }, (_, index) => {
      const to = rrsetOf(name(`n${index}.${apex}`), 'A', 300, '192.0.2.1');
      return { owner: to.owner, type: 'A', from: null, to };
    });
    await expect(rig.provider.changeZone(zone, changes)).rejects.toMatchObject({
      code: 'ZC_PROVIDER_REFUSED',
    });
    expect(rig.faults.requests.some(one => one.operation === 'ChangeResourceRecordSets')).toBe(false);
  });

  it('tells a reference that made another zone from its own', async () => {
    await rig.provider.createZone(name('one.test.'), { reference: 'zonecut:x' });
    await expect(
      rig.provider.createZone(name('two.test.'), { reference: 'zonecut:x' }),
    ).rejects.toMatchObject({
      code: 'ZC_PROVIDER_CONFLICT',
    });
  });

  const strangers = [
    { title: 'an unknown key', environment: { AWS_ACCESS_KEY_ID: 'AKIAZONECUTSTRANGER1' } },
    { title: 'a wrong secret', environment: { AWS_SECRET_ACCESS_KEY: 'wr0ng/s3cret' } },
    { title: 'a token that does not belong', environment: { AWS_SESSION_TOKEN: 'st0len+token' } },
  ];
  for (const { title, environment } of strangers) {
    it(`says that the credentials are wrong, and shows no secret, for ${title}`, async () => {
      const provider = await rig.open(environment);
      const error = await provider.whoAmI().catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'ZC_CREDENTIALS' });
      for (const secret of [key.secret, 'wr0ng/s3cret', 'st0len+token'])
        expect(JSON.stringify([String(error), error])).not.toContain(secret);
    });
  }

  it('says what a key that may only read may do', async () => {
    const provider = await rig.open({ AWS_ACCESS_KEY_ID: reader.id, AWS_SECRET_ACCESS_KEY: reader.secret });
    expect(await provider.rights(zone)).toEqual({ readZones: 'yes', createZones: 'no', writeRecords: 'no' });
    expect(await rig.provider.rights(zone)).toEqual({
      readZones: 'yes',
      createZones: 'yes',
      writeRecords: 'yes',
    });
    const to = rrsetOf(name(`staging.${apex}`), 'NS', 300, 'ns1.example.org.');
    await expect(
      provider.changeZone(zone, [{ owner: to.owner, type: 'NS', from: null, to }]),
    ).rejects.toMatchObject({ code: 'ZC_RIGHTS' });
  });

  it('finds out the right to write at a name, whether NS stand there or not, and changes nothing', async () => {
    const { digest } = await rig.provider.readZone(zone);
    for (const label of ['staging', 'old']) {
      const rights = await rig.provider.rights(zone, { owner: name(`${label}.${apex}`) });
      expect(rights.writeRecords).toBe('yes');
    }
    expect((await rig.provider.readZone(zone)).digest).toBe(digest);
  });

  it('shows the key shortened', async () => {
    expect(rig.provider.label).toBe('Route 53 (AKIA…LE01)');
    expect(await rig.provider.whoAmI()).toEqual({
      account: 'AKIA…LE01',
      source: 'environment (AWS_ACCESS_KEY_ID)',
    });
  });

  it('wants both halves of a key', async () => {
    await expect(rig.open({ AWS_SECRET_ACCESS_KEY: '' })).rejects.toMatchObject({ code: 'ZC_CREDENTIALS' });
  });

  it('calls a zone that is gone by its name', async () => {
    emulator.removeZone(zone.id);
    await expect(rig.provider.readZone(zone)).rejects.toMatchObject({ code: 'ZC_ZONE_NOT_FOUND' });
  });
});
