import { isObject, listAt, memberAt, numberAt, textAt } from '../../src/providers/json.ts';
import type { ProviderId } from '../../src/providers/provider.ts';
import type { Recorded } from '../providers/recordings.ts';

/** A record as an exchange shows it, read without any code of a driver. */
export interface Row {
  readonly owner: string;
  readonly type: string;
  readonly ttl: number;
  /** As in a zone file. */
  readonly data: string;
  /** The host's number of the row, where it tells one. */
  readonly id?: string;
}

/** A zone that a recorded answer shows whole. */
export interface Listing {
  readonly zone: { readonly id: string; readonly apex: string };
  readonly rows: readonly Row[];
  /** The exchanges with its further pages; none unless given. */
  readonly pages?: readonly Recorded[];
}

/** What a request makes of each RRset that it names: its rows afterwards, none where it goes. */
export interface Written {
  readonly owner: string;
  readonly type: string;
  readonly rows: readonly Row[];
}

/** A request, as it was recorded or as a driver makes it. */
export type Asked = Pick<Recorded, 'method' | 'url' | 'request'>;

/** How the recordings of one host are read. Another host is another of these in `provider-hosts.ts`. */
export interface RecordedHost {
  readonly driver: ProviderId;
  /** Folders of recordings, and single files, from the root of the recordings on. */
  readonly places: readonly string[];
  /** Variables that open the driver. */
  readonly environment: Readonly<Record<string, string>>;
  /** Files that open it. */
  readonly files?: Readonly<Record<string, string>>;
  /** Exchanges besides those of a file, such as the one that gives a token. */
  readonly always?: readonly Recorded[];
  /** What a request is answered by: requests with equal words are the same call. Without it, method and path. */
  readonly callOf?: (asked: Asked) => string;
  /** Where an exchange shows a zone whole: what it shows. `all` are the exchanges of the same file. */
  readonly listing: (exchange: Recorded, all: readonly Recorded[]) => Listing | null;
  /** Where a request writes records: what it writes, in the zone that was listed before it. */
  readonly written?: (asked: Asked, before: Listing) => readonly Written[] | null;
  /** Where an exchange shows all zones of the account: their apexes. */
  readonly zones?: (exchange: Recorded) => readonly string[] | null;
  /** The address that a lone body was the answer of; null where it was none that the driver asks for. */
  readonly urlOf?: (file: string, body: string) => { readonly method: string; readonly url: string } | null;
}

/** Where rows stand in an answer of JSON. */
export interface JsonShape {
  /** Members that lead to the list of RRsets or records; none where the answer is the list. */
  readonly list: readonly string[];
  readonly owner: string;
  /** Owners are written without the zone's name, `@` or nothing for the apex. */
  readonly relative: boolean;
  readonly type: string;
  readonly ttl: string;
  /** The list of data of one RRset; absent where a row is one record. */
  readonly values?: string;
  /** The member of a record that holds its data; absent where a value is the data itself. */
  readonly value?: string;
  /** The member with the preference of MX, where it stands beside the data. */
  readonly preference?: string;
  /** Data of TXT stands without quotes, or may do so. */
  readonly bareText?: boolean;
  /** The member with the number of a row. */
  readonly id?: string;
}

/** The rows of a JSON answer; null when there are none of that shape. */
export function rowsIn(body: string, shape: JsonShape, apex: string): readonly Row[] | null {
  let at: unknown = parsed(body);
  for (const member of shape.list) at = memberAt(at, member);
  if (!Array.isArray(at)) return null;
  return at.flatMap((item: unknown) => {
    const owner = absolute(textAt(item, shape.owner) ?? '', shape.relative, apex);
    const type = textAt(item, shape.type) ?? '';
    const values = shape.values === undefined ? [item] : (listAt(item, shape.values) ?? []);
    return values.map(value => {
      const text = shape.value === undefined ? String(value) : (textAt(value, shape.value) ?? '');
      const preference = shape.preference === undefined ? null : textAt(item, shape.preference);
      const isBare = shape.bareText === true && type === 'TXT' && !text.startsWith('"');
      const quoted = isBare ? quotedText(text) : text;
      const data = type === 'MX' && preference !== null ? `${preference} ${quoted}` : quoted;
      const id = shape.id === undefined ? null : textAt(item, shape.id);
      return { owner, type, ttl: numberAt(item, shape.ttl) ?? 0, data, ...(id === null ? {} : { id }) };
    });
  });
}

/** The JSON of a body; null where it is none. */
export function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}

/** The name of an owner that may be written without the zone's name. */
export function absolute(owner: string, relative: boolean, apex: string): string {
  if (!relative) return owner;
  return owner === '' || owner === '@' ? apex : `${owner}.${apex}`;
}

/** A text of any length as character-strings in quotes. */
export function quotedText(text: string): string {
  const parts = text.match(/[\s\S]{1,255}/g) ?? [''];
  return parts.map(part => `"${part.replace(/["\\]/g, '\\$&')}"`).join(' ');
}

/** The path of an address, without a `/` at its end or a doubled one. */
export function pathOf(url: string): string {
  return new URL(url).pathname.replace(/\/{2,}/g, '/').replace(/\/$/, '');
}

/** Parameters of the query and of a form in the body, together. */
export function parametersOf(asked: Asked): URLSearchParams {
  const all = new URLSearchParams(new URL(asked.url).search);
  for (const [key, value] of new URLSearchParams(asked.request)) all.set(key, value);
  return all;
}

/** Rows put together by owner and type. */
export function byRRset(rows: readonly Row[]): readonly Written[] {
  const sets = new Map<string, Written>();
  for (const row of rows) {
    const key = `${row.owner} ${row.type}`;
    sets.set(key, { owner: row.owner, type: row.type, rows: [...(sets.get(key)?.rows ?? []), row] });
  }
  return [...sets.values()];
}

/** What a request does to one row: adds it, changes it, or removes the one of that number. */
export interface RowWritten {
  readonly id: string | null;
  readonly row: Row | null;
}

/** The exchanges after one of a list's first page that ask for its further pages; none where one of these is missing. */
export function pagesAfter(first: Recorded, all: readonly Recorded[], count: number): readonly Recorded[] {
  const later = all.slice(all.indexOf(first) + 1).filter(one => pathOf(one.url) === pathOf(first.url));
  const pages = Array.from({ length: count - 1 }, (_, at) =>
    later.find(one => new URL(one.url).searchParams.get('page') === String(at + 2)),
  );
  return pages.flatMap(page => page ?? []);
}

/** What rows make of each RRset that they belong to; null where a row is none that was listed, or moves to another RRset. */
export function writtenByRows(rows: readonly RowWritten[], before: Listing): readonly Written[] | null {
  let now = before.rows;
  const touched: Row[] = [];
  for (const { id, row } of rows) {
    const old = id === null ? undefined : now.find(one => one.id === id);
    if (id !== null && old === undefined) return null;
    if (old !== undefined && row !== null && (old.owner !== row.owner || old.type !== row.type)) return null;
    now = [...now.filter(one => one !== old), ...(row === null ? [] : [row])];
    touched.push(...[old, row].filter(one => one !== undefined && one !== null));
  }
  return byRRset(touched).map(({ owner, type }) => ({
    owner,
    type,
    rows: now.filter(one => one.owner === owner && one.type === type),
  }));
}

/** The members of an object that is a list of RRsets to write. */
export function objectsIn(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
