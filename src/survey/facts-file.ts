import type { CutFacts } from './facts.ts';

/** Facts as JSON, so that they can be judged again; `parseFacts` reads them. */
export function printFacts(facts: CutFacts): string {
  return `${JSON.stringify(facts)}\n`;
}
