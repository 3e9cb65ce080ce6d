import type { SigningKey } from '../../dns/dnssec-keys.ts';
import { isAtOrBelow, type Name, rootName } from '../../dns/name.ts';
import { parseRdata } from '../../dns/rdata.ts';
import { makeRRset, type Rdata, type RRset, type RRType } from '../../dns/rrset.ts';
import { makeZone } from '../../dns/zone.ts';
import { type EmulatorDeps, randomText, shuffled } from '../emulation.ts';
import { signedBy } from '../signing.ts';
import { Route53Fault, refused } from './fault.ts';
import { printDomainName } from './names.ts';
import { isServed, keyOf, type RecordSet } from './record-set.ts';

/** A hosted zone of the account. */
export interface HostedZoneState {
  /** Without `/hostedzone/`. */
  readonly id: string;
  readonly name: Name;
  readonly reference: string;
  comment: string | null;
  readonly isPrivate: boolean;
  /** In the order in which Route 53 gives them; empty for a private zone. */
  readonly nameServers: readonly Name[];
  /** Of a reusable delegation set; null for none. */
  readonly delegationSetId: string | null;
  records: ReadonlyMap<string, RecordSet>;
  readonly tags: Map<string, string>;
  /** Key-signing keys by name. */
  readonly ksks: Map<string, KeySigningKeyState>;
  /** The zone-signing key, which is Route 53's own; null while the zone is not signed. */
  zsk: SigningKey | null;
  /** Record sets that are protected, as `name type`, with their comments. */
  readonly protections: Map<string, Protection>;
  /** Whether a change is being carried out. */
  busy: boolean;
}

/** A key-signing key of a zone. */
export interface KeySigningKeyState {
  readonly name: string;
  readonly reference: string;
  readonly kmsArn: string;
  readonly key: SigningKey;
  readonly createdMs: number;
  active: boolean;
}

/** A lock on the record sets of one name and type. */
export interface Protection {
  readonly name: Name;
  readonly type: RRType;
  readonly comment: string | null;
}

/** A change that was accepted. */
export interface ChangeState {
  /** Without `/change/`. */
  readonly id: string;
  readonly submittedAtMs: number;
  readonly comment: string | null;
  inSync: boolean;
}

/** A reusable delegation set. */
export interface DelegationSetState {
  /** Without `/delegationset/`. */
  readonly id: string;
  readonly reference: string;
  readonly nameServers: readonly Name[];
}

/** The times to live of what a new zone holds, in seconds. */
export interface ApexTimes {
  readonly nsTtl: number;
  readonly soaTtl: number;
  /** The SOA's MINIMUM. */
  readonly soaMinimum: number;
}

/** All that one account holds. */
export interface Account {
  readonly deps: EmulatorDeps;
  /** The name servers that zones can get. */
  readonly pool: readonly Name[];
  readonly apexTimes: ApexTimes;
  readonly zones: Map<string, HostedZoneState>;
  readonly changes: Map<string, ChangeState>;
  readonly delegationSets: Map<string, DelegationSetState>;
  /** The ARNs of the keys in KMS that Route 53 may sign with. */
  readonly kmsKeys: readonly string[];
  /** What the parent of a zone publishes as its DS. */
  readonly dsAbove: (apex: Name) => readonly Rdata[];
  /** Every reference ever used, also of zones that are gone. */
  readonly references: Set<string>;
}

/** What a new zone is made from. */
export interface NewZone {
  readonly name: Name;
  readonly reference: string;
  readonly comment?: string | null;
  readonly isPrivate?: boolean;
  /** Drawn from the pool unless given. */
  readonly nameServers?: readonly Name[];
  readonly delegationSetId?: string | null;
  /** A key-signing and a zone-signing key of a zone that is signed from the beginning. */
  readonly signingKeys?: readonly SigningKey[];
}

const idAlphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
const tlds = ['com.', 'net.', 'org.', 'co.uk.'];

/** An identifier as Route 53 makes them: `prefix` and 20 letters and digits. */
export function newId(account: Account, prefix: string): string {
  return `${prefix}0${randomText(account.deps.random, idAlphabet, 19)}`;
}

/** Adds a zone with SOA and NS to the account; publishes nothing. */
export function addZone(account: Account, made: NewZone): HostedZoneState {
  const isPrivate = made.isPrivate ?? false;
  const nameServers = made.nameServers ?? (isPrivate ? [] : drawNameServers(account, made.name));
  const zone: HostedZoneState = {
    id: newId(account, 'Z'),
    name: made.name,
    reference: made.reference,
    comment: made.comment ?? null,
    isPrivate,
    nameServers,
    delegationSetId: made.delegationSetId ?? null,
    records: apexRecords(
      account,
      made.name,
      isPrivate ? privateNameServers : nameServers.map(printDomainName),
    ),
    tags: new Map(),
    ksks: new Map(),
    zsk: null,
    protections: new Map(),
    busy: false,
  };
  const [ksk, zsk] = made.signingKeys ?? [];
  if (ksk !== undefined && zsk !== undefined) {
    const kmsArn = account.kmsKeys[0] ?? '';
    const createdMs = account.deps.clock.now();
    const reference = 'seed';
    zone.ksks.set('seed', { name: 'seed', reference, kmsArn, key: ksk, createdMs, active: true });
    zone.zsk = zsk;
  }
  account.zones.set(zone.id, zone);
  account.references.add(made.reference);
  return zone;
}

const privateNameServers = ['ns-0.awsdns-00.com.', 'ns-512.awsdns-00.net.'];

function apexRecords(
  account: Account,
  name: Name,
  servers: readonly string[],
): ReadonlyMap<string, RecordSet> {
  const { nsTtl, soaTtl, soaMinimum } = account.apexTimes;
  const soa = `${servers[0] ?? '.'} awsdns-hostmaster.amazon.com. 1 7200 900 1209600 ${soaMinimum}`;
  return new Map(
    [plainSet(name, 'NS', nsTtl, servers), plainSet(name, 'SOA', soaTtl, [soa])].map(set => [
      keyOf(set),
      set,
    ]),
  );
}

/** A record set of simple routing. */
export function plainSet(name: Name, type: string, ttl: number, values: readonly string[]): RecordSet {
  return { name, type, identifier: null, weight: null, ttl, values, alias: null };
}

/**
 * Four name servers of the pool, one below each TLD, none of which serves a zone of that name, above or below it.
 *
 * Throws DelegationSetNotAvailable when the pool has no such servers left.
 */
export function drawNameServers(account: Account, name: Name): readonly Name[] {
  const taken = new Set(conflictingZones(account, name).flatMap(zone => zone.nameServers));
  const reserved = new Set([...account.delegationSets.values()].flatMap(set => set.nameServers));
  const drawn = tlds.map(tld => {
    const free = account.pool.filter(
      server => server.endsWith(`.${tld}`) && !taken.has(server) && !reserved.has(server),
    );
    const server = free[account.deps.random.below(Math.max(1, free.length))];
    if (server === undefined) {
      throw refused(
        'DelegationSetNotAvailable',
        `Route 53 has no name servers left for another hosted zone named ${printDomainName(name)}`,
      );
    }
    return server;
  });
  return shuffled(account.deps.random, drawn);
}

/** The zones that may share no name server with a zone named `name`: of that name, above it and below it. */
export function conflictingZones(account: Account, name: Name): readonly HostedZoneState[] {
  return [...account.zones.values()].filter(
    zone => !zone.isPrivate && (isAtOrBelow(zone.name, name) || isAtOrBelow(name, zone.name)),
  );
}

/** The reusable delegation set of a request's identifier; null for none. Throws NoSuchDelegationSet. */
export function delegationSetOf(account: Account, id: string | null): DelegationSetState | null {
  if (id === null || id === '') {
    return null;
  }
  const set = account.delegationSets.get(id.replace(/^\/delegationset\//, ''));
  if (set === undefined) {
    throw new Route53Fault(404, 'NoSuchDelegationSet', `No delegation set found with ID: ${id}`);
  }
  return set;
}

/** Notes a change and publishes `zone` as it is now; the change is in sync once every server shows it. */
export function publishZone(
  account: Account,
  zone: HostedZoneState,
  comment: string | null = null,
): ChangeState {
  if (!zone.isPrivate) {
    const plain = makeZone(zone.name, rrsetsOf(zone));
    const active = [...zone.ksks.values()].filter(ksk => ksk.active).map(ksk => ksk.key);
    account.deps.nameServers.publish(
      publicationKey(zone),
      zone.zsk === null ? plain : signedBy([...active, zone.zsk], plain, account.deps.clock),
      zone.nameServers,
    );
  }
  return noteChange(account, comment);
}

/** Removes `zone` from the account and from the name servers. */
export function removeZone(account: Account, zone: HostedZoneState): ChangeState {
  account.zones.delete(zone.id);
  account.deps.nameServers.withdraw(publicationKey(zone));
  return noteChange(account, null);
}

function publicationKey(zone: HostedZoneState): string {
  return `route53:${zone.id}`;
}

function noteChange(account: Account, comment: string | null): ChangeState {
  const { clock, nameServers } = account.deps;
  const change: ChangeState = { id: newId(account, 'C'), submittedAtMs: clock.now(), comment, inSync: false };
  account.changes.set(change.id, change);
  void nameServers.settled().then(() => {
    change.inSync = true;
  });
  return change;
}

/**
 * The RRsets that the name servers answer with: one for all record sets of a name and type, aliases followed in the zone.
 */
export function rrsetsOf(zone: HostedZoneState): readonly RRset[] {
  const groups = new Map<string, RecordSet[]>();
  for (const set of zone.records.values()) {
    const key = `${set.name} ${set.type}`;
    groups.set(key, [...(groups.get(key) ?? []), set]);
  }
  return [...groups.values()].flatMap(sets => rrsetOfSets(zone, sets) ?? []);
}

function rrsetOfSets(zone: HostedZoneState, sets: readonly RecordSet[]): RRset | null {
  const [first] = sets;
  if (first === undefined || !isServed(first.type)) {
    return null;
  }
  const plain = sets.flatMap(set => (set.alias === null ? set : aliased(zone, set)));
  const data = plain.flatMap(set => set.values).map(value => parseRdata(first.type, value, rootName));
  return data.length === 0 ? null : makeRRset(first.name, first.type, plain[0]?.ttl ?? 60, data);
}

/** The record sets of the same zone that an alias points at; aliases of anything else answer nothing here. */
function aliased(zone: HostedZoneState, set: RecordSet): readonly RecordSet[] {
  return [...zone.records.values()].filter(
    other =>
      other.alias === null && other.type === set.type && printDomainName(other.name) === set.alias?.dnsName,
  );
}
