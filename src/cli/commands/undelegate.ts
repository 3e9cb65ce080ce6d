import { unicodeOf } from '../../dns/idn.ts';
import { ZonecutError } from '../../error.ts';
import type { Plan } from '../../plan/plan.ts';
import { planText } from '../../report/plan-text.ts';
import { type OpenHosts, openHosts } from '../accounts.ts';
import type { Context } from '../context.ts';
import { makeUndelegatePlan, makeUnsignPlan, type UndelegateFlags, type UnsignFlags } from '../planning.ts';
import { applyPlan } from '../run.ts';
import { type WaitFlags, waitOptions } from './delegate.ts';

/** `zonecut undelegate NAME`: NS at the parent first, then the caches, then the zone. */
export async function undelegate(
  context: Context,
  name: string,
  flags: UndelegateFlags & WaitFlags,
): Promise<number> {
  return await planAndApply(context, flags, hosts => makeUndelegatePlan(context, hosts, name, flags));
}

/** `zonecut unsign NAME`: DS at the parent first, then the caches, then the keys. */
export async function unsign(
  context: Context,
  name: string,
  flags: UnsignFlags & WaitFlags,
): Promise<number> {
  return await planAndApply(context, flags, hosts => makeUnsignPlan(context, hosts, name, flags));
}

/** Makes a plan, shows it, asks, and applies it. */
async function planAndApply(
  context: Context,
  flags: WaitFlags,
  make: (hosts: OpenHosts) => Promise<Plan>,
): Promise<number> {
  const wait = waitOptions(flags);
  const { terminal } = context;
  const hosts = openHosts(context);
  try {
    const plan = await make(hosts);
    if (!terminal.json) {
      terminal.print(`${planText(plan, terminal.paint)}\n`);
    }
    await confirmPlan(context, plan);
    return await applyPlan(context, hosts, plan, wait);
  } finally {
    await hosts.closeAll();
  }
}

/**
 * Asks before a plan is applied. A plan that deletes a zone is confirmed by typing its name, or by --confirm NAME: `--yes`
 * alone does not delete.
 *
 * Throws ZC_CANCELLED.
 */
export async function confirmPlan(context: Context, plan: Plan): Promise<void> {
  const { terminal, options } = context;
  const deletes = plan.steps.some(step => step.action.do === 'delete-zone');
  const cancelled = new ZonecutError('ZC_CANCELLED', 'nothing was done');
  if (!deletes) {
    if (options.yes !== true && !(await terminal.confirm('Do this?', '--yes'))) {
      throw cancelled;
    }
    return;
  }
  const wanted = plan.intent.cut.slice(0, -1);
  if (options.confirm !== undefined) {
    if (options.confirm.replace(/\.$/, '').toLowerCase() !== wanted) {
      throw new ZonecutError(
        'ZC_USAGE',
        `--confirm says "${options.confirm}", the zone to delete is ${wanted}`,
        { hint: 'Nothing was done.' },
      );
    }
    return;
  }
  if (
    !(await terminal.type(
      `This deletes the zone. Type its name, ${unicodeOf(plan.intent.cut)}, to go on`,
      wanted,
      `--confirm ${wanted}`,
    ))
  ) {
    throw cancelled;
  }
}
