import type { Name } from '../dns/name.ts';
import { ZonecutError } from '../error.ts';
import { planMove } from '../plan/move.ts';
import type { MoveOptions } from '../plan/move-ground.ts';
import type { Plan } from '../plan/plan.ts';
import type { Provider } from '../providers/provider.ts';
import { surveyCut } from '../survey/survey.ts';
import { version } from '../version.ts';
import { checkRights, hostServing, type OpenHosts, parentHost } from './accounts.ts';
import type { Context } from './context.ts';
import { cutFrom } from './cut-name.ts';
import { childViews, delegatedTo, newRun } from './planning.ts';

/** Options of `move`. */
export interface MoveFlags {
  readonly parent?: string;
  readonly to?: string;
  readonly from?: string;
  readonly zoneId?: string;
  readonly keepOld?: boolean;
  readonly goInsecure?: boolean;
}

/** What `undo` knows of a move besides. */
export type MoveBack = Pick<MoveOptions, 'onDifference' | 'apexNs' | 'undoes' | 'oldZone'>;

/** Surveys the three sides and plans the move of `text` to another host. Nothing is changed. */
export async function makeMovePlan(
  context: Context,
  hosts: OpenHosts,
  text: string,
  flags: MoveFlags,
  back: Partial<MoveBack> = {},
): Promise<Plan> {
  const { world, net, signal } = context;
  const cut = cutFrom(text);
  if (flags.to === undefined) {
    throw new ZonecutError('ZC_USAGE', 'which host shall hold the zone is not said', {
      hint: 'Name it with --to.',
    });
  }
  const child = await hosts.open(flags.to);
  const parent = await parentHost(context, hosts, cut, flags.parent);
  const first = await surveyCut(world, net, cut, { parent, child }, { signal });
  const names = delegatedTo(first);
  const old = await oldHost(context, hosts, cut, flags.from, names);
  const survey = await surveyCut(world, net, cut, { parent, child, old }, { signal });
  const createZone = child.capabilities.createsZones && survey.child.zones.length === 0;
  await checkRights(context, parent, survey.parent.snapshot.zone, child, { createZone, cut });
  return planMove(survey, {
    run: newRun(context),
    madeBy: version,
    parent,
    child,
    old,
    // A host that makes no zones deletes none: the zone stays, and nothing leads to it.
    oldZone: flags.keepOld === true || !old.capabilities.createsZones ? 'keep' : 'delete',
    childZoneId: flags.zoneId ?? null,
    childViews: await childViews(context, cut, names),
    ...back,
  });
}

/** The host that holds the zone today: the one named, else the one of your accounts that the world asks. */
async function oldHost(
  context: Context,
  hosts: OpenHosts,
  cut: Name,
  named: string | undefined,
  servers: readonly Name[],
): Promise<Provider> {
  const found =
    named === undefined ? await hostServing(context, hosts, cut, servers) : await hosts.open(named);
  if (found === null) {
    throw new ZonecutError(
      'ZC_ZONE_NOT_FOUND',
      `none of your accounts holds the zone ${cut} that ${servers.join(' ')} serve`,
      { hint: 'Name its host with --from; `zonecut hosts` shows which accounts were found.' },
    );
  }
  return found;
}
