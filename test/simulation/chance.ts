import type { Random } from '../../src/world/world.ts';

/** Chance from a seed: the same numbers for the same seed on every machine. */
export class Chance implements Random {
  #a: number;
  #b: number;
  #c: number;
  #d = 1;

  constructor(seed: number, stream = 0) {
    this.#a = seed >>> 0;
    this.#b = Math.imul(seed ^ 0x9e37_79b9, 0x85eb_ca6b) >>> 0;
    this.#c = (stream ^ 0xc2b2_ae35) >>> 0;
    for (let round = 0; round < 12; round += 1) {
      this.next();
    }
  }

  /** A whole number from 0 to 2^32 - 1, by the generator "sfc32" of Chris Doty-Humphrey. */
  next(): number {
    const sum = (this.#a + this.#b + this.#d) | 0;
    this.#d = (this.#d + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    return sum >>> 0;
  }

  bytes(count: number): Uint8Array {
    return Uint8Array.from({ length: count }, () => this.next() >>> 24);
  }

  below(limit: number): number {
    return Math.floor((this.next() / 2 ** 32) * limit);
  }

  /** A whole number from `least` to `most`. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  /** True with the probability `share`, 0 to 1. */
  happens(share: number): boolean {
    return this.next() / 2 ** 32 < share;
  }

  /** One of `values`. Throws when there are none. */
  one<T>(values: readonly T[]): T {
    const value = values[this.below(values.length)];
    if (value === undefined) {
      throw new Error('nothing to choose from');
    }
    return value;
  }
}
