import { isSame, type Said } from './asking.ts';
import { type Answered, type Difference, explanations } from './explanations.ts';

/** What is printed of a differential, and what fails it. */
export interface Report {
  readonly lines: readonly string[];
  readonly unexplained: readonly Difference[];
}

/** Counts `lasting` by what explains it. `first` differed in the first round, and `again` is what was said to the same then. */
export function reportOf(
  lasting: readonly Difference[],
  asked: {
    readonly questions: number;
    readonly first: readonly Answered[];
    readonly again: readonly Answered[];
  },
): Report {
  const { questions, first, again } = asked;
  const counts = explanations.map(explanation => ({ explanation, count: 0 }));
  const unexplained = lasting.filter(difference => {
    const found = counts.find(({ explanation }) => explanation.explains(difference));
    if (found !== undefined) found.count += 1;
    return found === undefined;
  });
  const changed = (who: 'ours' | 'theirs'): number =>
    first.filter((before, at) => {
      const now = again[at];
      return now !== undefined && !isSame(before[who], now[who]);
    }).length;
  const lines = [
    `questions    ${questions}`,
    `same         ${questions - lasting.length}`,
    `explained    ${lasting.length - unexplained.length}`,
    ...counts.map(({ explanation, count }) => `      ${String(count).padStart(5)}  ${explanation.title}`),
    `unexplained  ${unexplained.length}`,
    `re-asked     ${first.length}, then the same: ${first.length - lasting.length}; ours had changed ${changed('ours')} times, theirs ${changed('theirs')}`,
  ];
  return { lines, unexplained };
}

/** A difference for people, with how to see it again. */
export function told({ asking, ours, theirs, withoutMinimising, sites }: Difference, seed: number): string {
  const { number, name, type, dnssecOk, site } = asking;
  const faults = sites.flatMap(({ apex, fault }) => (fault === null ? [] : [`${apex} ${fault}`]));
  return `question ${number}: ${name} ${type}${dnssecOk ? ' with DO' : ''}, of the zone ${site.apex}
  faults      ${faults.length === 0 ? 'none' : faults.join(', ')}
  ours        ${saidText(ours)}
  theirs      ${saidText(theirs)}
  whole names ${saidText(withoutMinimising)}
  again       ZONECUT_DIFFERENTIAL_SEED=${seed} ZONECUT_DIFFERENTIAL_ONLY=${number} npm run test:interop -- test/interop/differential
`;
}

function saidText({ rcode, authentic, answer, soa, errors, ms }: Said): string {
  const shown = answer.map(line => (line.length > 160 ? `${line.slice(0, 160)}...` : line)).join(' | ');
  return `${rcode}${authentic ? ' AD' : ''} [${shown}] SOA ${soa} (${ms} ms) ${errors.join('; ')}`;
}
