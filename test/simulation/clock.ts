import type { Clock } from '../../src/world/world.ts';

interface Sleeper {
  readonly atMs: number;
  /** Sleepers of one moment wake in the order in which they lay down. */
  readonly number: number;
  readonly wake: () => void;
  gone: boolean;
}

/** Real milliseconds in which nobody sleeps, after which the work waits for something outside of the simulation; loading a module takes some. */
const maxIdleMs = 20_000;

/**
 * A clock that jumps from sleeper to sleeper: between two of them no time passes, however much is computed.
 *
 * Before each jump everything that can run has run, so that what is seen depends on the seed alone.
 */
export class SimulatedClock implements Clock {
  readonly #epochMs: number;
  #elapsedMs = 0;
  #number = 0;
  /** A binary heap, the next to wake first. */
  readonly #sleepers: Sleeper[] = [];

  constructor(epochMs: number) {
    this.#epochMs = epochMs;
  }

  now(): number {
    return this.#epochMs + this.#elapsedMs;
  }

  elapsed(): number {
    return this.#elapsedMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(signal.reason);
        return;
      }
      const stop = (): void => {
        sleeper.gone = true;
        reject(signal?.reason);
      };
      const sleeper = this.#add(ms, () => {
        signal?.removeEventListener('abort', stop);
        resolve();
      });
      signal?.addEventListener('abort', stop, { once: true });
    });
  }

  /** Calls `act` after `ms` milliseconds. */
  after(ms: number, act: () => void): void {
    this.#add(ms, act);
  }

  /** Lets time pass until `work` is done, at most `limitMs`; gives what it gives. Fails when it waits for no sleeper. */
  async run<T>(work: Promise<T>, limitMs: number = Number.POSITIVE_INFINITY): Promise<T> {
    const untilMs = this.#elapsedMs + limitMs;
    let done = false;
    const settled = work.finally(() => {
      done = true;
    });
    settled.catch(() => undefined);
    for (let busyAtMs = performance.now(); !done; ) {
      await new Promise(resolve => setImmediate(resolve));
      if (done) {
        break;
      }
      const sleeper = this.#pop();
      if (sleeper !== undefined) {
        busyAtMs = performance.now();
        this.#elapsedMs = Math.max(this.#elapsedMs, sleeper.atMs);
        if (this.#elapsedMs > untilMs) {
          throw new Error(`the work was not done after ${Math.round(limitMs / 3_600_000)} simulated hours`);
        }
        sleeper.wake();
      } else if (performance.now() - busyAtMs > maxIdleMs) {
        throw new Error('the work waits for something that is no sleeper of this clock');
      }
    }
    return await settled;
  }

  #add(ms: number, wake: () => void): Sleeper {
    const sleeper = {
      atMs: this.#elapsedMs + Math.max(0, ms),
      number: this.#number++,
      wake,
      gone: false,
    };
    const heap = this.#sleepers;
    heap.push(sleeper);
    for (let at = heap.length - 1; at > 0; ) {
      const above = (at - 1) >> 1;
      if (!this.#swapped(above, at)) {
        break;
      }
      at = above;
    }
    return sleeper;
  }

  #pop(): Sleeper | undefined {
    const heap = this.#sleepers;
    for (;;) {
      const [first] = heap;
      const last = heap.pop();
      if (first === undefined || last === undefined) {
        return undefined;
      }
      if (heap.length > 0) {
        heap[0] = last;
        this.#sink();
      }
      if (!first.gone) {
        return first;
      }
    }
  }

  #sink(): void {
    for (let at = 0; ; ) {
      const left = 2 * at + 1;
      const right = left + 1;
      const heap = this.#sleepers;
      const least = isBefore(heap[right], heap[left]) ? right : left;
      if (least >= heap.length || !this.#swapped(at, least)) {
        return;
      }
      at = least;
    }
  }

  /** Puts the later of two, where it is above, below the earlier; whether it was. */
  #swapped(above: number, below: number): boolean {
    const [upper, lower] = [this.#sleepers[above], this.#sleepers[below]];
    if (upper === undefined || lower === undefined || !isBefore(lower, upper)) {
      return false;
    }
    this.#sleepers[above] = lower;
    this.#sleepers[below] = upper;
    return true;
  }
}

function isBefore(one: Sleeper | undefined, other: Sleeper | undefined): boolean {
  if (one === undefined || other === undefined) {
    return one !== undefined;
  }
  return one.atMs < other.atMs || (one.atMs === other.atMs && one.number < other.number);
}
