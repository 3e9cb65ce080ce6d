import type { Clock, HttpRequest, HttpResponse, Random } from '../world/world.ts';
import type { Faults } from './faults.ts';
import type { NameServers } from './name-servers.ts';

/** What every emulator of a vendor's API is made of. */
export interface EmulatorDeps {
  readonly clock: Clock;
  readonly random: Random;
  /** Where its zones are served. */
  readonly nameServers: NameServers;
  /** Shared by all emulators of a sandbox. */
  readonly faults: Faults;
}

/** A token bucket's size and refill. */
export interface Rate {
  /** Requests that may come at once, at least 1. */
  readonly burst: number;
  /** Requests per second after that. */
  readonly perSecond: number;
}

/** A rate limit that counts requests. */
export interface TokenBucket {
  /** Takes one token; false when there is none. */
  take(): boolean;
}

/** A full bucket. A null rate never runs dry. */
export function makeTokenBucket(clock: Clock, rate: Rate | null): TokenBucket {
  if (rate === null) {
    return { take: () => true };
  }
  let tokens = rate.burst;
  let filledAt = clock.elapsed();
  return {
    take() {
      const now = clock.elapsed();
      tokens = Math.min(rate.burst, tokens + ((now - filledAt) / 1000) * rate.perSecond);
      filledAt = now;
      if (tokens < 1) {
        return false;
      }
      tokens -= 1;
      return true;
    },
  };
}

/** An HTTP answer with a text body in UTF-8. Header names in lower case. */
export function textResponse(
  status: number,
  contentType: string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): HttpResponse {
  return {
    status,
    headers: { ...headers, 'content-type': contentType },
    body: new TextEncoder().encode(body),
  };
}

/** The octets of a request's body; none for null. */
export function bodyOctets(request: HttpRequest): Uint8Array {
  if (request.body === null) {
    return new Uint8Array();
  }
  return typeof request.body === 'string' ? new TextEncoder().encode(request.body) : request.body;
}

/** A request's body read as UTF-8. */
export function bodyText(request: HttpRequest): string {
  return new TextDecoder().decode(bodyOctets(request));
}

/** A header's value, whatever the case of its name; null when it is absent. */
export function headerOf(request: HttpRequest, name: string): string | null {
  for (const [key, value] of Object.entries(request.headers)) {
    if (key.toLowerCase() === name) {
      return value;
    }
  }
  return null;
}

/** `count` characters drawn from `alphabet`. */
export function randomText(random: Random, alphabet: string, count: number): string {
  let text = '';
  for (let i = 0; i < count; i += 1) {
    text += alphabet.charAt(random.below(alphabet.length));
  }
  return text;
}

/** `items` in random order. */
export function shuffled<T>(random: Random, items: readonly T[]): T[] {
  const rest = [...items];
  const drawn: T[] = [];
  while (rest.length > 0) {
    drawn.push(...rest.splice(random.below(rest.length), 1));
  }
  return drawn;
}
