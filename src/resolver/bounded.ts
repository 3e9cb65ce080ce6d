/** A value with what it weighs, between those used just before and just after it. */
interface Kept<V> {
  readonly key: string;
  value: V;
  octets: number;
  older: Kept<V> | null;
  newer: Kept<V> | null;
}

/**
 * A map that never weighs more than it may: the least recently used entries go first.
 *
 * The weights are estimates of the caller. An entry heavier than the whole is not kept.
 */
export class BoundedMap<V> {
  readonly #entries = new Map<string, Kept<V>>();
  readonly #maxOctets: number;
  // The order of use is a chain through the entries: putting a key anew into a Map of many would make it build itself anew.
  #oldest: Kept<V> | null = null;
  #newest: Kept<V> | null = null;
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
    this.#use(kept);
    return kept.value;
  }

  set(key: string, value: V, octets: number): void {
    const before = this.#entries.get(key);
    if (octets > this.#maxOctets) {
      this.delete(key);
      return;
    }
    this.#octets += octets - (before?.octets ?? 0);
    if (before === undefined) {
      const kept: Kept<V> = { key, value, octets, older: null, newer: null };
      this.#entries.set(key, kept);
      this.#append(kept);
    } else {
      before.value = value;
      before.octets = octets;
      this.#use(before);
    }
    while (this.#octets > this.#maxOctets && this.#oldest !== null) {
      this.delete(this.#oldest.key);
      this.#evicted += 1;
    }
  }

  delete(key: string): void {
    const kept = this.#entries.get(key);
    if (kept !== undefined) {
      this.#entries.delete(key);
      this.#unlink(kept);
      this.#octets -= kept.octets;
    }
  }

  clear(): void {
    this.#entries.clear();
    this.#oldest = null;
    this.#newest = null;
    this.#octets = 0;
  }

  /** Every value, the least recently used first. */
  values(): readonly V[] {
    const values: V[] = [];
    for (let kept = this.#oldest; kept !== null; kept = kept.newer) {
      values.push(kept.value);
    }
    return values;
  }

  #use(kept: Kept<V>): void {
    if (kept !== this.#newest) {
      this.#unlink(kept);
      this.#append(kept);
    }
  }

  #append(kept: Kept<V>): void {
    kept.older = this.#newest;
    kept.newer = null;
    if (this.#newest === null) {
      this.#oldest = kept;
    } else {
      this.#newest.newer = kept;
    }
    this.#newest = kept;
  }

  #unlink(kept: Kept<V>): void {
    const { older, newer } = kept;
    if (older === null) {
      this.#oldest = newer;
    } else {
      older.newer = newer;
    }
    if (newer === null) {
      this.#newest = older;
    } else {
      newer.older = older;
    }
    // What is taken out would hold on to its neighbours until it is collected itself, and they to theirs.
    kept.older = null;
    kept.newer = null;
  }
}

/** Octets that an entry costs beside its text: keys, objects, the map. */
const overheadOctets = 300;

/** An estimate of what texts weigh in memory as one entry. */
export function weightOf(...texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + 2 * text.length + 24, overheadOctets);
}
