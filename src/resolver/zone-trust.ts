import type { Delegation } from '../dns/delegation.ts';
import { rrsigOf } from '../dns/dnssec.ts';
import type { DnssecBudget } from '../dns/dnssec-budget.ts';
import { denialOf, provesInsecureDelegation, provesNameError, provesNoData } from '../dns/dnssec-denial.ts';
import { type RRsetVerdict, verifyKeys, verifyRRset } from '../dns/dnssec-verify.ts';
import { ancestorsOf, isAtOrBelow, isBelow, labelCount, type Name, rootName } from '../dns/name.ts';
import { isType, type Rdata, type RRset, type RRType } from '../dns/rrset.ts';
import type { LimitName, Limits } from './limits.ts';
import type { Link, Resolution } from './resolution.ts';
import { type Evidence, signaturesFor, type Wanted } from './scrub.ts';
import {
  bogus,
  bogusSignatures,
  dnssecErrors,
  indeterminate,
  insecure,
  type Security,
  secure,
  securityOfDenial,
} from './security.ts';
import { anchorAbove, type TrustAnchors } from './trust-anchors.ts';

/** What is known of the keys of a zone. */
export type ZoneTrust =
  | { readonly kind: 'secure'; readonly keys: RRset<'DNSKEY'>; readonly expiresAtMs: number }
  | { readonly kind: 'unsigned'; readonly security: Security; readonly expiresAtMs: number };

/** What the parent says about a name that may be a cut. */
type DsStatus =
  | { readonly kind: 'signed'; readonly ds: readonly Rdata[]; readonly ttlSeconds: number }
  /** No cut is there, so that the zone above goes on. */
  | { readonly kind: 'no-cut' }
  | { readonly kind: 'verdict'; readonly security: Security; readonly ttlSeconds: number };

/** What one validation has at hand. */
export interface TrustWork {
  /** Resolves without validating and without following aliases. */
  find(wanted: Wanted): Promise<Resolution>;
  /** The apexes of the zones known at or above a name, the root first. */
  cutsAbove(name: Name): readonly Name[];
  /** The verifying that one more response may cost. */
  budget(): DnssecBudget;
  /** Records that a limit cut the work short. */
  fire(limit: LimitName, at: string): void;
  /** Seconds since 1970. */
  nowSeconds(): number;
  /** Milliseconds of a clock that never goes back. */
  nowMs(): number;
}

/** Chains of trust from the anchors down, kept for as long as their records say. */
export class ZoneTrusts {
  readonly #trust: TrustAnchors;
  readonly #limits: Limits;
  readonly #known = new Map<Name, ZoneTrust>();

  constructor(trust: TrustAnchors, limits: Limits) {
    this.#trust = trust;
    this.#limits = limits;
  }

  /** Forgets every chain. */
  forget(): void {
    this.#known.clear();
  }

  /** Forgets the chains that did not hold. */
  forgetBogus(): void {
    for (const [zone, trust] of this.#known) {
      if (trust.kind === 'unsigned' && trust.security.kind === 'bogus') {
        this.#known.delete(zone);
      }
    }
  }

  /** Whether the keys of `zone` can be trusted. Asks for DS and DNSKEY records from the nearest anchor down. */
  async trustOf(zone: Name, work: TrustWork): Promise<ZoneTrust> {
    const known = this.#known.get(zone);
    if (known !== undefined && known.expiresAtMs > work.nowMs()) {
      return known;
    }
    const trust = await this.#find(zone, work);
    this.#known.delete(zone);
    this.#known.set(zone, trust);
    if (this.#known.size > this.#limits.maxTrustedZones) {
      const [oldest] = this.#known.keys();
      if (oldest !== undefined) {
        this.#known.delete(oldest);
      }
    }
    return trust;
  }

  async #find(zone: Name, work: TrustWork): Promise<ZoneTrust> {
    const anchor = anchorAbove(this.#trust, zone);
    if (anchor === null) {
      return unsigned(indeterminate, 0, work);
    }
    const anchored = this.#trust.anchors.get(zone);
    if (anchored !== undefined) {
      return await this.#withKeys(zone, anchored, this.#limits.maxTtlSeconds, work);
    }
    const status = await this.#dsStatus(zone, work);
    switch (status.kind) {
      case 'signed':
        return await this.#withKeys(zone, status.ds, status.ttlSeconds, work);
      case 'no-cut':
        return unsigned(bogus(`${zone} signs, and its parent has no delegation of it`), 0, work);
      case 'verdict':
        return unsigned(status.security, status.ttlSeconds, work);
    }
  }

  async #withKeys(zone: Name, ds: readonly Rdata[], ttlSeconds: number, work: TrustWork): Promise<ZoneTrust> {
    const found = await work.find({ name: zone, type: 'DNSKEY' });
    const link = found.kind === 'answer' ? found.links.at(-1) : undefined;
    const keys = link?.rrsets.find(rrset => rrset.owner === zone && isType(rrset, 'DNSKEY'));
    if (link === undefined || keys === undefined || !isType(keys, 'DNSKEY')) {
      const why = found.kind === 'failure' ? `: ${found.reason}` : '';
      const security = bogus(`no DNSKEY records of ${zone} are found${why}`, dnssecErrors.dnskeyMissing);
      return unsigned(security, this.#failureTtl(isForWantOfBudget(found)), work);
    }
    const options = { nowSeconds: work.nowSeconds(), budget: work.budget() };
    const verdict = verifyKeys(keys, signaturesFor(keys, link.evidence), ds, options);
    switch (verdict.kind) {
      case 'secure': {
        const seconds = Math.min(verdict.ttlSeconds, ttlSeconds);
        return { kind: 'secure', keys, expiresAtMs: work.nowMs() + 1000 * seconds };
      }
      case 'insecure': {
        const reason = `the DS records of ${zone} have no algorithm that is known`;
        return unsigned(insecure(reason, dnssecErrors.unsupportedAlgorithm), ttlSeconds, work);
      }
      case 'bogus':
        if (!verdict.matched) {
          const reason = `no DNSKEY of ${zone} is what its DS records stand for`;
          return unsigned(bogus(reason, dnssecErrors.dnskeyMissing), this.#failureTtl(false), work);
        }
    }
    this.#fireLimit(verdict, zone, work);
    const security = bogusSignatures(`${zone} DNSKEY`, verdict);
    return unsigned(security, this.#failureTtl(verdict.kind === 'limit'), work);
  }

  /** Seconds that a chain counts as broken; what one question could not afford says nothing to the next. */
  #failureTtl(isForWantOfBudget: boolean): number {
    return isForWantOfBudget ? 0 : this.#limits.firstFailureTtlSeconds;
  }

  #fireLimit(verdict: RRsetVerdict, at: Name, work: TrustWork): void {
    if (verdict.kind === 'limit') {
      work.fire('maxValidations', `signatures of ${at}`);
    }
  }

  /** Whether `name` is a cut, and what its parent says of its keys. */
  async #dsStatus(name: Name, work: TrustWork): Promise<DsStatus> {
    const found = await work.find({ name, type: 'DS' });
    const link = found.kind === 'failure' ? undefined : found.links.at(-1);
    if (found.kind === 'failure' || link === undefined) {
      // Below a zone that is proven to be unsigned nothing can be bogus, whatever its servers do not say.
      const above = await this.unsigned(name, 'DS', 'denial', work);
      if (above.kind === 'insecure') {
        return { kind: 'verdict', security: above, ttlSeconds: 0 };
      }
      const reason = found.kind === 'failure' ? found.reason : 'nothing was said';
      const security = bogus(
        `the DS records of ${name} are not found: ${reason}`,
        dnssecErrors.dnskeyMissing,
      );
      return { kind: 'verdict', security, ttlSeconds: this.#failureTtl(isForWantOfBudget(found)) };
    }
    return link.kind === 'answer' || link.kind === 'alias'
      ? await this.#positiveDs(name, link, work)
      : await this.#negativeDs(name, link, found.kind === 'answer' ? 0 : found.ttlSeconds, work);
  }

  async #positiveDs(name: Name, link: Link, work: TrustWork): Promise<DsStatus> {
    const rrset = link.rrsets.find(({ owner, type }) => owner === name && type === 'DS') ?? link.rrsets[0];
    if (rrset === undefined) {
      return { kind: 'no-cut' };
    }
    const verified = await this.verify(rrset, link.evidence, work);
    if (verified.kind !== 'secure') {
      return { kind: 'verdict', security: verified.security, ttlSeconds: rrset.ttl };
    }
    // An alias is no cut: no other data stands beside it (RFC 1034 section 3.6.2).
    return rrset.type === 'DS'
      ? { kind: 'signed', ds: rrset.data, ttlSeconds: verified.ttlSeconds }
      : { kind: 'no-cut' };
  }

  async #negativeDs(name: Name, link: Link, ttlSeconds: number, work: TrustWork): Promise<DsStatus> {
    const checked = await this.checkedDenial(name, 'DS', link, work);
    if (checked.kind === 'verdict') {
      return { kind: 'verdict', security: checked.security, ttlSeconds };
    }
    const { denial } = checked;
    if (link.kind === 'nxdomain') {
      const security = securityOfDenial(`${name}`, provesNameError(denial, name));
      return security.kind === 'secure' ? { kind: 'no-cut' } : { kind: 'verdict', security, ttlSeconds };
    }
    const delegation = provesInsecureDelegation(denial, name);
    if (delegation.kind === 'proven') {
      const security = insecure(`${name} is delegated without DS records`);
      return { kind: 'verdict', security, ttlSeconds };
    }
    const security = securityOfDenial(`${name} DS`, provesNoData(denial, name, 'DS'));
    return security.kind === 'secure' ? { kind: 'no-cut' } : { kind: 'verdict', security, ttlSeconds };
  }

  /**
   * What the referral of one server is worth: whether the zone above signed the DS RRset, or that there is none. Asks
   * for nothing that the referral has.
   */
  async referral({ cut, ds }: Delegation, evidence: Evidence, work: TrustWork): Promise<Security> {
    const question = { name: cut, type: 'DS' };
    if (ds !== null) {
      const verified = await this.verify(ds, evidence, work);
      return verified.kind === 'secure' ? secure : verified.security;
    }
    const link: Link = { kind: 'nodata', question, rrsets: [], evidence };
    const status = await this.#negativeDs(cut, link, 0, work);
    return status.kind === 'verdict'
      ? status.security
      : bogus(`the zone above denies that ${cut} is delegated`);
  }

  /** The denial in a negative link, made of records whose signatures hold; or the verdict when there is none to be had. */
  async checkedDenial(
    name: Name,
    type: RRType,
    link: Link,
    work: TrustWork,
  ): Promise<
    | { readonly kind: 'denial'; readonly denial: ReturnType<typeof denialOf> }
    | { readonly kind: 'verdict'; readonly security: Security }
  > {
    const { evidence } = link;
    const claims = [...link.rrsets.filter(rrset => rrset.type === 'SOA'), ...evidence.proofs];
    const signer = firstSignerOf(claims, evidence, name);
    if (signer === undefined || !isInZone(name, type, signer)) {
      return { kind: 'verdict', security: await this.unsigned(name, type, 'denial', work) };
    }
    const trust = await this.trustOf(signer, work);
    if (trust.kind === 'unsigned') {
      return { kind: 'verdict', security: trust.security };
    }
    const options = { nowSeconds: work.nowSeconds(), budget: work.budget() };
    const held: RRset[] = [];
    let failed: Security | null = null;
    for (const rrset of claims) {
      const verdict = verifyRRset(rrset, signaturesFor(rrset, evidence), trust.keys, options);
      if (verdict.kind === 'secure') {
        held.push(rrset);
      } else {
        this.#fireLimit(verdict, rrset.owner, work);
        failed ??= bogusSignatures(`${rrset.owner} ${rrset.type}`, verdict);
        if (verdict.kind === 'limit') {
          break;
        }
      }
    }
    return held.length === 0 && failed !== null
      ? { kind: 'verdict', security: failed }
      : { kind: 'denial', denial: denialOf(signer, held, options.budget) };
  }

  /** Whether the signatures of `rrset` hold; when it has none, whether it may have none. */
  async verify(
    rrset: RRset,
    evidence: Evidence,
    work: TrustWork,
  ): Promise<
    | (Extract<RRsetVerdict, { readonly kind: 'secure' }> & { readonly keys: RRset<'DNSKEY'> })
    | { readonly kind: 'other'; readonly security: Security }
  > {
    const [signer] = signersOf(rrset, evidence, rrset.owner);
    if (signer === undefined || !isInZone(rrset.owner, rrset.type, signer)) {
      return { kind: 'other', security: await this.unsigned(rrset.owner, rrset.type, 'data', work) };
    }
    const trust = await this.trustOf(signer, work);
    if (trust.kind === 'unsigned') {
      return { kind: 'other', security: trust.security };
    }
    const options = { nowSeconds: work.nowSeconds(), budget: work.budget() };
    const verdict = verifyRRset(rrset, signaturesFor(rrset, evidence), trust.keys, options);
    if (verdict.kind === 'secure') {
      return { ...verdict, keys: trust.keys };
    }
    this.#fireLimit(verdict, rrset.owner, work);
    return { kind: 'other', security: bogusSignatures(`${rrset.owner} ${rrset.type}`, verdict) };
  }

  /** What it means that something at `name` has no signature: a cut above it without DS allows that, and nothing else. */
  async unsigned(name: Name, type: RRType, what: 'data' | 'denial', work: TrustWork): Promise<Security> {
    const anchor = anchorAbove(this.#trust, name);
    if (anchor === null) {
      return indeterminate;
    }
    const trust = await this.trustOf(anchor, work);
    if (trust.kind === 'unsigned') {
      return trust.security;
    }
    const cuts = new Set(work.cutsAbove(name));
    const belowAnchor = ancestorsOf(name)
      .filter(above => isBelow(above, anchor) && !(type === 'DS' && above === name))
      .reverse();
    // Cuts that are known first; where one server has parent and child, no referral ever showed the cut.
    const order = [
      ...belowAnchor.filter(above => cuts.has(above)),
      ...belowAnchor.filter(above => !cuts.has(above)),
    ];
    for (const above of order.slice(0, this.#limits.maxDsProbes)) {
      const status = await this.#dsStatus(above, work);
      if (status.kind === 'verdict' && (status.security.kind !== 'bogus' || cuts.has(above))) {
        return status.security;
      }
      if (status.kind === 'verdict') {
        // No cut is shown there, and what is wrong with the denial is wrong with the data too.
        break;
      }
    }
    return what === 'data'
      ? bogus(`${name} ${type} has no signature, and its zone should have`, dnssecErrors.rrsigsMissing)
      : bogus(`the denial of ${name} ${type} has no signature`, dnssecErrors.nsecMissing);
  }
}

function isForWantOfBudget(found: Resolution): boolean {
  return found.kind === 'failure' && found.cause === 'limit';
}

function unsigned(security: Security, ttlSeconds: number, work: TrustWork): ZoneTrust {
  return { kind: 'unsigned', security, expiresAtMs: work.nowMs() + 1000 * ttlSeconds };
}

/** Whether a zone `signer` can speak about `name` and `type`: DS is not of the zone itself, but for the root, which has no parent. */
function isInZone(name: Name, type: RRType, signer: Name): boolean {
  return type === 'DS' && name !== rootName ? isBelow(name, signer) : isAtOrBelow(name, signer);
}

/** Who signed `rrset`, the deepest zone at or above `name` first. */
function signersOf(rrset: RRset, evidence: Evidence, name: Name): readonly Name[] {
  const signers = signaturesFor(rrset, evidence).map(rdata => rrsigOf(rdata).signer);
  return [...new Set(signers)]
    .filter(signer => isAtOrBelow(name, signer))
    .sort((a, b) => labelCount(b) - labelCount(a));
}

/** Who signed the first of `rrsets` that is signed; the others are not looked at, as there may be thousands. */
function firstSignerOf(rrsets: readonly RRset[], evidence: Evidence, name: Name): Name | undefined {
  for (const rrset of rrsets) {
    const [signer] = signersOf(rrset, evidence, name);
    if (signer !== undefined) {
      return signer;
    }
  }
  return undefined;
}
