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
