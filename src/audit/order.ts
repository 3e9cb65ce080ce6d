/** Characters of results that may wait for an item before them. */
const maxHeldCharacters = 16 * 1024 * 1024;

/**
 * Puts the results of items that end in any order into the order in which they began.
 *
 * An item is one name, or one line that is none. What is done and waits for one before it is a bit, and its result if it has
 * one.
 */
export class InOrder<T extends { readonly text: string }> {
  readonly #done: Uint8Array;
  readonly #results = new Map<number, T>();
  readonly #release: (result: T | null) => void;
  #held = 0;
  /** The first item that is not done. */
  #head: number;

  /** `first` is the number of the first item; at most `most` may be under way or wait. `release` is told of each in order. */
  constructor(first: number, most: number, release: (result: T | null) => void) {
    this.#head = first;
    this.#done = new Uint8Array(most);
    this.#release = release;
  }

  /** Items that are done, and all before them. */
  get finished(): number {
    return this.#head;
  }

  /** Whether item `seq` may begin. */
  hasRoom(seq: number): boolean {
    return seq - this.#head < this.#done.length && this.#held < maxHeldCharacters;
  }

  /** Says that an item is done; null for nothing to tell. */
  done(seq: number, result: T | null): void {
    if (seq !== this.#head) {
      this.#done[seq % this.#done.length] = 1;
      if (result !== null) {
        this.#results.set(seq, result);
        this.#held += result.text.length;
      }
      return;
    }
    this.#release(result);
    this.#head += 1;
    for (let slot = this.#slot(); this.#done[slot] === 1; slot = this.#slot()) {
      this.#done[slot] = 0;
      this.#release(this.#taken());
      this.#head += 1;
    }
  }

  #slot(): number {
    return this.#head % this.#done.length;
  }

  #taken(): T | null {
    const result = this.#results.size === 0 ? undefined : this.#results.get(this.#head);
    if (result === undefined) return null;
    this.#results.delete(this.#head);
    this.#held -= result.text.length;
    return result;
  }
}
