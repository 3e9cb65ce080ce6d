import { makeRRset, type RRset } from '../dns/rrset.ts';
import { ZonecutError } from '../error.ts';
import { glueChanges, inDomainOf } from '../plan/glue.ts';
import { type ActionOf, isLate, type Step } from '../plan/plan.ts';
import type { Provider, RRsetChange, ZoneSnapshot } from '../providers/provider.ts';
import { callOptions, digestLeft, nsOfSet, nsOfSource, nsRRset, type Run } from './context.ts';
import { childRecords } from './glue.ts';
import type { StepResult } from './journal.ts';
import { changeKeeping } from './kept-rows.ts';
import { copyNewlyHidden, refuseNewlyHidden } from './newly-hidden.ts';
import { dsOfSource, refuseOtherKeys } from './perform-dnssec.ts';

/** Writes or removes the NS records of the cut at the parent, and their glue with them. */
export async function performChangeDelegation(
  run: Run,
  step: Step,
  action: ActionOf<'change-delegation'>,
): Promise<StepResult> {
  const { parent } = run.options.providers;
  const to = action.to === null ? null : nsRRset(action.cut, action.to.ttl, nsOfSource(run, action.to.ns));
  const from = nsOfSet(run, action.cut, action.from);
  const beside = [...action.beside, ...(to === null ? [] : await lateGlue(run, action, to))];
  const ds = await provenDs(run, action);
  if (to !== null && isFirstSeen(action)) {
    await confirmRows(run, action, [to, ...ds, ...beside.flatMap(change => change.to ?? [])]);
  }
  if (to === null) {
    await refuseEdited(run, action);
  }
  const look = to === null ? undefined : (now: ZoneSnapshot): void => refuseNewlyHidden(run, action, now);
  const ns: RRsetChange = { owner: action.cut, type: 'NS', from, to };
  let lost = '';
  for (const batch of batchesOf(parent, [ns, ...ds.map(dsChange)], beside)) {
    lost += await changeKeeping(run, step, parent, action.zone, batch, look);
  }
  const glue = beside.length === 0 ? '' : ` with ${beside.length} RRsets below the cut`;
  if (to === null) {
    return {
      note: `the NS records of ${action.cut} are gone from ${action.zone.apex}${glue}, all else is as before${lost}`,
    };
  }
  const copied = await copyNewlyHidden(run, action);
  const names = copied.map(rrset => `${rrset.owner} ${rrset.type}`).join(', ');
  const more = copied.length === 0 ? '' : `; somebody added ${names} meanwhile, which is in the child now`;
  return {
    ns: to.data,
    ...(ds.length === 0 ? {} : { ds: ds.flatMap(({ data }) => data) }),
    note: `${to.data.length} NS${ds.length === 0 ? '' : ' and DS'} records written and read back${glue}, all else is as before${more}${lost}`,
  };
}

/** The DS RRset of a cut that has one from its first instant, when the servers serve its keys at this moment; none otherwise. */
async function provenDs(run: Run, { cut, ds }: ActionOf<'change-delegation'>): Promise<readonly RRset[]> {
  if (ds === undefined) {
    return [];
  }
  if (ds.ds.kind === 'of-keys') {
    await refuseOtherKeys(run, cut, ds.ds.step);
  }
  return [makeRRset(cut, 'DS', ds.ttl, dsOfSource(run, ds.ds))];
}

function dsChange(to: RRset): RRsetChange {
  return { owner: to.owner, type: to.type, from: null, to };
}

/** Whether servers are written whose names nobody could see in the plan, nor at an earlier step. */
function isFirstSeen({ from, to }: ActionOf<'change-delegation'>): boolean {
  return to !== null && isLate(to.ns) && (from === null || !('ns' in from));
}

/** What is written is shown once more where nobody knew it when the plan was made. Throws ZC_CANCELLED. */
async function confirmRows(
  run: Run,
  { cut }: ActionOf<'change-delegation'>,
  rows: readonly RRset[],
): Promise<void> {
  if (!(await run.options.confirmRows(rows))) {
    throw new ZonecutError(
      'ZC_CANCELLED',
      `the parent was not touched; the zone ${cut} is there and nothing leads to it`,
      {
        hint: `\`zonecut resume ${run.state.plan.run}\` goes on; \`zonecut undo ${run.state.plan.run}\` removes it.`,
      },
    );
  }
}

/** The glue of name servers that were not known when the plan was made. */
async function lateGlue(
  run: Run,
  { cut, zone, to }: ActionOf<'change-delegation'>,
  ns: RRset<'NS'>,
): Promise<readonly RRsetChange[]> {
  if (to === null || !isLate(to.ns) || inDomainOf(ns.data, cut).length === 0) {
    return [];
  }
  const { parent } = run.options.providers;
  const own = await childRecords(run, cut);
  const { rrsets } = await parent.readZone(zone, callOptions(run));
  return glueChanges(cut, ns.data, own, rrsets, parent.capabilities);
}

/** Together where the host can; else new glue first and old glue last, so that whoever follows the NS finds the servers. */
function batchesOf(
  { capabilities }: Provider,
  cut: readonly RRsetChange[],
  beside: readonly RRsetChange[],
): readonly (readonly RRsetChange[])[] {
  if (capabilities.atomicBatches || beside.length === 0) {
    return [[...cut, ...beside]];
  }
  const written = beside.filter(change => change.to !== null);
  const removed = beside.filter(change => change.to === null);
  return [written, cut, removed].filter(batch => batch.length > 0);
}

/** Who takes a delegation away has carried the child's records back: an edit since then would be lost. Throws ZC_PLAN_STALE. */
async function refuseEdited(run: Run, { zone, cut }: ActionOf<'change-delegation'>): Promise<void> {
  const { childZone, childDigest } = run.state.plan.observed;
  const { child, parent } = run.options.providers;
  if (childZone === null || childDigest === null || child === null) {
    return;
  }
  const { digest } = await child.readZone(childZone, callOptions(run));
  if (digest === (digestLeft(run) ?? childDigest)) {
    return;
  }
  const { rrsets } = await parent.readZone(zone, callOptions(run));
  // Gone by an earlier try of this very step: what is left to do is in the steps after it.
  if (rrsets.some(rrset => rrset.owner === cut && rrset.type === 'NS')) {
    throw new ZonecutError(
      'ZC_PLAN_STALE',
      `the zone ${childZone.apex} at ${child.label} changed since the plan was made, and its delegation was left`,
      {
        hint: `Plan again: \`zonecut undelegate ${childZone.apex}\`. What is in the parent already stays hidden.`,
      },
    );
  }
}
