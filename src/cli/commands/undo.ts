import { planText } from '../../report/plan-text.ts';
import { openHosts } from '../accounts.ts';
import type { Context } from '../context.ts';
import { makeUndoPlan, type UndoFlags } from '../planning-undo.ts';
import { applyPlan } from '../run.ts';
import { type WaitFlags, waitOptions } from './delegate.ts';
import { confirmPlan } from './undelegate.ts';

/** `zonecut undo RUN`: a new plan of what the run did, the other way round, shown and asked about like every plan. */
export async function undo(context: Context, run: string, flags: UndoFlags & WaitFlags): Promise<number> {
  const wait = waitOptions(flags);
  const { terminal } = context;
  const hosts = openHosts(context);
  try {
    terminal.live(`${terminal.paint.signs.busy} reading the journal, the accounts and the DNS`);
    const plan = await makeUndoPlan(context, hosts, run, flags);
    if (!terminal.json) {
      terminal.print(`${planText(plan, terminal.paint)}\n`);
    }
    await confirmPlan(context, plan);
    return await applyPlan(context, hosts, plan, wait);
  } finally {
    await hosts.closeAll();
  }
}
