import { childOf, isAtOrBelow, type Name, parentOf } from '../dns/name.ts';
import type { RRset } from '../dns/rrset.ts';
import type { HostedZone } from '../providers/provider.ts';
import { type CutSurvey, snapshotOf } from '../survey/survey.ts';
import { type DelegateOptions, refuse } from './delegate-options.ts';
import { fittingTo } from './fit.ts';
import { isGlueOf } from './glue.ts';

/** The RRsets of the parent that stand at or below the cut and are neither its NS nor its DS. */
export function rowsBelow({ cut, parent }: CutSurvey): readonly RRset[] {
  return parent.snapshot.rrsets.filter(
    rrset =>
      isAtOrBelow(rrset.owner, cut) && !(rrset.owner === cut && (rrset.type === 'NS' || rrset.type === 'DS')),
  );
}

/** The RRsets of the parent that a delegation of the cut to `servers` hides: all below it but glue. RFC 9499 section 7. */
export function hiddenBy(survey: CutSurvey, servers: readonly Name[]): readonly RRset[] {
  return rowsBelow(survey).filter(rrset => !isGlueOf(rrset, servers));
}

/** What must be in the child zone before the cut is made, so that no name that answers today stops answering. */
export function seedOf(
  survey: CutSurvey,
  childZone: HostedZone | null,
  options: DelegateOptions,
): readonly RRset[] {
  const hides = options.hidden === 'copy';
  const lost = hides
    ? survey.parent.snapshot.otherRows.filter(row => isAtOrBelow(row.owner, survey.cut))
    : [];
  const rows = hides ? [...rowsBelow(survey), ...wildcardCopies(survey)] : [];
  const given = options.records ?? [];
  const others = rows.filter(
    rrset => !given.some(other => other.owner === rrset.owner && other.type === rrset.type),
  );
  const fitting = fittingTo(options.child.capabilities, survey.cut, [...others, ...given]);
  const stuck = [...lost.map(row => row.text), ...fitting.stuck];
  if (stuck.length > 0) {
    refuse(
      `the cut would hide what ${options.child.label} cannot hold: ${stuck.join('; ')}`,
      'Move it elsewhere first, or say --hide to let it go.',
    );
  }
  const present = snapshotOf(survey.child, childZone)?.rrsets ?? [];
  return fitting.rrsets.filter(
    rrset => !present.some(other => other.owner === rrset.owner && other.type === rrset.type),
  );
}

/**
 * The RRsets of the wildcard that answers for names at and below the cut today, as they must stand in the child zone to go
 * on answering: at its apex and at its own wildcard. RFC 4592 section 4.
 */
function wildcardCopies(survey: CutSurvey): readonly RRset[] {
  const { cut, parent } = survey;
  const { rrsets } = parent.snapshot;
  if (rrsets.some(rrset => isAtOrBelow(rrset.owner, cut))) {
    return [];
  }
  const apex = parent.snapshot.zone.apex;
  for (let above = parentOf(cut); above !== null && isAtOrBelow(above, apex); above = parentOf(above)) {
    const wildcard = childOf('*', above);
    const found = rrsets.filter(rrset => rrset.owner === wildcard && rrset.type !== 'NS');
    if (found.length > 0) {
      return found.flatMap(rrset => [
        { ...rrset, owner: cut },
        { ...rrset, owner: childOf('*', cut) },
      ]);
    }
    const encloser = above;
    if (rrsets.some(rrset => isAtOrBelow(rrset.owner, encloser))) {
      return [];
    }
  }
  return [];
}
