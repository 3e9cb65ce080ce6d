import type { Limits } from './limits.ts';

/** Whether what a question has begun is still wanted. */
export interface Turn {
  readonly isOver: boolean;
}

/** A question under way. */
class UnderWay<T> implements Turn {
  readonly key: string;
  readonly beganMs: number;
  isOver = false;
  /** Null when it is over. */
  ending: Ending<T> | null;

  constructor(key: string, beganMs: number, ending: Ending<T>) {
    this.key = key;
    this.beganMs = beganMs;
    this.ending = ending;
  }
}

/** Who waits for a question, and what they get when it has to give way; else they get what comes of its work. */
class Ending<T> {
  readonly late: () => T;
  readonly outcome: Promise<T>;
  resolve: (value: T) => void = () => undefined;
  reject: (fault: unknown) => void = () => undefined;

  constructor(late: () => T) {
    this.late = late;
    this.outcome = new Promise<T>((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }
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
    return this.#all.get(key)?.ending?.outcome ?? null;
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
    oldest.isOver = true;
    const ending = this.#leave(oldest);
    ending?.resolve(ending.late());
    return true;
  }

  /** Begins `work` for `key`, which goes on no further once it had to give way; the outcome is `late()` then. */
  begin(key: string, work: (turn: Turn) => Promise<T>, late: () => T): Promise<T> {
    const ending = new Ending(late);
    const question = new UnderWay<T>(key, this.#elapsed(), ending);
    const { outcome } = ending;
    this.#all.set(key, question);
    work(question).then(
      value => this.#leave(question)?.resolve(value),
      fault => this.#leave(question)?.reject(fault),
    );
    return outcome;
  }

  /**
   * Takes a question out, and gives who waits for it; null when it gave way before.
   *
   * A Map that grows and shrinks leaves old tables behind, and what is in them is collected late: they shall hold little.
   */
  #leave(question: UnderWay<T>): Ending<T> | null {
    const { ending } = question;
    if (ending !== null) {
      this.#all.delete(question.key);
      question.ending = null;
    }
    return ending;
  }
}
