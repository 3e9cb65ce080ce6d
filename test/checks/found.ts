import type { CutFinding, RemedyLine } from '../../src/checks/cut/finding.ts';
import { serversText } from '../../src/checks/cut/parts.ts';
import type { Observation } from '../../src/survey/facts.ts';

/**
 * All that findings say, as text for reading in review: a line each with the check, severity, variant and subject, and below it
 * what is told, the replies that show it (and the servers, where they are others), and what mends it. The lines of a remedy
 * begin with the side, `+` or `-`.
 */
export function foundText(findings: readonly CutFinding[]): string {
  return findings.map(textOf).join('');
}

function textOf(finding: CutFinding): string {
  const { id, severity, variant, cut, subject, text, servers, evidence, remedy } = finding;
  const head = [id, severity, ...(variant === null ? [] : [variant]), ...(subject === cut ? [] : [subject])];
  return [
    head.join(' '),
    `  ${text}`,
    ...(serversText(servers) === serversText(evidence.map(({ server }) => server))
      ? []
      : [`  shown by ${serversText(servers)}`]),
    ...evidence.map(seen => `  seen ${seenText(seen)}`),
    `  mend: ${remedy.text}`,
    ...linesText('parent', remedy.parent),
    ...linesText('child', remedy.child),
    ...remedy.registrar.map(line => `  registrar: ${line}`),
    '',
  ].join('\n');
}

function seenText({ server, question, exchange }: Observation): string {
  const over = 'protocol' in exchange ? ` ${exchange.protocol}` : '';
  return `${server.address} ${question.name} ${question.type}${over} ${exchange.kind}`;
}

function linesText(side: string, lines: readonly RemedyLine[]): readonly string[] {
  return lines.map(({ change, line }) => `  ${side} ${change === 'add' ? '+' : '-'} ${line}`);
}
