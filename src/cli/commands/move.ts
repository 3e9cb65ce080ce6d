import { planText } from '../../report/plan-text.ts';
import { openHosts } from '../accounts.ts';
import type { Context } from '../context.ts';
import { type MoveFlags, makeMovePlan } from '../planning-move.ts';
import { applyPlan } from '../run.ts';
import { type WaitFlags, waitOptions } from './delegate.ts';
import { confirmPlan } from './undelegate.ts';

/** `zonecut move NAME --to HOST`: the new zone first, then both hosts, then the new one alone, then the old zone goes. */
export async function move(context: Context, name: string, flags: MoveFlags & WaitFlags): Promise<number> {
  const wait = waitOptions(flags);
  const { terminal } = context;
  const hosts = openHosts(context);
  try {
    terminal.live(`${terminal.paint.signs.busy} reading all accounts and the DNS`);
    const plan = await makeMovePlan(context, hosts, name, flags);
    if (!terminal.json) {
      terminal.print(`${planText(plan, terminal.paint)}\n`);
    }
    await confirmPlan(context, plan);
    return await applyPlan(context, hosts, plan, wait);
  } finally {
    await hosts.closeAll();
  }
}
