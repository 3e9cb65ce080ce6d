import type { RRset } from '../../dns/rrset.ts';
import { isZonecutError } from '../../error.ts';
import type { Outcome } from '../caller.ts';
import { checkChanges, differences, keyOf, rrsetsAfter, standingOf } from '../change-set.ts';
import { numberAt, textAt } from '../json.ts';
import type { HostedZone, Right, RRsetChange } from '../provider.ts';
import { DynFault } from './envelope.ts';
import type { Records } from './records.ts';
import { readRecords } from './records.ts';
import type { DynSession } from './session.ts';
import { pathOf, rdataOf } from './text.ts';

/** Tries of a change whose answer was lost, or before which the zone was published by somebody else. */
const maxChangeTries = 4;

/** A published change is a task, asked for its end every second, two minutes long. */
const taskPollMs = 1000;
const maxTaskPolls = 120;

/** Waits `ms` milliseconds. */
export type Sleep = (ms: number, signal?: AbortSignal) => Promise<void>;

/** `Provider.changeZone`: read, compare, stage, look at the serial again, publish, read back. */
export async function changeRecords(
  session: DynSession,
  sleep: Sleep,
  zone: HostedZone,
  changes: readonly RRsetChange[],
  signal: AbortSignal | undefined,
): Promise<void> {
  checkChanges(zone, changes);
  for (let count = 1; count <= maxChangeTries; count += 1) {
    const serial = await serialOf(session, zone, signal);
    const before = await readRecords(session, zone, signal);
    if (isDone(session, zone, changes, before)) return;
    const logins = session.logins;
    const staged = await stageAll(session, zone, changes, signal);
    const same = staged && (await serialOf(session, zone, signal)) === serial && session.logins === logins;
    if (!same) {
      await discard(session, zone, signal);
      await session.http.backOff(count, signal);
      continue;
    }
    const outcome = await publish(session, sleep, zone, signal);
    // A session reads what it has staged as if it were published: without this, a lost publication would look done.
    if (outcome.kind === 'lost') await discard(session, zone, signal);
    const after = await readRecords(session, zone, signal);
    if (standingOf(changes, after.snapshot.rrsets).kind === 'done') {
      checkWritten(session, zone, rrsetsAfter(before.snapshot.rrsets, changes), before, after);
      return;
    }
    if (outcome.kind === 'done') {
      throw session.http.fault(
        'ZC_PROVIDER_CONFLICT',
        `the change of ${zone.apex} was published, but the zone does not show it`,
        'Look at the zone, then make the plan again.',
      );
    }
    await session.http.backOff(count, signal);
  }
  throw session.http.fault(
    'ZC_PROVIDER_UNAVAILABLE',
    `${maxChangeTries} tries to change ${zone.apex} came to nothing; nothing was published`,
    'Repeat the command.',
  );
}

/** Whether all is there already. Throws ZC_PROVIDER_CONFLICT when something else is there. */
function isDone(
  session: DynSession,
  zone: HostedZone,
  changes: readonly RRsetChange[],
  now: Records,
): boolean {
  const hidden = changes.find(change => now.unread.has(keyOf(change.owner, change.type)));
  if (hidden !== undefined) {
    throw session.http.fault(
      'ZC_PROVIDER_CONFLICT',
      `${hidden.owner} ${hidden.type} in ${zone.apex} holds data that cannot be read`,
      'Look at it in the Dyn portal.',
    );
  }
  const standing = standingOf(changes, now.snapshot.rrsets);
  if (standing.kind !== 'conflict') return standing.kind === 'done';
  throw session.http.fault(
    'ZC_PROVIDER_CONFLICT',
    standing.problem,
    'Somebody else changed the zone; make the plan again.',
  );
}

function checkWritten(
  session: DynSession,
  zone: HostedZone,
  expected: readonly RRset[],
  before: Records,
  after: Records,
): void {
  const was = before.snapshot.otherRows.map(row => row.text);
  const is = after.snapshot.otherRows.map(row => row.text);
  const lines = [
    ...differences(zone.apex, expected, after.snapshot.rrsets),
    ...was.filter(text => !is.includes(text)).map(text => `gone: ${text}`),
    ...is.filter(text => !was.includes(text)).map(text => `new: ${text}`),
  ];
  if (lines.length === 0) return;
  throw session.http.fault(
    'ZC_PROVIDER_CONFLICT',
    `the change of ${zone.apex} was made, but the zone reads back otherwise: ${lines.slice(0, 5).join('; ')}`,
    'Somebody else changed the zone at the same time; look at it, then make the plan again.',
  );
}

/** The serial of the zone as published; 0 before it ever was. */
export async function serialOf(
  session: DynSession,
  zone: HostedZone,
  signal: AbortSignal | undefined,
): Promise<number> {
  const serial = numberAt(await session.read(`/Zone/${pathOf(zone.apex)}/`, signal), 'serial');
  if (serial !== null) return serial;
  throw session.http.fault('ZC_PROVIDER_RESPONSE', `the answer about the zone ${zone.apex} holds no serial`);
}

/** Stages all changes; false when an answer or the session was lost, so that nobody knows what is staged. */
async function stageAll(
  session: DynSession,
  zone: HostedZone,
  changes: readonly RRsetChange[],
  signal: AbortSignal | undefined,
): Promise<boolean> {
  try {
    for (const change of changes) if (!(await stage(session, zone, change, signal))) return false;
    return true;
  } catch (error) {
    if (error instanceof DynFault && error.code === 'SESSION') return false;
    await discard(session, zone, signal);
    throw error;
  }
}

/** Stages one change: PUT replaces a set, POST adds the records of a new one, DELETE removes all of it. */
export async function stage(
  session: DynSession,
  zone: HostedZone,
  change: RRsetChange,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const { owner, type, from, to } = change;
  const path = `/${type}Record/${pathOf(zone.apex)}/${pathOf(owner)}/`;
  if (to === null) return (await session.write('DELETE', path, null, signal)).kind === 'done';
  const records = to.data.map(data => {
    const rdata = rdataOf(type, data);
    if (rdata === null)
      throw session.http.fault('ZC_PROVIDER_REFUSED', `Dyn has no record that says ${owner} ${type} ${data}`);
    return { rdata, ttl: String(to.ttl) };
  });
  if (from !== null)
    return (await session.write('PUT', path, { [`${type}Records`]: records }, signal)).kind === 'done';
  for (const record of records) {
    if ((await session.write('POST', path, record, signal)).kind === 'lost') return false;
  }
  return true;
}

/** Publishes what is staged and waits for the task that does it. */
export async function publish(
  session: DynSession,
  sleep: Sleep,
  zone: HostedZone,
  signal: AbortSignal | undefined,
): Promise<Outcome<unknown>> {
  let outcome: Outcome<unknown>;
  try {
    outcome = await session.write(
      'PUT',
      `/Zone/${pathOf(zone.apex)}/`,
      { publish: true, notes: 'zonecut' },
      signal,
    );
  } catch (error) {
    if (error instanceof DynFault && error.code === 'SESSION')
      return { kind: 'lost', problem: error.message };
    await discard(session, zone, signal);
    throw error;
  }
  const task = outcome.kind === 'done' ? textAt(outcome.value, 'task_id') : null;
  for (let polls = 0; task !== null && polls < maxTaskPolls; polls += 1) {
    if (await isTaskOver(session, task, signal)) break;
    await sleep(taskPollMs, signal);
  }
  return outcome;
}

async function isTaskOver(
  session: DynSession,
  task: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  try {
    const status = textAt(await session.read(`/Task/${encodeURIComponent(task)}/`, signal), 'status');
    return !/^(waiting|running|in[_ ]?progress|incomplete|pending|queued)$/i.test(status ?? 'complete');
  } catch (error) {
    // A task that is forgotten is over; what it did is read from the zone.
    if (error instanceof DynFault) return true;
    throw error;
  }
}

/** Throws away what is staged in this session, if need be by ending the session. */
export async function discard(
  session: DynSession,
  zone: HostedZone,
  signal: AbortSignal | undefined,
): Promise<void> {
  try {
    await session.repeat('DELETE', `/ZoneChanges/${pathOf(zone.apex)}/`, null, signal);
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof DynFault) && !isZonecutError(error)) throw error;
    await session.close();
  }
}

/** Stages a record and throws it away: nobody else can see it, and Dyn says whether we may. */
export async function mayWriteRecords(
  session: DynSession,
  zone: HostedZone,
  signal: AbortSignal | undefined,
): Promise<Right> {
  const apex = pathOf(zone.apex);
  try {
    await session.write(
      'POST',
      `/TXTRecord/${apex}/_zonecut-probe.${apex}/`,
      { rdata: { txtdata: 'zonecut' }, ttl: '60' },
      signal,
    );
    return 'yes';
  } catch (error) {
    if (!(error instanceof DynFault)) throw error;
    return error.error.code === 'ZC_RIGHTS' ? 'no' : 'unknown';
  } finally {
    await discard(session, zone, signal);
  }
}
