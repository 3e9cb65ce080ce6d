import { sleep } from './journal.ts';
import { askFor, type Said } from './unbound.ts';

const everyMs = 100;

/** What stands for an answer that has not come yet. */
export const unanswered: Said = { kind: 'other', code: 'no answer yet' };

/** One answer of a resolver, and when it was asked. */
export interface Sighting {
  /** Milliseconds since 1970 at which the question was sent. */
  readonly askedAtMs: number;
  readonly said: Said;
}

/** Somebody who asks a resolver for the same name again and again. */
export interface Watch {
  readonly address: string;
  readonly type: 'NS' | 'SOA';
  readonly sightings: readonly Sighting[];
  /** Lets one of the moments of asking be exactly this one. */
  alignTo(moment: number): void;
  /** Ends it; resolves when the last answer is there. */
  stop(): Promise<void>;
}

/** Asks the resolver at `address` for `name` now and then every 100 ms. */
export function watch(address: string, name: string, type: 'NS' | 'SOA' = 'NS'): Watch {
  const sightings: Sighting[] = [];
  const open = new Set<Promise<void>>();
  let anchor = Date.now();
  let stopped = false;
  const askOnce = (): void => {
    const askedAtMs = Date.now();
    const index = sightings.push({ askedAtMs, said: unanswered }) - 1;
    const pending = askFor(address, name, type)
      .then(said => {
        sightings[index] = { askedAtMs, said };
      })
      .finally(() => open.delete(pending));
    open.add(pending);
  };
  const loop = (async () => {
    while (!stopped) {
      askOnce();
      const now = Date.now();
      const untilNext = everyMs - ((((now - anchor) % everyMs) + everyMs) % everyMs);
      await sleep(untilNext);
    }
  })();
  return {
    address,
    type,
    sightings,
    alignTo: moment => {
      anchor = moment;
    },
    stop: async () => {
      stopped = true;
      await loop;
      await Promise.all(open);
    },
  };
}
