import { scanWord, type Token } from './text.ts';

/** What is wrong at one place of a zone file. */
export interface ZoneFileProblem {
  /** `warning` when a record was still taken from it. */
  readonly severity: 'error' | 'warning';
  /** The file as it was named to the parser; null when it has no name. */
  readonly file: string | null;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
  /** One sentence: what was found and what is allowed. */
  readonly message: string;
  readonly hint: string | null;
}

/** One entry: the tokens up to a line end outside parentheses (RFC 1035 section 5.1). */
export interface Entry {
  /** Whether the entry begins with a blank: its owner is the last one. */
  readonly indented: boolean;
  /** At least one. */
  readonly tokens: readonly Token[];
}

/** A fault of the text itself; reading goes on at the next line. */
export interface EntryFault {
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly hint: string | null;
}

/** Parts the text of a zone file into entries, one after the other; never throws. */
export class EntryReader {
  readonly #text: string;
  #at = 0;
  #line = 1;
  #lineStart = 0;

  constructor(text: string) {
    this.#text = text.startsWith('\ufeff') ? text.slice(1) : text;
  }

  /** The next entry or fault; null at the end. */
  next(): Entry | EntryFault | null {
    for (;;) {
      if (this.#at >= this.#text.length) return null;
      const entry = this.#entry();
      if (entry !== null) return entry;
    }
  }

  /** Reads one entry; null when it has no tokens. */
  #entry(): Entry | EntryFault | null {
    const first = this.#text.charCodeAt(this.#at);
    const indented = first === 0x20 || first === 0x09;
    const tokens: Token[] = [];
    let open: { readonly line: number; readonly column: number } | null = null;
    let depth = 0;
    while (this.#at < this.#text.length) {
      const code = this.#text.charCodeAt(this.#at);
      if (code === 0x0a) {
        this.#newLine();
        if (depth === 0) break;
      } else if (code === 0x20 || code === 0x09 || code === 0x0d) this.#at += 1;
      else if (code === 0x3b) this.#skipLine();
      else if (code === 0x28) {
        open ??= { line: this.#line, column: this.#column() };
        depth += 1;
        this.#at += 1;
      } else if (code === 0x29) {
        if (depth === 0) return this.#fault('a parenthesis closes that was not opened');
        depth -= 1;
        if (depth === 0) open = null;
        this.#at += 1;
      } else {
        const fault = this.#token(code, tokens);
        if (fault !== null) return fault;
      }
    }
    if (open !== null) {
      return {
        ...open,
        message: 'a parenthesis is not closed',
        hint: 'Close it with ")" at the end of the record.',
      };
    }
    return tokens.length === 0 ? null : { indented, tokens };
  }

  #token(code: number, tokens: Token[]): EntryFault | null {
    const place = { line: this.#line, column: this.#column() };
    if (code === 0x22) {
      const end = this.#closingQuote();
      if (end === null)
        return this.#fault(
          'a quote is not closed on its line',
          'A line end inside a string is written \\010.',
        );
      tokens.push({ text: this.#text.slice(this.#at + 1, end), quoted: true, ...place });
      this.#at = end + 1;
      return null;
    }
    const scan = scanWord(this.#text, this.#at);
    if (scan.end === this.#at) return this.#fault('a control character', 'Write it as \\DDD.');
    if (scan.text.includes('\n')) return this.#fault('a backslash at the end of a line');
    tokens.push({ text: scan.text, quoted: false, ...place });
    this.#at = scan.end;
    return null;
  }

  #closingQuote(): number | null {
    for (let at = this.#at + 1; at < this.#text.length; at += 1) {
      const code = this.#text.charCodeAt(at);
      if (code === 0x0a) return null;
      if (code === 0x22) return at;
      if (code === 0x5c && this.#text.charCodeAt(at + 1) !== 0x0a) at += 1;
    }
    return null;
  }

  #column(): number {
    return this.#at - this.#lineStart + 1;
  }

  #newLine(): void {
    this.#at += 1;
    this.#line += 1;
    this.#lineStart = this.#at;
  }

  #skipLine(): void {
    const end = this.#text.indexOf('\n', this.#at);
    this.#at = end === -1 ? this.#text.length : end;
  }

  #fault(message: string, hint: string | null = null): EntryFault {
    const fault = { line: this.#line, column: this.#column(), message, hint };
    this.#skipLine();
    if (this.#at < this.#text.length) this.#newLine();
    return fault;
  }
}
