import type { ErrorCode } from '../error.ts';
import { ZonecutError } from '../error.ts';
import type { Secret } from '../secret.ts';
import type { World } from '../world/world.ts';
import { createPacer, type Pace, paceText } from './pacer.ts';

/** Tries of one call, the first included: enough to outlast the minute for which hosts throttle, and few enough to end soon after. */
export const maxAttempts = 10;

/** Milliseconds before the second try at most; each further try may wait twice as long. */
export const firstBackoffMs = 400;

/** Milliseconds that one backoff lasts at most. */
export const maxBackoffMs = 20_000;

/** Milliseconds: a host that asks for a longer pause than this is not waited for. */
export const maxRetryAfterMs = 120_000;

/** Milliseconds: shorter waits are nothing that people would ask about. */
export const minToldWaitMs = 2000;

/** What came of one try of a call. */
export type Attempt<T> =
  | { readonly kind: 'done'; readonly value: T }
  /** The host asked for fewer requests and did nothing. `afterMs` is the pause it asked for, if it named one. */
  | { readonly kind: 'throttled'; readonly problem: string; readonly afterMs: number | null }
  /** The request never reached the host. */
  | { readonly kind: 'unsent'; readonly problem: string }
  /** No answer, or a fault of the host: it may or may not have been carried out. */
  | { readonly kind: 'lost'; readonly problem: string }
  /** An answer that cannot be read: it may or may not have been carried out. */
  | { readonly kind: 'unreadable'; readonly problem: string };

/** What came of a call after all its tries. */
export type Outcome<T> =
  | { readonly kind: 'done'; readonly value: T }
  /** Only for calls that are not repeatable: read the host's data again to learn what became of it. */
  | { readonly kind: 'lost'; readonly problem: string };

/** A call as messages name it. */
export interface Operation {
  /** The host's own name for it, such as `namecheap.domains.dns.setHosts`. */
  readonly name: string;
  /** Whether doing it twice is the same as doing it once, so that it may be sent again after its answer was lost. */
  readonly repeatable: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** How a host wants to be spoken to. */
export interface CallerOptions {
  /** As people know the host; begins every message. */
  readonly host: string;
  readonly pace: Pace;
  /** Milliseconds that are waited at least when the host throttles and names no pause; 0 unless given. */
  readonly throttlePauseMs?: number;
  /** What to do when the host is not there; the network is what to look at unless given. */
  readonly unavailableHint?: string;
  /** Tries of one call, the first included; `maxAttempts` unless given. */
  readonly attempts?: number;
  /** Values that no message may hold. */
  readonly secrets: readonly Secret[];
}

/**
 * The one way in which drivers call their hosts: paced by a token bucket, tried again a bounded number of times with
 * jittered backoff, and with secrets taken out of every message.
 */
export interface Caller {
  /**
   * Tries `attempt` until it is done: always again when nothing was carried out, and when an answer was lost only if the
   * operation is repeatable. Throws ZC_PROVIDER_THROTTLED, ZC_PROVIDER_UNAVAILABLE or ZC_PROVIDER_RESPONSE after the last try.
   */
  call<T>(operation: Operation, attempt: () => Promise<Attempt<T>>): Promise<Outcome<T>>;
  /** As `call` of a repeatable operation, whose outcome is never `lost`. */
  ask<T>(name: string, attempt: () => Promise<Attempt<T>>, signal?: AbortSignal): Promise<T>;
  /** Waits a random part of the backoff that belongs to try number `attempt`, counted from 1. */
  backOff(attempt: number, signal?: AbortSignal): Promise<void>;
  /** An error of the host: its name before the sentence, secrets taken out; the hint is that of the code unless given. */
  fault(code: ErrorCode, sentence: string, hint?: string): ZonecutError;
  /** Adds a value that no message may hold, such as the token of a session. */
  hide(secret: Secret): void;
}

/** A Caller with the World's clock and chance. */
export function createCaller(world: World, options: CallerOptions): Caller {
  const attempts = options.attempts ?? maxAttempts;
  const pacer = createPacer(world.clock, options.pace);
  const kept = `${options.host} is sent ${paceText(options.pace)} at most, to stay within what it allows`;
  const secrets = new Set<Secret>(options.secrets);
  const redact = (text: string): string => redacted(text, [...secrets]);

  const fault = (code: ErrorCode, sentence: string, hint?: string): ZonecutError =>
    new ZonecutError(code, redact(`${options.host}: ${sentence}`), hintOf(hint ?? hints.get(code)));

  const pause = (attempt: number): number => {
    const limit = Math.min(maxBackoffMs, firstBackoffMs * 2 ** (attempt - 1));
    return Math.ceil(limit / 2) + world.random.below(Math.ceil(limit / 2) + 1);
  };

  let toldUntil = 0;
  const wait = async (ms: number, why: string, signal: AbortSignal | undefined): Promise<void> => {
    const now = world.clock.elapsed();
    // Calls that wait beside each other are told of again only when it takes twice as long.
    if (ms >= Math.max(minToldWaitMs, 2 * (toldUntil - now))) {
      toldUntil = now + ms;
      world.onWait?.({ ms, why: redact(why) });
    }
    if (ms > 0) await world.clock.sleep(ms, signal);
  };

  const call = async <T>(operation: Operation, attempt: () => Promise<Attempt<T>>): Promise<Outcome<T>> => {
    for (let count = 1; ; count += 1) {
      await wait(pacer.take(), kept, operation.signal);
      const result = await attempt();
      if (result.kind === 'done') return result;
      const lost = result.kind === 'lost' || result.kind === 'unreadable';
      if (lost && !operation.repeatable) return { kind: 'lost', problem: redact(result.problem) };
      const afterMs =
        result.kind === 'throttled' ? (result.afterMs ?? options.throttlePauseMs ?? null) : null;
      if (count >= attempts || (afterMs !== null && afterMs > maxRetryAfterMs)) {
        const [code, sentence, hint] = givingUp(operation.name, result, count);
        const own = code === 'ZC_PROVIDER_UNAVAILABLE' ? options.unavailableHint : undefined;
        throw fault(code, sentence, own ?? hint);
      }
      await wait(
        Math.max(pause(count), afterMs ?? 0),
        `${options.host} ${result.kind === 'throttled' ? 'asks for fewer requests' : 'gave no good answer'} (${result.problem}); then follows try ${count + 1} of ${attempts}`,
        operation.signal,
      );
    }
  };

  return {
    call,
    ask: async (name, attempt, signal) => {
      const outcome = await call({ name, repeatable: true, signal }, attempt);
      if (outcome.kind === 'done') return outcome.value;
      throw fault('ZC_INTERNAL', `${name} was lost although it may be repeated`);
    },
    backOff: (attempt, signal) => world.clock.sleep(pause(attempt), signal),
    fault,
    hide: secret => {
      secrets.add(secret);
    },
  };
}

/** What to do about an error of which nothing more is known than its code. */
const hints: ReadonlyMap<ErrorCode, string> = new Map([
  ['ZC_RIGHTS', 'Give these credentials that right, or use others that have it.'],
  ['ZC_ZONE_NOT_FOUND', 'List the zones of the account with `zonecut hosts`.'],
  ['ZC_PROVIDER_CONFLICT', 'Somebody else changed the zone; make the plan again.'],
  ['ZC_PROVIDER_REFUSED', 'Look at what the host allows there, then make the plan again.'],
  ['ZC_PROVIDER_RESPONSE', 'Repeat the command; if it stays so, the host may have changed its API.'],
]);

function hintOf(hint: string | undefined): { readonly hint?: string } {
  return hint === undefined ? {} : { hint };
}

/** The code, sentence and hint for a call of which no further try is made. */
function givingUp(
  name: string,
  result: Exclude<Attempt<unknown>, { kind: 'done' }>,
  count: number,
): readonly [code: ErrorCode, sentence: string, hint: string] {
  const tries = `${name} was tried ${count} ${count === 1 ? 'time' : 'times'}: ${result.problem}`;
  switch (result.kind) {
    case 'throttled':
      return [
        'ZC_PROVIDER_THROTTLED',
        tries,
        'Wait a while, then repeat the command; what was done is kept.',
      ];
    case 'unreadable':
      return [
        'ZC_PROVIDER_RESPONSE',
        tries,
        'Repeat the command; if it stays so, the host may have changed its API.',
      ];
    case 'unsent':
    case 'lost':
      return [
        'ZC_PROVIDER_UNAVAILABLE',
        tries,
        'Check the network and the status page of the host, then repeat the command.',
      ];
  }
}

/** `text` with every value of `secrets`, also in the spelling of URLs, replaced by `<secret>`. */
export function redacted(text: string, secrets: readonly Secret[]): string {
  let result = text;
  for (const secret of secrets) {
    const value = secret.reveal();
    if (value === '') continue;
    for (const spelling of new Set([
      value,
      encodeURIComponent(value),
      formEncoded(value),
      jsonEncoded(value),
    ])) {
      result = result.replaceAll(spelling, String(secret));
    }
  }
  return result;
}

const formEncoded = (value: string): string => new URLSearchParams([['', value]]).toString().slice(1);
const jsonEncoded = (value: string): string => JSON.stringify(value).slice(1, -1);
