import { type Name, parseNameAt, relativeTo, rootName } from '../../dns/name.ts';
import type { RRset, RRType } from '../../dns/rrset.ts';
import { canonicalJson } from '../digest.ts';
import { type JsonObject, numberAt, textAt } from '../json.ts';
import { fieldsOf, textOfFields, withDot } from '../rest/fields.ts';
import type { NewRow } from '../rest/row-writes.ts';
import { dataOf, type HostRow } from '../rest/rows.ts';
import { plainText } from '../strings.ts';

/** Types whose data is a name: shown without its final dot, and written with it. */
const nameTypes: ReadonlySet<RRType> = new Set(['CNAME', 'MX', 'NS', 'SRV']);

/** Characters of TXT in quotes that the host takes. */
const maxTextLength = 509;

/** A row of the API; null where it cannot be read. */
export function rowOf(apex: Name, item: unknown): HostRow | null {
  const [id, name, type] = [textAt(item, 'id'), textAt(item, 'name'), textAt(item, 'type')];
  if (id === null || name === null || type === null) return null;
  const shown = textAt(item, 'data') ?? '';
  const fields = {
    data: nameTypes.has(type) ? (shown === '@' ? apex : withDot(shown)) : shown,
    priority: numberAt(item, 'priority'),
    weight: numberAt(item, 'weight'),
    port: numberAt(item, 'port'),
    flags: numberAt(item, 'flags'),
    tag: textAt(item, 'tag'),
  };
  const ttl = numberAt(item, 'ttl') ?? 0;
  const text = textOfFields(type, fields);
  return {
    owner: parseNameAt(name, apex),
    type,
    ttl,
    data: dataOf(type, text, rootName),
    text: `${ttl} ${type} ${text === '' ? canonicalJson(fields) : text}`,
    id,
    beside: null,
  };
}

/** Why the host has no way to hold an RRset; null where it has. */
export function cannotHold({ type, data }: RRset): string | null {
  for (const one of data) {
    const { data: value } = fieldsOf(type, one);
    if (type === 'TXT') {
      if (plainText(one) === null || value === '')
        return 'text is empty, or split elsewhere than after 255 octets';
      if (value.includes('\\')) return 'a backslash in a text is not taken there';
      if (one.length > maxTextLength) {
        return `${one.length} characters of text; at most ${maxTextLength} are taken`;
      }
    }
    if (type === 'CAA' && (/\s/.test(value) || value === ''))
      return 'a value that is empty or has blanks is not taken there';
    if (type === 'MX' && value === '.') return 'an MX to nowhere is not taken there';
  }
  return null;
}

/** A record as the API takes it. */
export function recordOf(apex: Name, { owner, type, ttl, data }: NewRow): JsonObject {
  const fields = fieldsOf(type, data);
  // The name of an issuer has to end with a dot, which is not shown again.
  const isIssuer = type === 'CAA' && fields.tag !== 'iodef';
  const name = owner === apex ? '@' : relativeTo(owner, apex);
  return { type, name, ttl, ...fields, data: isIssuer ? withDot(fields.data) : fields.data };
}
