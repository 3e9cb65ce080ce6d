import { describe, expect, it } from 'vitest';
import { Gate } from '../../src/resolver/gate.ts';
import { defaultLimits } from '../../src/resolver/limits.ts';

const never = (): Promise<void> => new Promise(() => undefined);

describe('Gate', () => {
  it('lets pass whom it has room for, in the order they came, and keeps to every limit at all times', async () => {
    const gate = new Gate({
      ...defaultLimits,
      maxInFlight: 4,
      maxInFlightPerServer: 2,
      maxInFlightPerZone: 3,
    });
    const underWay = { all: 0, server: new Map<string, number>(), zone: new Map<string, number>() };
    const order: number[] = [];
    const work = Array.from({ length: 60 }, (_, at) => ({
      at,
      server: at % 7 === 0 ? `s${at}` : 's',
      zone: at % 2 === 0 ? 'z' : `z${at}`,
    }));
    await Promise.all(
      work.map(({ at, server, zone }) =>
        gate.through(
          server,
          zone,
          async () => {
            order.push(at);
            underWay.all += 1;
            underWay.server.set(server, (underWay.server.get(server) ?? 0) + 1);
            underWay.zone.set(zone, (underWay.zone.get(zone) ?? 0) + 1);
            expect(underWay.all).toBeLessThanOrEqual(4);
            expect(underWay.server.get(server)).toBeLessThanOrEqual(2);
            expect(underWay.zone.get(zone)).toBeLessThanOrEqual(3);
            await new Promise(resolve => setTimeout(resolve, at % 3));
            underWay.all -= 1;
            underWay.server.set(server, (underWay.server.get(server) ?? 0) - 1);
            underWay.zone.set(zone, (underWay.zone.get(zone) ?? 0) - 1);
          },
          never,
        ),
      ),
    );
    expect(order.toSorted((a, b) => a - b)).toEqual(work.map(({ at }) => at));
    expect(order.slice(0, 4)).toEqual([0, 1, 2, 7]);
  });

  it('makes room again when the work fails', async () => {
    const gate = new Gate({ ...defaultLimits, maxInFlight: 1 });
    await expect(gate.through('a', 'z', () => Promise.reject(new Error('no')), never)).rejects.toThrow('no');
    expect(await gate.through('a', 'z', () => Promise.resolve(1), never)).toBe(1);
  });

  it('lets nobody in who came too late', async () => {
    const gate = new Gate({ ...defaultLimits, maxInFlight: 1 });
    let leave = (): void => undefined;
    const first = gate.through(
      'a',
      'z',
      () =>
        new Promise<number>(resolve => {
          leave = () => resolve(1);
        }),
      never,
    );
    let entered = false;
    const enter = async (): Promise<number> => {
      entered = true;
      return 2;
    };
    expect(await gate.through('a', 'z', enter, () => Promise.resolve())).toBeNull();
    leave();
    expect(await first).toBe(1);
    expect(entered).toBe(false);
  });
});
