import type { Name } from '../../dns/name.ts';
import data from './operators.json' with { type: 'json' };

/**
 * How an operator lets customers make zones. `open`: anybody makes any zone, and gets the same name servers; `purchase`: for
 * money; `edge`: in special cases; `set-match`: only by chance or patience, as the servers are drawn; `protected`: it refuses
 * strangers' zones, or they answer nobody; `closed`: it takes no new customers; `private`: its servers are its own.
 */
export type ClaimPolicy = (typeof policies)[number];

const policies = ['open', 'purchase', 'edge', 'set-match', 'protected', 'closed', 'private'] as const;

/** A known operator of name servers. */
export interface Operator {
  readonly name: string;
  /** Of its servers' names, without the final dot; each has to match the whole name. */
  readonly patterns: readonly string[];
  /** Null where that is not known, which is so wherever no source was found. */
  readonly claim: ClaimPolicy | null;
  /** Where the names and the policy were read; null for what is only remembered. */
  readonly source: string | null;
}

/** Names that registrars give to name servers when they delete their domain (RFC 9874). */
export interface SacrificialName {
  /** Of the name without the final dot; it has to match the whole name. */
  readonly pattern: string;
  /** Whether nobody can register what it lies below. */
  readonly safe: boolean;
  readonly source: string | null;
}

/** What is known of operators: data, with its version and the day on which its sources were read. */
export interface OperatorData {
  readonly schema: 'zonecut/operators/v1';
  readonly asOf: string;
  readonly operators: readonly Operator[];
  readonly sacrificial: readonly SacrificialName[];
}

/** What `value` says of operators. Throws where it has not the shape, with the place. */
export function parseOperators(value: unknown): OperatorData {
  const { schema, asOf, operators, sacrificial } = Object(value);
  demand(schema === 'zonecut/operators/v1', 'schema is not zonecut/operators/v1');
  demand(/^\d{4}-\d{2}-\d{2}$/.test(String(asOf)), 'asOf is no day');
  demand(Array.isArray(operators), 'operators is no list');
  demand(Array.isArray(sacrificial), 'sacrificial is no list');
  for (const { name, patterns, claim, source } of operators) {
    demand(typeof name === 'string' && name !== '', 'an operator has no name');
    demand(Array.isArray(patterns) && patterns.length > 0 && patterns.every(isPattern), `${name}: patterns`);
    demand(claim === null || policies.includes(claim), `${name}: claim is ${claim}`);
    demand(claim === null || source !== null, `${name}: claim without a source`);
    demand(isSource(source), `${name}: source is ${source}`);
  }
  for (const { pattern, safe, source } of sacrificial) {
    demand(isPattern(pattern), `sacrificial: ${pattern} is no pattern`);
    demand(typeof safe === 'boolean' && isSource(source), `sacrificial: ${pattern}: safe or source`);
  }
  return value as OperatorData;
}

/** The operator whose pattern the name of a server matches; null when none is known. */
export function operatorOf(name: Name): Operator | null {
  return known().operators.find(({ pattern }) => pattern.test(name))?.operator ?? null;
}

/** What a registrar would have made of the name of a server when it deleted its domain; null for a usual name. */
export function sacrificialOf(name: Name): SacrificialName | null {
  return known().sacrificial.find(({ pattern }) => pattern.test(name))?.sacrificial ?? null;
}

interface Known {
  readonly operators: readonly { readonly operator: Operator; readonly pattern: RegExp }[];
  readonly sacrificial: readonly { readonly sacrificial: SacrificialName; readonly pattern: RegExp }[];
}

let compiled: Known | null = null;

/** The data, read when a name is looked up for the first time. */
function known(): Known {
  compiled ??= compile(parseOperators(data));
  return compiled;
}

function compile({ operators, sacrificial }: OperatorData): Known {
  return {
    operators: operators.map(operator => ({ operator, pattern: wholeName(operator.patterns) })),
    sacrificial: sacrificial.map(one => ({ sacrificial: one, pattern: wholeName([one.pattern]) })),
  };
}

function wholeName(patterns: readonly string[]): RegExp {
  return new RegExp(`^(?:${patterns.join('|')})\\.$`);
}

function isPattern(pattern: unknown): boolean {
  try {
    return typeof pattern === 'string' && pattern !== '' && wholeName([pattern]) !== null;
  } catch {
    return false;
  }
}

function isSource(source: unknown): boolean {
  return source === null || /^https:\/\//.test(String(source));
}

function demand(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(`operators.json: ${otherwise}`);
}
