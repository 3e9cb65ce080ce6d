import { parseAst } from 'vitest/node';

/** One small change of a source file, such as a mistake that somebody could make. */
export interface Mutant {
  /** What kind of change it is, such as `always` for a condition that always holds. */
  readonly kind: string;
  /** Where the text that is replaced begins and ends, in UTF-16 units. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** A node of the syntax tree (ESTree), as far as it is read here. */
interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

type Mutator = (node: Node, source: string) => readonly Mutant[];

/** Every mutant of a source file in TypeScript, in the order of its text. Types, imports and text for people are left alone. */
export function mutantsOf(source: string): readonly Mutant[] {
  const mutants: Mutant[] = [];
  visit(nodeOf(parseAst(source, { lang: 'ts' })), node => {
    for (const mutator of mutators) mutants.push(...mutator(node, source));
  });
  return mutants.toSorted((a, b) => a.start - b.start || a.end - b.end);
}

/** The source with one change made. */
export function mutated(source: string, { start, end, text }: Mutant): string {
  return `${source.slice(0, start)}${text}${source.slice(end)}`;
}

const expressionsWithTypes = new Set(['TSAsExpression', 'TSSatisfiesExpression', 'TSNonNullExpression']);

function visit(node: Node, see: (node: Node) => void): void {
  if (node.type === 'ImportDeclaration') return;
  if (node.type.startsWith('TS') && !expressionsWithTypes.has(node.type)) return;
  see(node);
  for (const child of Object.values(node).flat()) {
    if (isNode(child)) visit(child, see);
  }
}

const mutators: readonly Mutator[] = [
  conditions,
  logic,
  comparisons,
  negations,
  numbers,
  calls,
  jumps,
  cases,
  lists,
];

/** A condition that always holds, and one that never does; a loop only never runs, for it might not end. */
function conditions(node: Node): readonly Mutant[] {
  if (!isNode(node['test'])) return [];
  const { start, end } = node['test'];
  const never = { kind: 'never', start, end, text: 'false' };
  if (node.type === 'WhileStatement') return [never];
  return node.type === 'IfStatement' || node.type === 'ConditionalExpression'
    ? [{ kind: 'always', start, end, text: 'true' }, never]
    : [];
}

/** The other operator, and each side alone. */
function logic(node: Node, source: string): readonly Mutant[] {
  const { operator, left, right, start, end } = node;
  const other = { '&&': '||', '||': '&&' }[String(operator)];
  if (node.type !== 'LogicalExpression' || other === undefined || !isNode(left) || !isNode(right)) return [];
  return [
    { kind: 'and-or', start, end, text: withOperator(node, left, right, other, source) },
    { kind: 'left-only', start, end, text: `(${source.slice(left.start, left.end)})` },
    { kind: 'right-only', start, end, text: `(${source.slice(right.start, right.end)})` },
  ];
}

/** An operation with another operator; parentheses round its sides, which are no part of the nodes, stay where they are. */
function withOperator(node: Node, left: Node, right: Node, other: string, source: string): string {
  const between = source.slice(left.end, right.start).replace(String(node['operator']), other);
  return `(${source.slice(node.start, left.end)}${between}${source.slice(right.start, node.end)})`;
}

const otherComparison: Readonly<Record<string, string>> = {
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '===': '!==',
  '!==': '===',
  '==': '!=',
  '!=': '==',
};

/** The boundary on the other side, or the opposite. */
function comparisons(node: Node, source: string): readonly Mutant[] {
  const { left, right, operator, start, end } = node;
  const other = otherComparison[String(operator)];
  if (node.type !== 'BinaryExpression' || other === undefined || !isNode(left) || !isNode(right)) return [];
  return [{ kind: 'comparison', start, end, text: withOperator(node, left, right, other, source) }];
}

/** `!x` becomes `x`. */
function negations(node: Node, source: string): readonly Mutant[] {
  const { argument, operator, start, end } = node;
  return node.type === 'UnaryExpression' && operator === '!' && isNode(argument)
    ? [{ kind: 'negation', start, end, text: source.slice(argument.start, argument.end) }]
    : [];
}

/** A constant that is one more, and where it is 2 at least one less. */
function numbers({ type, value, start, end }: Node): readonly Mutant[] {
  if (type !== 'Literal' || typeof value !== 'number') return [];
  const others = value >= 2 ? [value + 1, value - 1] : [value + 1];
  return others.map(other => ({ kind: 'number', start, end, text: String(other) }));
}

const otherCall: ReadonlyMap<string, string> = new Map([
  ['some', 'every'],
  ['every', 'some'],
  ['min', 'max'],
  ['max', 'min'],
]);

/** A filter that lets all pass, and one that lets none; `some` for `every`, and the like. */
function calls(node: Node, source: string): readonly Mutant[] {
  const { callee, start, end } = node;
  if (node.type !== 'CallExpression' || !isNode(callee) || callee.type !== 'MemberExpression') return [];
  const { object, property } = callee;
  if (!isNode(object) || !isNode(property)) return [];
  const name = String(property['name']);
  // From the start of the call, since parentheses round the receiver are no part of it.
  const receiver = source.slice(start, property.start).replace(/\??\.$/, '');
  if (name === 'filter') {
    return [
      { kind: 'filter-all', start, end, text: `(${receiver})` },
      { kind: 'filter-none', start, end, text: `(${receiver}).filter(() => false)` },
    ];
  }
  const other = otherCall.get(name);
  return other === undefined ? [] : [{ kind: name, start: property.start, end: property.end, text: other }];
}

/** A `continue` or `break` that is not there. */
function jumps({ type, start, end }: Node): readonly Mutant[] {
  return type === 'ContinueStatement' ? [{ kind: 'jump', start, end, text: ';' }] : [];
}

/** A case of a `switch` that does what the next does. */
function cases(node: Node): readonly Mutant[] {
  const { consequent, test } = node;
  const [first, last] = Array.isArray(consequent) ? [consequent[0], consequent.at(-1)] : [];
  return node.type === 'SwitchCase' && isNode(test) && isNode(first) && isNode(last)
    ? [{ kind: 'case', start: first.start, end: last.end, text: '' }]
    : [];
}

/** A list of words without one of them. */
function lists({ type, elements, start, end }: Node, source: string): readonly Mutant[] {
  const all = Array.isArray(elements) ? elements.filter(isNode) : [];
  const areWords = all.every(({ type: kind, value }) => kind === 'Literal' && typeof value === 'string');
  if (type !== 'ArrayExpression' || all.length < 2 || !areWords) return [];
  return all.map(dropped => {
    const rest = all.filter(element => element !== dropped);
    const text = `[${rest.map(element => source.slice(element.start, element.end)).join(', ')}]`;
    return { kind: 'list', start, end, text };
  });
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value;
}

function nodeOf(value: unknown): Node {
  if (!isNode(value)) throw new Error('the parser gave no syntax tree');
  return value;
}
