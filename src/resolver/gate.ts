import type { Limits } from './limits.ts';

/** Lets so many queries be under way at once, in all and by address and zone; the others wait in the order they came. */
export class Gate {
  readonly #limits: Limits;
  readonly #sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly #byAddress = new Map<string, number>();
  readonly #byZone = new Map<string, number>();
  /** In the order they came. */
  readonly #waiting = new Set<Waiter>();
  #underWay = 0;

  /** `sleep` resolves after so many milliseconds, or rejects when its signal is aborted. */
  constructor(limits: Limits, sleep: (ms: number, signal: AbortSignal) => Promise<void>) {
    this.#limits = limits;
    this.#sleep = sleep;
  }

  /**
   * Takes a place, which `leave` gives back: null when there was room at once, else whether there was within `leftMs`
   * milliseconds.
   */
  enter(address: string, zone: string, leftMs: number): Promise<boolean> | null {
    if (this.#hasRoom(address, zone)) {
      this.#take(address, zone);
      return null;
    }
    return this.#wait(address, zone, leftMs);
  }

  /** Waits for room; whether it came in time. */
  #wait(address: string, zone: string, leftMs: number): Promise<boolean> {
    const over = new AbortController();
    return new Promise<boolean>(resolve => {
      const waiter: Waiter = {
        address,
        zone,
        go: () => {
          over.abort();
          resolve(true);
        },
      };
      this.#waiting.add(waiter);
      this.#sleep(leftMs, over.signal).then(
        () => {
          if (this.#waiting.delete(waiter)) {
            resolve(false);
          }
        },
        () => undefined,
      );
    });
  }

  #hasRoom(address: string, zone: string): boolean {
    const { maxInFlight, maxInFlightPerServer, maxInFlightPerZone } = this.#limits;
    return (
      this.#underWay < maxInFlight &&
      (this.#byAddress.get(address) ?? 0) < maxInFlightPerServer &&
      (this.#byZone.get(zone) ?? 0) < maxInFlightPerZone
    );
  }

  #take(address: string, zone: string): void {
    this.#underWay += 1;
    this.#byAddress.set(address, (this.#byAddress.get(address) ?? 0) + 1);
    this.#byZone.set(zone, (this.#byZone.get(zone) ?? 0) + 1);
  }

  /** Gives a place back, to the first of those who wait that there is room for. */
  leave(address: string, zone: string): void {
    this.#underWay -= 1;
    lower(this.#byAddress, address);
    lower(this.#byZone, zone);
    for (const waiter of this.#waiting) {
      if (this.#hasRoom(waiter.address, waiter.zone)) {
        this.#waiting.delete(waiter);
        this.#take(waiter.address, waiter.zone);
        waiter.go();
        return;
      }
    }
  }
}

interface Waiter {
  readonly address: string;
  readonly zone: string;
  readonly go: () => void;
}

function lower(counts: Map<string, number>, key: string): void {
  const left = (counts.get(key) ?? 1) - 1;
  if (left === 0) {
    counts.delete(key);
  } else {
    counts.set(key, left);
  }
}
