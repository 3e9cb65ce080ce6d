import type { CutFinding } from '../checks/cut/finding.ts';
import { isBelow, type Name } from '../dns/name.ts';
import type { RRset } from '../dns/rrset.ts';
import { fittingTo, rrsetsText } from './fit.ts';
import { hiddenBy } from './hidden.ts';
import type { MendGround } from './mend-ground.ts';
import type { MendTarget } from './mend-target.ts';
import type { Step } from './plan.ts';
import { hiddenRemovalSteps } from './removal.ts';

/** What becomes of the rows that the cut hides in the parent. */
export interface HiddenMending {
  /** What the zone of the cut lacks of them is copied there first. */
  readonly copies: readonly Step[];
  /** At the end they go from the parent. */
  readonly removals: readonly Step[];
  /** What the plan knows to be hidden. */
  readonly hidden: readonly RRset[];
  mends(finding: CutFinding): boolean;
}

/** Checks that find rows of the parent at or below the cut which nobody sees. */
const hiddenChecks: ReadonlySet<string> = new Set(['occluded-records', 'glue-extra']);

/** Nothing that is hidden is lost: the child has it, or gets it, before it goes. What its host cannot hold stays where it is. */
export function mendHidden(ground: MendGround, target: MendTarget): HiddenMending {
  const { survey, options, childZone, child, from } = ground;
  const { cut, parent } = survey;
  const { zone } = parent.snapshot;
  const hidden = hiddenBy(survey, [...from.data, ...target.names]);
  const isFound = options.findings.some(({ id }) => hiddenChecks.has(id));
  if (!isFound || hidden.length === 0 || child === null || childZone === null || options.child === null) {
    return { copies: [], removals: [], hidden, mends: () => false };
  }
  const lacking = hidden.filter(
    row => !child.rrsets.some(({ owner, type }) => owner === row.owner && type === row.type),
  );
  const { rrsets: fitting } = fittingTo(
    options.child.capabilities,
    cut,
    placeable(cut, lacking, child.rrsets),
  );
  const isKept = (row: RRset): boolean =>
    lacking.includes(row) && !fitting.some(({ owner, type }) => owner === row.owner && type === row.type);
  const going = hidden.filter(row => !isKept(row));
  return {
    hidden,
    copies:
      fitting.length === 0
        ? []
        : [
            {
              id: 'copy-records',
              title: `copy ${rrsetsText(fitting.length)} that the cut hides to ${options.child.label}`,
              why: 'nobody gets them from the parent; in the zone itself they answer',
              action: {
                do: 'change-rrsets',
                purpose: 'copy',
                side: 'child',
                zone: { kind: 'known', zone: childZone },
                changes: fitting.map(to => ({ owner: to.owner, type: to.type, from: null, to })),
              },
            },
          ],
    removals: hiddenRemovalSteps(
      zone,
      options.parent,
      going.map(row => ({ owner: row.owner, type: row.type, from: row, to: null })),
    ),
    mends: ({ id }) => hiddenChecks.has(id) && !hidden.some(isKept),
  };
}

/** Rows that can stand in the zone beside what is there: none beside a CNAME, and none below another cut (RFC 1034 section 3.6.2). */
function placeable(cut: Name, rows: readonly RRset[], present: readonly RRset[]): readonly RRset[] {
  const cuts = present.filter(({ owner, type }) => type === 'NS' && owner !== cut);
  return rows.filter(
    ({ owner, type }) =>
      !cuts.some(ns => owner === ns.owner || isBelow(owner, ns.owner)) &&
      !present.some(
        other => other.owner === owner && (other.type === 'CNAME' || type === 'CNAME' || type === 'DNAME'),
      ),
  );
}
