import { relativeTo } from '../dns/name.ts';
import type { RRset } from '../dns/rrset.ts';
import type { HostedZone, RRsetChange } from '../providers/provider.ts';
import type { CutSurvey } from '../survey/survey.ts';
import { rrsetsText } from './fit.ts';
import type { NsSet, Party, Step } from './plan.ts';

/** The NS records of the cut go from the parent, with what goes `beside` them, and its servers are asked; `why` they go. */
export function delegationRemovalSteps(
  { cut, parent }: CutSurvey,
  { label }: Party,
  from: RRset | NsSet,
  beside: readonly RRsetChange[],
  why: string,
): readonly Step[] {
  const { zone } = parent.snapshot;
  const glue = beside.length === 0 ? '' : ' and their glue';
  return [
    {
      id: 'undelegate',
      title: `remove the NS records${glue} of ${relativeTo(cut, zone.apex)} from ${zone.apex} at ${label}`,
      why,
      action: { do: 'change-delegation', zone, cut, from, to: null, beside },
    },
    {
      id: 'prove-parent',
      title: `ask every name server of ${zone.apex} that the referral is gone`,
      why: 'a host takes a while to show a change at all of its servers',
      action: { do: 'prove-parent', cut, zone, ns: null },
    },
  ];
}

/** What the cut hides goes from the parent's `zone`; no step where that is nothing. */
export function hiddenRemovalSteps(
  zone: HostedZone,
  { label }: Party,
  changes: readonly RRsetChange[],
): readonly Step[] {
  return changes.length === 0
    ? []
    : [
        {
          id: 'remove-hidden',
          title: `remove ${rrsetsText(changes.length)} that the cut hides from ${zone.apex} at ${label}`,
          why: 'nobody can ask for them any more; the journal keeps them, and `zonecut undo` puts them back',
          action: {
            do: 'change-rrsets',
            purpose: 'remove-hidden',
            side: 'parent',
            zone: { kind: 'known', zone },
            changes,
          },
        },
      ];
}
