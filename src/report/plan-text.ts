import { type Name, relativeTo } from '../dns/name.ts';
import type { RRset } from '../dns/rrset.ts';
import { longestBound, waitSecondsOf } from '../plan/bound.ts';
import type { Action, DsSource, Plan, Purpose, Side, Step } from '../plan/plan.ts';
import type { RRsetChange } from '../providers/provider.ts';
import { countText, durationText, type Paint, tableText } from './paint.ts';

/** A plan for people: what is added, what stays, what is hidden, in which order, and how long caches can hold on and why. */
export function planText(plan: Plan, paint: Paint): string {
  const { parent, child } = plan.parties;
  const { parentZone } = plan.observed;
  return [
    `${paint.bold(`${plan.intent.kind} ${plan.intent.cut}`)}\n\n`,
    ...(child === null
      ? []
      : [sideText(`child zone, at ${child.label}`, rowsOf(plan, 'child', paint), paint)]),
    sideText(`parent zone ${parentZone.apex}, at ${parent.label}`, rowsOf(plan, 'parent', paint), paint),
    `    ${paint.dim(`=  ${countText(plan.observed.parentKept, 'other RRset')} untouched`)}

`,
    hiddenText(plan, paint),
    stepsText(plan.steps, paint),
    waitText(plan, paint),
    ...plan.remarks.map(
      remark =>
        `  ${remark.severity === 'warning' ? paint.warn(`${paint.signs.odd} warning:`) : paint.dim('note:')} ${remark.text}\n`,
    ),
  ].join('');
}

function sideText(title: string, rows: readonly (readonly string[])[], paint: Paint): string {
  return rows.length === 0
    ? ''
    : `  ${paint.name(title)}
${tableText(rows, '    ')}`;
}

function rowsOf(plan: Plan, side: Side, paint: Paint): readonly (readonly string[])[] {
  return plan.steps.flatMap(step =>
    sideOf(step.action) === side ? changeRows(plan, step.action, paint) : [],
  );
}

/** The side that an action changes; null when it only looks or waits. */
function sideOf(action: Action): Side | null {
  switch (action.do) {
    case 'create-zone':
    case 'delete-zone':
      return 'child';
    case 'sign-zone':
      return 'child';
    case 'change-delegation':
    case 'change-ds':
    case 'manual':
    case 'protect':
    case 'unprotect':
      return 'parent';
    case 'unsign-zone':
      return action.side;
    case 'change-rrsets':
      return action.side;
    default:
      return null;
  }
}

function changeRows(plan: Plan, action: Action, paint: Paint): readonly (readonly string[])[] {
  const plus = paint.good('+');
  const minus = paint.bad('-');
  switch (action.do) {
    case 'create-zone':
      return [
        [plus, 'zone', action.apex, 'with the SOA and NS records that its host gives it'],
        ...action.seed.map(rrset => recordRow(plus, rrset, 'copied')),
      ];
    case 'change-rrsets':
      return changesRows(action.changes, whyOf[action.purpose], paint);
    case 'delete-zone':
      return [[minus, 'zone', action.zone.apex, `${action.zone.id} and every record in it`]];
    case 'change-delegation':
      return delegationRows(plan, action, paint);
    case 'sign-zone':
      return [[plus, 'keys', plan.intent.cut, 'and signatures, by its host']];
    case 'unsign-zone':
      return [[minus, 'keys', action.zone.apex, 'and signatures']];
    case 'change-ds':
      return dsRows(action.cut, action.from, action.to, paint);
    case 'manual':
      return dsRows(action.goal.cut, null, { ttl: action.ttl, ds: action.goal.ds }, paint).map(row => [
        ...row,
        'by hand',
      ]);
    case 'protect':
    case 'unprotect':
      return action.rrsets.map(({ owner, type }) => [
        action.do === 'protect' ? plus : minus,
        'lock',
        owner,
        `on its ${type} records`,
      ]);
    default:
      return [];
  }
}

function delegationRows(
  plan: Plan,
  action: Extract<Action, { readonly do: 'change-delegation' }>,
  paint: Paint,
): readonly (readonly string[])[] {
  const plus = paint.good('+');
  const minus = paint.bad('-');
  const host = `(row "${relativeTo(action.cut, plan.observed.parentZone.apex)}")`;
  const { from, to } = action;
  const kept = new Set<string>(to?.ns.kind === 'known' && to.ttl === from?.ttl ? to.ns.servers : []);
  const gone =
    from === null
      ? []
      : from.data.filter(ns => !kept.has(ns)).map(ns => [minus, 'NS', action.cut, `${from.ttl} ${ns}`, host]);
  const old = new Set<string>(kept.size > 0 ? from?.data : []);
  const glue = changesRows(action.beside, to === null ? 'in the same change' : 'glue', paint);
  if (to === null) {
    return [...gone, ...glue];
  }
  const added =
    to.ns.kind === 'known'
      ? to.ns.servers
          .filter(server => !old.has(server))
          .map(server => [plus, 'NS', action.cut, `${to.ttl} ${server}`, host])
      : [
          [
            plus,
            'NS',
            action.cut,
            `${to.ttl} one for each server of the new zone, shown before they are written`,
            host,
          ],
        ];
  return [...gone, ...added, ...glue];
}

const whyOf: Readonly<Record<Purpose, string>> = {
  copy: 'copied',
  'carry-back': "the child's",
  'remove-hidden': 'hidden, at the end',
  restore: 'put back',
};

function changesRows(
  changes: readonly RRsetChange[],
  why: string,
  paint: Paint,
): readonly (readonly string[])[] {
  return changes.flatMap(({ from, to }) => [
    ...(from === null ? [] : [recordRow(paint.bad('-'), from, to === null ? why : '')]),
    ...(to === null ? [] : [recordRow(paint.good('+'), to, why)]),
  ]);
}

function dsRows(
  cut: Name,
  from: RRset | null,
  to: { readonly ttl: number; readonly ds: DsSource | null } | null,
  paint: Paint,
): readonly (readonly string[])[] {
  const minus = paint.bad('-');
  const gone = (from?.data ?? []).map(data => [minus, 'DS', cut, `${from?.ttl} ${data}`]);
  if (to === null || to.ds === null) {
    return gone.length > 0 ? gone : [[minus, 'DS', cut, 'every one']];
  }
  const added =
    to.ds.kind === 'known'
      ? to.ds.data.map(data => `${to.ttl} ${data}`)
      : [`${to.ttl} of the keys that every server of the child serves`];
  return [...gone, ...added.map(text => [paint.good('+'), 'DS', cut, text])];
}

function recordRow(sign: string, rrset: RRset, why: string): readonly string[] {
  return [sign, rrset.type, rrset.owner, `${rrset.ttl} ${rrset.data.join(' | ')}`, why];
}

function hiddenText(plan: Plan, paint: Paint): string {
  const { occluded } = plan.observed;
  if (occluded.length === 0) {
    return plan.intent.kind === 'delegate'
      ? `  ${paint.dim('the cut hides no record of the parent')}\n\n`
      : '';
  }
  const rows = occluded.map(rrset => [
    '~',
    rrset.type,
    rrset.owner,
    `${rrset.ttl} ${rrset.data.join(' | ')}`,
  ]);
  return `  ${countText(occluded.length, 'RRset')} of the parent will be hidden by the cut:\n${tableText(rows, '    ')}\n`;
}

function stepsText(steps: readonly Step[], paint: Paint): string {
  const lines = steps.map((step, at) => `    ${at + 1}. ${step.title}\n       ${paint.dim(step.why)}\n`);
  return `  ${paint.name('in this order')}\n${lines.join('')}\n`;
}

function waitText(plan: Plan, paint: Paint): string {
  const bounds = plan.steps.flatMap(step => (step.action.do === 'wait-out' ? step.action.bounds : []));
  const longest = longestBound(bounds);
  if (longest === null) {
    return '';
  }
  const total = durationText(waitSecondsOf(bounds));
  const lines = bounds.map(
    bound => `    ${durationText(bound.seconds)}: ${bound.holds}\n      ${paint.dim(bound.reason)}\n`,
  );
  return `  caches can hold on for ${paint.bold(total)} after the parent's servers changed:\n${lines.join('')}`;
}
