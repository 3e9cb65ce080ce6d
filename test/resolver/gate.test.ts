import { describe, expect, it } from 'vitest';
import { Gate } from '../../src/resolver/gate.ts';
import { defaultLimits } from '../../src/resolver/limits.ts';

const never = (): Promise<void> => new Promise(() => undefined);

/** Does `work` in a place of `gate`; null when there was none in time. */
async function through<T>(
  gate: Gate,
  server: string,
  zone: string,
  work: () => Promise<T>,
): Promise<T | null> {
  if ((await gate.enter(server, zone, 1000)) === false) {
    return null;
  }
  try {
    return await work();
  } finally {
    gate.leave(server, zone);
  }
}

describe('Gate', () => {
  it('lets pass whom it has room for, in the order they came, and keeps to every limit at all times', async () => {
    const limits = { ...defaultLimits, maxInFlight: 4, maxInFlightPerServer: 2, maxInFlightPerZone: 3 };
    const gate = new Gate(limits, never);
    const underWay = { all: 0, server: new Map<string, number>(), zone: new Map<string, number>() };
    const order: number[] = [];
    const work = Array.from({ length: 60 }, (_, at) => ({
      at,
      server: at % 7 === 0 ? `s${at}` : 's',
      zone: at % 2 === 0 ? 'z' : `z${at}`,
    }));
    await Promise.all(
      work.map(({ at, server, zone }) =>
        through(gate, server, zone, async () => {
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
        }),
      ),
    );
    expect(order.toSorted((a, b) => a - b)).toEqual(work.map(({ at }) => at));
    expect(order.slice(0, 4)).toEqual([0, 1, 2, 7]);
  });

  it('makes room again when the work fails', async () => {
    const gate = new Gate({ ...defaultLimits, maxInFlight: 1 }, never);
    await expect(through(gate, 'a', 'z', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await through(gate, 'a', 'z', () => Promise.resolve(1))).toBe(1);
  });

  it('lets nobody in who came too late', async () => {
    const gate = new Gate({ ...defaultLimits, maxInFlight: 1 }, () => Promise.resolve());
    let leave = (): void => undefined;
    const first = through(
      gate,
      'a',
      'z',
      () =>
        new Promise<number>(resolve => {
          leave = () => resolve(1);
        }),
    );
    let entered = false;
    const enter = async (): Promise<number> => {
      entered = true;
      return 2;
    };
    expect(await through(gate, 'a', 'z', enter)).toBeNull();
    leave();
    expect(await first).toBe(1);
    expect(entered).toBe(false);
  });
});
