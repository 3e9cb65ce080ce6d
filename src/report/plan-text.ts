import { type Name, relativeTo } from '../dns/name.ts';
import type { RRset } from '../dns/rrset.ts';
import { waitSecondsOf } from '../plan/bound.ts';
import {
  type Action,
  type DsSource,
  isLate,
  knownServers,
  type NsSet,
  type Plan,
  type Purpose,
  type Side,
  type Step,
} from '../plan/plan.ts';
import type { RRsetChange } from '../providers/provider.ts';
import { countText, durationText, type Paint, tableText } from './paint.ts';

/** A plan for people: what is added, what stays, what is hidden, in which order, and how long caches can hold on and why. */
export function planText(plan: Plan, paint: Paint): string {
  const { parent, child, old } = plan.parties;
  const { parentZone } = plan.observed;
  return [
    `${paint.bold(titleOf(plan))}\n\n`,
    ...(child === null
      ? []
      : [
          sideText(
            `${old === null ? 'child' : 'new'} zone, at ${child.label}`,
            rowsOf(plan, 'child', paint),
            paint,
          ),
        ]),
    ...(old === null ? [] : [sideText(`old zone, at ${old.label}`, rowsOf(plan, 'old', paint), paint)]),
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

function titleOf({ intent }: Plan): string {
  const what = `${intent.kind} ${intent.cut}`;
  return intent.undoes === null ? what : `undo run ${intent.undoes}: ${what}`;
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
    case 'zone-by-hand':
      return 'child';
    case 'delete-zone':
    case 'change-apex-ns':
      return action.side;
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
    case 'zone-by-hand':
      return [[plus, 'zone', action.apex, 'with its SOA and NS records', 'by hand']];
    case 'change-rrsets':
      return changesRows(action.changes, whyOf[action.purpose], paint);
    case 'delete-zone':
      return [[minus, 'zone', action.zone.apex, `${action.zone.id} and every record in it`]];
    case 'change-delegation':
      return delegationRows(plan, action, paint);
    case 'change-apex-ns':
      return ownNsRows(action, paint);
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
  const row = (sign: string, text: string): readonly string[] => [sign, 'NS', action.cut, text, host];
  const [before, after] = [setLines(action.from), setLines(action.to)];
  return [
    ...before.filter(line => !after.includes(line)).map(line => row(minus, line)),
    ...after.filter(line => !before.includes(line)).map(line => row(plus, line)),
    ...(action.ds === undefined ? [] : dsRows(action.cut, null, action.ds, paint)),
    ...changesRows(action.beside, action.to === null ? 'in the same change' : 'glue', paint),
  ];
}

/** What of a zone's own NS RRset goes and comes; all that it shall name where it is not known what it names. */
function ownNsRows(
  action: Extract<Action, { readonly do: 'change-apex-ns' }>,
  paint: Paint,
): readonly (readonly string[])[] {
  const [before, after] = [setLines(action.from), setLines(action)];
  const row = (sign: string, line: string): readonly string[] => [
    sign,
    'NS',
    action.cut,
    line,
    'of the zone itself',
  ];
  return [
    ...before.filter(line => !after.includes(line)).map(line => row(paint.bad('-'), line)),
    ...after.filter(line => !before.includes(line)).map(line => row(paint.good('+'), line)),
  ];
}

/** A line for each record of an NS RRset, as far as its servers are known. */
function setLines(set: RRset | NsSet | null): readonly string[] {
  if (set === null) {
    return [];
  }
  const servers = 'ns' in set ? knownServers(set.ns) : set.data;
  const late = 'ns' in set && isLate(set.ns);
  return [
    ...servers.map(server => `${set.ttl} ${server}`),
    ...(late ? [`${set.ttl} one for each server of the new zone, shown before they are written`] : []),
  ];
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
  const lines = steps.map((step, at) => {
    const byHand = instructionsOf(step.action).map(line => `         ${line}\n`);
    return `    ${at + 1}. ${step.title}\n       ${paint.dim(step.why)}\n${byHand.join('')}`;
  });
  return `  ${paint.name('in this order')}\n${lines.join('')}\n`;
}

/** What a person has to do, so that it can be done before the run as well. */
function instructionsOf(action: Action): readonly string[] {
  return action.do === 'manual' || action.do === 'zone-by-hand' ? action.instructions : [];
}

function waitText(plan: Plan, paint: Paint): string {
  const waits = plan.steps.flatMap(({ action, title }) =>
    action.do === 'wait-out' && action.bounds.length > 0 ? [{ bounds: action.bounds, title }] : [],
  );
  return waits
    .map(({ bounds, title }) => {
      const total = durationText(waitSecondsOf(bounds));
      const what =
        waits.length === 1
          ? `caches can hold on for ${paint.bold(total)} after the parent's servers changed`
          : `${paint.bold(total)} to ${title}`;
      const lines = bounds.map(
        bound => `    ${durationText(bound.seconds)}: ${bound.holds}\n      ${paint.dim(bound.reason)}\n`,
      );
      return `  ${what}:\n${lines.join('')}`;
    })
    .join('');
}
