import { isAtOrBelow, type Name } from '../../dns/name.ts';
import { makeRRset, type RRset } from '../../dns/rrset.ts';
import { makeZone } from '../../dns/zone.ts';
import type { EmulatorDeps } from '../emulation.ts';
import { type DynData, rdataOf } from './rdata.ts';

/** How a zone counts its serial. */
export type SerialStyle = 'increment' | 'epoch' | 'day' | 'minute';

/** All serial styles. */
export const serialStyles: readonly SerialStyle[] = ['increment', 'epoch', 'day', 'minute'];

/** A record of a zone. */
export interface DynRecord {
  readonly id: number;
  readonly fqdn: Name;
  readonly type: string;
  /** Seconds. */
  readonly ttl: number;
  readonly data: DynData;
}

/** A zone of the account. */
export interface ZoneState {
  readonly name: Name;
  readonly serialStyle: SerialStyle;
  /** Seconds; of records that do not say. */
  readonly defaultTtl: number;
  /** 0 until it is published. */
  serial: number;
  frozen: boolean;
  /** What was published last; of a zone that never was, what a publication would begin from. */
  records: readonly DynRecord[];
  /** The task that is putting it on the servers; null when none runs. */
  task: TaskState | null;
}

/** A task of the account. */
export interface TaskState {
  readonly id: number;
  readonly zone: Name;
  done: boolean;
}

/** A change that a session has made and not yet published. */
export interface StagedChange {
  readonly id: number;
  readonly kind: 'add' | 'remove';
  readonly record: DynRecord;
}

/** The times to live of what a new zone holds, in seconds. */
export interface ZoneTimes {
  readonly nsTtl: number;
  readonly soaTtl: number;
  /** The SOA's MINIMUM. */
  readonly soaMinimum: number;
}

/** All that one customer's account holds. */
export interface Account {
  readonly deps: EmulatorDeps;
  readonly servers: readonly Name[];
  readonly times: ZoneTimes;
  /** Whether a zone refuses changes while a task puts it on the servers. */
  readonly blocksDuringTasks: boolean;
  readonly zones: Map<Name, ZoneState>;
  readonly tasks: Map<number, TaskState>;
  lastRecordId: number;
  lastTaskId: number;
  lastChangeId: number;
}

/** What a new zone is made from. */
export interface NewZone {
  readonly name: Name;
  readonly mailbox: string;
  /** Seconds. */
  readonly defaultTtl: number;
  readonly serialStyle: SerialStyle;
}

/** A record with an identifier of its own. */
export function newRecord(account: Account, record: Omit<DynRecord, 'id'>): DynRecord {
  account.lastRecordId += 1;
  return { id: account.lastRecordId, ...record };
}

/** Adds a zone with SOA and NS, not yet published. */
export function addZone(account: Account, made: NewZone): ZoneState {
  const { nsTtl, soaTtl, soaMinimum } = account.times;
  const soa: DynData = {
    rname: made.mailbox,
    retry: 600,
    mname: account.servers[0] ?? '.',
    minimum: soaMinimum,
    refresh: 3600,
    expire: 604_800,
    serial: 0,
  };
  const at = { fqdn: made.name };
  const zone: ZoneState = {
    name: made.name,
    serialStyle: made.serialStyle,
    defaultTtl: made.defaultTtl,
    serial: 0,
    frozen: false,
    records: [
      newRecord(account, { ...at, type: 'SOA', ttl: soaTtl, data: soa }),
      ...account.servers.map(server =>
        newRecord(account, { ...at, type: 'NS', ttl: nsTtl, data: { nsdname: server } }),
      ),
    ],
    task: null,
  };
  account.zones.set(zone.name, zone);
  return zone;
}

/** The records of a zone as a session with those staged changes sees it. */
export function recordsWith(zone: ZoneState, staged: readonly StagedChange[]): readonly DynRecord[] {
  return staged.reduce<readonly DynRecord[]>(
    (records, change) =>
      change.kind === 'add'
        ? [...records.filter(record => !isSameData(record, change.record)), change.record]
        : records.filter(record => record.id !== change.record.id),
    zone.records,
  );
}

/** Whether two records are one in the DNS, their TTLs aside. */
export function isSameData(a: DynRecord, b: DynRecord): boolean {
  return a.fqdn === b.fqdn && a.type === b.type && rdataOf(a.type, a.data) === rdataOf(b.type, b.data);
}

/** Publishes `records` as the zone, under its next serial; gives the task that puts it on the servers. */
export function publishZone(account: Account, zone: ZoneState, records: readonly DynRecord[]): TaskState {
  const { clock, nameServers } = account.deps;
  zone.serial = nextSerial(zone, clock.now());
  zone.records = records.map(record =>
    record.type === 'SOA' ? { ...record, data: { ...record.data, serial: zone.serial } } : record,
  );
  nameServers.publish(publicationKey(zone), makeZone(zone.name, rrsetsOf(zone)), account.servers);
  account.lastTaskId += 1;
  const task: TaskState = { id: account.lastTaskId, zone: zone.name, done: false };
  account.tasks.set(task.id, task);
  zone.task = task;
  void nameServers.settled().then(() => {
    task.done = true;
    if (zone.task === task) {
      zone.task = null;
    }
  });
  return task;
}

/** Removes a zone at once, published or not. */
export function removeZone(account: Account, zone: ZoneState): void {
  account.zones.delete(zone.name);
  account.deps.nameServers.withdraw(publicationKey(zone));
}

function publicationKey(zone: ZoneState): string {
  return `dyn:${zone.name}`;
}

function nextSerial(zone: ZoneState, nowMs: number): number {
  const stamp = new Date(nowMs).toISOString().replace(/[^0-9]/g, '');
  const least = {
    increment: 1,
    epoch: Math.floor(nowMs / 1000),
    day: Number(`${stamp.slice(0, 8)}00`),
    minute: Number(stamp.slice(2, 12)),
  };
  return Math.max(zone.serial + 1, least[zone.serialStyle]);
}

/** The RRsets that the name servers answer with once the zone is published. */
export function rrsetsOf(zone: ZoneState): readonly RRset[] {
  const groups = new Map<string, DynRecord[]>();
  for (const record of zone.records) {
    const key = `${record.fqdn} ${record.type}`;
    groups.set(key, [...(groups.get(key) ?? []), record]);
  }
  return [...groups.values()].flatMap(group => rrsetOfRecords(group) ?? []);
}

function rrsetOfRecords(records: readonly DynRecord[]): RRset | null {
  const [first] = records;
  const data = records.flatMap(record => rdataOf(record.type, record.data) ?? []);
  return first === undefined || data.length === 0
    ? null
    : makeRRset(first.fqdn, first.type, Math.min(...records.map(record => record.ttl)), data);
}

/** The records at `name` and below it. */
export function subtree(records: readonly DynRecord[], name: Name): readonly DynRecord[] {
  return records.filter(record => isAtOrBelow(record.fqdn, name));
}
