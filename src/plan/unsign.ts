import type { Capabilities, HostedZone } from '../providers/provider.ts';
import { type CutSurvey, snapshotOf } from '../survey/survey.ts';
import { isSigned } from './child-zone.ts';
import { refuse } from './delegate-options.ts';
import { dsRemovalSteps } from './ds-removal.ts';
import { planHead } from './head.ts';
import { unlockSteps } from './locks.ts';
import type { Party, Plan, Step } from './plan.ts';

/** What the planner must know besides the survey. */
export interface UnsignOptions {
  readonly run: string;
  readonly madeBy: string;
  readonly parent: Party & { readonly capabilities: Capabilities };
  /** Where the child zone is; null when only the DS shall go. */
  readonly child: Party | null;
}

/**
 * The plan that makes a cut insecure without breaking it: DS at the parent first, then the caches, then the keys.
 *
 * It also mends a cut whose DS stands for no key of the child. Throws ZC_PLAN_REFUSED when there is nothing to take away.
 */
export function planUnsign(survey: CutSurvey, options: UnsignOptions): Plan {
  const { cut, parent } = survey;
  const removal = dsRemovalSteps(survey, options, 'anything');
  const zone = options.child === null ? null : signedZone(survey);
  if (removal.length === 0 && zone === null) {
    refuse(
      `${cut} has no DS records at the parent${options.child === null ? '' : `, and ${options.child.label} does not sign it`}`,
      `\`zonecut verify ${cut}\` shows what the world finds.`,
    );
  }
  return {
    ...planHead(survey, options),
    intent: { kind: 'unsign', undoes: null, cut },
    parties: {
      parent: { id: options.parent.id, label: options.parent.label },
      child: options.child === null ? null : { id: options.child.id, label: options.child.label },
      old: null,
    },
    observed: {
      parentZone: parent.snapshot.zone,
      parentDigest: parent.snapshot.digest,
      parentKept:
        parent.snapshot.rrsets.length +
        parent.snapshot.otherRows.length -
        (parent.snapshot.rrsets.some(({ owner, type }) => owner === cut && type === 'DS') ? 1 : 0),
      childZone: zone,
      childDigest: snapshotOf(survey.child, zone)?.digest ?? null,
      oldZone: null,
      oldDigest: null,
      occluded: [],
    },
    remarks: options.parent.capabilities.cautions.map(text => ({ severity: 'warning', text })),
    steps: [
      ...(removal.length === 0 ? [] : unlockSteps(survey, options.parent)),
      ...removal,
      ...chainStep(survey, removal),
      ...(zone === null || options.child === null ? [] : [unsignStep(survey, zone, options.child.label)]),
    ],
  };
}

/** The child zone that its host signs; null when it signs none. */
export function signedZone(survey: CutSurvey): HostedZone | null {
  return survey.child.zones.find(zone => isSigned(survey, zone)) ?? null;
}

/** The step that takes the keys of `zone` away; its caller has seen to the DS. */
export function unsignStep(
  survey: CutSurvey,
  zone: HostedZone,
  label: string,
  side: 'child' | 'old' = 'child',
): Step {
  return {
    id: 'unsign-zone',
    title: `take keys and signatures of ${zone.apex} away at ${label}`,
    why: 'nobody insists on them any more',
    action: {
      do: 'unsign-zone',
      side,
      zone,
      digest: snapshotOf(side === 'old' ? (survey.old ?? survey.child) : survey.child, zone)?.digest ?? '',
    },
  };
}

/** Validation after the DS are gone, where the cut goes on being delegated. */
function chainStep({ cut, security }: CutSurvey, removal: readonly Step[]): readonly Step[] {
  return removal.length === 0 || security.keys.length === 0
    ? []
    : [
        {
          id: 'prove-chain',
          title: `validate ${cut} from the root down`,
          why: 'it has to be insecure, and not bogus',
          action: { do: 'prove-chain', cut, expected: 'insecure' },
        },
      ];
}
