import type { Name } from '../../dns/name.ts';
import { soaOf } from '../../dns/rdata.ts';
import type { RRset } from '../../dns/rrset.ts';
import { type ZoneFileItem, ZoneFileReader } from '../../dns/zonefile-stream.ts';
import type { RRsetChange } from '../provider.ts';

type RecordItem = Extract<ZoneFileItem, { readonly kind: 'record' }>;

/** Lines of a file that hold one entry, both counted from 0, the last one included. */
interface Entry {
  readonly record: RecordItem;
  readonly first: number;
  readonly last: number;
}

/**
 * The text of a zone file after `changes` and with its next serial, all other lines as they are; `today` is `YYYYMMDD`.
 *
 * It may be wrong where entries stand in unusual ways: whoever writes it reads it first.
 */
export function editedZoneFile(
  text: string,
  apex: Name,
  changes: readonly RRsetChange[],
  today: string,
): string {
  const lines = text.replace(/\n$/, '').split('\n');
  const entries = entriesIn(text, lines, apex);
  const isOf = ({ record }: Entry, { owner, type }: RRsetChange): boolean =>
    record.owner === owner && record.type === type;
  const replaced = new Map<number, readonly string[]>();
  const appended: string[] = [];
  for (const change of changes) {
    const now = entries.filter(entry => isOf(entry, change));
    const added = change.to === null ? [] : linesOf(change.to);
    const [place] = now;
    for (const entry of now) for (let at = entry.first; at <= entry.last; at += 1) replaced.set(at, []);
    if (place === undefined) appended.push(...added);
    else replaced.set(place.first, added);
  }
  const gone = new Set(replaced.keys());
  const kept = entries.filter(entry => !gone.has(entry.first));
  for (const entry of kept) {
    const before = entries[entries.indexOf(entry) - 1];
    const line = lines[entry.first] ?? '';
    // Its owner stood in a line that is gone or another one now.
    if (/^\s/.test(line) && before !== undefined && gone.has(before.first)) {
      replaced.set(entry.first, [`${entry.record.owner}${line}`]);
    }
  }
  const soa = kept.find(({ record }) => record.owner === apex && record.type === 'SOA');
  if (soa !== undefined) countSerial(lines, replaced, soa, today);
  return `${[...lines.flatMap((line, at) => replaced.get(at) ?? [line]), ...appended].join('\n')}\n`;
}

function entriesIn(text: string, lines: readonly string[], apex: Name): readonly Entry[] {
  const reader = new ZoneFileReader({ origin: apex });
  const items = [...reader.push(text), ...reader.end()];
  return items.flatMap(item =>
    item.kind === 'record'
      ? [{ record: item, first: item.line - 1, last: lastLine(lines, item.line - 1) }]
      : [],
  );
}

/** The last line of the entry that begins in line `first`: where its parentheses are closed. */
function lastLine(lines: readonly string[], first: number): number {
  let depth = 0;
  for (let at = first; at < lines.length; at += 1) {
    // Strings, escapes and comments hold parentheses that mean nothing (RFC 1035 section 5.1).
    const bare = (lines[at] ?? '').replace(/\\.|"(?:\\.|[^"\\])*"|;.*/g, '');
    depth += [...bare].filter(mark => mark === '(').length - [...bare].filter(mark => mark === ')').length;
    if (depth <= 0) return at;
  }
  return lines.length - 1;
}

function linesOf({ owner, ttl, type, data }: RRset): readonly string[] {
  return data.map(value => `${owner} ${ttl} IN ${type} ${value}`);
}

function countSerial(
  lines: readonly string[],
  replaced: Map<number, readonly string[]>,
  { record, first, last }: Entry,
  today: string,
): void {
  const { serial } = soaOf(record.data);
  const word = new RegExp(`(^|[\\s(])${serial}(?=[\\s);]|$)`);
  for (let at = first; at <= last; at += 1) {
    const now = (replaced.get(at) ?? [lines[at] ?? '']).join('\n');
    if (!word.test(now.replace(/;.*/, ''))) continue;
    replaced.set(at, [now.replace(word, `$1${nextSerial(serial, today)}`)]);
    return;
  }
}

/** The serial after `serial`: of today where it is a date with two digits behind, else one more (RFC 1982 section 3.1). */
export function nextSerial(serial: number, today: string): number {
  const isDate = /^(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d\d$/.test(String(serial));
  return isDate ? Math.max(serial + 1, Number(`${today}01`)) : (serial + 1) % 2 ** 32;
}
