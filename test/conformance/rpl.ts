import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
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
 * Runs every scenario in `folder`, and in its folder `scenarios` when it has one, in the order of their names; then the
 * files of its folder `testns`, or those that stand in `folder` itself, over real sockets.
 */
export async function runRpl(folder: string): Promise<readonly ScenarioResult[]> {
  const servers = join(folder, 'testns');
  return [
    ...(await runScenarios(folder)),
    ...(await runTestns(existsSync(servers) ? servers : folder)).map(({ id, why }): ScenarioResult => {
      const listed = expectedFailures.find(entry => entry.file === id);
      return { file: id, tier: 'testns', why, expected: why === null ? null : (listed?.why ?? null) };
    }),
  ];
}

async function runScenarios(folder: string): Promise<readonly ScenarioResult[]> {
  const nested = join(folder, 'scenarios');
  const place = existsSync(nested) ? nested : folder;
  const tiers = tiersIn(place);
  const results: ScenarioResult[] = [];
  for (const file of readdirSync(place)
    .filter(name => /\.c?rpl$/.test(name))
    .sort()) {
    const why = await verdictOn(readFileSync(join(place, file), 'latin1'));
    const listed = expectedFailures.find(entry => entry.file === file);
    results.push({
      file,
      tier: tiers.get(file) ?? '?',
      why,
      expected: why === null ? null : (listed?.why ?? null),
    });
  }
  return results;
}

async function verdictOn(text: string): Promise<string | null> {
  try {
    return await runScenario(parseScenario(text));
  } catch (error) {
    return messageOf(error);
  }
}

function tiersIn(folder: string): ReadonlyMap<string, string> {
  const index = join(folder, 'INDEX.json');
  if (!existsSync(index)) return new Map();
  return new Map(
    objectsOf(readFileSync(index, 'utf8')).map(entry => [textAt(entry, 'file'), textAt(entry, 'tier')]),
  );
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
