import type { Delegation } from '../dns/delegation.ts';
import type { Message, Rcode } from '../dns/message.ts';
import { isAtOrBelow, isBelow, type Name, rootName } from '../dns/name.ts';
import type { RRset } from '../dns/rrset.ts';
import type { Exchange, UnreachableReason } from '../world/world.ts';
import { defaultLimits, type Limits } from './limits.ts';
import { type Alias, type Dropped, type Evidence, type Scrubbed, scrub, type Wanted } from './scrub.ts';

/** Why a server is lame for a zone (RFC 9499 section 7, "lame delegation"). */
export type LameReason =
  /** It answers from a cache: RA set, AA clear. */
  | 'recursive'
  /** It refers to the zone itself or to one above it. */
  | 'upward-referral'
  /** It has nothing of the zone: no answer, no SOA, AA clear. */
  | 'not-authoritative'
  /** Asked for DS, it answers from the child's side of the cut (RFC 4035 section 3.1.4.1). */
  | 'child-side';

/** What every response that counts for the zone has. */
export interface Said {
  /** The AA bit. */
  readonly authoritative: boolean;
  readonly evidence: Evidence;
  /** What the server said beside it and has no say in, or that does not belong there. */
  readonly dropped: readonly Dropped[];
}

/** What one exchange with a server of a zone means. */
export type Verdict =
  | (Said & { readonly kind: 'answer'; readonly rrsets: readonly RRset[] })
  /** The name is an alias; the target is resolved for itself. */
  | (Said & { readonly kind: 'alias'; readonly alias: Alias })
  /** The name that a DNAME makes of the name asked is too long (RFC 6672 section 2.2). */
  | (Said & { readonly kind: 'overlong-alias'; readonly dname: RRset<'DNAME'> })
  | (Said & { readonly kind: 'referral'; readonly delegation: Delegation })
  /** The name is there, the type is not. `soa` is null when the server gives none (RFC 2308 section 2.2, type 3). */
  | (Said & { readonly kind: 'nodata'; readonly soa: RRset | null })
  | (Said & { readonly kind: 'nxdomain'; readonly soa: RRset | null })
  | { readonly kind: 'lame'; readonly why: LameReason }
  /** NOERROR with nothing in it. */
  | { readonly kind: 'empty' }
  | { readonly kind: 'refused' }
  /** Any other response code. */
  | { readonly kind: 'error'; readonly rcode: Rcode }
  /** What it would be about has more records than are believed; nothing is made of what is left. */
  | { readonly kind: 'oversized'; readonly dropped: readonly Dropped[] }
  /** Still truncated, over TCP too. */
  | { readonly kind: 'truncated' }
  | { readonly kind: 'malformed'; readonly problem: string }
  | { readonly kind: 'unreachable'; readonly reason: UnreachableReason }
  /** The World does not ask at that address: it is private or special. */
  | { readonly kind: 'address-refused' }
  | { readonly kind: 'timeout' };

/**
 * What `exchange` means when a server of `zone` was asked for `wanted`.
 *
 * The order of the rules is that of resolvers in use; AA is not demanded of an answer, and is told in the verdict.
 */
export function classify(
  exchange: Exchange,
  wanted: Wanted,
  zone: Name,
  limits: Limits = defaultLimits,
): Verdict {
  switch (exchange.kind) {
    case 'timeout':
      return { kind: 'timeout' };
    case 'unreachable':
      return { kind: 'unreachable', reason: exchange.reason };
    case 'malformed':
      return { kind: 'malformed', problem: exchange.problem };
    case 'response':
      return classifyResponse(exchange.message, wanted, zone, limits);
  }
}

function classifyResponse(message: Message, wanted: Wanted, zone: Name, limits: Limits): Verdict {
  if (message.truncated) {
    return { kind: 'truncated' };
  }
  if (message.rcode === 'REFUSED') {
    return { kind: 'refused' };
  }
  if (!readRcodes.has(message.rcode)) {
    return { kind: 'error', rcode: message.rcode };
  }
  const scrubbed = scrub(message, wanted, zone, limits);
  if (scrubbed.overlong !== null) {
    return { kind: 'overlong-alias', ...saidBy(message, scrubbed), dname: scrubbed.overlong };
  }
  if (message.rcode === 'YXDOMAIN') {
    return { kind: 'error', rcode: message.rcode };
  }
  if (isOversized(scrubbed)) {
    return { kind: 'oversized', dropped: scrubbed.dropped };
  }
  return message.rcode === 'NXDOMAIN'
    ? classifyNxdomain(message, scrubbed)
    : classifyNoerror(message, wanted, zone, scrubbed);
}

/** Whether nothing is left, since what the response is about was too large: the rest would read as an absence. */
function isOversized({ answers, alias, delegation, soa, dropped }: Scrubbed): boolean {
  return (
    answers.length === 0 &&
    alias === null &&
    delegation === null &&
    soa === null &&
    dropped.some(({ why }) => why === 'over-limit')
  );
}

const readRcodes: ReadonlySet<Rcode> = new Set(['NOERROR', 'NXDOMAIN', 'YXDOMAIN']);

/** Whether the server answers as a resolver does, out of what it was told by others. */
function isRecursive(message: Message): boolean {
  return message.recursionAvailable && !message.authoritative;
}

function classifyNxdomain(message: Message, scrubbed: Scrubbed): Verdict {
  const { alias, ns, soa } = scrubbed;
  const said = saidBy(message, scrubbed);
  if (isRecursive(message)) {
    return { kind: 'lame', why: 'recursive' };
  }
  if (alias !== null) {
    return { kind: 'alias', ...said, alias };
  }
  return soa === null && ns !== null && !message.authoritative
    ? { kind: 'lame', why: 'not-authoritative' }
    : { kind: 'nxdomain', ...said, soa };
}

function classifyNoerror(message: Message, wanted: Wanted, zone: Name, scrubbed: Scrubbed): Verdict {
  const { alias, answers, delegation, soa } = scrubbed;
  const said = saidBy(message, scrubbed);
  if (answers.length > 0) {
    return message.authoritative
      ? { kind: 'answer', ...said, rrsets: answers }
      : classifyUnauthoritativeAnswer(message, zone, scrubbed);
  }
  if (isRecursive(message) && (alias !== null || soa !== null)) {
    return { kind: 'lame', why: 'recursive' };
  }
  if (alias !== null) {
    return { kind: 'alias', ...said, alias };
  }
  if (soa !== null) {
    return isChildSide(wanted, soa) ? { kind: 'lame', why: 'child-side' } : { kind: 'nodata', ...said, soa };
  }
  if (delegation === null) {
    return classifyNothing(message, zone, scrubbed);
  }
  if (wanted.type === 'DS' && wanted.name === delegation.cut && !isRecursive(message)) {
    // A parent that does not know DS as a type of its own refers; what it refers with is the answer.
    return delegation.ds === null
      ? { kind: 'nodata', ...said, soa: null }
      : { kind: 'answer', ...said, rrsets: [delegation.ds] };
  }
  return { kind: 'referral', ...said, delegation };
}

/** Data at the name asked, AA clear: the NS RRset that comes with it tells from where it speaks. */
function classifyUnauthoritativeAnswer(message: Message, zone: Name, scrubbed: Scrubbed): Verdict {
  const { delegation, ns, answers } = scrubbed;
  if (delegation !== null) {
    return { kind: 'referral', ...saidBy(message, scrubbed), delegation };
  }
  if (ns !== null && isBelow(zone, ns.owner)) {
    return { kind: 'lame', why: 'upward-referral' };
  }
  return isRecursive(message)
    ? { kind: 'lame', why: 'recursive' }
    : { kind: 'answer', ...saidBy(message, scrubbed), rrsets: answers };
}

/** No answer, no SOA and no referral downwards: nothing, or worse. */
function classifyNothing(message: Message, zone: Name, scrubbed: Scrubbed): Verdict {
  const { ns } = scrubbed;
  if (ns !== null && !isAtOrBelow(ns.owner, zone)) {
    return { kind: 'lame', why: 'upward-referral' };
  }
  if (isRecursive(message)) {
    return { kind: 'lame', why: 'recursive' };
  }
  if (!message.authoritative) {
    return ns === null ? { kind: 'empty' } : { kind: 'lame', why: 'not-authoritative' };
  }
  return ns === null ? { kind: 'empty' } : { kind: 'nodata', ...saidBy(message, scrubbed), soa: null };
}

function saidBy(message: Message, scrubbed: Scrubbed): Said {
  return {
    authoritative: message.authoritative,
    evidence: scrubbed.evidence,
    dropped: scrubbed.dropped,
  };
}

/** The DS of a cut is the parent's; an SOA at the very name asked is the child's. */
function isChildSide(wanted: Wanted, soa: RRset | null): boolean {
  return wanted.type === 'DS' && soa !== null && soa.owner === wanted.name && wanted.name !== rootName;
}
