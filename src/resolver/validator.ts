import type { Delegation } from '../dns/delegation.ts';
import { denialOf, provesNameError, provesNoData, provesWildcard } from '../dns/dnssec-denial.ts';
import { verifyRRset } from '../dns/dnssec-verify.ts';
import type { Name } from '../dns/name.ts';
import { isType, type Rdata, type RRset } from '../dns/rrset.ts';
import type { Limits } from './limits.ts';
import type { Link } from './resolution.ts';
import { dnameStep, type Evidence, signaturesFor } from './scrub.ts';
import { bogus, bogusSignatures, type Security, secure, securityOfDenial } from './security.ts';
import type { TrustAnchors } from './trust-anchors.ts';
import { type TrustWork, type ZoneTrust, ZoneTrusts } from './zone-trust.ts';

/** What a validator found of one link. */
export interface Validated {
  readonly security: Security;
  /** Seconds for which it may be kept, at most (RFC 4035 section 5.3.3). */
  readonly ttlSeconds: number;
}

/** Validates what was resolved, link by link, and remembers what it found for as long as the data is remembered. */
export class Validator {
  readonly #zones: ZoneTrusts;
  /** By the data array of the link, which the cache hands out as long as it has the link. */
  readonly #seen = new WeakMap<readonly Rdata[], Validated>();

  constructor(trust: TrustAnchors, limits: Limits) {
    this.#zones = new ZoneTrusts(trust, limits);
  }

  /** Forgets every chain of trust. */
  forget(): void {
    this.#zones.forget();
  }

  /** Forgets the chains of trust that did not hold. */
  forgetBogus(): void {
    this.#zones.forgetBogus();
  }

  /** As `ZoneTrusts.trustOf`. */
  async trustOf(zone: Name, work: TrustWork): Promise<ZoneTrust> {
    return await this.#zones.trustOf(zone, work);
  }

  /** As `ZoneTrusts.referral`. */
  async referral(delegation: Delegation, evidence: Evidence, work: TrustWork): Promise<Security> {
    return await this.#zones.referral(delegation, evidence, work);
  }

  /** What is to be said about `link` (RFC 4035 section 5). */
  async validate(link: Link, work: TrustWork): Promise<Validated> {
    const key = link.rrsets[0]?.data;
    const known = key === undefined ? undefined : this.#seen.get(key);
    if (known !== undefined) {
      return known;
    }
    const validated =
      link.kind === 'answer' || link.kind === 'alias'
        ? await this.#positive(link, work)
        : { security: await this.#negative(link, work), ttlSeconds: Number.POSITIVE_INFINITY };
    // What is bogus now may be good with the next answer, or when the clock is right.
    if (key !== undefined && validated.security.kind !== 'bogus') {
      this.#seen.set(key, validated);
    }
    return validated;
  }

  /** Every RRset of a positive link has to hold; the weakest is what the link is. */
  async #positive(link: Link, work: TrustWork): Promise<Validated> {
    let weakest: Security = secure;
    let ttlSeconds = Number.POSITIVE_INFINITY;
    const [first, second] = link.rrsets;
    const isDname = first?.type === 'DNAME' && second !== undefined && link.question.type !== 'DNAME';
    const signed = isDname ? [first] : link.rrsets;
    for (const rrset of signed) {
      // Signatures sign; they are not signed (RFC 4035 section 2.2).
      if (rrset.type === 'RRSIG') {
        continue;
      }
      const verified = await this.#zones.verify(rrset, link.evidence, work);
      const security =
        verified.kind === 'secure'
          ? this.#wildcard(link, verified.wildcard, verified.keys, work)
          : verified.security;
      if (verified.kind === 'secure') {
        ttlSeconds = Math.min(ttlSeconds, verified.ttlSeconds);
      }
      if (security.kind === 'bogus') {
        return { security, ttlSeconds: 0 };
      }
      weakest = security.kind === 'secure' ? weakest : security;
    }
    if (isDname && !follows(first, second, link.question.name)) {
      return {
        security: bogus(`${second.owner} is not the alias that ${first.owner} DNAME makes`),
        ttlSeconds: 0,
      };
    }
    return { security: weakest, ttlSeconds };
  }

  /** An answer from a wildcard needs a proof that the name itself does not exist (RFC 4035 section 5.3.4). */
  #wildcard(link: Link, wildcard: Name | null, keys: RRset<'DNSKEY'>, work: TrustWork): Security {
    if (wildcard === null) {
      return secure;
    }
    const { name } = link.question;
    const budget = work.budget();
    const options = { nowSeconds: work.nowSeconds(), budget };
    const held: RRset[] = [];
    for (const proof of link.evidence.proofs) {
      const verdict = verifyRRset(proof, signaturesFor(proof, link.evidence), keys, options);
      if (verdict.kind === 'secure') {
        held.push(proof);
      } else if (verdict.kind === 'limit') {
        work.fire('maxValidations', `signatures of ${proof.owner}`);
        return bogusSignatures(`${proof.owner} ${proof.type}`, verdict);
      }
    }
    const verdict = provesWildcard(denialOf(keys.owner, held, budget), name, wildcard);
    return securityOfDenial(`${name} itself`, verdict);
  }

  async #negative(link: Link, work: TrustWork): Promise<Security> {
    const { name, type } = link.question;
    const checked = await this.#zones.checkedDenial(name, type, link, work);
    if (checked.kind === 'verdict') {
      return checked.security;
    }
    const { denial } = checked;
    const verdict =
      link.kind === 'nxdomain' ? provesNameError(denial, name) : provesNoData(denial, name, type);
    if (verdict.kind === 'limit') {
      work.fire(verdict.limit === 'nsec3-hashes' ? 'maxNsec3Hashes' : 'maxValidations', `denial of ${name}`);
    }
    return securityOfDenial(link.kind === 'nxdomain' ? name : `${name} ${type}`, verdict);
  }
}

/** Whether `cname` is what `dname` makes of `name` (RFC 6672 section 5.3.1). */
function follows(dname: RRset, cname: RRset, name: Name): boolean {
  return (
    isType(dname, 'DNAME') &&
    isType(cname, 'CNAME') &&
    cname.owner === name &&
    dnameStep(dname, name)?.target === cname.data[0]
  );
}
