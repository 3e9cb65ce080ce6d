import { DnssecBudget } from './dnssec-budget.ts';
import { nsec3Chain, nsecChain } from './dnssec-chain.ts';
import { zoneKeysOf } from './dnssec-keys.ts';
import { layoutOf, signedRRsets, type ZoneNode } from './dnssec-layout.ts';
import { nsec3Of, nsec3ParamOf } from './dnssec-nsec3.ts';
import { type RRsetVerdict, verifyKeys, verifyRRset } from './dnssec-verify.ts';
import { labelsOf, type Name } from './name.ts';
import { type Rdata, type RRset, type RRType, sameData } from './rrset.ts';
import { negativeTtlOf, rrsetAt, soaRRset, type Zone } from './zone.ts';

/** What is wrong with the signatures of a zone, at one owner and type. */
export interface SignedZoneFault {
  readonly owner: Name;
  readonly type: RRType;
  /** A sentence with what was found. */
  readonly problem: string;
}

/** How `faultsOfSignedZone` looks at a zone. */
export interface CheckZoneOptions {
  /** The time now, in seconds since 1970. */
  readonly nowSeconds: number;
  /** Data of DS records that must lead to the keys; without them the keys only have to sign themselves. */
  readonly ds?: readonly Rdata[];
}

/** Signatures that are tried for one RRset of a zone file: it is the operator's own, and keys roll over. */
const validationsPerRRset = 64;

/**
 * What a validator would stumble over in a whole signed zone: in canonical order of the owners, none when nothing.
 *
 * Every RRset of the zone's own must verify, and its NSEC or NSEC3 chain be complete: right owners, next names and types
 * (RFC 4035 section 2, RFC 5155 section 7.1). Each RRset has a budget of its own. Throws ZC_ZONE without a SOA, ZC_LIMIT when
 * the zone asks for more than 2500 iterations of NSEC3.
 */
export function faultsOfSignedZone(zone: Zone, options: CheckZoneOptions): readonly SignedZoneFault[] {
  const { apex } = zone;
  const keys = rrsetAt(zone, apex, 'DNSKEY');
  if (keys === null) return [{ owner: apex, type: 'DNSKEY', problem: 'the zone has no keys' }];
  const signatures = signaturesByOwner(zone);
  const of = (owner: Name): readonly Rdata[] => signatures.get(owner) ?? [];
  const faults: SignedZoneFault[] = [];
  const nodes = layoutOf(zone);
  const chain = checkChain(zone, nodes, faults);
  for (const rrset of [...nodes.flatMap(signedRRsets), ...chain]) {
    const verdict = verifyRRset(rrset, of(rrset.owner), keys, work(options));
    const problem = problemOf(verdict, rrset);
    if (problem !== null) faults.push({ owner: rrset.owner, type: rrset.type, problem });
  }
  if (options.ds !== undefined) {
    const verdict = verifyKeys(keys, of(apex), options.ds, work(options));
    if (verdict.kind !== 'secure') {
      const problem = `no DS leads to the keys ${zoneKeysOf(keys)
        .map(({ keyTag }) => keyTag)
        .join(', ')}: ${verdict.kind}`;
      faults.push({ owner: apex, type: 'DNSKEY', problem });
    }
  }
  return faults;
}

function work(options: CheckZoneOptions): { readonly nowSeconds: number; readonly budget: DnssecBudget } {
  const limits = {
    validations: validationsPerRRset,
    keysPerTag: validationsPerRRset,
    dsTried: validationsPerRRset,
  };
  return { nowSeconds: options.nowSeconds, budget: new DnssecBudget(limits) };
}

function problemOf(verdict: RRsetVerdict, { owner }: RRset): string | null {
  switch (verdict.kind) {
    case 'secure':
      return verdict.wildcard === null ? null : `signed as if ${owner} came from ${verdict.wildcard}`;
    case 'limit':
      return `no signature held before the limit ${verdict.limit}`;
    case 'bogus':
      return verdict.faults.length === 0
        ? 'not signed'
        : verdict.faults.map(({ problem }) => problem).join('; ');
  }
}

function signaturesByOwner(zone: Zone): ReadonlyMap<Name, readonly Rdata[]> {
  const all = new Map<Name, Rdata[]>();
  for (const { owner, type, data } of zone.rrsets) {
    if (type !== 'RRSIG') continue;
    all.set(owner, [...(all.get(owner) ?? []), ...data]);
  }
  return all;
}

/** Compares the chain with the one that the zone's names ask for; gives the RRsets of the chain that is there. */
function checkChain(zone: Zone, nodes: readonly ZoneNode[], faults: SignedZoneFault[]): readonly RRset[] {
  const ttl = negativeTtlOf(soaRRset(zone));
  const parameters = rrsetAt(zone, zone.apex, 'NSEC3PARAM')?.data[0];
  const type = parameters === undefined ? 'NSEC' : 'NSEC3';
  const found = new Map<Name, RRset>();
  for (const rrset of zone.rrsets) if (rrset.type === type) found.set(rrset.owner, rrset);
  const hashes = new Set([...found.keys()].map(owner => labelsOf(owner)[0] ?? ''));
  const wanted =
    parameters === undefined
      ? nsecChain(nodes, zone.apex, ttl)
      : nsec3Chain(nodes, zone.apex, ttl, {
          parameters: nsec3ParamOf(parameters),
          flags: [...found.values()].some(isOptOut) ? 1 : 0,
          keeps: hash => hashes.has(hash),
        });
  for (const rrset of wanted) {
    const there = found.get(rrset.owner);
    const { owner } = rrset;
    if (there === undefined) faults.push({ owner, type, problem: `the chain lacks this ${type}` });
    else if (!sameData(there, rrset)) {
      faults.push({ owner, type, problem: `it says ${there.data.join()}, the zone is ${rrset.data.join()}` });
    }
  }
  const owners = new Set(wanted.map(({ owner }) => owner));
  for (const owner of found.keys()) {
    if (!owners.has(owner)) faults.push({ owner, type, problem: 'the zone has no such name' });
  }
  return [...found.values()];
}

function isOptOut({ data }: RRset): boolean {
  return data.some(rdata => (nsec3Of(rdata).flags & 1) !== 0);
}
