/** Slots of a table that holds nothing yet; a power of 2. */
const firstSlots = 1 << 14;

/**
 * Tells names that come again, in bounded memory.
 *
 * What is remembered of a name is 64 bits that nobody outside knows how to aim at. Of more than `most` names the older half is
 * forgotten: `most` back, at least, a name is still known. Takes 16 octets a name at the most.
 */
export class NamesSeen {
  readonly #most: number;
  readonly #seeds: readonly [number, number];
  #young: Table;
  #old: Table | null = null;

  /** `seeds` are two numbers of 32 bits by chance. */
  constructor(most: number, seeds: readonly [number, number]) {
    this.#most = most;
    this.#seeds = seeds;
    this.#young = new Table();
  }

  /** Whether the name in the first `length` octets is not known; it is, from now on. */
  isNew(octets: Uint8Array, length: number): boolean {
    let low = this.#seeds[0] | 0;
    let high = this.#seeds[1] | 0;
    for (let at = 0; at < length; at += 1) {
      const octet = octets[at] ?? 0;
      low = Math.imul(low ^ octet, 0x01000193);
      high = Math.imul(high ^ octet, 0x5bd1e995);
      high ^= high >>> 15;
    }
    low ^= low >>> 16;
    // Two zeros mean an empty slot.
    if (low === 0 && high === 0) low = 1;
    if (this.#old?.has(low, high) === true || !this.#young.add(low, high)) return false;
    if (this.#young.size >= this.#most) {
      this.#old = this.#young;
      this.#young = new Table();
    }
    return true;
  }
}

/** A set of pairs of numbers, open addressing, at most half full. */
class Table {
  #pairs = new Int32Array(2 * firstSlots);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  has(low: number, high: number): boolean {
    return this.#slotOf(low, high) === -1;
  }

  /** Whether it was not there. */
  add(low: number, high: number): boolean {
    const slot = this.#slotOf(low, high);
    if (slot === -1) return false;
    this.#pairs[slot] = low;
    this.#pairs[slot + 1] = high;
    this.#size += 1;
    if (4 * this.#size > this.#pairs.length) this.#grow();
    return true;
  }

  /** Where the pair would go; -1 when it is there. */
  #slotOf(low: number, high: number): number {
    const pairs = this.#pairs;
    const mask = pairs.length - 1;
    for (let at = (2 * (low ^ (high << 7))) & mask & ~1; ; at = (at + 2) & mask) {
      const one = pairs[at] ?? 0;
      const two = pairs[at + 1] ?? 0;
      if (one === 0 && two === 0) return at;
      if (one === low && two === high) return -1;
    }
  }

  #grow(): void {
    const before = this.#pairs;
    this.#pairs = new Int32Array(2 * before.length);
    for (let at = 0; at < before.length; at += 2) {
      const low = before[at] ?? 0;
      const high = before[at + 1] ?? 0;
      if (low === 0 && high === 0) continue;
      const slot = this.#slotOf(low, high);
      this.#pairs[slot] = low;
      this.#pairs[slot + 1] = high;
    }
  }
}
