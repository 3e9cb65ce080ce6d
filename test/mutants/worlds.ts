import { readFileSync } from 'node:fs';
import type { CutFinding } from '../../src/checks/cut/finding.ts';
import { judgeCut } from '../../src/checks/cut/judge.ts';
import { checks } from '../../src/checks/cut/registry.ts';
import type { CutFacts } from '../../src/survey/facts.ts';
import { printFacts } from '../../src/survey/facts-file.ts';
import { parseFacts } from '../../src/survey/facts-schema.ts';
import { foundText, shownText } from '../checks/found.ts';
import { changedFacts, differenceOf, type NearMiss, nearMisses } from '../checks/near-miss.ts';
import { bundlesIn, runBundle } from '../conformance/checks.ts';
import { type Bundle, parseBundle } from '../conformance/checks-bundle.ts';

/** A scenario or a near miss that was surveyed once, and what it has to show. */
export interface SurveyedWorld {
  readonly id: string;
  readonly facts: CutFacts;
  /** Ids of checks that must report, and of those that must not. */
  readonly report: ReadonlySet<string>;
  readonly silent: ReadonlySet<string>;
  readonly findings: readonly CutFinding[];
}

/** Surveys every scenario. Throws when one does not show what it has to show, since then nothing can be told of mutants. */
export async function surveyedWorlds(folder: string): Promise<readonly SurveyedWorld[]> {
  const worlds: SurveyedWorld[] = [];
  for (const { path } of bundlesIn(folder)) {
    worlds.push(await surveyed(parseBundle(readFileSync(path, 'utf8')), path.replace(/\.json$/, '.txt')));
  }
  return worlds;
}

/** The near misses of those worlds, or of one of them. Throws when one does not show what it has to show. */
export function nearWorlds(worlds: readonly SurveyedWorld[], of?: string): readonly SurveyedWorld[] {
  return nearMisses()
    .filter(near => of === undefined || near.of === of)
    .map(near => nearWorld(worlds, near));
}

function nearWorld(worlds: readonly SurveyedWorld[], near: NearMiss): SurveyedWorld {
  const world = worlds.find(({ id }) => id === near.of);
  if (world === undefined) throw new Error(`there is no scenario ${near.of}`);
  const facts = changedFacts(world.facts, near.changes);
  const findings = judgeCut(facts);
  const id = `${near.of}, ${near.changes.map(({ at }) => at).join(', ')}`;
  if (differenceOf(world.findings, findings).join('\n') !== near.shows.join('\n')) {
    throw new Error(`${id} does not show what it has to show: run its tests first`);
  }
  const found = new Set(findings.map(finding => finding.id));
  const silent = new Set(checks.map(check => check.id).filter(check => !found.has(check)));
  return { id, facts, report: found, silent, findings };
}

async function surveyed(bundle: Bundle, golden: string): Promise<SurveyedWorld> {
  const { facts, findings } = await runBundle(bundle);
  const world = {
    id: bundle.id,
    facts: parseFacts(printFacts(facts)),
    report: new Set(bundle.report),
    silent: new Set(bundle.silent),
    findings,
  };
  const why = differenceIn(world, findings, () => true);
  if (why !== null || shownText(facts, findings) !== readFileSync(golden, 'utf8')) {
    throw new Error(
      `${bundle.id} does not show what it has to show (${why?.id ?? golden}): run its tests first`,
    );
  }
  return world;
}

/** A difference between what a world has to show and what is found in it. */
export interface Difference {
  /** `missing` and `wrong`: a check that must report does not, or the other way round. `told`: what it says is another thing. */
  readonly kind: 'missing' | 'wrong' | 'told' | 'thrown' | 'endless';
  /** The check. */
  readonly id: string;
}

/** The first difference from what has to be shown of the checks that `concerns` lets pass; null for none. */
export function differenceIn(
  world: SurveyedWorld,
  findings: readonly CutFinding[],
  concerns: (id: string) => boolean,
): Difference | null {
  const found = new Set(findings.map(({ id }) => id));
  const wrong = [...found].find(id => world.silent.has(id));
  if (wrong !== undefined) return { kind: 'wrong', id: wrong };
  const missing = [...world.report].find(id => concerns(id) && !found.has(id));
  if (missing !== undefined) return { kind: 'missing', id: missing };
  const expected = world.findings.filter(({ id }) => concerns(id));
  if (foundText(findings) === foundText(expected)) return null;
  const first = findings.find(
    (finding, at) => foundText([finding]) !== foundText(expected.slice(at, at + 1)),
  );
  return { kind: 'told', id: first?.id ?? expected[findings.length]?.id ?? '' };
}
