import type { RRset } from '../dns/rrset.ts';
import type { RRsetChange } from '../providers/provider.ts';
import type { CutSurvey } from '../survey/survey.ts';
import { type DelegateOptions, refuse } from './delegate-options.ts';
import { hiddenBy } from './hidden.ts';

/**
 * The RRsets of the parent at the cut itself that go in the instant in which its NS come, at a host that holds nothing beside NS
 * and makes a change whole; none elsewhere.
 */
export function displacedBy(
  { cut }: CutSurvey,
  hidden: readonly RRset[],
  { parent }: Pick<DelegateOptions, 'parent'>,
): readonly RRset[] {
  const { holdsOccluded, atomicBatches } = parent.capabilities;
  return holdsOccluded || !atomicBatches ? [] : hidden.filter(({ owner }) => owner === cut);
}

/** That an RRset goes. */
export function removalOf(from: RRset): RRsetChange {
  return { owner: from.owner, type: from.type, from, to: null };
}

/** Throws ZC_PLAN_REFUSED when what would have to go at the cut cannot, or would be lost. */
export function refuseLossAtCut(survey: CutSurvey, options: DelegateOptions): void {
  const { cut, parent } = survey;
  const { label, capabilities } = options.parent;
  const row = capabilities.holdsOccluded
    ? undefined
    : parent.snapshot.otherRows.find(({ owner }) => owner === cut);
  if (row !== undefined && capabilities.atomicBatches) {
    refuse(
      `${cut} has a row that zonecut leaves alone (${row.text}), and ${label} holds nothing beside NS`,
      'Move it elsewhere first, in the console of the host.',
    );
  }
  const displaced = displacedBy(survey, hiddenBy(survey, []), options);
  if (displaced.length > 0 && options.hidden === 'hide') {
    refuse(
      `${label} holds nothing beside NS: ${displaced.map(({ type }) => type).join(', ')} of ${cut} would be deleted and not only hidden`,
      'Leave --hide out, so that the child has them first; or remove them by hand.',
    );
  }
}
