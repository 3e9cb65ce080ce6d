/**
 * Every bound of an audit, by name. docs/limits.md lists each with its reason and where it shows.
 *
 * Times are milliseconds.
 */
export interface AuditLimits {
  /** Names under way at once. */
  readonly maxNamesUnderWay: number;
  /** Queries at their first try under way at once; fewer, down to a tenth, while many of them get lost. */
  readonly maxFreshQueries: number;
  /** Queries that a server has answered over UDP before it gets a connection, in a World that is declared offline. */
  readonly queriesUntilStream: number;
  /** Such connections. */
  readonly maxStreams: number;
  /** Queries under way over all of them. */
  readonly maxStreamQueries: number;
  /** The same while names are surveyed or looked up, whose answers are read in between. */
  readonly maxStreamQueriesBeside: number;
  /** Names that wait for their parent to be found. */
  readonly maxNamesWaiting: number;
  /** Names that may be finished before one that was read before them. */
  readonly maxNamesAhead: number;
  /** Tries over UDP for a server; after them one over TCP. */
  readonly maxTries: number;
  /** Time for the first try; doubled for each further one. */
  readonly firstTryMs: number;
  readonly tcpMs: number;
  /** Silences of a server in a row, a second apart; after them it gets one try a name, until it answers. */
  readonly silencesUntilDown: number;
  /** Addresses of one name that are asked. */
  readonly maxAddressesPerName: number;
  /** Addresses of one NS name that are asked. */
  readonly maxAddressesPerHost: number;
  /** Odd names that are looked at closely at once. */
  readonly maxSurveys: number;
  /** Surveys of one name, where what they find differs and somebody was silent. */
  readonly maxLooks: number;
  /** Queries of surveys and look-ups under way at once. */
  readonly maxSurveyQueries: number;
  /** Server addresses, parents and NS names that are remembered. */
  readonly maxServersKnown: number;
  readonly maxParentsKnown: number;
  readonly maxHostsKnown: number;
  /** For how long a parent zone and the addresses of an NS name are taken as known. */
  readonly parentMs: number;
  readonly hostMs: number;
  /** Look-ups of parents and NS names under way at once. */
  readonly maxLookups: number;
  /** Queries a second to one public address, and how many may go at once. */
  readonly ratePerServer: number;
  readonly burstPerServer: number;
  /** Names, the newest, among which one that comes again is known; twice as many at most. */
  readonly maxNamesRemembered: number;
  /** Octets of one line of input. */
  readonly maxLineOctets: number;
  /** Lines that are no names of which each is told; more are counted only. */
  readonly maxLinesTold: number;
  /** Apexes of zones in one account. */
  readonly maxZonesOfAccount: number;
  /** Names that the summary shows of each check. */
  readonly maxNamesShown: number;
  /** Servers with faults whose names are counted, and how many of them the summary shows. */
  readonly maxServersCounted: number;
  readonly maxServersShown: number;
  /** Findings of one name. */
  readonly maxFindingsPerName: number;
  /** Time between two states that are kept of an audit. */
  readonly stateMs: number;
}

/** The bounds in use. */
export const auditLimits: AuditLimits = {
  maxNamesUnderWay: 10_000,
  maxFreshQueries: 200,
  queriesUntilStream: 16,
  maxStreams: 512,
  maxStreamQueries: 2_000,
  maxStreamQueriesBeside: 1_000,
  maxNamesWaiting: 1_000,
  maxNamesAhead: 200_000,
  maxTries: 3,
  firstTryMs: 500,
  tcpMs: 2_000,
  silencesUntilDown: 3,
  maxAddressesPerName: 40,
  maxAddressesPerHost: 6,
  maxSurveys: 150,
  maxLooks: 5,
  maxSurveyQueries: 100,
  maxServersKnown: 100_000,
  maxParentsKnown: 20_000,
  maxHostsKnown: 100_000,
  parentMs: 600_000,
  hostMs: 600_000,
  maxLookups: 200,
  ratePerServer: 50,
  burstPerServer: 10,
  maxNamesRemembered: 2_000_000,
  maxLineOctets: 1_024,
  maxLinesTold: 100,
  maxZonesOfAccount: 100_000,
  maxNamesShown: 5,
  maxServersCounted: 1_000,
  maxServersShown: 10,
  maxFindingsPerName: 100,
  stateMs: 2_000,
};
