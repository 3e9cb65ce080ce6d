import { parseName, rootName } from '../../dns/name.ts';
import type { Rdata, RRType } from '../../dns/rrset.ts';
import { quotedString } from '../../dns/text.ts';
import { listAt, numberAt, textAt } from '../json.ts';
import { dataOf, type HostRow } from '../rest/rows.ts';
import { plainText, quotedStrings, wordsOf } from '../strings.ts';

/** Types of which the API keeps one text in place of character-strings. */
const texts: ReadonlySet<RRType> = new Set(['SPF', 'TXT']);

/** Words of these types that stand in quotes in a zone file, and without them in the API; `tail` is all that is left. */
const quoted: Readonly<Record<RRType, readonly number[]>> = { CAA: [2], NAPTR: [2, 3, 4] };

/** The rows of a record of the API, which is an RRset; null where it cannot be read. */
export function rowsOf(item: unknown): readonly HostRow[] | null {
  const [name, type, ttl] = [textAt(item, 'domain'), textAt(item, 'type'), numberAt(item, 'ttl')];
  if (name === null || type === null || ttl === null) return null;
  const owner = parseName(name);
  const row = (data: Rdata | null, text: string): HostRow => ({
    owner,
    type,
    ttl,
    data,
    text: `${ttl} ${type} ${text}`,
    id: null,
    beside: null,
  });
  const link = textAt(item, 'link');
  if (link !== null) return [row(null, `linked to ${link}`)];
  const answers = listAt(item, 'short_answers');
  if (answers === null) return null;
  const steered = (numberAt(item, 'tier') ?? 1) > 1;
  return answers.map(String).map(answer => {
    if (steered) return row(null, `${answer} (filtered)`);
    return row(dataOf(type, presentationOf(type, answer), rootName), answer);
  });
}

/** What stands in a zone file for an answer in one line. */
function presentationOf(type: RRType, answer: string): string {
  if (texts.has(type)) return quotedStrings(answer);
  const places = quoted[type];
  if (places === undefined) return answer;
  const words = type === 'CAA' ? splitCaa(answer) : answer.split(' ');
  return words.map((word, at) => (places.includes(at) ? inQuotes(word) : word)).join(' ');
}

/** The value of a CAA record is all that comes after its tag (RFC 8659 section 4.1.1). */
function splitCaa(answer: string): readonly string[] {
  const [flags = '', tag = ''] = answer.split(' ', 2);
  return [flags, tag, answer.slice(flags.length + tag.length + 2)];
}

function inQuotes(word: string): string {
  return word.startsWith('"') ? word : quotedString(new TextEncoder().encode(word));
}

/** An answer as the API takes it, word by word; null for data that it has no way to say. */
export function answerOf(type: RRType, data: Rdata): readonly string[] | null {
  if (texts.has(type)) {
    const text = plainText(data);
    return text === null ? null : [text];
  }
  if (type === 'SVCB' || type === 'HTTPS') {
    const [priority = '', target = ''] = data.split(' ', 2);
    const rest = data.slice(priority.length + target.length + 2);
    return [priority, target, ...(rest === '' ? [] : [rest])];
  }
  return wordsOf(data);
}
