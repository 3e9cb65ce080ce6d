import { dsOfKey } from '../dns/dnssec.ts';
import { privateKeyOf } from '../dns/dnssec-algorithms.ts';
import { makeSigningKey, type SigningKey } from '../dns/dnssec-keys.ts';
import { signZone } from '../dns/dnssec-zone.ts';
import { isBelow, type Name } from '../dns/name.ts';
import { makeRRset, type RRset, type RRType } from '../dns/rrset.ts';
import type { Zone } from '../dns/zone.ts';
import type { Clock, Random } from '../world/world.ts';
import type { NameServers } from './name-servers.ts';

/** ECDSA P-256 with SHA-256 (RFC 6605), which most signed zones use today. */
const algorithm = 13;
const secretOctets = 32;
/** Seconds that signatures are valid before they are made, for clocks that are late, and after it: nobody signs again. */
const skewSeconds = 3600;
const validSeconds = 90 * 86_400;
/** Seconds; of the DNSKEY RRset, at most: zones whose SOA is kept for less have that. */
const dnskeyTtlSeconds = 3600;

/** A key of ECDSA P-256 out of `random`. */
export function newSigningKey(random: Random, secureEntryPoint: boolean): SigningKey {
  return makeSigningKey(privateKeyOf(algorithm, random.bytes(secretOctets)), { algorithm, secureEntryPoint });
}

/** `zone` with a NSEC chain and signatures by `keys`, valid for 90 days from now on. */
export function signedBy(keys: readonly SigningKey[], zone: Zone, clock: Pick<Clock, 'now'>): Zone {
  const nowSeconds = Math.floor(clock.now() / 1000);
  const soa = zone.rrsets.find(({ owner, type }) => owner === zone.apex && type === 'SOA');
  return signZone(zone, keys, {
    inceptionSeconds: nowSeconds - skewSeconds,
    expirationSeconds: nowSeconds + validSeconds,
    denial: { kind: 'nsec' },
    dnskeyTtlSeconds: Math.min(dnskeyTtlSeconds, soa?.ttl ?? dnskeyTtlSeconds),
  }).zone;
}

/** The keys of the zones that a signed internet has from its beginning. */
export interface ZoneSigner {
  /** A key-signing and a zone-signing key; none for a zone that is not signed. */
  keysOf(apex: Name): readonly SigningKey[];
  /** `zone`, signed where it is one of those. */
  sign(zone: Zone): Zone;
  /** The DS RRset that belongs in the zone above; none for a zone that is not signed. */
  dsOf(apex: Name, ttlSeconds: number): readonly RRset<'DS'>[];
}

/** A signer of nothing. */
export const noSigner: ZoneSigner = { keysOf: () => [], sign: zone => zone, dsOf: () => [] };

/** A signer of the zones `apexes`. */
export function createZoneSigner(
  clock: Pick<Clock, 'now'>,
  random: Random,
  apexes: readonly Name[],
): ZoneSigner {
  const keys = new Map(
    apexes.map(apex => [apex, [newSigningKey(random, true), newSigningKey(random, false)]]),
  );
  return {
    keysOf: apex => keys.get(apex) ?? [],
    sign: zone => {
      const own = keys.get(zone.apex);
      return own === undefined ? zone : signedBy(own, zone, clock);
    },
    dsOf: (apex, ttlSeconds) => {
      const [entry] = keys.get(apex) ?? [];
      return entry === undefined ? [] : [makeRRset(apex, 'DS', ttlSeconds, [dsOfKey(apex, entry.dnskey)])];
    },
  };
}

/** The console of a host: what somebody types in by hand where the host's API does not take it. */
export interface Console {
  /** Puts `rrset` into the zone that holds its owner, in place of what is there of its type. */
  put(rrset: RRset): void;
  remove(owner: Name, type: RRType): void;
}

/**
 * As `servers`, with the zones of `signer` signed on their way, as by a host that signs without being asked by API, and with
 * what was typed into its console.
 */
export function signingNameServers(servers: NameServers, signer: ZoneSigner): NameServers & Console {
  const published = new Map<string, { readonly zone: Zone; readonly names: readonly Name[] }>();
  const typed = new Map<string, RRset>();
  const show = (key: string): void => {
    const found = published.get(key);
    if (found !== undefined) {
      const own = [...typed.values()].filter(({ owner }) => isBelow(owner, found.zone.apex));
      const zone = { ...found.zone, rrsets: [...found.zone.rrsets, ...own] };
      servers.publish(key, signer.sign(zone), found.names);
    }
  };
  const edit = (change: () => void): void => {
    change();
    for (const key of published.keys()) {
      show(key);
    }
  };
  return {
    publish: (key, zone, names) => {
      published.set(key, { zone, names });
      show(key);
    },
    withdraw: key => {
      published.delete(key);
      servers.withdraw(key);
    },
    settled: () => servers.settled(),
    put: rrset => edit(() => typed.set(`${rrset.owner} ${rrset.type}`, rrset)),
    remove: (owner, type) => edit(() => typed.delete(`${owner} ${type}`)),
  };
}
