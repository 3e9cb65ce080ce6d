import { ZonecutError } from '../error.ts';

/** Records that one `$GENERATE` may make: a /16 of reverse names. */
export const maxGenerated = 65536;

/** Text that one line of `$GENERATE` may grow to. */
const maxGeneratedText = 4096;

/** The values that the iterator of `$GENERATE` takes. */
export interface GenerateRange {
  readonly start: number;
  readonly stop: number;
  readonly step: number;
}

/** Reads `START-STOP` or `START-STOP/STEP`. Throws ZC_ZONEFILE when it is none, or makes more than 65536 records. */
export function parseRange(text: string): GenerateRange {
  const match = /^(\d{1,10})-(\d{1,10})(?:\/(\d{1,10}))?$/.exec(text);
  const [start, stop, step] = [Number(match?.[1]), Number(match?.[2]), Number(match?.[3] ?? 1)];
  if (match === null || start > stop || step < 1 || stop > 0x7fffffff) {
    throw fault(`a range is START-STOP or START-STOP/STEP, not ${JSON.stringify(text.slice(0, 100))}`);
  }
  const count = Math.floor((stop - start) / step) + 1;
  if (count > maxGenerated) throw fault(`$GENERATE makes ${count} records, ${maxGenerated} at most`);
  return { start, stop, step };
}

/**
 * The lines that `$GENERATE range template` stands for, each with the iterator put in (BIND 9 ARM, "$GENERATE").
 *
 * In `template` `$` is the iterator, `${offset,width,base}` a form of it with base d, o, x, X, n or N, and `$$` or `\$` a
 * dollar sign. Throws ZC_ZONEFILE.
 */
export function* generatedLines(range: GenerateRange, template: string): Generator<string, void> {
  for (let value = range.start; value <= range.stop; value += range.step) yield expand(template, value);
}

function fault(message: string): ZonecutError {
  return new ZonecutError('ZC_ZONEFILE', message);
}

function expand(template: string, value: number): string {
  let line = '';
  for (let at = 0; at < template.length; at += 1) {
    const character = template[at] ?? '';
    if (character === '\\') {
      line += template[at + 1] === '$' ? '$' : character + (template[at + 1] ?? '');
      at += 1;
    } else if (character !== '$') {
      line += character;
    } else if (template[at + 1] === '$') {
      line += '$';
      at += 1;
    } else if (template[at + 1] === '{') {
      const end = template.indexOf('}', at);
      if (end === -1) throw fault(`a brace is not closed: ${JSON.stringify(template.slice(0, 200))}`);
      line += modified(template.slice(at + 2, end), value);
      at = end;
    } else {
      line += String(value);
    }
  }
  if (line.length > maxGeneratedText)
    throw fault(`$GENERATE makes a record of ${line.length} characters, ${maxGeneratedText} at most`);
  return line;
}

function modified(modifier: string, value: number): string {
  const match = /^([+-]?\d{1,10})(?:,(\d{1,3})(?:,([doxXnN]))?)?$/.exec(modifier);
  if (match === null)
    throw fault(`a modifier is \${OFFSET,WIDTH,BASE} with base d, o, x, X, n or N, not \${${modifier}}`);
  const number = value + Number(match[1]);
  const width = Number(match[2] ?? 0);
  const base = match[3] ?? 'd';
  if (Math.abs(number) > 0x7fffffff) throw fault(`$GENERATE gives ${number}, up to ${0x7fffffff} is allowed`);
  if (width > 255) throw fault(`a width of ${width}, 255 at most`);
  // Below zero, digits other than decimal are those of 32 bits in two's complement.
  const bits = number >>> 0;
  if (base === 'n' || base === 'N') return nibbles(bits, width, base);
  const digits = base === 'd' ? String(number) : bits.toString(base === 'o' ? 8 : 16);
  return (base === 'X' ? digits.toUpperCase() : digits).padStart(width, '0');
}

/** Hexadecimal digits, the lowest first, with dots between; the width counts the dots too. */
function nibbles(number: number, width: number, base: 'n' | 'N'): string {
  const hex = number.toString(16);
  const digits = [...(base === 'N' ? hex.toUpperCase() : hex)].reverse();
  while (digits.length * 2 - 1 < width) digits.push('0');
  return digits.join('.');
}
