import type { Limits } from './limits.ts';

/** Lets so many queries be under way at once, in all and by address and zone; the others wait in the order they came. */
export class Gate {
  readonly #limits: Limits;
  readonly #underWay = new Map<string, number>();
  /** In the order they came. */
  readonly #waiting = new Set<Waiter>();

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
    const slots: readonly Slot[] = [
      { key: 'all', limit: this.#limits.maxInFlight },
      { key: `address ${address}`, limit: this.#limits.maxInFlightPerServer },
      { key: `zone ${zone}`, limit: this.#limits.maxInFlightPerZone },
    ];
    if (this.#hasRoom(slots)) {
      this.#take(slots);
    } else if (!(await this.#wait(slots, tooLate))) {
      return null;
    }
    try {
      return await work();
    } finally {
      this.#leave(slots);
    }
  }

  /** Waits for room; whether it came in time. */
  async #wait(slots: readonly Slot[], tooLate: (signal: AbortSignal) => Promise<void>): Promise<boolean> {
    const over = new AbortController();
    return await new Promise<boolean>(resolve => {
      const waiter: Waiter = {
        slots,
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

  #hasRoom(slots: readonly Slot[]): boolean {
    return slots.every(slot => (this.#underWay.get(slot.key) ?? 0) < slot.limit);
  }

  #take(slots: readonly Slot[]): void {
    for (const { key } of slots) {
      this.#underWay.set(key, (this.#underWay.get(key) ?? 0) + 1);
    }
  }

  #leave(slots: readonly Slot[]): void {
    for (const { key } of slots) {
      const left = (this.#underWay.get(key) ?? 1) - 1;
      if (left === 0) {
        this.#underWay.delete(key);
      } else {
        this.#underWay.set(key, left);
      }
    }
    for (const waiter of this.#waiting) {
      if (this.#hasRoom(waiter.slots)) {
        this.#waiting.delete(waiter);
        this.#take(waiter.slots);
        waiter.go();
        return;
      }
    }
  }
}

interface Waiter {
  readonly slots: readonly Slot[];
  readonly go: () => void;
}

interface Slot {
  readonly key: string;
  readonly limit: number;
}
