import { labelCount, type Name } from '../../dns/name.ts';
import { isZonecutError } from '../../error.ts';
import {
  type Account,
  addZone,
  type ChangeState,
  conflictingZones,
  delegationSetOf,
  type HostedZoneState,
  publishZone,
  removeZone,
} from './account.ts';
import { applyChanges, readChanges } from './changes.ts';
import { invalidInput, malformedInput, noSuchHostedZone, Route53Fault, refused } from './fault.ts';
import { printHostedZone } from './lists.ts';
import { printDomainName, readDomainName } from './names.ts';
import { refuseProtected } from './protections.ts';
import { documentOf, element, leaf, parseRequest } from './xml.ts';

/** Where the API lives, for Location. */
export const serviceUrl = 'https://route53.amazonaws.com/2013-04-01';

/** The answer of an operation that made something. */
export interface Created {
  readonly body: string;
  readonly location: string;
}

/** CreateHostedZone: a public zone with SOA, NS and four name servers of its own, or those of a delegation set. */
export function createHostedZone(account: Account, body: string, maxZones: number): Created {
  const request = parseRequest(body, 'CreateHostedZoneRequest');
  const [name, reference] = [request.text('Name'), request.text('CallerReference')];
  if (name === null || reference === null) {
    throw malformedInput();
  }
  if (reference.length < 1 || reference.length > 128) {
    throw invalidInput(
      `1 validation error detected: Value '${reference}' at 'callerReference' failed to satisfy constraint: Member must have length between 1 and 128`,
    );
  }
  if (request.child('VPC') !== null) {
    throw refused('InvalidVPCId', 'The VPC ID is invalid.');
  }
  const comment = request.child('HostedZoneConfig')?.text('Comment') ?? null;
  if (comment !== null && comment.length > 256) {
    throw invalidInput(
      '1 validation error detected: Value at comment must have length less than or equal to 256',
    );
  }
  const zoneName = hostedZoneName(name);
  if (account.references.has(reference)) {
    throw new Route53Fault(
      409,
      'HostedZoneAlreadyExists',
      'A hosted zone has already been created with the specified caller reference.',
    );
  }
  if (account.zones.size >= maxZones) {
    throw refused(
      'TooManyHostedZones',
      `Limits Exceeded: MAX_HOSTED_ZONES_BY_OWNER - Cannot create more than ${maxZones}`,
    );
  }
  const set = delegationSetOf(account, request.text('DelegationSetId'));
  if (set !== null) {
    refuseSharedServers(account, zoneName, set.nameServers);
  }
  const zone = addZone(account, {
    name: zoneName,
    reference,
    comment,
    ...(set === null ? {} : { nameServers: set.nameServers, delegationSetId: set.id }),
  });
  const change = publishZone(account, zone);
  return {
    location: `${serviceUrl}/hostedzone/${zone.id}`,
    body: documentOf(
      'CreateHostedZoneResponse',
      printHostedZone(zone),
      printChange(change),
      printDelegationSet(zone),
    ),
  };
}

/** Zones of one name, or above and below one another, must not be on the same name servers. */
function refuseSharedServers(account: Account, name: Name, servers: readonly Name[]): void {
  const shared = conflictingZones(account, name).find(zone =>
    zone.nameServers.some(server => servers.includes(server)),
  );
  if (shared !== undefined) {
    throw refused(
      'ConflictingDomainExists',
      `Cannot create hosted zone with DelegationSetId as the DNSName: ${printDomainName(name)} conflicts with existing ones sharing the delegation set`,
    );
  }
}

function hostedZoneName(text: string): Name {
  let name: Name;
  try {
    name = readDomainName(text);
  } catch (error) {
    if (!isZonecutError(error)) {
      throw error;
    }
    throw refused('InvalidDomainName', `${text} is not a valid domain name`);
  }
  if (labelCount(name) < 2 || name.startsWith('*.')) {
    throw refused(
      'InvalidDomainName',
      `${printDomainName(name)} is not a valid domain name for a hosted zone`,
    );
  }
  return name;
}

/** The zone of an identifier. Throws NoSuchHostedZone. */
export function zoneOfId(account: Account, id: string): HostedZoneState {
  const zone = account.zones.get(id);
  if (zone === undefined) {
    throw noSuchHostedZone(id);
  }
  return zone;
}

/** GetHostedZone. */
export function getHostedZone(account: Account, id: string): string {
  const zone = zoneOfId(account, id);
  return documentOf('GetHostedZoneResponse', printHostedZone(zone), printDelegationSet(zone));
}

function printDelegationSet(zone: HostedZoneState): string | null {
  return zone.isPrivate
    ? null
    : element(
        'DelegationSet',
        zone.delegationSetId === null ? null : leaf('Id', `/delegationset/${zone.delegationSetId}`),
        printNameServers(zone.nameServers),
      );
}

/** The `NameServers` element: names without their final dot. */
export function printNameServers(servers: readonly Name[]): string {
  return element('NameServers', ...servers.map(server => leaf('NameServer', server.slice(0, -1))));
}

/** DeleteHostedZone: only of a zone that holds SOA and NS alone. */
export function deleteHostedZone(account: Account, id: string): string {
  const zone = zoneOfId(account, id);
  const others = [...zone.records.values()].filter(
    set => set.name !== zone.name || (set.type !== 'NS' && set.type !== 'SOA'),
  );
  if (others.length > 0 || zone.ksks.size > 0 || zone.protections.size > 0) {
    throw refused(
      'HostedZoneNotEmpty',
      'The specified hosted zone contains non-required resource record sets and so cannot be deleted.',
    );
  }
  refuseBusy(zone);
  return documentOf('DeleteHostedZoneResponse', printChange(removeZone(account, zone)));
}

/** UpdateHostedZoneComment. */
export function updateHostedZoneComment(account: Account, id: string, body: string): string {
  const zone = zoneOfId(account, id);
  zone.comment = parseRequest(body, 'UpdateHostedZoneCommentRequest').text('Comment');
  return documentOf('UpdateHostedZoneCommentResponse', printHostedZone(zone));
}

/** ChangeResourceRecordSets: all changes of the batch or none; `processingMs` is how long the zone is then busy. */
export async function changeResourceRecordSets(
  account: Account,
  id: string,
  body: string,
  processingMs: number,
): Promise<string> {
  const batch = parseRequest(body, 'ChangeResourceRecordSetsRequest').child('ChangeBatch');
  const zone = zoneOfId(account, id);
  refuseBusy(zone);
  const changes = readChanges(batch);
  refuseProtected(zone, changes);
  const after = applyChanges(zone.name, zone.records, changes);
  zone.busy = processingMs > 0;
  if (zone.busy) {
    await account.deps.clock.sleep(processingMs);
    zone.busy = false;
  }
  zone.records = after;
  const change = publishZone(account, zone, batch?.text('Comment') ?? null);
  return documentOf('ChangeResourceRecordSetsResponse', printChange(change));
}

/** Throws PriorRequestNotComplete while the zone is busy with a change. */
export function refuseBusy(zone: HostedZoneState): void {
  if (zone.busy) {
    throw refused(
      'PriorRequestNotComplete',
      'The request was rejected because Route 53 was still processing a prior request.',
    );
  }
}

/** GetChange. */
export function getChange(account: Account, id: string): string {
  const change = account.changes.get(id);
  if (change === undefined) {
    throw new Route53Fault(404, 'NoSuchChange', `Could not find resource with ID: ${id}`);
  }
  return documentOf('GetChangeResponse', printChange(change));
}

/** The `ChangeInfo` element. */
export function printChange(change: ChangeState): string {
  return element(
    'ChangeInfo',
    leaf('Id', `/change/${change.id}`),
    leaf('Status', change.inSync ? 'INSYNC' : 'PENDING'),
    leaf('SubmittedAt', new Date(change.submittedAtMs).toISOString()),
    change.comment === null ? null : leaf('Comment', change.comment),
  );
}
