import type { Clock } from '../../src/world/world.ts';

interface Timer {
  readonly atMs: number;
  readonly wake: () => void;
}

/** A clock that stands still until it is told to move, and then wakes sleepers in the order of their times. */
export class VirtualClock implements Clock {
  readonly #epochMs: number;
  #elapsedMs = 0;
  #timers: Timer[] = [];

  constructor(epochMs: number = Date.UTC(2026, 0, 1)) {
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
      const timer: Timer = { atMs: this.#elapsedMs + Math.max(0, ms), wake: resolve };
      this.#timers.push(timer);
      signal?.addEventListener(
        'abort',
        () => {
          this.#timers = this.#timers.filter(other => other !== timer);
          reject(signal.reason);
        },
        { once: true },
      );
    });
  }

  /** Moves on by `ms`, waking everyone whose time comes; what they start is not waited for. */
  advance(ms: number): void {
    const untilMs = this.#elapsedMs + ms;
    for (let timer = this.#first(); timer !== undefined && timer.atMs <= untilMs; timer = this.#first()) {
      this.#wake(timer);
    }
    this.#elapsedMs = untilMs;
  }

  /** Lets time pass, sleeper by sleeper, until `work` is done; gives what it gives. Fails when nobody sleeps and it is not. */
  async run<T>(work: Promise<T>): Promise<T> {
    let done = false;
    const settled = work.finally(() => {
      done = true;
    });
    settled.catch(() => undefined);
    for (let idle = 0; !done; ) {
      await new Promise(resolve => setImmediate(resolve));
      const timer = this.#first();
      if (done) {
        break;
      }
      if (timer === undefined) {
        idle += 1;
        if (idle > 1000) {
          throw new Error('the work waits for something that is no sleeper of this clock');
        }
      } else {
        idle = 0;
        this.#wake(timer);
      }
    }
    return await settled;
  }

  #first(): Timer | undefined {
    return this.#timers.reduce<Timer | undefined>(
      (first, timer) => (first === undefined || timer.atMs < first.atMs ? timer : first),
      undefined,
    );
  }

  #wake(timer: Timer): void {
    this.#timers = this.#timers.filter(other => other !== timer);
    this.#elapsedMs = Math.max(this.#elapsedMs, timer.atMs);
    timer.wake();
  }
}
