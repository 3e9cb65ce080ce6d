import type { Cost } from './measure.ts';

type Measure = 'wallNs' | 'cpuNs';

/** A figure that is to be reached. */
export type Goal =
  /** So many units of work a second, at least. */
  | { readonly kind: 'rate'; readonly atLeast: number }
  /** So many times the peer's speed, at least; by both measures unless one is named. */
  | { readonly kind: 'faster'; readonly atLeast: number; readonly by?: Measure }
  /** So many seconds, at most. */
  | { readonly kind: 'seconds'; readonly atMost: number }
  /** So many times the peer's time, at most. */
  | { readonly kind: 'time'; readonly atMost: number };

/** One line of a table. */
export interface Row {
  readonly name: string;
  readonly cost: Cost;
  /** With whom it is compared; absent for the peer itself. */
  readonly peer?: { readonly name: string; readonly cost: Cost };
  readonly goals?: readonly Goal[];
}

/** Prints `rows`: each cost by the clock and in CPU time, its ratio to the peer, and whether its goals are met by either. */
export function printTable(title: string, rows: readonly Row[]): void {
  const head = [
    '',
    'wall',
    'CPU',
    'a CPU-second',
    'peer',
    'times as fast (wall, CPU)',
    'time of it (wall, CPU)',
    'goal',
  ];
  const lines = [head, ...rows.map(cellsOf)];
  const widths = head.map((_, at) => Math.max(...lines.map(line => line[at]?.length ?? 0)));
  process.stdout.write(`\n${title}\n`);
  for (const line of lines) {
    const cells = line.map((cell, at) =>
      at === 0 || at > 3 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0),
    );
    process.stdout.write(`  ${cells.join('  ').trimEnd()}\n`);
  }
}

function cellsOf(row: Row): readonly string[] {
  const ratio = (turn: (value: number) => number): string =>
    row.peer === undefined
      ? ''
      : (['wallNs', 'cpuNs'] as const)
          .map(measure => ratioOf(row, measure))
          .map(value => (value === null ? '-' : `${turn(value).toFixed(2)}x`))
          .join(', ');
  return [
    row.name,
    timeText(row.cost.wallNs),
    row.cost.cpuNs === null ? '-' : timeText(row.cost.cpuNs),
    row.cost.cpuNs === null ? '-' : rateText(1e9 / row.cost.cpuNs),
    row.peer?.name ?? '',
    ratio(value => 1 / value),
    ratio(value => value),
    (row.goals ?? []).map(goal => `${goalText(goal)}: ${verdict(row, goal)}`).join('; '),
  ];
}

/** Time of the row over time of the peer. */
function ratioOf(row: Row, measure: Measure): number | null {
  const own = row.cost[measure];
  const other = row.peer?.cost[measure] ?? null;
  return own === null || other === null ? null : own / other;
}

function verdict(row: Row, goal: Goal): string {
  if (goal.kind === 'faster' && goal.by !== undefined) {
    return isMet(row, goal, goal.by) === true ? 'met' : 'NOT MET';
  }
  const wall = isMet(row, goal, 'wallNs');
  const cpu = isMet(row, goal, 'cpuNs');
  if (cpu === null || wall === cpu) return wall === true ? 'met' : 'NOT MET';
  return wall === true ? 'met by wall clock, NOT by CPU' : 'met by CPU, NOT by wall clock';
}

function isMet(row: Row, goal: Goal, measure: Measure): boolean | null {
  const cost = row.cost[measure];
  if (goal.kind === 'rate') return cost === null ? null : 1e9 / cost >= goal.atLeast;
  if (goal.kind === 'seconds') return row.cost.wallNs <= goal.atMost * 1e9;
  const ratio = ratioOf(row, measure);
  if (ratio === null) return null;
  return goal.kind === 'faster' ? 1 / ratio >= goal.atLeast : ratio <= goal.atMost;
}

function goalText(goal: Goal): string {
  switch (goal.kind) {
    case 'rate':
      return `at least ${rateText(goal.atLeast)}`;
    case 'faster':
      return goal.atLeast === 1 ? 'faster' : `at least ${goal.atLeast}x as fast${byText(goal.by)}`;
    case 'seconds':
      return `at most ${goal.atMost} s`;
    case 'time':
      return `at most ${goal.atMost.toFixed(1)}x the time`;
  }
}

function byText(measure: Measure | undefined): string {
  if (measure === undefined) return '';
  return measure === 'wallNs' ? ' by wall clock' : ' by CPU';
}

function timeText(ns: number): string {
  if (ns >= 1e9) return `${(ns / 1e9).toFixed(2)} s`;
  if (ns >= 1e6) return `${(ns / 1e6).toFixed(1)} ms`;
  return ns >= 1e3 ? `${(ns / 1e3).toFixed(2)} us` : `${ns.toFixed(0)} ns`;
}

function rateText(rate: number): string {
  return rate >= 100 ? `${Math.round(rate).toLocaleString('en-GB')}/s` : `${rate.toFixed(1)}/s`;
}
