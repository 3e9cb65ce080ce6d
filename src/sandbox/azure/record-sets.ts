import { rootName } from '../../dns/name.ts';
import { parseRdata } from '../../dns/rdata.ts';
import type { Rdata } from '../../dns/rrset.ts';
import { isZonecutError } from '../../error.ts';
import { type Fields, isFields, jsonResponse, RestRefusal } from '../rest/json.ts';
import type { KeptSet } from '../rest/zones.ts';

/** Record sets that a zone may hold of one name and type, and their records. */
const maxRecords = 20;

/** An answer that refuses. */
export function refused(status: number, code: string, message: string): RestRefusal {
  return new RestRefusal(jsonResponse(status, { error: { code, message } }));
}

function invalid(message: string): RestRefusal {
  return refused(400, 'BadRequest', message);
}

/** How each type's records stand in JSON: made of the words of presentation form, and back. */
interface Shape {
  readonly member: string;
  readonly print: (words: readonly string[]) => Fields;
  readonly read: (record: Fields) => string;
}

const bare = (text: string): string => text.replace(/^"|"$/g, '').replace(/\\(["\\])/g, '$1');
const quoted = (value: unknown): string => `"${String(value).replace(/["\\]/g, '\\$&')}"`;
const field = (name: string): Pick<Shape, 'print' | 'read'> => ({
  print: ([word = '']) => ({ [name]: word }),
  read: record => String(record[name]),
});

const shapes: ReadonlyMap<string, Shape> = new Map([
  ['A', { member: 'ARecords', ...field('ipv4Address') }],
  ['AAAA', { member: 'AAAARecords', ...field('ipv6Address') }],
  ['CNAME', { member: 'CNAMERecord', ...field('cname') }],
  ['NS', { member: 'NSRecords', ...field('nsdname') }],
  ['PTR', { member: 'PTRRecords', ...field('ptrdname') }],
  [
    'MX',
    {
      member: 'MXRecords',
      print: ([preference, exchange]) => ({ preference: Number(preference), exchange }),
      read: ({ preference, exchange }) => `${preference} ${exchange}`,
    },
  ],
  [
    'SRV',
    {
      member: 'SRVRecords',
      print: ([priority, weight, port, target]) => ({
        priority: Number(priority),
        weight: Number(weight),
        port: Number(port),
        target,
      }),
      read: ({ priority, weight, port, target }) => `${priority} ${weight} ${port} ${target}`,
    },
  ],
  [
    'CAA',
    {
      member: 'caaRecords',
      print: ([flags, tag, value = '']) => ({ flags: Number(flags), tag, value: bare(value) }),
      read: ({ flags, tag, value }) => `${flags} ${tag} ${quoted(value)}`,
    },
  ],
  [
    'DS',
    {
      member: 'DSRecords',
      print: ([keyTag, algorithm, algorithmType, value]) => ({
        keyTag: Number(keyTag),
        algorithm: Number(algorithm),
        digest: { algorithmType: Number(algorithmType), value: value?.toUpperCase() },
      }),
      read: ({ keyTag, algorithm, digest }) =>
        isFields(digest) ? `${keyTag} ${algorithm} ${digest['algorithmType']} ${digest['value']}` : '',
    },
  ],
  [
    'TLSA',
    {
      member: 'TLSARecords',
      print: ([usage, selector, matchingType, certAssociationData]) => ({
        usage: Number(usage),
        selector: Number(selector),
        matchingType: Number(matchingType),
        certAssociationData,
      }),
      read: record =>
        `${record['usage']} ${record['selector']} ${record['matchingType']} ${record['certAssociationData']}`,
    },
  ],
  [
    'NAPTR',
    {
      member: 'NAPTRRecords',
      print: ([order, preference, flags = '', services = '', regexp = '', replacement]) => ({
        order: Number(order),
        preference: Number(preference),
        flags: bare(flags),
        services: bare(services),
        regexp: bare(regexp),
        replacement,
      }),
      read: record =>
        `${record['order']} ${record['preference']} ${quoted(record['flags'])} ${quoted(record['services'])} ${quoted(record['regexp'])} ${record['replacement']}`,
    },
  ],
  [
    'TXT',
    {
      member: 'TXTRecords',
      print: words => ({ value: words.map(bare) }),
      read: ({ value }) => (Array.isArray(value) ? value.map(quoted).join(' ') : ''),
    },
  ],
]);

/** Whether record sets of that type exist. */
export function isKnownType(type: string): boolean {
  return shapes.has(type);
}

/** The properties of a record set. */
export function printProperties({ owner, type, ttl, data }: KeptSet, beside: Fields): Fields {
  const shape = shapes.get(type);
  const common = { ...beside, fqdn: owner, TTL: ttl, targetResource: {}, provisioningState: 'Succeeded' };
  if (shape === undefined) return { ...common, targetResource: { id: data.join(' ') } };
  const records = data.map(text => shape.print(wordsOf(text)));
  return { ...common, [shape.member]: type === 'CNAME' ? records[0] : records };
}

/** The SOA as the API shows it: a mailbox without a dot at its end. */
export function printSoa({ owner, ttl, data }: KeptSet): Fields {
  const [host, email, serial, refresh, retry, expire, minimum] = wordsOf(data[0] ?? '');
  const numbers = {
    serialNumber: Number(serial),
    refreshTime: Number(refresh),
    retryTime: Number(retry),
    expireTime: Number(expire),
    minimumTTL: Number(minimum),
  };
  return { fqdn: owner, TTL: ttl, SOARecord: { host, email: email?.slice(0, -1), ...numbers } };
}

/** Words of presentation form; quoted ones keep their quotes. */
function wordsOf(text: string): readonly string[] {
  return text.match(/"(?:[^"\\]|\\.)*"|\S+/g) ?? [];
}

/** The records that a request sets. Throws RestRefusal. */
export function newRecords(type: string, properties: unknown): Pick<KeptSet, 'ttl' | 'data'> {
  const shape = shapes.get(type);
  if (shape === undefined || !isFields(properties)) throw invalid(`The record type '${type}' is not valid.`);
  const { TTL: ttl, metadata: _metadata, ...rest } = properties;
  const member = rest[shape.member];
  const others = Object.keys(rest).filter(key => key !== shape.member);
  if (others.length > 0) throw invalid(`The properties ${others.join(', ')} are not valid for type ${type}.`);
  if (typeof ttl !== 'number' || !Number.isInteger(ttl) || ttl < 1 || ttl > 2_147_483_647) {
    throw invalid(`The TTL '${String(ttl)}' is not valid: it must be between 1 and 2147483647.`);
  }
  const records: readonly unknown[] = type === 'CNAME' ? [member] : Array.isArray(member) ? member : [];
  if (records.length === 0 || records.length > maxRecords) {
    throw invalid(`A record set of type ${type} must have between 1 and ${maxRecords} records.`);
  }
  const data = records.map(record => dataIn(type, isFields(record) ? shape.read(record) : ''));
  if (new Set(data).size < data.length) throw invalid('The record set has duplicate records.');
  return { ttl, data };
}

function dataIn(type: string, text: string): Rdata {
  try {
    return parseRdata(type, text, rootName);
  } catch (error) {
    if (isZonecutError(error))
      throw invalid(`The value '${text}' is not valid for a record of type ${type}.`);
    throw error;
  }
}
