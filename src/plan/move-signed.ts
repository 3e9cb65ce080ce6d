import { isSigned } from './child-zone.ts';
import { dsRemovalSteps } from './ds-removal.ts';
import type { MoveGround } from './move-ground.ts';
import type { NsSource, Remark, Step, ZoneSource } from './plan.ts';
import { dsAtParent, publishing } from './sign.ts';
import { unsignStep } from './unsign.ts';

/**
 * What a move has more of when the cut has DS at the parent: it goes insecure for the time of the move, since two hosts that do
 * not share keys cannot both be believed (RFC 6781 section 4.3.5.2), and is secure again at a host that signs.
 */
export interface SignedMove {
  /** After the new zone has its records and before it is proven: the new host signs it with keys of its own. */
  readonly sign: readonly Step[];
  /** When the new zone is proven and before anybody is sent there: its keys, then the DS of the old ones go. */
  readonly leave: readonly Step[];
  /** When no cache knows the old servers: DS of the new keys. */
  readonly enter: readonly Step[];
  /** Before the old zone is deleted. */
  readonly end: readonly Step[];
}

/** The steps that take a signed cut along; none for an unsigned one. */
export function signedMove(ground: MoveGround, zone: ZoneSource, fresh: NsSource): SignedMove {
  const { survey, options, oldZone } = ground;
  const { cut } = survey;
  const end =
    options.oldZone === 'delete' && isSigned(survey, oldZone.zone)
      ? [unsignStep(survey, oldZone.zone, options.old.label, 'old')]
      : [];
  if (dsAtParent(survey) === null) {
    return { sign: [], leave: [], enter: [], end };
  }
  const removal = dsRemovalSteps(survey, options);
  const { child, parent } = options;
  if (!child.capabilities.signs) {
    return { sign: [], leave: removal, enter: [], end };
  }
  return {
    sign: [
      {
        id: 'sign-zone',
        title: `let ${child.label} sign the zone ${cut}`,
        why: 'a host that cannot is found out before anything is given up',
        action: { do: 'sign-zone', zone },
      },
    ],
    leave: [
      {
        id: 'prove-signed',
        title: `ask every name server of the new zone for its keys and check its signatures`,
        why: 'the cut shall be secure again when it is there',
        action: { do: 'prove-signed', cut, zone, ns: fresh },
      },
      ...removal,
    ],
    enter: [
      ...publishing(survey, { parent, nsTtl: null }, zone, fresh),
      {
        id: 'prove-chain',
        title: `validate ${cut} from the root down`,
        why: 'it is secure when a validator that knows nothing yet says so',
        action: { do: 'prove-chain', cut, expected: 'secure' },
      },
    ],
    end,
  };
}

/** What to say of it before the user says yes. */
export function signedMoveRemarks({ survey, options }: MoveGround): readonly Remark[] {
  if (dsAtParent(survey) === null) {
    return [];
  }
  const { child } = options;
  const after = child.capabilities.signs
    ? `and is secure again with the keys of ${child.label}`
    : `and stays so, since ${child.label} does not sign zones by API`;
  return [
    {
      severity: 'warning',
      text: `${survey.cut} is signed: it goes insecure before it moves, ${after}; nothing stops answering`,
    },
  ];
}
