import type { AuditProgress } from '../audit/audit.ts';
import type { AuditDifference } from '../audit/difference.ts';
import type { Summary } from '../audit/summary.ts';
import { cutSeverities } from '../checks/cut/finding.ts';
import type { Paint } from './paint.ts';

/** A number with commas between thousands. */
function count(value: number): string {
  return Math.round(value).toLocaleString('en-GB');
}

/** One line that says how an audit stands: `names` were judged, at that rate now; `share` is the part of the input that was read, null where nobody knows. */
export function auditProgressText(
  { summary, underWay }: AuditProgress,
  names: number,
  ratePerSecond: number,
  share: number | null,
  leftSeconds: number | null,
): string {
  const part = share === null ? '' : ` (${(100 * share).toFixed(0)} %)`;
  const left = leftSeconds === null ? '' : `, ${durationText(leftSeconds)} left`;
  const faulty = summary.faulty === 0 ? 'none faulty' : `${count(summary.faulty)} faulty`;
  return `${count(names)} names${part}, ${count(ratePerSecond)}/s, ${faulty}, ${count(underWay)} under way${left}`;
}

/** A duration as minutes and seconds, or hours and minutes. */
function durationText(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  const [high, low] = whole < 3600 ? [whole / 60, whole % 60] : [whole / 3600, (whole / 60) % 60];
  return `${Math.floor(high)}:${String(Math.floor(low)).padStart(2, '0')} ${whole < 3600 ? 'min' : 'h'}`;
}

const oneParent =
  'one server of each parent was asked for a name: what differs between them can be missed; --parents each asks all';

/** What an audit found, for people; `ended` names of it were judged by this process, in that time. */
export function auditSummaryText(summary: Summary, ended: number, seconds: number, paint: Paint): string {
  const { names, healthy, faulty, unconfirmed, unknown, duplicates, notNames } = summary;
  const rate = ended / Math.max(seconds, 0.001);
  const rest = [
    [unconfirmed, 'odd at first sight only'],
    [unknown, 'that could not be judged'],
    [duplicates, 'read more than once'],
    [notNames, 'lines that are no names'],
  ] as const;
  const lines = [
    `${paint.bold(count(names))} names, ${ended === names ? '' : `${count(ended)} of them `}in ${durationText(seconds)} (${count(rate)}/s): ${count(healthy)} healthy, ${count(faulty)} faulty`,
    ...rest.filter(([number]) => number > 0).map(([number, what]) => `  ${count(number)} ${what}`),
    ...findingLines(summary),
    ...(summary.parents === 'one' ? [paint.dim(oneParent)] : []),
  ];
  return `${lines.join('\n')}\n`;
}

function findingLines({ byId, bySeverity }: Summary): readonly string[] {
  const severities = cutSeverities.flatMap(severity => {
    const number = bySeverity[severity] ?? 0;
    return number === 0 ? [] : [`${count(number)} ${severity}`];
  });
  if (severities.length === 0) return [];
  const ids = Object.entries(byId).sort(([, a], [, b]) => b - a);
  const width = Math.max(...ids.map(([, number]) => count(number).length));
  return [
    `findings: ${severities.join(', ')}`,
    ...ids.map(([id, number]) => `  ${count(number).padStart(width)}  ${id}`),
  ];
}

/** What is different between two audits, a line for each finding. */
export function auditDifferenceText({ changes, same }: AuditDifference, paint: Paint): string {
  const lines = changes.map(({ change, finding }) => {
    const sign = change === 'new' ? paint.bad('+') : paint.good('-');
    return `${sign} ${finding.name} ${finding.severity} ${finding.id}: ${finding.text}`;
  });
  const news = changes.filter(({ change }) => change === 'new').length;
  return `${[...lines, `${count(news)} new, ${count(changes.length - news)} gone, ${count(same)} in both`].join('\n')}\n`;
}
