import { readFileSync, writeFileSync } from 'node:fs';
import type { CutFinding } from '../../src/checks/cut/finding.ts';
import type { CutFacts } from '../../src/survey/facts.ts';
import { printFacts } from '../../src/survey/facts-file.ts';
import { parseFacts } from '../../src/survey/facts-schema.ts';
import { foundText } from './found.ts';

/** Another value at one place of facts. */
export interface Change {
  /** The place, such as `children.0.soa.exchange.message.rcode`. */
  readonly at: string;
  /** What stands there instead; absent for an element of a list that is left out. */
  readonly set?: unknown;
}

/** A scenario whose facts are other in one place, or in a few, and what is found otherwise because of it. */
export interface NearMiss {
  /** The scenario. */
  readonly of: string;
  readonly changes: readonly Change[];
  /** The findings that go, `-` before them, and those that come, `+` before them, as `foundText` has them. */
  readonly shows: readonly string[];
}

const file = 'test/checks/near-misses.json';

/** The near misses of test/checks/near-misses.json. */
export function nearMisses(): readonly NearMiss[] {
  return JSON.parse(readFileSync(file, 'utf8')) as readonly NearMiss[];
}

/** Writes the near misses anew: a line with the changes, and one for each line of what they show. */
export function writeNearMisses(all: readonly NearMiss[]): void {
  const texts = all.map(({ of, changes, shows }) => {
    const lines = shows.map(line => `  ${JSON.stringify(line)}`).join(',\n');
    return `{"of":${JSON.stringify(of)},"changes":${JSON.stringify(changes)},\n "shows":[${lines === '' ? '' : `\n${lines}\n `}]}`;
  });
  writeFileSync(file, `[\n${texts.join(',\n')}\n]\n`);
}

/** `facts` with those changes, one after the other. Throws when there is no such place, or when they are no facts then. */
export function changedFacts(facts: CutFacts, changes: readonly Change[]): CutFacts {
  const copy = JSON.parse(printFacts(facts)) as unknown;
  for (const change of changes) make(change, copy);
  return parseFacts(JSON.stringify(copy));
}

function make({ at, set }: Change, facts: unknown): void {
  const way = at.split('.');
  const last = way.pop() ?? '';
  const place = way.reduce<unknown>((value, key) => (value as Record<string, unknown>)?.[key], facts);
  if (typeof place !== 'object' || place === null) {
    throw new Error(`the facts have nothing at ${at}`);
  }
  if (set === undefined && Array.isArray(place)) place.splice(Number(last), 1);
  else Object.assign(place, { [last]: set });
}

/** What of `found` is not among `before`, and the other way round, in the form of `NearMiss.shows`. */
export function differenceOf(before: readonly CutFinding[], found: readonly CutFinding[]): readonly string[] {
  const [old, now] = [before, found].map(findings => findings.map(finding => foundText([finding])));
  const lines = (texts: readonly string[] = [], others: readonly string[] = [], sign: string): string[] =>
    texts.filter(text => !others.includes(text)).map(text => `${sign} ${text.trimEnd()}`);
  return [...lines(old, now, '-').map(text => text.split('\n')[0] ?? ''), ...lines(now, old, '+')].flatMap(
    text => text.split('\n'),
  );
}
