import { type MessageView, nothing } from '../dns/view.ts';
import type { NsSet } from '../dns/view-delegation.ts';

/** Addresses of one referral that are compared; a name with more is looked at as a value. */
const most = 40;
const a = 1;
const ns = 2;
const classIn = 1;

/**
 * The addresses beside one NS RRset, copied out of a message, to be compared with those of other messages.
 *
 * Only those of the targets of the set count. One of these takes one set after the other.
 */
export class GlueSet {
  readonly #octets = new Uint8Array(16 * most);
  readonly #targets = new Uint8Array(most);
  readonly #sizes = new Uint8Array(most);
  /** Which were seen in the message that is compared, and in any. */
  readonly #seenNow = new Uint8Array(most);
  readonly #seen = new Uint8Array(most);
  #count = 0;
  #isWhole = true;

  /** How many addresses there are. */
  get count(): number {
    return this.#count;
  }

  /** Whether all of them had room. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** Takes the addresses that the additional section has for `targets`. Throws ZC_WIRE. */
  read(view: MessageView, targets: Targets): void {
    this.#count = 0;
    this.#isWhole = true;
    for (let index = view.additionalStart; index < view.recordCount; index += 1) {
      const address = view.addressAt(index);
      if (address === nothing) continue;
      const target = targets.find(view, view.ownerAt(index));
      if (target === nothing) continue;
      if (this.#count === most) {
        this.#isWhole = false;
        return;
      }
      const size = view.typeAt(index) === a ? 4 : 16;
      this.#targets[this.#count] = target;
      this.#sizes[this.#count] = size;
      const { octets } = view;
      for (let at = 0; at < size; at += 1) this.#octets[16 * this.#count + at] = octets[address + at] ?? 0;
      this.#seen[this.#count] = 0;
      this.#count += 1;
    }
  }

  /** Of which target address `at` is. */
  targetOf(at: number): number {
    return this.#targets[at] ?? 0;
  }

  /** How many octets address `at` has, 4 or 16. */
  sizeOf(at: number): number {
    return this.#sizes[at] ?? 0;
  }

  /** All octets; address `at` begins at 16 times `at`. */
  get octets(): Uint8Array {
    return this.#octets;
  }

  /** Whether address `at` was seen in a message that was compared. */
  wasSeen(at: number): boolean {
    return this.#seen[at] === 1;
  }

  /** Whether another set has the same addresses for the same targets, in whatever order. */
  isSame(other: GlueSet): boolean {
    if (this.#count !== other.#count) return false;
    for (let at = 0; at < this.#count; at += 1) {
      const target = this.#targets[at] ?? 0;
      if (other.#find(target, this.#sizes[at] ?? 0, this.#octets, 16 * at) === nothing) return false;
    }
    return true;
  }

  /**
   * Compares with what another message has for the same targets, as far as it has anything for them: whether every address
   * of it is in the set, and where it has one of a target and family, all of the set's.
   *
   * Only targets in `wanted` (1 where the index counts) are looked at. Throws ZC_WIRE.
   */
  agrees(
    view: MessageView,
    range: { readonly start: number; readonly end: number },
    targets: Targets,
    wanted: Uint8Array,
  ): boolean {
    this.#seenNow.fill(0, 0, this.#count);
    let given = 0;
    for (let index = range.start; index < range.end; index += 1) {
      const address = view.addressAt(index);
      if (address === nothing) continue;
      const target = targets.find(view, view.ownerAt(index));
      if (target === nothing || wanted[target] !== 1) continue;
      const at = this.#find(target, view.typeAt(index) === a ? 4 : 16, view.octets, address);
      if (at === nothing) return false;
      this.#seenNow[at] = 1;
      given += 1;
    }
    return given === 0 || this.#isWholeWhereGiven();
  }

  #isWholeWhereGiven(): boolean {
    for (let at = 0; at < this.#count; at += 1) {
      if (this.#seenNow[at] === 1) {
        this.#seen[at] = 1;
        continue;
      }
      for (let other = 0; other < this.#count; other += 1) {
        const isBeside = this.#targets[other] === this.#targets[at] && this.#sizes[other] === this.#sizes[at];
        if (isBeside && this.#seenNow[other] === 1) return false;
      }
    }
    return true;
  }

  #find(target: number, size: number, octets: Uint8Array, from: number): number {
    for (let at = 0; at < this.#count; at += 1) {
      if (this.#targets[at] !== target || this.#sizes[at] !== size) continue;
      let same = 0;
      while (same < size && this.#octets[16 * at + same] === octets[from + same]) same += 1;
      if (same === size) return at;
    }
    return nothing;
  }
}

/** Whether the name at `at` is a pointer to the question, as most owners are: that was compared when the message came. */
function isQuestion({ octets }: MessageView, at: number): boolean {
  return octets[at] === 0xc0 && octets[at + 1] === 12;
}

/** The targets of one NS RRset by number, to find an owner among. */
export class Targets {
  readonly #names: Uint8Array[] = [];
  /** By target: 1 where it was found in what is compared. */
  #found = new Uint8Array(16);
  #count = 0;

  /** Takes the targets of `set`, whose octets must stay as they are. */
  read(set: NsSet): void {
    this.#count = set.size;
    if (this.#found.length < set.size) this.#found = new Uint8Array(2 * set.size);
    for (let at = 0; at < set.size; at += 1) this.#names[at] = set.octetsAt(at);
  }

  /** How many there are. */
  get count(): number {
    return this.#count;
  }

  /** The octets of target `at`. */
  at(at: number): Uint8Array {
    return this.#names[at] ?? new Uint8Array(0);
  }

  /**
   * Compares the NS RRset of `owner`, the name that was asked for, among the records of a range with these targets: `none` when there is no such RRset.
   *
   * Throws ZC_WIRE.
   */
  compare(
    view: MessageView,
    range: { readonly start: number; readonly end: number },
    owner: Uint8Array,
  ): 'same' | 'other' | 'none' {
    let records = 0;
    let found = 0;
    this.#found.fill(0, 0, this.#count);
    for (let index = range.start; index < range.end; index += 1) {
      if (view.typeAt(index) !== ns || view.classAt(index) !== classIn) continue;
      if (!isQuestion(view, view.ownerAt(index)) && !view.isName(view.ownerAt(index), owner)) continue;
      records += 1;
      const target = this.find(view, view.targetAt(index));
      if (target === nothing) return 'other';
      if (this.#found[target] !== 1) found += 1;
      this.#found[target] = 1;
    }
    if (records === 0) return 'none';
    return found === this.#count ? 'same' : 'other';
  }

  /** The number of the target that the name at `owner` is; `nothing` when it is none. */
  find(view: MessageView, owner: number): number {
    for (let at = 0; at < this.#count; at += 1) {
      if (view.isName(owner, this.at(at))) return at;
    }
    return nothing;
  }
}
