import type { CutFacts } from '../../survey/facts.ts';
import { nsIn } from '../../survey/observation.ts';
import type { CutFinding, RemedyLine } from './finding.ts';
import { isAtLeast } from './judge.ts';
import { decidingParents, workingChildren } from './said.ts';

/** One step of mending a cut: lines to change on one side, or a wait. */
export type MendingStep =
  | {
      readonly kind: 'change';
      readonly side: 'parent' | 'child';
      readonly why: string;
      readonly lines: readonly RemedyLine[];
    }
  | { readonly kind: 'wait'; readonly seconds: number; readonly why: string };

/** The remedies of a cut's findings as one row of steps, in an order in which nothing fails on the way. */
export interface Mending {
  readonly steps: readonly MendingStep[];
  /** What only somebody can decide: remedies without lines, with alternatives or with a part to fill in. */
  readonly open: readonly { readonly id: string; readonly text: string }[];
}

/** Checks whose lines are the last of several ways out. */
const withAlternatives: ReadonlySet<string> = new Set([
  'delegation-dead',
  'dangling-zone',
  'delegation-missing',
  'cut-hidden-by-higher-cut',
  'occluded-records',
  'address-not-global',
]);

/**
 * Joins the lines of all findings that are warnings or worse: what breaks validation goes first, then what is new comes on the
 * child's side and then the parent's, old data is waited out, and what is superfluous goes.
 *
 * Lines that contradict each other, and removals that would leave the cut without name servers, are left open.
 */
export function mendingOf(facts: CutFacts, findings: readonly CutFinding[]): Mending {
  const worse = findings.filter(({ severity }) => isAtLeast(severity, 'warning'));
  const isClear = ({ id, remedy }: CutFinding): boolean =>
    !withAlternatives.has(id) &&
    remedy.parent.length + remedy.child.length > 0 &&
    [...remedy.parent, ...remedy.child].every(({ line }) => !line.includes('<'));
  const clear = worse.filter(isClear);
  const parent = agreeing(clear.flatMap(({ remedy }) => remedy.parent));
  const child = agreeing(clear.flatMap(({ remedy }) => remedy.child));
  const leavesNone = removesAllNs(facts, parent);
  const parentLines = leavesNone ? parent.filter(line => !isNsRemoval(line)) : parent;
  return {
    steps: stepsOf(facts, parentLines, leavesNone ? child.filter(line => !isNsRemoval(line)) : child),
    open: [
      ...worse.filter(finding => !isClear(finding)).map(({ id, remedy }) => ({ id, text: remedy.text })),
      ...(leavesNone ? [{ id: 'ns', text: 'every name server would go: name one that works first' }] : []),
    ],
  };
}

/** Each line once; lines that are to come by one finding and to go by another are left out. */
function agreeing(lines: readonly RemedyLine[]): readonly RemedyLine[] {
  const byRecord = new Map<string, RemedyLine[]>();
  for (const line of lines) {
    byRecord.set(recordOf(line), [...(byRecord.get(recordOf(line)) ?? []), line]);
  }
  return [...byRecord.values()].flatMap(same => {
    const [first] = same;
    return first !== undefined && same.every(({ change }) => change === first.change) ? [first] : [];
  });
}

/** The record of a line without its TTL. */
function recordOf({ line }: RemedyLine): string {
  return line.replace(/^(\S+) \d+ /, '$1 ');
}

function isNsRemoval({ change, line }: RemedyLine): boolean {
  return change === 'remove' && / IN NS /.test(line);
}

function removesAllNs(facts: CutFacts, lines: readonly RemedyLine[]): boolean {
  const named = decidingParents(facts).flatMap(({ parent }) => nsIn(parent.ns, facts.cut)?.data ?? []);
  const left = new Set<string>(named);
  for (const { change, line } of lines) {
    const [owner, , , type, target = ''] = line.split(' ');
    if (owner === facts.cut && type === 'NS') {
      if (change === 'add') left.add(target);
      else left.delete(target);
    }
  }
  return named.length > 0 && left.size === 0;
}

function stepsOf(
  facts: CutFacts,
  parent: readonly RemedyLine[],
  child: readonly RemedyLine[],
): readonly MendingStep[] {
  const isDs = ({ line }: RemedyLine): boolean => / IN DS /.test(line);
  const pick = (
    lines: readonly RemedyLine[],
    change: RemedyLine['change'],
    ds: boolean,
  ): readonly RemedyLine[] => lines.filter(line => line.change === change && isDs(line) === ds);
  const change = (
    side: 'parent' | 'child',
    why: string,
    lines: readonly RemedyLine[],
  ): readonly MendingStep[] => (lines.length === 0 ? [] : [{ kind: 'change', side, why, lines }]);
  const arrivals = [...pick(child, 'add', false), ...pick(parent, 'add', false)];
  const departures = [...pick(parent, 'remove', false), ...pick(child, 'remove', false)];
  const seconds = longestSeconds(facts);
  return [
    ...change('parent', 'DS records that are right come before those that are wrong go', [
      ...pick(parent, 'add', true),
      ...pick(parent, 'remove', true),
    ]),
    ...change('child', 'what is new is in the zone itself before anybody is sent for it', [
      ...pick(child, 'add', false),
      ...pick(child, 'add', true),
    ]),
    ...change('parent', 'then at the parent', pick(parent, 'add', false)),
    ...(arrivals.length > 0 && departures.length > 0
      ? [{ kind: 'wait', seconds, why: 'until no resolver has the old NS records or addresses' } as const]
      : []),
    ...change('parent', 'what is superfluous goes at the parent first', pick(parent, 'remove', false)),
    ...change('child', 'and in the zone itself', [
      ...pick(child, 'remove', false),
      ...pick(child, 'remove', true),
    ]),
  ];
}

/** The longest TTL of NS records and addresses on both sides. */
function longestSeconds(facts: CutFacts): number {
  const seen = [
    ...decidingParents(facts).map(({ parent }) => parent.ns),
    ...workingChildren(facts).map(({ ns }) => ns),
  ];
  const ttls = seen.flatMap(({ exchange }) =>
    exchange.kind === 'response'
      ? [...exchange.message.answer, ...exchange.message.authority, ...exchange.message.additional]
          .filter(({ type }) => type === 'NS' || type === 'A' || type === 'AAAA')
          .map(({ ttl }) => ttl)
      : [],
  );
  return Math.max(0, ...ttls);
}
