import { isAtOrBelow } from '../dns/name.ts';
import { makeRRset, type RRset } from '../dns/rrset.ts';
import { ownRecords } from '../plan/fit.ts';
import type { Step } from '../plan/plan.ts';
import { keyOf, standingOf } from '../providers/change-set.ts';
import type { HostedZone, Provider, RRsetChange, ZoneSnapshot } from '../providers/provider.ts';
import { callOptions, type Run } from './context.ts';
import type { KeptRows, RunState } from './journal.ts';

/**
 * `Provider.changeZone` for a step. Gives what is to be said of it beyond that it is done; empty when nothing is. `look` gets the
 * zone as it is right before, and what it throws keeps the change from being made.
 *
 * At a host that takes whole zones a write can lose rows. The driver puts those back, but a process that dies after the
 * write has no driver any more: so what the zone held is in the journal before, and the process that goes on puts back what
 * is missing when it finds the change made. What somebody put in the place of a missing row stays. A row that somebody
 * deleted in between comes back too, since nothing tells it from a lost one: the note names it.
 */
export async function changeKeeping(
  run: Run,
  step: Step,
  provider: Provider,
  zone: HostedZone,
  changes: readonly RRsetChange[],
  look?: (now: ZoneSnapshot) => void,
): Promise<string> {
  const { writesWholeZone } = provider.capabilities;
  const now =
    writesWholeZone || look !== undefined ? await provider.readZone(zone, callOptions(run)) : undefined;
  if (now !== undefined) {
    look?.(now);
  }
  if (now === undefined || !writesWholeZone) {
    await provider.changeZone(zone, changes, callOptions(run));
    return '';
  }
  const isMade = standingOf(changes, now.rrsets).kind === 'done';
  const kept = run.state.kept.get(step.id);
  if (!isMade) {
    await keep(run, step, now);
  }
  const lost = isMade && kept !== undefined ? lossesOf(kept, now, changes) : [];
  await provider.changeZone(zone, lost.length > 0 ? lost : changes, callOptions(run));
  const gone = isMade && kept !== undefined ? kept.others.filter(row => !textsOf(now).includes(row)) : [];
  return [
    ...lost.map(
      ({ owner, type }) => `; ${owner} ${type} was missing after a write that broke off, and was put back`,
    ),
    ...gone.map(row => `; missing after a write that broke off, to be put back by hand: ${row}`),
  ].join('');
}

/**
 * Whether a step may take a zone, or its keys, away: when it holds what the plan looked at (`isAsPlanned`), which is then noted in
 * the journal; and when it was noted before, so that the taking away may have begun, as long as nothing came in since.
 */
export async function keepWhole(
  run: Run,
  step: Step,
  now: ZoneSnapshot,
  isAsPlanned: boolean,
): Promise<boolean> {
  const kept = run.state.kept.get(step.id);
  if (kept === undefined && isAsPlanned) {
    await keep(run, step, now);
  }
  return kept === undefined ? isAsPlanned : holdsNothingNew(kept, now);
}

function holdsNothingNew(kept: KeptRows, now: ZoneSnapshot): boolean {
  const isKept = ({ owner, type, data }: RRset): boolean =>
    kept.rrsets.some(
      other =>
        other.owner === owner && other.type === type && data.every(value => other.data.includes(value)),
    );
  return ownRecords(now).every(isKept) && textsOf(now).every(row => kept.others.includes(row));
}

async function keep(run: Run, step: Step, now: ZoneSnapshot): Promise<void> {
  const at = new Date(run.world.clock.now()).toISOString();
  const kept = { rrsets: now.rrsets, others: textsOf(now) };
  await run.options.journal.append({ kind: 'zone-kept', at, step: step.id, ...kept });
}

/**
 * What the zone of the parent has lost in a write of a run that broke off, as far as its journal tells: the data of before that `now`
 * lacks although the change is made. Names at and below the cut are the run's own business and left out.
 */
export function lostInBrokenWrite({ plan, kept, results }: RunState, now: ZoneSnapshot): readonly RRset[] {
  const { cut } = plan.intent;
  return plan.steps.flatMap(({ id, action }): readonly RRset[] => {
    const before = kept.get(id);
    if (before === undefined || results.has(id) || action.do !== 'change-delegation') {
      return [];
    }
    const isCut = now.rrsets.some(({ owner, type }) => owner === cut && type === 'NS');
    return isCut === (action.to !== null)
      ? lossesOf(before, now, []).flatMap(({ owner, to }) =>
          to === null || isAtOrBelow(owner, cut) ? [] : [to],
        )
      : [];
  });
}

/** What puts back the data that `now` lacks of `kept`, beside what `changes` are about and what others replaced. */
function lossesOf(
  kept: KeptRows,
  now: ZoneSnapshot,
  changes: readonly RRsetChange[],
): readonly RRsetChange[] {
  const changed = new Set(changes.map(({ owner, type }) => keyOf(owner, type)));
  return kept.rrsets.flatMap((before): readonly RRsetChange[] => {
    const { owner, type, ttl, data } = before;
    const from = now.rrsets.find(rrset => rrset.owner === owner && rrset.type === type) ?? null;
    const isReplaced = from?.data.some(value => !data.includes(value)) ?? false;
    const isWhole = from !== null && data.every(value => from.data.includes(value));
    return changed.has(keyOf(owner, type)) || isReplaced || isWhole
      ? []
      : [{ owner, type, from, to: makeRRset(owner, type, from?.ttl ?? ttl, data) }];
  });
}

function textsOf({ otherRows }: ZoneSnapshot): readonly string[] {
  return otherRows.map(({ owner, text }) => `${owner} ${text}`);
}
