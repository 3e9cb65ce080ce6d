/** Buckets by the logarithm of a latency: each is 2 % wider than the one before. */
const perDoubling = 35;
const smallestMs = 0.01;

/** Latencies of very many answers in little memory, each known to 2 %. */
export class Latencies {
  readonly #buckets: number[] = [];
  #count = 0;
  #maxMs = 0;

  add(ms: number): void {
    const at = Math.max(0, Math.round(perDoubling * Math.log2(Math.max(ms, smallestMs) / smallestMs)));
    while (this.#buckets.length <= at) this.#buckets.push(0);
    this.#buckets[at] = (this.#buckets[at] ?? 0) + 1;
    this.#count += 1;
    this.#maxMs = Math.max(this.#maxMs, ms);
  }

  get maxMs(): number {
    return this.#maxMs;
  }

  /** The milliseconds that a share of the answers took at most; 0 when there are none. */
  percentileMs(share: number): number {
    let left = share * this.#count;
    for (const [at, count] of this.#buckets.entries()) {
      left -= count;
      if (left <= 0 && count > 0) return smallestMs * 2 ** (at / perDoubling);
    }
    return this.#maxMs;
  }
}
