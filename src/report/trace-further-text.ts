import type { GlueComparison } from '../survey/trace-glue.ts';
import type { ViaAnswer } from '../survey/via.ts';
import { countText, type Paint, tableText } from './paint.ts';

/** What the glue of a walk is worth: a line for each name server that is not as its own zone says, and one for the rest. */
export function glueText(comparisons: readonly GlueComparison[], paint: Paint): string {
  const odd = comparisons.filter(({ verdict }) => verdict === 'wrong' || verdict === 'incomplete');
  const same = comparisons.filter(({ verdict }) => verdict === 'same').length;
  const unknown = comparisons.filter(({ verdict }) => verdict === 'unknown').length;
  const lines = odd.map(
    comparison =>
      `${paint.warn(paint.signs.odd)} glue of ${comparison.name}: ${differenceText(comparison)}\n`,
  );
  const rest = [
    ...(same === 0 ? [] : [`the glue of ${countText(same, 'name server')} is what the names' own zones say`]),
    ...(unknown === 0
      ? []
      : [
          `the glue of ${countText(unknown, 'name server')} cannot be compared: nobody says what ${unknown === 1 ? 'its address is' : 'their addresses are'}`,
        ]),
  ];
  return `${lines.join('')}${rest.length === 0 ? '' : `${paint.dim(rest.join('; '))}\n`}`;
}

function differenceText({ glue, authoritative, verdict }: GlueComparison): string {
  const own = authoritative ?? [];
  const [here, there] = [glue.join(' '), own.length === 0 ? 'has none' : `says ${own.join(' ')}`];
  return verdict === 'wrong'
    ? `the parent says ${here}, its own zone ${there}`
    : `the parent has ${here} only, its own zone ${there}`;
}

/** What resolvers said in place of the walk, a line each. */
export function viaText(answers: readonly ViaAnswer[], paint: Paint): string {
  const rows = answers.map(answer => [
    answer.agrees === true
      ? paint.good(paint.signs.done)
      : answer.agrees === false
        ? paint.warn(paint.signs.odd)
        : paint.bad(paint.signs.failed),
    `via ${answer.resolver}`,
    answer.rttMs === null ? '-' : `${answer.rttMs.toFixed(1)} ms`,
    saidText(answer),
  ]);
  return tableText(rows);
}

function saidText(answer: ViaAnswer): string {
  if (answer.problem !== null) {
    return answer.problem;
  }
  const validated = answer.authenticated ? ', validated' : '';
  if (answer.agrees === true) {
    const left = answer.rrsets.map(({ ttl }) => ttl);
    return `the same${left.length === 0 ? '' : `, ttl ${Math.min(...left)} left`}${validated}`;
  }
  const data = answer.rrsets.map(rrset => `${rrset.type} ${rrset.data.join(' ')} (ttl ${rrset.ttl})`);
  return `something else: ${[answer.rcode ?? '', ...data].join('; ')}${validated}`;
}
