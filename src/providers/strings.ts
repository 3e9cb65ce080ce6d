import { octetsOfText, quotedString, tokensOf } from '../dns/text.ts';

/** Octets of one character-string (RFC 1035 section 3.3). */
const maxStringOctets = 255;

/** Text of any length as character-strings in presentation form, split where one is full (RFC 1035 sections 3.3 and 5.1). */
export function quotedStrings(text: string): string {
  const octets = new TextEncoder().encode(text);
  const strings: string[] = [];
  for (let at = 0; at < octets.length || at === 0; at += maxStringOctets) {
    strings.push(quotedString(octets.subarray(at, at + maxStringOctets)));
  }
  return strings.join(' ');
}

/** What stands in the data of a record, word by word: without quotes, escapes resolved and read as UTF-8. */
export function wordsOf(data: string): readonly string[] {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  return tokensOf(data).map(({ text }) => decoder.decode(octetsOfText(text)));
}

/** All character-strings of the data as one text; null where `quotedStrings` would not give the same data again. */
export function plainText(data: string): string | null {
  const text = wordsOf(data).join('');
  return quotedStrings(text) === data ? text : null;
}
