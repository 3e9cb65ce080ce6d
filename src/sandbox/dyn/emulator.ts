import type { Name } from '../../dns/name.ts';
import type { RRset } from '../../dns/rrset.ts';
import type { HttpServed } from '../../world/listen-http.ts';
import type { HttpRequest } from '../../world/world.ts';
import type { EmulatorDeps } from '../emulation.ts';
import {
  type Account,
  addZone,
  type DynRecord,
  newRecord,
  publishZone,
  removeZone,
  rrsetsOf,
  type ZoneState,
  type ZoneTimes,
} from './account.ts';
import { dataOfRdata } from './rdata.ts';
import { createService, type DynRates, type SlowRule } from './service.ts';
import type { DynUser } from './sessions.ts';

/** How an emulated account differs from a fresh one. */
export interface DynOptions {
  /** The name servers of its zones. */
  readonly servers: readonly Name[];
  readonly users: readonly DynUser[];
  /** 300 a minute, and locked for a minute beyond that, unless given; null for no limits. */
  readonly rates?: DynRates | null;
  /** Milliseconds after which an idle session ends; an hour unless given. */
  readonly sessionIdleMs?: number;
  /** 86400, 3600 and 1800 unless given. */
  readonly times?: Partial<ZoneTimes>;
  /** Whether a zone refuses changes while a publication of it is on its way; it does not unless given. */
  readonly blocksDuringTasks?: boolean;
}

/** A zone to put into the account from outside the API. */
export interface SeedDynZone {
  readonly name: Name;
  /** Beside SOA and the apex NS. */
  readonly rrsets?: readonly RRset[];
}

/** A customer's account at Dyn Managed DNS behind its REST API, strict as the service is. */
export interface DynEmulator {
  handle(request: HttpRequest): Promise<HttpServed>;
  /** Puts a published zone into the account. */
  seedZone(seed: SeedDynZone): void;
  /** All zones, in the order in which they were made, with what is published. */
  zones(): readonly ZoneState[];
  /** What the name servers serve of a zone; empty for one that is not there. */
  rrsets(name: Name): readonly RRset[];
  /** Replaces the records of a zone and publishes, as somebody else would in the console. */
  edit(name: Name, change: (records: readonly DynRecord[]) => readonly DynRecord[]): void;
  /** Sets an RRset and publishes, as somebody else would in the console. */
  put(name: Name, rrset: RRset): void;
  removeZone(name: Name): void;
  /** Makes jobs slow: they answer 307 and then `incomplete` for some polls. Null makes all fast again. */
  slow(rule: SlowRule | null): void;
}

const serviceTimes: ZoneTimes = { nsTtl: 86_400, soaTtl: 3600, soaMinimum: 1800 };

/** An account without zones. */
export function createDynEmulator(deps: EmulatorDeps, options: DynOptions): DynEmulator {
  const account: Account = {
    deps,
    servers: options.servers,
    times: { ...serviceTimes, ...options.times },
    blocksDuringTasks: options.blocksDuringTasks ?? false,
    zones: new Map(),
    tasks: new Map(),
    lastRecordId: 318_000_000 + deps.random.below(1_000_000),
    lastTaskId: 230_000_000 + deps.random.below(1_000_000),
    lastChangeId: 1000,
  };
  const service = createService(account, {
    users: options.users,
    rates: options.rates === undefined ? { perMinute: 300, lockMs: 60_000 } : options.rates,
    sessionIdleMs: options.sessionIdleMs ?? 3_600_000,
  });
  return { handle: service.handle, slow: service.slow, ...helpersOf(account) };
}

function helpersOf(account: Account): Omit<DynEmulator, 'handle' | 'slow'> {
  const edit: DynEmulator['edit'] = (name, change) => {
    const zone = account.zones.get(name);
    if (zone !== undefined) {
      publishZone(account, zone, change(zone.records));
    }
  };
  return {
    seedZone({ name, rrsets }) {
      const zone = addZone(account, {
        name,
        mailbox: `hostmaster@${name}`,
        defaultTtl: 3600,
        serialStyle: 'increment',
      });
      const records = (rrsets ?? []).flatMap(rrset => recordsOfRRset(account, rrset));
      publishZone(account, zone, [...zone.records, ...records]);
    },
    zones: () => [...account.zones.values()],
    rrsets(name) {
      const zone = account.zones.get(name);
      return zone === undefined ? [] : rrsetsOf(zone);
    },
    edit,
    put(name, rrset) {
      edit(name, records => [
        ...records.filter(record => record.fqdn !== rrset.owner || record.type !== rrset.type),
        ...recordsOfRRset(account, rrset),
      ]);
    },
    removeZone(name) {
      const zone = account.zones.get(name);
      if (zone !== undefined) {
        removeZone(account, zone);
      }
    },
  };
}

function recordsOfRRset(account: Account, rrset: RRset): readonly DynRecord[] {
  return rrset.data.flatMap(rdata => {
    const data = dataOfRdata(rrset.type, rdata);
    return data === null
      ? []
      : [newRecord(account, { fqdn: rrset.owner, type: rrset.type, ttl: rrset.ttl, data })];
  });
}
