/** A value with what it weighs. */
interface Kept<V> {
  readonly value: V;
  readonly octets: number;
}

/**
 * A map that never weighs more than it may: the least recently used entries go first.
 *
 * The weights are estimates of the caller. An entry heavier than the whole is not kept.
 */
export class BoundedMap<V> {
  readonly #entries = new Map<string, Kept<V>>();
  readonly #maxOctets: number;
  #octets = 0;
  #evicted = 0;

  constructor(maxOctets: number) {
    this.#maxOctets = maxOctets;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The sum of the weights. */
  get octets(): number {
    return this.#octets;
  }

  /** How many entries had to go for others. */
  get evicted(): number {
    return this.#evicted;
  }

  /** The value at `key`, which counts as used now. */
  get(key: string): V | undefined {
    const kept = this.#entries.get(key);
    if (kept === undefined) {
      return undefined;
    }
    this.#entries.delete(key);
    this.#entries.set(key, kept);
    return kept.value;
  }

  set(key: string, value: V, octets: number): void {
    this.delete(key);
    if (octets > this.#maxOctets) {
      return;
    }
    this.#entries.set(key, { value, octets });
    this.#octets += octets;
    for (const oldest of this.#entries.keys()) {
      if (this.#octets <= this.#maxOctets) {
        return;
      }
      this.delete(oldest);
      this.#evicted += 1;
    }
  }

  delete(key: string): void {
    const kept = this.#entries.get(key);
    if (kept !== undefined) {
      this.#entries.delete(key);
      this.#octets -= kept.octets;
    }
  }

  clear(): void {
    this.#entries.clear();
    this.#octets = 0;
  }

  /** Every value, the least recently used first. */
  values(): readonly V[] {
    return [...this.#entries.values()].map(kept => kept.value);
  }
}

/** Octets that an entry costs beside its text: keys, objects, the map. */
const overheadOctets = 300;

/** An estimate of what texts weigh in memory as one entry. */
export function weightOf(...texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + 2 * text.length + 24, overheadOctets);
}
