import type { CutFinding, RemedyLine } from '../checks/cut/finding.ts';
import type { Mending } from '../checks/cut/mending.ts';
import { lineText } from './finding-text.ts';
import { durationText, type Paint } from './paint.ts';

/** The steps that mend a cut, numbered, and what is left to decide. */
export function mendingText({ steps, open }: Mending, paint: Paint): string {
  const rows = steps.map((step, at) =>
    step.kind === 'wait'
      ? `${at + 1}. wait ${durationText(step.seconds)}: ${step.why}\n`
      : `${at + 1}. ${step.side === 'parent' ? 'at the parent' : 'in the zone itself'}: ${step.why}\n${step.lines.map(line => `   ${lineText(line)}\n`).join('')}`,
  );
  const left = open.map(({ id, text }) => `   ${text} ${paint.dim(`[${id}]`)}\n`);
  return [
    ...(rows.length === 0 ? [] : [paint.bold('to mend\n'), ...rows, `${rows.length + 1}. check again\n`]),
    ...(left.length === 0 ? [] : [paint.bold('left to decide\n'), ...left]),
  ].join('');
}

/** The findings that a plan leaves, for whoever can mend them: what to do, the very lines, and what only a registrar can do. */
export function leftText(left: readonly CutFinding[], paint: Paint): string {
  const rows = left.map(({ id, remedy }) =>
    [
      `   ${remedy.text} ${paint.dim(`[${id}]`)}\n`,
      ...sideText('at the parent', remedy.parent),
      ...sideText('in the zone itself', remedy.child),
      ...remedy.registrar.map(sentence => `     ${sentence}\n`),
    ].join(''),
  );
  return rows.length === 0 ? '' : `${paint.bold('left to decide')}\n${rows.join('')}`;
}

function sideText(where: string, lines: readonly RemedyLine[]): readonly string[] {
  return lines.length === 0 ? [] : [`     ${where}:\n`, ...lines.map(line => `       ${lineText(line)}\n`)];
}
