import { expect } from 'vitest';
import { type Name, parseName } from '../../src/dns/name.ts';
import { rrsetOf } from '../../src/dns/rrset.ts';
import { listRuns } from '../../src/engine/journal-file.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { ociServers } from '../../src/sandbox/topology.ts';
import { triedAgain } from '../attempt.ts';
import { type Account, accounts, addressOf, type HostId, ownRecords, partedRows } from '../e2e/accounts.ts';
import { type Box, commands, openBox } from '../e2e/box.ts';
import { type Death, type Program, runVictim } from './process.ts';

/** A pair of hosts, and what is done there. */
export interface Job {
  /** `mend` is what `check --fix` does; `undo` is that of a `delegate`, which was done before. */
  readonly kind: 'delegate' | 'undelegate' | 'move' | 'mend' | 'undo';
  readonly parent: HostId;
  readonly child: HostId;
  /** `authoritative` unless given. */
  readonly until?: 'deadline';
}

/** The host that a zone leaves in a move. */
function oldHostOf({ child }: Job): Account {
  return accounts[child === 'dyn' ? 'route53' : 'dyn'];
}

/** The variables of a victim that does `job`: undelegating and moving wait out a minute of TTL. */
export function variablesOf(job: Job): Readonly<Record<string, string>> {
  return {
    ...(job.kind === 'delegate' ? {} : { VICTIM_HURRY: '1' }),
    ...(job.until === undefined ? {} : { VICTIM_UNTIL: job.until }),
  };
}

/** A job in a few words. */
export function nameOf({ kind, parent, child }: Job): string {
  return `${kind}, ${parent} to ${child}`;
}

/** What a finished job left in the journal and at the APIs, to aim kills at. */
export interface Measure {
  /** Events of the journal. */
  readonly events: number;
  /** Requests to the APIs from the first event of the journal on. */
  readonly requests: number;
  /** Milliseconds from the plan to the end. */
  readonly lastsMs: number;
}

/** An internet in which `job` can be done, with a name below the cut that has users. */
export async function openCase(job: Job): Promise<{ box: Box; before: readonly string[] }> {
  // A clock that skips waits would soon have asked more than a host takes in a minute.
  const box = await openBox({}, job.kind === 'delegate' ? 'service' : 'none');
  const parent = accounts[job.parent];
  const cut = cutOf(job);
  if (job.kind === 'undelegate' || job.kind === 'move' || job.kind === 'mend') {
    const child = job.kind === 'move' ? oldHostOf(job) : accounts[job.child];
    child.makeZone(box.internet, cut, [addressOf(userOf(job), '192.0.2.77')]);
    const servers = child.zonesOf(box.internet, cut)[0]?.servers ?? [];
    // One that serves the zone is not named, and one that does not is.
    const named = job.kind === 'mend' ? [...servers.slice(0, 3), String(ociServers[0]?.name)] : servers;
    parent.put(box.internet, rrsetOf(cut, 'NS', 60, ...named));
    expect(parent.nsOf(box.internet, cut).length).toBe(4);
  } else {
    parent.put(box.internet, addressOf(userOf(job), '192.0.2.77'));
  }
  const before = parent.rowsBeside(box.internet, cut);
  if (job.kind === 'undo') {
    const made = commands.delegate(cut, {
      parent: job.parent,
      child: job.child,
      ttl: '60',
      for: 'authoritative',
    });
    expect(await box.run(made, { hurry: true })).toMatchObject({ exitCode: 0 });
  }
  return { box, before };
}

/** Whether a run is one of `job`. */
function isOf({ kind }: Job, { intent }: Plan): boolean {
  return kind === 'undo' ? intent.undoes !== null : intent.undoes === null && intent.kind === kind;
}

/** The name that is cut. */
export function cutOf({ parent }: Job): Name {
  return parseName(`staging.${accounts[parent].apex}`);
}

function userOf(job: Job): Name {
  return parseName(`api.${cutOf(job)}`);
}

/** The arguments of a victim that does `job`. */
export function argsOf(job: Job): readonly string[] {
  return [job.kind, cutOf(job), job.parent, job.child];
}

/** Does `job` undisturbed. */
export function measure(program: Program, job: Job): Promise<Measure> {
  return triedAgain(() => measureOnce(program, job));
}

async function measureOnce(program: Program, job: Job): Promise<Measure> {
  const { box, before } = await openCase(job);
  try {
    let first = 0;
    const ended = await runVictim(program, box, argsOf(job), {
      variables: variablesOf(job),
      onReady: () => {
        first = box.internet.faults.requests.length;
      },
    });
    expect(ended).toMatchObject({ exitCode: 0 });
    checkEnd(box, job, before);
    const [record] = (await listRuns(box.folder)).filter(({ state }) => isOf(job, state.plan));
    return {
      events: record?.events.length ?? 0,
      requests: box.internet.faults.requests.length - first,
      lastsMs: ended.readyMs ?? 0,
    };
  } finally {
    await box.close();
  }
}

/** How a run ended that was to be killed, and what it had done by then. */
export interface Died extends Pick<Measure, 'events' | 'requests'> {
  /** Whether it was killed before its end. */
  readonly killed: boolean;
}

/** Does `job`, kills it as `death` says, and lets a fresh process go on: the end must be as if nothing had happened. */
export async function dieAndGoOn(program: Program, job: Job, death: (box: Box) => Death): Promise<Died> {
  const { box, before } = await openCase(job);
  const { requests } = box.internet.faults;
  try {
    const how = death(box);
    let first = 0;
    const died = await runVictim(program, box, argsOf(job), {
      ...how,
      onReady: child => {
        first = requests.length;
        how.onReady?.(child);
      },
      variables: { ...variablesOf(job), ...how.variables },
    });
    const [record] = (await listRuns(box.folder)).filter(({ state }) => isOf(job, state.plan));
    const asked = requests.length - first;
    expect(died.output).toContain('ready');
    if (died.signal === null) {
      expect(died.output).toContain('finished');
    }
    box.internet.faults.clear();
    await goOn(program, box, job);
    checkEnd(box, job, before);
    return { killed: died.signal !== null, events: record?.events.length ?? 0, requests: asked };
  } finally {
    await box.close();
  }
}

/** A fresh process goes on with the open run; when nothing was written down yet, the user gives the command again. */
export async function goOn(program: Program, box: Box, job: Job): Promise<void> {
  const variables = variablesOf(job);
  const runs = (await listRuns(box.folder)).filter(({ state }) => isOf(job, state.plan));
  const [open] = runs.filter(({ state }) => !state.finished);
  if (open === undefined && runs.length > 0) {
    return;
  }
  const args = open === undefined ? argsOf(job) : ['resume', open.run];
  const again = await runVictim(program, box, args, { variables });
  expect(again.output).toContain('finished');
  expect(again.exitCode).toBe(0);
}

/** One hosted zone with the exact NS set and the copied record (or none at all), and every other record as before. */
export function checkEnd(box: Box, job: Job, before: readonly string[]): void {
  const { internet } = box;
  const cut = cutOf(job);
  const parent: Account = accounts[job.parent];
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
  if (job.kind === 'undo') {
    expect(zones).toEqual([]);
    expect(parent.nsOf(internet, cut)).toEqual([]);
    return;
  }
  expect(zones.length).toBe(1);
  if (job.kind === 'move') {
    expect(oldHostOf(job).zonesOf(internet, cut)).toEqual([]);
  }
  for (const zone of zones) {
    expect(zone.servers.length).toBe(4);
    expect(parent.nsOf(internet, cut)).toEqual(zone.servers);
    expect(ownRecords(zone, cut)).toEqual([`${userOf(job)} 300 A 192.0.2.77`]);
  }
}
