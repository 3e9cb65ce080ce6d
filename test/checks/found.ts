import type { CutFinding, RemedyLine } from '../../src/checks/cut/finding.ts';
import { type Mending, mendingOf } from '../../src/checks/cut/mending.ts';
import { serversText, serverText } from '../../src/checks/cut/parts.ts';
import { delegationNs, type NsHost, parentNs, zoneNs } from '../../src/checks/cut/sets.ts';
import type { CutFacts, Observation } from '../../src/survey/facts.ts';

/** All that a scenario shows: the name servers of each side, the findings, and the steps that mend the cut. */
export function shownText(facts: CutFacts, findings: readonly CutFinding[]): string {
  return `${setsText([parentNs(facts), delegationNs(facts), zoneNs(facts)])}\n${foundText(findings)}\n${mendingText(mendingOf(facts, findings))}`;
}

/** The servers of the zone above, of the delegation and of the zone itself, a line each. */
export function setsText(sets: readonly (readonly NsHost[] | null)[]): string {
  const titles = ['above', 'delegation', 'zone'];
  return sets.map((hosts, at) => `${titles[at]}: ${hostsText(hosts)}\n`).join('');
}

function hostsText(hosts: readonly NsHost[] | null): string {
  return hosts?.map(({ name, addresses }) => [name, ...addresses].join(' ')).join(', ') ?? 'undetermined';
}

/** The steps of a mending, and what is left open. */
export function mendingText({ steps, open }: Mending): string {
  const texts = steps.flatMap(step =>
    step.kind === 'wait'
      ? [`wait ${step.seconds} s: ${step.why}`]
      : [`${step.side}: ${step.why}`, ...linesText(step.side, step.lines)],
  );
  return [...texts, ...open.map(({ id, text }) => `open: ${id}: ${text}`), ''].join('\n');
}

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
    ...(servers.map(serverText).join(', ') === serversText(evidence.map(({ server }) => server))
      ? []
      : [`  shown by ${servers.map(serverText).join(', ')}`]),
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
