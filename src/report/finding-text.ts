import { type CutFinding, type CutSeverity, cutSeverities, type RemedyLine } from '../checks/cut/finding.ts';
import { serverText } from '../checks/cut/parts.ts';
import { whatCame } from '../checks/judge.ts';
import type { CutFacts, Observation } from '../survey/facts.ts';
import { answerIn } from '../survey/observation.ts';
import { countText, type Paint } from './paint.ts';

/** What was found at one cut, for people: each finding with what shows it and what mends it, then the sum. */
export function findingsText(facts: CutFacts, findings: readonly CutFinding[], paint: Paint): string {
  const limits = facts.limits.map(
    ({ limit, value, at }) =>
      `${paint.warn(paint.signs.odd)} the limit ${limit} (${value}) cut the survey short at ${at}\n`,
  );
  const unseen = facts.children.filter(hasNoRoute).map(({ address }) => address);
  const away =
    unseen.length === 0
      ? []
      : [
          `${paint.warn(paint.signs.odd)} not asked, as this machine has no route there: ${unseen.join(', ')}\n`,
        ];
  return [
    ...findings.map(finding => findingText(finding, paint)),
    ...limits,
    ...away,
    sumText(facts, findings, paint),
  ].join('');
}

function hasNoRoute({ soa: { exchange } }: CutFacts['children'][number]): boolean {
  return exchange.kind === 'unreachable' && exchange.reason === 'no-route';
}

/** How many findings of each severity there are, in words: `1 critical, 2 errors`. */
export function countsText(findings: readonly { readonly severity: CutSeverity }[]): string {
  const counts = cutSeverities.map(severity => ({
    severity,
    count: findings.filter(finding => finding.severity === severity).length,
  }));
  return counts
    .filter(({ count }) => count > 0)
    .map(({ severity, count }) =>
      severity === 'critical' || severity === 'info' ? `${count} ${severity}` : countText(count, severity),
    )
    .join(', ');
}

function sumText(facts: CutFacts, findings: readonly CutFinding[], paint: Paint): string {
  const { cut, children, parents, queries } = facts;
  const asked = `${countText(parents.length, 'server')} of the parent and ${children.length} of ${cut} asked, ${countText(queries, 'packet')}`;
  const isGood = findings.every(({ severity }) => severity === 'notice' || severity === 'info');
  const counts = findings.every(({ severity }) => severity === 'info')
    ? 'nothing to mend'
    : countsText(findings);
  return `${isGood ? paint.good(`${paint.signs.done} ${counts}`) : paint.bad(`${paint.signs.failed} ${counts}`)}  ${paint.dim(asked)}\n`;
}

function findingText({ id, severity, text, evidence, remedy }: CutFinding, paint: Paint): string {
  const sign =
    severity === 'critical' || severity === 'error'
      ? paint.bad(severity)
      : severity === 'warning'
        ? paint.warn(severity)
        : paint.dim(severity);
  if (severity === 'info') {
    return `${paint.dim(severity)} ${text} ${paint.dim(`[${id}]`)}\n`;
  }
  const side = (where: string, lines: readonly RemedyLine[]): readonly string[] =>
    lines.length === 0 ? [] : [`     ${where}:`, ...lines.map(line => `       ${lineText(line)}`)];
  return `${[
    `${sign} ${text} ${paint.dim(`[${id}]`)}`,
    ...evidence.slice(0, shownEvidence).map(seen => paint.dim(`   ${observationText(seen)}`)),
    ...(evidence.length > shownEvidence
      ? [paint.dim(`   and ${countText(evidence.length - shownEvidence, 'more answer')}`)]
      : []),
    `   ${paint.dim('mend:')} ${remedy.text}`,
    ...side('at the parent', remedy.parent),
    ...side('in the zone itself', remedy.child),
    ...remedy.registrar.map(sentence => `     ${sentence}`),
  ].join('\n')}\n`;
}

/** Answers that are shown of one finding; JSON has all. */
const shownEvidence = 4;

/** Letters of an answer that are shown. */
const longestAnswer = 160;

/** `+ line` or `- line`. */
export function lineText({ change, line }: RemedyLine): string {
  return `${change === 'add' ? '+' : '-'} ${line}`;
}

/** One answer in a line: who said what to which question. */
export function observationText(seen: Observation): string {
  const { server, question, exchange } = seen;
  const came = whatCame({ server, question, answer: answerIn(seen), rttMs: null });
  const flags =
    exchange.kind === 'response'
      ? ` (${[exchange.protocol, exchange.message.authoritative ? 'aa' : '', exchange.message.truncated ? 'tc' : ''].filter(flag => flag !== '').join(' ')})`
      : '';
  const short = came.length > longestAnswer ? `${came.slice(0, longestAnswer)}...` : came;
  return `${serverText(server)}: ${question.name} ${question.type}: ${short}${flags}`;
}
