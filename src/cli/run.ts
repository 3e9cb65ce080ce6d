import { setMaxListeners } from 'node:events';
import path from 'node:path';
import { resumeRun, startRun } from '../apply/apply.ts';
import type { ApplyEvent, ApplyOptions, Until } from '../apply/context.ts';
import { type RunState, runStateOf } from '../apply/journal.ts';
import { delegationLeft, delegationMended } from '../apply/outcome.ts';
import { timeText } from '../apply/wait.ts';
import { judge } from '../checks/judge.ts';
import type { Name } from '../dns/name.ts';
import { printRRset } from '../dns/zonefile.ts';
import { forgetDelegation, keepDelegation, keptDelegations } from '../engine/delegations.ts';
import { listRuns, type OpenJournal, openJournal } from '../engine/journal-file.ts';
import { lockFile } from '../engine/lock.ts';
import { makeFolder } from '../engine/state.ts';
import { ZonecutError } from '../error.ts';
import type { Plan } from '../plan/plan.ts';
import { boundText, gridKey, gridLines, gridSummary } from '../report/grid-text.ts';
import { durationText } from '../report/paint.ts';
import { hostCommands, proofText } from '../report/proof-text.ts';
import type { Proof } from '../survey/proof.ts';
import { type OpenHosts, openParties } from './accounts.ts';
import type { Context } from './context.ts';
import { exitCodes } from './exit-code.ts';

/** How a run is watched. */
export interface RunOptions {
  readonly until: Until;
  /** Milliseconds after which the wait is left to a later command; null for none. */
  readonly timeoutMs: number | null;
}

/** Applies `plan` from its beginning and shows what happens; gives the exit status. */
export async function applyPlan(
  context: Context,
  hosts: OpenHosts,
  plan: Plan,
  options: RunOptions,
): Promise<number> {
  return await withLock(context, plan, async () => {
    await refuseApplied(context, plan);
    await closeUndone(context, plan);
    const journal = await openJournal(context.stateFolder, plan.run);
    const providers = await openParties(hosts, plan.parties);
    return await watch(
      context,
      plan,
      journal,
      options,
      applyOptions => startRun(context.world, plan, applyOptions),
      providers,
    );
  });
}

/** Notes in the journal of the run that `plan` takes back that nobody may go on with it. Throws ZC_JOURNAL while somebody does. */
async function closeUndone({ stateFolder, world }: Context, { intent, run }: Plan): Promise<void> {
  if (intent.undoes === null) {
    return;
  }
  const journal = await openJournal(stateFolder, intent.undoes);
  try {
    if (runStateOf(journal.events) !== null) {
      const at = new Date(world.clock.now()).toISOString();
      await journal.append({ kind: 'run-undone', at, by: run });
    }
  } finally {
    await journal.close();
  }
}

/** Throws ZC_PLAN_STALE when `plan` was applied before: what its run began, its run goes on with. */
export async function refuseApplied(context: Context, plan: Plan): Promise<void> {
  const runs = await listRuns(context.stateFolder);
  if (runs.some(({ run }) => run === plan.run)) {
    throw new ZonecutError('ZC_PLAN_STALE', `this plan was applied before, as run ${plan.run}`, {
      hint: `\`zonecut resume ${plan.run}${context.suffix}\` goes on with it.`,
    });
  }
}

/** Goes on with run `run`; gives the exit status. */
export async function continueRun(
  context: Context,
  hosts: OpenHosts,
  run: string,
  options: RunOptions,
): Promise<number> {
  const journal = await openJournal(context.stateFolder, run);
  const state = runStateOf(journal.events);
  if (state === null) {
    await journal.close();
    throw new ZonecutError('ZC_USAGE', `there is no run ${run}`, { hint: '`zonecut runs` lists them.' });
  }
  if (state.undoneBy !== null) {
    await journal.close();
    throw new ZonecutError('ZC_USAGE', `run ${run} is taken back by run ${state.undoneBy}`, {
      hint: `\`zonecut resume ${state.undoneBy}${context.suffix}\` goes on with that.`,
    });
  }
  const { plan } = state;
  return await withLock(context, plan, async () => {
    const providers = await openParties(hosts, plan.parties);
    return await watch(
      context,
      plan,
      journal,
      options,
      applyOptions => resumeRun(context.world, applyOptions),
      providers,
    );
  });
}

/** Two runs on one cut at the same time would make two zones. */
async function withLock<T>(context: Context, plan: Plan, act: () => Promise<T>): Promise<T> {
  const folder = path.join(context.stateFolder, 'locks');
  await makeFolder(folder);
  const lock = await lockFile(
    path.join(folder, `${plan.intent.cut.replaceAll('/', '\\057')}lock`),
    plan.intent.cut,
  );
  try {
    return await act();
  } finally {
    await lock.release();
  }
}

async function watch(
  context: Context,
  plan: Plan,
  journal: OpenJournal,
  options: RunOptions,
  begin: (options: ApplyOptions) => AsyncGenerator<ApplyEvent, void>,
  providers: ApplyOptions['providers'],
): Promise<number> {
  const timeout = options.timeoutMs === null ? null : AbortSignal.timeout(options.timeoutMs);
  const signal = timeout === null ? context.signal : AbortSignal.any([context.signal, timeout]);
  setMaxListeners(0, signal);
  const show = new RunShow(context, plan);
  try {
    const events = begin({
      net: context.net,
      providers,
      journal,
      until: options.until,
      confirmRows: async rows => {
        show.rows(rows.map(printRRset).join(''));
        return (
          context.options.yes === true ||
          (await context.terminal.confirm('Write these NS records at the parent?', '--yes'))
        );
      },
      signal,
    });
    for await (const event of events) {
      show.event(event);
    }
    await keepOutcome(context, plan, journal);
    return show.end(journal);
  } catch (error) {
    if (signal.aborted) {
      return show.left(timeout?.aborted === true);
    }
    throw error;
  } finally {
    await journal.close();
  }
}

/** Milliseconds between two lines of a wait where no terminal shows a countdown. */
const heartbeatMs = 60_000;

/** Notes what the delegation is from now on, for `zonecut drift`. */
async function keepOutcome({ stateFolder, world }: Context, plan: Plan, journal: OpenJournal): Promise<void> {
  const { cut, kind } = plan.intent;
  const state = runStateOf(journal.events);
  if (state !== null && kind === 'mend') {
    await keepMended(stateFolder, cut, state);
    return;
  }
  const left = state === null ? null : delegationLeft(state);
  if (left !== null && plan.parties.child !== null && kind !== 'unsign') {
    const since = new Date(world.clock.now()).toISOString();
    const hosts = { parent: plan.parties.parent.id, child: plan.parties.child.id };
    await keepDelegation(stateFolder, { ...left, ...hosts, since, run: plan.run });
  } else if (kind === 'undelegate') {
    await forgetDelegation(stateFolder, cut);
  }
}

/** A delegation that is under watch is watched as it is now; who only mends one has nobody watch it. */
async function keepMended(stateFolder: string, cut: Name, state: RunState): Promise<void> {
  const kept = (await keptDelegations(stateFolder)).find(found => found.cut === cut);
  const now = kept === undefined ? undefined : delegationMended(state, kept);
  if (now === null) {
    await forgetDelegation(stateFolder, cut);
  } else if (kept !== undefined && now !== undefined) {
    await keepDelegation(stateFolder, { ...kept, ...now });
  }
}

/** Shows a run as it happens. */
class RunShow {
  readonly #context: Context;
  readonly #plan: Plan;
  #proof: Proof | null = null;
  #deadlineMs: number | null = null;
  #open = false;
  #lastLineAtMs = 0;
  #waitingFor: string | null = null;
  #grid = '';

  constructor(context: Context, plan: Plan) {
    this.#context = context;
    this.#plan = plan;
  }

  rows(text: string): void {
    this.#context.terminal.note(`${text.trimEnd().replaceAll(/^/gm, '      ')}\n`);
  }

  event(event: ApplyEvent): void {
    const { terminal } = this.#context;
    const { paint } = terminal;
    switch (event.kind) {
      case 'step-started':
        terminal.live(`${paint.signs.busy} ${event.step.title}`);
        break;
      case 'step-kept':
        terminal.note(`${paint.dim(`${paint.signs.done} ${event.step.title} (done before)`)}\n`);
        break;
      case 'progress':
        terminal.live(`${paint.signs.busy} ${event.text}`);
        break;
      case 'manual':
        terminal.note(
          `${paint.warn(paint.signs.odd)} ${paint.bold('by hand:')} ${event.where}\n${[...event.instructions, ...event.rows.trimEnd().split('\n')].map(line => `      ${line}\n`).join('')}${paint.dim(`  zonecut looks until it is there; safe to leave: \`zonecut resume ${this.#plan.run}${this.#context.suffix}\` goes on\n`)}`,
        );
        break;
      case 'waiting':
        this.#waiting(event);
        break;
      case 'proof':
        this.#proof = event.proof;
        break;
      case 'step-finished':
        terminal.note(
          `${paint.good(paint.signs.done)} ${event.step.title}\n  ${paint.dim(event.result.note)}\n`,
        );
        break;
      case 'finished':
        this.#open = event.open;
        this.#deadlineMs = event.deadlineMs ?? this.#deadlineMs;
        break;
    }
  }

  /** One live line on a terminal; elsewhere a line at the beginning and one a minute; and what changes at a resolver. */
  #waiting(event: Extract<ApplyEvent, { kind: 'waiting' }>): void {
    const { terminal, suffix } = this.#context;
    const { paint } = terminal;
    const left = durationText((event.deadlineMs - event.nowMs) / 1000);
    const summary = gridSummary(event.resolvers);
    const text = `no cache holds the old answer after ${timeText(event.deadlineMs)}, in ${paint.bold(left)}${summary === '' ? '' : `   ${summary}`}`;
    const begins = this.#waitingFor !== event.step.id;
    if (begins || (!terminal.isLive && event.nowMs - this.#lastLineAtMs >= heartbeatMs)) {
      const { action } = event.step;
      const why = begins && action.do === 'wait-out' ? `  ${boundText(action.bounds)}\n` : '';
      const leave = begins ? `  safe to leave: \`zonecut resume ${this.#plan.run}${suffix}\` goes on\n` : '';
      terminal.note(`${paint.signs.busy} ${text}\n${paint.dim(`${why}${leave}`)}`);
      this.#lastLineAtMs = event.nowMs;
    }
    this.#waitingFor = event.step.id;
    const key = gridKey(event.resolvers);
    if (key !== this.#grid && key !== '') {
      terminal.note(
        gridLines(event.resolvers, paint)
          .map(line => `    ${line}\n`)
          .join(''),
      );
    }
    this.#grid = key;
    this.#deadlineMs = event.deadlineMs;
    terminal.live(`${paint.signs.busy} ${text}`);
  }

  /** The run came to its end. */
  end(journal: OpenJournal): number {
    const { terminal, net } = this.#context;
    const findings = this.#proof === null ? [] : judge(this.#proof);
    const resolver = net.recursive[0] ?? null;
    const commands =
      this.#plan.intent.kind === 'delegate' ? hostCommands(this.#plan.intent.cut, resolver) : [];
    if (terminal.json) {
      terminal.print(
        `${JSON.stringify({ schema: 'zonecut/run/v1', run: this.#plan.run, plan: this.#plan, results: resultsOf(journal), proof: this.#proof, findings, open: this.#open, deadline: this.#deadlineMs === null ? null : new Date(this.#deadlineMs).toISOString(), commands }, null, 2)}\n`,
      );
    } else {
      terminal.print(this.#proof === null ? '' : `\n${proofText(this.#proof, findings, terminal.paint)}`);
      if (this.#open && this.#deadlineMs !== null) {
        terminal.print(`caches elsewhere may give the old answer until ${timeText(this.#deadlineMs)}\n`);
      }
      if (commands.length > 0) {
        terminal.print(`see for yourself:\n${commands.map(command => `  ${command}\n`).join('')}`);
      }
    }
    return exitCodes.ok;
  }

  /** Ctrl-C or the timeout: nothing is rolled back, the run can go on later. */
  left(byTimeout: boolean): number {
    const { terminal, suffix } = this.#context;
    const until =
      this.#deadlineMs === null ? '' : `; no cache holds the old answer after ${timeText(this.#deadlineMs)}`;
    terminal.note(`\nleft as it stands${until}. Go on with: zonecut resume ${this.#plan.run}${suffix}\n`);
    if (terminal.json) {
      terminal.print(
        `${JSON.stringify({ schema: 'zonecut/run/v1', run: this.#plan.run, open: true, deadline: this.#deadlineMs === null ? null : new Date(this.#deadlineMs).toISOString() }, null, 2)}\n`,
      );
    }
    return byTimeout ? exitCodes.pending : exitCodes.interrupted;
  }
}

function resultsOf(journal: OpenJournal): readonly { readonly step: string; readonly note: string }[] {
  return journal.events.flatMap(event =>
    event.kind === 'step-finished' ? [{ step: event.step, note: event.result.note }] : [],
  );
}
