import {
  CreateResourceRecordSetProtectionsCommand,
  DeleteResourceRecordSetProtectionsCommand,
  ListResourceRecordSetProtectionsCommand,
  type RRType as SdkType,
} from '@aws-sdk/client-route-53';
import type { HostedZone, RRsetName } from '../provider.ts';
import { Route53Fault } from './errors.ts';
import type { Route53Api } from './sdk.ts';
import { maxPages, run, tooManyPages } from './sdk.ts';
import { nameFromRoute53, nameToRoute53 } from './text.ts';

/** What a change that is refused for a lock says to its author. */
const comment = 'locked by zonecut: a delegation hangs on it';

/** `Provider.protections`. */
export async function readProtections(
  api: Route53Api,
  zone: HostedZone,
  signal: AbortSignal | undefined,
): Promise<readonly RRsetName[]> {
  const found: RRsetName[] = [];
  let token: string | undefined;
  for (let count = 1; count <= maxPages; count += 1) {
    const input = { HostedZoneId: zone.id, ...(token === undefined ? {} : { NextToken: token }) };
    const page = await run(
      api,
      'ListResourceRecordSetProtections',
      signal,
      sending => api.client.send(new ListResourceRecordSetProtectionsCommand(input), sending),
      output => (output.ResourceRecordSetProtections === undefined ? null : output),
    );
    for (const { RecordName, RecordType } of page.ResourceRecordSetProtections ?? []) {
      if (RecordName !== undefined && RecordType !== undefined) {
        found.push({ owner: nameFromRoute53(RecordName), type: RecordType });
      }
    }
    token = page.NextToken;
    if (token === undefined) return found;
  }
  throw tooManyPages(api, 'ListResourceRecordSetProtections');
}

/** `Provider.protect`: locks those of `rrsets` that are not locked yet. */
export async function protect(
  api: Route53Api,
  zone: HostedZone,
  rrsets: readonly RRsetName[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const missing = await without(api, zone, rrsets, signal);
  if (missing.length === 0) return;
  try {
    await run(
      api,
      'CreateResourceRecordSetProtections',
      signal,
      sending =>
        api.client.send(
          new CreateResourceRecordSetProtectionsCommand({
            HostedZoneId: zone.id,
            Protections: missing.map(name => ({ ...keyOf(name), Comment: comment })),
          }),
          sending,
        ),
      () => true,
    );
  } catch (error) {
    if (!(error instanceof Route53Fault) || error.code !== 'ProtectionAlreadyExists') throw error;
    if ((await without(api, zone, rrsets, signal)).length > 0) throw error;
  }
}

/** Those of `rrsets` that are not locked. */
async function without(
  api: Route53Api,
  zone: HostedZone,
  rrsets: readonly RRsetName[],
  signal: AbortSignal | undefined,
): Promise<readonly RRsetName[]> {
  const locked = await readProtections(api, zone, signal);
  return rrsets.filter(name => !locked.some(other => isSame(other, name)));
}

/** `Provider.unprotect`: unlocks those of `rrsets` that are locked. */
export async function unprotect(
  api: Route53Api,
  zone: HostedZone,
  rrsets: readonly RRsetName[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const locked = await readProtections(api, zone, signal);
  const found = rrsets.filter(name => locked.some(other => isSame(other, name)));
  if (found.length === 0) return;
  await run(
    api,
    'DeleteResourceRecordSetProtections',
    signal,
    sending =>
      api.client.send(
        new DeleteResourceRecordSetProtectionsCommand({
          HostedZoneId: zone.id,
          Protections: found.map(keyOf),
        }),
        sending,
      ),
    () => true,
  );
}

function isSame(a: RRsetName, b: RRsetName): boolean {
  return a.owner === b.owner && a.type === b.type;
}

function keyOf({ owner, type }: RRsetName): { RecordName: string; RecordType: SdkType } {
  // The SDK's union lags behind what the service takes; the service refuses a type that it does not know.
  return { RecordName: nameToRoute53(owner), RecordType: type as SdkType };
}
