import type { RRset } from '../dns/rrset.ts';
import { isType, sameData } from '../dns/rrset.ts';
import type { Capabilities, HostedZone, RRsetChange } from '../providers/provider.ts';
import { type CutSurvey, snapshotOf } from '../survey/survey.ts';
import type { View } from '../survey/view.ts';
import { type DelegateOptions, refuse } from './delegate-options.ts';
import { ownRecords } from './fit.ts';
import { rowsBelow } from './hidden.ts';
import type { MoveOptions } from './move-ground.ts';
import type { ActionOf, Party, Plan, Step } from './plan.ts';
import type { UndelegateOptions } from './undelegate.ts';

type Host = Party & { readonly capabilities: Capabilities };

/** What a run did, as its journal tells. */
export interface Done {
  readonly plan: Plan;
  /** The IDs of the steps that were begun; one of them may not be finished. */
  readonly started: ReadonlySet<string>;
  /** The zone that the run made; null when it made none. */
  readonly created: HostedZone | null;
}

/** What the way back is planned with. */
export interface Back {
  readonly run: string;
  readonly madeBy: string;
  readonly parent: Host;
  readonly child: Host;
  readonly childViews: readonly View[];
}

/** The steps of `done` that were begun and are of kind `kind`, in their order. */
export function begun<D extends Step['action']['do']>(done: Done, kind: D): readonly ActionOf<D>[] {
  return done.plan.steps.flatMap(({ id, action }) =>
    done.started.has(id) && isOf(action, kind) ? [action] : [],
  );
}

function isOf<D extends Step['action']['do']>(action: Step['action'], kind: D): action is ActionOf<D> {
  return action.do === kind;
}

/**
 * How a delegation that a run made is taken back: what it removed from the parent returns, the NS go, and the zone that it made, or
 * what it wrote into one that was there.
 *
 * Throws ZC_PLAN_REFUSED when the child answers names now that the parent would not answer then, unless they are let go.
 */
export function undelegationOf(
  done: Done,
  survey: CutSurvey,
  back: Back,
  added: 'refuse' | 'let-go',
): UndelegateOptions {
  const writes = begun(done, 'change-rrsets');
  const removed = writes
    .filter(({ purpose }) => purpose === 'remove-hidden')
    .flatMap(({ changes }) => changes.flatMap(change => change.from ?? []));
  const copied = writes.filter(({ side }) => side === 'child').flatMap(({ changes }) => changes);
  const zone = done.created ?? done.plan.observed.childZone;
  if (added === 'refuse' && done.created !== null) {
    refuseAdded(survey, zone, [
      ...removed,
      ...rowsBelow(survey),
      ...copied.flatMap(change => change.to ?? []),
      ...begun(done, 'create-zone').flatMap(action => action.seed),
    ]);
  }
  const present = snapshotOf(survey.child, zone)?.rrsets ?? [];
  return {
    run: back.run,
    madeBy: back.madeBy,
    parent: back.parent,
    child: zone === null ? null : back.child,
    zone: done.created === null ? 'keep' : 'delete',
    names: 'let-go',
    restored: removed,
    childChanges: copied.flatMap(change => inverse(change, present)),
    undoes: done.plan.run,
    childViews: back.childViews,
  };
}

/** Records that came into the child zone after the run would be lost with it. */
function refuseAdded(survey: CutSurvey, zone: HostedZone | null, known: readonly RRset[]): void {
  const snapshot = snapshotOf(survey.child, zone);
  const added = (snapshot === null ? [] : ownRecords(snapshot)).filter(
    rrset => !known.some(other => other.owner === rrset.owner && sameData(other, rrset)),
  );
  if (added.length > 0) {
    const names = added.slice(0, 10).map(rrset => `${rrset.owner} ${rrset.type}`);
    refuse(
      `the zone ${survey.cut} got records since, which would be lost: ${names.join(', ')}`,
      `\`zonecut undelegate ${survey.cut}\` carries them back into the parent; or say --no-carry-back to let them go.`,
    );
  }
}

/** The way back of a change that is still as it was made. */
export function inverse(
  { owner, type, from, to }: RRsetChange,
  present: readonly RRset[],
): readonly RRsetChange[] {
  const now = present.find(rrset => rrset.owner === owner && rrset.type === type) ?? null;
  const made = now === null || to === null ? now === to : now.ttl === to.ttl && sameData(now, to);
  return made ? [{ owner, type, from: to, to: from }] : [];
}

/** How a delegation that a run took away is made again, with the zone's records from its journal. */
export function delegationOf(done: Done, survey: CutSurvey, back: Back): DelegateOptions {
  const removals = begun(done, 'change-delegation');
  const carried = [
    ...begun(done, 'change-rrsets')
      .filter(({ side }) => side === 'parent')
      .flatMap(({ changes }) => changes),
    ...removals.flatMap(({ beside }) => beside),
  ];
  const from = removals[0]?.from ?? null;
  const zoneThere = survey.child.zones.some(zone => zone.id === done.plan.observed.childZone?.id);
  const rows = survey.parent.snapshot.rrsets;
  return {
    run: back.run,
    madeBy: back.madeBy,
    parent: back.parent,
    child: back.child,
    nsTtl: from?.ttl ?? null,
    hidden: 'copy',
    hiddenRows: carried.flatMap(change => inverse(change, rows)),
    records: begun(done, 'delete-zone').flatMap(action => action.records),
    childZoneId: zoneThere ? (done.plan.observed.childZone?.id ?? null) : null,
    undoes: done.plan.run,
  };
}

/** How a zone that a run moved goes back to where it was: what of a `MoveOptions` the run decides. */
export function moveBackOf(
  done: Done,
): Pick<MoveOptions, 'onDifference' | 'undoes' | 'oldZone'> & Partial<Pick<MoveOptions, 'apexNs'>> {
  const own = done.plan.steps
    .flatMap(({ action }) => (action.do === 'change-apex-ns' && action.side === 'old' ? [action.from] : []))
    .find(from => from !== null);
  const kept = begun(done, 'delete-zone').length === 0;
  return {
    // Until the parent named the new servers alone the old zone was the one that people worked in.
    onDifference: done.started.has('delegate-new') ? 'follow' : 'keep',
    oldZone: done.created === null ? 'keep' : 'delete',
    undoes: done.plan.run,
    ...(kept && own !== undefined && own !== null && isType(own, 'NS') ? { apexNs: own } : {}),
  };
}
