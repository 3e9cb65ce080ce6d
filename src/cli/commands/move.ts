import { unicodeOf } from '../../dns/idn.ts';
import { ZonecutError } from '../../error.ts';
import type { Plan } from '../../plan/plan.ts';
import type { Context } from '../context.ts';
import { type MoveFlags, makeMovePlan } from '../planning-move.ts';
import { confirmPlan, planAndApply, type WaitFlags } from './change.ts';

/** `zonecut move NAME --to HOST`: the new zone first, then both hosts, then the new one alone, then the old zone goes. */
export async function move(context: Context, name: string, flags: MoveFlags & WaitFlags): Promise<number> {
  return await planAndApply(
    context,
    flags,
    hosts => makeMovePlan(context, hosts, name, flags),
    async (_, plan) => {
      await confirmInsecure(context, plan, flags);
      await confirmPlan(context, plan);
    },
  );
}

/**
 * Asks before a signed cut moves, since it is insecure for a while: `--yes` alone does not say so. Other plans pass.
 *
 * Throws ZC_CANCELLED, ZC_NO_TERMINAL.
 */
export async function confirmInsecure(
  context: Context,
  plan: Plan,
  flags: Pick<MoveFlags, 'goInsecure'>,
): Promise<void> {
  const isLeft =
    plan.intent.kind === 'move' &&
    plan.steps.some(
      ({ action }) =>
        (action.do === 'change-ds' && action.to === null) ||
        (action.do === 'manual' && action.goal.ds === null),
    );
  const question = `${unicodeOf(plan.intent.cut)} is insecure while it moves. Go on?`;
  if (isLeft && flags.goInsecure !== true && !(await context.terminal.confirm(question, '--go-insecure'))) {
    throw new ZonecutError('ZC_CANCELLED', 'nothing was done');
  }
}
