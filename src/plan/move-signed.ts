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
  /**
   * Before the new zone is made: the DS of the old keys go, where the parent's own servers answer from the new zone as soon as it
   * is there (RFC 1034 section 4.3.2). Elsewhere they go when the new zone is proven.
   */
  readonly first: readonly Step[];
  /** After the new zone has its records and before it is proven: the new host signs it with keys of its own. */
  readonly sign: readonly Step[];
  /** When the new zone is proven and before anybody is sent there: its keys, then the DS of the old ones go. */
  readonly leave: readonly Step[];
  /** When no cache knows the old servers: DS of the new keys. */
  readonly enter: readonly Step[];
  /** Before the old zone is deleted. */
  readonly end: readonly Step[];
  /** DS of the new keys when the old zone is gone, where the parent's own servers answer from it until then. */
  readonly last: readonly Step[];
}

/** The steps that take a signed cut along; none for an unsigned one. */
export function signedMove(ground: MoveGround, zone: ZoneSource, fresh: NsSource): SignedMove {
  const { survey, options, oldZone } = ground;
  const { cut } = survey;
  const end =
    options.oldZone === 'delete' && isSigned(survey, oldZone.zone)
      ? [unsignStep(survey, oldZone.zone, options.old.label, 'old')]
      : [];
  const ds = dsAtParent(survey);
  const none = { first: [], sign: [], leave: [], enter: [], end, last: [] };
  if (ds === null) {
    return none;
  }
  const removal = dsRemovalSteps(survey, options, 'anything');
  const [first, later] = willShare(ground) ? [removal, []] : [[], removal];
  const { child, parent } = options;
  if (!becomesSecure(ground)) {
    return { ...none, first, leave: later };
  }
  const sign: Step = {
    id: 'sign-zone',
    title: `let ${child.label} sign the zone ${cut}`,
    why: 'a host that cannot is found out before anything is given up',
    action: { do: 'sign-zone', zone },
  };
  const enter: readonly Step[] = [
    ...publishing(survey, { parent, nsTtl: ds.ttl }, zone, fresh),
    {
      id: 'prove-chain',
      title: `validate ${cut} from the root down`,
      why: 'it is secure when a validator that knows nothing yet says so',
      action: { do: 'prove-chain', cut, expected: 'secure' },
    },
  ];
  const isLate = isShared(ground);
  return {
    first,
    sign: child.capabilities.signs ? [sign] : [],
    leave: [
      {
        id: 'prove-signed',
        title: `ask every name server of the new zone for its keys and check its signatures`,
        why: 'the cut shall be secure again when it is there',
        action: { do: 'prove-signed', cut, zone, ns: fresh },
      },
      ...later,
    ],
    enter: isLate ? [] : enter,
    end,
    last: isLate ? enter : [],
  };
}

/** Whether a zone that is to be made will be on the servers of the parent's zone, as far as one can tell. */
function willShare({ options, newZone }: MoveGround): boolean {
  const { child, parent } = options;
  return newZone === null && child.id === parent.id && child.capabilities.sharesServers;
}

/** Whether servers of the parent's zone answer from the zone of today, and give no referral. */
function isShared({ survey }: MoveGround): boolean {
  return survey.parent.views.some(({ answer }) => answer.kind === 'answer');
}

/** Whether the new zone is signed and nothing stands in the way of its DS. */
function becomesSecure(ground: MoveGround): boolean {
  return isSignedThere(ground) && !(isShared(ground) && ground.options.oldZone === 'keep');
}

/** Whether the new host signs the zone when it is told to, or does so already by its own configuration. */
function isSignedThere({ survey, options, newZone }: MoveGround): boolean {
  return options.child.capabilities.signs || (newZone !== null && isSigned(survey, newZone));
}

/** What to say of it before the user says yes. */
export function signedMoveRemarks(ground: MoveGround): readonly Remark[] {
  const { survey, options } = ground;
  if (dsAtParent(survey) === null) {
    return [];
  }
  const { child } = options;
  const why = isSignedThere(ground)
    ? `the servers of the parent go on answering from the zone that is kept at ${options.old.label}`
    : `${child.label} does not sign it`;
  const after = becomesSecure(ground)
    ? `and is secure again with the keys of ${child.label}`
    : `and stays so, since ${why}`;
  return [
    {
      severity: 'warning',
      text: `${survey.cut} is signed: it goes insecure before it moves, ${after}; nothing stops answering`,
    },
  ];
}
