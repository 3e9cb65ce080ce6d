import type { Until } from '../../apply/context.ts';
import { ZonecutError } from '../../error.ts';
import type { Plan } from '../../plan/plan.ts';
import { planText } from '../../report/plan-text.ts';
import { type OpenHosts, openHosts } from '../accounts.ts';
import type { Context } from '../context.ts';
import { type DelegateFlags, makeDelegatePlan } from '../planning.ts';
import { applyPlan } from '../run.ts';
import { parseDuration } from './duration.ts';

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

/** The plan; where signing is to be had and was not spoken of, whoever is there is asked. */
async function signedIfWanted(
  context: Context,
  hosts: OpenHosts,
  name: string,
  flags: DelegateFlags,
): Promise<Plan> {
  const plan = await makeDelegatePlan(context, hosts, name, flags);
  const offer = plan.remarks.find(({ offers }) => offers === 'sign');
  if (offer === undefined || context.options.yes === true) {
    return plan;
  }
  const question = `${offer.text}. Sign it?`;
  return (await context.terminal.confirm(question, '--sign or --no-sign'))
    ? await makeDelegatePlan(context, hosts, name, { ...flags, sign: true })
    : plan;
}

/** `zonecut delegate NAME --child HOST --parent HOST`: plan, ask, apply, wait, prove. */
export async function delegate(
  context: Context,
  name: string,
  flags: DelegateFlags & WaitFlags,
): Promise<number> {
  const wait = waitOptions(flags);
  const { terminal } = context;
  const hosts = openHosts(context);
  try {
    terminal.live(`${terminal.paint.signs.busy} reading both accounts and the DNS`);
    const plan = await signedIfWanted(context, hosts, name, flags);
    if (!terminal.json) {
      terminal.print(`${planText(plan, terminal.paint)}\n`);
    }
    if (context.options.yes !== true && !(await terminal.confirm('Do this?', '--yes'))) {
      throw new ZonecutError('ZC_CANCELLED', 'nothing was done', {
        hint: 'Save the plan with `zonecut plan ... -o FILE` to have it reviewed.',
      });
    }
    return await applyPlan(context, hosts, plan, wait);
  } finally {
    await hosts.closeAll();
  }
}
