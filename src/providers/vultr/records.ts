import { type Name, parseName, relativeTo, rootName } from '../../dns/name.ts';
import type { Rdata, RRset, RRType } from '../../dns/rrset.ts';
import { type JsonObject, numberAt, textAt } from '../json.ts';
import { fieldsOf, withDot, withoutDot } from '../rest/fields.ts';
import type { NewRow } from '../rest/row-writes.ts';
import { dataOf, type HostRow } from '../rest/rows.ts';
import { plainText, quotedStrings } from '../strings.ts';

/** Types whose data ends with a name, which is shown without its final dot. */
const nameTypes: ReadonlySet<RRType> = new Set(['CNAME', 'MX', 'NS', 'SRV']);

/** Types whose first number stands apart. */
const withPriority: ReadonlySet<RRType> = new Set(['MX', 'SRV']);

/** A row of the API; null where it cannot be read. */
export function rowOf(apex: Name, item: unknown): HostRow | null {
  const [id, name, type] = [textAt(item, 'id'), textAt(item, 'name'), textAt(item, 'type')];
  const [ttl, shown] = [numberAt(item, 'ttl'), textAt(item, 'data')];
  if (id === null || name === null || type === null || ttl === null || shown === null) return null;
  const priority = withPriority.has(type) ? `${numberAt(item, 'priority') ?? 0} ` : '';
  // Text stands in quotes, and nothing in it is escaped.
  const inner = type === 'TXT' ? quotedStrings(shown.replace(/^"([\s\S]*)"$/, '$1')) : shown;
  const text = `${priority}${nameTypes.has(type) ? withDot(inner) : inner}`;
  return {
    owner: name === '' ? apex : parseName(`${name}.${apex}`),
    type,
    ttl,
    data: dataOf(type, text, rootName),
    text: `${ttl} ${type} ${text}`,
    id,
    beside: null,
  };
}

/** Why the host has no way to hold an RRset; null where it has. */
export function cannotHold({ type, data }: RRset): string | null {
  for (const one of data) {
    const { data: value } = fieldsOf(type, one);
    if (type === 'TXT' && (plainText(one) === null || value === '')) {
      return 'text is empty, or split elsewhere than after 255 octets';
    }
    if (type === 'TXT' && /["\\]/.test(value)) return 'quotes and backslashes in a text are not taken there';
    if (type === 'CAA' && (/\s/.test(value) || value === '')) {
      return 'a value that is empty or has blanks is not taken there';
    }
    if (type === 'MX' && value === '.') return 'an MX to nowhere is not taken there';
  }
  return null;
}

/** A record as the API takes it. */
export function recordOf(apex: Name, { owner, type, ttl, data }: NewRow): JsonObject {
  const fields = fieldsOf(type, data);
  const name = owner === apex ? '' : relativeTo(owner, apex);
  return { type, name, data: said(type, data), ttl, priority: fields.priority ?? 0 };
}

function said(type: RRType, data: Rdata): string {
  const fields = fieldsOf(type, data);
  if (type === 'SRV') return `${fields.weight} ${fields.port} ${withoutDot(fields.data)}`;
  if (type === 'TXT') return `"${fields.data}"`;
  if (type === 'CAA') return data;
  return nameTypes.has(type) ? withoutDot(fields.data) : fields.data;
}
