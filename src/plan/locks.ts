import type { RRsetName } from '../providers/provider.ts';
import type { CutSurvey } from '../survey/survey.ts';
import { type DelegateOptions, refuse } from './delegate-options.ts';
import type { Step } from './plan.ts';

/** What of a delegation can be locked at the parent's host. */
const lockable = ['NS', 'DS'];

/** The step that lifts the locks on the delegation of the cut, before anything of it changes; none when there are none. */
export function unlockSteps(survey: CutSurvey, host: { readonly label: string }): readonly Step[] {
  const { cut, parent } = survey;
  const rrsets = (parent.locks ?? []).filter(({ owner, type }) => owner === cut && lockable.includes(type));
  return rrsets.length === 0
    ? []
    : [
        {
          id: 'unlock',
          title: `unlock the ${typesText(rrsets)} records of ${cut} at ${host.label}`,
          why: 'the host refuses to change what is locked',
          action: { do: 'unprotect', zone: parent.snapshot.zone, rrsets },
        },
      ];
}

/** The step that locks the delegation when it is proven; none unless asked for. Throws ZC_PLAN_REFUSED where nothing can be locked. */
export function lockSteps(
  survey: CutSurvey,
  options: Pick<DelegateOptions, 'parent' | 'protect'>,
  types: readonly string[],
): readonly Step[] {
  const { cut, parent } = survey;
  if (options.protect !== 'lock') {
    return [];
  }
  if (!options.parent.capabilities.protects) {
    refuse(`${options.parent.label} locks no records`, 'Leave --protect out.');
  }
  const rrsets = types.map(type => ({ owner: cut, type }));
  return [
    {
      id: `lock-${types.join('-').toLowerCase()}`,
      title: `lock the ${typesText(rrsets)} records of ${cut} at ${options.parent.label}`,
      why: 'nobody shall take away by mistake what names hang on; `zonecut undelegate` unlocks them',
      action: { do: 'protect', zone: parent.snapshot.zone, rrsets },
    },
  ];
}

function typesText(rrsets: readonly RRsetName[]): string {
  return rrsets.map(({ type }) => type).join(' and ');
}
