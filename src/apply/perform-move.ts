import { isType } from '../dns/rrset.ts';
import { ZonecutError } from '../error.ts';
import { contentDigest, fittingTo, ownRecords } from '../plan/fit.ts';
import { differencesBetween } from '../plan/move-ground.ts';
import type { ActionOf } from '../plan/plan.ts';
import { sameOrAbsent } from '../providers/change-set.ts';
import type { RRsetChange } from '../providers/provider.ts';
import { callOptions, nsOfSource, nsRRset, providerOf, type Run, zoneOfSource } from './context.ts';
import type { StepResult } from './journal.ts';

/** Makes a zone's own NS RRset name the servers that the action says. */
export async function performChangeApexNs(run: Run, action: ActionOf<'change-apex-ns'>): Promise<StepResult> {
  const provider = providerOf(run, action.side);
  const zone = zoneOfSource(run, action.zone);
  const { rrsets } = await provider.readZone(zone, callOptions(run));
  const from = rrsets.find(rrset => rrset.owner === zone.apex && isType(rrset, 'NS')) ?? null;
  const to = nsRRset(action.cut, action.ttl, nsOfSource(run, action.ns));
  if (!sameOrAbsent(from, to)) {
    if (action.from !== null && !sameOrAbsent(from, action.from)) {
      throw stopped(run, `the NS records of the zone at ${provider.label} are not as when the plan was made`);
    }
    await provider.changeZone(zone, [{ owner: to.owner, type: 'NS', from, to }], callOptions(run));
  }
  const note = `${provider.label} names ${to.data.length} servers of ${action.cut}`;
  // A zone that is deleted later must be as this step left it.
  return run.state.plan.intent.kind === 'undelegate'
    ? { digest: (await provider.readZone(zone, callOptions(run))).digest, note }
    : { note };
}

/**
 * Makes in the new zone what was edited in the old one since the plan was made, or since this was done before.
 *
 * Throws ZC_PLAN_STALE, with what changed, when the new host cannot hold it, or when the same RRset was edited in the new zone.
 */
export async function performFollowEdits(run: Run, action: ActionOf<'follow-edits'>): Promise<StepResult> {
  const [child, old] = [providerOf(run, 'child'), providerOf(run, 'old')];
  const zone = zoneOfSource(run, action.zone);
  const [was, is] = await Promise.all([
    old.readZone(action.old, callOptions(run)),
    child.readZone(zone, callOptions(run)),
  ]);
  const records = ownRecords(was);
  const fitting = fittingTo(child.capabilities, action.cut, records);
  const stuck = [...fitting.stuck, ...was.otherRows.map(row => row.text)];
  if (stuck.length > 0) {
    throw stopped(run, `${old.label} got what ${child.label} cannot hold: ${stuck.join('; ')}`);
  }
  const known = [...run.results.values()].findLast(result => result.records !== undefined)?.records;
  const edits = differencesBetween(known ?? action.records, fitting.rrsets);
  const present = new Map(is.rrsets.map(rrset => [`${rrset.owner} ${rrset.type}`, rrset]));
  const open: RRsetChange[] = [];
  for (const edit of edits) {
    const now = present.get(`${edit.owner} ${edit.type}`) ?? null;
    if (sameOrAbsent(now, edit.to)) continue;
    if (!sameOrAbsent(now, edit.from)) {
      throw stopped(run, `${edit.owner} ${edit.type} was edited at ${old.label} and at ${child.label}`);
    }
    open.push(edit);
  }
  if (open.length > 0) {
    await child.changeZone(zone, open, callOptions(run));
  }
  const names = edits.map(({ owner, type }) => `${owner} ${type}`);
  return {
    digest: contentDigest(records),
    records: fitting.rrsets,
    note:
      names.length === 0
        ? `nothing was edited at ${old.label}`
        : `${names.length} RRsets were edited at ${old.label} and are in the new zone: ${names.slice(0, 5).join(', ')}`,
  };
}

function stopped(run: Run, text: string): ZonecutError {
  return new ZonecutError('ZC_PLAN_STALE', `${text}; both hosts are asked, and each gives what it has`, {
    hint: `Make both zones equal, then \`zonecut resume ${run.state.plan.run}\`; or \`zonecut undo ${run.state.plan.run}\`.`,
  });
}
