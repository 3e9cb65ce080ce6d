import { lostInBrokenWrite } from '../apply/kept-rows.ts';
import { type RunRecord, readRun } from '../engine/journal-file.ts';
import { ZonecutError } from '../error.ts';
import { planDelegate } from '../plan/delegate.ts';
import { planMove } from '../plan/move.ts';
import type { Plan } from '../plan/plan.ts';
import { planUndelegate } from '../plan/undelegate.ts';
import { type Back, type Done, delegationOf, moveBackOf, undelegationOf } from '../plan/undo.ts';
import { planUndoMend } from '../plan/undo-mend.ts';
import { planMoveGivenUp } from '../plan/undo-move.ts';
import type { HostedZone, Provider } from '../providers/provider.ts';
import { type CutSurvey, surveyCut } from '../survey/survey.ts';
import { version } from '../version.ts';
import type { OpenHosts } from './accounts.ts';
import type { Context } from './context.ts';
import { childViews, delegatedTo, newRun } from './planning.ts';

/** Options of `undo`. */
export interface UndoFlags {
  /** False with `--no-carry-back`. */
  readonly carryBack?: boolean;
  readonly goInsecure?: boolean;
}

/** What of a command's context planning a way back needs. */
export type Planning = Pick<Context, 'world' | 'net' | 'signal' | 'suffix'>;

/**
 * Reads what run `run` did and plans the way back. Nothing is changed.
 *
 * Throws ZC_USAGE when there is no such run, or nothing of it to take back.
 */
export async function makeUndoPlan(
  context: Context,
  hosts: OpenHosts,
  run: string,
  flags: UndoFlags,
): Promise<Plan> {
  return await planUndo(context, hosts, await readRun(context.stateFolder, run), flags);
}

/** Plans the way back from what `record` tells. Nothing is changed. Throws ZC_USAGE when there is nothing of it to take back. */
export async function planUndo(
  context: Planning,
  hosts: Pick<OpenHosts, 'open'>,
  record: RunRecord,
  flags: UndoFlags,
): Promise<Plan> {
  refuseHopeless(context, record);
  const { plan } = record.state;
  const parent = await hosts.open(plan.parties.parent.id);
  const child = plan.parties.child === null ? null : await hosts.open(plan.parties.child.id);
  if (plan.intent.kind === 'mend') {
    return await undoMend(context, record, parent, child);
  }
  if (child === null) {
    throw nothingKept(record.run, 'it had no child host');
  }
  return plan.intent.kind === 'move'
    ? await undoMove(context, hosts, record, parent, child)
    : await undoDelegation(context, record, parent, child, flags);
}

function refuseHopeless({ suffix }: Planning, { run, state }: RunRecord): void {
  const { plan, undoneBy } = state;
  if (undoneBy !== null) {
    throw new ZonecutError('ZC_USAGE', `run ${run} is taken back by run ${undoneBy} already`, {
      hint: `\`zonecut resume ${undoneBy}${suffix}\` goes on with that; \`zonecut undo ${undoneBy}${suffix}\` makes it again.`,
    });
  }
  if (plan.intent.kind === 'unsign' || plan.intent.kind === 'adopt') {
    throw nothingKept(run, `it was one of \`${plan.intent.kind}\``);
  }
  const changed = plan.steps.some(
    ({ id, action }) => state.started.has(id) && !action.do.startsWith('prove-') && action.do !== 'wait-out',
  );
  if (!changed) {
    throw nothingKept(run, 'it changed nothing');
  }
}

function nothingKept(run: string, why: string): ZonecutError {
  return new ZonecutError('ZC_USAGE', `there is nothing of run ${run} to take back: ${why}`, {
    hint: '`zonecut runs` lists the runs.',
  });
}

/** Who takes a run back does not know what a write of it lost: who goes on with it does, and puts it back. */
function refuseLoss({ suffix }: Planning, { run, state }: RunRecord, { parent }: CutSurvey): void {
  const lost = lostInBrokenWrite(state, parent.snapshot);
  if (lost.length > 0) {
    const names = lost.slice(0, 10).map(({ owner, type }) => `${owner} ${type}`);
    throw new ZonecutError(
      'ZC_PLAN_REFUSED',
      `a write of run ${run} broke off, and ${parent.snapshot.zone.apex} lacks data since: ${names.join(', ')}`,
      { hint: `\`zonecut resume ${run}${suffix}\` puts that back and goes on; take the run back after it.` },
    );
  }
}

async function undoDelegation(
  context: Planning,
  record: RunRecord,
  parent: Provider,
  child: Provider,
  flags: UndoFlags,
): Promise<Plan> {
  const { world, net, signal } = context;
  const { plan } = record.state;
  const { cut } = plan.intent;
  const survey = await surveyCut(world, net, cut, { parent, child }, { signal });
  refuseLoss(context, record, survey);
  const back = await backOf(context, survey, parent, child);
  const done = doneOf(record, survey.child.zones);
  if (plan.intent.kind === 'delegate' && done.created === null && leftNothing(record, survey)) {
    throw nothingKept(record.run, `neither a zone of it nor a delegation is there`);
  }
  return plan.intent.kind === 'delegate'
    ? planUndelegate(
        onlyZone(survey, done.created ?? plan.observed.childZone),
        undelegationOf(done, survey, back, flags.carryBack === false ? 'let-go' : 'refuse'),
      )
    : planDelegate(survey, delegationOf(done, survey, back));
}

/** The rows that `check --fix` changed, as they were. */
async function undoMend(
  context: Planning,
  record: RunRecord,
  parent: Provider,
  child: Provider | null,
): Promise<Plan> {
  const { world, net, signal } = context;
  const survey = await surveyCut(world, net, record.state.plan.intent.cut, { parent, child }, { signal });
  const done = doneOf(record, survey.child.zones);
  return planUndoMend(survey, done, { run: newRun(context), madeBy: version, parent, child });
}

/** Whether a delegation that was begun has come to nothing: its zone was not made, and the parent was not touched. */
function leftNothing({ state }: RunRecord, { cut, parent }: CutSurvey): boolean {
  return (
    state.plan.observed.childZone === null &&
    !parent.snapshot.rrsets.some(({ owner, type }) => owner === cut && type === 'NS')
  );
}

/** Of several zones of the name the run's own is meant. */
function onlyZone(survey: CutSurvey, zone: HostedZone | null): CutSurvey {
  const zones = survey.child.zones.filter(({ id }) => id === zone?.id);
  const snapshots = survey.child.snapshots.filter(snapshot => snapshot.zone.id === zone?.id);
  return { ...survey, child: { zones, snapshots } };
}

/** The other way round: what was the old host gets the zone. */
async function undoMove(
  context: Planning,
  hosts: Pick<OpenHosts, 'open'>,
  record: RunRecord,
  parent: Provider,
  from: Provider,
): Promise<Plan> {
  const { world, net, signal } = context;
  const { plan, started } = record.state;
  const { cut } = plan.intent;
  const to = await hosts.open(plan.parties.old?.id ?? '');
  const survey = await surveyCut(world, net, cut, { parent, child: to, old: from }, { signal });
  refuseLoss(context, record, survey);
  const back = await backOf(context, survey, parent, to);
  const done = doneOf(record, survey.old?.zones ?? []);
  if (!started.has('delegate-both')) {
    return planMoveGivenUp(survey, done, back, from);
  }
  const thereStill = survey.child.zones.some(({ id }) => id === plan.observed.oldZone?.id);
  return planMove(survey, {
    ...back,
    old: from,
    childZoneId: thereStill ? (plan.observed.oldZone?.id ?? null) : null,
    ...moveBackOf(done),
  });
}

async function backOf(
  context: Planning,
  survey: CutSurvey,
  parent: Provider,
  child: Provider,
): Promise<Back> {
  return {
    run: newRun(context),
    madeBy: version,
    parent,
    child,
    childViews: await childViews(context, survey.cut, delegatedTo(survey)),
  };
}

/**
 * What the run did. A zone whose making was begun and not noted is there or not: when the plan was made there was none, so one
 * that is there now, and that its host does not know under another reference, is the run's.
 */
function doneOf({ state }: RunRecord, zones: readonly HostedZone[]): Done {
  const { plan, started, results } = state;
  const create = plan.steps.find(({ action }) => action.do === 'create-zone');
  const noted = create === undefined ? undefined : results.get(create.id)?.zone;
  const reference = create?.action.do === 'create-zone' ? create.action.reference : null;
  const [only, second] = zones.filter(zone => zone.reference === null || zone.reference === reference);
  const guessed =
    create !== undefined && started.has(create.id) && second === undefined ? (only ?? null) : null;
  const created = noted ?? guessed;
  return {
    plan,
    started,
    created: zones.find(({ id }) => id === created?.id) ?? null,
  };
}
