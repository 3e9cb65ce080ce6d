/**
 * A zonecut process that is made to be killed: it really plans and applies, with a journal that can kill it.
 *
 * Arguments: `delegate CUT PARENT CHILD`, `undelegate CUT PARENT CHILD`, `move CUT PARENT TO`, `mend CUT PARENT
 * CHILD`, `undo CUT` or `resume RUN`. Variables: VICTIM_KILL_BEFORE and
 * VICTIM_KILL_AFTER are the number of the journal's event at which it dies, VICTIM_HURRY and VICTIM_UNTIL as in `How`.
 * Prints `ready` when the plan is made, and `finished` at its end.
 */
import { resumeRun, startRun } from '../../src/apply/apply.ts';
import type { ApplyOptions, Until } from '../../src/apply/context.ts';
import type { Journal } from '../../src/apply/journal.ts';
import { type OpenHosts, openHosts, openParties } from '../../src/cli/accounts.ts';
import { resume } from '../../src/cli/commands/runs.ts';
import { type Context, contextOf } from '../../src/cli/context.ts';
import { makeDelegatePlan, makeUndelegatePlan } from '../../src/cli/planning.ts';
import { makeMendPlan } from '../../src/cli/planning-mend.ts';
import { makeMovePlan } from '../../src/cli/planning-move.ts';
import { makeUndoPlan } from '../../src/cli/planning-undo.ts';
import { parseName } from '../../src/dns/name.ts';
import { listRuns, openJournal } from '../../src/engine/journal-file.ts';
import { isZonecutError } from '../../src/error.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { surveyFacts } from '../../src/survey/cut-survey.ts';
import { hurriedClock } from '../e2e/hurry.ts';

const { env } = process;
const until: Until = env['VICTIM_UNTIL'] === 'deadline' ? 'deadline' : 'authoritative';

/** A journal that kills this process just before, or as soon as, the event of that number is on the disk. */
function deadly(journal: Journal): Journal {
  const before = Number(env['VICTIM_KILL_BEFORE'] ?? '0');
  const after = Number(env['VICTIM_KILL_AFTER'] ?? '0');
  const dieAt = (count: number): void => {
    if (journal.events.length === count) {
      process.kill(process.pid, 'SIGKILL');
      // The signal is on its way to this very process: nothing more may be done.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    }
  };
  return {
    get events() {
      return journal.events;
    },
    append: async event => {
      if (before > 0) {
        dieAt(before - 1);
      }
      await journal.append(event);
      if (after > 0) {
        dieAt(after);
      }
    },
  };
}

async function begin(context: Context, plan: Plan, options: Omit<ApplyOptions, 'journal'>): Promise<void> {
  const journal = await openJournal(context.stateFolder, plan.run);
  console.log(`ready ${plan.run}`);
  for await (const _event of startRun(context.world, plan, { ...options, journal: deadly(journal) })) {
    // What happens is of no interest here.
  }
  await journal.close();
}

async function goOn(context: Context, options: Omit<ApplyOptions, 'journal'>, run: string): Promise<void> {
  const journal = await openJournal(context.stateFolder, run);
  console.log(`ready ${run}`);
  for await (const _event of resumeRun(context.world, { ...options, journal: deadly(journal) })) {
    // What happens is of no interest here.
  }
  await journal.close();
}

/** The run that delegated `cut`. */
async function lastRunOf(context: Context, cut: string): Promise<string> {
  const found = (await listRuns(context.stateFolder)).find(({ state }) => state.plan.intent.cut === cut);
  return found?.run ?? '';
}

async function planOf(
  context: Context,
  hosts: OpenHosts,
  kind: string,
  cut: string,
  flags: { readonly parent: string; readonly child: string },
): Promise<Plan> {
  switch (kind) {
    case 'delegate':
      return await makeDelegatePlan(context, hosts, cut, { ...flags, ttl: '60' });
    case 'undo':
      return await makeUndoPlan(context, hosts, await lastRunOf(context, cut), {});
    case 'mend':
      return await mendPlan(context, hosts, cut, flags);
    case 'move':
      return await makeMovePlan(context, hosts, cut, { parent: flags.parent, to: flags.child });
    default:
      return await makeUndelegatePlan(context, hosts, cut, flags);
  }
}

/** What `check --fix` would do. */
async function mendPlan(
  context: Context,
  hosts: OpenHosts,
  cut: string,
  flags: { readonly parent: string; readonly child: string },
): Promise<Plan> {
  const { world, net, hints, signal } = context;
  const facts = await surveyFacts(world, net, parseName(cut), { hints, signal, offline: true });
  const made = await makeMendPlan(context, hosts, facts, {}, flags);
  if (made === null || made.plan === null) {
    throw new Error(`nothing of ${cut} can be mended`);
  }
  return made.plan;
}

async function main(context: Context): Promise<number> {
  // Of `resume` the second argument is the run.
  const [kind = '', cut = '', parent = '', child = ''] = process.argv.slice(2);
  if (
    kind === 'resume' &&
    env['VICTIM_KILL_AFTER'] === undefined &&
    env['VICTIM_KILL_BEFORE'] === undefined
  ) {
    return await resume(context, cut === '' ? undefined : cut, { for: until });
  }
  const hosts = openHosts(context);
  const { net, signal } = context;
  const open = async (plan: Plan): Promise<Omit<ApplyOptions, 'journal'>> => ({
    net,
    signal,
    until,
    confirmRows: async () => true,
    providers: await openParties(hosts, plan.parties),
  });
  if (kind === 'resume') {
    const record = (await listRuns(context.stateFolder)).find(({ run }) => cut === '' || run === cut);
    if (record === undefined) {
      return 2;
    }
    await goOn(context, await open(record.state.plan), record.run);
  } else {
    const plan = await planOf(context, hosts, kind, cut, { parent, child });
    await begin(context, plan, await open(plan));
  }
  await hosts.closeAll();
  return 0;
}

const context = await contextOf({ yes: true }, env, new AbortController().signal);
const clock = env['VICTIM_HURRY'] === '1' ? hurriedClock(context.world.clock) : context.world.clock;
const hurried = { ...context, world: { ...context.world, clock } };
try {
  process.exitCode = await main(hurried);
  console.log('finished');
} catch (error) {
  console.log(isZonecutError(error) ? `${error.code}: ${error.message}` : error);
  process.exitCode = isZonecutError(error, 'ZC_USAGE') ? 2 : 1;
} finally {
  await context.close();
}
