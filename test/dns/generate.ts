/** Chance from a seed: the same seed gives the same values, on every machine (xorshift128, Marsaglia 2003). */
export class Dice {
  #x: number;
  #y = 362436069;
  #z = 521288629;
  #w: number;

  /** `seed` is any number; its whole part modulo 2^32 counts. */
  constructor(seed: number) {
    this.#x = (seed ^ 0x5deece66) >>> 0 || 1;
    this.#w = Math.imul(seed + 0x9e3779b9, 0x85ebca6b) >>> 0;
    for (let left = 16; left > 0; left -= 1) this.u32();
  }

  /** A number of 32 bits. */
  u32(): number {
    const t = this.#x ^ (this.#x << 11);
    this.#x = this.#y;
    this.#y = this.#z;
    this.#z = this.#w;
    this.#w = (this.#w ^ (this.#w >>> 19) ^ t ^ (t >>> 8)) >>> 0;
    return this.#w;
  }

  /** A whole number from 0 to below `limit`, at most 2^32. */
  below(limit: number): number {
    return Math.floor((this.u32() / 0x100000000) * limit);
  }

  /** A whole number from `least` to `most`. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  /** True once in `of` times. */
  oneIn(of: number): boolean {
    return this.below(of) === 0;
  }

  /** One of `items`, which are not none. */
  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  }

  /** Random octets, as many as given. */
  octets(count: number): Uint8Array {
    return Uint8Array.from({ length: count }, () => this.u32() & 255);
  }
}

/** Octets of record data as generated, and as they are when letters of names fold. */
export interface MadeData {
  readonly octets: Uint8Array;
  /** Names that the canonical form of DNSSEC folds in lower case (RFC 4034 section 6.2, RFC 6840 section 5.1). */
  readonly folded: Uint8Array;
}

/** Where generators put the octets of record data. */
export class Sketch {
  readonly #octets: number[] = [];
  readonly #folded: number[] = [];

  u8(value: number): void {
    this.#octets.push(value & 255);
    this.#folded.push(value & 255);
  }

  u16(value: number): void {
    this.u8(value >>> 8);
    this.u8(value);
  }

  u32(value: number): void {
    this.u16(value >>> 16);
    this.u16(value & 0xffff);
  }

  bytes(octets: Iterable<number>): void {
    for (const octet of octets) this.u8(octet);
  }

  /** A character-string (RFC 1035 section 3.3). */
  string(octets: Uint8Array): void {
    this.u8(octets.length);
    this.bytes(octets);
  }

  /** A name whose letters fold. */
  foldedName(octets: Uint8Array): void {
    this.#octets.push(...octets);
    this.#folded.push(...foldName(octets));
  }

  /** A name whose letters count. */
  spelledName(octets: Uint8Array): void {
    this.bytes(octets);
  }

  made(): MadeData {
    return { octets: Uint8Array.from(this.#octets), folded: Uint8Array.from(this.#folded) };
  }
}

/** Length octets are below 64, so that only letters are in the range that folds. */
function foldName(octets: Uint8Array): Uint8Array {
  return octets.map(octet => (octet >= 0x41 && octet <= 0x5a ? octet + 0x20 : octet));
}

const hostOctets = Buffer.from('abcdefghijklmnopqrstuvwxyzABCXYZ0123456789-_', 'latin1');
/** Octets that presentation format treats in a way of their own, and their neighbours. */
const oddOctets = Uint8Array.from([
  0, 1, 9, 10, 13, 31, 32, 33, 34, 35, 36, 39, 40, 41, 42, 44, 45, 46, 47, 48, 57, 59, 61, 64, 65, 90, 91, 92,
  96, 97, 122, 123, 124, 126, 127, 128, 160, 194, 255,
]);

/** One octet: now and then any, or one that has a meaning in text. */
function octet(dice: Dice, odd: boolean): number {
  if (!odd) return hostOctets[dice.below(hostOctets.length)] ?? 0;
  return dice.oneIn(2) ? (oddOctets[dice.below(oddOctets.length)] ?? 0) : dice.below(256);
}

/** The octets of one label: mostly of a host, now and then of anything; 1 to 63. */
export function randomLabel(dice: Dice): Uint8Array {
  const odd = dice.oneIn(5);
  const length = dice.oneIn(12) ? 63 : dice.between(1, 9);
  return Uint8Array.from({ length }, () => octet(dice, odd));
}

/** The octets of a name on the wire, uncompressed: the root, short ones, long ones. */
export function randomName(dice: Dice): Uint8Array {
  const octets: number[] = [];
  const most = dice.oneIn(30) ? 255 : 60;
  for (let labels = dice.oneIn(20) ? dice.between(0, 126) : dice.between(0, 5); labels > 0; labels -= 1) {
    const label = dice.oneIn(40) ? Uint8Array.of(0x2a) : randomLabel(dice);
    if (octets.length + label.length + 2 > most) continue;
    octets.push(label.length, ...label);
  }
  return Uint8Array.from([...octets, 0]);
}

/** The octets of a string: plain, odd, empty, and as long as `most`. */
export function randomString(dice: Dice, most = 255): Uint8Array {
  const odd = dice.oneIn(2);
  const length = dice.oneIn(15) ? most : dice.oneIn(10) ? 0 : Math.min(most, dice.between(1, 24));
  return Uint8Array.from({ length }, () => octet(dice, odd));
}

/** Digits in ASCII, `least` to `most` of them. */
export function randomDigits(dice: Dice, least: number, most: number): Uint8Array {
  return Uint8Array.from({ length: dice.between(least, most) }, () => 0x30 + dice.below(10));
}
