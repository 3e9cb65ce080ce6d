import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rrsetOf } from '../../src/dns/rrset.ts';
import type { HostedZone, RRsetChange } from '../../src/providers/provider.ts';
import type { DynEmulator } from '../../src/sandbox/dyn/emulator.ts';
import { createDynEmulator } from '../../src/sandbox/dyn/emulator.ts';
import { envelopeResponse } from '../../src/sandbox/dyn/json.ts';
import { absent, answering, noClock, otherKey, refused, unreachable, zoneNamed } from './bad-input.ts';
import { describeContract } from './contract.ts';
import { type FaultyRig, lines, makeRig, name, ordinary } from './rig.ts';

const apex = name('example.net.');
const user = { customerName: 'zonecut', userName: 'tester', password: 'p@55/w+rd "q"' };
const reader = {
  customerName: 'zonecut',
  userName: 'reader',
  password: 'r3ad',
  denied: ['POST TXTRecord', 'POST NSRecord', 'PUT Zone'],
};
const servers = [1, 2, 3, 4].map(index => name(`ns${index}.p19.dynect.net.`));
const idleMs = 600_000;

let emulator: DynEmulator;

function openRig(): Promise<FaultyRig> {
  return makeRig({
    api: 'dyn',
    apex,
    operations: { write: 'PUT Zone', read: 'GET AllRecord', create: 'POST Zone' },
    emulate: deps => {
      emulator = createDynEmulator(deps, { servers, users: [user, reader], sessionIdleMs: idleMs });
      emulator.seedZone({ name: apex, rrsets: ordinary(apex) });
      return {
        handle: request => emulator.handle(request),
        editElsewhere: owner => emulator.put(apex, rrsetOf(owner, 'A', 1800, '192.0.2.77')),
      };
    },
    environment: url => ({
      DYN_CUSTOMER_NAME: user.customerName,
      DYN_USER_NAME: user.userName,
      DYN_PASSWORD: user.password,
      ZONECUT_DYN_ENDPOINT: `${url}/REST`,
    }),
  });
}

describeContract('Dyn', openRig, {
  'a wrong key': otherKey({ DYN_PASSWORD: 'wr0ng' }, /^Dyn: POST \/Session\/: .*login/),
  'no right to write': refused('ZC_RIGHTS', /PERMISSION_DENIED/, {
    arrange: rig => rig.open({ DYN_USER_NAME: reader.userName, DYN_PASSWORD: reader.password }),
  }),
  'an unknown zone': refused('ZC_ZONE_NOT_FOUND', /nowhere\.example.*NOT_FOUND/, {
    zone: zoneNamed('nowhere.example.'),
  }),
  'a zone that is locked or read-only': refused('ZC_PROVIDER_REFUSED', /Zone is frozen/, {
    arrange: () => {
      for (const zone of emulator.zones()) zone.frozen = true;
    },
  }),
  'a quota that is reached': absent('what Dyn answers above a quota is not documented'),
  'a host that cannot be reached': unreachable,
  'clocks that are apart': noClock,
  'another account that holds the zone': refused(
    'ZC_PROVIDER_CONFLICT',
    /^Dyn: another account has the zone/,
    {
      arrange: answering(
        'POST Zone',
        envelopeResponse(400, {
          status: 'failure',
          data: {},
          jobId: 1,
          messages: [{ info: 'name: Name already exists', code: 'TARGET_EXISTS' }],
        }),
      ),
      creates: true,
    },
  ),
});

describe('Dyn', () => {
  let rig: FaultyRig;
  let zone: HostedZone;
  beforeEach(async () => {
    rig = await openRig();
    const [found] = await rig.provider.findZones(apex);
    if (found === undefined) throw new Error('no zone');
    zone = found;
  });
  afterEach(() => rig.close());

  const to = rrsetOf(name(`staging.${apex}`), 'NS', 1800, 'ns1.example.org.', 'ns2.example.org.');
  const adding: RRsetChange = { owner: to.owner, type: 'NS', from: null, to };

  it('polls jobs that take longer, with its token', async () => {
    emulator.slow({ operation: '*', polls: 3 });
    await rig.provider.changeZone(zone, [adding]);
    expect(lines(await rig.served(apex))).toContain(lines([to])[0]);
    const polls = rig.faults.requests.filter(one => one.operation === 'GET Job');
    expect(polls.length).toBeGreaterThan(0);
    expect(polls.every(one => one.status === 200)).toBe(true);
  });

  it('logs in once, and out at the end', async () => {
    await rig.provider.readZone(zone);
    await rig.provider.changeZone(zone, [adding]);
    await rig.provider.close?.();
    const sessions = rig.faults.requests
      .filter(one => one.operation.endsWith(' Session'))
      .map(one => one.operation);
    expect(sessions).toEqual(['POST Session', 'DELETE Session']);
  });

  it('logs in again when the session has ended', async () => {
    await rig.provider.readZone(zone);
    await rig.clock.sleep(idleMs + 1);
    await rig.provider.changeZone(zone, [adding]);
    expect(lines(await rig.served(apex))).toContain(lines([to])[0]);
  });

  it('begins again when the session ends between staging and publication', async () => {
    const edit = (): Promise<void> => rig.clock.sleep(idleMs + 1);
    rig.faults.inject({ api: 'dyn', operation: 'GET Zone', kind: 'edit-before', skip: 1, edit });
    rig.faults.forget();
    await rig.provider.changeZone(zone, [adding]);
    expect(lines(await rig.served(apex)).filter(line => line.startsWith('staging.'))).toEqual(lines([to]));
    expect(rig.faults.requests.filter(one => one.operation === 'PUT Zone').length).toBe(1);
  });

  it('begins again when the session ends while a job runs', async () => {
    emulator.slow({ operation: 'PUT Zone', polls: 2 });
    rig.faults.inject({
      api: 'dyn',
      operation: 'GET Job',
      kind: 'edit-before',
      edit: () => rig.clock.sleep(idleMs + 1),
    });
    await rig.provider.changeZone(zone, [adding]);
    expect(lines(await rig.served(apex)).filter(line => line.startsWith('staging.'))).toEqual(lines([to]));
  });

  it('can be used again after a login that failed', async () => {
    await rig.provider.close?.();
    rig.faults.inject({ api: 'dyn', operation: 'POST Session', kind: 'error-before', times: 10 });
    await expect(rig.provider.readZone(zone)).rejects.toMatchObject({ code: 'ZC_PROVIDER_UNAVAILABLE' });
    expect((await rig.provider.readZone(zone)).rrsets.length).toBeGreaterThan(0);
  });

  const staged = ['POST NSRecord', 'PUT Zone'];
  for (const operation of staged) {
    it(`begins again when the session ends before ${operation}`, async () => {
      rig.faults.inject({
        api: 'dyn',
        operation,
        kind: 'edit-before',
        edit: () => rig.clock.sleep(idleMs + 1),
      });
      await rig.provider.changeZone(zone, [adding]);
      expect(lines(await rig.served(apex)).filter(line => line.startsWith('staging.'))).toEqual(lines([to]));
    });
  }

  it('sees a foreign publication between its read and its own, and looks again', async () => {
    rig.faults.inject({
      api: 'dyn',
      operation: 'POST NSRecord',
      kind: 'edit-before',
      edit: () => rig.editElsewhere(name(`foreign.${apex}`)),
    });
    await rig.provider.changeZone(zone, [adding]);
    expect(lines(await rig.served(apex))).toEqual(
      expect.arrayContaining([`foreign.${apex} 1800 A 192.0.2.77`, lines([to])[0]]),
    );
  });

  it('throws away what it staged when the rest is refused', async () => {
    const cname = rrsetOf(name(`www.${apex}`), 'CNAME', 300, apex);
    const beside = rrsetOf(cname.owner, 'A', 300, '192.0.2.1');
    const before = lines((await rig.provider.readZone(zone)).rrsets);
    await expect(
      rig.provider.changeZone(zone, [adding, { owner: beside.owner, type: 'A', from: null, to: beside }]),
    ).rejects.toMatchObject({ code: expect.stringMatching(/^ZC_PROVIDER_/) });
    await rig.provider.changeZone(zone, [
      { owner: to.owner, type: 'A', from: null, to: rrsetOf(to.owner, 'A', 300, '192.0.2.2') },
    ]);
    expect(
      lines(await rig.served(apex)).filter(line => !before.includes(line) && !line.includes(' SOA ')),
    ).toEqual([`staging.${apex} 300 A 192.0.2.2`]);
  });

  it('says what a user who may not write may do', async () => {
    const provider = await rig.open({ DYN_USER_NAME: reader.userName, DYN_PASSWORD: reader.password });
    expect((await provider.rights(zone)).writeRecords).toBe('no');
    await expect(provider.changeZone(zone, [adding])).rejects.toMatchObject({ code: 'ZC_RIGHTS' });
  });

  it('says that the password is wrong, and shows none', async () => {
    const provider = await rig.open({ DYN_PASSWORD: 'wr0ng/+' });
    const error = await provider.whoAmI().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'ZC_CREDENTIALS' });
    expect(String(error)).not.toContain('wr0ng');
  });

  it('wants all three credentials', async () => {
    await expect(rig.open({ DYN_CUSTOMER_NAME: '' })).rejects.toMatchObject({ code: 'ZC_CREDENTIALS' });
  });

  it('makes a zone below one that it has visible only together with its seed', async () => {
    const seen: string[][] = [];
    const child = name(`staging.${apex}`);
    const seed = [rrsetOf(name(`www.${child}`), 'A', 300, '192.0.2.5'), rrsetOf(child, 'TXT', 300, '"here"')];
    rig.faults.inject({
      api: 'dyn',
      operation: '*',
      kind: 'edit-before',
      times: Number.POSITIVE_INFINITY,
      edit: () =>
        void seen.push([
          ...new Set(
            emulator
              .zones()
              .filter(one => one.name === child && one.serial > 0)
              .map(() => 'published'),
          ),
        ]),
    });
    await rig.provider.createZone(child, { reference: 'zonecut:1', seed });
    expect(lines(await rig.served(child))).toEqual(expect.arrayContaining([...lines(seed)]));
    expect(seen.length).toBeGreaterThan(3);
  });

  it('goes on with a zone whose creation was cut off', async () => {
    const child = name('cut-off.test.');
    const controller = new AbortController();
    rig.faults.inject({
      api: 'dyn',
      operation: 'PUT Zone',
      kind: 'edit-before',
      edit: () => controller.abort(new Error('killed')),
    });
    rig.faults.inject({ api: 'dyn', operation: 'PUT Zone', kind: 'timeout-before' });
    await expect(
      rig.provider.createZone(child, { reference: 'zonecut:1', signal: controller.signal }),
    ).rejects.toThrow('killed');
    const later = await rig.open({});
    const made = await later.createZone(child, { reference: 'zonecut:1' });
    expect(made.nameServers).toEqual(servers);
    expect((await rig.served(child)).length).toBeGreaterThan(1);
  });
});
