/**
 * Every bound of the resolver, by name. docs/limits.md lists each with its reason and where it shows when it fires.
 *
 * Counts are of one question that a caller asked, with all work below it, unless the comment says otherwise.
 */
export interface Limits {
  /** Packets sent, TCP and retries included. Nothing resets it. */
  readonly maxQueries: number;
  /** Packets sent for one name of an alias chain or one name server's address. */
  readonly maxQueriesPerName: number;
  /** Referrals followed for one name of an alias chain. */
  readonly maxReferrals: number;
  /** Addresses of servers that are looked up while an address of a server is looked up, and so on. */
  readonly maxDependencyDepth: number;
  /** NS names of one zone cut that are used; chosen at random out of more. */
  readonly maxServersPerCut: number;
  /** Addresses of one NS name that are used. */
  readonly maxAddressesPerServer: number;
  /** Glue addresses that one referral may bring. */
  readonly maxGluePerReferral: number;
  /** NS names of one zone cut whose address is looked up in vain. */
  readonly maxLookupFailures: number;
  /** CNAME and DNAME records followed. */
  readonly maxAliases: number;
  /** Queries to one address for one question, when it is silent. */
  readonly maxTriesPerServer: number;
  /** Moves of the resolution machine, those that need no packet included. */
  readonly maxMoves: number;
  /** Milliseconds for a first answer of a server that nothing is known of. */
  readonly firstTimeoutMs: number;
  /** Milliseconds, the shortest wait for an answer. */
  readonly minTimeoutMs: number;
  /** Milliseconds, the longest wait for an answer. */
  readonly maxTimeoutMs: number;
  /** Milliseconds for the whole question. */
  readonly totalTimeoutMs: number;
  /** Timeouts in a row after which a server counts as down; those of queries under way at once are one. */
  readonly timeoutsUntilDown: number;
  /** Milliseconds that a server stays down; it is asked once meanwhile when nothing else is left. */
  readonly downMs: number;
  /** Seconds that a first failure is remembered (RFC 9520 section 3.2). */
  readonly firstFailureTtlSeconds: number;
  /** Seconds that the doubling for repeated failures ends at (RFC 9520 section 3.2). */
  readonly maxFailureTtlSeconds: number;
  /** Seconds that an answer stays in the cache at least, whatever its TTL. */
  readonly minTtlSeconds: number;
  /** Seconds that an answer stays in the cache at most. */
  readonly maxTtlSeconds: number;
  /** Seconds that a negative answer stays in the cache at most (RFC 2308 section 5). */
  readonly maxNegativeTtlSeconds: number;
  /** Seconds that an empty answer without SOA stays in the cache. */
  readonly emptyTtlSeconds: number;
  /** Seconds that a delegation is used at least, whatever its TTL. */
  readonly minDelegationTtlSeconds: number;
  /** Minimised queries for one name (RFC 9156 section 2.3). */
  readonly maxMinimisedQueries: number;
  /** How many of them add one label only (RFC 9156 section 2.3). */
  readonly minimisedOneByOne: number;
  /** Failed minimised queries to a zone after which it gets the whole name. */
  readonly maxMinimisedFailures: number;
  /** Octets offered for UDP answers (RFC 9715). */
  readonly ednsUdpOctets: number;
  /** Queries under way in one resolver. */
  readonly maxInFlight: number;
  /** Queries under way in one resolver to one address. */
  readonly maxInFlightPerServer: number;
  /** Queries under way in one resolver to the servers of one zone. */
  readonly maxInFlightPerZone: number;
  /** Different questions under way in one resolver; for a further one the oldest gives way, or the further one fails at once. */
  readonly maxQuestions: number;
  /** Milliseconds that a question has before it gives way. */
  readonly leastQuestionMs: number;
  /** Records of one RRset that are believed; a larger set is dropped. */
  readonly maxRecordsPerSet: number;
  /** Signatures that are verified for one response (KeyTrap). */
  readonly maxValidations: number;
  /** Signatures that are verified for all the responses of one question. */
  readonly maxValidationsPerQuestion: number;
  /** Names that are hashed for the NSEC3 records of one response. */
  readonly maxNsec3Hashes: number;
  /** Names that are hashed for the NSEC3 records of all the responses of one question. */
  readonly maxNsec3HashesPerQuestion: number;
  /** Names asked for DS records to find out why something has no signature. */
  readonly maxDsProbes: number;
  /** Zones whose keys are remembered as verified. */
  readonly maxTrustedZones: number;
  /** Octets (estimated) of the answer cache; the least recently used goes first. */
  readonly maxAnswerOctets: number;
  /** Types of one name that are remembered; the one that came first goes first. */
  readonly maxEntriesPerName: number;
  /** Octets (estimated) of the delegation store; the least recently used goes first. */
  readonly maxDelegationOctets: number;
  /** Addresses whose round-trip time is remembered. */
  readonly maxServersRemembered: number;
  /** Packets that a trace sends; a level that has begun is asked to its end. */
  readonly maxTraceQueries: number;
  /** Servers of one level that a trace asks. */
  readonly maxTraceServers: number;
  /** Servers of the root and of each top-level domain that a trace asks for keys; of other zones it asks all. */
  readonly maxTraceKeyServers: number;
  /** Queries that a trace has under way. */
  readonly maxTraceInFlight: number;
  /** Packets that the survey of one cut sends, without those for the addresses of servers named elsewhere. */
  readonly maxCheckQueries: number;
  /** Domains of name servers without an address that the survey of one cut looks for at their registries. */
  readonly maxCheckRegistries: number;
}

/** The name of a limit, as docs/limits.md has it. */
export type LimitName = keyof Limits;

/** A limit that was reached: which, its value, and what it cut short. */
export interface LimitFired {
  readonly limit: LimitName;
  readonly value: number;
  /** What was cut short, such as `addresses of ns1.example.com.`. */
  readonly at: string;
}

/** The limits that zonecut uses unless told otherwise. */
export const defaultLimits: Limits = {
  maxQueries: 200,
  maxQueriesPerName: 50,
  maxReferrals: 30,
  maxDependencyDepth: 6,
  maxServersPerCut: 13,
  maxAddressesPerServer: 6,
  maxGluePerReferral: 40,
  maxLookupFailures: 5,
  maxAliases: 11,
  maxTriesPerServer: 3,
  maxMoves: 2000,
  firstTimeoutMs: 376,
  minTimeoutMs: 200,
  maxTimeoutMs: 1500,
  totalTimeoutMs: 10_000,
  timeoutsUntilDown: 3,
  downMs: 60_000,
  firstFailureTtlSeconds: 5,
  maxFailureTtlSeconds: 300,
  minTtlSeconds: 0,
  maxTtlSeconds: 86_400,
  maxNegativeTtlSeconds: 3600,
  emptyTtlSeconds: 5,
  minDelegationTtlSeconds: 0,
  maxMinimisedQueries: 10,
  minimisedOneByOne: 4,
  maxMinimisedFailures: 3,
  ednsUdpOctets: 1232,
  maxInFlight: 1000,
  maxInFlightPerServer: 10,
  maxInFlightPerZone: 100,
  maxQuestions: 2000,
  leastQuestionMs: 500,
  maxRecordsPerSet: 100,
  maxValidations: 16,
  maxValidationsPerQuestion: 128,
  maxNsec3Hashes: 8,
  maxNsec3HashesPerQuestion: 256,
  maxDsProbes: 10,
  maxTrustedZones: 10_000,
  maxAnswerOctets: 64 * 1024 * 1024,
  maxEntriesPerName: 100,
  maxDelegationOctets: 32 * 1024 * 1024,
  maxServersRemembered: 20_000,
  maxTraceQueries: 500,
  maxTraceServers: 40,
  maxTraceKeyServers: 2,
  maxTraceInFlight: 16,
  maxCheckQueries: 500,
  maxCheckRegistries: 8,
};

/** How limits differ in a world that is declared offline: its servers are the user's own, and need no politeness. */
export const offlineLimits: Partial<Limits> = { maxInFlightPerServer: 100 };
