import type { Until } from '../../apply/context.ts';
import { unicodeOf } from '../../dns/idn.ts';
import { ZonecutError } from '../../error.ts';
import type { Plan } from '../../plan/plan.ts';
import { planText } from '../../report/plan-text.ts';
import { type OpenHosts, openHosts } from '../accounts.ts';
import type { Context } from '../context.ts';
import { applyPlan } from '../run.ts';
import { parseDuration } from './duration.ts';

/** What every command does that changes something: makes a plan, shows it, asks, and applies it. */
export async function planAndApply(
  context: Context,
  flags: WaitFlags,
  make: (hosts: OpenHosts) => Promise<Plan>,
  confirm: (context: Context, plan: Plan) => Promise<void> = confirmPlan,
): Promise<number> {
  const wait = waitOptions(flags);
  const { terminal } = context;
  const hosts = openHosts(context);
  try {
    terminal.live(`${terminal.paint.signs.busy} reading the accounts and the DNS`);
    const plan = await make(hosts);
    if (!terminal.json) {
      terminal.print(`${planText(plan, terminal.paint)}\n`);
    }
    await confirm(context, plan);
    return await applyPlan(context, hosts, plan, wait);
  } finally {
    await hosts.closeAll();
  }
}

/**
 * Asks before a plan is applied. A plan that deletes a zone, or that mends a cut by taking it away, is confirmed by typing its name,
 * or by --confirm NAME: `--yes` alone does neither.
 *
 * Throws ZC_CANCELLED.
 */
export async function confirmPlan(context: Context, plan: Plan): Promise<void> {
  const { terminal, options } = context;
  const deletes = plan.steps.some(step => step.action.do === 'delete-zone');
  const removes =
    plan.intent.kind === 'mend' &&
    plan.steps.some(({ action }) => action.do === 'change-delegation' && action.to === null);
  const cancelled = new ZonecutError('ZC_CANCELLED', 'nothing was done');
  if (!deletes && !removes) {
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
        `--confirm says "${options.confirm}", the ${deletes ? 'zone to delete' : 'cut to take away'} is ${wanted}`,
        { hint: 'Nothing was done.' },
      );
    }
    return;
  }
  if (
    !(await terminal.type(
      `This ${deletes ? 'deletes the zone' : 'takes the cut away'}. Type its name, ${unicodeOf(plan.intent.cut)}, to go on`,
      wanted,
      `--confirm ${wanted}`,
    ))
  ) {
    throw cancelled;
  }
}

/** Options of commands that wait. */
export interface WaitFlags {
  readonly for?: string;
  readonly timeout?: string;
}

/** What `--for` and `--timeout` ask for. Throws ZC_USAGE. */
export function waitOptions(flags: WaitFlags): { readonly until: Until; readonly timeoutMs: number | null } {
  return {
    until: untilFrom(flags.for ?? 'deadline'),
    timeoutMs: flags.timeout === undefined ? null : parseDuration(flags.timeout) * 1000,
  };
}

function untilFrom(text: string): Until {
  if (text !== 'authoritative' && text !== 'resolvers' && text !== 'deadline') {
    throw new ZonecutError('ZC_USAGE', `--for is "${text}"`, {
      hint: 'It is one of: authoritative, resolvers, deadline.',
    });
  }
  return text;
}
