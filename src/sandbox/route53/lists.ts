import type { Name } from '../../dns/name.ts';
import { isZonecutError } from '../../error.ts';
import type { Account, HostedZoneState } from './account.ts';
import { invalidInput, refused } from './fault.ts';
import { compareListed, printDomainName, readDomainName } from './names.ts';
import { compareSets, printRecordSet } from './record-set.ts';
import { documentOf, element, leaf } from './xml.ts';

/** Zones on one page, at most. */
const maxZones = 100;
/** Record sets on one page, at most. */
const maxRecordSets = 300;

/** The `HostedZone` element of a zone. */
export function printHostedZone(zone: HostedZoneState): string {
  return element(
    'HostedZone',
    leaf('Id', `/hostedzone/${zone.id}`),
    leaf('Name', printDomainName(zone.name)),
    leaf('CallerReference', zone.reference),
    element(
      'Config',
      zone.comment === null ? null : leaf('Comment', zone.comment),
      leaf('PrivateZone', zone.isPrivate),
    ),
    leaf('ResourceRecordSetCount', zone.records.size),
  );
}

/** ListHostedZones: by identifier, from `marker` on. */
export function listHostedZones(account: Account, query: URLSearchParams): string {
  const limit = maxItems(query, maxZones);
  const marker = query.get('marker');
  const delegationSet = query.get('delegationsetid')?.replace(/^\/delegationset\//, '') ?? null;
  const kind = query.get('hostedzonetype');
  const zones = [...account.zones.values()]
    .filter(zone => delegationSet === null || zone.delegationSetId === delegationSet)
    .filter(zone => kind !== 'PrivateHostedZone' || zone.isPrivate)
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  if (marker !== null && !account.zones.has(marker)) {
    throw invalidInput(`The specified marker is not valid: ${marker}`);
  }
  const { page, next } = pageFrom(zones, zone => marker === null || zone.id >= marker, limit);
  return documentOf(
    'ListHostedZonesResponse',
    element('HostedZones', ...page.map(printHostedZone)),
    marker === null ? null : leaf('Marker', marker),
    leaf('IsTruncated', next !== null),
    next === null ? null : leaf('NextMarker', next.id),
    leaf('MaxItems', limit),
  );
}

/** ListHostedZonesByName: all zones from `dnsname` on, not only those of that name. */
export function listHostedZonesByName(account: Account, query: URLSearchParams): string {
  const limit = maxItems(query, maxZones);
  const dnsName = query.get('dnsname');
  const zoneId = query.get('hostedzoneid')?.replace(/^\/hostedzone\//, '') ?? null;
  if (zoneId !== null && dnsName === null) {
    throw invalidInput('The input is not valid: DNSName must be specified when HostedZoneId is specified');
  }
  const from = dnsName === null ? null : startingName(dnsName);
  const zones = [...account.zones.values()].sort(
    (a, b) => compareListed(a.name, b.name) || (a.id < b.id ? -1 : 1),
  );
  const isDue = (zone: HostedZoneState): boolean => {
    const order = from === null ? 1 : compareListed(zone.name, from);
    return order > 0 || (order === 0 && (zoneId === null || zone.id >= zoneId));
  };
  const { page, next } = pageFrom(zones, isDue, limit);
  return documentOf(
    'ListHostedZonesByNameResponse',
    element('HostedZones', ...page.map(printHostedZone)),
    from === null ? null : leaf('DNSName', printDomainName(from)),
    zoneId === null ? null : leaf('HostedZoneId', zoneId),
    leaf('IsTruncated', next !== null),
    next === null ? null : leaf('NextDNSName', printDomainName(next.name)),
    next === null ? null : leaf('NextHostedZoneId', next.id),
    leaf('MaxItems', limit),
  );
}

/** ListResourceRecordSets: by reversed name, type and identifier, from the given ones on. */
export function listResourceRecordSets(zone: HostedZoneState, query: URLSearchParams): string {
  const limit = maxItems(query, maxRecordSets);
  const [name, type, identifier] = [query.get('name'), query.get('type'), query.get('identifier')];
  if ((type !== null && name === null) || (identifier !== null && type === null)) {
    throw invalidInput(
      'The input is not valid: a start type needs a start name, a start identifier a start type',
    );
  }
  const start = name === null ? null : { name: startingName(name), type: type ?? '', identifier };
  const sets = [...zone.records.values()].sort(compareSets);
  const { page, next } = pageFrom(sets, set => start === null || compareSets(set, start) >= 0, limit);
  return documentOf(
    'ListResourceRecordSetsResponse',
    element('ResourceRecordSets', ...page.map(printRecordSet)),
    leaf('IsTruncated', next !== null),
    next === null ? null : leaf('NextRecordName', printDomainName(next.name)),
    next === null ? null : leaf('NextRecordType', next.type),
    next === null || next.identifier === null ? null : leaf('NextRecordIdentifier', next.identifier),
    leaf('MaxItems', limit),
  );
}

function startingName(text: string): Name {
  try {
    return readDomainName(text);
  } catch (error) {
    if (!isZonecutError(error)) {
      throw error;
    }
    throw refused('InvalidDomainName', `${text} is not a valid domain name`);
  }
}

function maxItems(query: URLSearchParams, most: number): number {
  const text = query.get('maxitems');
  if (text === null) {
    return most;
  }
  if (!/^\d+$/.test(text) || Number(text) < 1) {
    throw invalidInput(`The specified value for maxitems is not valid: ${text}`);
  }
  return Math.min(most, Number(text));
}

interface Page<T> {
  readonly page: readonly T[];
  /** The first item after the page; null when there is none. */
  readonly next: T | null;
}

function pageFrom<T>(items: readonly T[], isDue: (item: T) => boolean, limit: number): Page<T> {
  const due = items.filter(isDue);
  return { page: due.slice(0, limit), next: due[limit] ?? null };
}
