import type { Step } from '../plan/plan.ts';
import { performManual, performZoneByHand } from './by-hand.ts';
import type { Performance, Run } from './context.ts';
import { performChangeDelegation } from './perform-delegation.ts';
import {
  performChangeDs,
  performProtection,
  performProveSigned,
  performSignZone,
  performUnsignZone,
} from './perform-dnssec.ts';
import { performChangeApexNs, performFollowEdits } from './perform-move.ts';
import { performChangeRRsets, performCreateZone, performDeleteZone } from './perform-zone.ts';
import { performProveChild, performProveResolvers } from './prove.ts';
import { performProveChain, performProveDs } from './prove-dnssec.ts';
import { performProveParent, performProveRecords } from './prove-parent.ts';
import { performWaitOut } from './wait.ts';

/** Performs `step`. Every action can be performed again after a crash at any point: it looks first whether it is done. */
export async function* perform(run: Run, step: Step): Performance {
  const { action } = step;
  switch (action.do) {
    case 'create-zone':
      return await performCreateZone(run, action);
    case 'zone-by-hand':
      return yield* performZoneByHand(run, step, action);
    case 'change-rrsets':
      return await performChangeRRsets(run, step, action);
    case 'change-apex-ns':
      return await performChangeApexNs(run, action);
    case 'follow-edits':
      return await performFollowEdits(run, action);
    case 'prove-child':
      return yield* performProveChild(run, step, action);
    case 'change-delegation':
      return await performChangeDelegation(run, step, action);
    case 'prove-parent':
      return yield* performProveParent(run, step, action);
    case 'prove-records':
      return yield* performProveRecords(run, step, action);
    case 'wait-out':
      return yield* performWaitOut(run, step);
    case 'prove-resolvers':
      return yield* performProveResolvers(run, step, action);
    case 'delete-zone':
      return yield* performDeleteZone(run, step, action);
    case 'sign-zone':
      return yield* performSignZone(run, step, action);
    case 'prove-signed':
      return yield* performProveSigned(run, step, action);
    case 'change-ds':
      return await performChangeDs(run, step, action);
    case 'prove-ds':
      return yield* performProveDs(run, step, action);
    case 'prove-chain':
      return yield* performProveChain(run, step, action);
    case 'unsign-zone':
      return await performUnsignZone(run, step, action);
    case 'protect':
    case 'unprotect':
      return await performProtection(run, action);
    case 'manual':
      return yield* performManual(run, step, action);
  }
}
