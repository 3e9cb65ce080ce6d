import { ZonecutError } from '../../error.ts';
import type { Plan } from '../../plan/plan.ts';
import type { OpenHosts } from '../accounts.ts';
import type { Context } from '../context.ts';
import { type DelegateFlags, makeDelegatePlan } from '../planning.ts';
import { planAndApply, type WaitFlags } from './change.ts';

/** `zonecut delegate NAME --child HOST --parent HOST`: plan, ask, apply, wait, prove. */
export async function delegate(
  context: Context,
  name: string,
  flags: DelegateFlags & WaitFlags,
): Promise<number> {
  return await planAndApply(context, flags, hosts => signedIfWanted(context, hosts, name, flags), confirm);
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

async function confirm({ options, terminal }: Context): Promise<void> {
  if (options.yes !== true && !(await terminal.confirm('Do this?', '--yes'))) {
    throw new ZonecutError('ZC_CANCELLED', 'nothing was done', {
      hint: 'Save the plan with `zonecut plan ... -o FILE` to have it reviewed.',
    });
  }
}
