import type { Name } from '../../dns/name.ts';
import { isAtOrBelow } from '../../dns/name.ts';
import type { Account, HostedZoneState, Protection } from './account.ts';
import type { Change } from './changes.ts';
import { invalidChangeBatch, malformedInput, noSuchHostedZone, Route53Fault, refused } from './fault.ts';
import { printDomainName, readDomainName } from './names.ts';
import { types } from './record-set.ts';
import { documentOf, element, leaf, parseRequest, type XmlNode } from './xml.ts';

/** Entries of one request, at most. */
const maxEntries = 100;
/** Protections of one page. */
const pageSize = 100;

/** Throws InvalidChangeBatch when one of `changes` is of a protected record set. */
export function refuseProtected(zone: HostedZoneState, changes: readonly Change[]): void {
  const problems = changes.flatMap(({ set }) => {
    const found = zone.protections.get(keyOf(set.name, set.type));
    return found === undefined
      ? []
      : [
          `The resource record set [name='${printDomainName(set.name)}', type='${set.type}'] is protected${found.comment === null ? '' : `: ${found.comment}`}`,
        ];
  });
  if (problems.length > 0) {
    throw invalidChangeBatch(problems);
  }
}

/** CreateResourceRecordSetProtections and DeleteResourceRecordSetProtections: all entries or none. */
export function changeProtections(
  account: Account,
  id: string,
  action: 'Create' | 'Delete',
  body: string,
): string {
  const zone = zoneWithId(account, id);
  const request = parseRequest(body, `${action}ResourceRecordSetProtectionsRequest`);
  const nodes =
    request
      .child('Protections')
      ?.children(
        action === 'Create' ? 'ResourceRecordSetProtectionConfig' : 'ResourceRecordSetProtectionKey',
      ) ?? [];
  if (nodes.length === 0 || nodes.length > maxEntries) {
    throw refused(
      'InvalidInput',
      `Protections must hold 1 to ${maxEntries} entries, it holds ${nodes.length}`,
    );
  }
  const entries = nodes.map(entryOf);
  for (const entry of entries) {
    const key = keyOf(entry.name, entry.type);
    if (!isAtOrBelow(entry.name, zone.name) || !types.includes(entry.type)) {
      throw refused('InvalidResourceRecordSetProtectionBatch', `InvalidInput: ${key}`);
    }
    if (action === 'Create' && zone.protections.has(key)) {
      throw new Route53Fault(409, 'ProtectionAlreadyExists', `A protection already exists for ${key}`);
    }
    if (action === 'Delete' && !zone.protections.has(key)) {
      throw refused('InvalidResourceRecordSetProtectionBatch', `ProtectionNotFound: ${key}`);
    }
  }
  for (const entry of entries) {
    const key = keyOf(entry.name, entry.type);
    if (action === 'Create') {
      zone.protections.set(key, entry);
    } else {
      zone.protections.delete(key);
    }
  }
  return documentOf(`${action}ResourceRecordSetProtectionsResponse`);
}

/** ListResourceRecordSetProtections. */
export function listProtections(account: Account, id: string, query: URLSearchParams): string {
  const zone = zoneWithId(account, id);
  const from = Number(query.get('nexttoken') ?? '0');
  const all = [...zone.protections.values()];
  const page = all.slice(from, from + pageSize);
  return documentOf(
    'ListResourceRecordSetProtectionsResponse',
    element(
      'ResourceRecordSetProtections',
      ...page.map(({ name, type, comment }) =>
        element(
          'ResourceRecordSetProtection',
          leaf('RecordName', printDomainName(name)),
          leaf('RecordType', type),
          comment === null ? null : leaf('Comment', comment),
        ),
      ),
    ),
    from + pageSize < all.length ? leaf('NextToken', from + pageSize) : null,
  );
}

function zoneWithId(account: Account, id: string): HostedZoneState {
  const zone = account.zones.get(id);
  if (zone === undefined) {
    throw noSuchHostedZone(id);
  }
  return zone;
}

function entryOf(node: XmlNode): Protection {
  const [name, type] = [node.text('RecordName'), node.text('RecordType')];
  if (name === null || type === null) {
    throw malformedInput();
  }
  return { name: readDomainName(name), type, comment: node.text('Comment') };
}

function keyOf(name: Name, type: string): string {
  return `${name} ${type}`;
}
