import type { AuditProgress } from '../audit/audit.ts';
import type { AuditDifference } from '../audit/difference.ts';
import type { CheckCount, ServerCount, Summary } from '../audit/summary.ts';
import { type CutSeverity, cutSeverities } from '../checks/cut/finding.ts';
import { durationText, type Paint } from './paint.ts';

/** A number with commas between thousands. */
function count(value: number): string {
  return Math.round(value).toLocaleString('en-GB');
}

function names(number: number): string {
  return `${count(number)} ${number === 1 ? 'name' : 'names'}`;
}

/** How far an audit is, where that can be told. */
export interface AuditPace {
  /** Names that were judged, those of a process before included. */
  readonly names: number;
  /** Names a second of late. */
  readonly ratePerSecond: number;
  /** Names in the whole input, about; null where nobody knows. */
  readonly total: number | null;
}

/** The part of the names from which on, where all have begun, the rest waits for slow servers, and no rate says how long. */
const lastShare = 0.9;

/** One line that says how an audit stands: names, time left, rate, what was found, and what it waits for. */
export function auditProgressText(
  { faulty, critical, underWay, engine }: AuditProgress,
  { names: done, ratePerSecond, total }: AuditPace,
): string {
  const share = total === null ? '' : ` of ${count(total)} (${share100(done / Math.max(total, 1))} %)`;
  const bad = faulty === 0 ? 'none faulty' : `${count(faulty)} faulty`;
  const worst = critical === 0 ? '' : ` (${count(critical)} critical)`;
  const paced =
    engine.paced === 0 ? '' : `, ${count(engine.paced)} queries wait for the pace of their servers`;
  const left = total === null ? '' : leftText(done, underWay, ratePerSecond, total);
  return `${count(done)}${share} ${done === 1 ? 'name' : 'names'}${left}, ${count(ratePerSecond)}/s, ${bad}${worst}, ${count(underWay)} under way${paced}`;
}

function leftText(done: number, underWay: number, ratePerSecond: number, total: number): string {
  if (done > lastShare * total && done + underWay >= total) return ', the last are slow';
  return ratePerSecond <= 0 ? '' : `, ${durationText(Math.max(0, total - done) / ratePerSecond)} left`;
}

/** 100 only when all is done. */
function share100(share: number): string {
  return share >= 1 ? '100' : Math.min(99, Math.floor(100 * share)).toFixed(0);
}

/** What the text of a summary is made for. */
export interface SummaryPlace {
  /** Letters in a line. */
  readonly columns: number;
  /** Where the output went; null for standard output. */
  readonly output: string | null;
  /** How the source was read. */
  readonly source: 'list' | 'zone file' | 'names';
}

/** What each severity means for those who resolve the names. */
const meanings: Readonly<Record<CutSeverity, string>> = {
  critical: 'names fail, or somebody else can answer for them',
  error: 'names fail for some resolvers, or with one more fault',
  warning: 'nothing fails yet',
  notice: 'nothing fails',
  info: 'good to know',
};

const oneParent =
  'One server of each parent was asked for a name: what differs between them can be missed. --parents each asks all.';

/**
 * What an audit found, for people; `ended` names of it were judged by this process, in that time.
 *
 * Checks stand with the worst severity first and the most names first, each with the first names that have it, as many as fit.
 */
export function auditSummaryText(
  summary: Summary,
  ended: number,
  seconds: number,
  place: SummaryPlace,
  paint: Paint,
): string {
  const { checks, servers, parents } = summary;
  return [
    headText(summary, ended, seconds, place, paint),
    ...cutSeverities.map(severity => severityText(severity, checks, place, paint)),
    serversText(servers, paint),
    nextText(summary, place, paint),
    parents === 'one' ? `\n${paint.dim(oneParent)}\n` : '',
  ].join('');
}

/** What may be wrong with a source in which no name was found, by how it was read. */
const noNames: Readonly<Record<SummaryPlace['source'], string>> = {
  list: 'a list has one name a line; a zone file is read with --zone-file',
  'zone file': 'no NS records below the apex; a list of names is read without --zone-file',
  names: 'there is no zone, or no delegation in it',
};

function headText(
  summary: Summary,
  ended: number,
  seconds: number,
  { source }: SummaryPlace,
  paint: Paint,
): string {
  const { healthy, faulty, unconfirmed, unknown, duplicates, notNames } = summary;
  const rate = ended / Math.max(seconds, 0.001);
  const part = ended === summary.names ? ' in' : `, ${count(ended)} of them in this run, in`;
  const isSound = faulty + unknown === 0;
  const sign = isSound ? paint.good(paint.signs.done) : paint.bad(paint.signs.failed);
  const none = `${paint.warn(paint.signs.odd)} ${paint.bold('no names')} in the input: ${noNames[source]}`;
  const rest = [
    [unconfirmed, 'odd at first sight, and sound when looked at again'],
    [unknown, 'that could not be judged: "kind":"unknown" in the output says why'],
    [duplicates, 'read more than once, and judged once'],
    [
      notNames,
      `${notNames === 1 ? 'line that is no name' : 'lines that are no names'}: "kind":"not-a-name" in the output`,
    ],
  ] as const;
  const lines = [
    summary.names === 0
      ? none
      : `${sign} ${paint.bold(names(summary.names))}${part} ${durationText(seconds)} (${count(rate)}/s): ${count(healthy)} healthy, ${count(faulty)} faulty`,
    ...rest.filter(([number]) => number > 0).map(([number, what]) => `  ${count(number)} ${what}`),
  ];
  return `${lines.join('\n')}\n`;
}

/** Digits that have room before a name. */
const numberColumns = 7;

function severityText(
  severity: CutSeverity,
  all: readonly CheckCount[],
  { columns }: SummaryPlace,
  paint: Paint,
): string {
  const checks = all.filter(check => check.severity === severity);
  if (checks.length === 0) return '';
  // All severities have one width, so that their columns stand below each other.
  const ids = Math.max(...all.map(({ id }) => id.length));
  const room = columns - numberColumns - ids - 5;
  const rows = checks.map(check => {
    const number = count(check.names).padStart(numberColumns);
    return `${number}  ${check.id.padEnd(ids)}  ${paint.dim(firstText(check, room))}`;
  });
  return `\n${severityPaint(severity, paint)(severity)}  ${paint.dim(meanings[severity])}\n${rows.join('\n')}\n`;
}

function severityPaint(severity: CutSeverity, paint: Paint): (text: string) => string {
  if (severity === 'critical' || severity === 'error') return text => paint.bold(paint.bad(text));
  return severity === 'warning' ? text => paint.bold(paint.warn(text)) : paint.bold;
}

/** As many of the first names as have room, one at least, and how many more there are. */
function firstText({ names: number, first }: CheckCount, room: number): string {
  for (let shown = first.length; shown > 1; shown -= 1) {
    const text = listed(first.slice(0, shown), number);
    if (text.length <= room) return text;
  }
  return listed(first.slice(0, 1), number);
}

function listed(shown: readonly string[], number: number): string {
  const more = number - shown.length;
  return `${shown.join(' ')}${more === 0 ? '' : ` and ${count(more)} more`}`;
}

/** Servers that are at fault for several names: to mend one of them mends all these. */
function serversText(servers: readonly ServerCount[], paint: Paint): string {
  const several = servers.filter(server => server.names > 1);
  if (several.length === 0) return '';
  const width = Math.max(...several.map(({ address }) => address.length));
  const rows = several.map(({ address, name, names: number }) => {
    const what = name ?? 'under several names';
    return `${count(number).padStart(numberColumns)}  ${address.padEnd(width)}  ${paint.dim(what)}`;
  });
  return `\n${paint.bold('servers at fault')}  ${paint.dim('names for which they do not answer as they should')}\n${rows.join('\n')}\n`;
}

function nextText({ checks }: Summary, { output }: SummaryPlace, paint: Paint): string {
  const [worst] = checks;
  const [name] = worst?.first ?? [];
  if (worst === undefined || name === undefined) return '';
  const commands = [
    [
      'the answers that show it, and the steps that mend it',
      name.startsWith('-') ? `zonecut check --fix -- ${quoted(name)}` : `zonecut check ${quoted(name)} --fix`,
    ],
    ...(output === null
      ? []
      : [
          [
            `${worst.names === 1 ? 'the name' : 'all names'} with ${worst.id}, and the lines that mend it`,
            `grep '"id":"${worst.id}","severity":"${worst.severity}"' ${quoted(output)}`,
          ],
          [
            'after the next audit: what is new and what is mended',
            `zonecut audit diff ${quoted(output)} NEXT`,
          ],
        ]),
  ];
  return `\n${paint.bold('next')}\n${commands.map(([why = '', command = '']) => `  ${paint.dim(`# ${why}`)}\n  ${command}\n`).join('')}`;
}

/** A word as a shell takes it. */
function quoted(word: string): string {
  return /^[\w./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** What is different between two audits, a line for each finding. */
export function auditDifferenceText({ changes, same, unfinished }: AuditDifference, paint: Paint): string {
  const lines = changes.map(({ change, finding }) => {
    const sign = change === 'new' ? paint.bad('+') : paint.good('-');
    return `${sign} ${finding.name} ${finding.severity} ${finding.id}: ${finding.text}`;
  });
  const news = changes.filter(({ change }) => change === 'new').length;
  const sum = `${count(news)} new, ${count(changes.length - news)} gone, ${count(same)} in both`;
  return `${[...lines, sum, ...unfinished.map(which => paint.warn(unfinishedText(which)))].join('\n')}\n`;
}

function unfinishedText(which: 'before' | 'after'): string {
  return which === 'before'
    ? 'the earlier audit has no summary: it did not come to its end, and what seems new may have been there'
    : 'the later audit has no summary: it did not come to its end, and what seems gone may be there still';
}
