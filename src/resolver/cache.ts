import type { Delegation } from '../dns/delegation.ts';
import { ancestorsOf, isAtOrBelow, isBelow, type Name } from '../dns/name.ts';
import type { RRset, RRType } from '../dns/rrset.ts';
import { negativeTtlOf } from '../dns/zone.ts';
import { BoundedMap, weightOf } from './bounded.ts';
import { defaultLimits, type Limits } from './limits.ts';
import type { Link, ResolutionFailure } from './resolution.ts';
import { type Evidence, noEvidence } from './scrub.ts';

/** Something that was answered and still counts, its TTLs counted down to now. */
export type Cached =
  | {
      readonly kind: 'answer';
      readonly rrset: RRset;
      /** The DNAME that a CNAME was made from; null when it stands for itself. */
      readonly dname: RRset | null;
      readonly evidence: Evidence;
      /** Whether the last tenth of its time has begun. */
      readonly isExpiring: boolean;
    }
  /** `soa` is null after an empty answer without SOA. */
  | {
      readonly kind: 'nodata' | 'nxdomain';
      readonly soa: RRset | null;
      readonly ttlSeconds: number;
      readonly evidence: Evidence;
    }
  | { readonly kind: 'failure'; readonly failure: ResolutionFailure; readonly ttlSeconds: number };

/** One line of a dump of the cache. */
export interface CacheEntry {
  readonly name: Name;
  /** Null for NXDOMAIN, which holds for every type. */
  readonly type: RRType | null;
  readonly cached: Cached;
}

interface Stored {
  readonly name: Name;
  readonly type: RRType | null;
  readonly cached: Cached;
  readonly storedAtMs: number;
  expiresAtMs: number;
  /** Whether it was validated. */
  isSecure: boolean;
  /** How often in a row the question has failed. */
  readonly failures: number;
  readonly octets: number;
}

/**
 * Answers, positive and negative (RFC 2308), until their TTL is over; failures for seconds (RFC 9520).
 *
 * Knows nothing of where zones are served: that is the delegation store's, and no answer leads there. Times are
 * milliseconds of a clock that never goes back, given by the caller. An entry counts until, and not at, its last moment.
 */
export class AnswerCache {
  /** By name: most names have one entry, and all that is known of a name is used, and goes, together. */
  readonly #names: BoundedMap<readonly Stored[]>;
  readonly #limits: Limits;
  /** Whether there may be absences that hold for names below; where nothing is validated none are looked for. */
  #hasSecureAbsences = false;

  constructor(limits: Limits = defaultLimits) {
    this.#limits = limits;
    this.#names = new BoundedMap(limits.maxAnswerOctets);
  }

  /** What is known of `name` and `type` itself; null when nothing is. Aliases are stored at type CNAME. */
  get(name: Name, type: RRType, nowMs: number): Cached | null {
    const known = this.#names.get(name);
    return known === undefined ? null : (this.#live(known, null, nowMs) ?? this.#live(known, type, nowMs));
  }

  /** As `get`; the alias at `name` when there is one and nothing of `type`. */
  getOrAlias(name: Name, type: RRType, nowMs: number): Cached | null {
    const known = this.#names.get(name);
    if (known === undefined) {
      return null;
    }
    const own = this.#live(known, null, nowMs) ?? this.#live(known, type, nowMs);
    const alias = own !== null || type === 'ANY' ? null : this.#live(known, 'CNAME', nowMs);
    return alias?.kind === 'answer' ? alias : own;
  }

  /** Whether `absenceAbove` may have anything to say. */
  get mayHaveAbsences(): boolean {
    return this.#hasSecureAbsences;
  }

  /** The validated absence of a name above `name` and below `zone`, which stands for its own (RFC 8020); null as a rule. */
  absenceAbove(name: Name, zone: Name, nowMs: number): Cached | null {
    if (!this.#hasSecureAbsences) {
      return null;
    }
    for (const above of ancestorsOf(name).slice(1)) {
      if (isBelow(above, zone) && this.#find(above, null)?.isSecure === true) {
        const cached = this.#live(this.#names.get(above) ?? [], null, nowMs);
        if (cached !== null) {
          return cached;
        }
      }
    }
    return null;
  }

  /**
   * Remembers an RRset for its TTL, within `minTtlSeconds` and `maxTtlSeconds`; 0 is not remembered (RFC 1035 section 3.2.1).
   * Gives the RRset with the TTL that counts.
   */
  putAnswer(rrset: RRset, nowMs: number, evidence: Evidence = noEvidence): RRset {
    return this.#putRRset(rrset, null, nowMs, evidence);
  }

  /** As `putAnswer`, for an alias step: a CNAME, or a DNAME and the CNAME that follows from it, which count as long as both. */
  putAlias(rrsets: readonly RRset[], nowMs: number, evidence: Evidence): readonly RRset[] {
    const cname = rrsets.at(-1);
    const dname = rrsets.length > 1 ? rrsets[0] : undefined;
    if (cname === undefined || dname === undefined) {
      return rrsets.map(rrset => this.putAnswer(rrset, nowMs, evidence));
    }
    const kept = this.putAnswer(dname, nowMs, evidence);
    return [kept, this.#putRRset({ ...cname, ttl: kept.ttl }, kept, nowMs, evidence)];
  }

  #putRRset(rrset: RRset, dname: RRset | null, nowMs: number, evidence: Evidence): RRset {
    const ttl = Math.min(Math.max(rrset.ttl, this.#limits.minTtlSeconds), this.#limits.maxTtlSeconds);
    const kept = ttl === rrset.ttl ? rrset : { ...rrset, ttl };
    this.#put(
      rrset.owner,
      rrset.type,
      { kind: 'answer', rrset: kept, dname, evidence, isExpiring: false },
      ttl,
      nowMs,
      [...rrset.data, ...textsOf(evidence)],
    );
    return kept;
  }

  /**
   * Remembers what a referral says of the DS RRset of its cut, when it comes with signatures: the set, or the proof that
   * there is none, which counts as long as its records do.
   */
  putDelegationSigner(delegation: Delegation, evidence: Evidence, nowMs: number): void {
    const { cut, ds } = delegation;
    if (evidence.signatures.length === 0) {
      return;
    }
    if (ds !== null) {
      this.putAnswer(ds, nowMs, evidence);
    } else if (evidence.proofs.length > 0) {
      const ttl = Math.min(this.#limits.maxNegativeTtlSeconds, ...evidence.proofs.map(proof => proof.ttl));
      const cached = { kind: 'nodata', soa: null, ttlSeconds: ttl, evidence } as const;
      this.#put(cut, 'DS', cached, ttl, nowMs, textsOf(evidence));
    }
  }

  /**
   * Remembers that `name` has no `type`, for min(TTL of the SOA, its MINIMUM, `maxNegativeTtlSeconds`); without SOA for
   * `emptyTtlSeconds`. Gives the seconds.
   */
  putNodata(
    name: Name,
    type: RRType,
    soa: RRset | null,
    nowMs: number,
    evidence: Evidence = noEvidence,
  ): number {
    return this.#putNegative(name, type, 'nodata', soa, nowMs, evidence);
  }

  /** Remembers that `name` does not exist, as `putNodata` does. Names below it are not concerned (RFC 8020 is not used). */
  putNxdomain(name: Name, soa: RRset | null, nowMs: number, evidence: Evidence = noEvidence): number {
    return this.#putNegative(name, null, 'nxdomain', soa, nowMs, evidence);
  }

  #putNegative(
    name: Name,
    type: RRType | null,
    kind: 'nodata' | 'nxdomain',
    soa: RRset | null,
    nowMs: number,
    evidence: Evidence,
  ): number {
    const ttlSeconds = this.negativeTtl(soa);
    const texts = [...(soa?.data ?? []), ...textsOf(evidence)];
    this.#put(name, type, { kind, soa, ttlSeconds, evidence }, ttlSeconds, nowMs, texts);
    return ttlSeconds;
  }

  /**
   * Takes it that a link was validated: it counts no longer than its TTLs say, and the absence of a name stands for that of
   * all names below it (RFC 8020).
   */
  capSecure(link: Link, nowMs: number): void {
    const { name, type } = link.question;
    const stored = this.#find(name, link.kind === 'nxdomain' ? null : link.kind === 'alias' ? 'CNAME' : type);
    if (stored === undefined) {
      return;
    }
    const ttl = Math.min(...link.rrsets.map(rrset => rrset.ttl));
    stored.expiresAtMs = Math.min(stored.expiresAtMs, nowMs + 1000 * ttl);
    stored.isSecure = true;
    this.#hasSecureAbsences ||= link.kind === 'nxdomain';
  }

  /** Remembers that a question failed: for `firstFailureTtlSeconds`, twice as long each time, to `maxFailureTtlSeconds`. */
  putFailure(name: Name, type: RRType, failure: ResolutionFailure, nowMs: number): void {
    const before = this.#find(name, type);
    const failures = before?.cached.kind === 'failure' ? before.failures + 1 : 1;
    const ttlSeconds = Math.min(
      this.#limits.firstFailureTtlSeconds * 2 ** Math.min(failures - 1, 16),
      this.#limits.maxFailureTtlSeconds,
    );
    const stored = { kind: 'failure', failure, ttlSeconds } as const;
    this.#put(name, type, stored, ttlSeconds, nowMs, [failure.reason], failures);
  }

  /** Seconds that a negative answer with `soa` counts. */
  negativeTtl(soa: RRset | null): number {
    return soa === null
      ? this.#limits.emptyTtlSeconds
      : Math.min(negativeTtlOf(soa), this.#limits.maxNegativeTtlSeconds);
  }

  /** Forgets everything, or what is at and below `name`. */
  forget(name?: Name): void {
    if (name === undefined) {
      this.#names.clear();
      return;
    }
    for (const [first] of this.#names.values()) {
      if (first !== undefined && isAtOrBelow(first.name, name)) {
        this.#names.delete(first.name);
      }
    }
  }

  /** Everything that still counts. */
  dump(nowMs: number): readonly CacheEntry[] {
    return this.#names
      .values()
      .flat()
      .filter(stored => stored.expiresAtMs > nowMs)
      .map(stored => ({ name: stored.name, type: stored.type, cached: countedDown(stored, nowMs) }));
  }

  /** Octets that the entries weigh, by estimate. */
  get octets(): number {
    return this.#names.octets;
  }

  #find(name: Name, type: RRType | null): Stored | undefined {
    return entryOf(this.#names.get(name) ?? [], type);
  }

  #live(known: readonly Stored[], type: RRType | null, nowMs: number): Cached | null {
    const stored = entryOf(known, type);
    if (stored === undefined) {
      return null;
    }
    if (stored.expiresAtMs <= nowMs) {
      if (stored.cached.kind !== 'failure') {
        this.#remove(stored.name, type);
      }
      return null;
    }
    return countedDown(stored, nowMs);
  }

  #put(
    name: Name,
    type: RRType | null,
    cached: Cached,
    ttlSeconds: number,
    nowMs: number,
    texts: readonly string[],
    failures = 0,
  ): void {
    const known = this.#names.get(name);
    // What has data, or lacks one type, exists.
    const exists = cached.kind === 'answer' || cached.kind === 'nodata';
    const kept = known?.filter(other => other.type !== type && !(exists && other.type === null)) ?? none;
    if (ttlSeconds <= 0) {
      this.#keep(name, kept);
      return;
    }
    const stored: Stored = {
      name,
      type,
      cached,
      storedAtMs: Math.floor(nowMs),
      expiresAtMs: Math.floor(nowMs) + ttlSeconds * 1000,
      failures,
      isSecure: false,
      octets: weightOf(name, type ?? '', ...texts),
    };
    this.#keep(name, kept.length === 0 ? [stored] : kept.concat(stored));
  }

  #remove(name: Name, type: RRType | null): void {
    const known = this.#names.get(name);
    if (known !== undefined && entryOf(known, type) !== undefined) {
      this.#keep(
        name,
        known.filter(stored => stored.type !== type),
      );
    }
  }

  /** Keeps `entries`, in the order they came, as all that is known of `name`. */
  #keep(name: Name, entries: readonly Stored[]): void {
    const { maxEntriesPerName } = this.#limits;
    const kept = entries.length > maxEntriesPerName ? entries.slice(-maxEntriesPerName) : entries;
    if (kept.length === 0) {
      this.#names.delete(name);
    } else {
      this.#names.set(
        name,
        kept,
        kept.reduce((sum, { octets }) => sum + octets, 0),
      );
    }
  }
}

const none: readonly Stored[] = [];

function entryOf(known: readonly Stored[], type: RRType | null): Stored | undefined {
  for (const stored of known) {
    if (stored.type === type) {
      return stored;
    }
  }
  return undefined;
}

/** What is left, in whole seconds and never more than is left: a cache behind this one must not hold on longer. */
function countedDown(stored: Stored, nowMs: number): Cached {
  const left = Math.floor((stored.expiresAtMs - nowMs) / 1000);
  const { cached } = stored;
  switch (cached.kind) {
    case 'answer':
      return {
        ...cached,
        isExpiring: (stored.expiresAtMs - nowMs) * 10 <= stored.expiresAtMs - stored.storedAtMs,
        rrset: { ...cached.rrset, ttl: left },
        dname: cached.dname === null ? null : { ...cached.dname, ttl: left },
        evidence: agedBy(cached.evidence, Math.ceil((nowMs - stored.storedAtMs) / 1000)),
      };
    case 'nodata':
    case 'nxdomain':
      return { ...cached, soa: cached.soa === null ? null : { ...cached.soa, ttl: left }, ttlSeconds: left };
    case 'failure':
      return { ...cached, ttlSeconds: left };
  }
}

/** The NS RRset beside an answer has a TTL of its own; those of signatures and denials are read as they were said. */
function agedBy(evidence: Evidence, seconds: number): Evidence {
  const { nameServers } = evidence;
  if (nameServers === undefined) {
    return evidence;
  }
  const { nameServers: _, ...rest } = evidence;
  const ttl = nameServers.ttl - seconds;
  return ttl > 0 ? { ...rest, nameServers: { ...nameServers, ttl } } : rest;
}

/** What weighs in evidence, for an estimate. */
function textsOf(evidence: Evidence): readonly string[] {
  const { signatures, proofs, nameServers } = evidence;
  if (evidence === noEvidence) {
    return [];
  }
  const names = nameServers?.data ?? [];
  return [...names, ...[...signatures, ...proofs].flatMap(rrset => rrset.data)];
}
