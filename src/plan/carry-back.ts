import { isAtOrBelow } from '../dns/name.ts';
import { isType, type RRset, sameData, sameRRset } from '../dns/rrset.ts';
import type { Capabilities, RRsetChange, ZoneSnapshot } from '../providers/provider.ts';
import type { CutSurvey } from '../survey/survey.ts';
import { refuse } from './delegate-options.ts';
import { clampRemarks, fittingTo, ownRecords, recordCount } from './fit.ts';
import { glueOnlyFor, inDomainOf } from './glue.ts';
import type { Remark } from './plan.ts';

/** How the parent gets back what the child answers. */
export interface CarryBack {
  /** Written first, while the cut still hides it: nobody sees it before the delegation goes. */
  readonly before: readonly RRsetChange[];
  /** Written together with the removal of the NS RRset: what takes the place of glue. */
  readonly beside: readonly RRsetChange[];
  readonly remarks: readonly Remark[];
}

/** The parent's host. */
interface Host {
  readonly label: string;
  readonly capabilities: Capabilities;
}

/** Only the glue of the delegation `from` goes, and `restored` comes back. */
export function carryNothing(
  survey: CutSurvey,
  from: RRset | null,
  restored: readonly RRset[],
): Pick<CarryBack, 'before' | 'beside'> {
  const { rrsets } = survey.parent.snapshot;
  const glue = glueOf(survey, from);
  const lost = restored.filter(
    rrset => !rrsets.some(other => other.owner === rrset.owner && other.type === rrset.type),
  );
  const kept = new Set(restored.map(keyOf));
  return {
    before: lost.map(to => ({ owner: to.owner, type: to.type, from: null, to })),
    beside: glue
      .filter(rrset => !kept.has(keyOf(rrset)))
      .map(rrset => ({ owner: rrset.owner, type: rrset.type, from: rrset, to: null })),
  };
}

/**
 * What must be in the parent when the delegation `from` goes, so that every name of the child zone `child` goes on
 * answering alike: its records, deeper delegations with their DS and glue among them.
 *
 * Throws ZC_PLAN_REFUSED with a list of what the parent's host cannot hold.
 */
export function carryBack(survey: CutSurvey, from: RRset | null, child: ZoneSnapshot, host: Host): CarryBack {
  const { cut, parent } = survey;
  const { capabilities, label } = host;
  const fitting = fittingTo(capabilities, parent.snapshot.zone.apex, ownRecords(child));
  const stuck = [...fitting.stuck, ...child.otherRows.map(row => row.text)];
  if (stuck.length > 0) {
    refuse(
      `${label} cannot hold what ${cut} answers today: ${stuck.join('; ')}`,
      'Move it elsewhere first, or say --no-carry-back to let all of it go.',
    );
  }
  const rows = parent.snapshot.rrsets.filter(rrset => isAtOrBelow(rrset.owner, cut));
  const now = new Map(rows.map(rrset => [keyOf(rrset), rrset]));
  const changes = fitting.rrsets.flatMap((to): readonly RRsetChange[] => {
    const old = now.get(keyOf(to)) ?? null;
    return old !== null && sameRRset(old, to) ? [] : [{ owner: to.owner, type: to.type, from: old, to }];
  });
  refuseTooMany(survey, changes, host);
  const glue = glueOf(survey, from);
  const glueKeys = new Set(glue.map(keyOf));
  const carried = new Set(fitting.rrsets.map(keyOf));
  const stale: readonly RRsetChange[] = glue
    .filter(rrset => !carried.has(keyOf(rrset)))
    .map(rrset => ({ owner: rrset.owner, type: rrset.type, from: rrset, to: null }));
  const later = changes.filter(change => glueKeys.has(keyOf(change)));
  const sooner = changes.filter(change => !glueKeys.has(keyOf(change)));
  return {
    ...orderOf(survey, sooner, [...later, ...stale], from, host),
    remarks: [
      ...clampRemarks(fitting, label, capabilities),
      ...comingBack(rows, carried, glueKeys, changes, cut),
    ],
  };
}

/** What can be hidden is written beforehand; at a host that refuses it, all goes in one batch. */
function orderOf(
  { cut }: CutSurvey,
  sooner: readonly RRsetChange[],
  later: readonly RRsetChange[],
  from: RRset | null,
  { label, capabilities }: Host,
): Pick<CarryBack, 'before' | 'beside'> {
  if (capabilities.holdsOccluded || from === null || sooner.length === 0) {
    return { before: sooner, beside: later };
  }
  if (!capabilities.atomicBatches) {
    refuse(
      `${label} holds no records below a delegation and changes one RRset at a time, so names of ${cut} would fail in between`,
      'Move the parent zone to another host first, or say --no-carry-back to let the names go.',
    );
  }
  return { before: [], beside: [...sooner, ...later] };
}

function refuseTooMany({ parent }: CutSurvey, changes: readonly RRsetChange[], host: Host): void {
  const most = host.capabilities.maxRecords;
  const { rrsets, otherRows } = parent.snapshot;
  const gone = recordCount(changes.flatMap(change => change.from ?? []));
  const added = recordCount(changes.flatMap(change => change.to ?? []));
  const count = recordCount(rrsets) + otherRows.length + added - gone;
  if (most !== null && count > most) {
    refuse(
      `${parent.snapshot.zone.apex} would hold ${count} records; ${host.label} allows ${most}`,
      'Remove records that are not needed, or say --no-carry-back to let those of the child go.',
    );
  }
}

/** Hidden rows of the parent that the child does not have answer again once nothing hides them. */
function comingBack(
  rows: readonly RRset[],
  carried: ReadonlySet<string>,
  glue: ReadonlySet<string>,
  changes: readonly RRsetChange[],
  cut: CutSurvey['cut'],
): readonly Remark[] {
  const alone = rows.filter(
    row =>
      !carried.has(keyOf(row)) &&
      !glue.has(keyOf(row)) &&
      !(row.owner === cut && ['NS', 'DS'].includes(row.type)),
  );
  const replaced = changes.filter(
    ({ from, to }) => from !== null && to !== null && !sameData(from, to) && !glue.has(keyOf(from)),
  );
  return [
    ...alone.map(
      ({ owner, type, data }): Remark => ({
        severity: 'warning',
        text: `${owner} ${type} ${data.join(' | ')}, which the cut hides in the parent, answers again; the child has no such record`,
      }),
    ),
    ...replaced.map(
      ({ owner, type }): Remark => ({
        severity: 'warning',
        text: `${owner} ${type}, which the cut hides in the parent, is replaced by the child's`,
      }),
    ),
  ];
}

function glueOf({ cut, parent }: CutSurvey, from: RRset | null): readonly RRset[] {
  return from !== null && isType(from, 'NS')
    ? glueOnlyFor(cut, inDomainOf(from.data, cut), parent.snapshot.rrsets)
    : [];
}

function keyOf({ owner, type }: Pick<RRset, 'owner' | 'type'>): string {
  return `${owner} ${type}`;
}
