import type { Dice } from '../dns/generate.ts';

const edges = [0, 1, 2, 3, 12, 32, 41, 63, 64, 127, 128, 0x3f, 0xbf, 0xc0, 0xfe, 0xff];

/** One change of octets; each gives new octets. */
type OctetChange = (dice: Dice, octets: Uint8Array, other: Uint8Array) => Uint8Array;

function changed(octets: Uint8Array, at: number, values: readonly number[]): Uint8Array {
  const copy = octets.slice();
  for (const [offset, value] of values.entries()) if (at + offset < copy.length) copy[at + offset] = value;
  return copy;
}

function spliced(octets: Uint8Array, from: number, to: number, middle: Uint8Array): Uint8Array {
  const out = new Uint8Array(from + middle.length + octets.length - to);
  out.set(octets.subarray(0, from));
  out.set(middle, from);
  out.set(octets.subarray(to), from + middle.length);
  return out;
}

const octetChanges: readonly OctetChange[] = [
  // A bit, an octet, an octet at an edge.
  (dice, octets) => {
    const at = dice.below(octets.length);
    return changed(octets, at, [(octets[at] ?? 0) ^ (1 << dice.below(8))]);
  },
  (dice, octets) => changed(octets, dice.below(octets.length), [dice.below(256)]),
  (dice, octets) => changed(octets, dice.below(octets.length), [dice.pick(edges)]),
  (dice, octets) => {
    const at = dice.below(octets.length);
    return changed(octets, at, [(octets[at] ?? 0) + dice.pick([-1, 1])]);
  },
  // A compression pointer, to anywhere or just here.
  (dice, octets) => {
    const at = dice.below(octets.length);
    const target = dice.oneIn(2)
      ? dice.below(Math.min(octets.length, 0x4000))
      : Math.max(0, at - dice.below(30));
    return changed(octets, at, [0xc0 | ((target >> 8) & 0x3f), target & 255]);
  },
  // A number of two octets: a length, a type, a count.
  (dice, octets) =>
    changed(
      octets,
      dice.below(octets.length),
      dice.pick([
        [0, 0],
        [255, 255],
        [0, dice.below(300)],
      ]),
    ),
  (dice, octets) =>
    changed(
      octets,
      4 + 2 * dice.below(4),
      dice.pick([
        [255, 255],
        [0, 0],
        [0, dice.below(9)],
        [dice.below(256), 0],
      ]),
    ),
  (dice, octets) => changed(octets, dice.below(octets.length), [0, dice.below(66)]),
  // Less, more, twice, and part of another.
  (dice, octets) => octets.slice(0, dice.below(octets.length + 1)),
  (dice, octets) => {
    const at = dice.below(octets.length + 1);
    return spliced(octets, at, at, dice.octets(dice.between(1, 8)));
  },
  (dice, octets) => {
    const at = dice.below(octets.length);
    return spliced(octets, at, Math.min(octets.length, at + dice.between(1, 16)), new Uint8Array());
  },
  (dice, octets) => {
    const from = dice.below(octets.length);
    const part = octets.subarray(from, from + dice.between(1, 64));
    const at = dice.below(octets.length + 1);
    return spliced(octets, at, at, part);
  },
  (dice, octets, other) => {
    const from = dice.below(other.length + 1);
    return spliced(octets, dice.below(octets.length + 1), octets.length, other.subarray(from));
  },
];

/** `octets` with one to four changes, some of which take parts of `other`; 65,535 at most. */
export function mutatedOctets(dice: Dice, octets: Uint8Array, other: Uint8Array): Uint8Array {
  let out = octets;
  for (let left = dice.oneIn(2) ? 1 : dice.between(2, 4); left > 0; left -= 1) {
    if (out.length === 0) out = dice.octets(12);
    out = dice.pick(octetChanges)(dice, out, other);
  }
  return out.length > 0xffff ? out.slice(0, 0xffff) : out;
}

const pieces = [
  '"',
  '\\',
  '(',
  ')',
  ';',
  '\n',
  '\r',
  '\t',
  ' ',
  '@',
  '$',
  '.',
  '..',
  '\\000',
  '\\255',
  '\\256',
  '\\2',
  '\\# 0',
  '\\# 4 00000001',
  '\\# 65535 00',
  '$ORIGIN ',
  '$TTL ',
  '$INCLUDE ',
  '$GENERATE 1-3 ',
  '$GENERATE 5-1 ',
  '${',
  `$${'{0,0,n}'}`,
  'IN',
  'CH',
  'ANY',
  'TYPE0',
  'TYPE65535',
  'TYPE65536',
  'CLASS1',
  'A',
  'SOA',
  'TXT',
  'SVCB',
  'NSEC',
  '-1',
  '0',
  '4294967295',
  '4294967296',
  '2147483648',
  '1w',
  '1z',
  '::',
  '::ffff:1.2.3.4',
  '1.2.3',
  '99999999999999999999',
  'ä',
  '\u{1f600}',
  '\ud800',
  '\0',
  '\u007f',
  '\u0085',
  '\ufeff',
  '=',
  ',',
  'key0=',
  'alpn="',
  'mandatory=',
  '!1:',
  '/',
  'a'.repeat(64),
  'b.'.repeat(130),
  'YQ==',
  'YQ=',
  '20260101000000',
  '20261301000000',
  '-',
];

/** One change of text; each gives new text. */
type TextChange = (dice: Dice, text: string, other: string) => string;

function cut(text: string, from: number, to: number, middle: string): string {
  return text.slice(0, from) + middle + text.slice(to);
}

const textChanges: readonly TextChange[] = [
  (dice, text) => {
    const at = dice.below(text.length + 1);
    return cut(text, at, at, dice.pick(pieces));
  },
  (dice, text) => {
    const at = dice.below(text.length + 1);
    return cut(text, at, at + 1, String.fromCharCode(dice.oneIn(8) ? dice.below(65536) : dice.below(128)));
  },
  (dice, text) => {
    const at = dice.below(text.length + 1);
    return cut(text, at, at + dice.between(1, 12), '');
  },
  (dice, text) => text.slice(0, dice.below(text.length + 1)),
  (dice, text) => {
    const from = dice.below(text.length + 1);
    const at = dice.below(text.length + 1);
    return cut(text, at, at, text.slice(from, from + dice.between(1, 60)));
  },
  (dice, text, other) =>
    cut(text, dice.below(text.length + 1), text.length, other.slice(dice.below(other.length + 1))),
  // Words: one for another, one twice, one for a piece.
  (dice, text, other) =>
    swapWord(dice, text, word => (dice.oneIn(2) ? dice.pick(wordsOf(other)) : `${word} ${word}`)),
  (dice, text) => swapWord(dice, text, () => dice.pick(pieces)),
  (dice, text) => {
    const lines = text.split('\n');
    const from = dice.below(lines.length);
    const [line] = lines.splice(from, 1);
    if (dice.oneIn(2)) lines.splice(dice.below(lines.length + 1), 0, line ?? '', line ?? '');
    return lines.join('\n');
  },
];

function wordsOf(text: string): readonly string[] {
  const words = text.split(/\s+/);
  return words.length > 0 ? words : [''];
}

function swapWord(dice: Dice, text: string, swap: (word: string) => string): string {
  const start = dice.below(text.length + 1);
  const match = /\S+/.exec(text.slice(start, start + 300));
  if (match === null) return text;
  const at = start + match.index;
  return cut(text, at, at + match[0].length, swap(match[0]));
}

/** `text` with one to five changes, some of which take parts of `other`. */
export function mutatedText(dice: Dice, text: string, other: string): string {
  let out = text;
  for (let left = dice.oneIn(2) ? 1 : dice.between(2, 5); left > 0; left -= 1) {
    out = dice.pick(textChanges)(dice, out, other);
  }
  return out;
}
