import type { Limits } from './limits.ts';

/** Lets so many queries be under way at once, in all and by address and zone; the others wait in the order they came. */
export class Gate {
  readonly #limits: Limits;
  readonly #underWay = new Map<string, number>();
  readonly #waiting: { readonly keys: readonly Slot[]; readonly go: () => void }[] = [];

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** Runs `work` when there is room for it. */
  async through<T>(address: string, zone: string, work: () => Promise<T>): Promise<T> {
    const slots: readonly Slot[] = [
      { key: 'all', limit: this.#limits.maxInFlight },
      { key: `address ${address}`, limit: this.#limits.maxInFlightPerServer },
      { key: `zone ${zone}`, limit: this.#limits.maxInFlightPerZone },
    ];
    if (this.#hasRoom(slots)) {
      this.#take(slots);
    } else {
      await new Promise<void>(resolve => {
        this.#waiting.push({ keys: slots, go: resolve });
      });
    }
    try {
      return await work();
    } finally {
      this.#leave(slots);
    }
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
    const next = this.#waiting.findIndex(({ keys }) => this.#hasRoom(keys));
    if (next >= 0) {
      const [waiter] = this.#waiting.splice(next, 1);
      if (waiter !== undefined) {
        this.#take(waiter.keys);
        waiter.go();
      }
    }
  }
}

interface Slot {
  readonly key: string;
  readonly limit: number;
}
