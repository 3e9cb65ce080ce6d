import { ZonecutError } from '../error.ts';
import { isMetaType } from './iana.ts';
import type { Message, Rcode } from './message.ts';
import { isAtOrBelow, type Name } from './name.ts';
import { genericRdata } from './rdata.ts';
import { makeRRset, type Rdata, type ResourceRecord, type RRset, type RRType, recordsOf } from './rrset.ts';

/** What must hold before an update is done (RFC 2136 section 2.4). */
export type Prerequisite =
  /** The RRset exists with exactly this data, whatever its TTL (section 2.4.2). */
  | { readonly kind: 'rrset-is'; readonly rrset: RRset }
  /** An RRset of that owner and type exists, whatever its data (section 2.4.1). */
  | { readonly kind: 'rrset-exists'; readonly owner: Name; readonly type: RRType }
  /** No RRset of that owner and type exists (section 2.4.3). */
  | { readonly kind: 'rrset-absent'; readonly owner: Name; readonly type: RRType }
  /** The name owns at least one RRset (section 2.4.4). */
  | { readonly kind: 'name-in-use'; readonly owner: Name }
  /** The name owns no RRset (section 2.4.5). */
  | { readonly kind: 'name-free'; readonly owner: Name };

/** One change of an update, done in the order given (RFC 2136 section 2.5). */
export type UpdateChange =
  /** Adds the records to what is there; their TTL becomes that of the RRset (section 2.5.1). */
  | { readonly kind: 'add'; readonly rrset: RRset }
  /** Deletes the RRset (section 2.5.2). */
  | { readonly kind: 'delete-rrset'; readonly owner: Name; readonly type: RRType }
  /** Deletes all RRsets of the name; at the apex all but SOA and NS (sections 2.5.3 and 3.4.2.3). */
  | { readonly kind: 'delete-name'; readonly owner: Name }
  /** Deletes these records of the RRset; the TTL is not looked at (section 2.5.4). */
  | { readonly kind: 'delete-records'; readonly rrset: RRset };

/** What an UPDATE message asks for. */
export interface Update {
  /** The apex of the zone to change. */
  readonly zone: Name;
  readonly prerequisites: readonly Prerequisite[];
  readonly changes: readonly UpdateChange[];
}

/** What a server reads out of an UPDATE message: the update, or the response code to give and why. */
export type ReadUpdate =
  | { readonly kind: 'update'; readonly update: Update }
  | { readonly kind: 'refused'; readonly rcode: Rcode; readonly problem: string };

const noData: Rdata = genericRdata(new Uint8Array());

/**
 * The UPDATE message for `update` (RFC 2136 section 2), without EDNS; ID 0 unless given (transports choose their own).
 *
 * Throws ZC_ZONE when an owner lies outside the zone, ZC_RDATA for a type that is no type of data (`ANY`, `AXFR`, ...).
 */
export function makeUpdate(update: Update, options: { readonly id?: number } = {}): Message {
  const answer = update.prerequisites.flatMap(prerequisite => recordsOfPrerequisite(prerequisite));
  const authority = update.changes.flatMap(change => recordsOfChange(change));
  for (const { owner, type, class: recordClass } of [...answer, ...authority]) {
    if (!isAtOrBelow(owner, update.zone)) {
      throw new ZonecutError('ZC_ZONE', `${owner} is not in the zone ${update.zone}`, {
        hint: 'One UPDATE message changes one zone; send another one.',
      });
    }
    if (isMetaType(type) && !(type === 'ANY' && recordClass !== 'IN')) {
      throw new ZonecutError('ZC_RDATA', `${type} is no type of data that a zone could hold`);
    }
  }
  return {
    id: options.id ?? 0,
    response: false,
    opcode: 'UPDATE',
    authoritative: false,
    truncated: false,
    recursionDesired: false,
    recursionAvailable: false,
    authenticData: false,
    checkingDisabled: false,
    rcode: 'NOERROR',
    questions: [{ name: update.zone, type: 'SOA', class: 'IN' }],
    answer,
    authority,
    additional: [],
    edns: null,
  };
}

function recordsOfPrerequisite(prerequisite: Prerequisite): readonly ResourceRecord[] {
  switch (prerequisite.kind) {
    case 'rrset-is':
      return recordsOf(prerequisite.rrset).map(record => ({ ...record, ttl: 0 }));
    case 'rrset-exists':
      return [bare(prerequisite.owner, prerequisite.type, 'ANY')];
    case 'rrset-absent':
      return [bare(prerequisite.owner, prerequisite.type, 'NONE')];
    case 'name-in-use':
      return [bare(prerequisite.owner, 'ANY', 'ANY')];
    case 'name-free':
      return [bare(prerequisite.owner, 'ANY', 'NONE')];
  }
}

function recordsOfChange(change: UpdateChange): readonly ResourceRecord[] {
  switch (change.kind) {
    case 'add':
      return recordsOf(change.rrset);
    case 'delete-rrset':
      return [bare(change.owner, change.type, 'ANY')];
    case 'delete-name':
      return [bare(change.owner, 'ANY', 'ANY')];
    case 'delete-records':
      return recordsOf(change.rrset).map(record => ({ ...record, class: 'NONE', ttl: 0 }));
  }
}

function bare(owner: Name, type: RRType, recordClass: string): ResourceRecord {
  return { owner, type, class: recordClass, ttl: 0, data: noData };
}

/**
 * Reads an UPDATE message as a server does before it looks at the zone (RFC 2136 sections 3.1.1, 3.2 and 3.4.1).
 *
 * Records of one RRset that follow one another become one change. `refused` is FORMERR for a message against the rules,
 * NOTZONE for an owner outside the zone, NOTIMP for another opcode. The TTL of a record to delete is not looked at.
 */
export function readUpdate(message: Message): ReadUpdate {
  if (message.opcode !== 'UPDATE') return refused('NOTIMP', `the opcode is ${message.opcode}, not UPDATE`);
  const [zone, ...more] = message.questions;
  if (zone === undefined || more.length > 0 || zone.type !== 'SOA') {
    return refused('FORMERR', 'the zone section is not one SOA (section 3.1.1)');
  }
  if (zone.class !== 'IN') return refused('NOTAUTH', `the zone is in class ${zone.class}, not IN`);
  const prerequisites: Prerequisite[] = [];
  const changes: UpdateChange[] = [];
  for (const group of runsOf(message.answer)) {
    const read = inZone(group, zone.name) ?? prerequisiteOf(group);
    if (read.kind === 'refused') return read;
    prerequisites.push(read);
  }
  for (const group of runsOf(message.authority)) {
    const read = inZone(group, zone.name) ?? changeOf(group);
    if (read.kind === 'refused') return read;
    changes.push(read);
  }
  return { kind: 'update', update: { zone: zone.name, prerequisites: joined(prerequisites), changes } };
}

type Refused = Extract<ReadUpdate, { readonly kind: 'refused' }>;

function refused(rcode: Rcode, problem: string): Refused {
  return { kind: 'refused', rcode, problem };
}

/** One or more records of one owner, type and class that follow one another; those of class ANY stand alone. */
interface Run {
  readonly first: ResourceRecord;
  readonly records: readonly ResourceRecord[];
}

function runsOf(records: readonly ResourceRecord[]): readonly Run[] {
  const runs: { readonly first: ResourceRecord; readonly records: ResourceRecord[] }[] = [];
  for (const record of records) {
    const last = runs.at(-1);
    if (last !== undefined && follows(record, last.first)) last.records.push(record);
    else runs.push({ first: record, records: [record] });
  }
  return runs;
}

function follows(record: ResourceRecord, first: ResourceRecord): boolean {
  return (
    record.owner === first.owner &&
    record.type === first.type &&
    record.class === first.class &&
    // Records with different TTLs are added one after the other: the last TTL stays (section 3.4.2.2).
    record.ttl === first.ttl &&
    record.data !== noData &&
    first.data !== noData
  );
}

function inZone({ first }: Run, zone: Name): Refused | null {
  return isAtOrBelow(first.owner, zone)
    ? null
    : refused('NOTZONE', `${first.owner} is not in the zone ${zone}`);
}

function prerequisiteOf(run: Run): Prerequisite | Refused {
  const { owner, type, ttl, class: recordClass, data } = run.first;
  if (ttl !== 0)
    return refused('FORMERR', `a prerequisite with the TTL ${ttl}, 0 is the rule (section 3.2.5)`);
  if (recordClass === 'IN') {
    if (isMetaType(type)) return refused('FORMERR', `a prerequisite on data of the type ${type}`);
    return { kind: 'rrset-is', rrset: rrsetOfRun(run) };
  }
  if (recordClass !== 'ANY' && recordClass !== 'NONE') {
    return refused('FORMERR', `a prerequisite of class ${recordClass} (section 3.2.5)`);
  }
  if (data !== noData) return refused('FORMERR', `a prerequisite of class ${recordClass} with data`);
  if (type === 'ANY') return { kind: recordClass === 'ANY' ? 'name-in-use' : 'name-free', owner };
  if (isMetaType(type)) return refused('FORMERR', `a prerequisite on the type ${type}`);
  return { kind: recordClass === 'ANY' ? 'rrset-exists' : 'rrset-absent', owner, type };
}

function changeOf(run: Run): UpdateChange | Refused {
  const { owner, type, ttl, class: recordClass, data } = run.first;
  const noType = isMetaType(type);
  switch (recordClass) {
    case 'IN':
      if (noType) return refused('FORMERR', `an addition of the type ${type} (section 3.4.1.2)`);
      return { kind: 'add', rrset: rrsetOfRun(run) };
    case 'ANY':
      if (ttl !== 0 || data !== noData) {
        return refused('FORMERR', 'a deletion of an RRset with a TTL or data (section 3.4.1.2)');
      }
      if (type === 'ANY') return { kind: 'delete-name', owner };
      return noType
        ? refused('FORMERR', `a deletion of the type ${type} (section 3.4.1.2)`)
        : { kind: 'delete-rrset', owner, type };
    case 'NONE':
      if (ttl !== 0 || noType) {
        return refused(
          'FORMERR',
          `a deletion of a record with the TTL ${ttl} and the type ${type} (section 3.4.1.2)`,
        );
      }
      return { kind: 'delete-records', rrset: rrsetOfRun(run) };
    default:
      return refused('FORMERR', `a change of class ${recordClass} (section 3.4.1.2)`);
  }
}

function rrsetOfRun({ first, records }: Run): RRset {
  return makeRRset(
    first.owner,
    first.type,
    first.ttl,
    records.map(record => record.data),
  );
}

/** Prerequisites on one RRset's data are one, also where others stand between its records (section 3.2.3). */
function joined(prerequisites: readonly Prerequisite[]): readonly Prerequisite[] {
  const all: Prerequisite[] = [];
  const places = new Map<string, number>();
  for (const prerequisite of prerequisites) {
    const key =
      prerequisite.kind === 'rrset-is' ? `${prerequisite.rrset.owner} ${prerequisite.rrset.type}` : null;
    const place = key === null ? undefined : places.get(key);
    const before = place === undefined ? undefined : all[place];
    if (place !== undefined && before?.kind === 'rrset-is' && prerequisite.kind === 'rrset-is') {
      const { owner, type, data } = prerequisite.rrset;
      all[place] = { kind: 'rrset-is', rrset: makeRRset(owner, type, 0, [...before.rrset.data, ...data]) };
      continue;
    }
    if (key !== null) places.set(key, all.length);
    all.push(prerequisite);
  }
  return all;
}
