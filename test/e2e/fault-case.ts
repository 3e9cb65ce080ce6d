import { expect } from 'vitest';
import { type Name, parseName } from '../../src/dns/name.ts';
import { rrsetOf } from '../../src/dns/rrset.ts';
import { listRuns } from '../../src/engine/journal-file.ts';
import type { Api, FaultKind, LoggedRequest } from '../../src/sandbox/faults.ts';
import { triedAgain } from '../attempt.ts';
import { accounts, addressOf, type HostId, ownRecords, partedRows } from './accounts.ts';
import { type Box, commands, openBox, type Ran } from './box.ts';

/** What is done while a host fails. */
export interface Job {
  readonly kind: 'delegate' | 'undelegate';
  readonly parent: HostId;
  readonly child: HostId;
}

/** A fault, and the requests that meet it. */
export interface FaultCase {
  readonly api: Api;
  readonly operation: string;
  readonly kind: FaultKind;
  /** Requests of that operation that are let pass first. */
  readonly skip: number;
  /** Whether one request meets it, or all from there on. */
  readonly lasts: 'once' | 'always';
}

/** Milliseconds that a driver waits for an answer: few where one is withheld, else enough for a busy machine. */
const shortTimeoutMs = '150';
const longTimeoutMs = '60000';

/** A job in a few words. */
export function nameOf({ kind, parent, child }: Job): string {
  return `${kind}, ${parent} to ${child}`;
}

/** The name that is cut. */
export function cutOf({ parent }: Job): Name {
  return parseName(`staging.${accounts[parent].apex}`);
}

function userOf(job: Job): Name {
  return parseName(`api.${cutOf(job)}`);
}

/** An internet in which `job` can be done, and what its parent holds beside the cut. */
async function openCase(job: Job): Promise<{ box: Box; before: readonly string[] }> {
  const box = await openBox({}, 'none');
  const [parent, child] = [accounts[job.parent], accounts[job.child]];
  const cut = cutOf(job);
  if (job.kind === 'undelegate') {
    child.makeZone(box.internet, cut, [addressOf(userOf(job), '192.0.2.77')]);
    parent.put(box.internet, rrsetOf(cut, 'NS', 60, ...(child.zonesOf(box.internet, cut)[0]?.servers ?? [])));
  } else {
    parent.put(box.internet, addressOf(userOf(job), '192.0.2.77'));
  }
  return { box, before: parent.rowsBeside(box.internet, cut) };
}

function doJob(box: Box, job: Job, timeoutMs: string = longTimeoutMs): Promise<Ran> {
  const flags = { parent: job.parent, child: job.child };
  const how = { hurry: true, environment: { ZONECUT_HTTP_TIMEOUT_MS: timeoutMs } };
  const cut = cutOf(job);
  return job.kind === 'delegate'
    ? box.run(commands.delegate(cut, { ...flags, ttl: '60', for: 'authoritative' }), how)
    : box.run(commands.undelegate(cut, flags), { ...how, options: { confirm: cut } });
}

/** The requests of `job` when nothing fails. */
export function requestsOf(job: Job): Promise<readonly LoggedRequest[]> {
  return triedAgain(() => requestsOnce(job));
}

async function requestsOnce(job: Job): Promise<readonly LoggedRequest[]> {
  const { box, before } = await openCase(job);
  try {
    expect(await doJob(box, job)).toMatchObject({ exitCode: 0, error: null });
    checkEnd(box, job, before);
    return box.internet.faults.requests;
  } finally {
    await box.close();
  }
}

/** An operation of an API, and how often it occurs. */
export interface Operation {
  readonly api: Api;
  readonly operation: string;
  readonly count: number;
}

/** Each operation of `requests` with how often it occurs. */
export function operationsOf(requests: readonly LoggedRequest[]): readonly Operation[] {
  const counts = new Map<string, Operation>();
  for (const { api, operation } of requests) {
    const known = counts.get(`${api} ${operation}`) ?? { api, operation, count: 0 };
    counts.set(`${api} ${operation}`, { ...known, count: known.count + 1 });
  }
  return [...counts.values()];
}

/**
 * Does `job` while a host fails as `fault` says: it comes to the right end, or to an error that says what happened; then
 * nothing is lost, and going on once the host is well comes to the right end. Gives the error's code, or `done`.
 */
export async function meetFault(job: Job, fault: FaultCase): Promise<string> {
  const { box, before } = await openCase(job);
  const { faults } = box.internet;
  try {
    const { api, operation, kind, skip } = fault;
    const times = fault.lasts === 'once' ? 1 : Number.POSITIVE_INFINITY;
    faults.inject({ api, operation, kind, skip, times });
    const ran = await doJob(box, job, kind.startsWith('timeout') ? shortTimeoutMs : longTimeoutMs);
    faults.clear();
    if (faults.requests.every(request => request.fault === null)) {
      throw new Error(`${operation} number ${skip + 1} never came`);
    }
    if (ran.error === null) {
      expect(ran.exitCode).toBe(0);
    } else {
      await mend(box, job, before, ran);
    }
    checkEnd(box, job, before);
    return ran.error?.code ?? 'done';
  } finally {
    await box.close();
  }
}

/** The codes that say that a host was not well. */
const hostFaults = [
  'ZC_PROVIDER_THROTTLED',
  'ZC_PROVIDER_UNAVAILABLE',
  'ZC_PROVIDER_RESPONSE',
  'ZC_PROVIDER_CONFLICT',
];

async function mend(box: Box, job: Job, before: readonly string[], ran: Ran): Promise<void> {
  expect(hostFaults).toContain(ran.error?.code);
  expect(ran.error?.hint).toMatch(/\w/);
  const cut = cutOf(job);
  const parent = accounts[job.parent];
  const { mine, others } = partedRows(parent.rowsBeside(box.internet, cut), userOf(job), parent.apex);
  // An undelegation may have carried the record back already, a delegation never takes it away.
  expect(job.kind === 'undelegate' ? others : [...mine, ...others].sort()).toEqual(before);
  expect(accounts[job.child].zonesOf(box.internet, cut).length).toBeLessThanOrEqual(1);
  const [open] = (await listRuns(box.folder)).filter(({ state }) => !state.finished);
  const how = { hurry: true, environment: { ZONECUT_HTTP_TIMEOUT_MS: longTimeoutMs } };
  const again =
    open === undefined
      ? await doJob(box, job)
      : await box.run(commands.resume(open.run, { for: 'authoritative' }), how);
  expect(again).toMatchObject({ exitCode: 0, error: null });
}

/** The right end: one zone with the exact NS set and what was copied (or no zone), and all else as before. */
function checkEnd(box: Box, job: Job, before: readonly string[]): void {
  const { internet } = box;
  const cut = cutOf(job);
  const parent = accounts[job.parent];
  const zones = accounts[job.child].zonesOf(internet, cut);
  if (job.kind === 'undelegate') {
    const { mine, others } = partedRows(parent.rowsBeside(internet, cut), userOf(job), parent.apex);
    expect(others).toEqual(before);
    expect(mine).toEqual([expect.stringContaining('192.0.2.77')]);
    expect(zones).toEqual([]);
    expect(parent.nsOf(internet, cut)).toEqual([]);
    return;
  }
  expect(parent.rowsBeside(internet, cut)).toEqual(before);
  expect(zones.length).toBe(1);
  for (const zone of zones) {
    expect(zone.servers.length).toBe(4);
    expect(parent.nsOf(internet, cut)).toEqual(zone.servers);
    expect(ownRecords(zone, cut)).toEqual([`${userOf(job)} 300 A 192.0.2.77`]);
  }
}
