import { setMaxListeners } from 'node:events';
import { resumeRun, startRun } from '../../src/apply/apply.ts';
import type { ApplyOptions } from '../../src/apply/context.ts';
import { runStateOf } from '../../src/apply/journal.ts';
import { planUndo } from '../../src/cli/planning-undo.ts';
import { relativeTo, rootName } from '../../src/dns/name.ts';
import type { RRset } from '../../src/dns/rrset.ts';
import { parseZoneFile } from '../../src/dns/zonefile.ts';
import { isZonecutError, messageOf, ZonecutError } from '../../src/error.ts';
import { planAdopt } from '../../src/plan/adopt.ts';
import { planDelegate } from '../../src/plan/delegate.ts';
import { planMove } from '../../src/plan/move.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { planUndelegate } from '../../src/plan/undelegate.ts';
import { planUnsign } from '../../src/plan/unsign.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { driverNamed } from '../../src/providers/registry.ts';
import { askAll, locate, type Net } from '../../src/survey/ask.ts';
import { surveyCut } from '../../src/survey/survey.ts';
import { nsShown } from '../../src/survey/view.ts';
import type { World } from '../../src/world/world.ts';
import type { Case, Crash, Job } from './case.ts';
import { Chance } from './chance.ts';
import { bringOver, plantChildEdits } from './child-edits.ts';
import { makeInternet, type SimulatedInternet } from './internet.ts';
import type { Mutation } from './mutations.ts';
import { exampleApex, type HostId, type Owner, ownerOf } from './owner.ts';
import { Disk, Killed, SimulatedProcess } from './process.ts';
import { warmUp } from './warm-up.ts';

/** What came of a story, for its judges. */
export interface Story {
  readonly told: Case;
  readonly internet: SimulatedInternet;
  /** What the owner has in the parent's zone before zonecut comes, as the name servers give it. */
  readonly before: readonly RRset[];
  /** The moment from which on zonecut is at work, in milliseconds of the clock. */
  readonly fromMs: number;
  readonly jobs: readonly JobEnd[];
  /** Everything that zonecut said or wrote down. */
  readonly words: readonly string[];
}

/** How one job ended. */
export interface JobEnd {
  readonly job: Job;
  /** Where the child is when it is done. */
  readonly child: HostId;
  /**
   * `refused`: zonecut would not begin. `left`: its process died, and nobody went on. `broken`: it ended with an error that
   * nobody can do anything about.
   */
  readonly end: 'finished' | 'refused' | 'left' | 'unfinished' | 'broken';
  /** The sentence of the error that it ended with; null when it is finished. */
  readonly problem: string | null;
  /** What zonecut says to do about it; null when it says nothing. */
  readonly hint: string | null;
  readonly plan: Plan | null;
  readonly processes: number;
  /** Milliseconds of the clock. */
  readonly endMs: number;
}

/** Processes that a job may take: more crashes and faults than that are not planted. */
const maxProcesses = 40;
/** Processes after which enough is seen of a zonecut with a fault that is planted: it may try for ever. */
const maxSpoiledProcesses = 8;
/** Milliseconds that somebody waits before trying again. */
const retryMs = 30_000;
/**
 * Milliseconds after which somebody starts a killed process anew: longer than its last request can be under way. A whole zone
 * that a dead process sent and that arrives after the living one has looked is beyond what any client can see.
 */
const restartMs = 5000;
/** Errors after which somebody reads what is said, and goes on. */
const passing = [
  'ZC_PROVIDER_THROTTLED',
  'ZC_PROVIDER_UNAVAILABLE',
  'ZC_PROVIDER_RESPONSE',
  'ZC_PROVIDER_CONFLICT',
  'ZC_STEP_FAILED',
  'ZC_VERIFY',
] as const;

/** Tells the story of a case from its beginning to its end; `mutation` plants a fault in zonecut, `epochMs` begins the calendar. */
export async function tellStory(
  told: Case,
  mutation: Mutation | null,
  epochMs: number = recently(),
): Promise<Story> {
  await warmUp(epochMs);
  const internet = makeInternet(told.seed, told.conditions, epochMs);
  const { clock } = internet;
  const owner = ownerOf(internet, told.parent, exampleApex[told.parent]);
  for (const rrset of told.hidden) {
    owner.put(rrset);
  }
  const { delayMs, spreadMs } = told.conditions.lag;
  await clock.run(clock.sleep(delayMs + spreadMs + 1));
  const before = owner.rrsets();
  const fromMs = clock.elapsed();
  plantTrouble(told, internet, owner);
  const words: string[] = [];
  const jobs: JobEnd[] = [];
  const disks = new Map<Job, Disk>();
  let child = told.child;
  const base = { told, internet, mutation, words, disks };
  for (const [at, job] of told.jobs.entries()) {
    if (job === 'undo' && (disks.get(told.undo?.job ?? job)?.events.length ?? 0) === 0) {
      // It died before it began: there is no run that anybody could name.
      break;
    }
    disks.delete(job);
    if (job === 'adopt') {
      nameFewer(told, owner);
    }
    const to = job === 'move' ? told.moveTo : job === 'undo' ? told.child : child;
    jobs.push(await clock.run(doJob({ ...base, job, old: child, child: to }, crashesOf(told, at))));
    if (isToGoByParent(jobs)) {
      for (const [next, host] of [
        ['undelegate', child],
        ['delegate', to],
      ] as const) {
        disks.delete(next);
        jobs.push(await clock.run(doJob({ ...base, job: next, old: child, child: host }, [])));
      }
    }
    child = jobs.at(-1)?.end === 'finished' ? to : child;
  }
  const left = jobs.find(({ end }) => end === 'left');
  if (left !== undefined && jobs.at(-1)?.end !== 'finished') {
    // Zonecut says why it takes nothing back, and people go on with what they left.
    jobs.push(await clock.run(doJob({ ...base, job: left.job, old: child, child: left.child }, [])));
  }
  return { told, internet, before, fromMs, jobs, words };
}

/** Somebody takes name servers out of the delegation by hand. */
function nameFewer({ seed, cut }: Case, owner: Owner): void {
  const ns = owner.rrsets().find(rrset => rrset.owner === cut && rrset.type === 'NS');
  if (ns !== undefined) {
    const kept = ns.data.slice(0, new Chance(seed, 12).between(1, Math.max(1, ns.data.length - 1)));
    owner.put({ ...ns, data: kept });
  }
}

/** Whether the last of `jobs` was refused with the advice to carry the zone back into its parent first: people do that. */
function isToGoByParent(jobs: readonly JobEnd[]): boolean {
  const last = jobs.at(-1);
  const isHalfway = jobs.some(({ end }) => end === 'left');
  return last?.end === 'refused' && !isHalfway && /^Go by way of /.test(last.hint ?? '');
}

/** How the processes of job number `at` die. */
function crashesOf({ crashes, undo, jobs }: Case, at: number): readonly Crash[] {
  if (at === 0) {
    return crashes;
  }
  return (jobs[at] === 'undo' ? undo?.crashes : undo?.before) ?? [];
}

/** The beginning of these ten minutes: what stories have in common is made once for each. */
function recently(): number {
  const tenMinutesMs = 600_000;
  return Math.floor(Date.now() / tenMinutesMs) * tenMinutesMs;
}

function plantTrouble(told: Case, internet: SimulatedInternet, owner: Owner): void {
  for (const { kind, skip, times } of told.troubles) {
    internet.faults.inject({ api: '*', operation: '*', kind, skip, times });
  }
  for (let count = 0; count < told.losses; count += 1) {
    internet.people.mishaps.push(() => loseRow(told, internet));
  }
  for (const { afterMs, rrset } of told.edits) {
    internet.clock.after(afterMs, () => internet.people.edit(rrset, () => owner.put(rrset)));
  }
}

/** The host of the parent loses a row of the owner's, none at or below the cut: what nobody but the host took away may be missed. */
function loseRow({ seed, parent, cut }: Case, { accounts }: SimulatedInternet): void {
  const apex = exampleApex[parent];
  const label = relativeTo(cut, apex);
  accounts.namecheap.edit(apex.slice(0, -1), rows => {
    const lost = new Chance(seed, 8).one(
      rows.filter(row => row.name !== label && !row.name.endsWith(`.${label}`)),
    );
    return rows.filter(row => row !== lost);
  });
}

/** One job and all that it is done with. */
interface Work {
  readonly told: Case;
  readonly internet: SimulatedInternet;
  readonly job: Job;
  /** Where the child is afterwards. */
  readonly child: HostId;
  /** Where it was before. */
  readonly old: HostId;
  readonly mutation: Mutation | null;
  readonly words: string[];
  /** What each job wrote down. */
  readonly disks: Map<Job, Disk>;
}

/** Does one job as people do: process after process, until it is done, left, or zonecut says that it will not. */
async function doJob(work: Work, crashes: readonly Crash[]): Promise<JobEnd> {
  const { internet, job, child, mutation, words, told, disks } = work;
  const { clock } = internet;
  const most = mutation === null ? maxProcesses : maxSpoiledProcesses;
  let isUnderWay = true;
  const plantOnce = onlyOnce(() => plantChildEdits(told, internet, work, () => isUnderWay));
  for (let processes = 1; ; processes += 1) {
    const { world } = internet;
    const process = new SimulatedProcess({ ...world, http: mutation?.http?.(world.http) ?? world.http });
    const crash = crashes[processes - 1] ?? null;
    if (crash?.kind === 'moment') {
      clock.after(crash.afterMs, () => process.kill());
    }
    const disk = disks.get(job) ?? new Disk();
    disk.isLeft = false;
    disks.set(job, disk);
    const ended = (end: JobEnd['end'], problem: string | null, hint: string | null = null): JobEnd => {
      isUnderWay = false;
      return { job, child, end, problem, hint, plan: planOf(disk), processes, endMs: clock.elapsed() };
    };
    try {
      const journal = disk.journal(process, crash?.kind === 'event' ? crash : null);
      await process.run(goOn(work, process.world, journal, plantOnce));
      return ended('finished', null);
    } catch (error) {
      const problem = messageOf(error);
      words.push(problem);
      if (isZonecutError(error, 'ZC_PLAN_STALE') && processes < most) {
        if (error.hint?.startsWith('Nothing leads to it any more. What was edited there') === true) {
          bringOver(told.cut, internet, work);
        } else {
          disks.delete(job);
        }
      } else if (
        isZonecutError(error, 'ZC_PLAN_REFUSED') ||
        (job === 'undo' && isZonecutError(error, 'ZC_USAGE'))
      ) {
        return ended('refused', problem, error.hint);
      } else if (!(error instanceof Killed) && !isZonecutError(error, ...passing)) {
        return ended('broken', problem);
      } else if (processes === most) {
        return ended('unfinished', problem);
      }
      await clock.sleep(error instanceof Killed ? restartMs : retryMs);
      if (
        error instanceof Killed &&
        told.undo?.halfway === true &&
        told.undo.job === job &&
        processes === crashes.length
      ) {
        disk.isLeft = true;
        return ended('left', problem);
      }
    }
  }
}

/** `act`, which does nothing from the second call on. */
function onlyOnce(act: () => void): () => void {
  let isDone = false;
  return () => {
    if (!isDone) {
      isDone = true;
      act();
    }
  };
}

function planOf(disk: Disk): Plan | null {
  return runStateOf(disk.events)?.plan ?? null;
}

/** One process: plans when nothing is begun, and goes on otherwise. */
async function goOn(
  work: Work,
  world: World,
  journal: ApplyOptions['journal'],
  onPlan: () => void,
): Promise<void> {
  const { told, internet, job, disks, mutation, words } = work;
  const net = internet.netOf(world);
  const parent = watched(await open(internet, world, told.parent), internet);
  const state = runStateOf(journal.events);
  const plan = state?.plan ?? (await planned(work, world, net, parent));
  if (plan === null) {
    return;
  }
  if (job === 'move') {
    onPlan();
  }
  const { parties } = plan;
  const options: ApplyOptions = {
    net,
    providers: {
      parent,
      child: parties.child === null ? null : await open(internet, world, parties.child.id),
      old: parties.old === null ? null : await open(internet, world, parties.old.id),
    },
    journal,
    until: 'deadline',
    confirmRows: async () => true,
    tickMs: Number.POSITIVE_INFINITY,
  };
  const events =
    state === null ? startRun(world, mutation?.plan?.(plan) ?? plan, options) : resumeRun(world, options);
  for await (const event of events) {
    words.push(JSON.stringify(event));
    if (event.kind === 'step-started' && event.step.action.do === 'follow-edits') {
      internet.people.oldLooks.push(internet.clock.elapsed());
    }
    if (event.kind === 'manual') {
      doByHand(told, internet, event.rows, () => disks.get(job)?.isLeft === true);
    }
  }
}

/** `provider`, with a note of each moment at which it begins to read a zone. */
function watched(provider: Provider, { clock, people }: SimulatedInternet): Provider {
  return {
    ...provider,
    readZone: (zone, options) => {
      people.looks.push(clock.elapsed());
      return provider.readZone(zone, options);
    },
  };
}

async function open(internet: SimulatedInternet, world: World, host: string): Promise<Provider> {
  const driver = driverNamed(host);
  return await (await driver.load())(world, { environment: internet.environment });
}

/** Somebody does in the host's console what zonecut asks for, in their own time. */
function doByHand(
  { cut, seed }: Case,
  { clock, accounts }: SimulatedInternet,
  rows: string,
  isLeft: () => boolean,
): void {
  const [ds] = parseZoneFile(rows, { origin: rootName }).rrsets;
  const chance = new Chance(seed, 7);
  // All the time zonecut looks whether it is done: few take long.
  const mostHours = chance.one([1, 1, 1, 6]);
  clock.after(chance.below(mostHours * 3_600_000), () => {
    if (isLeft()) {
      return;
    }
    if (ds === undefined) {
      accounts.console.remove(cut, 'DS');
    } else {
      accounts.console.put(ds);
    }
  });
}

/** Null when there is nothing to do. */
async function planned(work: Work, world: World, net: Net, parent: Provider): Promise<Plan | null> {
  const { internet, job, told } = work;
  if (job === 'undo') {
    return await planBack(work, world, net, parent);
  }
  const child = await open(internet, world, work.child);
  return await planFor(world, net, job, told, { parent, child, old: await open(internet, world, work.old) });
}

/** Plans what takes the job before back. */
async function planBack(
  { disks, told, internet }: Work,
  world: World,
  net: Net,
  parent: Provider,
): Promise<Plan> {
  const events = disks.get(told.undo?.job ?? 'delegate')?.events ?? [];
  const state = runStateOf(events);
  if (state === null) {
    throw new ZonecutError('ZC_USAGE', 'there is no run to take back');
  }
  const context = { world, net, signal: new AbortController().signal, suffix: '' };
  setMaxListeners(0, context.signal);
  const hosts = {
    open: async (id: string) => (id === parent.id ? parent : await open(internet, world, id)),
  };
  return await planUndo(context, hosts, { run: state.plan.run, state, events }, {});
}

async function planFor(
  world: World,
  net: Net,
  job: Exclude<Job, 'undo'>,
  { cut, sign, hiddenRows }: Case,
  hosts: { readonly parent: Provider; readonly child: Provider; readonly old: Provider },
): Promise<Plan | null> {
  const { parent, child, old } = hosts;
  const survey = await surveyCut(world, net, cut, job === 'move' ? hosts : { parent, child });
  const run = Array.from({ length: 8 }, () => 'abcdefgh'[world.random.below(8)]).join('');
  const common = { run, madeBy: 'simulation', parent, child, undoes: null };
  const names = survey.parent.views.flatMap(view => nsShown(view.answer, cut)?.data ?? []);
  const { servers } = await locate(net, [...new Set(names)]);
  const childViews = await askAll(world, net, servers, cut, 'NS');
  switch (job) {
    case 'delegate':
      return planDelegate(survey, {
        ...common,
        nsTtl: null,
        hidden: 'copy',
        childZoneId: null,
        hiddenRows,
        records: [],
        sign,
      });
    case 'adopt':
      return planAdopt(survey, { ...common, childZoneId: null, childViews }).plan;
    case 'unsign':
      return planUnsign(survey, common);
    case 'move':
      return planMove(survey, { ...common, old, oldZone: 'delete', childZoneId: null, childViews });
    case 'undelegate':
      return planUndelegate(survey, {
        ...common,
        zone: 'delete',
        names: 'carry-back',
        restored: [],
        childViews,
      });
  }
}
