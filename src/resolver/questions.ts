import type { Limits } from './limits.ts';

/** Whether what a question has begun is still wanted. */
export interface Turn {
  readonly isOver: boolean;
}

interface UnderWay<T> {
  readonly outcome: Promise<T>;
  readonly beganMs: number;
  /** Ends it at once, with what it was begun with for that case. */
  readonly giveWay: () => void;
}

/**
 * The questions that one resolver has under way: identical ones are one, and there is a limit to the others.
 *
 * When there is no room the oldest gives way, once it has had `leastQuestionMs`: what takes long is what servers that never
 * answer were made for, and nobody else shall wait for them ("phantom domains").
 */
export class Questions<T> {
  readonly #limits: Limits;
  readonly #elapsed: () => number;
  /** In the order they began. */
  readonly #all = new Map<string, UnderWay<T>>();

  /** `elapsed` is a clock that never goes back, in milliseconds. */
  constructor(limits: Limits, elapsed: () => number) {
    this.#limits = limits;
    this.#elapsed = elapsed;
  }

  /** The outcome of the question `key`, which is under way; null when it is not. */
  joined(key: string): Promise<T> | null {
    return this.#all.get(key)?.outcome ?? null;
  }

  /** Whether one more may begin without any other giving way. */
  get hasRoom(): boolean {
    return this.#all.size < this.#limits.maxQuestions;
  }

  /** Whether one more may begin; the oldest may have to give way for it. */
  makeRoom(): boolean {
    if (this.hasRoom) {
      return true;
    }
    const [oldest] = this.#all.values();
    if (oldest === undefined || this.#elapsed() - oldest.beganMs < this.#limits.leastQuestionMs) {
      return false;
    }
    oldest.giveWay();
    return true;
  }

  /** Begins `work` for `key`, which goes on no further once it had to give way; the outcome is `late()` then. */
  begin(key: string, work: (turn: Turn) => Promise<T>, late: () => T): Promise<T> {
    const turn = { isOver: false };
    let giveWay = (): void => undefined;
    const outcome = new Promise<T>((resolve, reject) => {
      giveWay = () => {
        turn.isOver = true;
        leave();
        resolve(late());
      };
      work(turn).then(
        value => {
          leave();
          resolve(value);
        },
        fault => {
          leave();
          reject(fault);
        },
      );
    });
    const entry: UnderWay<T> = { outcome, beganMs: this.#elapsed(), giveWay };
    const leave = (): void => {
      if (this.#all.get(key) === entry) {
        this.#all.delete(key);
      }
    };
    this.#all.set(key, entry);
    return outcome;
  }
}
