import { listRuns, type RunRecord } from '../../engine/journal-file.ts';
import { ZonecutError } from '../../error.ts';
import { tableText } from '../../report/paint.ts';
import { openHosts } from '../accounts.ts';
import type { Context } from '../context.ts';
import { cutFrom } from '../cut-name.ts';
import { exitCodes } from '../exit-code.ts';
import { continueRun } from '../run.ts';
import { type WaitFlags, waitOptions } from './change.ts';

/** `zonecut resume [RUN]` and `zonecut wait RUN|NAME`: goes on with a run that was left or broken off. */
export async function resume(context: Context, which: string | undefined, flags: WaitFlags): Promise<number> {
  const wait = waitOptions(flags);
  const record = await chooseRun(context, which);
  if (record.state.finished) {
    context.terminal.note(`run ${record.run} of ${record.state.plan.intent.cut} is finished\n`);
  }
  const hosts = openHosts(context);
  try {
    return await continueRun(context, hosts, record.run, wait);
  } finally {
    await hosts.closeAll();
  }
}

/** The run of that ID, else the latest open one of that name, else the only open one. */
async function chooseRun(context: Context, which: string | undefined): Promise<RunRecord> {
  const runs = await listRuns(context.stateFolder);
  const open = runs.filter(({ state }) => !state.finished && state.undoneBy === null);
  const byId = runs.find(record => record.run === which);
  if (byId !== undefined) {
    return byId;
  }
  if (which !== undefined) {
    const cut = which.includes('.') ? cutFrom(which) : null;
    const found =
      open.find(record => record.state.plan.intent.cut === cut) ??
      runs.find(record => record.state.plan.intent.cut === cut);
    if (found === undefined) {
      throw new ZonecutError('ZC_USAGE', `there is no run ${which}`, { hint: '`zonecut runs` lists them.' });
    }
    return found;
  }
  const [only, second] = open;
  if (only === undefined) {
    throw new ZonecutError('ZC_USAGE', 'no run is open', {
      hint: '`zonecut runs` lists those that are finished.',
    });
  }
  if (second !== undefined) {
    throw new ZonecutError(
      'ZC_USAGE',
      `${open.length} runs are open: ${open.map(record => record.run).join(', ')}`,
      { hint: 'Say which one.' },
    );
  }
  return only;
}

/** `zonecut runs`: every run and where it stands. */
export async function runs(context: Context): Promise<number> {
  const { terminal } = context;
  const records = await listRuns(context.stateFolder);
  if (terminal.json) {
    const rows = records.map(({ run, state, events }) => ({
      run,
      ...state.plan.intent,
      startedAt: events[0]?.at ?? null,
      finished: state.finished,
      undoneBy: state.undoneBy,
      lastError: state.lastError,
    }));
    terminal.print(`${JSON.stringify({ schema: 'zonecut/runs/v1', runs: rows }, null, 2)}\n`);
    return exitCodes.ok;
  }
  const rows = records.map(({ run, state, events }) => [
    run,
    events[0]?.at.slice(0, 19) ?? '',
    state.plan.intent.kind,
    state.plan.intent.cut,
    state.undoneBy !== null
      ? terminal.paint.dim(`undone by ${state.undoneBy}`)
      : state.finished
        ? terminal.paint.good('finished')
        : state.lastError === null
          ? terminal.paint.warn('open')
          : terminal.paint.bad(`open: ${state.lastError}`),
  ]);
  terminal.print(rows.length === 0 ? 'no runs yet\n' : tableText(rows));
  return exitCodes.ok;
}
