import type { DnssecBudget } from './dnssec-budget.ts';
import { faultOfMatch, isClosedBelow, wildcardUnder } from './dnssec-denial-nsec.ts';
import { type DenialVerdict, proven, unproven } from './dnssec-denial-verdict.ts';
import { type Nsec3, nsec3Hash } from './dnssec-nsec3.ts';
import { ancestorsOf, isAtOrBelow, labelsOf, type Name, parentOf } from './name.ts';
import type { RRType } from './rrset.ts';

/** Thrown and caught in this file alone: the budget of hashes is spent. */
const spent: unique symbol = Symbol('spent');

/** The NSEC3 records of one response that share their parameters; hashes each name once, as long as the budget lasts. */
export class Nsec3Chain {
  readonly zone: Name;
  readonly #budget: DnssecBudget;
  readonly #records = new Map<string, Nsec3>();
  readonly #hashes = new Map<Name, string>();
  #parameters: Nsec3 | null = null;

  constructor(zone: Name, budget: DnssecBudget) {
    this.zone = zone;
    this.#budget = budget;
  }

  /** Takes a record unless its parameters differ from the first one's or its owner is not right under the zone. */
  add(owner: Name, record: Nsec3): void {
    this.#parameters ??= record;
    const { iterations, salt } = this.#parameters;
    if (record.iterations !== iterations || Buffer.compare(record.salt, salt) !== 0) return;
    if (parentOf(owner) === this.zone) this.#records.set(labelsOf(owner)[0] ?? '', record);
  }

  /** How many records there are. */
  get size(): number {
    return this.#records.size;
  }

  #hashOf(name: Name): string {
    const known = this.#hashes.get(name);
    if (known !== undefined) return known;
    if (this.#parameters === null || !this.#budget.takeNsec3Hash()) throw spent;
    const hash = nsec3Hash(name, this.#parameters);
    this.#hashes.set(name, hash);
    return hash;
  }

  /** The record of `name` itself, null when there is none. Costs a hash; throws `spent` within this file. */
  match(name: Name): Nsec3 | null {
    return this.#records.get(this.#hashOf(name)) ?? null;
  }

  /** As `match`, for a name that may have been hashed before; null too when the budget is spent. */
  matchOf(name: Name): Nsec3 | null {
    try {
      return this.match(name);
    } catch (error) {
      if (error !== spent) throw error;
      return null;
    }
  }

  /** The record in whose span the hash of `name` lies, null when there is none. */
  cover(name: Name): Nsec3 | null {
    const hash = this.#hashOf(name);
    for (const [owner, record] of this.#records) {
      const { nextHash } = record;
      const within = owner < nextHash ? owner < hash && hash < nextHash : hash > owner || hash < nextHash;
      if (within) return record;
    }
    return null;
  }
}

/** The proof of a closest encloser (RFC 5155 section 8.3). */
interface Encloser {
  readonly name: Name;
  /** The record that covers the next closer name. */
  readonly span: Nsec3;
}

function isOptOut({ flags }: Nsec3): boolean {
  return (flags & 1) !== 0;
}

/** The closest encloser of `name`, a name above it; a sentence when there is no proof of one. */
function encloserOf(chain: Nsec3Chain, name: Name): Encloser | string {
  let nextCloser = name;
  for (const candidate of ancestorsOf(name).slice(1)) {
    if (!isAtOrBelow(candidate, chain.zone)) break;
    const match = chain.match(candidate);
    if (match === null) {
      nextCloser = candidate;
      continue;
    }
    // What a parent says at a cut or above a DNAME holds for no name below it (RFC 5155 section 8.3).
    if (isClosedBelow(match.types)) return `${candidate} is a cut or has a DNAME`;
    const span = chain.cover(nextCloser);
    return span === null ? `no NSEC3 covers ${nextCloser}` : { name: candidate, span };
  }
  return `no NSEC3 matches a name above ${name}`;
}

function limited(prove: () => DenialVerdict): DenialVerdict {
  try {
    return prove();
  } catch (error) {
    if (error !== spent) throw error;
    return { kind: 'limit', limit: 'nsec3-hashes' };
  }
}

/** For this room: see `provesNameError`. */
export function nsec3NameError(chain: Nsec3Chain, name: Name): DenialVerdict {
  return limited(() => {
    if (chain.match(name) !== null) return unproven(`a NSEC3 matches ${name}: it exists`);
    const encloser = encloserOf(chain, name);
    if (typeof encloser === 'string') return unproven(encloser);
    const wildcard = wildcardUnder(encloser.name);
    const span = wildcard === null ? encloser.span : chain.cover(wildcard);
    if (span === null) return unproven(`no NSEC3 covers the wildcard ${wildcard}`);
    return proven(encloser.name, isOptOut(encloser.span));
  });
}

/** For this room: see `provesNoData`. */
export function nsec3NoData(chain: Nsec3Chain, name: Name, type: RRType): DenialVerdict {
  return limited(() => {
    const match = chain.match(name);
    if (match !== null) {
      const fault = faultOfMatch(match.types, name, type);
      return fault === null ? proven(null, false) : unproven(fault);
    }
    const encloser = encloserOf(chain, name);
    if (typeof encloser === 'string') return unproven(encloser);
    const optOut = isOptOut(encloser.span);
    // An unsigned delegation may have no record (RFC 5155 section 8.6).
    if (type === 'DS' && optOut) return proven(encloser.name, true);
    const wildcard = wildcardUnder(encloser.name);
    const at = wildcard === null ? null : chain.match(wildcard);
    if (wildcard === null || at === null) {
      // Nor has an empty non-terminal that only such delegations are below (RFC 5155 section 7.1).
      if (optOut) return proven(encloser.name, true);
      return unproven(`no NSEC3 matches ${name} or the wildcard that would answer for it`);
    }
    const fault = faultOfMatch(at.types, wildcard, type);
    return fault === null ? proven(encloser.name, optOut) : unproven(fault);
  });
}

/** For this room: see `provesWildcard`. */
export function nsec3Wildcard(chain: Nsec3Chain, name: Name, wildcard: Name): DenialVerdict {
  return limited(() => {
    const encloser = parentOf(wildcard);
    const nextCloser = ancestorsOf(name).find(up => parentOf(up) === encloser);
    if (encloser === null || nextCloser === undefined)
      return unproven(`${wildcard} does not stand above ${name}`);
    const span = chain.cover(nextCloser);
    return span === null ? unproven(`no NSEC3 covers ${nextCloser}`) : proven(encloser, isOptOut(span));
  });
}
