import { parseAddress } from '../dns/address.ts';
import { ZonecutError } from '../error.ts';
import type { RentedFacts } from './facts.ts';
import { type AddressRange, isNarrower, isWithin, rangeOfPrefix } from './prefix.ts';

/** A range of addresses that a cloud gives to its customers and takes back from them. */
export interface CloudRange extends Omit<RentedFacts, 'address'> {
  readonly range: AddressRange;
}

type Json = Readonly<Record<string, unknown>>;

/**
 * Reads what a cloud publishes of its addresses: `ip-ranges.json` of AWS, `cloud.json` or `goog.json` of Google, or a file of service
 * tags of Azure.
 *
 * Of AWS the ranges of EC2 and Global Accelerator count, of Azure those of its regions (`AzureCloud`), of Google all: customers get addresses
 * there, and others get them afterwards. Throws ZC_USAGE for anything else, with what is wrong in it.
 */
export function parseCloudRanges(text: string): readonly CloudRange[] {
  const json = jsonIn(text);
  const ranges = Array.isArray(json['values'])
    ? azureRanges(json)
    : Array.isArray(json['ipv6_prefixes']) || listIn(json, 'prefixes').some(entry => 'ip_prefix' in entry)
      ? awsRanges(json)
      : listIn(json, 'prefixes').some(entry => 'ipv4Prefix' in entry || 'ipv6Prefix' in entry)
        ? googleRanges(json)
        : null;
  if (ranges === null) {
    throw wrong(
      'it is neither ip-ranges.json of AWS, cloud.json or goog.json of Google, nor service tags of Azure',
    );
  }
  if (ranges.length === 0) {
    throw wrong('it has no range that customers get addresses from');
  }
  return ranges;
}

/** The narrowest range of `ranges` for each of `addresses` that is in one. */
export function rentedAmong(
  addresses: readonly string[],
  ranges: readonly CloudRange[],
): readonly RentedFacts[] {
  return addresses.flatMap(address => {
    const { octets } = parseAddress(address);
    const [first, ...rest] = ranges.filter(({ range }) => isWithin(octets, range));
    if (first === undefined) {
      return [];
    }
    const { range: _, ...best } = rest.reduce(
      (kept, other) => (isNarrower(other.range, kept.range) ? other : kept),
      first,
    );
    return [{ address, ...best }];
  });
}

/** By docs.aws.amazon.com, "Syntax for AWS IP address range JSON". */
function awsRanges(json: Json): readonly CloudRange[] {
  const entries = [
    ...listIn(json, 'prefixes').map(entry => ({ entry, key: 'ip_prefix' })),
    ...listIn(json, 'ipv6_prefixes').map(entry => ({ entry, key: 'ipv6_prefix' })),
  ];
  const asOf = /^(\d{4}-\d\d-\d\d)/.exec(String(json['createDate'] ?? ''))?.[1] ?? null;
  return entries
    .filter(({ entry }) => entry['service'] === 'EC2' || entry['service'] === 'GLOBALACCELERATOR')
    .map(({ entry, key }) =>
      rangeFrom(entry[key], { cloud: 'AWS', place: textOrNull(entry['region']), asOf }),
    );
}

/** As gstatic.com/ipranges gives it: each entry has one of two prefixes, in cloud.json also service and scope. */
function googleRanges(json: Json): readonly CloudRange[] {
  const asOf = /^(\d{4}-\d\d-\d\d)/.exec(String(json['creationTime'] ?? ''))?.[1] ?? null;
  return listIn(json, 'prefixes').map(entry =>
    rangeFrom(entry['ipv4Prefix'] ?? entry['ipv6Prefix'], {
      cloud: 'Google',
      place: textOrNull(entry['scope']),
      asOf,
    }),
  );
}

/** By the Service Tag Discovery API, whose answer the weekly file has the form of. It has no date. */
function azureRanges(json: Json): readonly CloudRange[] {
  return listIn(json, 'values')
    .filter(({ name }) => /^AzureCloud(\.|$)/i.test(String(name)))
    .flatMap(tag => {
      const properties = objectOrNull(tag['properties']) ?? {};
      const prefixes: readonly unknown[] = Array.isArray(properties['addressPrefixes'])
        ? properties['addressPrefixes']
        : [];
      const place = textOrNull(properties['region']);
      return prefixes.map(prefix => rangeFrom(prefix, { cloud: 'Azure', place, asOf: null }));
    });
}

function rangeFrom(prefix: unknown, about: Omit<CloudRange, 'range' | 'prefix'>): CloudRange {
  const range = typeof prefix === 'string' ? rangeOfPrefix(prefix) : null;
  if (range === null || typeof prefix !== 'string') {
    throw wrong(`${JSON.stringify(prefix ?? null)} is no prefix`);
  }
  return { range, prefix, ...about };
}

function jsonIn(text: string): Json {
  try {
    const json = objectOrNull(JSON.parse(text));
    if (json !== null) return json;
  } catch {
    // Told below.
  }
  throw wrong('it is no JSON object');
}

function listIn(json: Json, key: string): readonly Json[] {
  const value = json[key];
  return Array.isArray(value)
    ? value.map(entry => {
        const found = objectOrNull(entry);
        if (found === null) throw wrong(`"${key}" has something else than objects`);
        return found;
      })
    : [];
}

function objectOrNull(value: unknown): Json | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : null;
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function wrong(what: string): ZonecutError {
  return new ZonecutError('ZC_USAGE', what, {
    hint: 'Give the file as the cloud publishes it: docs/checks/ns-address-dangling.md says where.',
  });
}
