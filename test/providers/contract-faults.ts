import { afterEach, beforeEach, describe, expect } from 'vitest';
import type { Name } from '../../src/dns/name.ts';
import type { RRset } from '../../src/dns/rrset.ts';
import { rrsetOf } from '../../src/dns/rrset.ts';
import type { HostedZone } from '../../src/providers/provider.ts';
import type { FaultKind } from '../../src/sandbox/faults.ts';
import { adding, awsServers, only, readSets } from './contract-parts.ts';
import { type Check, inapplicable } from './record.ts';
import type { FaultyRig } from './rig.ts';
import { lines, name } from './rig.ts';

/** Where an answer can get lost, and whether the request was carried out. */
const losses: readonly FaultKind[] = [
  'error-before',
  'error-after',
  'timeout-before',
  'timeout-after',
  'reset-before',
  'reset-after',
  'truncate',
  'malformed',
];

/** What a driver keeps of the contract when its host fails. */
export function describeFaults(title: string, open: () => Promise<FaultyRig>, check: Check): void {
  describe(`${title} keeps the contract when the host fails`, () => {
    let rig: FaultyRig;
    let zone: HostedZone;
    beforeEach(async () => {
      rig = await open();
      zone = await only(rig, rig.apex);
    });
    afterEach(() => rig.close());

    const read = (): Promise<readonly RRset[]> => readSets(rig, zone);
    const below = (label: string): Name => name(`${label}.${rig.apex}`);
    const delegation = (): RRset => rrsetOf(below('staging'), 'NS', 7200, ...awsServers);

    check('takes over what somebody else changed before the read', async () => {
      const before = await read();
      rig.faults.inject({
        api: rig.api,
        operation: rig.operations.read,
        kind: 'edit-before',
        edit: () => rig.editElsewhere(below('foreign')),
      });
      await rig.provider.changeZone(zone, [adding(delegation())]);
      const foreign = rrsetOf(below('foreign'), 'A', 1800, '192.0.2.77');
      expect(lines(await read())).toEqual(lines([...before, delegation(), foreign]));
    });

    check(
      'keeps an edit elsewhere in the zone that comes between its read and its write, where the host compares',
      async () => {
        if (!rig.provider.capabilities.compareAndSet) return inapplicable('compareAndSet is no');
        const before = await read();
        rig.faults.inject({
          api: rig.api,
          operation: rig.operations.write,
          kind: 'edit-before',
          edit: () => rig.editElsewhere(below('foreign')),
        });
        // A host that compares RRsets alone makes the change; the driver then tells what else changed.
        const made = await rig.provider
          .changeZone(zone, [adding(delegation())])
          .catch((error: unknown) => error);
        if (made !== undefined) expect(made).toMatchObject({ code: 'ZC_PROVIDER_CONFLICT' });
        const foreign = rrsetOf(below('foreign'), 'A', 1800, '192.0.2.77');
        expect(lines(await read())).toEqual(lines([...before, delegation(), foreign]));
        return undefined;
      },
    );

    check(
      'writes over nothing that comes between its read and its write, where the host compares',
      async () => {
        if (!rig.provider.capabilities.compareAndSet) return inapplicable('compareAndSet is no');
        const before = await read();
        const mine = rrsetOf(below('foreign'), 'A', 300, '192.0.2.1');
        rig.faults.inject({
          api: rig.api,
          operation: rig.operations.write,
          kind: 'edit-before',
          edit: () => rig.editElsewhere(mine.owner),
        });
        await expect(rig.provider.changeZone(zone, [adding(mine)])).rejects.toMatchObject({
          code: 'ZC_PROVIDER_CONFLICT',
        });
        const foreign = rrsetOf(mine.owner, 'A', 1800, '192.0.2.77');
        expect(lines(await read())).toEqual(lines([...before, foreign]));
        return undefined;
      },
    );

    check('leaves no moment without NS while it puts others in their place', async () => {
      const first = delegation();
      const { owner } = first;
      await rig.provider.changeZone(zone, [adding(first)]);
      const moments: boolean[] = [];
      const look = async (): Promise<void> => {
        const sets = await rig.served(rig.apex);
        moments.push(sets.some(set => set.owner === owner && set.type === 'NS'));
      };
      const times = Number.POSITIVE_INFINITY;
      rig.faults.inject({ api: rig.api, operation: '*', kind: 'edit-before', times, edit: look });
      const second = rrsetOf(owner, 'NS', 3600, 'ns1.example.org.', 'ns2.example.org.');
      await rig.provider.changeZone(zone, [{ owner, type: 'NS', from: first, to: second }]);
      expect(moments.length).toBeGreaterThan(1);
      expect(moments).not.toContain(false);
    });

    for (const kind of losses) {
      check(`makes a change exactly once when the write meets ${kind}`, async () => {
        const before = await read();
        rig.faults.inject({ api: rig.api, operation: rig.operations.write, kind });
        await rig.provider.changeZone(zone, [adding(delegation())]);
        expect(lines(await read())).toEqual(lines([...before, delegation()]));
        expect(lines(await rig.served(rig.apex))).toContain(lines([delegation()])[0]);
      });

      check(`reads the zone whole when the read meets ${kind}`, async () => {
        const before = lines(await read());
        rig.faults.inject({ api: rig.api, operation: rig.operations.read, kind, times: 2 });
        expect(lines(await read())).toEqual(before);
      });
    }

    check('waits when it is asked to, and goes on', async () => {
      rig.faults.inject({ api: rig.api, operation: '*', kind: 'throttle', times: 5 });
      const before = rig.clock.slept();
      await rig.provider.changeZone(zone, [adding(delegation())]);
      expect(rig.clock.slept()).toBeGreaterThan(before);
      expect(lines(await read())).toContain(lines([delegation()])[0]);
    });

    check('gives up after a bounded number of tries, and has changed nothing', async () => {
      const { digest } = await rig.provider.readZone(zone);
      const cases = [
        ['throttle', rig.throttledCode],
        ['error-before', 'ZC_PROVIDER_UNAVAILABLE'],
        ['reset-before', 'ZC_PROVIDER_UNAVAILABLE'],
        ['malformed', 'ZC_PROVIDER_RESPONSE'],
      ] as const;
      for (const [kind, code] of cases) {
        rig.faults.forget();
        rig.faults.inject({ api: rig.api, operation: '*', kind, times: Number.POSITIVE_INFINITY });
        await expect(rig.provider.changeZone(zone, [adding(delegation())])).rejects.toMatchObject({ code });
        expect(rig.faults.requests.length).toBeLessThanOrEqual(10);
        rig.faults.clear();
        expect((await rig.provider.readZone(zone)).digest).toBe(digest);
      }
    });

    check('stops at once when it is told to', async () => {
      const controller = new AbortController();
      rig.faults.inject({
        api: rig.api,
        operation: '*',
        kind: 'timeout-before',
        times: Number.POSITIVE_INFINITY,
      });
      const reading = rig.provider.readZone(zone, { signal: controller.signal });
      controller.abort(new Error('enough'));
      await expect(reading).rejects.toThrow('enough');
    });

    for (const kind of losses) {
      check(`creates exactly one zone when the creation meets ${kind}`, async () => {
        const { create } = rig.operations;
        if (create === null) {
          expect(rig.provider.capabilities.createsZones).toBe(false);
          return inapplicable('createsZones is no');
        }
        const apex = name('staging.example.test.');
        rig.faults.inject({ api: rig.api, operation: create, kind });
        const made = await rig.provider.createZone(apex, { reference: 'zonecut:1' });
        expect(await rig.provider.findZones(apex)).toEqual([made]);
        expect((await rig.served(apex)).map(set => set.type)).toEqual(expect.arrayContaining(['SOA', 'NS']));
        return undefined;
      });
    }
  });
}
