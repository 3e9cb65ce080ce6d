import type { Clock } from '../world/world.ts';

/** How many requests may be sent. */
export type Pace =
  /** A token bucket: `burst` requests at once, refilled by `perSecond`. */
  | { readonly kind: 'bucket'; readonly burst: number; readonly perSecond: number }
  /** At most `requests` in any stretch of `windowMs` milliseconds. */
  | { readonly kind: 'window'; readonly requests: number; readonly windowMs: number };

/** Keeps requests to a pace. */
export interface Pacer {
  /** Takes a turn: milliseconds after which the request may be sent, in the order in which turns were taken. */
  take(): number;
}

/** A Pacer by that clock. */
export function createPacer(clock: Clock, pace: Pace): Pacer {
  return pace.kind === 'bucket'
    ? createBucket(clock, pace.burst, pace.perSecond)
    : createWindow(clock, pace.requests, pace.windowMs);
}

function createBucket(clock: Clock, burst: number, perSecond: number): Pacer {
  let tokens = burst;
  let filledAt = clock.elapsed();
  return {
    take: () => {
      const now = clock.elapsed();
      tokens = Math.min(burst, tokens + ((now - filledAt) / 1000) * perSecond);
      filledAt = now;
      // A debt is allowed: whoever comes later waits for all before it.
      tokens -= 1;
      return tokens < 0 ? Math.ceil((-tokens / perSecond) * 1000) : 0;
    },
  };
}

function createWindow(clock: Clock, requests: number, windowMs: number): Pacer {
  /** When the last requests went out or will go out, oldest first. */
  let sent: number[] = [];
  return {
    take: () => {
      const now = clock.elapsed();
      const oldest = sent.length < requests ? null : (sent[sent.length - requests] ?? null);
      const at = oldest === null ? now : Math.max(now, oldest + windowMs + 1);
      sent = [...sent.slice(-requests + 1), at];
      return at - now;
    },
  };
}

/** A pace for people, such as `20 requests a minute`; slow buckets are told by the minute. */
export function paceText(pace: Pace): string {
  if (pace.kind === 'window') {
    const per = pace.windowMs === 60_000 ? 'a minute' : `in ${pace.windowMs / 1000} s`;
    return `${pace.requests} requests ${per}`;
  }
  return pace.perSecond < 1
    ? `${Math.floor(pace.perSecond * 60)} requests a minute`
    : `${pace.perSecond} ${pace.perSecond === 1 ? 'request' : 'requests'} a second`;
}
