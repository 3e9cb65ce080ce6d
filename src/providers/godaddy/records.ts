import { type Name, parseNameAt, relativeTo, rootName } from '../../dns/name.ts';
import type { RRset, RRType } from '../../dns/rrset.ts';
import { canonicalJson } from '../digest.ts';
import { type JsonObject, numberAt, textAt } from '../json.ts';
import { fieldsOf, plainFields, textOfFields, withDot, withoutDot } from '../rest/fields.ts';
import { dataOf, type HostRow } from '../rest/rows.ts';
import { plainText } from '../strings.ts';

/** Types whose data is a name; it stands without its final dot, and `@` is the apex. */
const nameTypes: ReadonlySet<RRType> = new Set(['CNAME', 'MX', 'NS', 'SRV']);

/** Characters of text that the host takes. */
const maxTextLength = 512;

/** A row of the API; null where it cannot be read. */
export function rowOf(apex: Name, item: unknown): HostRow | null {
  const [name, type, shown] = [textAt(item, 'name'), textAt(item, 'type'), textAt(item, 'data')];
  const ttl = numberAt(item, 'ttl');
  if (name === null || type === null || shown === null || ttl === null) return null;
  const fields = {
    ...plainFields,
    data: nameTypes.has(type) ? (shown === '@' ? apex : withDot(shown)) : shown,
    priority: numberAt(item, 'priority'),
    weight: numberAt(item, 'weight'),
    port: numberAt(item, 'port'),
  };
  // The data of CAA is whole.
  const text = type === 'CAA' ? shown : textOfFields(type, fields);
  // The first labels of an SRV stand apart.
  const labels = [textAt(item, 'service'), textAt(item, 'protocol'), name === '@' ? null : name];
  const label = labels.filter(part => part !== null && part !== '').join('.');
  return {
    owner: parseNameAt(label === '' ? '@' : label, apex),
    type,
    ttl,
    data: dataOf(type, text, rootName),
    text: `${ttl} ${type} ${text === '' ? canonicalJson(item) : text}`,
    id: null,
    beside: null,
  };
}

/** Why the host has no way to hold an RRset; null where it has. */
export function cannotHold({ type, data }: RRset): string | null {
  if (type !== 'TXT') return null;
  for (const one of data) {
    const text = plainText(one);
    if (text === null || text.trim() === '') return 'text is empty, or split elsewhere than after 255 octets';
    if (text.length > maxTextLength) {
      return `${text.length} characters of text; at most ${maxTextLength} are taken`;
    }
  }
  return null;
}

/** The records of one name and type, as the API takes them. */
export function recordsOf({ type, ttl, data }: RRset): readonly JsonObject[] {
  return data.map(one => {
    const fields = fieldsOf(type, one);
    const value = nameTypes.has(type) ? withoutDot(fields.data) : fields.data;
    return { data: value, ttl, ...(fields.priority === null ? {} : { priority: fields.priority }) };
  });
}

/** The name of an owner in the zone. */
export function labelOf(apex: Name, owner: Name): string {
  return owner === apex ? '@' : relativeTo(owner, apex);
}
