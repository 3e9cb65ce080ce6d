import {
  type CutFinding,
  type CutSeverity,
  cutSeverities,
  isSeverity,
  type Profile,
} from '../../checks/cut/finding.ts';
import { isAtLeast, judgeCut } from '../../checks/cut/judge.ts';
import { mendingOf } from '../../checks/cut/mending.ts';
import { checks } from '../../checks/cut/registry.ts';
import { ZonecutError } from '../../error.ts';
import {
  findingsHtml,
  findingsJunit,
  findingsMarkdown,
  findingsSarif,
} from '../../report/finding-formats.ts';
import { findingsText } from '../../report/finding-text.ts';
import { mendingText } from '../../report/mending-text.ts';
import type { Paint } from '../../report/paint.ts';
import type { CutFacts } from '../../survey/facts.ts';
import type { Tell } from './check-fix.ts';

/** How findings are printed. */
export type Format = 'text' | 'markdown' | 'sarif' | 'junit' | 'html' | 'ndjson';

/** How facts are judged, and the findings printed. */
export interface JudgeOptions {
  readonly profile: Profile;
  /** What counts as a failure from there on; null for nothing. */
  readonly threshold: CutSeverity | null;
  readonly format: Format;
  /** Whether one JSON document is printed where the format is `text`. */
  readonly json: boolean;
  /** Whether the remedies are joined into steps. */
  readonly fix: boolean;
  readonly paint: Paint;
}

/** Judges facts, and prints what it found. */
export interface Judge {
  findingsOf(facts: CutFacts): readonly CutFinding[];
  /** Whether a finding is as bad as the threshold. */
  isFailure(finding: CutFinding): boolean;
  /** The findings as text, with the plan that mends them where there is one. */
  printed(facts: CutFacts, findings: readonly CutFinding[], planned: Parameters<Tell>[2]): string;
}

/** A judge by all checks. */
export function makeJudge(options: JudgeOptions): Judge {
  const { profile, threshold } = options;
  const isFailure = ({ severity }: CutFinding): boolean =>
    threshold !== null && isAtLeast(severity, threshold);
  return {
    findingsOf: facts => judgeCut(facts, { profile }),
    isFailure,
    printed: (facts, findings, planned) => printed(facts, findings, isFailure, planned, options),
  };
}

function printed(
  facts: CutFacts,
  findings: readonly CutFinding[],
  isFailure: (finding: CutFinding) => boolean,
  planned: Parameters<Tell>[2],
  { format, json, fix, paint }: JudgeOptions,
): string {
  const { cut, queries, takenAtMs, limits } = facts;
  const mending = fix ? { mending: mendingOf(facts, findings), ...planned } : {};
  const at = new Date(takenAtMs).toISOString();
  const ok = !findings.some(isFailure);
  const remarks = facts.beside?.remarks;
  const missing = remarks === undefined ? {} : { remarks };
  if (format === 'ndjson') {
    const lines = findings.map(finding => ({ kind: 'finding', ...finding }));
    return [
      ...lines,
      {
        kind: 'summary',
        schema: 'zonecut/check/v1',
        cut,
        at,
        ok,
        findings: findings.length,
        queries,
        limits,
        ...missing,
      },
    ]
      .map(line => `${JSON.stringify(line)}\n`)
      .join('');
  }
  if (json) {
    return `${JSON.stringify({ schema: 'zonecut/check/v1', cut, at, ok, queries, limits, findings, ...missing, ...mending }, null, 2)}\n`;
  }
  switch (format) {
    case 'markdown':
      return findingsMarkdown(cut, findings);
    case 'sarif':
      return findingsSarif(findings);
    case 'junit':
      return findingsJunit(
        cut,
        findings,
        checks.map(({ id }) => id),
        isFailure,
      );
    case 'html':
      return findingsHtml(cut, findings);
    case 'text':
      return `${findingsText(facts, findings, paint)}${fix && planned === null ? mendingText(mendingOf(facts, findings), paint) : ''}`;
  }
}

/** The severities in `text`, the content of `file`. Throws ZC_USAGE for what is no severity of a check. */
export function profileIn(text: string, file: string): Profile {
  const value = objectIn(text);
  if (value === null) {
    throw new ZonecutError('ZC_USAGE', `--profile ${file} is no JSON object`, {
      hint: `Give an object such as {"ns-single": "warning"}; severities are ${cutSeverities.join(', ')}.`,
    });
  }
  const entries = Object.entries(value);
  const known = new Set(checks.map(({ id }) => id));
  return Object.fromEntries(
    entries.map(([id, severity]) => {
      if (!known.has(id.split('/')[0] ?? '') || typeof severity !== 'string' || !isSeverity(severity)) {
        throw new ZonecutError(
          'ZC_USAGE',
          `--profile ${file}: "${id}": ${JSON.stringify(severity)} is no severity of a check`,
          {
            hint: `Give an object such as {"ns-single": "warning"}; severities are ${cutSeverities.join(', ')}.`,
          },
        );
      }
      return [id, severity];
    }),
  );
}

function objectIn(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}
