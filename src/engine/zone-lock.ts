import path from 'node:path';
import { isZonecutError, type ZonecutError } from '../error.ts';
import { minToldWaitMs } from '../providers/caller.ts';
import type { HostedZone, Provider } from '../providers/provider.ts';
import type { World } from '../world/world.ts';
import { type Lock, lockFile } from './lock.ts';
import { makeFolder } from './state.ts';

/** Milliseconds that a change waits for another process to end its change of the same zone. */
const maxZoneLockWaitMs = 120_000;
/** Milliseconds between two tries. */
const zoneLockPauseMs = 100;

/**
 * `provider`, whose changes of one zone wait for those of other processes on this machine.
 *
 * A host that writes whole zones, or has no compare-and-set, would let one of two changes at once be lost. Throws ZC_JOURNAL
 * when another process does not come to an end.
 */
export function takingTurns(world: World, provider: Provider, stateFolder: string): Provider {
  return {
    ...provider,
    changeZone: async (zone, changes, options) => {
      const lock = await takeTurn(world, provider, zone, stateFolder, options?.signal);
      try {
        await provider.changeZone(zone, changes, options);
      } finally {
        await lock.release();
      }
    },
  };
}

async function takeTurn(
  world: World,
  { id, label }: Provider,
  zone: HostedZone,
  stateFolder: string,
  signal: AbortSignal | undefined,
): Promise<Lock> {
  const folder = path.join(stateFolder, 'locks');
  await makeFolder(folder);
  const file = path.join(folder, `${id} ${encodeURIComponent(zone.id)}.zone`);
  const begun = world.clock.elapsed();
  for (let isTold = false; ; ) {
    const taken = await lockFile(file, `${zone.apex} at ${label}`).catch((error: unknown) => inUse(error));
    if (!('code' in taken)) {
      return taken;
    }
    const waited = world.clock.elapsed() - begun;
    if (waited > maxZoneLockWaitMs) {
      throw taken;
    }
    if (!isTold && waited >= minToldWaitMs) {
      isTold = true;
      world.onWait?.({ ms: maxZoneLockWaitMs - waited, why: `${taken.message}, which may take that long` });
    }
    await world.clock.sleep(zoneLockPauseMs, signal);
  }
}

function inUse(error: unknown): ZonecutError {
  if (isZonecutError(error, 'ZC_JOURNAL')) {
    return error;
  }
  throw error;
}
