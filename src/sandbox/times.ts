/** How long things last in a sandbox; null is as long as at the real operators. */
export interface InternetTimes {
  /** Most seconds that a resolver may keep a negative answer: TTL and MINIMUM of every SOA (RFC 2308 section 5). */
  readonly negativeTtlSeconds: number | null;
  /** Seconds that NS RRsets and the addresses of name servers may be kept. */
  readonly delegationTtlSeconds: number | null;
  /** Milliseconds from a change that an API accepted to its visibility in the DNS. */
  readonly visibilityDelayMs: number;
}

/** TTLs as at the real operators. Changes are visible at once. */
export const realTimes: InternetTimes = {
  negativeTtlSeconds: null,
  delegationTtlSeconds: null,
  visibilityDelayMs: 0,
};

/** Times for somebody who watches: what takes an hour in real life takes seconds. */
export const shortTimes: InternetTimes = {
  negativeTtlSeconds: 3,
  delegationTtlSeconds: 5,
  visibilityDelayMs: 400,
};
