import type { Account, HostedZoneState } from './account.ts';
import { invalidInput } from './fault.ts';
import { zoneOfId } from './operations.ts';
import { documentOf, element, leaf, parseRequest } from './xml.ts';

/** Tags of one zone, at most. */
const maxTags = 10;

/** ListTagsForResource, of hosted zones only. */
export function listTags(account: Account, kind: string, id: string): string {
  const zone = taggedZone(account, kind, id);
  return documentOf(
    'ListTagsForResourceResponse',
    element(
      'ResourceTagSet',
      leaf('ResourceType', kind),
      leaf('ResourceId', zone.id),
      element(
        'Tags',
        ...[...zone.tags].map(([key, value]) => element('Tag', leaf('Key', key), leaf('Value', value))),
      ),
    ),
  );
}

/** ChangeTagsForResource, of hosted zones only. */
export function changeTags(account: Account, kind: string, id: string, body: string): string {
  const request = parseRequest(body, 'ChangeTagsForResourceRequest');
  const zone = taggedZone(account, kind, id);
  for (const key of request.child('RemoveTagKeys')?.children('Key') ?? []) {
    zone.tags.delete(key.text('#text') ?? '');
  }
  for (const tag of request.child('AddTags')?.children('Tag') ?? []) {
    zone.tags.set(tag.text('Key') ?? '', tag.text('Value') ?? '');
  }
  if (zone.tags.size > maxTags) {
    throw invalidInput(`A hosted zone can have ${maxTags} tags at most`);
  }
  return documentOf('ChangeTagsForResourceResponse');
}

function taggedZone(account: Account, kind: string, id: string): HostedZoneState {
  if (kind !== 'hostedzone') {
    throw invalidInput(
      `1 validation error detected: Value '${kind}' at 'resourceType' failed to satisfy constraint: Member must satisfy enum value set: [healthcheck, hostedzone]`,
    );
  }
  return zoneOfId(account, id);
}
