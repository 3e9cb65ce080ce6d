import { isAtOrBelow } from '../dns/name.ts';
import { type RRset, sameData } from '../dns/rrset.ts';
import { ZonecutError } from '../error.ts';
import { isGlueOf } from '../plan/glue.ts';
import type { ActionOf } from '../plan/plan.ts';
import type { HostedZone, ZoneSnapshot } from '../providers/provider.ts';
import { callOptions, nsOfSource, providerOf, type Run } from './context.ts';

/**
 * Refuses to write a cut that would hide what the plan does not know of in `snapshot`, the zone of the parent as it was last read:
 * somebody added it, or changed it, since.
 *
 * A cut that is written already is no new one. Throws ZC_PLAN_STALE; nothing was touched at the parent then.
 */
export function refuseNewlyHidden(
  run: Run,
  action: ActionOf<'change-delegation'>,
  snapshot: ZoneSnapshot,
): void {
  const [first] = isCut(snapshot, action) ? [] : newlyHidden(run, snapshot, action);
  if (first !== undefined) {
    throw new ZonecutError(
      'ZC_PLAN_STALE',
      `${first.owner} ${first.type} was added to ${action.zone.apex} or changed since the plan was made, and the cut would hide it`,
      { hint: 'The parent was not touched. Make a new plan: it goes on with the child zone that is there.' },
    );
  }
}

/**
 * Copies into the child zone what somebody added at or below the cut between the last look and the write: hosts have no
 * way to write a cut on condition that nothing else is new. Gives what was copied.
 */
export async function copyNewlyHidden(
  run: Run,
  action: ActionOf<'change-delegation'>,
): Promise<readonly RRset[]> {
  const zone = childZoneOf(run);
  if (run.state.plan.intent.kind !== 'delegate' || zone === null) {
    return [];
  }
  const snapshot = await run.options.providers.parent.readZone(action.zone, callOptions(run));
  const found = newlyHidden(run, snapshot, action);
  if (found.length > 0) {
    const child = providerOf(run, 'child');
    const { rrsets } = await child.readZone(zone, callOptions(run));
    const changes = found.map(to => ({
      owner: to.owner,
      type: to.type,
      from: rrsets.find(rrset => rrset.owner === to.owner && rrset.type === to.type) ?? null,
      to,
    }));
    await child.changeZone(zone, changes, callOptions(run));
  }
  return found;
}

function isCut(snapshot: ZoneSnapshot, { cut }: ActionOf<'change-delegation'>): boolean {
  return snapshot.rrsets.some(rrset => rrset.owner === cut && rrset.type === 'NS');
}

/** What `snapshot` has at and below the cut, beside the delegation itself, that the plan did not see. */
function newlyHidden(
  run: Run,
  snapshot: ZoneSnapshot,
  { cut, to }: ActionOf<'change-delegation'>,
): readonly RRset[] {
  const known = run.state.plan.observed.occluded;
  const servers = to === null ? [] : nsOfSource(run, to.ns);
  return snapshot.rrsets.filter(
    rrset =>
      isAtOrBelow(rrset.owner, cut) &&
      !(rrset.owner === cut && (rrset.type === 'NS' || rrset.type === 'DS')) &&
      !isGlueOf(rrset, servers) &&
      !known.some(seen => seen.owner === rrset.owner && seen.type === rrset.type && sameData(seen, rrset)),
  );
}

function childZoneOf({ state, results }: Run): HostedZone | null {
  const created = [...results.values()].find(result => result.zone !== undefined)?.zone;
  return created ?? state.plan.observed.childZone;
}
