import { ZonecutError } from '../error.ts';
import type { CutFacts } from './facts.ts';

/** Facts as JSON, so that they can be judged again. */
export function printFacts(facts: CutFacts): string {
  return `${JSON.stringify(facts)}\n`;
}

/** Reads what `printFacts` made; of the inner shape it takes the word of the file. Throws ZC_USAGE for anything else. */
export function parseFacts(text: string): CutFacts {
  const facts = factsIn(text);
  if (facts === null) {
    throw new ZonecutError('ZC_USAGE', 'the text holds no facts about a cut that this version reads', {
      hint: 'Facts are saved by `zonecut check NAME --save FILE`.',
    });
  }
  return facts;
}

function factsIn(text: string): CutFacts | null {
  try {
    const value = JSON.parse(text) as Partial<CutFacts> | null;
    const isFacts =
      value?.schema === 'zonecut/facts/v1' &&
      typeof value.cut === 'string' &&
      typeof value.takenAtMs === 'number' &&
      [value.walk, value.parents, value.children, value.hosts, value.registries, value.limits].every(
        Array.isArray,
      );
    return isFacts ? (value as CutFacts) : null;
  } catch {
    return null;
  }
}
