import { isSame, type Said } from './asking.ts';
import { type Answered, type Difference, explanations } from './explanations.ts';

/** What is printed of a differential, and what fails it. */
export interface Report {
  readonly lines: readonly string[];
  readonly unexplained: readonly Difference[];
}

/** Whether two answers differ, and no explanation holds. */
export function isUnexplained(difference: Difference): boolean {
  return (
    !isSame(difference.ours, difference.theirs) && !explanations.some(({ explains }) => explains(difference))
  );
}

/** Counts what differs by what explains it. `first` differed in the first round, and `last` is what was said to the same last. */
export function reportOf(
  last: readonly Difference[],
  asked: { readonly questions: number; readonly first: readonly Answered[] },
): Report {
  const { questions, first } = asked;
  const lasting = last.filter(({ ours, theirs }) => !isSame(ours, theirs));
  const unexplained = lasting.filter(isUnexplained);
  const counts = new Map<string, number>(explanations.map(({ title }) => [title, 0]));
  for (const difference of lasting) {
    const title = explanations.find(({ explains }) => explains(difference))?.title;
    if (title !== undefined) counts.set(title, (counts.get(title) ?? 0) + 1);
  }
  const said = new Map(last.map(difference => [difference.asking.number, difference]));
  const changed = (who: 'ours' | 'theirs'): number =>
    first.filter(before => {
      const now = said.get(before.asking.number);
      return now !== undefined && !isSame(before[who], now[who]);
    }).length;
  const lines = [
    `questions    ${questions}`,
    `same         ${questions - lasting.length}`,
    `explained    ${lasting.length - unexplained.length}`,
    ...[...counts].map(([title, count]) => `      ${String(count).padStart(5)}  ${title}`),
    `unexplained  ${unexplained.length}`,
    `re-asked     ${first.length}, then the same: ${first.length - lasting.length}; ours had changed ${changed('ours')} times, theirs ${changed('theirs')}`,
  ];
  return { lines, unexplained };
}

/** A difference for people, with how to see it again. */
export function told({ asking, ours, theirs, withoutMinimising, sites }: Difference, seed: number): string {
  const { number, name, type, dnssecOk, checkingDisabled, site } = asking;
  const faults = sites.flatMap(({ apex, fault }) => (fault === null ? [] : [`${apex} ${fault}`]));
  return `question ${number}: ${name} ${type}${dnssecOk ? ' with DO' : ''}${checkingDisabled ? ' with CD' : ''}, of the zone ${site.apex}
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
