import type { RRType } from '../../dns/rrset.ts';
import type { Outcome } from '../caller.ts';
import { checkChanges, differences, keyOf, rrsetsAfter, sameOrAbsent, standingOf } from '../change-set.ts';
import type { HostedZone, RRsetChange } from '../provider.ts';
import { type Answer, RestFault } from './client.ts';
import type { RestHost, RestWrite } from './host.ts';
import { isMarker } from './marks.ts';
import { type RestZone, setAt, zoneOfRows } from './rows.ts';

/** Tries of a change whose answer was lost. */
export const maxChangeTries = 4;

/** Readings of a zone until it shows a change that the host has accepted. */
export const maxReadBacks = 4;

/** Reads a zone whole. Throws ZC_ZONE_NOT_FOUND (in a RestFault) when it is not there. */
export async function readRestZone(
  host: RestHost,
  zone: HostedZone,
  signal: AbortSignal | undefined,
): Promise<RestZone> {
  const rows = await host.read(zone, signal);
  return zoneOfRows(zone, rows, row => isMarker(zone.apex, row) || host.hides(zone, row));
}

/** `Provider.changeZone`: read, compare, write, read back. */
export async function changeRecords(
  host: RestHost,
  zone: HostedZone,
  changes: readonly RRsetChange[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const came = await makeChanges(host, zone, changes, signal);
  await host.publish?.(zone, came, signal);
}

/** `there` when all was there already, and nothing was sent. */
async function makeChanges(
  host: RestHost,
  zone: HostedZone,
  changes: readonly RRsetChange[],
  signal: AbortSignal | undefined,
): Promise<'made' | 'there'> {
  checkChanges(zone, changes);
  refuseUnwritable(host, zone, changes);
  let first = await readRestZone(host, zone, signal);
  let now = first;
  for (let count = 1; count <= maxChangeTries; count += 1) {
    if (isDone(host, changes, now)) {
      if (now === first) return 'there';
      checkWritten(host, zone, changes, first, now);
      return 'made';
    }
    const writes = host.writesOf(zone, inSafeOrder(openOf(changes, now)), now);
    const outcome = await writeAll(host, writes, signal).catch(async (error: unknown) => {
      if (error instanceof RestFault && writes.length > 1) await takeBack(host, zone, changes, first, signal);
      throw error;
    });
    if (outcome.kind === 'stale') {
      const left = openOf(changes, now).length;
      first = await readRestZone(host, zone, signal);
      now = first;
      // Of several requests the first was made: that is no try that came to nothing.
      if (openOf(changes, now).length < left) count = 0;
      continue;
    }
    now = await readBack(host, zone, changes, outcome, signal);
    if (outcome.kind === 'done') {
      checkWritten(host, zone, changes, first, now);
      return 'made';
    }
    if (!isThere(changes, now)) await host.client.http.backOff(count, signal);
  }
  if (isDone(host, changes, now)) {
    checkWritten(host, zone, changes, first, now);
    return 'made';
  }
  throw host.client.http.fault(
    'ZC_PROVIDER_UNAVAILABLE',
    `${maxChangeTries} tries to change ${zone.apex} came to nothing`,
    'Repeat the command; it goes on from there.',
  );
}

/** Throws ZC_PROVIDER_REFUSED for what the host does not take, before anything is sent. */
function refuseUnwritable(host: RestHost, zone: HostedZone, changes: readonly RRsetChange[]): void {
  for (const { owner, type, to } of changes) {
    if (to === null) continue;
    if (!host.capabilities.types.includes(type)) {
      throw host.client.http.fault(
        'ZC_PROVIDER_REFUSED',
        `${owner} ${type}: this type cannot be written there`,
      );
    }
    if (owner.includes('\\')) {
      throw host.client.http.fault(
        'ZC_PROVIDER_REFUSED',
        `${owner} ${type}: how the API spells such a name is not known`,
        'Write it in the console of the host.',
      );
    }
    const why = host.cannotHold?.(zone, to) ?? null;
    if (why !== null) throw host.client.http.fault('ZC_PROVIDER_REFUSED', `${owner} ${type}: ${why}`);
  }
}

/** Whether all is there already. Throws ZC_PROVIDER_CONFLICT when something else is there. */
function isDone(host: RestHost, changes: readonly RRsetChange[], now: RestZone): boolean {
  const hidden = changes.find(change => now.unread.has(keyOf(change.owner, change.type)));
  if (hidden !== undefined) {
    throw host.client.http.fault(
      'ZC_PROVIDER_CONFLICT',
      `${hidden.owner} ${hidden.type} is there with data that zonecut cannot read, and is not touched`,
      'Change it by hand.',
    );
  }
  const standing = standingOf(changes, now.snapshot.rrsets);
  if (standing.kind === 'done') return true;
  if (standing.kind === 'open' || isHalfway(host, changes, now)) return false;
  throw host.client.http.fault(
    'ZC_PROVIDER_CONFLICT',
    standing.problem,
    'Somebody else changed the zone; make the plan again.',
  );
}

/** Whether the zone is as an earlier call of the same changes can have left it: each RRset as it was, as it shall be, or between. */
function isHalfway(host: RestHost, changes: readonly RRsetChange[], now: RestZone): boolean {
  if (host.capabilities.atomicBatches && recordsOf(changes) <= (host.batchRows ?? Number.POSITIVE_INFINITY)) {
    return false;
  }
  return changes.every(change => {
    const is = setAt(now, change.owner, change.type);
    const isEither = [change.from, change.to].some(set => sameOrAbsent(is, set));
    return isEither || host.isBetween?.(change, now) === true;
  });
}

function recordsOf(changes: readonly RRsetChange[]): number {
  return changes.reduce((sum, { from, to }) => sum + (from?.data.length ?? 0) + (to?.data.length ?? 0), 0);
}

/** The changes that are not made yet. */
function openOf(changes: readonly RRsetChange[], now: RestZone): readonly RRsetChange[] {
  return changes.filter(({ owner, type, to }) => !sameOrAbsent(setAt(now, owner, type), to));
}

/**
 * What goes comes before what comes, since a CNAME stands alone. NS come after the addresses that they need (glue) and DS after
 * the NS; they go the other way round.
 */
function inSafeOrder(changes: readonly RRsetChange[]): readonly RRsetChange[] {
  const late = (type: RRType): number => (type === 'DS' ? 2 : type === 'NS' ? 1 : 0);
  const rank = ({ type, to }: RRsetChange): number => (to === null ? -late(type) : 3 + late(type));
  return [...changes].sort((a, b) => rank(a) - rank(b));
}

/** Sends requests one after the other, until one is lost. Throws RestFault. */
export async function writeAll(
  host: RestHost,
  writes: readonly RestWrite[],
  signal: AbortSignal | undefined,
): Promise<Outcome<null> | { readonly kind: 'stale' }> {
  try {
    for (const { method, path, body, headers } of writes) {
      const outcome: Outcome<Answer> = await host.client.write(method, path, body, signal, headers);
      if (outcome.kind !== 'done') return outcome;
      await host.settle?.(outcome.value.json, signal);
    }
    return { kind: 'done', value: null };
  } catch (error) {
    if (error instanceof RestFault && host.isStale?.(error) === true) return { kind: 'stale' };
    throw error;
  }
}

/** Makes RRsets again what they were before a change of which the host refused a part. What fails at that is let be. */
async function takeBack(
  host: RestHost,
  zone: HostedZone,
  changes: readonly RRsetChange[],
  before: RestZone,
  signal: AbortSignal | undefined,
): Promise<void> {
  try {
    const now = await readRestZone(host, zone, signal);
    if (!isHalfway(host, changes, now)) return;
    const back = changes.map(({ owner, type, to }) => ({
      owner,
      type,
      from: to,
      to: setAt(before, owner, type),
    }));
    await writeAll(host, host.writesOf(zone, inSafeOrder(openOf(back, now)), now), signal);
  } catch {
    // The refusal is what the caller hears of; what is left is what a call that is broken off leaves.
  }
}

/** The zone after a write; read again for a while where the host accepted it and does not show it yet. */
async function readBack(
  host: RestHost,
  zone: HostedZone,
  changes: readonly RRsetChange[],
  outcome: Outcome<null>,
  signal: AbortSignal | undefined,
): Promise<RestZone> {
  for (let count = 1; ; count += 1) {
    const now = await readRestZone(host, zone, signal);
    if (outcome.kind === 'lost' || isThere(changes, now) || count >= maxReadBacks) return now;
    await host.client.http.backOff(count, signal);
  }
}

function isThere(changes: readonly RRsetChange[], now: RestZone): boolean {
  return standingOf(changes, now.snapshot.rrsets).kind === 'done';
}

function checkWritten(
  host: RestHost,
  zone: HostedZone,
  changes: readonly RRsetChange[],
  before: RestZone,
  after: RestZone,
): void {
  const was = before.snapshot.otherRows.map(row => row.text);
  const is = after.snapshot.otherRows.map(row => row.text);
  const lines = [
    ...differences(zone.apex, rrsetsAfter(before.snapshot.rrsets, changes), after.snapshot.rrsets),
    ...was.filter(text => !is.includes(text)).map(text => `gone: ${text}`),
    ...is.filter(text => !was.includes(text)).map(text => `new: ${text}`),
  ];
  if (lines.length === 0) return;
  throw host.client.http.fault(
    'ZC_PROVIDER_CONFLICT',
    `the change of ${zone.apex} was accepted, but the zone reads back otherwise: ${lines.slice(0, 5).join('; ')}`,
    'Somebody else may have changed the zone at the same time; look at it, then make the plan again.',
  );
}
