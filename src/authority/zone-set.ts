import { ancestorsOf, type Name } from '../dns/name.ts';
import type { Zone } from '../dns/zone.ts';

/** The zones of one server, one an apex. */
export interface ZoneSet {
  readonly zones: ReadonlyMap<Name, Zone>;
}

/** A set of zones. Of two with one apex the later counts. */
export function makeZoneSet(zones: Iterable<Zone>): ZoneSet {
  const byApex = new Map<Name, Zone>();
  for (const zone of zones) {
    byApex.set(zone.apex, zone);
  }
  return { zones: byApex };
}

/** The zone of the set with the longest apex at or above `name` (RFC 1034 section 4.3.2 step 2); null when none is. */
export function zoneFor(set: ZoneSet, name: Name): Zone | null {
  return closest(set, ancestorsOf(name));
}

/**
 * The zone that answers for `name` and `type`: as `zoneFor`, except that the DS RRset of an apex is the parent zone's
 * wherever the server holds that too (RFC 4035 section 3.1.4.1).
 */
export function zoneForQuestion(set: ZoneSet, name: Name, type: string): Zone | null {
  const zone = zoneFor(set, name);
  if (type !== 'DS' || zone === null || zone.apex !== name) {
    return zone;
  }
  return closest(set, ancestorsOf(name).slice(1)) ?? zone;
}

function closest(set: ZoneSet, names: readonly Name[]): Zone | null {
  for (const name of names) {
    const zone = set.zones.get(name);
    if (zone !== undefined) {
      return zone;
    }
  }
  return null;
}
