import type { Context } from '../context.ts';
import { makeUndoPlan, type UndoFlags } from '../planning-undo.ts';
import { confirmPlan, planAndApply, type WaitFlags } from './change.ts';
import { confirmInsecure } from './move.ts';

/** `zonecut undo RUN`: a new plan of what the run did, the other way round, shown and asked about like every plan. */
export async function undo(context: Context, run: string, flags: UndoFlags & WaitFlags): Promise<number> {
  return await planAndApply(
    context,
    flags,
    hosts => makeUndoPlan(context, hosts, run, flags),
    async (_, plan) => {
      await confirmInsecure(context, plan, flags);
      await confirmPlan(context, plan);
    },
  );
}
