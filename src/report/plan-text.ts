import { relativeTo } from '../dns/name.ts';
import type { RRset } from '../dns/rrset.ts';
import { longestBound, waitSecondsOf } from '../plan/bound.ts';
import type { Action, Plan, Step } from '../plan/plan.ts';
import { countText, durationText, type Paint, tableText } from './paint.ts';

/** A plan for people: what is added, what stays, what is hidden, in which order, and how long caches can hold on and why. */
export function planText(plan: Plan, paint: Paint): string {
  const { parent, child } = plan.parties;
  const { parentZone } = plan.observed;
  const verb = plan.intent.kind === 'delegate' ? 'delegate' : 'undelegate';
  return [
    `${paint.bold(`${verb} ${plan.intent.cut}`)}\n`,
    tableText(
      [
        ['parent', paint.name(parentZone.apex), `at ${parent.label}`],
        ...(child === null ? [] : [['child', paint.name(plan.intent.cut), `at ${child.label}`]]),
      ],
      '  ',
    ),
    '\n',
    changesText(plan, paint),
    hiddenText(plan, paint),
    '\n',
    stepsText(plan.steps, paint),
    '\n',
    waitText(plan, paint),
    ...plan.remarks.map(
      remark => `  ${remark.severity === 'warning' ? paint.warn(`${paint.signs.odd} warning:`) : paint.dim('note:')} ${remark.text}\n`,
    ),
  ].join('');
}

function changesText(plan: Plan, paint: Paint): string {
  const rows = plan.steps.flatMap(step => changeRows(plan, step.action, paint));
  const kept = `  ${paint.dim(`= ${plan.observed.parentKept} other RRsets of ${plan.observed.parentZone.apex} stay as they are`)}\n`;
  return tableText(rows, '  ') + kept;
}

function changeRows(plan: Plan, action: Action, paint: Paint): readonly (readonly string[])[] {
  const plus = paint.good('+');
  const minus = paint.bad('-');
  const { parentZone } = plan.observed;
  switch (action.do) {
    case 'create-zone':
      return [[plus, 'zone', action.apex, 'SOA and NS as its host makes them'], ...action.seed.map(rrset => recordRow(plus, rrset, 'copied'))];
    case 'change-rrsets':
      return action.changes.flatMap(({ to, from }) => (to === null ? (from === null ? [] : [recordRow(minus, from, '')]) : [recordRow(plus, to, 'copied')]));
    case 'delete-zone':
      return [[minus, 'zone', action.zone.apex, `${action.zone.id} and every record in it`]];
    case 'change-delegation': {
      const host = `row "${relativeTo(action.cut, parentZone.apex)}" of ${parentZone.apex}`;
      const gone = action.from === null ? [] : action.from.data.map(ns => [minus, 'NS', action.cut, `${action.from?.ttl} ${ns}`, host]);
      if (action.to === null) {
        return gone;
      }
      const { ttl, ns } = action.to;
      const added =
        ns.kind === 'known'
          ? ns.servers.map(server => [plus, 'NS', action.cut, `${ttl} ${server}`, host])
          : [[plus, 'NS', action.cut, `${ttl} one for each server that the new zone gets; shown before they are written`, host]];
      return [...gone, ...added];
    }
    default:
      return [];
  }
}

function recordRow(sign: string, rrset: RRset, why: string): readonly string[] {
  return [sign, rrset.type, rrset.owner, `${rrset.ttl} ${rrset.data.join(' | ')}`, why];
}

function hiddenText(plan: Plan, paint: Paint): string {
  const { occluded } = plan.observed;
  if (occluded.length === 0) {
    return plan.intent.kind === 'delegate' ? `  ${paint.dim('the cut hides nothing')}\n` : '';
  }
  const rows = occluded.map(rrset => ['~', rrset.type, rrset.owner, `${rrset.ttl} ${rrset.data.join(' | ')}`]);
  return `  ${countText(occluded.length, 'RRset')} of the parent will be hidden by the cut:\n${tableText(rows, '    ')}`;
}

function stepsText(steps: readonly Step[], paint: Paint): string {
  return tableText(
    steps.map((step, at) => [paint.dim(`${at + 1}.`), step.title, paint.dim(step.why)]),
    '  ',
  );
}

function waitText(plan: Plan, paint: Paint): string {
  const bounds = plan.steps.flatMap(step => (step.action.do === 'wait-out' ? step.action.bounds : []));
  const longest = longestBound(bounds);
  if (longest === null) {
    return '';
  }
  const total = durationText(waitSecondsOf(bounds));
  const lines = bounds.map(
    bound => `    ${durationText(bound.seconds).padEnd(12)} ${bound.holds} ${paint.dim(`(${bound.reason})`)}\n`,
  );
  return `  caches can hold on for ${paint.bold(total)} after the parent's servers changed:\n${lines.join('')}`;
}
