import type { Name } from '../../dns/name.ts';
import type { Rdata, RRset, RRType } from '../../dns/rrset.ts';
import type { EmulatorDeps } from '../emulation.ts';
import type { Fields } from './json.ts';
import {
  createZoneStore,
  indexOf,
  type KeptSet,
  type KeptZone,
  keyOf,
  rrsetOfKept,
  type ZoneHabits,
  type ZoneStore,
} from './zones.ts';

/** A record as a host of rows keeps it. */
export interface KeptRow {
  readonly id: string;
  readonly owner: Name;
  readonly type: RRType;
  /** Seconds. */
  readonly ttl: number;
  readonly data: Rdata;
  /** What its servers say in place of it; null for nothing. */
  readonly served?: Pick<KeptRow, 'type' | 'data'> | null;
  /** What else the host keeps of it. */
  readonly extra: Fields;
}

/** A record that is not kept yet. */
export type NewKeptRow = Omit<KeptRow, 'id'>;

/** How a host keeps rows. */
export interface RowHabits extends ZoneHabits {
  /** The NS of the apex are rows as others. */
  readonly apexNsRows: boolean;
  newId(): string;
  /** What the host keeps beside the data of a record that was there from the beginning; nothing unless given. */
  extraOf?(type: RRType, data: Rdata): Fields;
}

/** The zones of one account whose host keeps rows, as they are served. */
export interface RowStore {
  readonly zones: ZoneStore;
  rows(zone: KeptZone): readonly KeptRow[];
  /** Adds a zone with its NS and publishes it. */
  add(zone: Omit<KeptZone, 'serial' | 'sets'>, sets: readonly KeptSet[]): KeptZone;
  /** Sets what a zone holds and publishes it. */
  put(zone: KeptZone, rows: readonly KeptRow[]): void;
  /** A row with a number of its own. */
  numbered(row: NewKeptRow): KeptRow;
  /** Adds the rows of an RRset as somebody else would. */
  putSet(apex: Name, set: KeptSet): void;
  remove(apex: Name): void;
  /** What is in a zone, SOA aside; empty for one that is not there. */
  rrsets(apex: Name): readonly RRset[];
}

/** No zones yet. */
export function createRowStore(deps: EmulatorDeps, habits: RowHabits): RowStore {
  const zones = createZoneStore(deps, habits);
  const rows = new Map<string, readonly KeptRow[]>();
  const isApexNs = (zone: KeptZone, { owner, type }: KeptSet): boolean =>
    owner === zone.apex && type === 'NS';
  const numbered = (row: NewKeptRow): KeptRow => ({ ...row, id: habits.newId() });
  const rowsOf = (sets: readonly KeptSet[]): readonly KeptRow[] =>
    sets.flatMap(({ owner, type, ttl, data }) =>
      data.map(one => numbered({ owner, type, ttl, data: one, extra: habits.extraOf?.(type, one) ?? {} })),
    );
  const put = (zone: KeptZone, next: readonly KeptRow[]): void => {
    rows.set(zone.id, next);
    const own = habits.apexNsRows ? [] : [...zone.sets.values()].filter(set => isApexNs(zone, set));
    zones.put(zone, indexOf([...own, ...setsOf(next)]));
  };
  return {
    zones,
    rows: zone => rows.get(zone.id) ?? [],
    put,
    numbered,
    add(zone, sets) {
      const kept = zones.add(zone, sets);
      const shown = [...kept.sets.values()].filter(set => habits.apexNsRows || !isApexNs(kept, set));
      rows.set(kept.id, rowsOf(shown));
      return kept;
    },
    putSet(apex, set) {
      const zone = zones.all.get(apex);
      if (zone === undefined) return;
      const others = (rows.get(zone.id) ?? []).filter(
        row => keyOf(row.owner, row.type) !== keyOf(set.owner, set.type),
      );
      put(zone, [...others, ...rowsOf([set])]);
    },
    remove(apex) {
      const zone = zones.all.get(apex);
      if (zone !== undefined) zones.remove(zone);
    },
    rrsets: apex => [...(zones.all.get(apex)?.sets.values() ?? [])].map(rrsetOfKept),
  };
}

/** What is served of rows. */
function setsOf(rows: readonly KeptRow[]): readonly KeptSet[] {
  const sets = new Map<string, KeptSet>();
  for (const row of rows) {
    const said = row.served === undefined ? row : row.served;
    if (said === null) continue;
    const key = keyOf(row.owner, said.type);
    const set = sets.get(key) ?? { owner: row.owner, type: said.type, ttl: row.ttl, data: [] };
    const data = set.data.includes(said.data) ? set.data : [...set.data, said.data];
    sets.set(key, { ...set, ttl: Math.min(set.ttl, row.ttl), data });
  }
  return [...sets.values()];
}
