import type { Name } from '../dns/name.ts';
import type { RRset, RRType } from '../dns/rrset.ts';

/**
 * The contract of a DNS host, as zonecut needs it: one account, whose zones are read and changed one RRset at a time.
 *
 * *Repeating.* Every call may be made again after any failure, its own lost answer included, and then ends where one call
 * would have ended; what it needs for that (a reference, a `from`) is among its arguments.
 *
 * *Errors.* Every call throws ZC_CREDENTIALS (the host does not accept who we are), ZC_RIGHTS (it does, but not this),
 * ZC_PROVIDER_THROTTLED, ZC_PROVIDER_UNAVAILABLE (after bounded retries with backoff), ZC_PROVIDER_RESPONSE (an answer that
 * cannot be read is never taken for an empty one), ZC_PROVIDER_REFUSED (the host understood and will not; its code and
 * sentence are in the message) and ZC_ZONE_NOT_FOUND (the zone is gone). Reading leaves nothing behind. What a failed write
 * leaves is said at each; where nothing is said, nothing.
 *
 * *Whole answers.* Lists and zones are read to their last page, or the call throws: nobody gets the first part of a zone.
 *
 * *Spelling.* Names and data that leave a driver are canonical; the host's own spelling stays inside it.
 *
 * *What a delegation is made of.* NS and DS at the cut, and A and AAAA of name servers below it (glue), are RRsets of the
 * parent zone like others: `changeZone` writes them where `delegates`, `writesDs` and `writesGlue` say so. The NS RRset of the
 * child's apex is one of the child zone, for `changeZone` where `writesApexNs`. What a signed child asks its parent for is told
 * by `readSigning`.
 */
export interface Provider {
  readonly id: ProviderId;
  /** For people, such as `Route 53 (AKIA…MPLE)`. Holds no secret. */
  readonly label: string;
  readonly capabilities: Capabilities;

  /** Proves the credentials by a harmless call. Changes nothing. */
  whoAmI(options?: CallOptions): Promise<Identity>;

  /**
   * What these credentials may do, found out without changing anything that anybody could see: `yes`, `no` or, where the
   * host offers no harmless way to ask, `unknown`. `zone` is one whose records would be written; null asks in general.
   */
  rights(zone: HostedZone | null, options?: RightsOptions): Promise<Rights>;

  /**
   * All public zones of the account, in the host's order; pages are followed to the end. Their `nameServers` are empty where
   * the host's list does not tell them.
   */
  listZones(options?: CallOptions): AsyncIterable<HostedZone>;

  /** The public zones of exactly that apex: none, one, or (Route 53) several. */
  findZones(apex: Name, options?: CallOptions): Promise<readonly HostedZone[]>;

  /**
   * Creates a zone that holds SOA and NS, published, and gives it with its name servers. ZC_PROVIDER_REFUSED where the host
   * creates none.
   *
   * `reference` makes it safe to repeat: a zone that an earlier call with the same reference made is given back instead of
   * a second one. A zone of the same apex that was made otherwise is ZC_PROVIDER_CONFLICT, unless the host allows several.
   * `seed` are RRsets below or at the apex (never SOA or the apex NS) that must be visible at the same instant as the zone
   * where `capabilities.seedsAtomically`; elsewhere the caller writes them with `changeZone` before it delegates.
   */
  createZone(apex: Name, options: CreateZoneOptions): Promise<HostedZone>;

  /**
   * Deletes the zone and every record in it. The caller has removed what delegates to it. A zone that is already gone is
   * no error. Records other than SOA and the apex NS are removed first only when `purge` is given; otherwise a zone that
   * holds others is ZC_PROVIDER_CONFLICT.
   */
  deleteZone(zone: HostedZone, options?: CallOptions & { readonly purge?: boolean }): Promise<void>;

  /**
   * Every RRset of the zone that the host shows, in canonical order of owner and type; SOA and the apex NS are among them
   * exactly where `capabilities.showsApex`, and what lies below a cut (glue, and what is hidden) always.
   *
   * Signatures and proofs of absence (RRSIG, NSEC, NSEC3, NSEC3PARAM) are left out, since the host's signer makes them. DNSKEY,
   * CDS and CDNSKEY of the apex are there where the host shows them; they belong to its keys, and another host cannot use them.
   */
  readZone(zone: HostedZone, options?: CallOptions): Promise<ZoneSnapshot>;

  /**
   * Replaces RRsets: each change names the RRset as it must be now (`from`, null for absent) and as it shall be (`to`, null
   * for absent). When any `from` is not what the host has, nothing is changed and ZC_PROVIDER_CONFLICT is thrown; when all
   * `to` are there already, it is done and nothing is sent. After the write the zone is read back: what was asked must be
   * there and nothing else may have changed, else ZC_PROVIDER_CONFLICT. On hosts without `atomicBatches` a failure can
   * leave some of the changes made; repeating the call completes them. Drivers for APIs of records take back what was made before the
   * host refused a later part.
   *
   * When an answer is lost, the driver reads what became of the change before it decides: done, not done and sent again, or
   * ZC_PROVIDER_CONFLICT. Without `compareAndSet` an edit that somebody else makes in the instant between the driver's last
   * read and its write is noticed only if it shows afterwards; a host with `writesWholeZone` lets that edit be lost.
   * Calls that change one zone through one Provider wait for each other.
   */
  changeZone(zone: HostedZone, changes: readonly RRsetChange[], options?: CallOptions): Promise<void>;

  /**
   * The DNSSEC of the zone as its host has it. There wherever `capabilities.signs`, and at hosts whose operator alone decides
   * on signing, but which tell of it. Changes nothing.
   */
  readSigning?(zone: HostedZone, options?: CallOptions): Promise<ZoneSigning>;

  /**
   * Lets the host sign the zone with keys of the host's own. There exactly where `capabilities.signs`.
   *
   * A zone that is signed already stays as it is. `signing` in the result means that the host has taken the order and its
   * servers do not show it yet: the caller asks `readSigning` again, and looks at the servers.
   */
  signZone?(zone: HostedZone, options?: CallOptions): Promise<ZoneSigning>;

  /**
   * Takes keys and signatures away again; a zone that is not signed stays as it is. There wherever `capabilities.signs`, and where
   * the host signs only with something that these settings do not name: what is signed can be taken back all the same.
   * The caller has taken DS away and waited until no cache holds it.
   */
  unsignZone?(zone: HostedZone, options?: CallOptions): Promise<void>;

  /**
   * Locks RRsets at the host, so that nobody changes them before `unprotect`, this program included. Safe to repeat. These
   * three are there exactly where `capabilities.protects`.
   */
  protect?(zone: HostedZone, rrsets: readonly RRsetName[], options?: CallOptions): Promise<void>;

  /** Takes locks away; one that is not there is no error. */
  unprotect?(zone: HostedZone, rrsets: readonly RRsetName[], options?: CallOptions): Promise<void>;

  /** The locks of the zone, whoever made them. */
  protections?(zone: HostedZone, options?: CallOptions): Promise<readonly RRsetName[]>;

  /** Ends sessions and closes connections, where the driver holds any. No call may follow; never throws. */
  close?(): Promise<void>;
}

/** Which RRset is meant. */
export interface RRsetName {
  readonly owner: Name;
  readonly type: RRType;
}

/** The DNSSEC of a zone as its host has it. */
export interface ZoneSigning {
  /** `signing`: ordered, and not in effect yet. */
  readonly state: 'unsigned' | 'signing' | 'signed';
  /** DS that belong at the parent, as the host says or as its keys give them; empty where it shows neither. */
  readonly ds: RRset<'DS'>['data'];
  /** The DNSKEY records that the host publishes at the apex, foreign ones included; empty where it does not show them. */
  readonly dnskeys: RRset<'DNSKEY'>['data'];
  /** The CDS records that the host publishes at the apex (RFC 7344); empty where it publishes none or does not show them. */
  readonly cds: RRset<'CDS'>['data'];
}

/** A driver's name in commands and files. */
export type ProviderId = string;

/** What every call to a host takes. */
export interface CallOptions {
  readonly signal?: AbortSignal;
}

/** How rights are asked for. */
export interface RightsOptions extends CallOptions {
  /** The name at which records would be written; hosts that give rights name by name look at that one. */
  readonly owner?: Name;
}

/** How a zone is made. */
export interface CreateZoneOptions extends CallOptions {
  /** 1 to 100 letters, digits, `-`, `_` and `:`. */
  readonly reference: string;
  readonly seed?: readonly RRset[];
}

/** Who the host says we are. */
export interface Identity {
  /** Such as a user name or an access key ID, shortened; never a secret. */
  readonly account: string;
  /** Where the credentials were found, such as `environment (AWS_ACCESS_KEY_ID)`. */
  readonly source: string;
}

/** Whether the credentials may do something; `unknown` when the host does not say. */
export type Right = 'yes' | 'no' | 'unknown';

/** What the credentials may do. */
export interface Rights {
  readonly readZones: Right;
  readonly createZones: Right;
  readonly writeRecords: Right;
}

/** A zone in an account. */
export interface HostedZone {
  readonly provider: ProviderId;
  /** The host's own identifier. */
  readonly id: string;
  readonly apex: Name;
  /** The name servers that the host assigned, in canonical order. Empty when the host only tells them in the zone itself, or where the zone comes from a list. */
  readonly nameServers: readonly Name[];
  /** The reference that it was created with; null where the host keeps none. */
  readonly reference: string | null;
}

/** A zone's RRsets as the API shows them. */
export interface ZoneSnapshot {
  readonly zone: HostedZone;
  readonly rrsets: readonly RRset[];
  /**
   * Rows that are no DNS records (Namecheap's URL redirects and the like), as one line of text each. They stay
   * untouched, and a cut would hide those at or below it.
   */
  readonly otherRows: readonly { readonly owner: Name; readonly text: string }[];
  /**
   * A hash of everything the API shows of the zone, also of what zonecut does not understand: equal exactly when nothing
   * changed. The numbers that hosts give to rows are left out, since a write can renew them; the SOA's serial counts.
   */
  readonly digest: string;
}

/** A compare-and-set of one RRset. `from` and `to` have `owner` and `type`; both null is refused. */
export interface RRsetChange {
  readonly owner: Name;
  readonly type: RRType;
  readonly from: RRset | null;
  readonly to: RRset | null;
}

/** What a host can do, as data: the planner and the documentation read it. */
export interface Capabilities {
  /** NS at names below the apex. */
  readonly delegates: boolean;
  /** DS at names below the apex. */
  readonly writesDs: boolean;
  /**
   * RRsets at and below a cut of the zone, where the cut hides them (RFC 9499 section 7, "occluded name"). Where not, those at the
   * cut have to go with the change that makes it, and may come with the one that takes it away.
   */
  readonly holdsOccluded: boolean;
  /** A and AAAA at names below a cut: the addresses of name servers that lie in what is delegated. */
  readonly writesGlue: boolean;
  /** `readZone` shows SOA and NS of the apex. */
  readonly showsApex: boolean;
  /** The NS RRset of the apex, so that a zone can name the servers of two hosts. */
  readonly writesApexNs: boolean;
  /** Signs zones by API, as it is set up here: `signZone`, `unsignZone` and `readSigning` are there. */
  readonly signs: boolean;
  /** Publishes DNSKEY records of another host's keys beside its own in a zone that it signs (RFC 8901). */
  readonly addsForeignKeys: boolean;
  /** Locks RRsets: `protect`, `unprotect` and `protections` are there. */
  readonly protects: boolean;
  readonly createsZones: boolean;
  /** What to type at a host that creates no zones, so that an empty one is there: lines with `ZONE` for its name. */
  readonly zoneByHand: readonly string[];
  /** All changes of one `changeZone` become visible together, or none. */
  readonly atomicBatches: boolean;
  /** The host itself refuses a change whose `from` is stale (else the driver reads, compares, writes and reads back). */
  readonly compareAndSet: boolean;
  /** A new zone is visible only together with its seed. */
  readonly seedsAtomically: boolean;
  /** Every write sends the whole zone. */
  readonly writesWholeZone: boolean;
  /** Several zones may have one apex. */
  readonly allowsSameApex: boolean;
  /** A new zone may be served by the very servers that serve its parent, where it takes effect at once. */
  readonly sharesServers: boolean;
  /** Seconds; the smallest and largest TTL of a record. */
  readonly minTtl: number;
  readonly maxTtl: number;
  /** Seconds, in rising order: the TTLs that the host takes, where it is these and none between. */
  readonly ttls?: readonly number[];
  /** Seconds; the TTL of an NS RRset that zonecut writes unless told otherwise. */
  readonly defaultNsTtl: number;
  /** RRs that one zone may hold; null where no limit is known. */
  readonly maxRecords: number | null;
  /** Milliseconds that an accepted change commonly takes until every server shows it, at most. */
  readonly visibleWithinMs: number;
  /** Types that can be written; those that zonecut has no text form for are shown as `otherRows` and kept. */
  readonly types: readonly RRType[];
  /** Sentences for the documentation. */
  readonly notes: readonly string[];
  /** What a write could touch without anybody seeing it: sentences that a plan shows before it writes into a zone there. */
  readonly cautions: readonly string[];
}
