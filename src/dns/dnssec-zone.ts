import { ZonecutError } from '../error.ts';
import { maxNsec3Iterations } from './dnssec-budget.ts';
import { nsec3Chain, nsecChain } from './dnssec-chain.ts';
import type { SigningKey } from './dnssec-keys.ts';
import { inCanonicalOrder, layoutOf, signedRRsets, type ZoneNode } from './dnssec-layout.ts';
import { type Nsec3Parameters, rdataOfNsec3Param } from './dnssec-nsec3.ts';
import { signaturesOf, type Validity } from './dnssec-sign.ts';
import type { Name } from './name.ts';
import { makeRRset, type Rdata, type RRset, type RRType } from './rrset.ts';
import { makeZone, negativeTtlOf, rrsetAt, soaRRset, type Zone } from './zone.ts';

/** How a zone denies what it does not hold. */
export type DenialChain =
  | { readonly kind: 'nsec' }
  /** `optOut` leaves unsigned delegations out of the chain (RFC 5155 section 6). Iterations are 50 at most. */
  | { readonly kind: 'nsec3'; readonly parameters: Nsec3Parameters; readonly optOut: boolean };

/** How `signZone` signs. */
export interface SignZoneOptions extends Validity {
  readonly denial: DenialChain;
  /** Seconds; of the DNSKEY RRset that is there, or of the SOA, unless given. */
  readonly dnskeyTtlSeconds?: number;
}

/** A zone with its keys, its chain of denial and its signatures. */
export interface SignedZone {
  /** To look things up in: the RRSIG records of one owner are one RRset, with the lowest of their TTLs. */
  readonly zone: Zone;
  /**
   * To publish: in canonical order of the owners, each RRset followed by the RRSIG RRset that covers it alone and has its TTL
   * (RFC 4034 section 3). One owner has several RRSIG RRsets here, so that `makeZone` would not take them.
   */
  readonly rrsets: readonly RRset[];
}

/** Types that signing makes anew. */
const made: readonly RRType[] = ['RRSIG', 'NSEC', 'NSEC3', 'NSEC3PARAM'];

/** Types at the apex that key-signing keys sign (RFC 7344 section 4.1 for the two others). */
const ofKeys: readonly RRType[] = ['DNSKEY', 'CDS', 'CDNSKEY'];

/**
 * Signs a zone: adds the DNSKEY records of `keys` to those that are there, a NSEC or NSEC3 chain and signatures, and
 * replaces the chain and the signatures that are there (RFC 4035 section 2, RFC 5155 section 7.1).
 *
 * Keys that are secure entry points sign the keys, the others all the rest; where an algorithm has only one kind, it signs
 * both, so that every algorithm covers the whole zone (RFC 4035 section 2.2). TTLs of the chain are the zone's negative TTL
 * (RFC 9077). The serial stays. Throws ZC_USAGE without keys or on a bad validity, ZC_LIMIT over 50 iterations.
 */
export function signZone(zone: Zone, keys: readonly SigningKey[], options: SignZoneOptions): SignedZone {
  if (keys.length === 0) {
    throw new ZonecutError('ZC_USAGE', `no key signs the zone ${zone.apex}`, {
      hint: 'Make one with dnssec-keygen -a ECDSAP256SHA256, or from a key of node:crypto.',
    });
  }
  const { denial } = options;
  if (denial.kind === 'nsec3' && denial.parameters.iterations > maxNsec3Iterations) {
    throw new ZonecutError(
      'ZC_LIMIT',
      `${denial.parameters.iterations} iterations of NSEC3, ${maxNsec3Iterations} at most`,
      { hint: 'Resolvers take a zone with more for an unsigned one; RFC 9276 section 3.1 asks for 0.' },
    );
  }
  const nodes = layoutOf({ apex: zone.apex, rrsets: baseOf(zone, keys, options) });
  const chain = chainOf(nodes, zone, denial);
  const signed = [...nodes.flatMap(signedRRsets), ...chain];
  const signatures = new Map<RRset, RRset<'RRSIG'>>();
  for (const rrset of signed) {
    signatures.set(rrset, signaturesOf(rrset, keysFor(rrset, zone.apex, keys), zone.apex, options));
  }
  return assembled(zone, nodes, chain, signatures);
}

/** The zone's own data, with the keys and the parameters of the chain. */
function baseOf(zone: Zone, keys: readonly SigningKey[], options: SignZoneOptions): readonly RRset[] {
  const { apex } = zone;
  const before = rrsetAt(zone, apex, 'DNSKEY');
  const ttl = options.dnskeyTtlSeconds ?? before?.ttl ?? soaRRset(zone).ttl;
  const data: readonly Rdata[] = [...(before?.data ?? []), ...keys.map(({ dnskey }) => dnskey)];
  const rrsets = zone.rrsets.filter(
    ({ owner, type }) => !made.includes(type) && !(type === 'DNSKEY' && owner === apex),
  );
  const parameters =
    options.denial.kind === 'nsec3'
      ? [makeRRset(apex, 'NSEC3PARAM', 0, [rdataOfNsec3Param(options.denial.parameters)])]
      : [];
  return [...rrsets, makeRRset(apex, 'DNSKEY', ttl, data), ...parameters];
}

function chainOf(nodes: readonly ZoneNode[], zone: Zone, denial: DenialChain): readonly RRset[] {
  const ttl = negativeTtlOf(soaRRset(zone));
  if (denial.kind === 'nsec') return nsecChain(nodes, zone.apex, ttl);
  const { parameters, optOut } = denial;
  return nsec3Chain(nodes, zone.apex, ttl, { parameters, flags: optOut ? 1 : 0, keeps: () => !optOut });
}

function keysFor({ owner, type }: RRset, apex: Name, keys: readonly SigningKey[]): readonly SigningKey[] {
  const wantsEntry = owner === apex && ofKeys.includes(type);
  return keys.filter(key => {
    const same = keys.filter(({ algorithm }) => algorithm === key.algorithm);
    const isAlone = same.every(({ secureEntryPoint }) => secureEntryPoint === key.secureEntryPoint);
    return isAlone || key.secureEntryPoint === wantsEntry;
  });
}

function assembled(
  zone: Zone,
  nodes: readonly ZoneNode[],
  chain: readonly RRset[],
  signatures: ReadonlyMap<RRset, RRset<'RRSIG'>>,
): SignedZone {
  const kept = nodes.flatMap(node => node.rrsets);
  const owners = new Set(nodes.map(({ owner }) => owner));
  const occluded = zone.rrsets.filter(({ owner, type }) => !made.includes(type) && !owners.has(owner));
  const rrsets = inCanonicalOrder([...kept, ...chain, ...occluded]).flatMap(rrset => {
    const signature = signatures.get(rrset);
    return signature === undefined ? [rrset] : [rrset, signature];
  });
  return { zone: makeZone(zone.apex, withSignaturesJoined(rrsets)), rrsets };
}

/** As `rrsets`, with one RRSIG RRset an owner, behind the last RRset that it has. */
function withSignaturesJoined(rrsets: readonly RRset[]): readonly RRset[] {
  const joined = new Map<Name, { ttl: number; data: Rdata[] }>();
  for (const { owner, type, ttl, data } of rrsets) {
    if (type !== 'RRSIG') continue;
    const found = joined.get(owner);
    if (found === undefined) joined.set(owner, { ttl, data: [...data] });
    else {
      found.ttl = Math.min(found.ttl, ttl);
      found.data.push(...data);
    }
  }
  const others = rrsets.filter(({ type }) => type !== 'RRSIG');
  const signatures = [...joined].map(([owner, { ttl, data }]) => makeRRset(owner, 'RRSIG', ttl, data));
  return inCanonicalOrder([...others, ...signatures]);
}
