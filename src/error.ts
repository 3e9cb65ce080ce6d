/**
 * What went wrong, as a stable word that programs may switch on.
 *
 * Every code stands in docs/errors.md with the exit code that the command gives for it.
 */
export type ErrorCode =
  /** A text is no domain name, or octets are no name (RFC 1035 section 2.3.4, RFC 5891). */
  | 'ZC_NAME'
  /** Record data that its type does not allow. */
  | 'ZC_RDATA'
  /** Octets that are no DNS message (RFC 1035 section 4). */
  | 'ZC_WIRE'
  /** Text that is no zone file (RFC 1035 section 5). */
  | 'ZC_ZONEFILE'
  /** A set of records that cannot be one zone. */
  | 'ZC_ZONE'
  /** The command line, a setting or the environment asks for something that does not exist. */
  | 'ZC_USAGE'
  /** A question would have to be asked, and there is no terminal to ask it on. */
  | 'ZC_NO_TERMINAL'
  /** The user said no, or left a question. */
  | 'ZC_CANCELLED'
  /** No program may listen there, or another one does. */
  | 'ZC_PORT'
  /** No credentials were found, or the host does not accept them. */
  | 'ZC_CREDENTIALS'
  /** The credentials are good but may not do this. */
  | 'ZC_RIGHTS'
  /** No driver has that name. */
  | 'ZC_PROVIDER_UNKNOWN'
  /** The host's data is not what the change was computed from; nothing was changed. */
  | 'ZC_PROVIDER_CONFLICT'
  /** The host understood the request and will not do it. */
  | 'ZC_PROVIDER_REFUSED'
  /** The host asked for fewer requests, and did so for longer than we wait. */
  | 'ZC_PROVIDER_THROTTLED'
  /** The host did not answer, or answered with a fault of its own, for longer than we try. */
  | 'ZC_PROVIDER_UNAVAILABLE'
  /** The host's answer cannot be read. */
  | 'ZC_PROVIDER_RESPONSE'
  /** The account has no such zone. */
  | 'ZC_ZONE_NOT_FOUND'
  /** The plan would break a name or touch more than one cut. */
  | 'ZC_PLAN_REFUSED'
  /** Parent or child changed since the plan was made. */
  | 'ZC_PLAN_STALE'
  /** The file is no plan of this version, or was edited. */
  | 'ZC_PLAN_FILE'
  /** A step of a plan ended without its result. */
  | 'ZC_STEP_FAILED'
  /** The proof found the delegation wrong. */
  | 'ZC_VERIFY'
  /** It is not done yet, and the time given is over. */
  | 'ZC_PENDING'
  /** The journal of a run cannot be read or written. */
  | 'ZC_JOURNAL'
  /** What was found cannot be written where it shall go. */
  | 'ZC_OUTPUT'
  /** A name server would be asked at an address where no public server can be. */
  | 'ZC_ADDRESS_REFUSED'
  /** A named limit of docs/limits.md was reached. */
  | 'ZC_LIMIT'
  /** A mistake in zonecut itself. */
  | 'ZC_INTERNAL';

/** What a ZonecutError may carry beside its sentence. */
export interface ErrorDetails {
  /** One sentence that says what to do. */
  readonly hint?: string;
  /** What was thrown below, if anything. */
  readonly cause?: unknown;
}

/**
 * The one error that zonecut throws: a stable code, one sentence that says what was found and what is allowed, and a hint.
 *
 * Outcomes that a correct program can meet on the Internet (timeout, NXDOMAIN, REFUSED) are values, never this.
 */
export class ZonecutError extends Error {
  override readonly name: string = 'ZonecutError';
  readonly code: ErrorCode;
  /** What to do about it; null when there is nothing to advise. */
  readonly hint: string | null;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.hint = details.hint ?? null;
  }
}

/** Throws ZC_INTERNAL unless `condition` holds: for what only a mistake in zonecut can break. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) {
    throw new ZonecutError('ZC_INTERNAL', message, {
      hint: 'This is a bug in zonecut; please report it with the command.',
    });
  }
}

/** Whether `error` is a ZonecutError, of one of `codes` when any are given. */
export function isZonecutError(error: unknown, ...codes: readonly ErrorCode[]): error is ZonecutError {
  return error instanceof ZonecutError && (codes.length === 0 || codes.includes(error.code));
}

/** The sentence of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
