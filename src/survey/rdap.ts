import { nameFromUser } from '../dns/idn.ts';
import { messageOf, ZonecutError } from '../error.ts';
import type { DomainFacts } from './facts.ts';

type Json = Readonly<Record<string, unknown>>;

/**
 * Reads RDAP responses about domains (RFC 9083 section 5.3): one, an array of them, or the result of a search (section 8).
 *
 * Throws ZC_USAGE for anything else, with what is wrong in it.
 */
export function parseRdap(text: string): readonly DomainFacts[] {
  const json = jsonIn(text);
  const found = Array.isArray(json) ? json : (listOrNull(objectIn(json)['domainSearchResults']) ?? [json]);
  return found.map((value, at) => {
    try {
      return domainFrom(objectIn(value));
    } catch (error) {
      throw found.length === 1 ? error : wrong(`response ${at + 1}: ${messageOf(error)}`);
    }
  });
}

function domainFrom(json: Json): DomainFacts {
  const { errorCode, title, objectClassName, ldhName, unicodeName } = json;
  if (errorCode !== undefined) {
    throw wrong(`it is an RDAP error, ${String(errorCode)}${typeof title === 'string' ? ` (${title})` : ''}`);
  }
  if (objectClassName !== 'domain') {
    throw wrong(
      objectClassName === undefined
        ? 'objectClassName is missing'
        : `objectClassName is ${JSON.stringify(objectClassName)}, wanted is "domain"`,
    );
  }
  const name = ldhName ?? unicodeName;
  if (typeof name !== 'string') {
    throw wrong('ldhName is missing');
  }
  const events = eventsIn(json);
  return {
    domain: nameFromUser(name),
    expiresAt: dateOf(events, 'expiration'),
    asOf: dateOf(events, 'last update of RDAP database'),
    status: (listOrNull(json['status']) ?? []).filter(value => typeof value === 'string'),
  };
}

function eventsIn(json: Json): readonly Json[] {
  const events = json['events'] ?? [];
  if (!Array.isArray(events)) {
    throw wrong('events is no array');
  }
  return events.map(objectIn);
}

/** The date of an event as RFC 3339 in UTC; null when there is no such event. */
function dateOf(events: readonly Json[], action: string): string | null {
  const event = events.find(({ eventAction }) => eventAction === action);
  if (event === undefined) {
    return null;
  }
  const { eventDate } = event;
  const ms = typeof eventDate === 'string' ? Date.parse(eventDate) : Number.NaN;
  if (Number.isNaN(ms)) {
    throw wrong(
      `the date of the event "${action}" is ${JSON.stringify(eventDate ?? null)}, no date of RFC 3339`,
    );
  }
  return new Date(ms).toISOString();
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw wrong(`it is no JSON: ${messageOf(error)}`);
  }
}

function objectIn(value: unknown): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw wrong('it is no JSON object');
  }
  return value as Json;
}

function listOrNull(value: unknown): readonly unknown[] | null {
  return Array.isArray(value) ? value : null;
}

function wrong(what: string): ZonecutError {
  return new ZonecutError('ZC_USAGE', what, {
    hint: 'Give answers of an RDAP service about domains, such as `curl https://rdap.org/domain/example.net`.',
  });
}
