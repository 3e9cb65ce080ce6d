import { scanWord, type Token } from './text.ts';

/**
 * Characters that the items of one entry may have together; blanks and comments do not count.
 *
 * The longest legal data in its longest spelling has some 700,000. What goes on longer lacks a parenthesis or a line end, and
 * would be held in memory whole.
 */
export const maxEntryCharacters = 1_048_576;

/** The byte order mark, as a character and as `zoneTextOf` gives its octets; it is no part of the text. */
const characterMark = '\ufeff';
const octetMark = '\\239\\187\\191';

const closeIt = 'Close it with ")" at the end of the record.';

/** One entry: the tokens up to a line end outside parentheses (RFC 1035 section 5.1). */
export interface Entry {
  /** Whether the entry begins with a blank: its owner is the last one. */
  readonly indented: boolean;
  /** At least one. */
  readonly tokens: readonly Token[];
}

/** A place in the text, each from 1, columns in UTF-16 units. */
interface Spot {
  readonly line: number;
  readonly column: number;
}

/** A fault of the text itself; reading goes on at the next line. */
export interface EntryFault extends Spot {
  readonly message: string;
  readonly hint: string | null;
}

/** A reader of `text` that has all of it. */
export function entriesOf(text: string): EntryReader {
  const reader = new EntryReader();
  reader.push(text);
  reader.end();
  return reader;
}

/**
 * Parts the text of a zone file into entries; never throws.
 *
 * The text comes in pieces that may end anywhere. What is held is the piece that is under way and the tokens of one entry,
 * and the result is the same for any parting of the text.
 */
export class EntryReader {
  #text = '';
  #at = 0;
  #line = 1;
  /** Where the line began, in `#text`; below zero when that part is gone. */
  #lineStart = 0;
  /** The beginning, until it is known whether a byte order mark stands there. */
  #head: string | null = '';
  #ended = false;

  /** Whether a character of the entry under way was seen. */
  #begun = false;
  #indented = false;
  #tokens: Token[] = [];
  #characters = 0;
  #depth = 0;
  /** The parenthesis that is open. */
  #open: Spot | null = null;
  /** Whether all up to the line end is passed over. */
  #skipping = false;

  /** Adds text behind what came before; nothing may follow `end`. */
  push(text: string): void {
    if (this.#head === null) this.#add(text);
    else {
      this.#head += text;
      if (!octetMark.startsWith(this.#head) || this.#head === octetMark) this.#begin(this.#head);
    }
  }

  /** Says that the text is complete. */
  end(): void {
    if (this.#head !== null) this.#begin(this.#head);
    this.#ended = true;
  }

  /** Whether the text is complete. */
  get ended(): boolean {
    return this.#ended;
  }

  #begin(head: string): void {
    this.#head = null;
    const mark = [characterMark, octetMark].find(text => head.startsWith(text)) ?? '';
    this.#add(head.slice(mark.length));
  }

  #add(text: string): void {
    this.#lineStart -= this.#at;
    this.#text = this.#at < this.#text.length ? this.#text.slice(this.#at) + text : text;
    this.#at = 0;
  }

  /** Whether the next character begins an entry on a line of its own. */
  get atEntry(): boolean {
    return !this.#begun && !this.#skipping && this.#depth === 0 && this.#at < this.#text.length;
  }

  /** The text at hand; only for who passes lines with `passLine`. */
  get text(): string {
    return this.#text;
  }

  /** Where in `text` reading goes on. */
  get at(): number {
    return this.#at;
  }

  /** The number of the line under way, from 1. */
  get line(): number {
    return this.#line;
  }

  /** Passes the line under way, which was read by other means and ends before offset `end` of `text`. */
  passLine(end: number): void {
    this.#at = end - 1;
    this.#newLine();
  }

  /** The next entry or fault; null when it takes more text to say, and at the end. */
  next(): Entry | EntryFault | null {
    while (this.#at < this.#text.length) {
      if (this.#skipping && !this.#skipLine()) break;
      const code = this.#text.charCodeAt(this.#at);
      if (!this.#begun) {
        this.#begun = true;
        this.#indented = code === 0x20 || code === 0x09;
      }
      if (code === 0x0a) {
        this.#newLine();
        if (this.#depth > 0) continue;
        const entry = this.#take();
        if (entry !== null) return entry;
      } else if (code === 0x20 || code === 0x09 || code === 0x0d) this.#at += 1;
      else if (code === 0x3b) this.#skipping = true;
      else if (code === 0x28) {
        this.#open ??= this.#here();
        this.#depth += 1;
        this.#at += 1;
      } else if (code === 0x29) {
        if (this.#depth === 0) return this.#fault('a parenthesis closes that was not opened');
        this.#depth -= 1;
        if (this.#depth === 0) this.#open = null;
        this.#at += 1;
      } else {
        const fault = code === 0x22 ? this.#string() : this.#word();
        if (fault === 'more') return null;
        if (fault !== null) return fault;
      }
    }
    return this.#ended ? this.#last() : null;
  }

  /** Takes the word at hand; `more` when it may go on behind the text that is there. */
  #word(): EntryFault | 'more' | null {
    const { end, text } = scanWord(this.#text, this.#at);
    if (this.#characters + text.length > maxEntryCharacters) return this.#tooLong();
    if (end === this.#text.length && !this.#ended) return 'more';
    if (text === '') return this.#fault('a control character', 'Write it as \\DDD.');
    if (text.includes('\n')) return this.#fault('a backslash at the end of a line');
    this.#token(text, false, end);
    return null;
  }

  /** As `#word`, of the string whose opening quote is at hand. */
  #string(): EntryFault | 'more' | null {
    const end = this.#stringEnd();
    if (this.#characters + end - this.#at > maxEntryCharacters) return this.#tooLong();
    if (end === this.#text.length && !this.#ended) return 'more';
    if (this.#text.charCodeAt(end) !== 0x22) {
      return this.#fault('a quote is not closed on its line', 'A line end inside a string is written \\010.');
    }
    this.#token(this.#text.slice(this.#at + 1, end), true, end + 1);
    return null;
  }

  /** The closing quote, the line end that comes instead, or the end of the text. */
  #stringEnd(): number {
    for (let at = this.#at + 1; at < this.#text.length; at += 1) {
      const code = this.#text.charCodeAt(at);
      if (code === 0x0a || code === 0x22) return at;
      if (code === 0x5c && this.#text.charCodeAt(at + 1) !== 0x0a) at += 1;
    }
    return this.#text.length;
  }

  #token(text: string, quoted: boolean, end: number): void {
    this.#tokens.push({ text, quoted, line: this.#line, column: this.#at - this.#lineStart + 1 });
    this.#characters += text.length + 1;
    this.#at = end;
  }

  /** Ends the entry under way; null when it has no tokens. */
  #take(): Entry | null {
    const entry = { indented: this.#indented, tokens: this.#tokens };
    this.#begun = false;
    this.#characters = 0;
    if (entry.tokens.length === 0) return null;
    this.#tokens = [];
    return entry;
  }

  /** What the end of the text leaves. */
  #last(): Entry | EntryFault | null {
    if (this.#open === null) return this.#take();
    return this.#fault('a parenthesis is not closed', closeIt, this.#open);
  }

  #tooLong(): EntryFault {
    const most = maxEntryCharacters;
    return this.#open === null
      ? this.#fault(`a record of more than ${most} characters`)
      : this.#fault(`a parenthesis is not closed within ${most} characters`, closeIt, this.#open);
  }

  #here(): Spot {
    return { line: this.#line, column: this.#at - this.#lineStart + 1 };
  }

  #newLine(): void {
    this.#at += 1;
    this.#line += 1;
    this.#lineStart = this.#at;
  }

  /** Goes to the line end; false when it has not come. */
  #skipLine(): boolean {
    const end = this.#text.indexOf('\n', this.#at);
    this.#at = end === -1 ? this.#text.length : end;
    if (end !== -1) this.#skipping = false;
    return end !== -1;
  }

  /** Gives up the entry under way; reading goes on behind the line. */
  #fault(message: string, hint: string | null = null, at: Spot = this.#here()): EntryFault {
    this.#tokens = [];
    this.#characters = 0;
    this.#depth = 0;
    this.#open = null;
    this.#skipping = true;
    return { ...at, message, hint };
  }
}
