import { parseName, rootName } from '../../dns/name.ts';
import type { Rdata, RRType } from '../../dns/rrset.ts';
import { canonicalJson } from '../digest.ts';
import { isObject, type JsonObject, listAt, memberAt, numberAt, textAt } from '../json.ts';
import { withoutDot } from '../rest/fields.ts';
import type { NewRow } from '../rest/row-writes.ts';
import { dataOf, type HostRow } from '../rest/rows.ts';
import { quotedStrings, wordsOf } from '../strings.ts';

/** Seconds that the TTL "automatic" stands for, which the API writes as 1. */
const automaticTtl = 300;

/** Types whose content lacks the number in front, which stands beside it. */
const withPriority: ReadonlySet<RRType> = new Set(['MX', 'SRV', 'URI']);

/** Members of `data` in the order of presentation form, of types that are written by them; `#` before numbers. */
const fields: Readonly<Record<RRType, readonly string[]>> = {
  CAA: ['#flags', 'tag', 'value'],
  DS: ['#key_tag', '#algorithm', '#digest_type', 'digest'],
  NAPTR: ['#order', '#preference', 'flags', 'service', 'regex', 'replacement'],
  SRV: ['#priority', '#weight', '#port', 'target'],
  SSHFP: ['#algorithm', '#type', 'fingerprint'],
  TLSA: ['#usage', '#selector', '#matching_type', 'certificate'],
};

/** A row of the API; null where it cannot be read. */
export function rowOf(item: unknown): HostRow | null {
  const [id, name, type] = [textAt(item, 'id'), textAt(item, 'name'), textAt(item, 'type')];
  const [ttl, content] = [numberAt(item, 'ttl'), textAt(item, 'content')];
  if (id === null || name === null || type === null || ttl === null || content === null) return null;
  const priority = withPriority.has(type) ? `${numberAt(item, 'priority') ?? 0} ` : '';
  const proxied = memberAt(item, 'proxied') === true;
  const flattened = type === 'CNAME' && memberAt(memberAt(item, 'settings'), 'flatten_cname') === true;
  const text = type === 'TXT' && !content.startsWith('"') ? quotedStrings(content) : `${priority}${content}`;
  const how = proxied ? ' (proxied)' : flattened ? ' (flattened)' : '';
  return {
    owner: parseName(name),
    type,
    ttl: ttl === 1 ? automaticTtl : ttl,
    data: proxied || flattened ? null : dataOf(type, text, rootName),
    text: `${ttl} ${type} ${text}${how}${besideOf(item)}`,
    id,
    beside: null,
  };
}

/** What people wrote beside a record. */
function besideOf(item: unknown): string {
  const [comment, tags] = [textAt(item, 'comment'), listAt(item, 'tags') ?? []];
  const settings = memberAt(item, 'settings');
  const kept: JsonObject = {
    ...(comment === null || comment === '' ? {} : { comment }),
    ...(tags.length === 0 ? {} : { tags }),
    ...(isObject(settings) && Object.keys(settings).length > 0 ? { settings } : {}),
  };
  return Object.keys(kept).length === 0 ? '' : ` ${canonicalJson(kept)}`;
}

/** A record as the API takes it. */
export function recordOf({ owner, type, ttl, data }: NewRow): JsonObject {
  return { type, name: owner.slice(0, -1), ttl, ...bodyOf(type, data) };
}

function bodyOf(type: RRType, data: Rdata): JsonObject {
  if (type === 'TXT') return { content: data };
  const words = wordsOf(data);
  if (type === 'MX') return { priority: Number(words[0]), content: withoutDot(words[1] ?? '') };
  if (type === 'SVCB' || type === 'HTTPS') {
    const [priority = '', target = ''] = words;
    const value = data.slice(priority.length + target.length + 2);
    return { data: { priority: Number(priority), target, value } };
  }
  const names = fields[type];
  if (names === undefined) return { content: withoutDot(data) };
  return { data: Object.fromEntries(names.map((name, at) => member(name, words[at] ?? ''))) };
}

function member(name: string, word: string): readonly [string, string | number] {
  if (name.startsWith('#')) return [name.slice(1), Number(word)];
  return [name, name === 'target' ? withoutDot(word) : word];
}
