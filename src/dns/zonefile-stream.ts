import { isZonecutError } from '../error.ts';
import { generatedLines, parseRange } from './generate.ts';
import { type Name, parseNameAt } from './name.ts';
import type { ResourceRecord } from './record.ts';
import { type Token, TokenReader, zoneTextOf } from './text.ts';
import { type Entry, type EntryFault, EntryReader, entriesOf } from './zonefile-entries.ts';
import { PlainLineReader } from './zonefile-plain.ts';
import { fault, readRecord, type Scope, type Ttls, ttlOf } from './zonefile-record.ts';

/** How deep `$INCLUDE` may go: a file that includes itself ends here. */
export const maxIncludeDepth = 10;

/** Files that `$INCLUDE` may bring into one zone file, those below included ones too. */
export const maxIncludedFiles = 10_000;

/** Records that all `$GENERATE` of one zone file may make unless `ZoneFileOptions.maxGenerated` says otherwise. */
export const defaultMaxGenerated = 1_048_576;

/** Text of a zone file, or octets of it, in pieces that may end anywhere. */
export type ZoneFileText = string | Iterable<string | Uint8Array>;

/** How a zone file is read. */
export interface ZoneFileOptions {
  /** What relative names are relative to until the first `$ORIGIN`. */
  readonly origin: Name;
  /** Seconds, for records before the first `$TTL` that give none. */
  readonly defaultTtl?: number;
  /** The name of the file in problems. */
  readonly file?: string;
  /** Gives the text of a file that `$INCLUDE` names, null when there is none. Without it `$INCLUDE` is a problem. */
  readonly include?: (file: string) => ZoneFileText | null;
  /** Records that all `$GENERATE` of the file may make, 1048576 unless given: a line of it can ask for 65536. */
  readonly maxGenerated?: number;
}

/** A place in a zone file. */
export interface ZoneFilePlace {
  /** The file as it was named to the parser; null when it has no name. */
  readonly file: string | null;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
}

/** What is wrong at one place of a zone file. */
export interface ZoneFileProblem extends ZoneFilePlace {
  /** `warning` when a record was still taken from it. */
  readonly severity: 'error' | 'warning';
  /** One sentence: what was found and what is allowed. */
  readonly message: string;
  readonly hint: string | null;
}

/** One thing that a zone file holds: a record of class IN and where its entry begins, or a problem. */
export type ZoneFileItem =
  | ({ readonly kind: 'record' } & ResourceRecord & ZoneFilePlace)
  | ({ readonly kind: 'problem' } & ZoneFileProblem);

/** A file under way: its text, and how more of it is had. */
interface FileFrame {
  readonly kind: 'file';
  readonly reader: EntryReader;
  /** Of an included file; null for the one that is pushed. */
  readonly pieces: Iterator<string | Uint8Array> | null;
  readonly file: string | null;
  readonly scope: Scope;
}

/** A `$GENERATE` under way. */
interface GenerateFrame {
  readonly kind: 'generate';
  readonly lines: Iterator<string>;
  readonly place: ZoneFilePlace;
  readonly scope: Scope;
}

/**
 * Reads a zone file of any size piece by piece, as `parseZoneFile` does whole text: the same records and errors, in the order of
 * the text, for any parting of it.
 *
 * Holds the piece that is under way and one entry, never the zone: what compares records with each other (TTLs of one RRset that
 * differ, records given twice) is for whoever collects them. `$INCLUDE` may give pieces too. Never throws for what the text
 * holds; what `include` throws comes through, but for a ZonecutError, which is a problem. RFC 1035 section 5.
 */
export class ZoneFileReader {
  readonly #options: ZoneFileOptions;
  readonly #ttls: Ttls;
  readonly #root: EntryReader = new EntryReader();
  readonly #plain = new PlainLineReader();
  /** The file that was pushed, what it includes, what that includes. */
  readonly #frames: (FileFrame | GenerateFrame)[];
  #included = 0;
  #generated = 0;

  constructor(options: ZoneFileOptions) {
    this.#options = options;
    this.#ttls = { standard: options.defaultTtl ?? null, last: null };
    const scope = { origin: options.origin, owner: null };
    this.#frames = [{ kind: 'file', reader: this.#root, pieces: null, file: options.file ?? null, scope }];
  }

  /** Adds the next piece and gives what is complete with it; what is not taken of it comes with the next call. */
  push(piece: string | Uint8Array): Iterable<ZoneFileItem> {
    this.#root.push(typeof piece === 'string' ? piece : zoneTextOf(piece));
    return this.#items();
  }

  /** Says that no piece follows, and gives the rest. */
  end(): Iterable<ZoneFileItem> {
    this.#root.end();
    return this.#items();
  }

  /** The next item; null when it takes another piece, and at the end. */
  next(): ZoneFileItem | null {
    for (let frame = this.#frames.at(-1); frame !== undefined; frame = this.#frames.at(-1)) {
      if (frame.kind === 'generate') {
        const item = this.#generate(frame);
        if (item !== null) return item;
        continue;
      }
      const plain = frame.reader.atEntry ? this.#plainLine(frame) : null;
      if (plain !== null) return plain;
      const entry = frame.reader.next();
      if (entry === null) {
        if (frame.pieces === null) return null;
        this.#more(frame.reader, frame.pieces);
        continue;
      }
      const item = 'message' in entry ? problem(frame.file, entry) : this.#entry(frame, entry);
      if (item !== null) return item;
    }
    return null;
  }

  *#items(): Generator<ZoneFileItem, void> {
    for (let item = this.next(); item !== null; item = this.next()) yield item;
  }

  /** Feeds an included file on, or leaves it. */
  #more(reader: EntryReader, pieces: Iterator<string | Uint8Array>): void {
    const { value, done } = pieces.next();
    if (done !== true) reader.push(typeof value === 'string' ? value : zoneTextOf(value));
    else if (reader.ended) this.#frames.pop();
    else reader.end();
  }

  /** The record of the line at hand, when it is plain: most are, and they go without tokens. */
  #plainLine({ reader, scope, file }: FileFrame): ZoneFileItem | null {
    const line = reader.line;
    const record = this.#plain.read(reader.text, reader.at, scope, this.#ttls);
    if (record === null) return null;
    reader.passLine(this.#plain.end);
    const { owner, type, ttl, data } = record;
    return { kind: 'record', owner, type, class: 'IN', ttl, data, file, line, column: this.#plain.column };
  }

  #entry(frame: FileFrame, entry: Entry): ZoneFileItem | null {
    const [first] = entry.tokens;
    if (first === undefined) return null;
    const from = new TokenReader(entry.tokens, frame.scope.origin);
    try {
      if (!first.quoted && first.text.startsWith('$')) {
        this.#directive(from, frame);
        return null;
      }
      const record = readRecord(from, entry.indented, frame.scope, this.#ttls);
      return { kind: 'record', ...record, file: frame.file, line: first.line, column: first.column };
    } catch (error) {
      return problem(frame.file, faultOf(error, from.last ?? first));
    }
  }

  #directive(from: TokenReader, frame: FileFrame): void {
    const directive = from.next('a directive');
    const { scope } = frame;
    switch (directive.text.toUpperCase()) {
      case '$ORIGIN': {
        const origin = parseNameAt(from.word('the origin'), scope.origin);
        endOfEntry(from);
        scope.origin = origin;
        return;
      }
      case '$TTL': {
        const ttl = ttlOf(from.word('the TTL'));
        endOfEntry(from);
        this.#ttls.standard = ttl;
        return;
      }
      case '$INCLUDE':
        this.#include(from, scope);
        return;
      case '$GENERATE': {
        const place = { file: frame.file, line: directive.line, column: directive.column };
        this.#frames.push({ kind: 'generate', lines: this.#lines(from), place, scope });
        return;
      }
      default:
        throw fault(`no directive ${directive.text}`, 'There are $ORIGIN, $TTL, $INCLUDE and $GENERATE.');
    }
  }

  #include(from: TokenReader, scope: Scope): void {
    const file = from.next('the file').text;
    const origin = from.done ? scope.origin : parseNameAt(from.word('the origin'), scope.origin);
    endOfEntry(from);
    const { include } = this.#options;
    if (include === undefined) throw fault(`$INCLUDE ${file} where no other file can be read`);
    if (this.#frames.length > maxIncludeDepth)
      throw fault(`$INCLUDE goes deeper than ${maxIncludeDepth} files: ${file}`);
    if (this.#included === maxIncludedFiles)
      throw fault(`$INCLUDE of more than ${maxIncludedFiles} files: ${file}`);
    const text = include(file);
    if (text === null) throw fault(`$INCLUDE of a file that cannot be read: ${file}`);
    this.#included += 1;
    const pieces = (typeof text === 'string' ? [text] : text)[Symbol.iterator]();
    // Origin and last owner of the including file are as before when the included one ends (RFC 1035 section 5.1).
    this.#frames.push({
      kind: 'file',
      reader: new EntryReader(),
      pieces,
      file,
      scope: { origin, owner: scope.owner },
    });
  }

  #lines(from: TokenReader): Iterator<string> {
    const range = parseRange(from.word('the range'));
    const parts: string[] = [];
    while (!from.done) {
      const token = from.next('a part of the record');
      parts.push(token.quoted ? `"${token.text}"` : token.text);
    }
    if (parts.length < 3) throw fault('$GENERATE needs a range, an owner, a type and data');
    return generatedLines(range, parts.join(' '))[Symbol.iterator]();
  }

  /** The next record of `frame`; the first problem ends it, because the others would be the same. */
  #generate(frame: GenerateFrame): ZoneFileItem | null {
    const { place } = frame;
    try {
      const { value: line, done } = frame.lines.next();
      if (done === true) {
        this.#frames.pop();
        return null;
      }
      const most = this.#options.maxGenerated ?? defaultMaxGenerated;
      if (this.#generated === most) throw fault(`more than ${most} records by $GENERATE`);
      this.#generated += 1;
      const tokens = tokensOfLine(line, place);
      const record = readRecord(new TokenReader(tokens, frame.scope.origin), false, frame.scope, this.#ttls);
      return { kind: 'record', ...record, ...place };
    } catch (error) {
      this.#frames.pop();
      return problem(place.file, faultOf(error, place));
    }
  }
}

/** The tokens of a line that `$GENERATE` made, all at `place`. Throws ZC_ZONEFILE. */
function tokensOfLine(line: string, place: ZoneFilePlace): readonly Token[] {
  const entry = entriesOf(line).next();
  if (entry === null || 'message' in entry) throw fault(`$GENERATE gives no record: ${JSON.stringify(line)}`);
  return entry.tokens.map(token => ({ ...token, line: place.line, column: place.column }));
}

function endOfEntry(from: TokenReader): void {
  if (!from.done)
    throw fault(`more than the directive takes: ${JSON.stringify(from.next('nothing').text.slice(0, 100))}`);
}

/** What was thrown for an entry, at a place of it. Throws on what is no fault of the text. */
function faultOf(error: unknown, at: { readonly line: number; readonly column: number }): EntryFault {
  if (!isZonecutError(error) || error.code === 'ZC_INTERNAL') throw error;
  return { line: at.line, column: at.column, message: error.message, hint: error.hint };
}

function problem(file: string | null, { line, column, message, hint }: EntryFault): ZoneFileItem {
  // A limit of characters is ours and no rule of the format.
  const isRuled = /\bRFC \d| characters$/.test(`${hint} ${message}`);
  const ruled = isRuled ? message : `${message} (RFC 1035 section 5.1)`;
  return { kind: 'problem', severity: 'error', file, line, column, message: ruled, hint };
}
