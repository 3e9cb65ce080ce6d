import { existsSync, readFileSync, statSync } from 'node:fs';
import { relative, sep } from 'node:path';
import { messageOf } from '../../src/error.ts';
import { filesIn, type Recorded, readCassette } from '../providers/recordings.ts';
import { expectedMisfits } from './provider-expected.ts';
import type { Listing, RecordedHost } from './provider-host.ts';
import { recordedHosts } from './provider-hosts.ts';
import { replayListing, replayWrite, replayZones } from './provider-replay.ts';

/** One exchange that was replayed. */
export interface Replayed {
  /** The file, and which exchange of it, such as `cassettes/desec/x.yaml reads #2`. */
  readonly id: string;
  readonly driver: string;
  /** Why it is a misfit; null where it fits. */
  readonly why: string | null;
  /** Why a misfit is expected; null where it is not. */
  readonly expected: string | null;
}

/** What came of a folder of recordings. */
export interface ProvidersOutcome {
  readonly replayed: readonly Replayed[];
  /** Files of hosts without a driver, by the folder of the host. */
  readonly noDriver: ReadonlyMap<string, number>;
  /** Files of a host with a driver that show no call which the driver makes. */
  readonly notCalled: readonly string[];
  /** Files that are no recordings, or cannot be read. */
  readonly unknown: readonly string[];
}

/** Files that say where the recordings come from, and what they mean. */
const aboutRecordings = /(^|\/)(LICENSE|COMMIT|README(\.\w+)?|[^/]+\.md)$/;

/** Replays all recordings below `folder` through the drivers. */
export async function runProviders(folder: string): Promise<ProvidersOutcome> {
  const replayed: Replayed[] = [];
  const noDriver = new Map<string, number>();
  const notCalled: string[] = [];
  const unknown: string[] = [];
  for (const path of filesIn(folder, '').filter(path => statSync(path).isFile())) {
    const file = relative(folder, path).split(sep).join('/');
    if (aboutRecordings.test(file)) continue;
    const host = recordedHosts.find(one => one.places.some(place => file.startsWith(`${place}/`)));
    const place = /^(cassettes|lego-bodies|octodns-bodies)\/[^/]+(?=\/)/.exec(file)?.[0];
    if (host === undefined) {
      if (place === undefined) unknown.push(file);
      else noDriver.set(place, (noDriver.get(place) ?? 0) + 1);
      continue;
    }
    const exchanges = exchangesIn(host, path, file);
    if (exchanges === null) {
      unknown.push(file);
      continue;
    }
    const results = await replayFile(host, file, exchanges);
    if (results.length === 0) notCalled.push(file);
    replayed.push(...results);
  }
  return { replayed, noDriver, notCalled, unknown };
}

/** The exchanges of a cassette, or the one that a lone body belongs to; null where the file is neither. */
function exchangesIn(host: RecordedHost, path: string, file: string): readonly Recorded[] | null {
  try {
    if (/\.ya?ml$/.test(file)) {
      const exchanges = readCassette(path);
      return exchanges.length === 0 ? null : exchanges;
    }
    if (!/\.(json|xml)$/.test(file)) return null;
    const response = readFileSync(path, 'utf8');
    const asked = host.urlOf?.(file, response) ?? null;
    return asked === null ? [] : [{ ...asked, request: '', status: 200, response }];
  } catch {
    return null;
  }
}

async function replayFile(
  host: RecordedHost,
  file: string,
  exchanges: readonly Recorded[],
): Promise<readonly Replayed[]> {
  const results: Replayed[] = [];
  let before: { readonly exchange: Recorded; readonly listing: Listing } | null = null;
  const add = async (what: string, replay: () => Promise<string | null>): Promise<void> => {
    const id = `${file} ${what} #${results.length + 1}`;
    const why = await replay().catch((error: unknown) => `threw ${messageOf(error)}`);
    const listed = expectedMisfits.find(one => id.startsWith(one.id) && (why ?? '').includes(one.shows));
    const expected = why === null ? null : (listed?.why ?? null);
    results.push({ id, driver: host.driver, why, expected });
  };
  for (const exchange of exchanges) {
    const listing = exchange.status === 200 ? host.listing(exchange, exchanges) : null;
    if (listing !== null) {
      await add('reads', () => replayListing(host, exchanges, exchange, listing));
      before = { exchange, listing };
      continue;
    }
    const apexes = host.zones?.(exchange) ?? null;
    if (apexes !== null) await add('lists', () => replayZones(host, exchanges, exchange, apexes));
    const last = before;
    const written = last === null ? null : (host.written?.(exchange, last.listing) ?? null);
    if (last === null || written === null) continue;
    await add('writes', () => replayWrite(host, last, exchange, written));
    // The zone is another one now, and no recording shows it until the next listing.
    before = null;
  }
  return results;
}

/** Runs and prints; gives whether nothing failed. A folder that is not there is a failure. */
export async function reportProviders(folder: string, print: (line: string) => void): Promise<boolean> {
  if (!existsSync(folder)) {
    print(`there is no folder ${folder}`);
    print('0 passed, 1 failed');
    return false;
  }
  const { replayed, noDriver, notCalled, unknown } = await runProviders(folder);
  const failed = replayed.filter(({ why, expected }) => why !== null && expected === null);
  const expected = replayed.filter(one => one.expected !== null);
  for (const one of expected) print(`expected misfit: ${one.id}\n  ${one.expected}\n  ${shortened(one.why)}`);
  for (const one of failed) print(`failed: ${one.id}\n  ${shortened(one.why)}`);
  for (const file of unknown) print(`unknown file: ${file}`);
  for (const [place, count] of noDriver) print(`no driver: ${place} (${count} files)`);
  if (notCalled.length > 0)
    print(
      `${notCalled.length} files show neither a zone nor the writing of one that was shown before: ${notCalled.join(' ')}`,
    );
  for (const driver of new Set(replayed.map(one => one.driver))) {
    const own = replayed.filter(one => one.driver === driver);
    const writes = own.filter(one => one.id.includes(' writes #'));
    print(
      `${driver}: ${own.length - failedIn(own)} of ${own.length} exchanges fit (${own.length - writes.length} reads, ${writes.length} writes)`,
    );
  }
  const without = [...noDriver.values()].reduce((sum, count) => sum + count, 0);
  print(`${noDriver.size} folders with ${without} files are of hosts without a driver`);
  print(`${expected.length} expected misfits, ${unknown.length} unknown files`);
  const passed = replayed.length - failed.length - expected.length;
  print(`${passed} passed, ${failed.length} failed`);
  return failed.length === 0;
}

const failedIn = (list: readonly Replayed[]): number => list.filter(one => one.why !== null).length;

const shortened = (text: string | null): string => (text ?? '').slice(0, 700);
