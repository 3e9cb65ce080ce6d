import type { SigningKey } from '../../dns/dnssec-keys.ts';
import { type Name, parseName } from '../../dns/name.ts';
import { parseRdata } from '../../dns/rdata.ts';
import { makeRRset, type Rdata, type RRset, type RRType } from '../../dns/rrset.ts';
import { makeZone } from '../../dns/zone.ts';
import type { EmulatorDeps } from '../emulation.ts';
import type { Api } from '../faults.ts';
import { signedBy } from '../signing.ts';

/** An RRset as a host keeps it. */
export interface KeptSet {
  readonly owner: Name;
  readonly type: RRType;
  /** Seconds. */
  readonly ttl: number;
  readonly data: readonly Rdata[];
}

/** A zone of an account. */
export interface KeptZone {
  readonly id: string;
  readonly apex: Name;
  readonly servers: readonly Name[];
  /** The SOA aside; by `keyOf`. */
  sets: ReadonlyMap<string, KeptSet>;
  serial: number;
  /** By which it is signed; `put` publishes it anew. */
  keys: readonly SigningKey[];
  /** What else the host keeps of it, such as labels. */
  readonly extra: Readonly<Record<string, unknown>>;
}

/** How a host makes zones. */
export interface ZoneHabits {
  readonly api: Api;
  /** The mailbox that its SOA names. */
  readonly rname: string;
  /** Seconds. */
  readonly soaTtl: number;
  readonly soaMinimum: number;
  readonly nsTtl: number;
}

/** The zones of one account, as they are served. */
export interface ZoneStore {
  readonly all: ReadonlyMap<Name, KeptZone>;
  /** Adds a zone with its NS RRset and publishes it. */
  add(zone: Omit<KeptZone, 'serial' | 'sets'>, sets: readonly KeptSet[]): KeptZone;
  /** Sets what a zone holds and publishes it. */
  put(zone: KeptZone, sets: ReadonlyMap<string, KeptSet>): void;
  remove(zone: KeptZone): void;
  /** The SOA of a zone, as it is served. */
  soaOf(zone: KeptZone): KeptSet;
}

/** A key of `KeptZone.sets`. */
export function keyOf(owner: Name, type: RRType): string {
  return `${owner} ${type}`;
}

/** RRsets by `keyOf`. */
export function indexOf(sets: readonly KeptSet[]): ReadonlyMap<string, KeptSet> {
  return new Map(sets.map(set => [keyOf(set.owner, set.type), set]));
}

/** No zones yet. */
export function createZoneStore(deps: EmulatorDeps, habits: ZoneHabits): ZoneStore {
  const all = new Map<Name, KeptZone>();
  const soaOf = (zone: KeptZone): KeptSet => {
    const times = `${zone.serial} 86400 7200 3600000 ${habits.soaMinimum}`;
    const data = parseRdata('SOA', `${zone.servers[0] ?? zone.apex} ${parseName(habits.rname)} ${times}`);
    return { owner: zone.apex, type: 'SOA', ttl: habits.soaTtl, data: [data] };
  };
  const publish = (zone: KeptZone): void => {
    const rrsets = [soaOf(zone), ...zone.sets.values()].map(rrsetOfKept);
    const plain = makeZone(zone.apex, rrsets);
    const served = zone.keys.length === 0 ? plain : signedBy(zone.keys, plain, deps.clock);
    deps.nameServers.publish(`${habits.api}:${zone.apex}`, served, zone.servers);
  };
  return {
    all,
    soaOf,
    add(zone, sets) {
      const ns = {
        owner: zone.apex,
        type: 'NS',
        ttl: habits.nsTtl,
        data: zone.servers.map(server => parseRdata('NS', server)),
      };
      const kept: KeptZone = { ...zone, sets: indexOf([ns, ...sets]), serial: 1 };
      all.set(zone.apex, kept);
      publish(kept);
      return kept;
    },
    put(zone, sets) {
      zone.sets = sets;
      zone.serial += 1;
      publish(zone);
    },
    remove(zone) {
      all.delete(zone.apex);
      deps.nameServers.withdraw(`${habits.api}:${zone.apex}`);
    },
  };
}

/** An RRset as it is served. */
export function rrsetOfKept({ owner, type, ttl, data }: KeptSet): RRset {
  return makeRRset(owner, type, ttl, data);
}
