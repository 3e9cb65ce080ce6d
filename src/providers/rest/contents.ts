import { rootName } from '../../dns/name.ts';
import type { Rdata, RRType } from '../../dns/rrset.ts';
import { quotedStrings } from '../strings.ts';
import { withDot, withoutDot } from './fields.ts';
import { dataOf } from './rows.ts';

/** A record as APIs hold it that keep its data in one text, and its first number beside it. */
export interface RecordContent {
  readonly content: string;
  /** Of MX and SRV; null elsewhere. */
  readonly priority: number | null;
}

const withPriority: ReadonlySet<RRType> = new Set(['MX', 'SRV']);

/** Types whose last word is a name. */
const toNames: ReadonlySet<RRType> = new Set(['CNAME', 'DNAME', 'MX', 'NS', 'PTR', 'SRV']);

/**
 * The data that a content stands for: names may lack their final dot, and text of TXT its quotes. Null where zonecut cannot read
 * it.
 */
export function dataOfContent(type: RRType, { content, priority }: RecordContent): Rdata | null {
  const text = withPriority.has(type) ? `${priority ?? 0} ${content}` : content;
  if (toNames.has(type)) return dataOf(type, withDot(text), rootName);
  return dataOf(type, type === 'TXT' && !content.startsWith('"') ? quotedStrings(content) : text, rootName);
}

/** The content of a record, names without their final dot, text of TXT in quotes. */
export function contentOf(type: RRType, data: Rdata): RecordContent {
  const [first = ''] = data.split(' ', 1);
  const isFirstApart = withPriority.has(type);
  const content = isFirstApart ? data.slice(first.length + 1) : data;
  return {
    content: toNames.has(type) ? withoutFinalDot(content) : content,
    priority: isFirstApart ? Number(first) : null,
  };
}

function withoutFinalDot(content: string): string {
  const name = content.split(' ').at(-1) ?? '';
  return `${content.slice(0, content.length - name.length)}${withoutDot(name)}`;
}
