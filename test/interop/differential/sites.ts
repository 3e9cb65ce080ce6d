import type { Nsec3Parameters } from '../../../src/dns/dnssec-nsec3.ts';
import { type Name, parseName } from '../../../src/dns/name.ts';
import type { RRset } from '../../../src/dns/rrset.ts';
import type { Dice } from '../../dns/generate.ts';

/** What is wrong with a zone, or with the way to it. */
export type Fault =
  // The way to it.
  | 'lame'
  | 'partly-lame'
  | 'dead'
  | 'partly-dead'
  | 'silent'
  | 'partly-silent'
  | 'unresolvable-ns'
  | 'partly-unresolvable-ns'
  | 'addressless-ns'
  | 'alias-ns'
  | 'cyclic-ns'
  | 'missing-glue'
  | 'child-disagrees'
  // Its signatures.
  | 'wrong-ds'
  | 'half-wrong-ds'
  | 'unsigned-child'
  | 'unknown-algorithm-ds'
  | 'unknown-digest-ds'
  | 'expired'
  | 'not-yet-valid'
  | 'unsigned-rrset'
  | 'changed-data'
  | 'no-denial'
  | 'unsigned-keys'
  | 'strange-signatures';

/** How a zone is signed. */
export interface Signing {
  readonly algorithm: number;
  /** One key that signs all, or a key for the keys and one for the rest. */
  readonly keys: 'combined' | 'split';
  readonly denial: 'nsec' | { readonly parameters: Nsec3Parameters; readonly optOut: boolean };
  readonly digestTypes: readonly number[];
  /** Whether the parent has DS records of it. */
  readonly chained: boolean;
}

/** One name server of a delegation; `glue` goes to the parent, unless it is null. */
export interface SiteServer {
  readonly name: Name;
  readonly addresses: readonly string[];
  readonly glue: boolean;
}

/** One zone of the generated internet, and the way to it. */
export interface Site {
  readonly apex: Name;
  readonly parent: Site | null;
  readonly children: Site[];
  /** The groups of servers that serve it; none serves what is missing. */
  readonly groups: readonly number[];
  readonly signing: Signing | null;
  fault: Fault | null;
  /** What the parent says. */
  servers: readonly SiteServer[];
  /** What the zone itself says, when that is something else. */
  ownServers: readonly SiteServer[] | null;
  /** All but SOA, NS, glue and what signing adds. */
  readonly records: RRset[];
}

/** The groups of servers: of the root, of the zones below it, and of all others; the last group is Knot's, the others NSD's. */
export const groupCount: number = 8;
/** The group of the root zone. */
export const rootGroup: number = 0;
/** The group of the zones below it. */
export const topGroup: number = 1;
/** The first group of all others. */
export const firstGroup: number = 2;
/** The group that Knot serves, which would not load zones that are broken on purpose. */
export const knotGroup: number = groupCount - 1;
/** Addresses that one group listens at. */
export const addressesPerGroup = 4;
/** Addresses that are bound by someone who never says anything. */
export const silentAddresses: readonly string[] = Array.from({ length: 4 }, (_, at) => `127.67.0.${at + 1}`);

/** The address `at` of a group of servers. */
export function groupAddress(group: number, at: number): string {
  return `127.20.${group}.${(at % addressesPerGroup) + 1}`;
}

/** Whether a chain of trust leads to a zone, as long as no zone above it has a fault. */
export function isChained(site: Site): boolean {
  return site.signing?.chained === true && (site.parent === null || isChained(site.parent));
}

/** Name servers in their own zone, with glue. */
export function serversInside(apex: Name, group: number, dice: Dice): readonly SiteServer[] {
  const first = dice.below(addressesPerGroup);
  return Array.from({ length: dice.between(1, 3) }, (_, at) =>
    siteServer(`ns${at + 1}.${apex}`, groupAddress(group, first + at), true),
  );
}

/** A name server; `address` is empty when it has none. */
export function siteServer(name: string, address: string, glue: boolean): SiteServer {
  return { name: parseName(name), addresses: address === '' ? [] : [address], glue };
}
