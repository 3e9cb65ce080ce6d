import { ZonecutError } from '../error.ts';
import type { Name } from './name.ts';

/** One item of presentation format (RFC 1035 section 5.1). */
export interface Token {
  /** As written, escapes unresolved, without the quotes. */
  readonly text: string;
  readonly quoted: boolean;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
}

/** Printable text of every octet inside quotes. */
const quotedText: readonly string[] = Array.from({ length: 256 }, (_, octet) => {
  if (octet === 0x22 || octet === 0x5c) return `\\${String.fromCharCode(octet)}`;
  if (octet >= 0x20 && octet <= 0x7e) return String.fromCharCode(octet);
  return `\\${octet.toString().padStart(3, '0')}`;
});

/** `octets` as a quoted string: printable ASCII as it is, `\"`, `\\`, anything else `\DDD`. */
export function quotedString(octets: Uint8Array): string {
  let text = '"';
  for (const octet of octets) text += quotedText[octet];
  return `${text}"`;
}

const encoder = new TextEncoder();

/**
 * The octets that a token stands for, its escapes resolved; characters outside ASCII give their UTF-8.
 *
 * Throws ZC_RDATA on a backslash that escapes nothing.
 */
export function octetsOfText(text: string): Uint8Array {
  if (!text.includes('\\')) return encoder.encode(text);
  const octets: number[] = [];
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] !== '\\') {
      const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
      octets.push(...encoder.encode(character));
      at += character.length - 1;
      continue;
    }
    const digits = /^\d{3}/.exec(text.slice(at + 1, at + 4))?.[0];
    const next = text[at + 1];
    if (next === undefined || (/\d/.test(next) && (digits === undefined || Number(digits) > 255))) {
      throw new ZonecutError('ZC_RDATA', `an escape \\DDD needs three digits, at most 255: ${shown(text)}`);
    }
    if (digits === undefined) {
      const character = String.fromCodePoint(text.codePointAt(at + 1) ?? 0);
      octets.push(...encoder.encode(character));
      at += character.length;
    } else {
      octets.push(Number(digits));
      at += 3;
    }
  }
  return Uint8Array.from(octets);
}

/**
 * The text of a zone file that was read as octets: those outside ASCII become `\DDD`, so that no encoding is guessed and
 * every octet of a label or string survives (RFC 1035 section 5.1).
 */
export function zoneTextOf(octets: Uint8Array): string {
  const text = Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString('latin1');
  return text.replace(/[\u0080-\u00ff]/g, character => `\\${character.charCodeAt(0)}`);
}

/** `text` quoted for an error, cut at 120 characters. */
export function shown(text: string): string {
  return JSON.stringify(text.length > 120 ? `${text.slice(0, 120)}...` : text);
}

const space = 0x20;
const tab = 0x09;

/** Where the scanner of one token ended, and what it was. */
interface Scan {
  readonly end: number;
  readonly text: string;
}

/** The end of the bare word that begins at `from`: the first blank, quote, parenthesis, semicolon or line end. */
export function scanWord(text: string, from: number): Scan {
  let at = from;
  for (; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 0x5c) at += 1;
    else if (code <= space || code === 0x22 || code === 0x28 || code === 0x29 || code === 0x3b) break;
  }
  const end = Math.min(at, text.length);
  return { end, text: text.slice(from, end) };
}

/**
 * The string whose opening quote is at `from`; it may hold line ends.
 *
 * `end` is behind the closing quote; null when there is none.
 */
export function scanQuoted(text: string, from: number): Scan | null {
  for (let at = from + 1; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 0x5c) at += 1;
    else if (code === 0x22) return { end: at + 1, text: text.slice(from + 1, at) };
  }
  return null;
}

/**
 * The tokens of the data of one record; blanks, line ends and balanced parentheses part them.
 *
 * A bare `;` is refused: in a zone file it would begin a comment, from a user it is nearly always a string that lacks its
 * quotes. Throws ZC_RDATA.
 */
export function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let depth = 0;
  let at = 0;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === space || code === tab || code === 0x0a || code === 0x0d) at += 1;
    else if (code === 0x28 || code === 0x29) {
      depth += code === 0x28 ? 1 : -1;
      if (depth < 0)
        throw new ZonecutError(
          'ZC_RDATA',
          `a parenthesis closes that was not opened at column ${at + 1}: ${shown(text)}`,
        );
      at += 1;
    } else if (code === 0x22) {
      const scan = scanQuoted(text, at);
      if (scan === null)
        throw new ZonecutError('ZC_RDATA', `a quote is not closed at column ${at + 1}: ${shown(text)}`);
      tokens.push({ text: scan.text, quoted: true, line: 1, column: at + 1 });
      at = scan.end;
    } else {
      const scan = scanWord(text, at);
      if (scan.end === at) throw strayCharacter(text, at);
      tokens.push({ text: scan.text, quoted: false, line: 1, column: at + 1 });
      at = scan.end;
    }
  }
  if (depth > 0) throw new ZonecutError('ZC_RDATA', `a parenthesis is not closed: ${shown(text)}`);
  return tokens;
}

function strayCharacter(text: string, at: number): ZonecutError {
  return text[at] === ';'
    ? new ZonecutError('ZC_RDATA', `a bare ";" at column ${at + 1}: ${shown(text)}`, {
        hint: 'It would begin a comment; put the string in double quotes.',
      })
    : new ZonecutError('ZC_RDATA', `a control character at column ${at + 1}: ${shown(text)}`);
}

/** Hands out the tokens of one record's data, one after the other. */
export class TokenReader {
  readonly #tokens: readonly Token[];
  #at = 0;
  /** What relative names are relative to; null takes them as absolute. */
  readonly origin: Name | null;

  constructor(tokens: readonly Token[], origin: Name | null) {
    this.#tokens = tokens;
    this.origin = origin;
  }

  /** The token that was handed out last, for the place of an error. */
  get last(): Token | null {
    return this.#tokens[this.#at - 1] ?? null;
  }

  /** Whether all tokens were handed out. */
  get done(): boolean {
    return this.#at >= this.#tokens.length;
  }

  /** The next token without taking it. */
  peek(): Token | null {
    return this.#tokens[this.#at] ?? null;
  }

  /** Takes the next token. `what` is named in the error. Throws ZC_RDATA when there is none. */
  next(what: string): Token {
    const token = this.#tokens[this.#at];
    if (token === undefined) throw new ZonecutError('ZC_RDATA', `the data ends where ${what} was expected`);
    this.#at += 1;
    return token;
  }

  /** Takes the next token, which must not be in quotes. Throws ZC_RDATA. */
  word(what: string): string {
    const token = this.next(what);
    if (token.quoted) throw new ZonecutError('ZC_RDATA', `${what} stands in quotes: ${shown(token.text)}`);
    return token.text;
  }

  /** Takes all words that are left, joined: base64 and hex may be parted by blanks. Throws ZC_RDATA on a quoted one. */
  joined(what: string): string {
    let text = '';
    while (!this.done) text += this.word(what);
    return text;
  }
}
