import type { Clock } from '../../src/world/world.ts';

/** A clock that stands still until it is told to go on. */
export interface ManualClock extends Clock {
  /** Lets `ms` milliseconds pass, waking sleepers in order. */
  pass(ms: number): Promise<void>;
}

/** A clock at 0. */
export function manualClock(): ManualClock {
  let nowMs = 0;
  const sleepers: { at: number; wake: () => void }[] = [];
  return {
    now: () => nowMs,
    elapsed: () => nowMs,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        sleepers.push({ at: nowMs + ms, wake: resolve });
        signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
      }),
    pass: async ms => {
      const until = nowMs + ms;
      for (;;) {
        sleepers.sort((a, b) => a.at - b.at);
        const [next] = sleepers;
        if (next === undefined || next.at > until) {
          break;
        }
        sleepers.shift();
        nowMs = next.at;
        next.wake();
        await settle();
      }
      nowMs = until;
      await settle();
    },
  };
}

function settle(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve));
}
