import type { Clock } from '../../src/world/world.ts';

/** A clock that runs `haste` times as fast as `clock`: what sleeps on it wakes early. */
export function hurriedClock(clock: Clock, haste: number): Clock {
  const startMs = clock.now();
  const startElapsed = clock.elapsed();
  return {
    now: () => startMs + (clock.now() - startMs) * haste,
    elapsed: () => startElapsed + (clock.elapsed() - startElapsed) * haste,
    sleep: (ms, signal) => clock.sleep(ms / haste, signal),
  };
}
