import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { ProviderId } from '../../src/providers/provider.ts';

/** What the suite did over one driver, as it is kept. */
export interface DriverRecord {
  readonly driver: ProviderId;
  /** Why no faults are tried over it; null where they are. */
  readonly withoutFaults: string | null;
  /** Cases, and `passed`, `partly: why` or `absent: why`. */
  readonly cases: Readonly<Record<string, string>>;
}

/** Where records are kept, one file a driver, below the folder of the project. */
export const recordFolder: string = 'test/providers/records';

/** The record of a driver; null when there is none. */
export function readRecord(driver: ProviderId): DriverRecord | null {
  return existsSync(fileOf(driver)) ? parseRecord(readFileSync(fileOf(driver), 'utf8')) : null;
}

function parseRecord(text: string): DriverRecord {
  const record: DriverRecord = JSON.parse(text);
  return record;
}

/** Writes the record of a driver. */
export function keepRecord(record: DriverRecord): void {
  mkdirSync(recordFolder, { recursive: true });
  writeFileSync(fileOf(record.driver), `${JSON.stringify(record, null, 2)}\n`);
}

/** Where the record of a driver is. */
export function fileOf(driver: ProviderId): string {
  return `${recordFolder}/${driver}.json`;
}
