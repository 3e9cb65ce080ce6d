import { isAddress } from '../dns/address.ts';
import { nameFromUser } from '../dns/idn.ts';
import { octetsOfName, parseName } from '../dns/name.ts';
import { messageOf } from '../error.ts';
import type { AuditLimits } from './limits.ts';

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const dot = 0x2e;
const comma = 0x2c;
const maxLabelOctets = 63;
const maxNameOctets = 255;

/** What an octet of a plain name becomes on the wire: itself in lower case; 0 for what a plain name does not have. */
const plain: Uint8Array = Uint8Array.from({ length: 256 }, (_, octet) => {
  if (octet >= 0x41 && octet <= 0x5a) return octet + 32;
  const isPlain = (octet >= 0x61 && octet <= 0x7a) || (octet >= 0x30 && octet <= 0x39);
  return isPlain || octet === 0x2d || octet === 0x5f ? octet : 0;
});

/** Takes what lines hold. */
export interface NameTaker {
  /** A name on the wire, in lower case; the octets are the taker's until it returns. */
  name(octets: Uint8Array, length: number): void;
  /** A line that is no name: its number from 1, its beginning, and why. */
  problem(line: number, text: string, why: string): void;
}

/**
 * Reads names from lines of text, one a line, pushed as octets in pieces that may end anywhere.
 *
 * Empty lines and those that begin with `#` or `;` are passed over; of a line with commas the last field counts (`1,example.com`).
 * Names are taken as people write them, IDNs included. Holds one line at most, and of one that is too long nothing.
 */
export class NameLines {
  readonly #limits: AuditLimits;
  readonly #taker: NameTaker;
  readonly #wire = new Uint8Array(maxNameOctets + 1);
  readonly #decoder = new TextDecoder('utf-8', { fatal: true });
  /** The beginning of a line that goes on in the next piece. */
  #rest: Uint8Array = new Uint8Array(0);
  #line = 0;
  #isSkipping = false;

  constructor(limits: AuditLimits, taker: NameTaker) {
    this.#limits = limits;
    this.#taker = taker;
  }

  /** Lines read so far. */
  get lines(): number {
    return this.#line;
  }

  /** Takes the next piece. */
  push(piece: Uint8Array): void {
    let start = 0;
    for (let end = piece.indexOf(lineFeed); end !== -1; end = piece.indexOf(lineFeed, start)) {
      this.#ended(piece, start, end);
      start = end + 1;
    }
    this.#keep(piece.subarray(start));
  }

  /** Says that no piece follows. */
  end(): void {
    if (this.#rest.length > 0 || this.#isSkipping) this.#ended(this.#rest.subarray(0, 0), 0, 0);
  }

  #keep(rest: Uint8Array): void {
    if (this.#isSkipping || rest.length === 0) return;
    const joined = new Uint8Array(this.#rest.length + rest.length);
    joined.set(this.#rest);
    joined.set(rest, this.#rest.length);
    if (joined.length <= this.#limits.maxLineOctets) {
      this.#rest = joined;
      return;
    }
    this.#isSkipping = true;
    this.#rest = joined.subarray(0, this.#limits.maxLineOctets);
  }

  /** A line ends: what was kept of it, and `piece` from `start` to `end`. */
  #ended(piece: Uint8Array, start: number, end: number): void {
    this.#line += 1;
    if (this.#rest.length === 0 && !this.#isSkipping) {
      this.#read(piece, start, end);
      return;
    }
    const whole = new Uint8Array(this.#rest.length + end - start);
    whole.set(this.#rest);
    whole.set(piece.subarray(start, end), this.#rest.length);
    const isTooLong = this.#isSkipping;
    this.#rest = new Uint8Array(0);
    this.#isSkipping = false;
    if (isTooLong) this.#tooLong(whole, 0, whole.length);
    else this.#read(whole, 0, whole.length);
  }

  #tooLong(octets: Uint8Array, from: number, to: number): void {
    const why = `the line has more than ${this.#limits.maxLineOctets} octets`;
    this.#taker.problem(this.#line, beginningOf(octets, from, to), why);
  }

  #read(octets: Uint8Array, start: number, end: number): void {
    if (end - start > this.#limits.maxLineOctets) {
      this.#tooLong(octets, start, end);
      return;
    }
    let from = start;
    let to = end;
    while (to > from && isBlank(octets[to - 1] ?? 0)) to -= 1;
    while (from < to && isBlank(octets[from] ?? 0)) from += 1;
    if (from === to || octets[from] === 0x23 || octets[from] === 0x3b) return;
    const last = octets.subarray(from, to).lastIndexOf(comma);
    if (last !== -1) from += last + 1;
    const length = isDigit(octets[to - 1] ?? 0) ? 0 : this.#plainName(octets, from, to);
    if (length > 0) this.#taker.name(this.#wire, length);
    else this.#other(octets, from, to);
  }

  /** Writes a plain name on the wire; 0 when it is none, and when it is the root. */
  #plainName(octets: Uint8Array, from: number, to: number): number {
    const wire = this.#wire;
    let label = 0;
    let at = 1;
    for (let next = from; next < to; next += 1) {
      const octet = octets[next] ?? 0;
      if (octet !== dot) {
        const letter = plain[octet] ?? 0;
        if (letter === 0 || at >= maxNameOctets) return 0;
        wire[at] = letter;
        at += 1;
        continue;
      }
      const length = at - label - 1;
      if (length === 0 || length > maxLabelOctets) return 0;
      wire[label] = length;
      label = at;
      at += 1;
    }
    const length = at - label - 1;
    if (length > maxLabelOctets) return 0;
    wire[label] = length;
    if (length === 0) return label === 0 ? 0 : label + 1;
    if (at >= maxNameOctets) return 0;
    wire[at] = 0;
    return at + 1;
  }

  /** A name that is not plain: with escapes, an IDN, or one that ends in a digit as addresses do. */
  #other(octets: Uint8Array, from: number, to: number): void {
    let text: string;
    try {
      text = this.#decoder.decode(octets.subarray(from, to));
    } catch {
      this.#taker.problem(this.#line, beginningOf(octets, from, to), 'the line is no UTF-8');
      return;
    }
    if (isAddress(text)) {
      this.#taker.problem(this.#line, text, 'that is an address, a name is wanted');
      return;
    }
    try {
      const name = text.includes('\\') ? parseName(text) : nameFromUser(text);
      const wire = octetsOfName(name);
      if (wire.length === 1) this.#taker.problem(this.#line, text, 'the root is delegated by nobody');
      else this.#taker.name(wire, wire.length);
    } catch (error) {
      this.#taker.problem(this.#line, beginningOf(octets, from, to), messageOf(error));
    }
  }
}

function isDigit(octet: number): boolean {
  return octet >= 0x30 && octet <= 0x39;
}

function isBlank(octet: number): boolean {
  return octet === 0x20 || octet === 0x09 || octet === carriageReturn;
}

/** The first 60 octets as people can look at them. */
function beginningOf(octets: Uint8Array, from: number, to: number): string {
  let text = '';
  for (const octet of octets.subarray(from, Math.min(to, from + 60))) {
    text += octet >= 0x20 && octet < 0x7f ? String.fromCharCode(octet) : '.';
  }
  return to > from + 60 ? `${text}...` : text;
}
