import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { messageOf } from '../../src/error.ts';
import { expectedFailures } from './rpl-expected.ts';
import { parseScenario } from './rpl-parse.ts';
import { runScenario } from './rpl-run.ts';
import { runTestns } from './rpl-testns.ts';
import { objectsOf, textAt } from './suite.ts';

/** What came of one scenario. */
export interface ScenarioResult {
  readonly file: string;
  /** `1`, `2`, `3`, `D`; `?` when no index tells. */
  readonly tier: string;
  /** Why it failed; null when it passed. */
  readonly why: string | null;
  /** Why that failure is expected; null when it is not. */
  readonly expected: string | null;
}

/**
 * Runs every scenario at and below `folder`, in the order of their names; then the files of a folder `testns`, or those that
 * stand in `folder` itself, over real sockets.
 */
export async function runRpl(folder: string): Promise<readonly ScenarioResult[]> {
  const files = filesIn(folder, 4);
  const tiers = new Map(files.filter(file => basename(file) === 'INDEX.json').flatMap(tiersIn));
  const results: ScenarioResult[] = [];
  const scenarios = files.filter(file => /\.c?rpl$/.test(file));
  for (const place of scenarios.toSorted((a, b) => (basename(a) < basename(b) ? -1 : 1))) {
    const file = basename(place);
    const why = await verdictOn(readFileSync(place, 'latin1'));
    results.push({ file, tier: tiers.get(file) ?? '?', why, expected: reasonOf(file, why) });
  }
  const servers = join(folder, 'testns');
  for (const { id, why } of await runTestns(existsSync(servers) ? servers : folder)) {
    results.push({ file: id, tier: 'testns', why, expected: reasonOf(id, why) });
  }
  return results;
}

/** Why a failure is expected; null when it is not, and when it is none. */
function reasonOf(file: string, why: string | null): string | null {
  const listed = expectedFailures.find(entry => entry.file === file);
  return why === null ? null : (listed?.why ?? null);
}

/** The files at and below a folder, down to `depth` folders. */
function filesIn(folder: string, depth: number): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap(entry => {
    const place = join(folder, entry.name);
    if (entry.isDirectory()) return depth > 0 ? filesIn(place, depth - 1) : [];
    return [place];
  });
}

async function verdictOn(text: string): Promise<string | null> {
  try {
    return await runScenario(parseScenario(text));
  } catch (error) {
    return messageOf(error);
  }
}

/** Tiers by the names of files. An index that cannot be read is as good as none. */
function tiersIn(index: string): readonly (readonly [string, string])[] {
  try {
    return objectsOf(readFileSync(index, 'utf8')).map(entry => {
      const { tier } = entry;
      return [basename(textAt(entry, 'file')), tier === undefined ? '?' : String(tier)];
    });
  } catch {
    return [];
  }
}

/** Prints the failed, the expected failures and the counts by tier; gives whether nothing failed. */
export function reportRpl(results: readonly ScenarioResult[], print: (line: string) => void): boolean {
  const failed = results.filter(({ why, expected }) => why !== null && expected === null);
  const expected = results.filter(({ expected: reason }) => reason !== null);
  for (const { file, tier, why, expected: reason } of expected) {
    print(`expected: ${file} (tier ${tier})\n  ${reason}\n  ${shortened(why)}`);
  }
  for (const { file, tier, why } of failed) print(`failed: ${file} (tier ${tier})\n  ${shortened(why)}`);
  for (const tier of [...new Set(results.map(result => result.tier))].sort()) {
    const inTier = results.filter(result => result.tier === tier);
    const passed = inTier.filter(({ why }) => why === null).length;
    const known = inTier.filter(({ expected: reason }) => reason !== null).length;
    const share = ((100 * passed) / inTier.length).toFixed(0);
    print(
      `tier ${tier}: ${passed} of ${inTier.length} passed (${share} %), ${known} expected failures, ` +
        `${inTier.length - passed - known} failed`,
    );
  }
  const passed = results.filter(({ why }) => why === null).length;
  if (expected.length > 0) print(`${expected.length} expected failures`);
  print(`${passed} passed, ${failed.length} failed`);
  return failed.length === 0;
}

function shortened(text: string | null): string {
  return (text ?? '').slice(0, 700);
}
