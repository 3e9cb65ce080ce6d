import type { Name } from '../dns/name.ts';
import type { Rdata, RRset, RRType } from '../dns/rrset.ts';
import type { FailureCause } from '../resolver/resolution.ts';
import type { Exchange } from '../world/world.ts';
import type { Server } from './view.ts';

/** One question to one server, and what came of it after every try. */
export interface Observation {
  readonly server: Server;
  readonly question: { readonly name: Name; readonly type: RRType };
  /** The last exchange; `not-asked` where the World refuses the address (RFC 6890). EDNS options are left out. */
  readonly exchange: Exchange | { readonly kind: 'not-asked'; readonly why: string };
  /** Packets sent. */
  readonly packets: number;
  /** Whether the server answered only when it was asked without EDNS (RFC 6891 section 7); absent for no. */
  readonly withoutEdns?: boolean;
}

/** A server on the way from the root to the parent, and what it said of the next label. */
export interface WalkStep {
  /** The zone that the server was asked as a server of. */
  readonly zone: Name;
  readonly seen: Observation;
}

/** What one server of a zone above said of the cut. */
export interface ParentFacts {
  /** The zone whose server this is. Servers of different zones mean that the zones above the cut are in disagreement. */
  readonly zone: Name;
  /** Every NS name of that zone that leads to its address, in canonical order. */
  readonly names: readonly Name[];
  /** `cut NS`, with DO. */
  readonly ns: Observation;
  /** `cut DS`, with DO; null where the referral says it already, unless the survey is wide. */
  readonly ds: Observation | null;
  /** `cut DNAME`, asked only where the cut has no NS records and is there all the same; null elsewhere. */
  readonly dname: Observation | null;
}

/** An address at which the cut shall be served, and what it says. */
export interface ChildFacts {
  /** Every NS name that leads to this address; those of the delegation first. */
  readonly names: readonly Name[];
  readonly address: string;
  /** Who names it: the parent (or who gave the delegation by hand), or only the child's own NS RRset. */
  readonly from: 'delegation' | 'child-only';
  /** `cut SOA` and `cut NS` over UDP, with DO. */
  readonly soa: Observation;
  readonly ns: Observation;
  /** Over TCP: the A or AAAA record that the server has its address by, for a name at or below the cut; else `cut SOA`. */
  readonly tcp: Observation | null;
  /** A and AAAA of in-domain NS names that no answer to `ns` carried. */
  readonly hosts: readonly Observation[];
  /** DNSKEY at the apex; where anything is signed CDS and CDNSKEY too, and CSYNC and DS in a wide survey. */
  readonly keys: readonly Observation[];
  /** What only a deep survey asks for, of servers that answered; absent elsewhere. */
  readonly deep?: DeepFacts;
}

/** What a deep survey asks of one server. */
export interface DeepFacts {
  /** `cut SOA` over UDP without EDNS, with every other letter of the name a capital; null for a name without letters. */
  readonly mixedCase: Observation | null;
  /** `cut AXFR`: the first message of the answer, of whose records only the first is kept (RFC 5936 section 2.2). */
  readonly transfer: Observation;
}

/** What the zone of an NS name itself says of its addresses. */
export interface HostFacts {
  readonly name: Name;
  /** IPv4, then IPv6. */
  readonly addresses: readonly string[];
  readonly outcome: 'found' | 'nodata' | 'nxdomain' | 'failure';
  /** Why they could not be found; null unless `failure`. */
  readonly cause: FailureCause | null;
  readonly reason: string | null;
  /** What stands at the name in place of addresses (RFC 2181 section 10.3); null for nothing. */
  readonly alias: Name | null;
  /** The zones that had to be entered to find it, from the top. */
  readonly zones: readonly Name[];
  /** Packets sent. */
  readonly packets: number;
}

/** What the registry or registrar of a domain says of it (RDAP, RFC 9083). */
export interface DomainFacts {
  readonly domain: Name;
  /** RFC 3339, UTC; null when it says nothing of an end. */
  readonly expiresAt: string | null;
  /** When the database was written that says so; null when it does not tell. */
  readonly asOf: string | null;
  /** As in RFC 8056, such as `redemption period`. */
  readonly status: readonly string[];
}

/** An address that a cloud gives to its customers. */
export interface RentedFacts {
  readonly address: string;
  readonly cloud: 'AWS' | 'Google' | 'Azure';
  readonly prefix: string;
  /** The region; null where the cloud does not tell. */
  readonly place: string | null;
  /** The day of the cloud's list; null where it has none. */
  readonly asOf: string | null;
}

/** Who announces an address. */
export interface OriginFacts {
  readonly address: string;
  /** The narrowest range of the table that holds it, `FIRST-LAST`. */
  readonly range: string;
  /** Autonomous systems, one as a rule. */
  readonly asns: readonly number[];
}

/** What a server says of the cut that was delegated to it once. */
export interface FormerFacts {
  readonly name: Name;
  readonly address: string;
  /** The run that moved the cut away from it; null where somebody named it. */
  readonly run: string | null;
  /** Whether that run knew the zone there. */
  readonly held: boolean;
  /** Milliseconds since 1970 at which no cache leads there any more; null where it is not known when the cut moved away. */
  readonly untilMs: number | null;
  /** `cut SOA` and `cut NS` over UDP, with DO. */
  readonly soa: Observation;
  readonly ns: Observation;
}

/** What somebody gave files of, as far as it is about this cut. What was not given is absent. */
export interface BesideFacts {
  readonly domains?: readonly DomainFacts[];
  readonly rented?: readonly RentedFacts[];
  readonly origins?: readonly OriginFacts[];
  /** What is missing in it, a sentence each. */
  readonly remarks?: readonly string[];
}

/** A delegation that is judged before it is made. */
export interface GivenDelegation {
  readonly ns: readonly { readonly name: Name; readonly addresses: readonly string[] }[];
  readonly ds: readonly Rdata[];
}

/**
 * The facts about one cut, and no judgement: what every server above it, every server of it and the zones of its NS names
 * said. All of it is JSON; see `printFacts` and `parseFacts`.
 */
export interface CutFacts {
  readonly schema: 'zonecut/facts/v1';
  readonly cut: Name;
  /** Milliseconds since 1970. */
  readonly takenAtMs: number;
  /** Whether the world is declared offline: addresses that the Internet does not reach are good there. */
  readonly offline: boolean;
  /** The delegation that was given by hand; null to judge the one that the parent has. */
  readonly given: GivenDelegation | null;
  /** The way down from the root. */
  readonly walk: readonly WalkStep[];
  /** Why no zone above the cut was found; null when one was. */
  readonly problem: string | null;
  /** Every server that was asked for the cut as a server of a zone above it; empty for the root. */
  readonly parents: readonly ParentFacts[];
  /** Every address of the NS names of both sides. */
  readonly children: readonly ChildFacts[];
  /** The NS names of both sides that are not at or below the cut. */
  readonly hosts: readonly HostFacts[];
  /** What was asked only because something was odd: the registries of NS names, by domain. */
  readonly registries: readonly {
    readonly domain: Name;
    readonly outcome: 'registered' | 'unregistered' | 'unknown';
    readonly reason: string | null;
  }[];
  /** The data of the parent zone, or the part of it round the cut, from an account, a transfer or a file; null when it was not read. */
  readonly parentZone: readonly RRset[] | null;
  /** Servers that the cut was delegated to, by the journal or by hand; absent for none. */
  readonly former?: readonly FormerFacts[];
  /** What was given beside the network; absent for nothing. */
  readonly beside?: BesideFacts;
  /** Limits that cut the survey short. */
  readonly limits: readonly { readonly limit: string; readonly value: number; readonly at: string }[];
  /** Packets sent, those for the addresses of NS names included. */
  readonly queries: number;
}
