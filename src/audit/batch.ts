import type { NameTaker } from './name-lines.ts';

/** A line that is no name. */
export interface LineProblem {
  /** Names of the batch before it. */
  readonly before: number;
  /** From 1. */
  readonly line: number;
  /** Its beginning, with what cannot be printed as dots. */
  readonly text: string;
  readonly why: string;
}

/** Names on the wire, one behind the other, and what stood between them and is none. */
export class Batch implements NameTaker {
  #octets = new Uint8Array(64 * 1024);
  #used = 0;
  #names = 0;
  readonly #problems: LineProblem[] = [];

  name(octets: Uint8Array, length: number): void {
    if (this.#used + length > this.#octets.length) {
      const grown = new Uint8Array(2 * this.#octets.length);
      grown.set(this.#octets);
      this.#octets = grown;
    }
    for (let at = 0; at < length; at += 1) this.#octets[this.#used + at] = octets[at] ?? 0;
    this.#used += length;
    this.#names += 1;
  }

  problem(line: number, text: string, why: string): void {
    this.#problems.push({ before: this.#names, line, text, why });
  }

  /** How many names there are. */
  get size(): number {
    return this.#names;
  }

  /** The names, each ending with the root's zero. */
  get octets(): Uint8Array {
    return this.#octets.subarray(0, this.#used);
  }

  /** In the order of the input. */
  get problems(): readonly LineProblem[] {
    return this.#problems;
  }
}

/** How many octets the name at `at` has: labels up to the root's zero. */
export function nameLengthAt(octets: Uint8Array, at: number): number {
  let end = at;
  while ((octets[end] ?? 0) !== 0) end += (octets[end] ?? 0) + 1;
  return end + 1 - at;
}
