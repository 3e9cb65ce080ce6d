/** Signatures that one look-up may verify, good ones and bad ones (KeyTrap, CVE-2023-50387). */
export const maxValidations = 16;

/** Names that one look-up may hash for NSEC3 (CVE-2023-50868). */
export const maxNsec3Hashes = 8;

/** Keys with one tag and algorithm that are tried for one signature. */
export const maxKeysPerTag = 4;

/** DS records of one set that are compared with keys. */
export const maxDsTried = 8;

/** Additional iterations of NSEC3 beyond which an answer counts as insecure (RFC 9276 section 3.2). */
export const maxNsec3Iterations = 50;

/** The limit of DNSSEC work that was reached. */
export type DnssecLimit = 'validations' | 'nsec3-hashes' | 'keys-per-tag' | 'ds-tried';

/** What the limits are; the constants of this file unless given. */
export interface DnssecLimits {
  readonly validations?: number;
  readonly nsec3Hashes?: number;
  readonly keysPerTag?: number;
  readonly dsTried?: number;
}

/**
 * The work that DNSSEC may still cost in one look-up; one budget goes through all of it and nothing resets it.
 *
 * A key that cannot be read costs as much as a signature that is wrong.
 */
export class DnssecBudget {
  /** Keys with one tag and algorithm that are tried for one signature. */
  readonly keysPerTag: number;
  /** DS records of one set that are compared with keys. */
  readonly dsTried: number;
  #validations: number;
  #nsec3Hashes: number;

  constructor(limits: DnssecLimits = {}) {
    this.#validations = limits.validations ?? maxValidations;
    this.#nsec3Hashes = limits.nsec3Hashes ?? maxNsec3Hashes;
    this.keysPerTag = limits.keysPerTag ?? maxKeysPerTag;
    this.dsTried = limits.dsTried ?? maxDsTried;
  }

  /** Signatures that may still be verified. */
  get validationsLeft(): number {
    return this.#validations;
  }

  /** Names that may still be hashed. */
  get nsec3HashesLeft(): number {
    return this.#nsec3Hashes;
  }

  /** Takes one validation; false when none is left. */
  takeValidation(): boolean {
    if (this.#validations <= 0) return false;
    this.#validations -= 1;
    return true;
  }

  /** Takes one hash of NSEC3; false when none is left. */
  takeNsec3Hash(): boolean {
    if (this.#nsec3Hashes <= 0) return false;
    this.#nsec3Hashes -= 1;
    return true;
  }
}
