import { parseName } from '../../dns/name.ts';
import { type Account, type DelegationSetState, delegationSetOf, drawNameServers, newId } from './account.ts';
import { malformedInput, Route53Fault, refused } from './fault.ts';
import { type Created, printNameServers, serviceUrl, zoneOfId } from './operations.ts';
import { documentOf, element, leaf, parseRequest } from './xml.ts';

/** Reusable delegation sets of one account, at most. */
const maxDelegationSets = 100;

/** CreateReusableDelegationSet: four fresh name servers, or those of a zone that is there. */
export function createDelegationSet(account: Account, body: string): Created {
  const request = parseRequest(body, 'CreateReusableDelegationSetRequest');
  const reference = request.text('CallerReference');
  const zoneId = request.text('HostedZoneId')?.replace(/^\/hostedzone\//, '') ?? null;
  if (reference === null) {
    throw malformedInput();
  }
  const sets = [...account.delegationSets.values()];
  if (sets.some(set => set.reference === reference)) {
    throw refused(
      'DelegationSetAlreadyCreated',
      'A delegation set with the same owner and caller reference combination has already been created.',
    );
  }
  if (sets.length >= maxDelegationSets) {
    throw refused('LimitsExceeded', `Cannot create more than ${maxDelegationSets} reusable delegation sets`);
  }
  const zone = zoneId === null ? null : zoneOfId(account, zoneId);
  if (zone !== null && zone.delegationSetId !== null) {
    throw refused(
      'DelegationSetAlreadyReusable',
      'The specified delegation set has already been marked as reusable.',
    );
  }
  const set: DelegationSetState = {
    id: newId(account, 'N'),
    reference,
    nameServers: zone?.nameServers ?? drawNameServers(account, parseName(`${newId(account, 'n')}.invalid`)),
  };
  account.delegationSets.set(set.id, set);
  return {
    location: `${serviceUrl}/delegationset/${set.id}`,
    body: documentOf('CreateReusableDelegationSetResponse', printDelegationSet(set)),
  };
}

/** GetReusableDelegationSet. */
export function getDelegationSet(account: Account, id: string): string {
  const set = delegationSetOf(account, id);
  if (set === null) {
    throw new Route53Fault(404, 'NoSuchDelegationSet', `No delegation set found with ID: ${id}`);
  }
  return documentOf('GetReusableDelegationSetResponse', printDelegationSet(set));
}

/** ListReusableDelegationSets, all on one page. */
export function listDelegationSets(account: Account): string {
  return documentOf(
    'ListReusableDelegationSetsResponse',
    element('DelegationSets', ...[...account.delegationSets.values()].map(printDelegationSet)),
    leaf('IsTruncated', false),
    leaf('MaxItems', maxDelegationSets),
  );
}

/** DeleteReusableDelegationSet, unless a zone uses it. */
export function deleteDelegationSet(account: Account, id: string): string {
  const set = delegationSetOf(account, id);
  if ([...account.zones.values()].some(zone => zone.delegationSetId === set?.id)) {
    throw refused('DelegationSetInUse', 'The specified delegation set is in use.');
  }
  account.delegationSets.delete(id);
  return documentOf('DeleteReusableDelegationSetResponse');
}

function printDelegationSet(set: DelegationSetState): string {
  return element(
    'DelegationSet',
    leaf('Id', `/delegationset/${set.id}`),
    leaf('CallerReference', set.reference),
    printNameServers(set.nameServers),
  );
}
