import { isZonecutError } from '../error.ts';
import type { Delegation, Glue } from './delegation.ts';
import type { Name } from './name.ts';
import { rdataFromOctets } from './rdata.ts';
import type { Rdata } from './record.ts';
import { makeRRset } from './rrset.ts';
import { type MessageView, nothing } from './view.ts';
import { viewFault } from './view-names.ts';

const types = { a: 1, ns: 2, cname: 5, soa: 6, aaaa: 28, ds: 43 } as const;
const classIn = 1;
/** NS records that a delegation as a value can have; BIND takes as many records in one set, and no real cut comes near. */
export const maxDelegationServers = 100;
/** The opcode QUERY and the response code NOERROR. */
const plain = 0;

/**
 * The name of the cut that a response refers to; `nothing` when it is no referral.
 *
 * A referral is a response to a query, NOERROR, AA and TC clear, with no answer, no SOA and one NS RRset in its authority
 * section, at the name of the question or above it (RFC 1034 section 4.3.2, RFC 9499 section 4). Whether the cut is below the
 * zone that was asked is for the caller to see, who knows the zone.
 */
export function referralCut(view: MessageView): number {
  if (!view.response || view.opcode !== plain || view.rcode !== plain) return nothing;
  if (view.authoritative || view.truncated || view.authorityStart > 0 || view.questionCount !== 1) {
    return nothing;
  }
  let cut = nothing;
  for (let index = view.authorityStart; index < view.additionalStart; index += 1) {
    const type = view.typeAt(index);
    if (type === types.soa) return nothing;
    if (type !== types.ns || view.classAt(index) !== classIn) continue;
    const owner = view.ownerAt(index);
    if (cut === nothing) cut = owner;
    else if (!view.isSameName(cut, owner)) return nothing;
  }
  return cut !== nothing && view.isAtOrBelow(view.questionName, cut) ? cut : nothing;
}

/** Whether the response refers to `cut`, octets as of `octetsOfName`; see `referralCut`. */
export function isReferralTo(view: MessageView, cut: Uint8Array): boolean {
  const at = referralCut(view);
  return at !== nothing && view.isName(at, cut);
}

/**
 * Writes the numbers of the records of one RRset of class IN into `into`, among those from `start` up to `end`.
 *
 * Gives how many there are; more than `into` has room for are counted and not written.
 */
export function findRecords(
  view: MessageView,
  range: { readonly start: number; readonly end: number },
  owner: Uint8Array,
  type: number,
  into: Int32Array,
): number {
  let found = 0;
  for (let index = range.start; index < range.end; index += 1) {
    if (view.typeAt(index) !== type || view.classAt(index) !== classIn) continue;
    if (!view.isName(view.ownerAt(index), owner)) continue;
    if (found < into.length) into[found] = index;
    found += 1;
  }
  return found;
}

/** How many addresses the additional section has for the name at `target`: its glue in a referral. Throws ZC_WIRE. */
export function glueCount(view: MessageView, target: number): number {
  let count = 0;
  for (let index = view.additionalStart; index < view.recordCount; index += 1) {
    if (view.addressAt(index) !== nothing && view.isSameName(view.ownerAt(index), target)) count += 1;
  }
  return count;
}

/**
 * The delegation of a referral as a value; null when the response is none.
 *
 * Throws ZC_WIRE on data that is wrong, and on more than `maxDelegationServers` NS records.
 */
export function delegationIn(view: MessageView): Delegation | null {
  const at = referralCut(view);
  if (at === nothing) return null;
  const ns: Rdata[] = [];
  const ds: Rdata[] = [];
  let nsTtl = Number.POSITIVE_INFINITY;
  let dsTtl = Number.POSITIVE_INFINITY;
  const targets: number[] = [];
  for (let index = view.authorityStart; index < view.additionalStart; index += 1) {
    if (view.classAt(index) !== classIn || !view.isSameName(view.ownerAt(index), at)) continue;
    if (view.typeAt(index) === types.ns) {
      if (targets.length === maxDelegationServers)
        throw viewFault(view.ownerAt(index), `a referral to more than ${maxDelegationServers} name servers`);
      const target = view.targetAt(index);
      const octets = new Uint8Array(256);
      targets.push(target);
      ns.push(rdataFromOctets('NS', octets.subarray(0, view.copyName(target, octets))));
      nsTtl = Math.min(nsTtl, view.ttlAt(index));
    } else if (view.typeAt(index) === types.ds) {
      ds.push(signerAt(view, index));
      dsTtl = Math.min(dsTtl, view.ttlAt(index));
    }
  }
  const cut = view.nameAt(at);
  return {
    cut,
    ns: makeRRset(cut, 'NS', nsTtl, ns),
    ds: ds.length === 0 ? null : makeRRset(cut, 'DS', dsTtl, ds),
    glue: glueOf(view, targets),
  };
}

/** The data of the DS record `index`. Throws ZC_WIRE, as all of a view does. */
function signerAt(view: MessageView, index: number): Rdata {
  try {
    return rdataFromOctets('DS', view.dataOf(index));
  } catch (error) {
    if (!isZonecutError(error, 'ZC_RDATA')) throw error;
    throw viewFault(view.dataAt(index), error.message);
  }
}

/** A target of a delegation, and the addresses that were found for it. */
interface Target {
  readonly name: Name;
  readonly at: number;
  readonly addresses: { readonly A: Found; readonly AAAA: Found };
}

interface Found {
  readonly data: Rdata[];
  ttl: number;
}

/** The addresses in the additional section of the names at `targets`, as RRsets, A before AAAA of each; one pass over it. */
function glueOf(view: MessageView, targets: readonly number[]): readonly Glue[] {
  const known = new Map<number, Target[]>();
  const inOrder: Target[] = [];
  for (const at of targets) {
    const hash = view.hashName(at);
    const same = known.get(hash) ?? [];
    if (same.some(other => view.isSameName(other.at, at))) continue;
    const found = (): Found => ({ data: [], ttl: Number.POSITIVE_INFINITY });
    const target = { name: view.nameAt(at), at, addresses: { A: found(), AAAA: found() } };
    known.set(hash, [...same, target]);
    inOrder.push(target);
  }
  for (let index = view.additionalStart; index < view.recordCount; index += 1) {
    if (view.addressAt(index) === nothing) continue;
    const owner = view.ownerAt(index);
    const target = known.get(view.hashName(owner))?.find(({ at }) => view.isSameName(at, owner));
    if (target === undefined) continue;
    const type = view.typeAt(index) === types.a ? 'A' : 'AAAA';
    const found = target.addresses[type];
    found.data.push(rdataFromOctets(type, view.dataOf(index)));
    found.ttl = Math.min(found.ttl, view.ttlAt(index));
  }
  return inOrder.flatMap(({ name, addresses: { A, AAAA } }) => [
    ...(A.data.length === 0 ? [] : [makeRRset(name, 'A', A.ttl, A.data)]),
    ...(AAAA.data.length === 0 ? [] : [makeRRset(name, 'AAAA', AAAA.ttl, AAAA.data)]),
  ]);
}

/**
 * The targets of one NS RRset, copied out of a message, to be compared with those of other messages.
 *
 * One of these takes one set after the other, and no string is made. Its memory grows with the largest set that it took,
 * at most by some octets for each octet of a message.
 */
export class NsSet {
  #octets = new Uint8Array(512);
  #starts = new Int32Array(16);
  /** Targets as they were given out: very many sets have theirs in the same places. */
  readonly #views: Uint8Array[] = [];
  #size = 0;
  #used = 0;
  #hash = 0;

  /** Takes the NS RRset of `owner`, octets as of `octetsOfName`, out of the records from `start` up to `end`. Throws ZC_WIRE. */
  read(view: MessageView, range: { readonly start: number; readonly end: number }, owner: Uint8Array): void {
    this.#size = 0;
    this.#used = 0;
    this.#hash = 0;
    for (let index = range.start; index < range.end; index += 1) {
      if (view.typeAt(index) !== types.ns || view.classAt(index) !== classIn) continue;
      if (view.isName(view.ownerAt(index), owner)) this.#add(view, view.targetAt(index));
    }
  }

  /** Adds a target unless it is there. */
  #add(view: MessageView, target: number): void {
    for (let at = 0; at < this.#size; at += 1) {
      if (view.isName(target, this.octetsAt(at))) return;
    }
    if (this.#used + 255 > this.#octets.length) {
      const grown = new Uint8Array(this.#octets.length * 2);
      grown.set(this.#octets);
      this.#octets = grown;
    }
    if (this.#size + 1 >= this.#starts.length) {
      const grown = new Int32Array(this.#starts.length * 2);
      grown.set(this.#starts);
      this.#starts = grown;
    }
    const count = view.copyName(target, this.#octets, this.#used);
    this.#hash = (this.#hash + view.hashName(target)) | 0;
    this.#used += count;
    this.#size += 1;
    this.#starts[this.#size] = this.#used;
  }

  /** How many different targets there are. */
  get size(): number {
    return this.#size;
  }

  /** The same for the same set in any order: 32 bits, for tables and not against attackers. */
  get hash(): number {
    return this.#hash;
  }

  /** Target `at`, from 0, in lower case and uncompressed; not copied. */
  octetsAt(at: number): Uint8Array {
    const start = this.#starts[at] ?? 0;
    const end = this.#starts[at + 1] ?? 0;
    const known = this.#views[at];
    if (known?.byteOffset === start && known.length === end - start && known.buffer === this.#octets.buffer) {
      return known;
    }
    const view = this.#octets.subarray(start, end);
    this.#views[at] = view;
    return view;
  }

  /** Whether `other` has the same targets, in whatever order. */
  isSame(other: NsSet): boolean {
    if (this.#size !== other.#size || this.#hash !== other.#hash) return false;
    for (let at = 0; at < this.#size; at += 1) {
      if (!other.#has(this.octetsAt(at))) return false;
    }
    return true;
  }

  #has(target: Uint8Array): boolean {
    for (let at = 0; at < this.#size; at += 1) {
      if (Buffer.compare(this.octetsAt(at), target) === 0) return true;
    }
    return false;
  }
}
