import type { Name } from './name.ts';
import type { Rdata, RRset, RRType } from './record.ts';
import { makeRRset } from './rrset.ts';
import type { ZoneFileItem, ZoneFileProblem } from './zonefile-stream.ts';

/** Slots of the table that one owner may try; the few that find none, or a flood of chosen ones, go to a Map. */
const maxTries = 24;
const firstSlots = 1024;

/** An RRset under way. */
interface Group {
  readonly owner: Name;
  readonly type: RRType;
  /** Of its first record. */
  readonly firstTtl: number;
  ttl: number;
  data: Rdata[];
  /** Of the same owner and another type. */
  next: Group | null;
}

/** The records of a zone file as RRsets under way; those of one set nearly always stand together. */
export class RRsetGroups {
  readonly #owners = new OwnerTable();
  readonly #inOrder: Group[] = [];
  #last: Group | null = null;

  /** Adds a record to its RRset; gives a warning when its TTL is another than the first one's. */
  add(record: ZoneFileItem & { readonly kind: 'record' }): ZoneFileProblem | null {
    const { owner, type, ttl, data, file, line, column } = record;
    const last = this.#last;
    const group = last !== null && last.owner === owner && last.type === type ? last : this.#find(record);
    this.#last = group;
    const [first, second] = group.data;
    if (first === undefined) group.data = [data];
    // The first push makes room for sixteen more, and nearly every set has two records.
    else if (second === undefined) group.data = [first, data];
    else group.data.push(data);
    if (group.firstTtl === ttl) return null;
    group.ttl = Math.min(group.ttl, ttl);
    // A signature has the TTL of the set that it covers (RFC 4034 section 3), so those of one name may differ.
    if (type === 'RRSIG') return null;
    const message = `${owner} ${type} has TTL ${group.firstTtl} and here ${ttl}; the lower counts (RFC 2181 section 5.2)`;
    return { severity: 'warning', file, line, column, message, hint: null };
  }

  /** The group of owner and type of the record, made when there is none. */
  #find({ owner, type, ttl }: ZoneFileItem & { readonly kind: 'record' }): Group {
    const made: Group = { owner, type, firstTtl: ttl, ttl, data: [], next: null };
    let group = this.#owners.add(made);
    while (group !== made) {
      if (group.type === type) return group;
      if (group.next === null) group.next = made;
      group = group.next;
    }
    this.#inOrder.push(made);
    return made;
  }

  /** The RRsets, in the order in which each first appeared. Throws as `makeRRset` does. */
  rrsets(): readonly RRset[] {
    return this.#inOrder.map(({ owner, type, ttl, data }) => makeRRset(owner, type, ttl, data));
  }
}

/** The first group of each owner: a table with open addressing, which millions of owners fill several times as fast as a Map. */
class OwnerTable {
  #groups: Group[] = [];
  #hashes: Int32Array = new Int32Array(firstSlots);
  /** By slot the number of a group and 1; 0 where there is none. */
  #slots: Int32Array = new Int32Array(firstSlots);
  readonly #others = new Map<Name, Group>();

  /** The group that stands for the owner of `group`: itself when it is the first. */
  add(group: Group): Group {
    if (this.#groups.length * 2 > this.#slots.length) this.#grow();
    const hash = hashOf(group.owner);
    const slots = this.#slots;
    const mask = slots.length - 1;
    for (let tries = 0; tries < maxTries; tries += 1) {
      const slot = (hash + tries) & mask;
      const at = (slots[slot] ?? 0) - 1;
      const known = this.#groups[at];
      if (known === undefined) return this.#elsewhere(group.owner) ?? this.#put(group, hash, slot);
      if (this.#hashes[at] === hash && known.owner === group.owner) return known;
    }
    const other = this.#elsewhere(group.owner);
    if (other === null) this.#others.set(group.owner, group);
    return other ?? group;
  }

  #elsewhere(owner: Name): Group | null {
    return this.#others.size === 0 ? null : (this.#others.get(owner) ?? null);
  }

  #put(group: Group, hash: number, slot: number): Group {
    const at = this.#groups.length;
    this.#groups.push(group);
    this.#hashes[at] = hash;
    this.#slots[slot] = at + 1;
    return group;
  }

  /** Doubles the table; groups that find no slot any more go to the Map. */
  #grow(): void {
    const slots = new Int32Array(this.#slots.length * 2);
    const hashes = new Int32Array(slots.length);
    const mask = slots.length - 1;
    hashes.set(this.#hashes);
    for (const [at, group] of this.#groups.entries()) {
      const hash = hashes[at] ?? 0;
      let tries = 0;
      while (tries < maxTries && slots[(hash + tries) & mask] !== 0) tries += 1;
      if (tries < maxTries) slots[(hash + tries) & mask] = at + 1;
      else this.#others.set(group.owner, group);
    }
    this.#hashes = hashes;
    this.#slots = slots;
  }
}

/** 32 bits that differ in the lower ones too. */
function hashOf(text: string): number {
  let hash = 0;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash, 31) + text.charCodeAt(at);
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) | 0;
}
