import { ipv4Value, isAddress, specialRange } from '../dns/address.ts';
import type { Delegation, Glue } from '../dns/delegation.ts';
import { ancestorsOf, isAtOrBelow, type Name, parentOf, rootName } from '../dns/name.ts';
import { type RRset, rrsetOf } from '../dns/rrset.ts';
import { BoundedMap, weightOf } from './bounded.ts';
import type { RootHints } from './hints.ts';
import { defaultLimits, type Limits } from './limits.ts';

/** A zone and where it is served, as its parent said. */
export interface KnownZone {
  readonly apex: Name;
  readonly ns: RRset<'NS'>;
  readonly glue: readonly Glue[];
  /** Null for the root. */
  readonly delegation: Delegation | null;
  /** The zone whose server referred to it; null for the root. */
  readonly parent: Name | null;
  readonly learnedAtMs: number;
  /** Infinity for the root. */
  readonly expiresAtMs: number;
}

/**
 * Where zones are served: learned from the referrals of their parents, and from nothing else.
 *
 * A zone is known no longer than its parent said, and no longer than the parent itself is known; so a zone that was
 * taken away upstairs is gone when the first TTL on the path to it is over, whatever its own servers say ("ghost domains").
 */
export class DelegationStore {
  readonly #zones: BoundedMap<KnownZone>;
  readonly #root: KnownZone;
  readonly #limits: Limits;

  constructor(hints: RootHints, limits: Limits = defaultLimits) {
    this.#root = rootZone(hints);
    this.#limits = limits;
    this.#zones = new BoundedMap(limits.maxDelegationOctets);
  }

  /** The root zone, as the hints have it. */
  get root(): KnownZone {
    return this.#root;
  }

  /**
   * Takes a referral from a server of `parent` and gives the zone it leads to, which the caller may use at once even
   * when its TTL is 0. In place of what was known: the parent is the authority on it.
   */
  learn(delegation: Delegation, parent: KnownZone, nowMs: number): KnownZone {
    const ttlSeconds = Math.max(delegation.ns.ttl, this.#limits.minDelegationTtlSeconds);
    const zone: KnownZone = {
      apex: delegation.cut,
      ns: delegation.ns,
      glue: delegation.glue,
      delegation,
      parent: parent.apex,
      learnedAtMs: nowMs,
      expiresAtMs: Math.min(nowMs + ttlSeconds * 1000, parent.expiresAtMs),
    };
    if (zone.expiresAtMs > nowMs) {
      const texts = [...delegation.ns.data, ...delegation.glue.flatMap(glue => glue.data)];
      this.#zones.set(zone.apex, zone, weightOf(zone.apex, ...texts));
    } else {
      this.#zones.delete(zone.apex);
    }
    return zone;
  }

  /** The deepest zone at or above `name` that is known now; the root when no other is. */
  deepest(name: Name, nowMs: number): KnownZone {
    for (let apex: Name | null = name; apex !== null && apex !== rootName; apex = parentOf(apex)) {
      const zone = this.#zones.get(apex);
      if (zone !== undefined && zone.expiresAtMs > nowMs) {
        return zone;
      }
    }
    return this.#root;
  }

  /** Every zone known now at or above `name`, the root first. */
  path(name: Name, nowMs: number): readonly KnownZone[] {
    return ancestorsOf(name)
      .map(apex => (apex === rootName ? this.#root : this.#zones.get(apex)))
      .filter(zone => zone !== undefined)
      .filter(zone => zone.expiresAtMs > nowMs)
      .reverse();
  }

  /** Forgets everything but the root, or what is at and below `name`. */
  forget(name?: Name): void {
    for (const zone of this.#zones.values()) {
      if (name === undefined || isAtOrBelow(zone.apex, name)) {
        this.#zones.delete(zone.apex);
      }
    }
  }

  /** Every zone known now, the root not among them. */
  dump(nowMs: number): readonly KnownZone[] {
    return this.#zones.values().filter(zone => zone.expiresAtMs > nowMs);
  }

  /** Octets that the zones weigh, by estimate. */
  get octets(): number {
    return this.#zones.octets;
  }
}

function rootZone(hints: RootHints): KnownZone {
  const hour = 3600;
  const glue = hints.servers.flatMap(server =>
    server.addresses.map(address =>
      rrsetOf(server.name, address.includes(':') ? 'AAAA' : 'A', hour, address),
    ),
  );
  return {
    apex: rootName,
    ns: rrsetOf(rootName, 'NS', hour, ...hints.servers.map(server => server.name)),
    glue,
    delegation: null,
    parent: null,
    learnedAtMs: 0,
    expiresAtMs: Number.POSITIVE_INFINITY,
  };
}

/** The addresses that `zone`'s referral gives for the server `name`, without those where nothing can listen. */
export function glueFor(zone: Pick<KnownZone, 'glue'>, name: Name): readonly string[] {
  let addresses: readonly string[] = noAddresses;
  for (const glue of zone.glue) {
    if (glue.owner === name) {
      const usable = glue.data.every(isServerAddress) ? glue.data : glue.data.filter(isServerAddress);
      addresses = addresses === noAddresses ? usable : [...addresses, ...usable];
    }
  }
  return unique(addresses);
}

const noAddresses: readonly string[] = [];

/** Each of `items` once, in their order. */
export function unique<T>(items: readonly T[]): readonly T[] {
  return items.length < 2 ? items : [...new Set(items)];
}

/**
 * Whether a server can be at `address` at all: it is no unspecified, multicast or broadcast address.
 *
 * Loopback and private addresses pass; whether they are asked is the World's to say.
 */
export function isServerAddress(address: string): boolean {
  const ipv4 = ipv4Value(address);
  if (ipv4 !== null) {
    const first = Math.floor(ipv4 / 0x1000000);
    return first !== 0 && (first < 224 || first > 239) && ipv4 !== 0xffffffff;
  }
  if (!isAddress(address)) {
    return false;
  }
  const range = specialRange(address);
  return range === null || !/unspecified|multicast|broadcast/.test(range);
}
