import type { Context } from '../context.ts';
import { makeUndelegatePlan, makeUnsignPlan, type UndelegateFlags, type UnsignFlags } from '../planning.ts';
import { planAndApply, type WaitFlags } from './change.ts';

/** `zonecut undelegate NAME`: NS at the parent first, then the caches, then the zone. */
export async function undelegate(
  context: Context,
  name: string,
  flags: UndelegateFlags & WaitFlags,
): Promise<number> {
  return await planAndApply(context, flags, hosts => makeUndelegatePlan(context, hosts, name, flags));
}

/** `zonecut unsign NAME`: DS at the parent first, then the caches, then the keys. */
export async function unsign(
  context: Context,
  name: string,
  flags: UnsignFlags & WaitFlags,
): Promise<number> {
  return await planAndApply(context, flags, hosts => makeUnsignPlan(context, hosts, name, flags));
}
