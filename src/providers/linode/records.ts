import { type Name, parseName, relativeTo, rootName } from '../../dns/name.ts';
import type { RRset, RRType } from '../../dns/rrset.ts';
import { type JsonObject, numberAt, textAt } from '../json.ts';
import type { HostedZone } from '../provider.ts';
import { fieldsOf, plainFields, textOfFields, withDot, withoutDot } from '../rest/fields.ts';
import type { NewRow } from '../rest/row-writes.ts';
import { dataOf, type HostRow } from '../rest/rows.ts';
import { plainText } from '../strings.ts';
import { linodeCapabilities } from './capabilities.ts';

/** Types whose data is a name, which is shown without its final dot. */
const nameTypes: ReadonlySet<RRType> = new Set(['CNAME', 'MX', 'NS', 'SRV']);

/** Seconds that rows have which name no TTL, where the domain names none either. */
const usualTtl = 86_400;

/** A row of the API; null where it cannot be read. `zoneTtl` is that of the domain, 0 for none. */
export function rowOf(apex: Name, item: unknown, zoneTtl: number): HostRow | null {
  const [id, name, type] = [textAt(item, 'id'), textAt(item, 'name'), textAt(item, 'type')];
  const target = textAt(item, 'target');
  if (id === null || name === null || type === null || target === null) return null;
  const label = name === '' && type === 'SRV' ? serviceOf(item) : name;
  const own = numberAt(item, 'ttl_sec') ?? 0;
  const ttl = own !== 0 ? own : zoneTtl !== 0 ? zoneTtl : usualTtl;
  const text = textOfFields(type, {
    ...plainFields,
    data: nameTypes.has(type) ? withDot(target) : target,
    priority: numberAt(item, 'priority'),
    weight: numberAt(item, 'weight'),
    port: numberAt(item, 'port'),
    tag: textAt(item, 'tag'),
  });
  return {
    owner: label === '' ? apex : parseName(`${label}.${apex}`),
    type,
    ttl,
    data: dataOf(type, text, rootName),
    text: `${own} ${type} ${text}`,
    id,
    beside: null,
  };
}

function serviceOf(item: unknown): string {
  return `_${textAt(item, 'service') ?? ''}._${textAt(item, 'protocol') ?? ''}`;
}

/** The service and protocol of an owner of SRV; null where it is not `_service._protocol` of the apex. */
function srvLabels(apex: Name, owner: Name): readonly [service: string, protocol: string] | null {
  const found = owner === apex ? null : /^_([\w-]+)\._([a-z]+)$/.exec(relativeTo(owner, apex));
  return found === null ? null : [found[1] ?? '', found[2] ?? ''];
}

/** Why the host has no way to hold an RRset; null where it has. */
export function cannotHold({ apex }: HostedZone, { owner, type, ttl, data }: RRset): string | null {
  const { ttls = [] } = linodeCapabilities;
  if (!ttls.includes(ttl)) return `the TTL is ${ttl}; the host takes ${ttls.join(', ')}`;
  if (type === 'NS' && owner.startsWith('*.')) return 'NS at a wildcard are not taken there';
  if (type === 'SRV' && srvLabels(apex, owner) === null) {
    return 'SRV are taken at _service._protocol of the apex only';
  }
  for (const one of data) {
    const { data: value, flags } = fieldsOf(type, one);
    if (type === 'TXT' && (plainText(one) === null || value === '')) {
      return 'text is empty, or split elsewhere than after 255 octets';
    }
    if (type === 'CAA' && flags !== 0) return `the flags of CAA are ${flags}; only 0 is taken there`;
    if (type === 'CAA' && (/\s/.test(value) || value === '')) {
      return 'a value that is empty or has blanks is not taken there';
    }
    if (type === 'MX' && value === '.') return 'an MX to nowhere is not taken there';
  }
  return null;
}

/** A record as the API takes it. */
export function recordOf(apex: Name, { owner, type, ttl, data }: NewRow): JsonObject {
  const { data: target, priority, weight, port, tag } = fieldsOf(type, data);
  const labels = type === 'SRV' ? srvLabels(apex, owner) : null;
  const numbers = { priority, weight, port, tag };
  return {
    type,
    name: owner === apex || labels !== null ? '' : relativeTo(owner, apex),
    target: nameTypes.has(type) ? withoutDot(target) : target,
    ttl_sec: ttl,
    ...Object.fromEntries(Object.entries(numbers).filter(([, value]) => value !== null)),
    ...(labels === null ? {} : { service: labels[0], protocol: labels[1] }),
  };
}
