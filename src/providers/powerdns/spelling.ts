import { parseRdata } from '../../dns/rdata.ts';
import { isZonecutError } from '../../error.ts';
import type { Outcome } from '../caller.ts';
import { type JsonObject, listAt, textAt } from '../json.ts';
import { type Method, type PowerdnsApi, PowerdnsFault } from './api.ts';

/** Records of one change whose spelling may be put right; each costs a request. */
export const maxSpellings = 50;

/** A body with RRsets as the API takes them. */
export interface RRsetsBody extends JsonObject {
  readonly rrsets: readonly JsonObject[];
}

/**
 * Sends a change with data in the spelling that PowerDNS wants: it takes one only, and tells it when it refuses another.
 *
 * Only a spelling of the very same data is taken over. A refused request changes nothing, so it can be sent again.
 */
export async function writeSpelled(
  api: PowerdnsApi,
  method: Method,
  path: string,
  body: RRsetsBody,
  signal: AbortSignal | undefined,
): Promise<Outcome<unknown>> {
  let spelled = body;
  for (let count = 1; ; count += 1) {
    try {
      return await api.write(method, path, spelled, signal);
    } catch (error) {
      const next = error instanceof PowerdnsFault ? respelled(spelled, error.message) : null;
      if (next === null || count > maxSpellings) throw error;
      spelled = next;
    }
  }
}

/** The body with the one record of which the refusal tells in the server's spelling; null when it is about something else. */
function respelled(body: RRsetsBody, refusal: string): RRsetsBody | null {
  const told = /\/(\S+) '(.*)': Not in expected format \(parsed as '(.*)'\)/.exec(refusal);
  const [, type, ours, theirs] = told ?? [];
  if (type === undefined || ours === undefined || theirs === undefined || !isSame(type, ours, theirs)) {
    return null;
  }
  return {
    ...body,
    rrsets: body.rrsets.map(set =>
      textAt(set, 'type') !== type
        ? set
        : {
            ...set,
            records: (listAt(set, 'records') ?? []).map(record =>
              textAt(record, 'content') === ours ? { ...Object(record), content: theirs } : record,
            ),
          },
    ),
  };
}

function isSame(type: string, ours: string, theirs: string): boolean {
  try {
    return ours !== theirs && parseRdata(type, ours) === parseRdata(type, theirs);
  } catch (error) {
    if (isZonecutError(error)) return false;
    throw error;
  }
}
