import { isType } from '../../dns/rrset.ts';
import { keepDelegation } from '../../engine/delegations.ts';
import { ZonecutError } from '../../error.ts';
import { type Adoption, planAdopt } from '../../plan/adopt.ts';
import { addressesIn, inDomainOf } from '../../plan/glue.ts';
import { planText } from '../../report/plan-text.ts';
import { type CutSurvey, surveyCut } from '../../survey/survey.ts';
import { version } from '../../version.ts';
import { checkRights, hostServing, openHosts, parentHost } from '../accounts.ts';
import type { Context } from '../context.ts';
import { cutFrom } from '../cut-name.ts';
import { exitCodes } from '../exit-code.ts';
import { childViews, delegatedTo, newRun } from '../planning.ts';
import { applyPlan } from '../run.ts';
import { confirmPlan, type WaitFlags, waitOptions } from './change.ts';

/** Options of `adopt`. */
export interface AdoptFlags {
  readonly parent?: string;
  readonly child?: string;
  readonly zoneId?: string;
  readonly asIs?: boolean;
}

/** `zonecut adopt NAME`: takes a delegation over that somebody made by hand, and offers to mend what does not fit. */
export async function adopt(context: Context, name: string, flags: AdoptFlags & WaitFlags): Promise<number> {
  const wait = waitOptions(flags);
  const { terminal, world, net, signal } = context;
  const cut = cutFrom(name);
  const hosts = openHosts(context);
  try {
    const parent = await parentHost(context, hosts, cut, flags.parent);
    const first = await surveyCut(world, net, cut, { parent, child: null }, { signal });
    const servers = delegatedTo(first);
    const child =
      flags.child === undefined
        ? await hostServing(context, hosts, cut, servers)
        : await hosts.open(flags.child);
    if (child === null) {
      throw new ZonecutError('ZC_ZONE_NOT_FOUND', `none of your accounts holds the zone ${cut}`, {
        hint: 'Name its host with --child; `zonecut hosts` shows which accounts were found.',
      });
    }
    const survey = await surveyCut(world, net, cut, { parent, child }, { signal });
    const adoption = planAdopt(survey, {
      run: newRun(context),
      madeBy: version,
      parent,
      child,
      childZoneId: flags.zoneId ?? null,
      childViews: await childViews(context, cut, servers),
    });
    if (adoption.plan === null || flags.asIs === true) {
      await keep(context, survey, adoption, parent.id, child.id);
      return exitCodes.ok;
    }
    await checkRights(context, parent, survey.parent.snapshot.zone, child, { createZone: false, cut });
    if (!terminal.json) {
      terminal.print(adoption.differences.map(line => `${terminal.paint.signs.odd} ${line}\n`).join(''));
      terminal.print(`\n${planText(adoption.plan, terminal.paint)}\n`);
    }
    await confirmPlan(context, adoption.plan);
    return await applyPlan(context, hosts, adoption.plan, wait);
  } finally {
    await hosts.closeAll();
  }
}

async function keep(
  { stateFolder, terminal, world }: Context,
  { cut, parent }: CutSurvey,
  { zone, from, differences }: Adoption,
  parentId: string,
  childId: string,
): Promise<void> {
  const { rrsets } = parent.snapshot;
  const ds = rrsets.find(rrset => rrset.owner === cut && isType(rrset, 'DS'));
  const kept = {
    cut,
    ns: [...from.data].sort(),
    ds: ds?.data ?? [],
    glue: addressesIn(rrsets, inDomainOf(from.data, cut)),
    zone,
    parent: parentId,
    child: childId,
    since: new Date(world.clock.now()).toISOString(),
    run: null,
  };
  await keepDelegation(stateFolder, kept);
  terminal.print(
    terminal.json
      ? `${JSON.stringify({ schema: 'zonecut/adopt/v1', adopted: kept, differences }, null, 2)}\n`
      : `${cut} is adopted: ${kept.ns.join(' ')}${differences.map(line => `\n  ${terminal.paint.signs.odd} ${line}`).join('')}\n`,
  );
}
