import type { Limits } from './limits.ts';

/** Lets so many queries be under way at once, in all and by address and zone; the others wait in the order they came. */
export class Gate {
  readonly #limits: Limits;
  readonly #byAddress = new Map<string, number>();
  readonly #byZone = new Map<string, number>();
  /** In the order they came. */
  readonly #waiting = new Set<Waiter>();
  #underWay = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /**
   * Runs `work` when there is room for it. Who has to wait does so until `tooLate` resolves, and then gets null; its signal
   * is aborted when the wait is over before.
   */
  async through<T>(
    address: string,
    zone: string,
    work: () => Promise<T>,
    tooLate: (signal: AbortSignal) => Promise<void>,
  ): Promise<T | null> {
    if (this.#hasRoom(address, zone)) {
      this.#take(address, zone);
    } else if (!(await this.#wait(address, zone, tooLate))) {
      return null;
    }
    try {
      return await work();
    } finally {
      this.#leave(address, zone);
    }
  }

  /** Waits for room; whether it came in time. */
  async #wait(
    address: string,
    zone: string,
    tooLate: (signal: AbortSignal) => Promise<void>,
  ): Promise<boolean> {
    const over = new AbortController();
    return await new Promise<boolean>(resolve => {
      const waiter: Waiter = {
        address,
        zone,
        go: () => {
          over.abort();
          resolve(true);
        },
      };
      this.#waiting.add(waiter);
      tooLate(over.signal).then(
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

  #leave(address: string, zone: string): void {
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
