import { ZonecutError } from '../error.ts';

declare const nameBrand: unique symbol;

/**
 * An absolute domain name in canonical presentation form; two names are one name exactly when `===` holds.
 *
 * Lower case. Every `.` in it ends a label; any octet of a label other than `a-z 0-9 - _ * /` is written `\DDD`, a dot
 * inside a label too (`\046`), so that splitting at dots and comparing ends is safe. The root is `.`. At most 255 octets
 * on the wire, 63 a label (RFC 1035 section 2.3.4). Made by the functions of this file only.
 */
export type Name = `${string}.` & { readonly [nameBrand]: true };

/** The octets of a name on the wire, the final zero included (RFC 1035 section 2.3.4). */
export const maxNameOctets = 255;

/** The octets of one label (RFC 1035 section 2.3.4). */
export const maxLabelOctets = 63;

/** The root of the name space. */
export const rootName: Name = trusted('.');

const plainOctet = /[A-Za-z0-9_*/-]/;

/** Canonical text of every octet of a label, letters folded to lower case. */
const foldedText: readonly string[] = octetTexts(text => text.toLowerCase());

/** Text of every octet of a label, letters as they are. */
const spelledText: readonly string[] = octetTexts(text => text);

function octetTexts(letters: (text: string) => string): readonly string[] {
  return Array.from({ length: 256 }, (_, octet) => {
    const text = String.fromCharCode(octet);
    return plainOctet.test(text) ? letters(text) : `\\${octet.toString().padStart(3, '0')}`;
  });
}

/** For this room: brands text that is canonical by construction. */
function trusted(text: string): Name {
  return text as Name;
}

const canonicalText = /^(?:[a-z0-9_*/-]{1,63}\.)+$/;

/**
 * Reads a name as a user or a zone file writes it; text without a final dot is taken as absolute all the same.
 *
 * Folds ASCII letters; takes `\X` and `\DDD` (RFC 1035 section 5.1, RFC 4343). Throws ZC_NAME on an empty text or label,
 * a label over 63 or a name over 255 octets, an escape that is none, and on characters outside ASCII (see `nameFromUser`).
 */
export function parseName(text: string): Name {
  if (text.length <= 254 && canonicalText.test(text)) return trusted(text);
  if (text === '.') return rootName;
  const scanned = scanName(text, foldedText);
  return finish(scanned.text, scanned.octets + 1, text);
}

/**
 * Reads a name of a zone file: relative text gets `origin`, `@` is `origin` (RFC 1035 section 5.1).
 *
 * Throws ZC_NAME as `parseName` does.
 */
export function parseNameAt(text: string, origin: Name): Name {
  if (text === '@') return origin;
  if (text === '.') return rootName;
  const scanned = scanName(text, foldedText);
  if (scanned.absolute) return finish(scanned.text, scanned.octets + 1, text);
  if (origin === rootName) return finish(scanned.text, scanned.octets + 1, text);
  return finish(scanned.text + origin, scanned.octets + wireOctets(origin), text);
}

/**
 * As `parseNameAt`, with the letters as they were written; only the canonical escapes are applied.
 *
 * The result is presentation text, not a Name. For the data of types whose names DNSSEC does not fold
 * (RFC 4034 section 6.2, RFC 6840 section 5.1), and for the spelling of a question. Throws ZC_NAME as `parseName` does.
 */
export function spellName(text: string, origin: Name | null): string {
  if (text === '@' && origin !== null) return origin;
  if (text === '.') return '.';
  const scanned = scanName(text, spelledText);
  const tail = scanned.absolute || origin === null || origin === rootName ? '' : origin;
  const octets = scanned.octets + (tail === '' ? 1 : wireOctets(tail));
  if (octets > maxNameOctets) throw tooLong(octets, text);
  return scanned.text + tail;
}

interface Scanned {
  /** Canonical text, every label with its dot. */
  readonly text: string;
  /** Octets of the labels, without the root's. */
  readonly octets: number;
  readonly absolute: boolean;
}

function scanName(text: string, table: readonly string[]): Scanned {
  if (text === '')
    throw new ZonecutError('ZC_NAME', 'the name is empty (RFC 1035 section 5.1)', {
      hint: 'The root is written ".".',
    });
  let out = '';
  let octets = 0;
  let label = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 0x2e) {
      if (label === 0)
        throw new ZonecutError(
          'ZC_NAME',
          `a label is empty at character ${at + 1} (RFC 1035 section 3.1): ${quote(text)}`,
          {
            hint: 'Two dots stand together, or the name begins with one.',
          },
        );
      octets += label + 1;
      label = 0;
      out += '.';
      continue;
    }
    let octet = code;
    if (code === 0x5c) {
      const escaped = readEscape(text, at);
      octet = escaped.octet;
      at += escaped.length - 1;
    } else if (code > 0x7e || code < 0x20) {
      throw new ZonecutError(
        'ZC_NAME',
        `character ${at + 1} is outside printable ASCII (RFC 1035 section 5.1): ${quote(text)}`,
        {
          hint: 'Write the A-label (xn--...) or \\DDD; nameFromUser takes names in Unicode.',
        },
      );
    }
    label += 1;
    if (label > maxLabelOctets) throw labelTooLong(text, at);
    out += table[octet];
  }
  const absolute = label === 0;
  if (!absolute) {
    octets += label + 1;
    out += '.';
  }
  if (octets >= maxNameOctets) throw tooLong(octets + 1, text);
  return { text: out, octets, absolute };
}

/** The octet that the escape at `at` stands for, and how many characters it takes. Throws ZC_NAME. */
function readEscape(text: string, at: number): { readonly octet: number; readonly length: number } {
  const next = text.charCodeAt(at + 1);
  if (next >= 0x30 && next <= 0x39) {
    const digits = text.slice(at + 1, at + 4);
    if (!/^\d{3}$/.test(digits) || Number(digits) > 255) {
      throw new ZonecutError(
        'ZC_NAME',
        `the escape \\DDD at character ${at + 1} needs three digits, at most 255 (RFC 1035 section 5.1): ${quote(text)}`,
        {
          hint: 'Write the octet with three digits, such as \\046, or no backslash.',
        },
      );
    }
    return { octet: Number(digits), length: 4 };
  }
  if (Number.isNaN(next) || next > 0x7e || next < 0x20) {
    throw new ZonecutError(
      'ZC_NAME',
      `the backslash at character ${at + 1} escapes nothing (RFC 1035 section 5.1): ${quote(text)}`,
      {
        hint: 'Take the backslash out, or write \\092 for one that the label really has.',
      },
    );
  }
  return { octet: next, length: 2 };
}

function finish(text: string, octets: number, shown: string): Name {
  if (octets > maxNameOctets) throw tooLong(octets, shown);
  return trusted(text);
}

function tooLong(octets: number, shown: string): ZonecutError {
  return new ZonecutError(
    'ZC_NAME',
    `the name is ${octets} octets, 255 at most (RFC 1035 section 2.3.4): ${quote(shown)}`,
    {
      hint: 'Each label counts one octet more than its letters, and the end one; shorten or drop labels.',
    },
  );
}

function labelTooLong(shown: string, at: number): ZonecutError {
  return new ZonecutError(
    'ZC_NAME',
    `the label at character ${at + 1} is over 63 octets (RFC 1035 section 2.3.4): ${quote(shown)}`,
    {
      hint: 'Shorten what stands between two dots.',
    },
  );
}

function quote(text: string): string {
  return JSON.stringify(text.length > 300 ? `${text.slice(0, 300)}...` : text);
}

/** The labels of `name` in canonical text, without dots, leftmost first; none for the root. */
export function labelsOf(name: Name): readonly string[] {
  return name === rootName ? [] : name.slice(0, -1).split('.');
}

/** How many labels `name` has, the root's not counted: 0 to 127. */
export function labelCount(name: Name): number {
  if (name === rootName) return 0;
  let count = 0;
  for (let at = name.indexOf('.'); at !== -1; at = name.indexOf('.', at + 1)) count += 1;
  return count;
}

/** The name one label up; null for the root. */
export function parentOf(name: Name): Name | null {
  if (name === rootName) return null;
  const dot = name.indexOf('.');
  return dot === name.length - 1 ? rootName : trusted(name.slice(dot + 1));
}

/** The name that the last `labels` labels of `name` make; `name` itself when it has no more. */
export function lastLabelsOf(name: Name, labels: number): Name {
  let last = name;
  for (let left = labelCount(name) - labels; left > 0; left -= 1) last = parentOf(last) ?? rootName;
  return last;
}

/** Whether `name` is `ancestor` or below it. */
export function isAtOrBelow(name: Name, ancestor: Name): boolean {
  if (ancestor === rootName || name === ancestor) return true;
  const before = name.length - ancestor.length - 1;
  return before >= 0 && name.charCodeAt(before) === 0x2e && name.endsWith(ancestor);
}

/** Whether `name` is below `ancestor`, and not it. */
export function isBelow(name: Name, ancestor: Name): boolean {
  return name !== ancestor && isAtOrBelow(name, ancestor);
}

/** `name` as written in a zone file under `origin`: `@` at it, without final dot below it, absolute elsewhere. */
export function relativeTo(name: Name, origin: Name): string {
  if (name === origin) return '@';
  if (!isBelow(name, origin)) return name;
  return origin === rootName ? name.slice(0, -1) : name.slice(0, -origin.length - 1);
}

/**
 * The name of `label` directly under `name`.
 *
 * `label` is text of one label, escapes allowed; a bare dot in it is refused. Throws ZC_NAME.
 */
export function childOf(label: string, name: Name): Name {
  const scanned = scanName(label, foldedText);
  if (labelCount(trusted(scanned.text)) !== 1 || scanned.absolute) {
    throw new ZonecutError('ZC_NAME', `not one label (RFC 1035 section 3.1): ${quote(label)}`, {
      hint: 'A dot inside a label is written \\046.',
    });
  }
  return finish(
    name === rootName ? scanned.text : scanned.text + name,
    scanned.octets + wireOctets(name),
    label,
  );
}

/** The deepest name that both `a` and `b` are at or below; the root when they share no label. */
export function commonAncestor(a: Name, b: Name): Name {
  for (let name: Name | null = a; name !== null; name = parentOf(name)) {
    if (isAtOrBelow(b, name)) return name;
  }
  return rootName;
}

/** Negative, zero or positive as `a` comes before, is, or comes after `b` in canonical order (RFC 4034 section 6.1). */
export function compareNames(a: Name, b: Name): number {
  if (a === b) return 0;
  const left = labelsOf(a);
  const right = labelsOf(b);
  const shared = Math.min(left.length, right.length);
  for (let up = 1; up <= shared; up += 1) {
    const order = compareLabels(left[left.length - up] ?? '', right[right.length - up] ?? '');
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

function compareLabels(a: string, b: string): number {
  if (a === b) return 0;
  if (!a.includes('\\') && !b.includes('\\')) return a < b ? -1 : 1;
  const left = labelOctets(a);
  const right = labelOctets(b);
  for (let at = 0; at < left.length && at < right.length; at += 1) {
    const order = (left[at] ?? 0) - (right[at] ?? 0);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

/** The wildcard name directly under `name` (RFC 4592). Throws ZC_NAME when there is no room for it. */
export function wildcardAt(name: Name): Name {
  return childOf('*', name);
}

/** `name` itself first, then every name above it, the root last. */
export function ancestorsOf(name: Name): readonly Name[] {
  const all: Name[] = [];
  for (let up: Name | null = name; up !== null; up = parentOf(up)) all.push(up);
  return all;
}

/** The octets of one canonical label text, without its length octet. */
export function labelOctets(label: string): Uint8Array {
  const octets: number[] = [];
  for (let at = 0; at < label.length; at += 1) {
    const code = label.charCodeAt(at);
    if (code === 0x5c) {
      octets.push(Number(label.slice(at + 1, at + 4)));
      at += 3;
    } else {
      octets.push(code);
    }
  }
  return Uint8Array.from(octets);
}

/** How many octets `name` (canonical or spelled text) takes on the wire, uncompressed: 1 to 255. */
export function wireOctets(name: string): number {
  if (name === '.') return 1;
  let octets = name.length + 1;
  for (let at = name.indexOf('\\'); at !== -1; at = name.indexOf('\\', at + 4)) octets -= 3;
  return octets;
}

/** The octets of `name` on the wire, uncompressed, 1 to 255 (RFC 1035 section 3.1). */
export function octetsOfName(name: Name): Uint8Array {
  return octetsOfSpelling(name);
}

/** For this room: as `octetsOfName`, of text made by `spellName`. */
export function octetsOfSpelling(text: string): Uint8Array {
  const octets = new Uint8Array(wireOctets(text));
  if (text === '.') return octets;
  let lengthAt = 0;
  let to = 1;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 0x2e) {
      octets[lengthAt] = to - lengthAt - 1;
      lengthAt = to;
    } else if (code === 0x5c) {
      octets[to] = Number(text.slice(at + 1, at + 4));
      at += 3;
    } else {
      octets[to] = code;
    }
    to += 1;
  }
  return octets;
}

/** Reads an uncompressed name that takes all of `octets`. Throws ZC_NAME. */
export function nameFromOctets(octets: Uint8Array): Name {
  let text = '';
  let at = 0;
  for (;;) {
    const length = octets[at];
    if (length === undefined)
      throw new ZonecutError('ZC_NAME', `the octets end inside a name at octet ${at} (RFC 1035 section 3.1)`);
    at += 1;
    if (length === 0) break;
    if (length > maxLabelOctets)
      throw new ZonecutError(
        'ZC_NAME',
        `octet ${at - 1} begins no label: ${length}, 63 at most (RFC 1035 section 2.3.4)`,
      );
    if (at + length > octets.length)
      throw new ZonecutError(
        'ZC_NAME',
        `the octets end inside the label at octet ${at} (RFC 1035 section 3.1)`,
      );
    text += foldedLabel(octets, at, length);
    at += length;
  }
  if (at !== octets.length)
    throw new ZonecutError(
      'ZC_NAME',
      `${octets.length - at} octets after the name, from octet ${at} (RFC 1035 section 3.1)`,
    );
  return finish(text === '' ? '.' : text, at, text);
}

/** For this room: the canonical text of `length` octets at `at` as one label, with its dot, letters folded. */
export function foldedLabel(octets: Uint8Array, at: number, length: number): string {
  return labelText(octets, at, length, foldedText);
}

/** For this room: puts what `foldedLabel` gives behind `size` characters of `text`; gives how many are there then. */
export function putFoldedLabel(
  octets: Uint8Array,
  at: number,
  length: number,
  text: Uint8Array,
  size: number,
): number {
  let end = size;
  for (let next = at; next < at + length; next += 1) {
    const octet = octets[next] ?? 0;
    const code = foldedCodes[octet] ?? 0;
    if (code !== 0) {
      text[end] = code;
      end += 1;
    } else {
      const escaped = foldedText[octet] ?? '';
      for (let character = 0; character < escaped.length; character += 1, end += 1) {
        text[end] = escaped.charCodeAt(character);
      }
    }
  }
  text[end] = 0x2e;
  return end + 1;
}

/** For this room: as `foldedLabel`, letters as they are. */
export function spelledLabel(octets: Uint8Array, at: number, length: number): string {
  return labelText(octets, at, length, spelledText);
}

/** The character of each octet that is one in canonical text; 0 for those that are escapes. */
const foldedCodes: Uint8Array = Uint8Array.from(foldedText, text =>
  text.length === 1 ? text.charCodeAt(0) : 0,
);

function labelText(octets: Uint8Array, at: number, length: number, table: readonly string[]): string {
  let text = '';
  for (let next = at; next < at + length; next += 1) text += table[octets[next] ?? 0];
  return `${text}.`;
}

/** For this room: brands canonical text that the caller made of checked labels of at most 255 octets in all. */
export function nameOfCanonicalText(text: string): Name {
  return trusted(text);
}
