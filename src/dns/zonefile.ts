import { typeNumber } from './iana.ts';
import { compareNames } from './name.ts';
import type { RRset, RRType } from './record.ts';
import type { Zone } from './zone.ts';
import { RRsetGroups } from './zonefile-groups.ts';
import { type ZoneFileOptions, type ZoneFileProblem, ZoneFileReader } from './zonefile-stream.ts';

export type { ZoneFileOptions, ZoneFileProblem } from './zonefile-stream.ts';

/** Problems that are kept of one zone file; after them only the last one says how many there were. */
export const maxZoneFileProblems = 1000;

/** What a zone file holds. */
export interface ParsedZoneFile {
  /** In the order in which each first appears; class IN. */
  readonly rrsets: readonly RRset[];
  /** In the order of the text; none when all of it was understood. */
  readonly problems: readonly ZoneFileProblem[];
}

/**
 * Reads a zone file (RFC 1035 section 5, `$TTL` of RFC 2308 section 4, `$GENERATE`).
 *
 * Never throws and never stops at a fault: what cannot be understood is a problem with its place, and reading goes on with
 * the next entry. Whether the RRsets make a zone is for `makeZone` to say. Where the TTLs of an RRset differ the lowest
 * counts (RFC 2181 section 5.2) and a warning says so. `ZoneFileReader` reads what is larger than memory.
 */
export function parseZoneFile(text: string, options: ZoneFileOptions): ParsedZoneFile {
  const reader = new ZoneFileReader(options);
  const groups = new RRsetGroups();
  const problems: ZoneFileProblem[] = [];
  let dropped = 0;
  const note = (problem: ZoneFileProblem): void => {
    if (problems.length < maxZoneFileProblems) problems.push(problem);
    else dropped += 1;
  };
  reader.push(text);
  reader.end();
  for (let item = reader.next(); item !== null; item = reader.next()) {
    if (item.kind === 'record') {
      const warning = groups.add(item);
      if (warning !== null) note(warning);
    } else {
      const { kind: _, ...problem } = item;
      note(problem);
    }
  }
  const last = problems.at(-1);
  if (dropped > 0 && last !== undefined)
    problems.push({ ...last, severity: 'error', message: `and ${dropped} more problems`, hint: null });
  return { rrsets: groups.rrsets(), problems };
}

/** The records of `rrset` as lines of a zone file, names absolute, each with its line end. */
export function printRRset(rrset: RRset): string {
  return rrset.data.map(data => `${rrset.owner} ${rrset.ttl} IN ${rrset.type} ${data}\n`).join('');
}

/** The zone as canonical text: the apex first and its SOA first of all, then owners in canonical order, types by number. */
export function printZoneFile(zone: Zone): string {
  return [...zone.rrsets]
    .sort((a, b) => compareNames(a.owner, b.owner) || rank(a.type) - rank(b.type))
    .map(printRRset)
    .join('');
}

function rank(type: RRType): number {
  return type === 'SOA' ? 0 : typeNumber(type);
}
