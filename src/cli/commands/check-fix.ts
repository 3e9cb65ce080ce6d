import type { CutFinding, Profile } from '../../checks/cut/finding.ts';
import { judgeCut } from '../../checks/cut/judge.ts';
import type { Plan } from '../../plan/plan.ts';
import { leftText } from '../../report/mending-text.ts';
import { planText } from '../../report/plan-text.ts';
import type { CutFacts } from '../../survey/facts.ts';
import { openHosts } from '../accounts.ts';
import type { Context } from '../context.ts';
import { exitCodes } from '../exit-code.ts';
import { type MendFlags, makeMendPlan } from '../planning-mend.ts';
import { applyPlan } from '../run.ts';
import { confirmPlan, type WaitFlags, waitOptions } from './change.ts';
import { savePlan } from './plan.ts';

/** Prints what was found, with the plan that mends it where there is one; gives the exit status that the findings ask for. */
export type Tell = (
  facts: CutFacts,
  findings: readonly CutFinding[],
  planned: { readonly plan: Plan | null; readonly left: readonly CutFinding[] } | null,
) => number;

/** What `check` hands over when it shall mend. */
export interface Fixing {
  readonly profile: Profile;
  readonly flags: MendFlags & WaitFlags & { readonly plan?: string };
  readonly tell: Tell;
  /** Whether a finding is as bad as `--fail-on`. */
  isFailure(finding: CutFinding): boolean;
  /** Surveys the cut anew. */
  again(): Promise<CutFacts>;
}

/**
 * Mends what `facts` show: plans it with the accounts that have to do with the cut, shows the plan, asks, applies it and checks again.
 * Where no account has, or none can do anything, the steps are printed as ever.
 *
 * Nothing is applied where nobody can be asked and nobody said `--yes`. The exit status is that of the run until it is done, then that
 * of what is left.
 */
export async function fixCut(context: Context, facts: CutFacts, fixing: Fixing): Promise<number> {
  const { profile, flags, tell } = fixing;
  const { terminal } = context;
  const wait = waitOptions(flags);
  const hosts = openHosts(context);
  try {
    const planned = await makeMendPlan(context, hosts, facts, profile, flags).catch((error: unknown) => {
      tell(facts, judgeCut(facts, { profile }), null);
      throw error;
    });
    if (planned === null || planned.plan === null) {
      if (planned !== null && planned.why !== null) terminal.note(`${planned.why}\n`);
      return tell(planned?.facts ?? facts, planned?.findings ?? judgeCut(facts, { profile }), null);
    }
    const { plan } = planned;
    const isAnswered = hasAnswer(context);
    const isApplied = flags.plan === undefined && isAnswered;
    // Of a run that follows the document is its own.
    const code = terminal.json && isApplied ? exitCodes.ok : tell(planned.facts, planned.findings, planned);
    if (!terminal.json) {
      terminal.print(`\n${planText(plan, terminal.paint)}${leftText(planned.left, terminal.paint)}\n`);
    }
    if (flags.plan !== undefined) {
      await savePlan(context, flags.plan, plan);
      return code;
    }
    if (!isAnswered) {
      terminal.note('nothing was done: --yes does what the plan says, --plan FILE saves it\n');
      return code;
    }
    await confirmPlan(context, plan);
    const done = await applyPlan(context, hosts, plan, wait);
    return done === exitCodes.ok ? await checkAgain(context, fixing) : done;
  } finally {
    await hosts.closeAll();
  }
}

/** Whether somebody said what to do, or can be asked. */
function hasAnswer({ options, terminal }: Context): boolean {
  return options.yes === true || options.confirm !== undefined || terminal.canAsk;
}

async function checkAgain(
  { terminal }: Context,
  { profile, tell, isFailure, again }: Fixing,
): Promise<number> {
  const facts = await again();
  const findings: readonly CutFinding[] = judgeCut(facts, { profile });
  if (terminal.json) {
    return findings.some(isFailure) ? exitCodes.verify : exitCodes.ok;
  }
  terminal.print('\nchecked again\n');
  return tell(facts, findings, { plan: null, left: [] });
}
