import type { Delegation } from '../dns/delegation.ts';
import type { Name } from '../dns/name.ts';
import type { RRset } from '../dns/rrset.ts';
import type { Exchange } from '../world/world.ts';
import type { Verdict } from './classify.ts';
import type { LimitFired, LimitName } from './limits.ts';
import type { Attempt } from './query.ts';
import type { Evidence, Wanted } from './scrub.ts';
import type { Security } from './security.ts';

/** One address of one name server. */
export interface Server {
  readonly name: Name;
  readonly address: string;
}

/** One step on the way to an answer: a server that was asked, or something that was remembered. */
export interface Hop {
  /** The zone whose server was asked, or that was remembered. */
  readonly zone: Name;
  /** Null when `fromCache`. */
  readonly server: Server | null;
  /** What the server was asked; with QNAME minimisation (RFC 9156) less than what is wanted. */
  readonly question: Wanted;
  /** What it is asked for: the question of the caller, an alias's target, or the address of a name server. */
  readonly goal: Wanted;
  /** 0 for the caller's question, 1 for the address of a server that it needs, and so on. */
  readonly depth: number;
  /** Null when `fromCache`. */
  readonly exchange: Exchange | null;
  readonly verdict: Verdict;
  readonly attempts: readonly Attempt[];
  readonly fromCache: boolean;
}

/** Why there is no answer, as a word. */
export type FailureCause =
  /** No server of the zone answers at all. */
  | 'unreachable'
  /** Servers answer, none of them with anything that counts for the zone. */
  | 'lame'
  /** No NS name of the zone has an address. */
  | 'no-address'
  /** The zone's servers are named in zones that need each other (RFC 1912 section 2.8; "cyclic dependency"). */
  | 'cycle'
  /** An alias leads back to itself. */
  | 'alias-loop'
  /** A DNAME makes a name of more than 255 octets (RFC 6672 section 2.2). */
  | 'overlong-alias'
  /** A limit fired; see `limit`. */
  | 'limit'
  /** The same question failed a moment ago (RFC 9520). */
  | 'failed-before'
  /** It is not remembered, and nobody was to be asked. */
  | 'not-remembered'
  /** The chain of trust to it does not hold (RFC 4033 section 5). */
  | 'bogus';

/** No answer. */
export interface ResolutionFailure {
  readonly kind: 'failure';
  readonly cause: FailureCause;
  /** One sentence for people, lower case. */
  readonly reason: string;
  /** The zone at whose servers it ended; null when it did not get to one. */
  readonly zone: Name | null;
  /** Present when `cause` is `limit`. */
  readonly limit?: LimitName;
  /** The alias chain, for `alias-loop` and `overlong-alias`. */
  readonly rrsets?: readonly RRset[];
  /** The Extended DNS Error (RFC 8914 section 4), for `bogus`. */
  readonly errorCode?: number;
}

/** One name on the way to an outcome, with what DNSSEC has to say about it. */
export interface Link {
  readonly kind: 'answer' | 'alias' | 'nodata' | 'nxdomain';
  readonly question: Wanted;
  /** The alias, or the answer; for a negative one the SOA, if there is one. */
  readonly rrsets: readonly RRset[];
  readonly evidence: Evidence;
}

/** What came of a question, without how it was found. */
export type Outcome =
  /** `rrsets` is the alias chain, if any, and then what was asked for; for `followAliases: false` perhaps the alias only. */
  | {
      readonly kind: 'answer';
      readonly rrsets: readonly RRset[];
      readonly ttlSeconds: number;
      readonly links: readonly Link[];
    }
  /** `rrsets` is the alias chain, `soa` has the negative TTL that is left (RFC 2308 section 5). */
  | {
      readonly kind: 'nodata' | 'nxdomain';
      readonly rrsets: readonly RRset[];
      readonly soa: RRset | null;
      readonly ttlSeconds: number;
      readonly links: readonly Link[];
    }
  | ResolutionFailure;

/** How an outcome was found. */
export interface Way {
  readonly hops: readonly Hop[];
  /** Every limit that fired, whether or not there is an answer all the same. */
  readonly limits: readonly LimitFired[];
  /** Packets sent. */
  readonly queries: number;
  /** Whether nothing had to be asked. */
  readonly fromCache: boolean;
  /** Whether something remembered that it rests on is in the last tenth of its time. */
  readonly isExpiring: boolean;
  /** What the validator says; null when nothing was validated. */
  readonly security: Security | null;
}

/** What came of a question and how. */
export type Resolution = Outcome & Way;

/** A name server of a zone and its addresses. */
export interface ZoneServer {
  readonly name: Name;
  /** Empty when it has none that can be found. */
  readonly addresses: readonly string[];
  /** Where the addresses are from: root hints, the referral, or the name's own zone. */
  readonly from: 'hints' | 'glue' | 'resolved';
}

/** A live zone and where it is served, as its parent has it. */
export interface ZoneCut {
  readonly kind: 'zone';
  readonly apex: Name;
  /** The parent's NS RRset; the zone's own when parent and zone share their servers, so that no referral is ever seen. */
  readonly ns: RRset<'NS'>;
  readonly servers: readonly ZoneServer[];
  /** The zone that refers to it; null for the root. */
  readonly parent: Name | null;
  /** The referral; null for the root, and when no referral is ever seen. */
  readonly delegation: Delegation | null;
  readonly hops: readonly Hop[];
  /** The limits that cut the search short; the addresses of some servers are missing then. */
  readonly limits: readonly LimitFired[];
}

/** No zone was found for a name. */
export type ZoneFailure = ResolutionFailure & Pick<ZoneCut, 'hops' | 'limits'>;
