import { ZonecutError } from '../error.ts';
import { foldedLabel, maxLabelOctets, maxNameOctets, type Name, nameOfCanonicalText } from './name.ts';
import { maxPointerHops } from './octets.ts';

/** Octets of a message that a compression pointer can reach (RFC 1035 section 4.1.4). */
const pointerReach = 0x4000;
const headerOctets = 12;
/** Messages that the memory of names tells apart before it is emptied: 16 bits above 15 of an entry. */
const generations = 0xffff;
/** The hash of the root, with which FNV-1a begins. */
const rootHash = 0x811c9dc5 | 0;
/** Hashes that are remembered of one message; a power of 2. */
const hashSlots = 512;

/** The octets with ASCII letters in lower case (RFC 4343); labels' lengths stand below the letters and stay. */
const folded: Uint8Array = Uint8Array.from({ length: 256 }, (_, octet) =>
  octet >= 0x41 && octet <= 0x5a ? octet + 32 : octet,
);

/** For views: the error for what is wrong with a message at octet `at`. */
export function viewFault(at: number, sentence: string): ZonecutError {
  const rule = sentence.includes('(RFC ') ? '' : ' (RFC 1035 section 4.1)';
  return new ZonecutError('ZC_WIRE', `${sentence} (at octet ${at})${rule}`);
}

/**
 * For views: checks the names of one message after the other, and remembers where in it names begin.
 *
 * A name that many pointers share is walked once a message, so that the work is bounded by the octets. Has 68 KiB of memory
 * for its life, and takes no more.
 */
export class NameChecker {
  /** By offset: the generation, 7 bits of pointers followed and 8 of octets uncompressed; 0 when nothing is known. */
  readonly #known = new Int32Array(pointerReach);
  #generation = 0;
  /** The segments of a chain of pointers that is being walked: offset, octets. */
  readonly #segments = new Int32Array(2 * (maxPointerHops + 2));
  /** Hashes of names by the offset of their first label: generation and offset, and the hash, in slots by offset. */
  readonly #hashed = new Int32Array(hashSlots);
  readonly #hashes = new Int32Array(hashSlots);
  #octets: Uint8Array = new Uint8Array(0);

  /** Forgets the names of the message before. */
  begin(octets: Uint8Array): void {
    this.#octets = octets;
    this.#generation += 1;
    if (this.#generation > generations) {
      this.#known.fill(0);
      this.#hashed.fill(0);
      this.#generation = 1;
    }
  }

  /**
   * Checks the name at `start`, of which no octet before its first pointer may stand at `end` or behind.
   *
   * Gives the offset behind it. Pointers go strictly backwards and not into the header (RFC 1035 section 4.1.4). Throws
   * ZC_WIRE.
   */
  pass(start: number, end: number): number {
    const octets = this.#octets;
    let at = start;
    for (;;) {
      if (at >= end) throw viewFault(at, 'the octets end inside a name');
      const length = octets[at] ?? 0;
      if (length === 0) {
        this.#remember(start, at - start + 1);
        return at + 1;
      }
      if (length > maxLabelOctets) {
        if (length < 0xc0) throw viewFault(at, 'a reserved label type');
        if (at + 1 >= end) throw viewFault(at, 'the octets end inside a name');
        this.#join(start, at, ((length & 0x3f) << 8) | (octets[at + 1] ?? 0));
        return at + 2;
      }
      at += length + 1;
      if (at - start >= maxNameOctets) throw viewFault(start, 'a name of more than 255 octets');
    }
  }

  /** The name at `start` goes on at `target` from octet `at` on: its entry is the target's, and one pointer more. */
  #join(start: number, at: number, target: number): void {
    if (target >= start) throw viewFault(at, 'a compression pointer that does not go backwards');
    const known = this.#known[target] ?? 0;
    const tail = known >>> 15 === this.#generation ? known & 0x7fff : this.#walk(target);
    this.#remember(start, joined(at, tail, at - start));
  }

  /** Walks a chain of names that was not met before, strictly backwards, and remembers every one of it. */
  #walk(first: number): number {
    const octets = this.#octets;
    const segments = this.#segments;
    let start = first;
    let count = 0;
    let tail = 0;
    while (tail === 0) {
      if (start < headerOctets) throw viewFault(start, 'a compression pointer into the header');
      if (count > maxPointerHops) throw tooManyPointers(start);
      const at = endOfLabels(octets, start);
      const length = octets[at] ?? 0;
      segments[2 * count] = start;
      segments[2 * count + 1] = at - start;
      count += 1;
      if (length === 0) tail = 1;
      else {
        const next = ((length & 0x3f) << 8) | (octets[at + 1] ?? 0);
        if (next >= start) throw viewFault(at, 'a compression pointer that does not go backwards');
        const known = this.#known[next] ?? 0;
        if (known >>> 15 === this.#generation) tail = joined(at, known & 0x7fff, 0);
        start = next;
      }
    }
    return this.#joinSegments(count, tail);
  }

  #joinSegments(count: number, end: number): number {
    let tail = end;
    for (let at = count - 1; at >= 0; at -= 1) {
      const start = this.#segments[2 * at] ?? 0;
      const octets = this.#segments[2 * at + 1] ?? 0;
      if (at === count - 1) {
        if ((tail & 0xff) + octets > maxNameOctets) throw viewFault(start, 'a name of more than 255 octets');
        tail += octets;
      } else tail = joined(start, tail, octets);
      this.#remember(start, tail);
    }
    return tail;
  }

  /**
   * A hash of the name at `at`, which was checked: the same in every message and for every case of its letters.
   *
   * It is made from the root down, so that names with a suffix in common share the work.
   */
  hash(at: number): number {
    const octets = this.#octets;
    const above = this.#segments;
    let label = labelAt(octets, at);
    let labels = 0;
    let hash = rootHash;
    while ((octets[label] ?? 0) !== 0 && labels < above.length) {
      if (this.#hashed[label & (hashSlots - 1)] === ((this.#generation << 16) | label)) {
        hash = this.#hashes[label & (hashSlots - 1)] ?? 0;
        break;
      }
      above[labels] = label;
      labels += 1;
      label = labelAt(octets, label + (octets[label] ?? 0) + 1);
    }
    for (let next = labels - 1; next >= 0; next -= 1) {
      const start = above[next] ?? 0;
      hash = hashOfLabel(octets, start, hash);
      this.#hashed[start & (hashSlots - 1)] = (this.#generation << 16) | start;
      this.#hashes[start & (hashSlots - 1)] = hash;
    }
    return hash;
  }

  #remember(start: number, entry: number): void {
    if (start < pointerReach) this.#known[start] = (this.#generation << 15) | entry;
  }
}

/** The entry of `octets` of labels and a pointer to a name of entry `tail`. */
function joined(at: number, tail: number, octets: number): number {
  if ((tail & 0xff) + octets > maxNameOctets) throw viewFault(at, 'a name of more than 255 octets');
  if (tail >>> 8 >= maxPointerHops) throw tooManyPointers(at);
  return tail + 0x100 + octets;
}

function tooManyPointers(at: number): ZonecutError {
  return viewFault(at, `a name of more than ${maxPointerHops} compression pointers`);
}

/** The offset of the zero or the pointer that ends the labels from `start` on. */
function endOfLabels(octets: Uint8Array, start: number): number {
  let at = start;
  for (;;) {
    if (at >= octets.length) throw viewFault(at, 'a compression pointer to what is no name');
    const length = octets[at] ?? 0;
    if (length === 0) return at;
    if (length > maxLabelOctets) {
      if (length >= 0xc0 && at + 1 < octets.length) return at;
      throw viewFault(at, 'a compression pointer to what is no name');
    }
    at += length + 1;
    if (at - start >= maxNameOctets) throw viewFault(start, 'a name of more than 255 octets');
  }
}

/**
 * The offset of the label, or of the final zero, that a name goes on with at `at`: pointers are followed.
 *
 * Only for names that were checked; on other offsets it ends all the same, and throws ZC_WIRE at the latest after as many
 * pointers as a name may have.
 */
function labelAt(octets: Uint8Array, at: number): number {
  let label = at;
  for (let hops = 0; (octets[label] ?? 0) >= 0xc0; hops += 1) {
    if (hops > maxPointerHops) throw tooManyPointers(at);
    label = (((octets[label] ?? 0) & 0x3f) << 8) | (octets[label + 1] ?? 0);
  }
  return label;
}

/** Whether the name at `at` is the one that `wanted` holds uncompressed in lower case, as `octetsOfName` gives it. */
export function isNameAt(octets: Uint8Array, at: number, wanted: Uint8Array): boolean {
  let from = labelAt(octets, at);
  let to = 0;
  for (;;) {
    const length = octets[from] ?? 0;
    if (wanted[to] !== length) return false;
    if (length === 0) return to + 1 === wanted.length;
    const end = to + length;
    while (to < end) {
      from += 1;
      to += 1;
      if (folded[octets[from] ?? 0] !== wanted[to]) return false;
    }
    from = labelAt(octets, from + 1);
    to += 1;
  }
}

/** Whether the names at `a` of one message and at `b` of another are one name, whatever the case of their letters. */
export function isSameNameAt(octets: Uint8Array, a: number, others: Uint8Array, b: number): boolean {
  let left = labelAt(octets, a);
  let right = labelAt(others, b);
  for (let labels = 0; labels < maxNameOctets; labels += 1) {
    if (left === right && octets === others) return true;
    const length = octets[left] ?? 0;
    if (length !== others[right]) return false;
    if (length === 0) return true;
    for (let step = 1; step <= length; step += 1) {
      if (folded[octets[left + step] ?? 0] !== folded[others[right + step] ?? 0]) return false;
    }
    left = labelAt(octets, left + length + 1);
    right = labelAt(others, right + length + 1);
  }
  return false;
}

/** Writes the name at `at` into `to` from `start` on, uncompressed and in lower case; gives how many octets it took, 1 to 255. */
export function copyNameAt(octets: Uint8Array, at: number, to: Uint8Array, start: number): number {
  let written = 0;
  let label = labelAt(octets, at);
  for (;;) {
    const length = octets[label] ?? 0;
    if (written + length + 1 > maxNameOctets) throw viewFault(at, 'a name of more than 255 octets');
    for (let step = 0; step <= length; step += 1) {
      to[start + written] = folded[octets[label + step] ?? 0] ?? 0;
      written += 1;
    }
    if (length === 0) return written;
    label = labelAt(octets, label + length + 1);
  }
}

/** The hash of a name (FNV-1a, 32 bits) whose first label is at `start`, and the rest of which hashes to `hash`. */
function hashOfLabel(octets: Uint8Array, start: number, hash: number): number {
  let mixed = hash;
  const end = start + (octets[start] ?? 0);
  for (let at = start; at <= end; at += 1) {
    mixed = Math.imul(mixed ^ (folded[octets[at] ?? 0] ?? 0), 0x01000193);
  }
  return mixed;
}

/** The name at `at` as text. */
export function readNameAt(octets: Uint8Array, at: number): Name {
  let text = '';
  let label = labelAt(octets, at);
  for (let labels = 0; labels < maxNameOctets; labels += 1) {
    const length = octets[label] ?? 0;
    if (length === 0) break;
    text += foldedLabel(octets, label + 1, length);
    label = labelAt(octets, label + length + 1);
  }
  return nameOfCanonicalText(text === '' ? '.' : text);
}

/** How many labels the name at `at` has, the root's not counted. */
export function labelCountAt(octets: Uint8Array, at: number): number {
  let count = 0;
  let label = labelAt(octets, at);
  while ((octets[label] ?? 0) !== 0 && count < maxNameOctets) {
    count += 1;
    label = labelAt(octets, label + (octets[label] ?? 0) + 1);
  }
  return count;
}

/** The offset of the name `labels` up from the one at `at`: its label there, or the root's zero when it has fewer. */
export function ancestorAt(octets: Uint8Array, at: number, labels: number): number {
  let label = labelAt(octets, at);
  for (let left = labels; left > 0 && (octets[label] ?? 0) !== 0; left -= 1) {
    label = labelAt(octets, label + (octets[label] ?? 0) + 1);
  }
  return label;
}

/** Whether the name at `at` is the one at `ancestor` of the same message, or below it. */
export function isAtOrBelowAt(octets: Uint8Array, at: number, ancestor: number): boolean {
  const below = labelCountAt(octets, at) - labelCountAt(octets, ancestor);
  return below >= 0 && isSameNameAt(octets, ancestorAt(octets, at, below), octets, ancestor);
}
