import { DnssecBudget } from '../dns/dnssec-budget.ts';
import type { RRset } from '../dns/rrset.ts';
import type { LimitName, Limits } from './limits.ts';
import type { Link, Outcome, Resolution, ResolutionFailure } from './resolution.ts';
import { type Security, secure } from './security.ts';
import type { Validator } from './validator.ts';
import type { TrustWork } from './zone-trust.ts';

/** The verifying that one question of a caller may cost, whatever number of responses it takes (KeyTrap). */
export class TrustBudget {
  readonly #limits: Limits;
  readonly #given: Given[] = [];

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** The budget of one more response. */
  forResponse(): DnssecBudget {
    const validations = Math.min(this.#limits.maxValidations, this.#validationsLeft);
    const nsec3Hashes = Math.min(this.#limits.maxNsec3Hashes, this.#hashesLeft);
    const budget = new DnssecBudget({ validations, nsec3Hashes });
    this.#given.push({ budget, validations, nsec3Hashes });
    return budget;
  }

  /** The limit that was reached when a response had no more of `limit`: its own, or that of the whole question. */
  reached(limit: LimitName): LimitName {
    switch (limit) {
      case 'maxValidations':
        return this.#validationsLeft > 0 ? limit : 'maxValidationsPerQuestion';
      case 'maxNsec3Hashes':
        return this.#hashesLeft > 0 ? limit : 'maxNsec3HashesPerQuestion';
      default:
        return limit;
    }
  }

  get #validationsLeft(): number {
    const spent = this.#given.reduce(
      (sum, { budget, validations }) => sum + validations - budget.validationsLeft,
      0,
    );
    return Math.max(0, this.#limits.maxValidationsPerQuestion - spent);
  }

  get #hashesLeft(): number {
    const spent = this.#given.reduce(
      (sum, { budget, nsec3Hashes }) => sum + nsec3Hashes - budget.nsec3HashesLeft,
      0,
    );
    return Math.max(0, this.#limits.maxNsec3HashesPerQuestion - spent);
  }
}

interface Given {
  readonly budget: DnssecBudget;
  readonly validations: number;
  readonly nsec3Hashes: number;
}

/** `resolution` with its security, its TTLs no longer than its signatures allow; the failure `bogus` when it is that. */
export async function validated(
  resolution: Resolution,
  validator: Validator,
  work: TrustWork,
): Promise<Resolution> {
  if (resolution.kind === 'failure') {
    return resolution;
  }
  let weakest: Security = secure;
  let ttlSeconds = Number.POSITIVE_INFINITY;
  for (const link of resolution.links) {
    const found = await validator.validate(link, work);
    const { security } = found;
    ttlSeconds = Math.min(ttlSeconds, found.ttlSeconds);
    if (security.kind === 'bogus') {
      const { hops, limits, queries, fromCache, isExpiring } = resolution;
      return { ...failureOf(link, security), hops, limits, queries, fromCache, isExpiring, security };
    }
    weakest = weaker(weakest, security);
  }
  return { ...resolution, ...withTtl(resolution, ttlSeconds), security: weakest };
}

function failureOf(link: Link, security: Extract<Security, { readonly kind: 'bogus' }>): ResolutionFailure {
  const { name, type } = link.question;
  const { reason, errorCode } = security;
  return {
    kind: 'failure',
    cause: 'bogus',
    reason: `${name} ${type} is bogus: ${reason}`,
    zone: null,
    errorCode,
  };
}

function weaker(a: Security, b: Security): Security {
  const rank = (security: Security): number => (security.kind === 'secure' ? 0 : 1);
  return rank(b) >= rank(a) ? b : a;
}

function withTtl(outcome: Exclude<Outcome, ResolutionFailure>, ttlSeconds: number): Outcome {
  if (outcome.ttlSeconds <= ttlSeconds) {
    return outcome;
  }
  const capped = (rrset: RRset): RRset => (rrset.ttl <= ttlSeconds ? rrset : { ...rrset, ttl: ttlSeconds });
  const links = outcome.links.map(link => ({ ...link, rrsets: link.rrsets.map(capped) }));
  return { ...outcome, rrsets: outcome.rrsets.map(capped), ttlSeconds, links };
}
