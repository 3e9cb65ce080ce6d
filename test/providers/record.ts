import { afterAll, expect, it } from 'vitest';
import type { Provider, ProviderId } from '../../src/providers/provider.ts';
import { type DriverRecord, fileOf, keepRecord, readRecord } from './record-file.ts';

/** What a case says besides that it passed: that it does not apply, or only in part, and why. */
export interface Remark {
  readonly kind: 'absent' | 'partly';
  readonly why: string;
}

/** One case of the suite; it passes unless `run` throws. */
export type Check = (title: string, run: () => Promise<Remark | undefined>, timeoutMs?: number) => void;

/** A case that does not apply, for want of a capability or for another reason. */
export function inapplicable(why: string): Remark {
  return { kind: 'absent', why };
}

/** A case of which a part does not apply. */
export function partly(why: string): Remark {
  return { kind: 'partly', why };
}

/** For hosts of which no record is kept, such as real servers. */
export const unrecorded: Check = (title, run, timeoutMs) =>
  it(title, async () => void (await run()), timeoutMs);

/** Keeps what the suite does over one driver. */
export interface Recorder {
  readonly check: Check;
  /** Tells whose record it is. */
  opened<R extends { readonly provider: Provider }>(rig: R): R;
}

/**
 * A record of the cases that are checked with it. After the last one it is compared with the file of the driver, or with
 * `ZONECUT_REWRITE=1` written into it; not after a run of which a part failed or was left out, since that says so itself.
 */
export function recordCases(withoutFaults: string | null): Recorder {
  const titles: string[] = [];
  const cases = new Map<string, string>();
  let driver: ProviderId | null = null;
  afterAll(() => {
    if (driver === null || cases.size < titles.length) return;
    const found = titles.map(title => [title, cases.get(title) ?? '']);
    const record: DriverRecord = { driver, withoutFaults, cases: Object.fromEntries(found) };
    if (process.env['ZONECUT_REWRITE'] === '1') keepRecord(record);
    expect(record, `${fileOf(driver)}; \`npm run docs -- conformance\` writes it anew`).toEqual(
      readRecord(driver),
    );
  });
  return {
    check: (title, run, timeoutMs) => {
      titles.push(title);
      it(
        title,
        async () => {
          const remark = await run();
          cases.set(title, remark === undefined ? 'passed' : `${remark.kind}: ${remark.why}`);
        },
        timeoutMs,
      );
    },
    opened: rig => {
      // What follows a bridge's name is the program of one test.
      driver = rig.provider.id.split(':', 1)[0] ?? null;
      return rig;
    },
  };
}
