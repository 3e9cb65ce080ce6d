import type { Change, ResourceRecordSet } from '@aws-sdk/client-route-53';
import { ChangeResourceRecordSetsCommand, ListResourceRecordSetsCommand } from '@aws-sdk/client-route-53';
import type { RRset } from '../../dns/rrset.ts';
import type { World } from '../../world/world.ts';
import type { Outcome } from '../caller.ts';
import {
  checkChanges,
  differences,
  inCanonicalOrder,
  keyOf,
  rrsetsAfter,
  standingOf,
} from '../change-set.ts';
import { canonicalJson, digestOf } from '../digest.ts';
import type { HostedZone, Right, RightsOptions, RRsetChange, ZoneSnapshot } from '../provider.ts';
import { Route53Fault, rightOf } from './errors.ts';
import type { Route53Api } from './sdk.ts';
import { attempting, maxPages, run, tooManyPages } from './sdk.ts';
import { nameToRoute53, readSet, writeSet } from './text.ts';

/** Records of one change batch, and characters of their values (AWS quotas). */
const maxBatchRecords = 1000;
const maxBatchCharacters = 32_000;

/** Tries of a change whose answer was lost and that the zone does not show. */
const maxChangeTries = 4;

/** A zone as Route 53 spells it, beside what zonecut reads in it. */
export interface Records {
  readonly snapshot: ZoneSnapshot;
  /** Every set as it came, for deleting it again word by word. */
  readonly sets: readonly ResourceRecordSet[];
  /** Plain sets by owner and type. */
  readonly plain: ReadonlyMap<string, ResourceRecordSet>;
  /** Owner and type of sets that are no plain RRsets. */
  readonly routed: ReadonlySet<string>;
}

/** Reads all pages of a zone's records. */
export async function readRecords(
  api: Route53Api,
  zone: HostedZone,
  signal: AbortSignal | undefined,
): Promise<Records> {
  const sets = await listSets(api, zone, signal);
  const rrsets: RRset[] = [];
  const plain = new Map<string, ResourceRecordSet>();
  const routed = new Set<string>();
  const otherRows: { owner: RRset['owner']; text: string }[] = [];
  for (const set of sets) {
    const reading = readSet(set);
    if (reading.kind === 'rrset') {
      rrsets.push(reading.rrset);
      plain.set(keyOf(reading.rrset.owner, reading.rrset.type), set);
    } else {
      routed.add(keyOf(reading.owner, reading.type));
      otherRows.push({ owner: reading.owner, text: reading.text });
    }
  }
  const digest = digestOf(sets.map(canonicalJson));
  return { snapshot: { zone, rrsets: inCanonicalOrder(rrsets), otherRows, digest }, sets, plain, routed };
}

async function listSets(
  api: Route53Api,
  zone: HostedZone,
  signal: AbortSignal | undefined,
): Promise<readonly ResourceRecordSet[]> {
  const sets: ResourceRecordSet[] = [];
  let start: Pick<ResourceRecordSet, never> & ConstructorParameters<typeof ListResourceRecordSetsCommand>[0] =
    { HostedZoneId: zone.id };
  for (let count = 1; count <= maxPages; count += 1) {
    const input = start;
    const page = await run(
      api,
      'ListResourceRecordSets',
      signal,
      sending => api.client.send(new ListResourceRecordSetsCommand(input), sending),
      output => {
        const { ResourceRecordSets: found, IsTruncated: more } = output;
        if (found === undefined || more === undefined || (more && output.NextRecordName === undefined))
          return null;
        return { found, next: more ? output : null };
      },
    );
    sets.push(...page.found);
    if (page.next === null) return sets;
    start = {
      HostedZoneId: zone.id,
      StartRecordName: page.next.NextRecordName,
      StartRecordType: page.next.NextRecordType,
      ...(page.next.NextRecordIdentifier === undefined
        ? {}
        : { StartRecordIdentifier: page.next.NextRecordIdentifier }),
    };
  }
  throw tooManyPages(api, 'ListResourceRecordSets');
}

/** `Provider.changeZone`: one atomic batch in which DELETE names what must be there and CREATE what must not. */
export async function changeRecords(
  api: Route53Api,
  zone: HostedZone,
  changes: readonly RRsetChange[],
  signal: AbortSignal | undefined,
): Promise<void> {
  checkChanges(zone, changes);
  for (let count = 1; count <= maxChangeTries; count += 1) {
    const before = await readRecords(api, zone, signal);
    const routed = changes.find(change => before.routed.has(keyOf(change.owner, change.type)));
    if (routed !== undefined) {
      throw api.http.fault(
        'ZC_PROVIDER_CONFLICT',
        `${routed.owner} ${routed.type} is an alias or routed record in ${zone.apex}`,
        'Replace it by a plain record, or leave it.',
      );
    }
    const standing = standingOf(changes, before.snapshot.rrsets);
    if (standing.kind === 'done') return;
    if (standing.kind === 'conflict') {
      throw api.http.fault(
        'ZC_PROVIDER_CONFLICT',
        standing.problem,
        'Somebody else changed the zone; make the plan again.',
      );
    }
    const sent = await sendBatch(api, zone, batchOf(api, changes, before), signal);
    const after = await readRecords(api, zone, signal);
    if (sent.kind === 'done' || standingOf(changes, after.snapshot.rrsets).kind === 'done') {
      checkWritten(api, zone, rrsetsAfter(before.snapshot.rrsets, changes), before, after);
      return;
    }
    await api.http.backOff(count, signal);
  }
  throw api.http.fault(
    'ZC_PROVIDER_UNAVAILABLE',
    `the answer to ${maxChangeTries} changes of ${zone.apex} was lost, and none was made`,
    'Repeat the command.',
  );
}

function batchOf(api: Route53Api, changes: readonly RRsetChange[], before: Records): readonly Change[] {
  const batch: Change[] = [];
  for (const { owner, type, from, to } of changes) {
    const current = before.plain.get(keyOf(owner, type));
    if (from !== null && current !== undefined) batch.push({ Action: 'DELETE', ResourceRecordSet: current });
    if (to === null) continue;
    const set = writeSet(to);
    if (set === null)
      throw api.http.fault('ZC_PROVIDER_REFUSED', `Route 53 holds no records of type ${type} (${owner})`);
    batch.push({ Action: 'CREATE', ResourceRecordSet: set });
  }
  const [records, characters] = sizeOf(batch);
  if (records > maxBatchRecords || characters > maxBatchCharacters) {
    throw api.http.fault(
      'ZC_PROVIDER_REFUSED',
      `the change holds ${records} records and ${characters} characters; one change may hold ${maxBatchRecords} and ${maxBatchCharacters}`,
      'Split the change.',
    );
  }
  return batch;
}

function sizeOf(batch: readonly Change[]): readonly [records: number, characters: number] {
  const values = batch.flatMap(change => change.ResourceRecordSet?.ResourceRecords ?? []);
  return [values.length, values.reduce((sum, { Value = '' }) => sum + Value.length, 0)];
}

async function sendBatch(
  api: Route53Api,
  zone: HostedZone,
  batch: readonly Change[],
  signal: AbortSignal | undefined,
): Promise<Outcome<true>> {
  const name = 'ChangeResourceRecordSets';
  const command = new ChangeResourceRecordSetsCommand({
    HostedZoneId: zone.id,
    ChangeBatch: { Changes: [...batch], Comment: 'made by zonecut' },
  });
  const attempt = attempting(
    api,
    name,
    signal,
    sending => api.client.send(command, sending),
    output => (output.ChangeInfo === undefined ? null : (true as const)),
  );
  return await api.http.call({ name, repeatable: false, signal }, attempt);
}

function checkWritten(
  api: Route53Api,
  zone: HostedZone,
  expected: readonly RRset[],
  before: Records,
  after: Records,
): void {
  const lines = [
    ...differences(zone.apex, expected, after.snapshot.rrsets),
    ...otherDifferences(before, after),
  ];
  if (lines.length === 0) return;
  throw api.http.fault(
    'ZC_PROVIDER_CONFLICT',
    `the change of ${zone.apex} was made, but the zone reads back otherwise: ${lines.slice(0, 5).join('; ')}`,
    'Somebody else changed the zone at the same time; look at it, then make the plan again.',
  );
}

function otherDifferences(before: Records, after: Records): readonly string[] {
  const texts = (records: Records): Set<string> => new Set(records.snapshot.otherRows.map(row => row.text));
  const [was, is] = [texts(before), texts(after)];
  return [...was]
    .filter(text => !is.has(text))
    .map(text => `gone: ${text}`)
    .concat([...is].filter(text => !was.has(text)).map(text => `new: ${text}`));
}

/** Deletes every set but the SOA and NS of the apex, in as many batches as it takes. */
export async function purgeRecords(
  api: Route53Api,
  zone: HostedZone,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (let count = 1; count <= maxChangeTries; count += 1) {
    const { sets } = await readRecords(api, zone, signal);
    const apex = nameToRoute53(zone.apex);
    const doomed = sets.filter(set => !(set.Name === apex && (set.Type === 'SOA' || set.Type === 'NS')));
    if (doomed.length === 0) return;
    for (const batch of batchesOf(
      doomed.map((set): Change => ({ Action: 'DELETE', ResourceRecordSet: set })),
    )) {
      const sent = await sendBatch(api, zone, batch, signal);
      if (sent.kind === 'lost') break;
    }
  }
}

function* batchesOf(changes: readonly Change[]): Iterable<readonly Change[]> {
  let batch: Change[] = [];
  for (const change of changes) {
    const [records, characters] = sizeOf([...batch, change]);
    if (
      batch.length > 0 &&
      (records > maxBatchRecords || characters > maxBatchCharacters || batch.length >= maxBatchRecords)
    ) {
      yield batch;
      batch = [];
    }
    batch.push(change);
  }
  if (batch.length > 0) yield batch;
}

/**
 * Asks to delete a record that is not there: that can only fail, and says before that whether we may. Where it is known at
 * which name records will be written, NS at that name are asked about, since a policy can allow those and nothing else.
 */
export function mayWriteRecords(
  api: Route53Api,
  world: World,
  zone: HostedZone,
  options: RightsOptions | undefined,
): Promise<Right> {
  const mark = Buffer.from(world.random.bytes(12)).toString('hex');
  const owner = options?.owner ?? zone.apex;
  const set =
    owner === zone.apex
      ? {
          Name: `_zonecut-probe.${nameToRoute53(zone.apex)}`,
          Type: 'TXT' as const,
          Value: `"zonecut ${mark}"`,
        }
      : { Name: nameToRoute53(owner), Type: 'NS' as const, Value: `${mark}.zonecut-probe.invalid.` };
  const { Value, ...rest } = set;
  const batch: readonly Change[] = [
    { Action: 'DELETE', ResourceRecordSet: { ...rest, TTL: 60, ResourceRecords: [{ Value }] } },
  ];
  return rightOf(async () => {
    const sent = await sendBatch(api, zone, batch, options?.signal);
    if (sent.kind === 'lost')
      throw new Route53Fault('Lost', [], api.http.fault('ZC_PROVIDER_UNAVAILABLE', sent.problem));
  }, ['InvalidChangeBatch']);
}
