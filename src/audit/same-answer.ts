/** Octets of a response that is remembered; longer ones are read each time. */
const maxOctets = 512;

/**
 * The last response of one stage that was as it should be.
 *
 * Another server that gives the same octets, but for the ID, to the same question says the same, and need not be read: most
 * servers of a zone do. One of these takes one stage after the other.
 */
export class SameAnswer {
  readonly #octets = new Uint8Array(maxOctets);
  #length = 0;

  /** Forgets it. */
  forget(): void {
    this.#length = 0;
  }

  /** Takes a response in place of the one before. */
  keep(octets: Uint8Array): void {
    const { length } = octets;
    this.#length = length > maxOctets ? 0 : length;
    for (let at = 2; at < this.#length; at += 1) this.#octets[at] = octets[at] ?? 0;
  }

  /** Whether `octets` are those of the response that was taken, whatever their ID. */
  is(octets: Uint8Array): boolean {
    const length = this.#length;
    if (length === 0 || octets.length !== length) return false;
    for (let at = 2; at < length; at += 1) {
      if (octets[at] !== this.#octets[at]) return false;
    }
    return true;
  }
}
