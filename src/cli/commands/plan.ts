import { readFile, writeFile } from 'node:fs/promises';
import { messageOf, ZonecutError } from '../../error.ts';
import { parsePlanFile, printPlanFile } from '../../plan/file.ts';
import type { Plan } from '../../plan/plan.ts';
import { planText } from '../../report/plan-text.ts';
import { openHosts } from '../accounts.ts';
import type { Context } from '../context.ts';
import { exitCodes } from '../exit-code.ts';
import {
  type DelegateFlags,
  makeDelegatePlan,
  makeUndelegatePlan,
  type UndelegateFlags,
} from '../planning.ts';
import { applyPlan, refuseApplied } from '../run.ts';
import { confirmPlan, type WaitFlags, waitOptions } from './change.ts';

/** Options of `plan`. */
export interface PlanFlags extends DelegateFlags, UndelegateFlags {
  readonly undelegate?: boolean;
  readonly output?: string;
}

/** `zonecut plan NAME ... [-o FILE]`: shows what would be done, changes nothing. */
export async function plan(context: Context, name: string, flags: PlanFlags): Promise<number> {
  const { terminal } = context;
  const hosts = openHosts(context);
  try {
    const made: Plan =
      flags.undelegate === true
        ? await makeUndelegatePlan(context, hosts, name, flags)
        : await makeDelegatePlan(context, hosts, name, flags);
    terminal.print(terminal.json ? printPlanFile(made) : planText(made, terminal.paint));
    if (flags.output !== undefined) {
      await savePlan(context, flags.output, made);
    }
    return exitCodes.ok;
  } finally {
    await hosts.closeAll();
  }
}

/** Keeps `made` in `file` for `zonecut apply`, and says so. Throws ZC_USAGE when it cannot be written. */
export async function savePlan({ terminal, suffix }: Context, file: string, made: Plan): Promise<void> {
  await writeFile(file, printPlanFile(made), { mode: 0o600 }).catch(cause => {
    throw new ZonecutError('ZC_USAGE', `cannot write ${file}: ${messageOf(cause)}`, {
      hint: 'Name a file in a folder that you may write to.',
      cause,
    });
  });
  terminal.note(`\nsaved. Apply it with: zonecut apply ${file}${suffix}\n`);
}

/** `zonecut apply FILE`: does what the plan says, and refuses when either side changed since it was made. */
export async function apply(context: Context, file: string, flags: WaitFlags): Promise<number> {
  const wait = waitOptions(flags);
  const { terminal } = context;
  const text = await readFile(file, 'utf8').catch(cause => {
    throw new ZonecutError('ZC_USAGE', `cannot read ${file}: ${messageOf(cause)}`, {
      hint: 'Name a file that `zonecut plan ... -o FILE` made.',
      cause,
    });
  });
  const made = parsePlanFile(text, file);
  await refuseApplied(context, made);
  const hosts = openHosts(context);
  try {
    if (!terminal.json) {
      terminal.print(`${planText(made, terminal.paint)}\n`);
    }
    await confirmPlan(context, made);
    return await applyPlan(context, hosts, made, wait);
  } finally {
    await hosts.closeAll();
  }
}
