import { type Name, nameOfCanonicalText, rootName } from './name.ts';
import type { Rdata, ResourceRecord, RRType } from './record.ts';
import { maxTtl } from './rrset.ts';
import type { Scope, Ttls } from './zonefile-record.ts';

/** Characters of a name in canonical text without escapes: one octet fewer than it takes on the wire. */
const maxNameCharacters = 254;
const maxLabelCharacters = 63;
/** Texts that are kept to be shared; a power of 2. */
const sharedTexts = 8192;
const windowOctets = 65536;
/** Characters that the names, numbers and words of a plain line have at most; with more blanks it may be left to others. */
const maxPlainLine = 1024;

const space = 0x20;
const tab = 0x09;
const carriageReturn = 0x0d;
const lineEnd = 0x0a;
const dot = 0x2e;

/** Canonical characters of names by code: letters folded, `.` itself, 0 for what needs an escape or ends the name. */
const nameCharacters: Uint8Array = characters('abcdefghijklmnopqrstuvwxyz0123456789-_*/.');
/** Canonical characters of hexadecimal by code; 0 for others. */
const hexCharacters: Uint8Array = characters('abcdef0123456789');

function characters(lowerCase: string): Uint8Array {
  const table = new Uint8Array(256);
  for (const character of lowerCase) {
    table[character.charCodeAt(0)] = character.charCodeAt(0);
    table[character.toUpperCase().charCodeAt(0)] = character.charCodeAt(0);
  }
  return table;
}

/** A word of up to 5 letters as a number, whatever their case; the key of the tables below. */
function packed(word: string): number {
  let key = 0;
  for (const letter of word) key = key * 32 + (letter.charCodeAt(0) & 31);
  return key;
}

const classIn = packed('IN');
const typeNs = packed('NS');
const typeA = packed('A');
const typeDs = packed('DS');
/** Types whose data is one name that folds. */
const oneNameTypes: ReadonlyMap<number, RRType> = new Map(
  ['CNAME', 'PTR', 'DNAME'].map(type => [packed(type), type]),
);

/** Hexadecimal digits of the digest of a DS record by its type (RFC 3658, RFC 4509, RFC 6605). */
const digestDigits: Readonly<Record<number, number>> = { 1: 40, 2: 64, 4: 96 };

/**
 * Reads the lines of which large zones consist: one record of NS, A, DS, CNAME, PTR or DNAME, without escapes, quotes,
 * parentheses and comments.
 *
 * What such a line says is what `readRecord` says of its tokens. Any other line, and any with a fault in it, is left to that:
 * this gives null then, and has changed nothing. Texts that come again are shared, so that a zone takes less memory.
 */
export class PlainLineReader {
  readonly #scratch: Buffer = Buffer.alloc(512);
  readonly #shared: (string | undefined)[] = new Array<string | undefined>(sharedTexts).fill(undefined);
  /** A part of the text as octets, which are read several times as fast, and a 0 behind it. */
  readonly #window: Buffer = Buffer.alloc(windowOctets + 1);
  #text = '';
  /** Where in the text the window begins and ends. */
  #from = 0;
  #to = 0;
  /** Whether each octet of the window is one character of the text. */
  #isPlain = true;
  /** Where in the window reading goes on. */
  #at = 0;
  /** The offset in the text behind the line that was read. */
  end = 0;
  /** Where the first item of the line stands, from 1. */
  column = 1;

  /** The record of the line that begins at `start` of `text` and has its line end there; null when it is not plain. */
  read(text: string, start: number, scope: Scope, ttls: Ttls): ResourceRecord | null {
    this.#show(text, start);
    if (!this.#isPlain) return null;
    const begin = this.#at;
    const first = this.#window[begin];
    const indented = first === space || first === tab;
    const owner = indented ? scope.owner : this.#name(scope.origin);
    if (owner === null || !this.#blanks()) return null;
    this.column = indented ? this.#at - begin + 1 : 1;
    let ttl: number | null = null;
    let key = this.#head();
    if (key < 0) {
      ttl = -1 - key;
      key = this.#head();
    }
    if (key === classIn) key = this.#head();
    if (key < 0 && ttl === null) {
      ttl = -1 - key;
      key = this.#head();
    }
    const seconds = ttl ?? ttls.standard ?? ttls.last;
    if (key <= 0 || seconds === null || seconds > maxTtl) return null;
    const type = key === typeNs ? 'NS' : key === typeA ? 'A' : key === typeDs ? 'DS' : oneNameTypes.get(key);
    if (type === undefined) return null;
    const data = type === 'A' ? this.#address() : type === 'DS' ? this.#digest() : this.#name(scope.origin);
    if (data === null || !this.#lineEnds()) return null;
    scope.owner = owner;
    if (ttl !== null) ttls.last = ttl;
    return { owner, type, class: 'IN', ttl: seconds, data: data as Rdata };
  }

  /** Puts the text from `start` on before the window, as much as a plain line can have at least. */
  #show(text: string, start: number): void {
    const inside = text === this.#text && start >= this.#from && start < this.#to;
    if (!inside || (this.#to - start < maxPlainLine && this.#to < text.length)) {
      const part = text.slice(start, start + windowOctets);
      // Characters outside ASCII take more octets than one: then no line of the window is read here.
      this.#isPlain = this.#window.write(part, 'utf8') === part.length;
      this.#text = text;
      this.#from = start;
      this.#to = start + part.length;
      this.#window[part.length] = 0;
    }
    this.#at = start - this.#from;
  }

  /** Passes blanks, of which there must be one. */
  #blanks(): boolean {
    const start = this.#at;
    while (isBlank(this.#window[this.#at] ?? 0)) this.#at += 1;
    return this.#at > start;
  }

  #lineEnds(): boolean {
    this.#blanks();
    this.end = this.#from + this.#at + 1;
    return (this.#window[this.#at] ?? 0) === lineEnd;
  }

  /** An item before the data and the blanks behind it: -1 - TTL, or a word of letters packed; 0 when it is neither. */
  #head(): number {
    const first = this.#window[this.#at] ?? 0;
    if (first >= 0x30 && first <= 0x39) {
      const ttl = this.#number(maxTtl);
      return ttl < 0 || !this.#blanks() ? 0 : -1 - ttl;
    }
    let key = 0;
    for (let letters = 0; ; letters += 1) {
      const code = (this.#window[this.#at] ?? 0) & ~0x20;
      if (!(code >= 0x41 && code <= 0x5a)) break;
      if (letters === 5) return 0;
      key = key * 32 + (code & 31);
      this.#at += 1;
    }
    return this.#blanks() ? key : 0;
  }

  /** A decimal number up to `most` without leading zeros; -1 when there is none. */
  #number(most: number): number {
    const start = this.#at;
    let value = 0;
    for (;;) {
      const digit = (this.#window[this.#at] ?? 0) - 0x30;
      if (!(digit >= 0 && digit <= 9)) break;
      value = value * 10 + digit;
      if (value > most) return -1;
      this.#at += 1;
      if (value === 0) break;
    }
    return this.#at === start ? -1 : value;
  }

  /** A name without escapes, relative to `origin` when it has no final dot; null when it is none, or is the root. */
  #name(origin: Name): Name | null {
    const window = this.#window;
    const scratch = this.#scratch;
    let used = 0;
    let label = 0;
    let hash = 0;
    for (let at = this.#at; ; at += 1) {
      const character = nameCharacters[window[at] ?? 0] ?? 0;
      if (character === 0) {
        this.#at = at;
        break;
      }
      if (character === dot) {
        if (label === 0) return null;
        label = 0;
      } else {
        label += 1;
        if (label > maxLabelCharacters) return null;
      }
      if (used === maxNameCharacters) return null;
      scratch[used] = character;
      hash = Math.imul(hash ^ character, 0x01000193);
      used += 1;
    }
    if (used === 0) return null;
    const whole = label === 0 ? used : this.#qualify(used, origin);
    return whole === 0 ? null : nameOfCanonicalText(this.#share(whole, hash ^ (label === 0 ? 0 : 1)));
  }

  /** Puts the origin behind the `used` characters of a relative name; gives how many there are, 0 when it cannot be. */
  #qualify(used: number, origin: Name): number {
    const tail = origin === rootName ? '' : origin;
    const whole = used + 1 + tail.length;
    if (whole > maxNameCharacters || tail.includes('\\')) return 0;
    this.#scratch[used] = dot;
    for (let at = 0; at < tail.length; at += 1) this.#scratch[used + 1 + at] = tail.charCodeAt(at);
    return whole;
  }

  /** The first `length` characters of the scratch as a text of its own, which holds nothing of the file in memory. */
  #share(length: number, hash: number): string {
    const slot = (hash ^ (hash >>> 15)) & (sharedTexts - 1);
    const known = this.#shared[slot];
    if (known !== undefined && known.length === length && this.#isScratch(known)) return known;
    const text = this.#scratch.toString('latin1', 0, length);
    this.#shared[slot] = text;
    return text;
  }

  #isScratch(text: string): boolean {
    const scratch = this.#scratch;
    for (let at = 0; at < text.length; at += 1) {
      if (text.charCodeAt(at) !== scratch[at]) return false;
    }
    return true;
  }

  /** Four decimal octets with dots between them (RFC 1035 section 3.4.1). */
  #address(): string | null {
    const start = this.#at;
    for (let part = 0; part < 4; part += 1) {
      if (part > 0) {
        if ((this.#window[this.#at] ?? 0) !== dot) return null;
        this.#at += 1;
      }
      if (this.#number(255) < 0) return null;
    }
    return this.#copy(start);
  }

  /** Key tag, algorithm and digest type as numbers, and the digest in one piece (RFC 4034 section 5.3). */
  #digest(): string | null {
    const tag = this.#field(0xffff);
    const algorithm = this.#field(255);
    const digestType = this.#field(255);
    const wanted = digestDigits[digestType];
    if (tag < 0 || algorithm < 0 || wanted === undefined) return null;
    const head = `${tag} ${algorithm} ${digestType} `;
    const scratch = this.#scratch;
    for (let at = 0; at < head.length; at += 1) scratch[at] = head.charCodeAt(at);
    for (let digit = 0; digit < wanted; digit += 1) {
      const character = hexCharacters[this.#window[this.#at + digit] ?? 0] ?? 0;
      if (character === 0) return null;
      scratch[head.length + digit] = character;
    }
    this.#at += wanted;
    return scratch.toString('latin1', 0, head.length + wanted);
  }

  /** A number and the blanks behind it; -1 when it is none. */
  #field(most: number): number {
    const value = this.#number(most);
    return this.#blanks() ? value : -1;
  }

  /** The text from `start` on up to here, copied: a slice of the file's would hold it whole. */
  #copy(start: number): string {
    return this.#window.toString('latin1', start, this.#at);
  }
}

function isBlank(code: number): boolean {
  return code === space || code === tab || code === carriageReturn;
}
