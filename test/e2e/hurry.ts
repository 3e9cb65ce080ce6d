import type { Clock } from '../../src/world/world.ts';

/** Milliseconds: shorter sleeps are slept. */
const longSleepMs = 500;

/** A clock on which long sleeps take no time: what waits for minutes wakes at once, and the clock says it is later. */
export function hurriedClock(clock: Clock): Clock {
  let skippedMs = 0;
  return {
    now: () => clock.now() + skippedMs,
    elapsed: () => clock.elapsed() + skippedMs,
    sleep: async (ms, signal) => {
      if (ms < longSleepMs) {
        await clock.sleep(ms, signal);
        return;
      }
      await clock.sleep(1, signal);
      skippedMs += ms - 1;
    },
  };
}
