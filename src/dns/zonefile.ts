import { isZonecutError, ZonecutError } from '../error.ts';
import { parseSeconds } from './fields.ts';
import { generatedLines, parseRange } from './generate.ts';
import { isClassText, isMetaType, isTypeText, parseType, typeNumber } from './iana.ts';
import { compareNames, type Name, parseNameAt } from './name.ts';
import { rdataFromTokens, soaOf } from './rdata.ts';
import { groupRecords, maxTtl, type ResourceRecord, type RRset, type RRType } from './rrset.ts';
import { type Token, TokenReader } from './text.ts';
import type { Zone } from './zone.ts';
import { EntryReader, type ZoneFileProblem } from './zonefile-entries.ts';

export type { ZoneFileProblem } from './zonefile-entries.ts';

/** How deep `$INCLUDE` may go: a file that includes itself ends here. */
export const maxIncludeDepth = 10;

/** Problems that are kept of one zone file; after them only the last one says how many there were. */
export const maxZoneFileProblems = 1000;

/** How a zone file is read. */
export interface ZoneFileOptions {
  /** What relative names are relative to until the first `$ORIGIN`. */
  readonly origin: Name;
  /** Seconds, for records before the first `$TTL` that give none. */
  readonly defaultTtl?: number;
  /** The name of the file in problems. */
  readonly file?: string;
  /** Gives the text of a file that `$INCLUDE` names, null when there is none. Without it `$INCLUDE` is a problem. */
  readonly include?: (file: string) => string | null;
}

/** What a zone file holds. */
export interface ParsedZoneFile {
  /** In the order in which each first appears; class IN. */
  readonly rrsets: readonly RRset[];
  /** In the order of the text; none when all of it was understood. */
  readonly problems: readonly ZoneFileProblem[];
}

/** One record, and where its entry begins. */
interface Parsed extends ResourceRecord {
  readonly place: Place;
}

interface Place {
  readonly file: string | null;
  readonly line: number;
  readonly column: number;
}

/** What an entry leaves for those after it; `$INCLUDE` begins with a copy. */
interface Scope {
  origin: Name;
  owner: Name | null;
}

interface State {
  readonly options: ZoneFileOptions;
  readonly records: Parsed[];
  readonly problems: ZoneFileProblem[];
  /** Of `$TTL`. */
  defaultTtl: number | null;
  /** Of the last record that gave one. */
  lastTtl: number | null;
  dropped: number;
}

/**
 * Reads a zone file (RFC 1035 section 5, `$TTL` of RFC 2308 section 4, `$GENERATE`).
 *
 * Never throws and never stops at a fault: what cannot be understood is a problem with its place, and reading goes on with
 * the next entry. Whether the RRsets make a zone is for `makeZone` to say. Where the TTLs of an RRset differ the lowest
 * counts (RFC 2181 section 5.2) and a warning says so.
 */
export function parseZoneFile(text: string, options: ZoneFileOptions): ParsedZoneFile {
  const state: State = {
    options,
    records: [],
    problems: [],
    defaultTtl: options.defaultTtl ?? null,
    lastTtl: null,
    dropped: 0,
  };
  readText(state, text, options.file ?? null, { origin: options.origin, owner: null }, 0);
  noteTtls(state);
  if (state.dropped > 0) {
    const last = state.problems.at(-1);
    const message = `and ${state.dropped} more problems`;
    if (last !== undefined) state.problems.push({ ...last, severity: 'error', message, hint: null });
  }
  return { rrsets: groupRecords(state.records), problems: state.problems };
}

/**
 * The text of a zone file that was read as octets: those outside ASCII become `\DDD`, so that no encoding is guessed and
 * every octet of a label or string survives (RFC 1035 section 5.1).
 */
export function zoneTextOf(octets: Uint8Array): string {
  const text = Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString('latin1');
  return text.replace(/[\u0080-\u00ff]/g, character => `\\${character.charCodeAt(0)}`);
}

function report(
  state: State,
  place: Place,
  message: string,
  hint: string | null,
  severity: 'error' | 'warning' = 'error',
): void {
  if (state.problems.length >= maxZoneFileProblems) state.dropped += 1;
  else state.problems.push({ severity, ...place, message, hint });
}

function readText(state: State, text: string, file: string | null, scope: Scope, depth: number): void {
  const reader = new EntryReader(text);
  for (let entry = reader.next(); entry !== null; entry = reader.next()) {
    if ('message' in entry) {
      report(state, { file, line: entry.line, column: entry.column }, entry.message, entry.hint);
      continue;
    }
    readEntry(state, entry.tokens, entry.indented, file, scope, depth);
  }
}

function readEntry(
  state: State,
  tokens: readonly Token[],
  indented: boolean,
  file: string | null,
  scope: Scope,
  depth: number,
): void {
  const [first] = tokens;
  if (first === undefined) return;
  const from = new TokenReader(tokens, scope.origin);
  try {
    if (!first.quoted && first.text.startsWith('$')) readDirective(state, from, file, scope, depth);
    else readRecord(state, from, indented, file, scope);
  } catch (error) {
    if (!isZonecutError(error) || error.code === 'ZC_INTERNAL') throw error;
    const at = from.last ?? first;
    report(state, { file, line: at.line, column: at.column }, error.message, error.hint);
  }
}

function fault(message: string, hint?: string): ZonecutError {
  return new ZonecutError('ZC_ZONEFILE', message, hint === undefined ? {} : { hint });
}

function readDirective(
  state: State,
  from: TokenReader,
  file: string | null,
  scope: Scope,
  depth: number,
): void {
  const directive = from.next('a directive');
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
      state.defaultTtl = ttl;
      return;
    }
    case '$INCLUDE':
      readInclude(state, from, scope, depth);
      return;
    case '$GENERATE':
      readGenerate(state, from, { file, line: directive.line, column: directive.column }, scope);
      return;
    default:
      throw fault(`no directive ${directive.text}`, 'There are $ORIGIN, $TTL, $INCLUDE and $GENERATE.');
  }
}

function endOfEntry(from: TokenReader): void {
  if (!from.done)
    throw fault(`more than the directive takes: ${JSON.stringify(from.next('nothing').text.slice(0, 100))}`);
}

function readInclude(state: State, from: TokenReader, scope: Scope, depth: number): void {
  const file = from.next('the file').text;
  const origin = from.done ? scope.origin : parseNameAt(from.word('the origin'), scope.origin);
  endOfEntry(from);
  if (state.options.include === undefined) throw fault(`$INCLUDE ${file} where no other file can be read`);
  if (depth >= maxIncludeDepth) throw fault(`$INCLUDE goes deeper than ${maxIncludeDepth} files: ${file}`);
  const text = state.options.include(file);
  if (text === null) throw fault(`$INCLUDE of a file that cannot be read: ${file}`);
  // Origin and last owner of the including file are as before when the included one ends (RFC 1035 section 5.1).
  readText(state, text, file, { origin, owner: scope.owner }, depth + 1);
}

function readGenerate(state: State, from: TokenReader, place: Place, scope: Scope): void {
  const range = parseRange(from.word('the range'));
  const parts: string[] = [];
  while (!from.done) {
    const token = from.next('a part of the record');
    parts.push(token.quoted ? `"${token.text}"` : token.text);
  }
  if (parts.length < 3) throw fault('$GENERATE needs a range, an owner, a type and data');
  for (const line of generatedLines(range, parts.join(' '))) {
    const entry = new EntryReader(line).next();
    if (entry === null || 'message' in entry)
      throw fault(`$GENERATE gives no record: ${JSON.stringify(line)}`);
    const tokens = entry.tokens.map(token => ({ ...token, line: place.line, column: place.column }));
    readRecord(state, new TokenReader(tokens, scope.origin), false, place.file, scope);
  }
}

/** The seconds of a TTL (RFC 2181 section 8). Throws ZC_ZONEFILE. */
function ttlOf(text: string): number {
  const ttl = parseSeconds(text);
  if (ttl === null || ttl > maxTtl) {
    throw fault(
      `a TTL is a number of seconds from 0 to ${maxTtl}, or such as 1h30m, not ${JSON.stringify(text)}`,
    );
  }
  return ttl;
}

function readRecord(
  state: State,
  from: TokenReader,
  indented: boolean,
  file: string | null,
  scope: Scope,
): void {
  const first = from.peek();
  if (indented) {
    if (scope.owner === null) throw fault('a record without an owner, and none came before it');
  } else {
    scope.owner = parseNameAt(from.word('the owner'), scope.origin);
  }
  const { ttl, type } = readHead(from);
  const place = { file, line: first?.line ?? 1, column: first?.column ?? 1 };
  if (scope.owner === null) return;
  const owner = scope.owner;
  const data = rdataFromTokens(type, from);
  if (ttl !== null) state.lastTtl = ttl;
  const seconds =
    ttl ??
    state.defaultTtl ??
    state.lastTtl ??
    (type === 'SOA' ? Math.min(soaOf(data).minimum, maxTtl) : null);
  if (seconds === null) {
    throw fault(
      `${owner} ${type} has no TTL`,
      'Put a $TTL line at the top of the file (RFC 2308 section 4).',
    );
  }
  // RFC 1035 section 5.1: an omitted TTL is the last one that was stated; a SOA without one states its MINIMUM.
  if (type === 'SOA' && ttl === null && state.defaultTtl === null) state.lastTtl = seconds;
  state.records.push({ owner, type, class: 'IN', ttl: seconds, data, place });
}

/** TTL and class, in either order and each optional, and the type (RFC 1035 section 5.1). */
function readHead(from: TokenReader): { readonly ttl: number | null; readonly type: RRType } {
  let ttl: number | null = null;
  let classed = false;
  for (;;) {
    const text = from.word('the type');
    if (!classed && isClassText(text)) {
      if (!['IN', 'CLASS1'].includes(text.toUpperCase()))
        throw fault(`class ${text}, only IN can be in a zone here`);
      classed = true;
    } else if (ttl === null && /^\d/.test(text)) {
      ttl = ttlOf(text);
    } else {
      return { ttl, type: dataType(text) };
    }
  }
}

function dataType(text: string): RRType {
  if (!isTypeText(text)) {
    throw fault(
      `no record type has the mnemonic ${JSON.stringify(text.slice(0, 100))}`,
      'A type without mnemonic is written TYPE and its number.',
    );
  }
  const type = parseType(text);
  if (isMetaType(type)) throw fault(`${type} is no type of data (RFC 6895 section 3.1)`);
  return type;
}

/** Warns where the TTLs of one RRset differ. */
function noteTtls(state: State): void {
  const ttls = new Map<string, number>();
  for (const record of state.records) {
    const key = `${record.owner} ${record.type}`;
    const ttl = ttls.get(key);
    if (ttl === undefined) ttls.set(key, record.ttl);
    else if (ttl !== record.ttl) {
      const message = `${key} has TTL ${ttl} and here ${record.ttl}; the lower counts (RFC 2181 section 5.2)`;
      report(state, record.place, message, null, 'warning');
    }
  }
}

/** The records of `rrset` as lines of a zone file, names absolute, each with its line end. */
export function printRRset(rrset: RRset): string {
  return rrset.data.map(data => `${rrset.owner} ${rrset.ttl} IN ${rrset.type} ${data}\n`).join('');
}

/** The zone as canonical text: the apex first and its SOA first of all, then owners in canonical order, types by number. */
export function printZoneFile(zone: Zone): string {
  return [...zone.rrsets]
    .sort((a, b) => compareNames(a.owner, b.owner) || rank(a.type) - rank(b.type))
    .map(printRRset)
    .join('');
}

function rank(type: RRType): number {
  return type === 'SOA' ? 0 : typeNumber(type);
}
