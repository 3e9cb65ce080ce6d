import { type ErrorCode, ZonecutError } from '../error.ts';
import { type KnownName, KnownNames, pointerReach } from './known-names.ts';
import {
  foldedLabel,
  maxLabelOctets,
  maxNameOctets,
  type Name,
  nameOfCanonicalText,
  putFoldedLabel,
  rootName,
  spelledLabel,
} from './name.ts';

/** Pointers that one name may follow: no more than a name can have labels (RFC 1035 section 4.1.4 sets no limit). */
export const maxPointerHops = 126;

/**
 * Items of lists inside data (types of a bit map, ports, prefixes, parameters, ...) that one message may hold.
 *
 * Messages of a zone transfer with signed delegations stay far below it; without it 64 KiB could ask for half a million.
 */
export const maxListItems = 32768;

/**
 * Where the text of one name is put together, at most four characters an octet: joined out of parts it would be a chain of
 * texts, which costs the more the longer it is kept.
 */
const workspace: Buffer = Buffer.alloc(4 * maxNameOctets);

/**
 * Characters of the text of a tail that is not put together anew: a message can name a long one thousands of times, and has
 * to be read in time that goes with its octets.
 */
const longTail = 100;

function textIn(size: number): string {
  return workspace.toString('latin1', 0, size);
}

/** Puts `text` behind the `size` characters of the workspace, and gives how many are there then. */
function putText(text: string, size: number): number {
  for (let at = 0; at < text.length; at += 1) workspace[size + at] = text.charCodeAt(at);
  return size + text.length;
}

/**
 * Reads octets of a message or of record data, never beyond the bound in force.
 *
 * Every failure throws one code, ZC_WIRE in a message and ZC_RDATA in data that stands alone, with the offset.
 */
export class OctetReader {
  readonly octets: Uint8Array;
  readonly #code: ErrorCode;
  /** Where reading goes on. */
  at: number;
  /** The first octet that is out of bounds. */
  end: number;
  /** Suffixes, so that a chain of pointers is walked once; letters folded. */
  readonly #known = new KnownNames();
  #items = 0;

  constructor(octets: Uint8Array, code: ErrorCode) {
    // A Buffer, as sockets give it, makes its parts slowly, and its `slice` does not copy.
    this.octets = Buffer.isBuffer(octets)
      ? new Uint8Array(octets.buffer, octets.byteOffset, octets.length)
      : octets;
    this.#code = code;
    this.at = 0;
    this.end = octets.length;
  }

  /** The error for what is wrong at the current offset. */
  fault(sentence: string): ZonecutError {
    return new ZonecutError(this.#code, `${sentence} (at octet ${this.at})`);
  }

  /** Counts items of a list that are about to be read; the dearer to read, the more each counts. */
  spend(items: number): void {
    this.#items += items;
    if (this.#items > maxListItems) throw this.fault(`more than ${maxListItems} items in lists`);
  }

  /** Octets left within the bound. */
  get left(): number {
    return this.end - this.at;
  }

  /** The next octet. */
  u8(): number {
    this.#need(1);
    const value = this.octets[this.at] ?? 0;
    this.at += 1;
    return value;
  }

  /** The next 2 octets as a number. */
  u16(): number {
    this.#need(2);
    const value = ((this.octets[this.at] ?? 0) << 8) | (this.octets[this.at + 1] ?? 0);
    this.at += 2;
    return value;
  }

  /** The next 4 octets as a number. */
  u32(): number {
    return this.u16() * 0x10000 + this.u16();
  }

  /** The next 6 octets as a number. */
  u48(): number {
    return this.u16() * 0x100000000 + this.u32();
  }

  /** The next `count` octets, not copied. */
  take(count: number): Uint8Array {
    this.#need(count);
    this.at += count;
    return this.octets.subarray(this.at - count, this.at);
  }

  /** All octets up to the bound, not copied. */
  rest(): Uint8Array {
    return this.take(this.left);
  }

  /** A character-string: an octet of length and as many octets (RFC 1035 section 3.3). */
  string(): Uint8Array {
    return this.take(this.u8());
  }

  /** As `take`, of octets that the caller reads in place; gives where they begin. */
  pass(count: number): number {
    this.#pass(count);
    return this.at - count;
  }

  #pass(count: number): void {
    this.#need(count);
    this.at += count;
  }

  #need(count: number): void {
    if (count > this.end - this.at) {
      throw this.fault(`${count} octets are needed and ${this.end - this.at} are left`);
    }
  }

  /** A name that may be compressed, letters folded (RFC 1035 section 4.1.4). */
  name(): Name {
    return nameOfCanonicalText(this.#readName());
  }

  /** A name that must not be compressed, letters folded. */
  plainName(): Name {
    return nameOfCanonicalText(this.#readPlain(foldedLabel));
  }

  /** A name that must not be compressed, letters as they are. */
  spelledName(): string {
    return this.#readPlain(spelledLabel);
  }

  #readPlain(label: (octets: Uint8Array, at: number, length: number) => string): string {
    let text = '';
    const start = this.at;
    for (;;) {
      const length = this.u8();
      if (length === 0) break;
      if (length > maxLabelOctets) {
        this.at -= 1;
        throw this.fault(
          length >= 0xc0
            ? 'a compression pointer where none is allowed (RFC 3597 section 4)'
            : 'a reserved label type (RFC 1035 section 4.1.4, RFC 6891 section 5)',
        );
      }
      this.#pass(length);
      text += label(this.octets, this.at - length, length);
      if (this.at - start >= maxNameOctets)
        throw this.fault('a name of more than 255 octets (RFC 1035 section 2.3.4)');
    }
    return text === '' ? '.' : text;
  }

  #readName(): string {
    const start = this.at;
    let size = 0;
    let wireOctets = 0;
    for (;;) {
      const length = this.u8();
      if (length === 0) {
        const text = size === 0 ? '.' : textIn(size);
        this.#remember(start, text, wireOctets + 1, 0);
        return text;
      }
      if (length >= 0xc0) {
        this.at -= 1;
        return this.#followPointer(start, size, wireOctets);
      }
      if (length > maxLabelOctets) {
        this.at -= 1;
        throw this.fault('a reserved label type (RFC 1035 section 4.1.4, RFC 6891 section 5)');
      }
      this.#pass(length);
      wireOctets += length + 1;
      if (wireOctets >= maxNameOctets)
        throw this.fault('a name of more than 255 octets (RFC 1035 section 2.3.4)');
      size = putFoldedLabel(this.octets, this.at - length, length, workspace, size);
    }
  }

  /** Reads the pointer that ends a name whose head, of `size` characters, stands in the workspace. */
  #followPointer(start: number, size: number, headOctets: number): string {
    const target = this.u16() & 0x3fff;
    // A pointer goes to a prior occurrence (RFC 1035 section 4.1.4): strictly backwards, so every chain ends.
    if (target >= start)
      throw this.fault('a compression pointer that does not go backwards (RFC 1035 section 4.1.4)');
    if (target < 12) throw this.fault('a compression pointer into the header (RFC 1035 section 4.1.4)');
    const tail = this.#known.at(target) ?? this.#suffixAt(target);
    const wireOctets = headOctets + tail.wireOctets;
    if (wireOctets > maxNameOctets)
      throw this.fault('a name of more than 255 octets (RFC 1035 section 2.3.4)');
    if (tail.hops >= maxPointerHops)
      throw this.fault(`a name of more than ${maxPointerHops} compression pointers`);
    // A name that is a pointer and nothing else is rarely pointed to, and is walked then.
    if (size === 0) return tail.text;
    const { length } = tail.text;
    const text =
      length > longTail
        ? textIn(size) + tail.text
        : textIn(tail.text === '.' ? size : putText(tail.text, size));
    this.#remember(start, text, wireOctets, tail.hops + 1);
    return text;
  }

  /** Reads the name at `target` in a loop: segments back to front are joined, each one strictly before the last. */
  #suffixAt(target: number): KnownName {
    const segments: { readonly start: number; readonly text: string; readonly wireOctets: number }[] = [];
    let start = target;
    let tail: KnownName | undefined;
    let total = 0;
    while (tail === undefined) {
      let at = start;
      let text = '';
      let length = this.octets[at] ?? -1;
      while (length > 0 && length <= maxLabelOctets && at + length < this.octets.length) {
        text += foldedLabel(this.octets, at + 1, length);
        at += length + 1;
        total += length + 1;
        if (total >= maxNameOctets)
          throw this.fault('a name of more than 255 octets (RFC 1035 section 2.3.4)');
        length = this.octets[at] ?? -1;
      }
      segments.push({ start, text, wireOctets: at - start });
      if (length === 0) tail = { text: '.', wireOctets: 1, hops: 0 };
      else if (length >= 0xc0 && at + 1 < this.octets.length) {
        const next = ((length & 0x3f) << 8) | (this.octets[at + 1] ?? 0);
        if (next >= start)
          throw this.fault('a compression pointer that does not go backwards (RFC 1035 section 4.1.4)');
        if (next < 12) throw this.fault('a compression pointer into the header (RFC 1035 section 4.1.4)');
        if (segments.length > maxPointerHops) {
          throw this.fault(`a name of more than ${maxPointerHops} compression pointers`);
        }
        tail = this.#known.at(next);
        if (tail !== undefined) tail = { ...tail, hops: tail.hops + 1 };
        start = next;
      } else throw this.fault('a compression pointer to what is no name (RFC 1035 section 4.1.4)');
    }
    return this.#join(segments, tail);
  }

  #join(
    segments: readonly { readonly start: number; readonly text: string; readonly wireOctets: number }[],
    end: KnownName,
  ): KnownName {
    let tail = end;
    for (let at = segments.length - 1; at >= 0; at -= 1) {
      const segment = segments[at];
      if (segment === undefined) continue;
      const text = tail.text === '.' && segment.text !== '' ? segment.text : segment.text + tail.text;
      const hops = at === segments.length - 1 ? tail.hops : tail.hops + 1;
      tail = { text, wireOctets: segment.wireOctets + tail.wireOctets, hops };
      if (tail.wireOctets > maxNameOctets)
        throw this.fault('a name of more than 255 octets (RFC 1035 section 2.3.4)');
      this.#known.keep(segment.start, tail);
    }
    return tail;
  }

  #remember(start: number, text: string, wireOctets: number, hops: number): void {
    this.#known.keep(start, { text, wireOctets, hops });
  }
}

/** Writes octets into a buffer that grows; names are compressed when it is asked to. */
export class OctetWriter {
  #buffer: Uint8Array;
  /** How many octets are written. */
  at = 0;
  /** Offsets of names and their suffixes, in canonical text; null writes every name plain. */
  readonly #offsets: Map<string, number> | null;

  /** `octets` is how much room there is at first; a `buffer` is used in place of one's own while it has room. */
  constructor(
    options: { readonly octets?: number; readonly buffer?: Uint8Array; readonly compress?: boolean } = {},
  ) {
    this.#buffer = options.buffer ?? new Uint8Array(options.octets ?? 64);
    this.#offsets = options.compress === true ? new Map() : null;
  }

  #room(count: number): void {
    if (this.at + count <= this.#buffer.length) return;
    const grown = new Uint8Array(Math.max(this.#buffer.length * 2, this.at + count));
    grown.set(this.#buffer.subarray(0, this.at));
    this.#buffer = grown;
  }

  u8(value: number): void {
    this.#room(1);
    this.#buffer[this.at] = value;
    this.at += 1;
  }

  u16(value: number): void {
    this.#room(2);
    this.#buffer[this.at] = value >>> 8;
    this.#buffer[this.at + 1] = value;
    this.at += 2;
  }

  u32(value: number): void {
    this.u16(value >>> 16);
    this.u16(value & 0xffff);
  }

  /** A number below 2^48 in 6 octets. */
  u48(value: number): void {
    this.u16(Math.floor(value / 0x100000000));
    this.u32(value % 0x100000000);
  }

  bytes(octets: Uint8Array): void {
    this.#room(octets.length);
    this.#buffer.set(octets, this.at);
    this.at += octets.length;
  }

  /** Puts a number of 2 octets where room was left before. */
  setU16(at: number, value: number): void {
    this.#buffer[at] = value >>> 8;
    this.#buffer[at + 1] = value;
  }

  /** A name in canonical or spelled text, never compressed, and no name points to it. */
  plainName(text: string): void {
    for (let from = text === '.' ? text.length : 0; from < text.length; ) {
      const dot = text.indexOf('.', from);
      this.#label(text, from, dot);
      from = dot + 1;
    }
    this.u8(0);
  }

  /** A name that is compressed when this writer compresses; `spelling` is how its letters are written. */
  name(name: Name, spelling: string = name): void {
    const offsets = this.#offsets;
    if (offsets === null) {
      this.plainName(spelling);
      return;
    }
    let from = name === rootName ? name.length : 0;
    while (from < name.length) {
      const suffix = from === 0 ? name : name.slice(from);
      const offset = offsets.get(suffix);
      // A spelling of its own is never replaced by that of a name before it.
      if (offset !== undefined && spelling === name) {
        this.u16(0xc000 | offset);
        return;
      }
      // Each look-up is of a name or of a label that is then written, so that the octets of the message bound them.
      if (this.at < pointerReach && offset === undefined) offsets.set(suffix, this.at);
      const dot = name.indexOf('.', from);
      this.#label(spelling, from, dot);
      from = dot + 1;
    }
    this.u8(0);
  }

  /** The label of `text` from character `start` up to `end`. */
  #label(text: string, start: number, end: number): void {
    this.#room(end - start + 1);
    const buffer = this.#buffer;
    let to = this.at + 1;
    for (let from = start; from < end; from += 1) {
      const code = text.charCodeAt(from);
      if (code === 0x5c) {
        buffer[to] = Number(text.slice(from + 1, from + 4));
        from += 3;
      } else {
        buffer[to] = code;
      }
      to += 1;
    }
    buffer[this.at] = to - this.at - 1;
    this.at = to;
  }

  /** Takes back everything from offset `at` on, and the names that were remembered there. */
  rewind(at: number): void {
    this.at = at;
    if (this.#offsets === null) return;
    for (const [suffix, offset] of this.#offsets) {
      if (offset >= at) this.#offsets.delete(suffix);
    }
  }

  /** What was written, copied. */
  octets(): Uint8Array {
    return this.#buffer.slice(0, this.at);
  }
}
