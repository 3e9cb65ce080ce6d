import type { Name } from '../../dns/name.ts';
import type { CutFacts, Observation } from '../../survey/facts.ts';
import type { Server } from '../../survey/view.ts';

/**
 * How bad a finding is. `critical`: names fail, or somebody else can answer for them, now. `error`: they fail for some
 * resolvers, or with one more fault. `warning`, `notice` and `info`: nothing fails.
 */
export type CutSeverity = 'critical' | 'error' | 'warning' | 'notice' | 'info';

/** Severities, the worst first. */
export const cutSeverities: readonly CutSeverity[] = ['critical', 'error', 'warning', 'notice', 'info'];

/** Whether a text is a severity. */
export function isSeverity(text: string): text is CutSeverity {
  return cutSeverities.some(severity => severity === text);
}

/** A record that has to come or go, as a line of a zone file. */
export interface RemedyLine {
  readonly change: 'add' | 'remove';
  readonly line: string;
}

/** How to mend something: what to do in a sentence, and the very lines on each side. */
export interface Remedy {
  readonly text: string;
  /** Lines in the zone above the cut. */
  readonly parent: readonly RemedyLine[];
  /** Lines in the zone of the cut. */
  readonly child: readonly RemedyLine[];
  /** What only a registrar or registry can do, in sentences. */
  readonly registrar: readonly string[];
}

/** What a check found, before it is known how bad that is. */
export interface Hit {
  /** Which of the check's cases it is, for the profile; absent for the usual one. */
  readonly variant?: string;
  /** What it is about where that is not the cut, such as an NS name. */
  readonly subject?: Name;
  /** One sentence for people, lower case. */
  readonly text: string;
  /** The servers that show it; empty when it is about all of them, or none. */
  readonly servers: readonly Server[];
  /** The replies that show it. */
  readonly evidence: readonly Observation[];
  readonly remedy: Remedy;
}

/** One thing that is wrong with a cut, how bad it is, what shows it and what mends it. */
export interface CutFinding extends Required<Omit<Hit, 'variant'>> {
  /** The check that found it, such as `ns-single`; docs/checks has a page of that name. */
  readonly id: string;
  readonly severity: CutSeverity;
  readonly variant: string | null;
  readonly cut: Name;
}

/** One check: a rule of the DNS, and what facts show that it is not kept. */
export interface Check {
  readonly id: string;
  /** The standards that make the rule, such as `RFC 1034 section 4.2.2`. */
  readonly rule: string;
  /** Reads the facts and nothing else. The order of the hits is that of the facts. */
  find(facts: CutFacts): readonly Hit[];
}

/** Severities by check id, and by `id/variant` where a variant differs. */
export type Profile = Readonly<Record<string, CutSeverity>>;

/** Nothing to add or remove. */
export const noLines: Omit<Remedy, 'text'> = { parent: [], child: [], registrar: [] };
