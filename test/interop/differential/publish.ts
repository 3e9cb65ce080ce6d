import { generateKeyPairSync } from 'node:crypto';
import { dsOfKey } from '../../../src/dns/dnssec.ts';
import { makeSigningKey, type SigningKey } from '../../../src/dns/dnssec-keys.ts';
import { signZone } from '../../../src/dns/dnssec-zone.ts';
import { isAtOrBelow, isBelow, type Name, rootName } from '../../../src/dns/name.ts';
import { parseRdata } from '../../../src/dns/rdata.ts';
import { makeRRset, type Rdata, type RRset, rrsetOf } from '../../../src/dns/rrset.ts';
import { makeZone, type Zone } from '../../../src/dns/zone.ts';
import { printRRset } from '../../../src/dns/zonefile.ts';
import type { Fault, Signing, Site, SiteServer } from './sites.ts';

/** Signs sites and prints them as zone files. Keys are shared by many zones: they are what takes time to make. */
export class Publisher {
  readonly #nowSeconds: number;
  readonly #keys = new Map<string, SigningKey>();

  constructor(nowSeconds: number) {
    this.#nowSeconds = nowSeconds;
  }

  /** The zone file of a site, with what is wrong with it. */
  zoneFileOf(site: Site): string {
    return this.#published(site).map(printRRset).join('');
  }

  /** The DS records of a site, whatever its parent says of it. */
  dsOf(site: Site): readonly Rdata[] {
    const { signing, apex } = site;
    const entry = signing === null ? undefined : this.#keysOf(signing)[0];
    return entry === undefined || signing === null
      ? []
      : signing.digestTypes.map(digestType => dsOfKey(apex, entry.dnskey, digestType));
  }

  #published(site: Site): readonly RRset[] {
    const zone = this.#plainZone(site);
    const { signing, fault } = site;
    if (signing === null || fault === 'unsigned-child') {
      return zone.rrsets;
    }
    const denial =
      signing.denial === 'nsec' ? { kind: 'nsec' as const } : { kind: 'nsec3' as const, ...signing.denial };
    const signed = signZone(zone, this.#keysOf(signing), { ...this.#validity(fault), denial });
    return spoiled(signed.rrsets, site);
  }

  #plainZone(site: Site): Zone {
    const { apex, servers, ownServers, records, children } = site;
    const own = ownServers ?? servers;
    const soa = rrsetOf(
      apex,
      'SOA',
      3600,
      `${own[0]?.name ?? apex} hostmaster.${apex === rootName ? 'rootns.' : apex} 1 7200 3600 1209600 300`,
    );
    const ns = rrsetOf(apex, 'NS', 3600, ...own.map(({ name }) => name));
    const addresses = [...servers, ...own].filter(({ name }) => isAtOrBelow(name, apex));
    const delegations = children.flatMap(child => this.#delegationOf(child, apex));
    return makeZone(apex, joined([soa, ns, ...records, ...addresses.flatMap(addressOf), ...delegations]));
  }

  /** What a parent has of a child: NS, DS and glue. */
  #delegationOf(child: Site, parent: Name): readonly RRset[] {
    const ns = rrsetOf(child.apex, 'NS', 3600, ...child.servers.map(({ name }) => name));
    const glue = child.servers
      .filter(server => server.glue && isBelow(server.name, parent))
      .flatMap(addressOf);
    const ds = this.#dsAtParent(child);
    return [ns, ...glue, ...(ds.length > 0 ? [makeRRset(child.apex, 'DS', 3600, ds)] : [])];
  }

  #dsAtParent(child: Site): readonly Rdata[] {
    const { signing, fault, apex } = child;
    if (signing?.chained !== true) {
      return [];
    }
    const right = this.dsOf(child);
    const wrong = dsOfKey(apex, this.#key(signing.algorithm, 'stranger').dnskey);
    switch (fault) {
      case 'wrong-ds':
        return [wrong];
      case 'half-wrong-ds':
        return [...right, wrong];
      case 'unknown-algorithm-ds':
        return right.map(ds => parseRdata('DS', ds.replace(/^(\d+) \d+/, '$1 200')));
      case 'unknown-digest-ds':
        return right.map(ds => parseRdata('DS', ds.replace(/^(\d+ \d+) \d+/, '$1 250')));
      default:
        return right;
    }
  }

  #keysOf({ algorithm, keys }: Signing): readonly SigningKey[] {
    return keys === 'combined'
      ? [this.#key(algorithm, 'entry')]
      : [this.#key(algorithm, 'entry'), this.#key(algorithm, 'zone')];
  }

  #key(algorithm: number, role: 'entry' | 'zone' | 'stranger'): SigningKey {
    const known = this.#keys.get(`${algorithm} ${role}`);
    const key =
      known ?? makeSigningKey(privateKeyFor(algorithm), { algorithm, secureEntryPoint: role !== 'zone' });
    this.#keys.set(`${algorithm} ${role}`, key);
    return key;
  }

  #validity(fault: Fault | null): { readonly inceptionSeconds: number; readonly expirationSeconds: number } {
    const day = 86_400;
    const shift = fault === 'expired' ? -60 * day : fault === 'not-yet-valid' ? 60 * day : 0;
    const middle = this.#nowSeconds + shift;
    return { inceptionSeconds: middle - 10 * day, expirationSeconds: middle + 20 * day };
  }
}

function privateKeyFor(algorithm: number): ReturnType<typeof generateKeyPairSync>['privateKey'] {
  switch (algorithm) {
    case 13:
      return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    case 14:
      return generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey;
    case 15:
      return generateKeyPairSync('ed25519').privateKey;
    case 16:
      return generateKeyPairSync('ed448').privateKey;
    default:
      return generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey;
  }
}

function addressOf({ name, addresses }: SiteServer): readonly RRset[] {
  return addresses.length === 0 ? [] : [rrsetOf(name, 'A', 3600, ...addresses)];
}

/** RRsets of the same owner and type as one, for a server may have several addresses and be named by several zones. */
function joined(rrsets: readonly RRset[]): readonly RRset[] {
  const all = new Map<string, RRset>();
  for (const rrset of rrsets) {
    const key = `${rrset.owner} ${rrset.type}`;
    const before = all.get(key);
    all.set(
      key,
      before === undefined
        ? rrset
        : makeRRset(rrset.owner, rrset.type, before.ttl, [...before.data, ...rrset.data]),
    );
  }
  return [...all.values()];
}

/** What is left of a signed zone after the fault of its signatures. */
function spoiled(rrsets: readonly RRset[], { apex, fault }: Site): readonly RRset[] {
  const isAt = (rrset: RRset): boolean => rrset.owner === `www.${apex}` && rrset.type === 'A';
  switch (fault) {
    case 'unsigned-rrset':
      return rrsets.filter(
        (rrset, at) => !(rrset.type === 'RRSIG' && at > 0 && isAt(rrsets[at - 1] ?? rrset)),
      );
    case 'changed-data':
      return rrsets.map(rrset =>
        isAt(rrset) ? makeRRset(rrset.owner, 'A', rrset.ttl, [parseRdata('A', '192.0.2.250')]) : rrset,
      );
    case 'no-denial':
      return rrsets.filter(
        ({ type, data }) =>
          !isDenial(type) && !(type === 'RRSIG' && isDenial(data[0]?.split(' ', 1)[0] ?? '')),
      );
    case 'unsigned-keys':
      return rrsets.filter(({ type, data }) => !(type === 'RRSIG' && data[0]?.startsWith('DNSKEY ')));
    case 'strange-signatures':
      return rrsets.map(rrset => (rrset.type === 'RRSIG' ? withStrangers(rrset) : rrset));
    default:
      return rrsets;
  }
}

/** Signatures with two beside them that no key of the zone has made: one of an unknown key, one that is wrong. */
function withStrangers(rrset: RRset): RRset {
  const strangers = rrset.data.slice(0, 1).flatMap(data => {
    const words = data.split(' ');
    const [tag = '0', signature = ''] = [words[6], words[8]];
    const other = [...words.slice(0, 6), String((Number(tag) + 1) % 65536), ...words.slice(7)];
    const wrong = [
      ...words.slice(0, 8),
      `${signature.startsWith('AAAA') ? 'BBBB' : 'AAAA'}${signature.slice(4)}`,
    ];
    return [other, wrong].map(parts => parseRdata('RRSIG', parts.join(' ')));
  });
  return makeRRset(rrset.owner, 'RRSIG', rrset.ttl, [...rrset.data, ...strangers]);
}

function isDenial(type: string): boolean {
  return type === 'NSEC' || type === 'NSEC3';
}
