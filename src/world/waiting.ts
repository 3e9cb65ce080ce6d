/** What `waitFor` waits for: begins it, calls `end` at most usefully once, and gives back how to clean up. */
export type Begin<T> = (end: (value: T) => void) => () => void;

/**
 * Begins something and gives the value that it ends with, or `onTimeout()` after `timeoutMs` milliseconds.
 *
 * Whatever comes first, the timer is stopped and the cleaning up of `begin` is done once. Rejects only with `signal.reason`.
 */
export function waitFor<T>(
  timeoutMs: number,
  onTimeout: () => T,
  signal: AbortSignal | undefined,
  begin: Begin<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    let over = false;
    let cleanUp: (() => void) | null = null;
    const finish = (settle: () => void): void => {
      if (over) {
        return;
      }
      over = true;
      clearTimeout(timer);
      signal?.removeEventListener('abort', aborted);
      cleanUp?.();
      settle();
    };
    const aborted = (): void => finish(() => reject(signal?.reason));
    const timer = setTimeout(() => finish(() => resolve(onTimeout())), timeoutMs);
    signal?.addEventListener('abort', aborted, { once: true });
    cleanUp = begin(value => finish(() => resolve(value)));
    if (over) {
      cleanUp();
    }
  });
}

/** At most `limit` at a time; the others wait their turn, first come first served. */
export class Slots {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(limit: number) {
    this.#free = limit;
  }

  /**
   * Takes a place, to be given back by `leave`; null when one was free, else resolves when one is.
   *
   * Rejects with `signal.reason` when that comes before the place does, which there is then none to give back of.
   */
  enter(signal: AbortSignal | undefined): Promise<void> | null {
    if (this.#free > 0) {
      this.#free -= 1;
      return null;
    }
    return new Promise((resolve, reject) => {
      const enter = (): void => {
        signal?.removeEventListener('abort', leave);
        resolve();
      };
      const leave = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(enter), 1);
        reject(signal?.reason);
      };
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      signal?.addEventListener('abort', leave, { once: true });
      this.#waiting.push(enter);
    });
  }

  /** Gives a place back, to the first that waits. */
  leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) {
      this.#free += 1;
    } else {
      next();
    }
  }
}
