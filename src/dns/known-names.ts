/** Offsets that a compression pointer can hold (RFC 1035 section 4.1.4); names that begin beyond are not remembered. */
export const pointerReach = 0x4000;

/** A name met in a message. */
export interface KnownName {
  readonly text: string;
  readonly wireOctets: number;
  /** Pointers that were followed to read it. */
  readonly hops: number;
}

/**
 * For each offset the name that was met there last: a number for the message, and which of the names of that message it is.
 *
 * One table for all messages, as a table for each would cost more than reading a small one. Of two messages that are read by
 * turns one may forget a name, and walks it again.
 */
const places = new Float64Array(pointerReach);
const namesOfMessage = 0x10000;
/** Messages that the table tells apart before it is emptied: 36 bits above 16 of an entry. */
const maxMessages = 2 ** 36;
let messages = 0;

/** The names that were met in one message, by the offset where they stand. */
export class KnownNames {
  readonly #names: KnownName[] = [];
  readonly #number: number;

  constructor() {
    if (messages === maxMessages) {
      places.fill(0);
      messages = 0;
    }
    messages += 1;
    this.#number = messages * namesOfMessage;
  }

  /** The name at `offset`; undefined when none is known there. */
  at(offset: number): KnownName | undefined {
    const index = (places[offset] ?? 0) - this.#number;
    return index < 0 ? undefined : this.#names[index];
  }

  /** Takes it that `name` stands at `offset`. */
  keep(offset: number, name: KnownName): void {
    if (offset < pointerReach && this.#names.length < namesOfMessage) {
      places[offset] = this.#number + this.#names.length;
      this.#names.push(name);
    }
  }
}
