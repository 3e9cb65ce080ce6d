/**
 * Gathers datagrams until the sockets that are ready have been read, and has them sent then, one right after the other.
 *
 * A receiver that the first one wakes is still awake at the next, where waking it anew costs more than all else of a send.
 * Who adds bounds how much there is.
 */
export class Batch<T> {
  readonly #send: (item: T) => void;
  #items: T[] = [];

  constructor(send: (item: T) => void) {
    this.#send = send;
  }

  add(item: T): void {
    this.#items.push(item);
    if (this.#items.length === 1) {
      setImmediate(() => this.#flush());
    }
  }

  #flush(): void {
    const items = this.#items;
    this.#items = [];
    for (const item of items) {
      this.#send(item);
    }
  }
}
