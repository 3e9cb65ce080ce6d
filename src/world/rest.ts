import { worldLimits } from './limits.ts';

/** The shortest rest, in milliseconds. */
const leastMs = 0.5;

const still = new Int32Array(new SharedArrayBuffer(4));

/** Stops the thread, and everything on it, for so long. */
function stop(ms: number): void {
  Atomics.wait(still, 0, 0, ms);
}

/**
 * Lets answers gather that come one by one: to be woken for each of them costs more than to read it.
 *
 * Where less than a quarter of what is awaited has come since the last time, the thread sleeps: longer each time until more
 * does, up to `maxRestMs`. Nothing else of the thread runs meanwhile, so that it is for who waits for nothing else.
 */
export class Rest {
  readonly #sleep: (ms: number) => void;
  #ms = leastMs;

  constructor(sleep: (ms: number) => void = stop) {
    this.#sleep = sleep;
  }

  /** Says that `came` messages have been read since the last time, and `awaited` are under way; sleeps where that pays. */
  take(came: number, awaited: number): void {
    if (4 * came >= awaited || awaited < worldLimits.minRestMessages) {
      this.#ms = Math.max(leastMs, this.#ms / 2);
      return;
    }
    this.#sleep(this.#ms);
    this.#ms = Math.min(worldLimits.maxRestMs, 2 * this.#ms);
  }
}
