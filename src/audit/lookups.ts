/** Lets so many look-ups run at once, and the others wait for their turn. */
export class Turns {
  readonly #most: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** Whether nothing runs. */
  get isIdle(): boolean {
    return this.#running === 0;
  }

  /** Runs `work` when it is its turn. */
  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#most) await new Promise<void>(resolve => this.#waiting.push(resolve));
    this.#running += 1;
    try {
      return await work();
    } finally {
      this.#running -= 1;
      this.#waiting.shift()?.();
    }
  }
}

/** Milliseconds after which what was not found is looked for again: it may have been the network. */
const failureMs = 10_000;

/** One fact under its key, and until when it is taken as known. */
interface Kept<V> {
  readonly value: V;
  readonly untilMs: number;
}

/**
 * Facts that take a walk from the root to find, each found once for as long as it holds.
 *
 * What is being found is one promise for all who want it. Of more than `most` the oldest are forgotten.
 */
export class Lookups<V> {
  readonly #kept = new Map<string, Kept<V>>();
  readonly #underWay = new Map<string, Promise<V>>();
  readonly #most: number;
  readonly #lifeMs: number;
  readonly #turns: Turns;

  constructor(most: number, lifeMs: number, turns: Turns) {
    this.#most = most;
    this.#lifeMs = lifeMs;
    this.#turns = turns;
  }

  /** What is known of `key` at `nowMs`; undefined when it has to be found. */
  known(key: string, nowMs: number): V | undefined {
    const kept = this.#kept.get(key);
    return kept !== undefined && kept.untilMs > nowMs ? kept.value : undefined;
  }

  /** Finds the fact by `find`, or joins who does already; what `isFound` denies is looked for again soon. */
  find(key: string, now: () => number, find: () => Promise<V>, isFound: (value: V) => boolean): Promise<V> {
    const underWay = this.#underWay.get(key);
    if (underWay !== undefined) return underWay;
    const found = this.#turns.take(find).then(value => {
      const lifeMs = isFound(value) ? this.#lifeMs : Math.min(failureMs, this.#lifeMs);
      this.#keep(key, { value, untilMs: now() + lifeMs });
      return value;
    });
    this.#underWay.set(key, found);
    const over = (): void => {
      this.#underWay.delete(key);
    };
    found.then(over, over);
    return found;
  }

  #keep(key: string, kept: Kept<V>): void {
    this.#kept.delete(key);
    if (this.#kept.size >= this.#most) {
      const oldest = this.#kept.keys().next();
      if (oldest.done !== true) this.#kept.delete(oldest.value);
    }
    this.#kept.set(key, kept);
  }
}
