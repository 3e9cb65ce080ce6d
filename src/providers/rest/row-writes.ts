import type { Name } from '../../dns/name.ts';
import type { Rdata, RRset, RRType } from '../../dns/rrset.ts';
import type { RRsetChange } from '../provider.ts';
import type { RestWrite } from './host.ts';
import type { HostRow, RestZone } from './rows.ts';

/** A record as a row shall hold it. */
export interface NewRow {
  readonly owner: Name;
  readonly type: RRType;
  /** Seconds. */
  readonly ttl: number;
  readonly data: Rdata;
}

/** A row that shall hold something else than it does. */
export interface RowUpdate {
  readonly row: HostRow;
  readonly to: NewRow;
}

/** What makes one RRset of another, row by row: in this order there is no moment without any. */
export interface RowSteps {
  readonly add: readonly NewRow[];
  readonly update: readonly RowUpdate[];
  readonly remove: readonly HostRow[];
}

/** Types of which a name has one record at most, so that it is changed in its place. */
const singletons: ReadonlySet<RRType> = new Set(['CNAME', 'DNAME', 'SOA']);

/** What has to be done to the rows of a zone as it is now for one change. */
export function rowStepsOf({ owner, type, to }: RRsetChange, now: RestZone): RowSteps {
  const rows = rowsAt(now, owner, type);
  const wanted = (to?.data ?? []).map(data => ({ owner, type, ttl: to?.ttl ?? 0, data }));
  const kept = new Map(rows.map(row => [row.data, row]));
  const add = wanted.filter(({ data }) => !kept.has(data));
  const update = wanted.flatMap((wish): readonly RowUpdate[] => {
    const row = kept.get(wish.data);
    return row === undefined || row.ttl === wish.ttl ? [] : [{ row, to: wish }];
  });
  const stays = new Set(wanted.map(({ data }) => kept.get(data)));
  const remove = rows.filter(row => !stays.has(row));
  const [row] = remove;
  const [first] = add;
  return singletons.has(type) && row !== undefined && first !== undefined
    ? { add: [], update: [{ row, to: first }], remove: remove.slice(1) }
    : { add, update, remove };
}

/** How a host writes one row. */
export interface RowApi {
  add(row: NewRow): RestWrite;
  update(row: HostRow, to: NewRow): RestWrite;
  remove(row: HostRow): RestWrite;
}

/** A request for each row that has to change, the changes one after the other. */
export function rowWrites(api: RowApi, changes: readonly RRsetChange[], now: RestZone): readonly RestWrite[] {
  return changes.flatMap(change => {
    const { add, update, remove } = rowStepsOf(change, now);
    return [
      ...add.map(row => api.add(row)),
      ...update.map(({ row, to }) => api.update(row, to)),
      ...remove.map(row => api.remove(row)),
    ];
  });
}

/** Whether an RRset is as `rowWrites` can leave it when it is broken off: no old row is gone while a new one is missing. */
export function isBetweenRows({ owner, type, from, to }: RRsetChange, now: RestZone): boolean {
  const rows = rowsAt(now, owner, type);
  const isOf = (set: RRset | null, row: HostRow): boolean =>
    set !== null && set.ttl === row.ttl && set.data.some(data => data === row.data);
  const holds = (set: RRset | null): boolean =>
    set === null || set.data.every(data => rows.some(row => row.data === data));
  return rows.every(row => isOf(from, row) || isOf(to, row)) && (holds(from) || holds(to));
}

function rowsAt({ rows }: RestZone, owner: Name, type: RRType): readonly HostRow[] {
  return rows.filter(row => row.owner === owner && row.type === type && row.data !== null);
}
